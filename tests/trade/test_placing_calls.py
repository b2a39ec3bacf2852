"""Orders that the web server places: with the offers that its process saw last, and keys that place them once."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.model.errors import TradeError
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade import selling
from entrepot.trade.kinds import KINDS
from entrepot.web.trade import calls
from trade.adapters import DATA_KEY, HASH_KEY
from trade.market import BUYER, CONTACT, DECIMALS, SELLER, Market
from trade.tally import Clock

KEYS = Keys(DATA_KEY, HASH_KEY)


class Node:
    """A node of two processes, of which one places the orders and another one changes the offers."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        clock.time = dt.datetime.now(dt.UTC)
        self.placing, self.other = (StoreBooks(KINDS, KEYS, now=clock, random=os.urandom) for _ in range(2))
        self.market = Market(self.placing, clock)
        patch.setattr(calls, "books", lambda: self.placing)
        patch.setattr(calls, "QUOTES", self.market.quotes)
        self.offer = self.market.offer(stock=100).id

    def change(self, **changes: Any) -> None:
        """Change the offer, as another process does."""
        self.other.run(lambda tx: selling.update_offer(tx, self.offer, changes, DECIMALS.get, seller=SELLER))

    def act(self, action: str) -> None:
        """Pause, resume or end the offer, as another process does."""
        self.other.run(lambda tx: selling.act(tx, self.offer, action, seller=SELLER))

    def place(self, key: str = "", **changes: Any) -> Any:
        """Place an order of one piece."""
        request = {"items": [{"offer": self.offer, "quantity": 1}], "ship_to": {"country": "CN"}, "contact": CONTACT}
        (order,) = calls.place_orders(BUYER, {**request, **changes}, key)
        return order


@pytest.fixture(params=["sqlite", "postgresql"])
def node(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node whose placing process has the offer in memory."""
    request.getfixturevalue(f"{request.param}_tables")
    found = Node(monkeypatch)
    found.place()
    return found


def refused(node: Node, key: str = "", **changes: Any) -> str:
    """The code with which an order is refused."""
    with pytest.raises(TradeError) as error:
        node.place(key, **changes)
    return error.value.code


def test_an_offer_that_another_process_changed_is_ordered_as_it_is_now(node: Node) -> None:
    node.change(price="70.00")
    assert node.placing.recent(node.offer).prices.price == 6800  # what the process saw last
    assert node.place().lines[0].price == 7000
    node.act("pause")
    assert refused(node) == "offer_not_active"
    node.act("resume")
    assert node.place().lines[0].price == 7000


def test_a_refusal_is_that_of_the_offer_as_it_is_now(node: Node) -> None:
    quote = node.place().quote
    shown = [{"id": quote.id, "hash": quote.hash}]
    node.change(price="70.00")
    assert refused(node, quotes=shown) == "amount_differs"
    node.change(price="68.00")
    assert node.place(quotes=shown).quote.id == quote.id


def test_a_key_places_its_orders_once_also_where_the_offer_has_ended(node: Node) -> None:
    quote = node.place().quote
    shown = [{"id": quote.id, "hash": quote.hash}]
    first, other = node.place("k"), node.place("k2", quotes=shown)
    node.act("end")
    quotes = len(node.market.quotes._stored)
    assert node.place("k") == first
    assert node.place("k2", quotes=shown) == other
    assert refused(node, "k", ship_to={"country": "VN"}) == "idempotency_key_reused"
    assert refused(node, "k3") == "offer_not_active"
    assert len(node.market.quotes._stored) == quotes


def test_without_a_key_each_request_places_its_own_order_and_nothing_is_kept_of_it(node: Node) -> None:
    first, second = node.place(), node.place()
    assert first.id != second.id
    assert (first.request, first.digest) == ("", "")
    assert node.placing.events(stream=first.id)[0][1].key == ""
    assert node.placing.balance(f"stock/{node.offer}", node.offer) == 97
