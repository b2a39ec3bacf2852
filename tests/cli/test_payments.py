"""`entrepot payments`: balances, statements, payouts and kept notifications of a node on this machine."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.cli import payments
from entrepot.cli.exit_codes import Stop
from entrepot.trade.payments import commands
from entrepot.trade.payments.deliver import Delivery
from entrepot.trade.payments.receive import refuse
from trade.payment_steps import Node

MONTH = "2026-03"


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node with one order that is paid; the commands use its books."""
    made = Node()
    made.delivery = Delivery(made.books, {"memory": made.provider}, made.policy, {"memory": made.provider})
    made.paid()
    monkeypatch.setattr("entrepot.trade_app.books.open_books", lambda: made.books)
    monkeypatch.setattr("entrepot.trade_app.payments_channel.open_delivery", lambda: made.delivery)
    return made


def run(capsys: pytest.CaptureFixture[str], command: Any, **arguments: Any) -> str:
    given = {"json": False, "lang": None, "currency": None, "to": None, "amount": None, **arguments}
    assert command(given) == 0
    return capsys.readouterr().out


def test_balances(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.split() for line in run(capsys, payments.balances).splitlines()]
    assert lines == [
        ["5.00", "CNY", "carrier/post"],
        ["9.10", "CNY", "customs/CN"],
        ["5.00", "CNY", "platform/fees"],
        ["-114.10", "CNY", "provider/memory"],
        ["95.00", "CNY", "seller/og_a"],
    ]
    data = json.loads(run(capsys, payments.balances, json=True))["data"]
    assert sum(each["amount"] for each in data) == 0


def test_a_statement_goes_to_the_output_or_to_a_new_file(
    node: Node, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = run(capsys, payments.statement, seller="og_a", month=MONTH)
    assert [row["kind"] for row in csv.DictReader(text.splitlines())][:4] == ["opening", "sale", "fee", "closing"]
    found = json.loads(run(capsys, payments.statement, seller="og_a", month=MONTH, json=True))
    assert (found["closing"], found["totals"]) == (9500, {"sale": 10000, "fee": -500})
    file = tmp_path / "statement.csv"
    assert run(capsys, payments.statement, seller="og_a", month=MONTH, to=str(file)) == ""
    assert file.read_text().splitlines() == text.splitlines()
    for changes, code in (
        ({"to": str(file)}, "unwritable"),
        ({"month": "March"}, "month_invalid"),
        ({"currency": "YUAN"}, "invalid"),
    ):
        with pytest.raises(Stop) as stopped:
            run(capsys, payments.statement, **{"seller": "og_a", "month": MONTH, **changes})
        assert stopped.value.code == code


def test_a_seller_is_paid_out_once_per_key(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"seller": "og_a", "account": "6222", "key": "march", "amount": "90.00"}
    first = run(capsys, payments.pay_out, **given)
    assert "90.00 CNY to og_a, requested" in first
    assert run(capsys, payments.pay_out, **given) == first
    for changes, code in (
        ({"key": "april"}, "payout_amount"),
        ({"key": "april", "amount": "0.001"}, "invalid"),
        ({"key": "april", "amount": "-1"}, "invalid"),
        ({"key": None}, "missing"),
        ({"account": None}, "missing"),
    ):
        with pytest.raises(Stop) as stopped:
            run(capsys, payments.pay_out, **{**given, **changes})
        assert stopped.value.code == code
    node.delivery = node.delivery._replace(payouts={})
    with pytest.raises(Stop) as stopped:
        run(capsys, payments.pay_out, **given)
    assert stopped.value.code == "no_provider"


def test_kept_notifications_are_listed_tried_again_and_closed(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No notification" in run(capsys, payments.notices)
    payment = node.start(node.due("or_2"), key="k2", method="approved")
    node.send()
    payment = node.read(payment.id)
    node.notified(payment, number="n1")
    node.provider.capture(payment.reference, payment.amount, "CNY", final=True, key="by hand")
    for number in ("n1", "n1"):
        node.notified(payment, number=number)
        node.provider.dispute(payment.reference, 1)
    shown = run(capsys, payments.notices)
    assert shown.count("id_reused") == 2
    first, second = (each["id"] for each in json.loads(run(capsys, payments.notices, json=True))["data"])
    assert run(capsys, payments.retry, notice=first) == f"{payment.id}: disputed\n"
    assert run(capsys, payments.close, notice=second) == f"{second}: done\n"
    for command in (payments.retry, payments.close):
        for number, code in ((first, "notice_state"), ("no_0", "not_found"), ("py_1", "not_found")):
            with pytest.raises(Stop) as stopped:
                run(capsys, command, notice=number)
            assert stopped.value.code == code


def test_the_commands_work_on_a_new_node(tmp_path: Path) -> None:
    env = {**os.environ, "ENTREPOT_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "payments", "--json"], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, {"object": "list", "data": []}), done.stderr


def test_what_the_provider_refused_of_a_payment_is_asked_for_again(
    node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    (payment,) = node.books.list_objects("py_")
    with pytest.raises(Stop) as caught:
        run(capsys, payments.retry, notice=payment.id)
    assert caught.value.code == "nothing_refused"
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1000, key="r"))
    node.send()
    node.provider.fail_refund(payment.reference, next(iter(node.read(payment.id).refunds)))
    node.notified(payment)
    assert run(capsys, payments.retry, notice=payment.id) == f"{payment.id}: partially_refunded\n"
    node.send()
    assert node.read(payment.id).refunded == 1000
    with pytest.raises(Stop):
        run(capsys, payments.retry, notice="py_none")


def test_what_the_provider_refused_is_listed(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    assert "refused nothing" in run(capsys, payments.troubles)
    (payment,) = node.books.list_objects("py_")
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1234, key="r"))
    (number,) = node.read(payment.id).refunds
    node.books.run(lambda tx: refuse(tx, payment.id, "refund", "card_closed", refund=number))
    assert run(capsys, payments.troubles).split() == [
        payment.id, "2026-03-01T00:00:00.000Z", "or_1", "refund", number, "12.34", "CNY", "card_closed",
    ]  # fmt: skip
    (told,) = json.loads(run(capsys, payments.troubles, json=True))["data"]
    assert (told["id"], told["refunds"][number]["status"]) == (payment.id, "failed")
    assert payment.id in run(capsys, payments.retry, notice=payment.id)
    assert json.loads(run(capsys, payments.troubles, json=True))["data"] == []
