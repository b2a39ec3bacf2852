"""The match and the declaration of an order: what cannot be declared is told on the order, and asked for again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.connect.customs.cn.compose import Company
from entrepot.connect.customs.cn.settings import Settings, Transport
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.orders import Order
from entrepot.trade.outbox import DEAD, attempt
from entrepot.trade.shipping import ask_declaration, name_crossing
from entrepot.trade_app import customs_channel
from sandbox_trader import PARTIES
from trade.market import BUYER, COFFEE, SELLER, Market

#: An offer that can be declared.
DECLARED: dict[str, Any] = {
    "hs_code": "0901210000",
    "unit": "BG",
    "legal_unit": "KGM",
    "specification": "500克/袋",
    "gross_mass_kg": "0.6",
}
CROSSING = {"vehicle": "VN123", "voyage": "7", "transport_document": "BL1"}


class Sent:
    """A transport that keeps the names of what it was given."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def send(self, name: str, content: bytes) -> bytes:
        """Keep the name of a message."""
        assert content
        self.names.append(name)
        return b""


def office_of(market: Market, *sellers: str) -> customs_channel.Office:
    companies = {each: Company("330198S001", "示例卖家") for each in sellers}
    transport = Transport(kind="http", address="http://127.0.0.1:9/messages")
    settings = Settings(parties=PARTIES, transport=transport, sellers=companies, sandbox=True, folder=Path())
    return customs_channel.Office(market.books, settings, None, Sent())


def work(market: Market, office: customs_channel.Office) -> None:
    """Send what waits for customs."""
    queue, channel = market.books.outbox, customs_channel.channel(office)
    while claimed := queue.claim("customs", market.clock(), lease="w", seconds=60, limit=9, in_order=channel.in_order):
        for message in claimed:
            attempt(queue, channel, message, market.clock, 1.0)


def shipped(market: Market, **changes: Any) -> Order:
    """A paid order with a parcel whose border crossing is known."""
    (order,) = market.place({market.offer({**COFFEE, **DECLARED, **changes}).id: 1})
    market.pay(order)
    shipment = market.ship(order)
    market.books.run(lambda tx: name_crossing(tx, shipment.id, CROSSING, by=SELLER))
    return order


@pytest.mark.parametrize(
    ("changes", "sellers", "why"),
    [
        ({"hs_code": "0901.21"}, (SELLER,), "declaration_code"),
        ({"titles": {"en": "Coffee"}}, (SELLER,), "declaration_name"),
        ({"country_of_origin": ""}, (SELLER,), "country_without_code"),
        ({}, (), "declaration_seller"),
    ],
)
def test_what_cannot_be_declared_is_told_on_the_order(
    market: Market, changes: dict[str, Any], sellers: tuple[str, ...], why: str
) -> None:
    order = shipped(market, **changes)
    work(market, office_of(market, *sellers))
    found = market.read(order)
    assert (found.attention, found.why, found.declarations) == (("match_failed",), why, {})
    assert not market.books.outbox.listed(state=DEAD)


def test_what_was_corrected_is_declared_when_the_seller_asks_again(market: Market) -> None:
    order = shipped(market)
    work(market, office_of(market))
    assert market.read(order).why == "declaration_seller"
    market.clock.pass_days(1)
    market.books.run(lambda tx: ask_declaration(tx, order.id, by=SELLER))
    work(market, office_of(market, SELLER))
    found = market.read(order)
    assert (found.attention, found.why, list(found.declarations.values())) == ((), "", ["created"])


def test_an_order_that_was_cancelled_meanwhile_is_not_declared(market: Market) -> None:
    order = shipped(market)
    market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))
    work(market, office_of(market, SELLER))
    assert (market.read(order).match, market.books.outbox.listed(state=DEAD)) == ("", [])
