"""What a seller does next, to whom a parcel goes, and what the operator sees of erasures and annual limits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from entrepot.trade.orders import Order
from entrepot.trade.packing import pieces_left, show_contact
from entrepot.trade.ports import Books, NotFound
from entrepot.trade.returning import apply_for_return
from entrepot.trade.shipping import create_shipment, report
from entrepot.trade.todo import TASKS, seller_task
from trade.adapters import ADAPTERS
from trade.market import BUYER, CASHEW, CONTACT, OTHER_SELLER, SELLER, Market
from trade.tally import Clock
from trade.test_declaring import office_of, shipped, work
from trade.test_orders import refused


def task(market: Market, order: Order) -> str:
    """The next step of an order as it is now; that its list of statuses has it is checked with it."""
    now = market.read(order)
    found = seller_task(now)
    assert not found or now.status in TASKS[found]
    return found


def test_an_order_goes_from_step_to_step(market: Market) -> None:
    order = market.order()
    assert task(market, order) == ""  # the buyer pays
    market.pay(order)
    assert task(market, order) == "pack"
    market.ship(order)
    assert task(market, order) == ""  # the node matches and declares
    declaration = market.declare(order)
    for document in ("order", "payment", "waybill"):
        market.answer(declaration, document, "120")
    assert task(market, order) == ""  # customs
    market.answer(declaration, "list", "100")
    assert task(market, order) == "declare"
    market.answer(declaration, "list", "800")
    assert task(market, order) == "hand_over"
    market.report(order, "shipped")
    assert task(market, order) == "follow"
    market.report(order, "delivered")
    assert task(market, order) == ""
    market.books.run(lambda tx: apply_for_return(tx, order.id, {1: 1}, "other", by=BUYER, key="k"))
    assert task(market, order) == "decide_return"


def test_an_order_that_does_not_match_is_corrected(market: Market) -> None:
    order = shipped(market, hs_code="0901.21")
    work(market, office_of(market, SELLER))
    assert task(market, order) == "correct"


def test_a_cancelled_parcel_is_packed_again(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order, "WB1")
    market.report(order, "cancelled")
    assert task(market, order) == "pack"


def test_the_pieces_that_are_in_no_parcel(market: Market) -> None:
    (order,) = market.place(
        {market.offer(CASHEW).id: 5}, kind="business", contact={"name": "Co", "telephone": "1", "address": "x"}
    )
    market.pay(order)

    def left() -> dict[int, int]:
        now = market.read(order)
        return pieces_left(now, {number: market.books.read(number) for number in now.shipments})

    assert left() == {1: 5}
    market.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", "WB1", by=SELLER, pieces={1: 2}))
    assert left() == {1: 3}
    second = market.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", "WB2", by=SELLER))
    assert left() == {}
    market.books.run(lambda tx: report(tx, second.id, "cancelled"))
    assert left() == {1: 3}


def test_the_address_is_shown_while_there_is_something_to_send_and_that_is_recorded(market: Market) -> None:
    consignee = {**CONTACT, "consignee": "王芳", "consignee_telephone": "13700000000"}
    order = market.order(contact=consignee)

    def shown(by: str = SELLER, person: str = "us_9") -> Any:
        return market.books.run(lambda tx: show_contact(tx, order.id, by=by, person=person))

    refused("contact_not_needed", shown)
    market.pay(order)
    assert shown() == {"name": "王芳", "telephone": "13700000000", "address": CONTACT["address"]}
    shown()
    shown(person="us_8")
    market.clock.pass_days(1)
    shown()
    events = [
        event for _, event in market.books.events(stream=order.id, limit=100) if event.kind == "order.contact_shown"
    ]
    assert [event.payload for event in events] == [{"by": SELLER, "person": each} for each in ("us_9", "us_8", "us_9")]
    for by in (OTHER_SELLER, BUYER):
        with pytest.raises(NotFound):
            shown(by)
    market.ship(order)
    market.report(order, "delivered")
    refused("contact_not_needed", shown)


@pytest.fixture(params=[name for name in ADAPTERS if name != "memory"])
def stored(request: pytest.FixtureRequest) -> Books:
    return ADAPTERS[request.param](Clock(), request)


def test_the_operator_sees_which_erasures_wait_and_not_what_they_erase(stored: Books) -> None:
    from entrepot.store.trade.pending import pending_erasures

    later, sooner = dt.date(2029, 3, 1), dt.date(2027, 3, 1)

    def keep(tx: Any) -> list[str]:
        return [
            tx.put_personal(subject, purpose, {"name": "张伟"}, retain_until=until)
            for subject, purpose, until in (
                ("us_1", "order", later),
                ("us_1", "payer", sooner),
                ("us_2", "order", sooner),
            )
        ]

    order, payer, _other = stored.run(keep)
    assert pending_erasures(9) == ([], 0)
    stored.run(lambda tx: tx.erase_personal("us_1"))
    found, count = pending_erasures(1)
    assert (found, count) == ([(payer, "us_1", "payer", sooner)], 2)
    assert [each.reference for each in pending_erasures(9)[0]] == [payer, order]
    stored.erase_expired(sooner)
    assert [each.reference for each in pending_erasures(9)[0]] == [order]


def test_the_totals_of_annual_limits_count_people_and_sums(stored: Books) -> None:
    from entrepot.store.trade.pending import LimitTotal, limit_totals
    from entrepot.trade import limits
    from entrepot.trade.ledger.entries import Posting
    from trade.tally import opened

    assert limit_totals() == []
    number = stored.run(opened())
    postings: list[Posting] = []
    for year, digit, reserved, used in ((2025, "a", 0, 9100), (2026, "a", 5000, 100), (2026, "b", 700, 0)):
        account = limits.LimitAccount("CN", year, digit * 64, "CNY")
        postings += [
            Posting(account.available, account.unit, -reserved - used),
            Posting(account.reserved, account.unit, reserved),
            Posting(account.used, account.unit, used),
        ]
    postings = [each for each in postings if each.amount]
    stored.run(lambda tx: tx.append(number, "tally.counted", {"by": 1}, postings=postings))
    # By hand: 2026: two people, 100 used, 5000 + 700 reserved; 2025: one person, 9100 used.
    assert limit_totals() == [LimitTotal("CN", 2026, "CNY", 2, 100, 5700), LimitTotal("CN", 2025, "CNY", 1, 9100, 0)]
