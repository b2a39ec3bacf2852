"""`entrepot nodes fee` and `settle`: a bound by two persons, a settlement that is paid or advanced, and wrong input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from trade.two_nodes import TwoNodes

Run = Callable[..., Any]
MODULES = ("trade_app.books", "trade_app.nodes.officers", "trade_app.nodes.orders")


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> TwoNodes:
    """Two nodes in memory; the commands are those of Viet Nam's, whose seller sold two pieces to China."""
    from entrepot.trade_app.books import open_database

    open_database()

    found = TwoNodes()
    for name in MODULES:
        monkeypatch.setattr(f"entrepot.{name}.open_books", lambda: found.vn.books)
    monkeypatch.setattr("entrepot.trade_app.nodes.identity.node", lambda: found.vn.node)
    found.sell(2)
    return found


def test_a_fee_is_bounded_by_two_persons(entrepot: Run, nodes: TwoNodes) -> None:
    asked = ("nodes", "fee", "CN", "--most", "2.5")
    first = entrepot(*asked, "--by", "Lan")
    assert (first.code, "A second person" in first.out) == (0, True)
    assert nodes.vn.books.read(nodes.vn.peer).fee_most == 0
    # The same person alone decides nothing, and another number is another proposal.
    entrepot(*asked, "--by", "Lan")
    entrepot("nodes", "fee", "CN", "--most", "3", "--by", "Minh")
    assert nodes.vn.books.read(nodes.vn.peer).fee_most == 0
    done = json.loads(entrepot("nodes", "fee", "CN", "--most", "3 %", "--by", "Lan", "--json").out)
    assert done["fee_most"] == 30_000


@pytest.mark.parametrize("most", ["", "-1", "a", "2.55555", "1,5", "1000"])
def test_what_is_no_percentage_is_refused(entrepot: Run, nodes: TwoNodes, most: str) -> None:
    found = entrepot("nodes", "fee", "CN", f"--most={most}", "--by", "Lan")
    assert found.code != 0
    assert "--most" in found.err
    assert nodes.vn.books.read(nodes.vn.peer).proposals == {}


def test_more_than_the_price_is_no_fee(entrepot: Run, nodes: TwoNodes) -> None:
    found = entrepot("nodes", "fee", "CN", "--most", "101", "--by", "Lan")
    assert (found.code != 0, "from 0 to 100" in found.err) == (True, True)
    assert "--by" in entrepot("nodes", "fee", "CN", "--most", "1").err


def test_the_agreements_of_an_exchange_are_changed_by_two_persons(entrepot: Run, nodes: TwoNodes) -> None:
    asked = ("nodes", "agree", "CN", "--agreement", "memorandum-2027", "--agreement", "annex-1")
    before = nodes.vn.books.read(nodes.vn.peer).legal_basis
    first = entrepot(*asked, "--by", "Lan")
    assert (first.code, "A second person" in first.out) == (0, True)
    assert nodes.vn.books.read(nodes.vn.peer).legal_basis == before
    done = json.loads(entrepot(*asked, "--by", "Minh", "--json").out)
    assert done["legal_basis"] == ["memorandum-2027", "annex-1"]
    for wrong in (("nodes", "agree", "CN", "--by", "Lan"), (*asked,), (*asked, "--by", "Lan")):
        assert entrepot(*wrong).code != 0, "no agreement, nobody who says so, nothing new"


def test_sellers_are_paid_after_the_settlement_or_by_a_named_person(entrepot: Run, nodes: TwoNodes) -> None:
    month = ("nodes", "settle", "CN", "--month", "2026-03")
    computed = json.loads(entrepot(*month, "--json").out)["data"][0]
    assert (computed["status"], computed["owed"], computed["sellers"]) == ("computed", "-150.00", {})
    assert entrepot(*month, "--paid", "T1").code != 0, "the other node has not agreed"
    assert "--by" in entrepot(*month, "--advance").err
    advanced = entrepot(*month, "--advance", "--by", "Lan")
    assert (advanced.code, "cli:Lan let the sellers be paid out" in advanced.out) == (0, True)
    assert nodes.vn.books.balance("seller/og_1", "CNY") == 15_000
    nodes.run()
    nodes.settle("2026-03")
    nodes.run()
    paid = json.loads(entrepot(*month, "--paid", "T1", "--json").out)["data"][0]
    assert (paid["status"], paid["reference"], paid["advanced_by"]) == ("paid", "T1", "cli:Lan")
    assert paid["sellers"] == {"og_1": "150.00"}
    assert nodes.vn.books.balance("seller/og_1", "CNY") == 15_000
