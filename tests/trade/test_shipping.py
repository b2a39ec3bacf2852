"""Shipments: one parcel for a list, and what carriers report, in any order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Message
from entrepot.trade.ports import NotFound
from entrepot.trade.shipments import Shipment, waybill_reference
from entrepot.trade.shipping import ask_declaration, create_shipment, name_crossing, report, report_own
from entrepot.trade.status import TRANSPORT_STATES
from trade.market import BUYER, CASHEW, OTHER_SELLER, SELLER, Market
from trade.test_orders import refused

BUSINESS: dict[str, Any] = {"kind": "business", "contact": {"name": "Co", "telephone": "1", "address": "x"}}


def declares(market: Market) -> list[str]:
    """The orders whose declaration is asked for."""
    return [str(each.body["order"]) for each in sent(market) if each.topic == "declare"]


def sent(market: Market) -> list[Message]:
    """The messages to customs."""
    return list(market.books.outbox.listed(channel="customs"))


def test_a_paid_order_gets_a_parcel_and_its_declaration_is_asked_for(market: Market) -> None:
    order = market.order()
    refused("order_not_paid", lambda: market.ship(order))
    market.pay(order)
    shipment = market.ship(order, "WB1")
    assert [(each.line, each.quantity) for each in shipment.pieces] == [(1, 1)]
    assert market.ship(order, "WB1") == shipment
    assert market.books.run(lambda tx: tx.lookup(waybill_reference("ZTO", "WB1"))) == shipment.id
    assert declares(market) == [order.id]
    refused("one_parcel", lambda: market.ship(order, "WB2"), shipment.id)
    market.books.run(lambda tx: ask_declaration(tx, order.id, by=SELLER))
    assert declares(market) == [order.id, order.id]


def test_a_waybill_belongs_to_one_order(market: Market) -> None:
    first, second = market.pay(market.order()), market.pay(market.order())
    market.ship(first, "WB1")
    refused("waybill_taken", lambda: market.ship(second, "WB1"))


def test_an_order_without_a_list_may_have_several_parcels(market: Market) -> None:
    offer = market.offer(CASHEW)
    (order,) = market.place({offer.id: 5}, **BUSINESS)
    market.pay(order)

    def ship(waybill: str, pieces: dict[int, int] | None) -> object:
        return market.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", waybill, by=SELLER, pieces=pieces))

    ship("WB1", {1: 2})
    refused("pieces_invalid", lambda: ship("WB2", {1: 4}), "has 3 pieces")
    ship("WB2", None)
    refused("nothing_to_ship", lambda: ship("WB3", None))
    first, second = sorted(market.read(order).shipments)
    market.books.run(lambda tx: report(tx, first, "delivered"))
    assert market.read(order).status == "shipped"
    market.books.run(lambda tx: report(tx, second, "delivered"))
    assert market.read(order).status == "delivered"
    assert declares(market) == []


def test_reports_come_late_and_twice(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    market.report(order, "in_transit", key="r2")
    market.report(order, "shipped", key="r1")
    market.report(order, "in_transit", key="r2")
    assert market.report(order, "delivered", key="r3").status == "delivered"
    assert market.report(order, "in_transit", key="r4").status == "delivered"
    assert market.report(order, "delivered", key="r5").status == "delivered"
    with pytest.raises(NotAllowed):
        market.report(order, "lost")
    refused("transport_state", lambda: market.report(order, "flying"))


@given(st.lists(st.sampled_from(TRANSPORT_STATES[1:]), max_size=8))
def test_reports_in_any_order_reach_only_states_of_the_table_and_sell_the_pieces_once(reports: list[str]) -> None:
    market = Market()
    offer = market.offer(CASHEW, stock=5)
    (order,) = market.place({offer.id: 2}, **BUSINESS)
    market.pay(order)
    market.ship(order)
    for state in reports:
        before = market.read(order)
        try:
            after = market.report(order, state)
        except NotAllowed:
            assert market.read(order) == before
            continue
        assert after.status in TRANSPORT_STATES
    sold = market.books.balance(f"sold/{offer.id}", offer.id)
    assert sold == (2 if market.read(order).stock == "sold" else 0)
    assert sold + market.books.balance(f"reserved/{order.id}", offer.id) == 2


def test_customs_learns_that_a_parcel_was_delivered(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    declaration = market.release(market.declare(order))
    market.report(order, "delivered")
    assert [each.body["declaration"] for each in sent(market) if each.topic == "waybill_status"] == [declaration.id]


def test_customs_learns_of_a_delivery_that_was_reported_before_its_receipt_of_the_release_came(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    declaration = market.declare(order)
    market.report(order, "delivered")
    assert not [each for each in sent(market) if each.topic == "waybill_status"]
    market.release(declaration)
    assert [each.body["declaration"] for each in sent(market) if each.topic == "waybill_status"] == [declaration.id]


def test_the_seller_sends_refused_messages_again(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    declaration = market.declare(order)
    market.answer(declaration, "order", "120")
    market.answer(declaration, "payment", "100")
    assert market.answer(declaration, "waybill", "4").status == "refused"
    again = market.books.run(lambda tx: ask_declaration(tx, order.id, by=SELLER))
    assert (again.status, again.attention) == ("documents_sent", ())
    tries = {name: each.tries for name, each in market.books.read(declaration.id).messages.items()}
    assert tries == {"order": 1, "payment": 2, "waybill": 2}
    # What was sent again has not been answered yet: it is not sent a third time.
    market.books.run(lambda tx: ask_declaration(tx, order.id, by=SELLER))
    assert {name: each.tries for name, each in market.books.read(declaration.id).messages.items()} == tries
    assert market.answer(declaration, "payment", "120").messages["payment"].state == "stored"


def own(market: Market, order: Order, waybill: str = "WB1") -> Shipment:
    """A parcel with a carrier of the seller."""
    return market.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", waybill, by=SELLER, reporter="seller"))


def test_the_seller_reports_where_no_carrier_does(market: Market) -> None:
    order = market.pay(market.order())
    shipment = own(market, order)

    def told(state: str, by: str = SELLER, **more: str) -> Any:
        return market.books.run(lambda tx: report_own(tx, shipment.id, state, by=by, **more))

    for by in (OTHER_SELLER, BUYER):
        with pytest.raises(NotFound):
            told("shipped", by)
    refused("transport_state", lambda: told("flying"))
    for wrong in ("yesterday", "2026-02-28", "2026-02-28T08:00:00", "2026-03-02T00:00:00Z"):
        refused("time_invalid", lambda wrong=wrong: told("shipped", time=wrong), wrong)  # type: ignore[misc]  # a lambda with a default
    assert told("shipped", time="2026-02-28T20:00:00+08:00").changed == "2026-02-28T12:00:00.000Z"
    after = told("delivered", proof="signed by hand")
    assert (after.status, after.proof) == ("delivered", "signed by hand")
    assert [event.payload["by"] for _, event in market.books.events(stream=shipment.id)] == [SELLER] * 3


def test_a_wrong_waybill_is_exchanged_before_the_declaration_only(market: Market) -> None:
    order = market.pay(market.order())
    wrong = own(market, order, "WB1")
    market.books.run(lambda tx: report_own(tx, wrong.id, "cancelled", by=SELLER))
    right = own(market, order, "WB2")
    market.declare(order)
    refused(
        "parcel_declared",
        lambda: market.books.run(lambda tx: report_own(tx, right.id, "cancelled", by=SELLER)),
        "WB2",
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"gross_mass_kg": "heavy"}, "mass_invalid"),
        ({"gross_mass_kg": "0"}, "mass_invalid"),
        ({"gross_mass_kg": "0.1234567"}, "mass_invalid"),
        ({"packages": 0}, "packages_invalid"),
        ({"crossing": {"vehicle": "x" * 101}}, "field_too_long"),
        ({"crossing": {"voyage": "x" * 33}}, "field_too_long"),
    ],
)
def test_a_parcel_that_customs_could_not_read_is_refused(market: Market, given: dict[str, Any], code: str) -> None:
    order = market.pay(market.order())
    refused(code, lambda: market.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", "WB1", by=SELLER, **given)))
    assert market.read(order).shipments == {}


def test_a_border_crossing_is_named_whole(market: Market) -> None:
    order = market.pay(market.order())
    shipment = market.ship(order)
    crossing = {"vehicle": "VN 123", "voyage": " ", "transport_document": "BL1"}
    refused("field_missing", lambda: market.books.run(lambda tx: name_crossing(tx, shipment.id, crossing, by=SELLER)))
    named = market.books.run(lambda tx: name_crossing(tx, shipment.id, {**crossing, "voyage": "7"}, by=SELLER))
    assert (named.vehicle, named.voyage, named.transport_document) == ("VN 123", "7", "BL1")


def test_a_parcel_may_be_lost_before_the_carrier_reported_anything(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    assert market.report(order, "lost").status == "lost"
    assert market.read(order).attention == ("goods_lost",)
