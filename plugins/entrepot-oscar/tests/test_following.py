"""What happens at the node is taken over once, in whatever order it is told; what the shop does is told to the node."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from conftest import Buyer, states
from entrepot_oscar.models import Carried, Handover, Job, NodeOrder
from entrepot_oscar.statuses import LINE_PIPELINE, ORDER_PIPELINE, path_to
from entrepot_oscar.work import Done, work
from node_double import NodeDouble


@pytest.fixture
def order(node: NodeDouble, buyer: Buyer) -> Any:
    """An order of three pieces of coffee and one of tea, which the node has."""
    order = buyer.buy(coffee=3, tea=1)
    work()
    work()
    return order


def take(order: Any) -> str:
    """Read the orders of the node again; the status of the shop's order."""
    NodeOrder.objects.update(stale=True)
    work()
    order.refresh_from_db()
    return str(order.status)


def events(order: Any) -> list[tuple[str, dict[str, int]]]:
    """The shipping events of an order."""
    return [
        (each.event_type.name, {one.line.product.slug: one.quantity for one in each.line_quantities.all()})
        for each in order.shipping_events.order_by("pk")
    ]


def staff_writes(order: Any, kind: str, notes: str = "", **pieces: int) -> Any:
    """Somebody of the staff writes an event on the dashboard."""
    event_type, _ = get_model("order", "ShippingEventType").objects.get_or_create(name=kind)
    lines = [each for each in order.lines.all() if each.product.slug in pieces]
    quantities = [pieces[each.product.slug] for each in lines]
    handler = get_class("order.processing", "EventHandler")()
    return handler.handle_shipping_event(order, event_type, lines, quantities, reference=notes)


def test_a_parcel_with_some_of_the_pieces_is_a_partial_shipment(node: NodeDouble, order: Any) -> None:
    node.carry("or_1", {1: 2})
    assert take(order) == "Partially shipped"
    assert events(order) == [("Shipped", {"coffee": 2})]
    assert [each.status for each in order.lines.order_by("pk")] == ["Partially shipped", "Released"]
    assert take(order) == "Partially shipped"
    assert len(events(order)) == 1
    second = node.carry("or_1", {1: 1, 2: 1})
    assert take(order) == "Shipped"
    node.shipments[second]["status"] = "delivered"
    assert take(order) == "Partially delivered"
    assert [each.status for each in order.lines.order_by("pk")] == ["Partially delivered", "Delivered"]
    node.shipments["sh_1"]["status"] = "delivered"
    assert take(order) == "Delivered"
    assert len(events(order)) == 4
    # What the node told is not told to it.
    assert not Job.objects.filter(kind__in=("shipped", "delivered")).exists()


@pytest.mark.parametrize(
    ("at_node", "in_shop"),
    [
        ("declared", "Customs"),
        ("held", "Held by customs"),
        ("released", "Released"),
        ("refused", "Needs attention"),
        ("cancelled", "Cancelled"),
        ("return_asked", "Handed over"),
        ("something_new", "Handed over"),
    ],
)
def test_the_states_of_the_node_are_statuses_of_the_shop(
    node: NodeDouble, order: Any, at_node: str, in_shop: str
) -> None:
    node.orders["or_1"]["status"] = at_node
    assert take(order) == in_shop
    assert {each.status for each in order.lines.all()} == {in_shop}


def test_of_several_orders_the_least_advanced_counts(node: NodeDouble, buyer: Buyer) -> None:
    node.divided = True
    order = buyer.buy(coffee=1, tea=1)
    work()
    work()
    node.orders["or_1"]["status"], node.orders["or_2"]["status"] = "released", "declared"
    assert take(order) == "Customs"
    assert [each.status for each in order.lines.order_by("pk")] == ["Released", "Customs"]
    node.orders["or_2"]["status"] = "cancelled"
    assert take(order) == "Released"
    node.carry("or_1", {1: 1}, "delivered")
    assert take(order) == "Partially delivered"
    node.orders["or_1"]["status"] = "cancelled"
    assert take(order) == "Cancelled"


def test_a_payment_and_refunds_are_carried_once_with_their_lines(node: NodeDouble, order: Any) -> None:
    kind, _ = get_model("payment", "SourceType").objects.get_or_create(name="Card")
    source = get_model("payment", "Source").objects.create(order=order, source_type=kind, amount_allocated=300)
    node.capture("or_1", "257.40")
    assert take(order) == "Paid"
    node._return("", "", {"order": "or_1", "lines": [{"line": 1, "quantity": 1}], "reason": "damaged"})
    node.refund("or_1", "74.80")
    take(order)
    take(order)
    paid, back = order.payment_events.order_by("pk")
    assert (paid.event_type.name, paid.amount, paid.reference) == ("Paid", Decimal("257.40"), "py_1")
    assert (back.event_type.name, back.amount, back.reference) == ("Refunded", Decimal("74.80"), "rf_1")
    assert [(each.line.product.slug, each.quantity) for each in back.line_quantities.all()] == [("coffee", 1)]
    source.refresh_from_db()
    assert (source.amount_debited, source.amount_refunded) == (Decimal("257.40"), Decimal("74.80"))
    assert ("Returned", {"coffee": 1}) in events(order)
    assert not Job.objects.filter(kind="returned").exists()
    node.refund("or_1", "5.00", reason="other")
    take(order)
    assert [each.amount for each in order.payment_events.order_by("pk")][2:] == [Decimal("5.00")]


