"""The status of an order, and the tables of moves of its objects."""

from __future__ import annotations

import pytest

from entrepot.trade import offers, orders, returns, shipments
from entrepot.trade.declarations import MEANINGS
from entrepot.trade.objects import NotAllowed, after
from entrepot.trade.status import (
    ATTENTION,
    CUSTOMS_STATES,
    DELIVERY_STATES,
    ORDER_STATES,
    PAYMENT_STATES,
    RETURN_STATES,
    TRANSPORT_STATES,
    WORDS,
    is_paid,
    order_status,
)

NAMES = [each.word for each in WORDS]


@pytest.mark.parametrize(
    ("payment", "customs", "transport", "status"),
    [
        (None, [], [], "created"),
        ("created", [], [], "awaiting_payment"),
        ("failed", [], [], "awaiting_payment"),
        ("authorized", [], [], "authorized"),
        ("captured", [], [], "paid"),
        ("disputed", [], [], "paid"),
        ("captured", ["created"], ["created"], "paid"),
        ("captured", ["documents_sent"], ["created"], "documents_sent"),
        ("captured", ["documents_stored"], ["shipped"], "documents_stored"),
        ("captured", ["declared"], ["in_transit"], "declared"),
        ("captured", ["held"], ["in_transit"], "held"),
        ("captured", ["refused"], [], "refused"),
        ("captured", ["assessed"], [], "assessed"),
        ("captured", ["returned_abroad"], ["returned"], "returned_abroad"),
        ("captured", ["detained"], [], "detained"),
        ("captured", ["released"], ["created"], "released"),
        ("captured", ["closed"], [], "released"),
        ("captured", ["released"], ["in_transit"], "shipped"),
        ("captured", ["released"], ["delivered"], "delivered"),
        ("captured", ["closed"], ["delivered"], "closed"),
        ("captured", ["closed"], ["in_transit"], "shipped"),
        ("captured", ["cancelled"], [], "paid"),
        ("captured", ["cancelled", "declared"], [], "declared"),
        ("captured", ["cancelled", "released"], [], "released"),
        ("captured", ["cancelled", "closed"], ["delivered"], "closed"),
        ("captured", ["cancel_asked"], [], "cancel_asked"),
        ("captured", ["released", "declared"], ["delivered"], "declared"),
        ("captured", [], ["delivered", "shipped"], "shipped"),
        ("captured", [], ["delivered", "cancelled"], "delivered"),
        ("partially_refunded", ["closed"], ["delivered"], "closed"),
    ],
)
def test_the_status_follows_from_payment_customs_and_transport(
    payment: str | None, customs: list[str], transport: list[str], status: str
) -> None:
    assert order_status("placed", payment, customs, transport) == status


def test_a_cancelled_order_stays_cancelled_whatever_its_objects_do() -> None:
    for payment in PAYMENT_STATES:
        assert order_status("cancelled", payment, ["released"], ["delivered"], ["asked"]) == "cancelled"


def test_an_open_return_is_shown_and_after_a_partial_one_the_order_is_what_it_was() -> None:
    paid, released, delivered = "captured", ["released"], ["delivered"]
    assert order_status("placed", paid, released, delivered, ["asked"]) == "return_asked"
    assert order_status("placed", paid, released, delivered, ["completed"]) == "delivered"
    assert order_status("placed", paid, released, delivered, ["completed"], all_returned=True) == "returned"
    assert order_status("placed", paid, released, delivered, ["refused", "lapsed"]) == "delivered"


def test_every_combination_of_states_has_a_word_of_the_table() -> None:
    seen = set()
    for state in ORDER_STATES:
        for payment in (None, *PAYMENT_STATES):
            for customs in ([], *([each] for each in CUSTOMS_STATES)):
                for transport in ([], *([each] for each in TRANSPORT_STATES)):
                    for returned in ([], *([each] for each in RETURN_STATES)):
                        everything = returned == ["completed"]
                        seen.add(order_status(state, payment, customs, transport, returned, all_returned=everything))
    seen.update(order_status("placed", "captured", deliveries=[each]) for each in DELIVERY_STATES)
    assert seen == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


def test_goods_that_customs_holds_are_not_shown_as_delivered() -> None:
    for obstacle in ("held", "refused", "detained", "returned_abroad"):
        for transport in TRANSPORT_STATES:
            assert order_status("placed", "captured", [obstacle], [transport]) == obstacle


def test_each_meaning_of_a_receipt_is_a_word() -> None:
    list_words = {"sent": "declared", "stored": "declared", "failed": "refused"}
    assert {list_words.get(each, each) for each in MEANINGS.values()} <= set(NAMES)


def test_attention_names_states_that_exist() -> None:
    states = {
        "payment": PAYMENT_STATES,
        "customs": CUSTOMS_STATES,
        "transport": TRANSPORT_STATES,
        "delivery": DELIVERY_STATES,
        "return": RETURN_STATES,
    }
    assert all(status in states[line] for line, status in ATTENTION)


def test_only_a_captured_payment_is_paid() -> None:
    unpaid = {None, "created", "requires_action", "authorized", "failed", "expired", "cancelled"}
    assert {each for each in (None, *PAYMENT_STATES) if not is_paid(each)} == unpaid


@pytest.mark.parametrize(
    ("moves", "states", "start"),
    [
        (offers.MOVES, offers.STATES, "active"),
        (orders.MOVES, ORDER_STATES, "placed"),
        (shipments.MOVES, TRANSPORT_STATES, "created"),
        (returns.MOVES, RETURN_STATES, "asked"),
    ],
)
def test_each_state_of_a_table_is_reached_and_has_a_name(
    moves: dict[tuple[str, str], str], states: tuple[str, ...], start: str
) -> None:
    reached, frontier = {start}, [start]
    while frontier:
        state = frontier.pop()
        for (before, _), then in moves.items():
            if before == state and then not in reached:
                reached.add(then)
                frontier.append(then)
    assert reached == set(states) or reached | {"completed"} == set(states)
    assert {state for state, _ in moves} <= set(states)


def test_a_move_that_is_not_in_the_table_is_refused_with_what_is_possible() -> None:
    with pytest.raises(NotAllowed) as error:
        after(returns.MOVES, "re_1", "withdrawn", "return.received")
    assert error.value.code == "return_state"
    assert str(error.value) == "re_1 is withdrawn: return.received cannot follow. What can: nothing."