def test_a_state_that_was_read_earlier_never_replaces_a_later_one(node: NodeDouble, order: Any) -> None:
    """Two workers read an order; the one with the older state writes last."""
    node.orders["or_1"]["status"] = "declared"

    def meanwhile() -> None:
        node.orders["or_1"]["status"] = "released"
        node.carry("or_1", {1: 3, 2: 1}, "delivered")
        assert take(order) == "Delivered"

    node.on_read = meanwhile
    assert take(order) == "Delivered"
    assert NodeOrder.objects.get().status == "delivered"
    assert len(events(order)) == 2


def test_an_event_that_comes_while_an_order_is_read_has_it_read_again(node: NodeDouble, order: Any) -> None:
    node.on_read = lambda: NodeOrder.objects.update(stale=True) and None
    NodeOrder.objects.update(stale=True)
    assert work().refreshed == 1
    assert NodeOrder.objects.get().stale
    assert work().refreshed == 1
    assert work() == Done()


def test_an_order_that_could_not_be_read_is_read_later(node: NodeDouble, order: Any) -> None:
    NodeOrder.objects.update(stale=True)
    node.down = [503]
    assert work().refreshed == 0
    assert NodeOrder.objects.get().stale
    assert work().refreshed == 1


def test_an_order_that_cannot_be_taken_over_does_not_hold_up_the_others(
    node: NodeDouble, buyer: Buyer, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = buyer.buy(coffee=1)
    work()
    work()
    monkeypatch.setattr("entrepot_oscar.work.ROUND", 1)
    del node.orders["or_1"]["payments"]  # an answer that this release does not read
    node.orders["or_2"]["status"] = "declared"
    NodeOrder.objects.update(stale=True)
    for _ in range(2):
        work()
    other.refresh_from_db()
    assert other.status == "Customs"
    assert NodeOrder.objects.get(number="or_1").stale


def test_the_shop_ships_in_parts_with_its_own_carrier(node: NodeDouble, order: Any, free_now: None) -> None:
    staff_writes(order, "Shipped", "ZTO 75812345678901", coffee=2)
    work()
    parcel = node.shipments["sh_1"]
    assert (parcel["carrier"], parcel["waybill"], parcel["status"]) == ("ZTO", "75812345678901", "shipped")
    assert parcel["pieces"] == [{"line": 1, "quantity": 2}]
    node.orders["or_1"]["status"] = "shipped"
    assert take(order) == "Partially shipped"
    assert len(events(order)) == 1  # it does not come back as another one
    staff_writes(order, "Shipped", "ZTO 75812345678902", coffee=1, tea=1)
    work()
    assert node.shipments["sh_2"]["pieces"] == [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 1}]
    staff_writes(order, "Delivered", "75812345678901", coffee=2)
    work()
    assert [each["status"] for each in node.shipments.values()] == ["delivered", "shipped"]
    assert take(order) == "Partially delivered"
    assert len(events(order)) == 3


def test_a_parcel_without_a_waybill_is_not_told_and_says_what_to_do(
    node: NodeDouble, order: Any, free_now: None
) -> None:
    staff_writes(order, "Shipped", coffee=1)
    assert work().refused == 1
    assert node.shipments == {}
    assert "write them into the notes of the event" in order.notes.get().message
    assert states(order)[0] == "paid"


def test_pieces_that_are_back_in_the_shop_are_returned_at_the_node(
    node: NodeDouble, order: Any, free_now: None
) -> None:
    node.carry("or_1", {1: 3, 2: 1}, "delivered")
    take(order)
    staff_writes(order, "Returned", "damaged", coffee=1)
    work()
    given = node.returns["re_1"]
    assert (given["lines"], given["reason"], given["status"]) == ([{"line": 1, "quantity": 1}], "damaged", "received")
    node.refund("or_1", "74.80")
    take(order)
    assert [each for each in events(order) if each[0] == "Returned"] == [("Returned", {"coffee": 1})]
    (back,) = [each for each in order.payment_events.all() if each.event_type.name == "Refunded"]
    assert (back.amount, back.line_quantities.get().quantity) == (Decimal("74.80"), 1)


def test_a_return_of_a_line_that_was_divided_names_both_orders(
    node: NodeDouble, buyer: Buyer, free_now: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = lambda items: [[{**items[0], "quantity": 1}], [{**items[0], "quantity": 2}]]  # noqa: E731  # short
    monkeypatch.setattr(node, "_groups", groups)
    order = buyer.buy(coffee=3)
    work()
    work()
    staff_writes(order, "Returned", coffee=2)
    staff_writes(order, "Returned", coffee=1)
    work()
    told = sorted((each["order"], each["lines"][0]["quantity"]) for each in node.returns.values())
    assert told == [("or_1", 1), ("or_2", 1), ("or_2", 1)]


def test_an_order_that_the_shop_cancels_is_cancelled_at_the_node(node: NodeDouble, order: Any) -> None:
    order.set_status("Cancelled")
    work()
    assert node.orders["or_1"]["status"] == "cancelled"
    assert take(order) == "Cancelled"
    assert Job.objects.filter(kind="cancel").count() == 1


def test_an_order_that_is_cancelled_before_the_node_has_it_is_never_placed(node: NodeDouble, buyer: Buyer) -> None:
    order = buyer.buy(coffee=1)
    node.down = [503]
    work()
    order.set_status("Cancelled")
    Job.objects.update(due=timezone.now())
    work()
    Job.objects.update(due=timezone.now())
    work()
    assert states(order) == ("refused", ["place refused", "cancel done"], [])
    assert node.orders == {}
    assert "contact" not in Handover.objects.get(order=order).request
    assert "The shop cancelled the order before." in order.notes.get().message


def test_an_order_that_is_cancelled_before_it_is_paid_is_not_paid(node: NodeDouble, buyer: Buyer) -> None:
    order = buyer.buy(coffee=1)
    work()
    order.set_status("Cancelled")
    work()
    assert states(order)[1:] == (["place done", "pay refused", "cancel done"], ["cancelled"])
    assert node.payments == {}


def test_a_parcel_is_told_after_its_order_however_long_that_takes(
    node: NodeDouble, buyer: Buyer, free_now: None
) -> None:
    order = buyer.buy(coffee=1)
    staff_writes(order, "Shipped", "ZTO 75812345678901", coffee=1)
    node.down = [503]
    assert work() == Done(0, 2, 0, 0)
    for _ in range(3):
        Job.objects.update(due=timezone.now())
        work()
    assert [each["waybill"] for each in node.shipments.values()] == ["75812345678901"]
    assert states(order)[1] == ["place done", "shipped done", "pay done"]


def test_a_parcel_of_an_order_that_the_node_refused_is_not_dropped_in_silence(
    node: NodeDouble, buyer: Buyer, free_now: None
) -> None:
    order = buyer.buy(coffee=1)
    node.refuse["/v1/orders"] = ("limit_annual", "The annual limit of the buyer has CNY 1.00 left.", "items")
    work()
    staff_writes(order, "Shipped", "ZTO 75812345678901", coffee=1)
    assert work().refused == 1
    assert "The node has no order with these pieces" in order.notes.order_by("pk").last().message


def test_what_the_node_does_not_let_the_shop_cancel_is_a_note(node: NodeDouble, order: Any) -> None:
    node.refuse["/v1/orders/or_1/cancel"] = ("order_released", "Customs has released it: apply for a return.", None)
    order.set_status("Cancelled")
    assert work().refused == 1
    assert "Customs has released it: apply for a return." in order.notes.get().message


def test_events_of_orders_that_the_node_does_not_have_stay_in_the_shop(
    node: NodeDouble, buyer: Buyer, free_now: None
) -> None:
    buyer.fill(coffee=1)
    order = buyer.place(buyer.to_preview(country="VN")).context["order"]
    staff_writes(order, "Shipped", "ZTO 1", coffee=1)
    order.set_status("Cancelled")
    assert work() == Done()
    assert node.calls == []


def test_a_pipeline_of_the_shop_that_has_no_way_leaves_the_order(
    node: NodeDouble, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(order), "pipeline", {"Handed over": ()})
    from django.test import override_settings

    with override_settings(OSCAR_ORDER_STATUS_PIPELINE={"Handed over": ()}):
        node.carry("or_1", {1: 3, 2: 1})
        assert take(order) == "Handed over"
    assert events(order) == [("Shipped", {"coffee": 3, "tea": 1})]
    assert Carried.objects.filter(reference="sh_1:shipped").exists()


def test_every_status_can_be_reached_from_the_first_one() -> None:
    for pipeline in (ORDER_PIPELINE, LINE_PIPELINE):
        for status in pipeline:
            assert path_to(pipeline, "Pending", status) == ([status] if status != "Pending" else [])
        assert path_to(pipeline, "Cancelled", "Paid") is None
        assert path_to(pipeline, "Delivered", "Shipped") is not None
