"""Deliveries of services: what opens them, who may enter, what happened, and what is paid back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking.holding import Time, change_time
from entrepot.trade.booking.using import GRACE
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.delivery import commands, grants
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.selling import check_licence, update_offer
from entrepot.trade_app.due import end_due
from trade.booking import HOUR, MONDAY, STORAGE, bay, booked, free_until, held, ordered
from trade.market import BUYER, DECIMALS, OTHER_BUYER, SELLER, VISIT, Market

COURSE = {
    **VISIT,
    "titles": {"en": "Course"},
    "service": "online_education",
    "delivery": {"kind": "course", "resource": "cs_1", "days": 90},
}


@pytest.fixture
def market() -> Market:
    return Market()


def paid(market: Market, given: Mapping[str, Any] = VISIT, quantity: int = 1) -> Delivery:
    """The delivery of an order that was placed and paid."""
    offer = market.offer(given)
    (order,) = market.place({offer.id: quantity}, contact={"name": "张伟"})
    (number,) = market.pay(order).deliveries
    return read(market, number)


def opened(market: Market) -> Delivery:
    """A delivery of a visit whose conditions are met."""
    found = paid(market)
    market.books.run(lambda tx: commands.confirm_licence(tx, found.id, person="us_9"))
    return consent(market, found.id)


def consent(market: Market, number: str) -> Delivery:
    return market.books.run(lambda tx: commands.consent(tx, number, by=BUYER, person=BUYER))


def read(market: Market, number: str) -> Delivery:
    found: Delivery = market.books.read(number)
    return found


def order_of(market: Market, found: Delivery) -> Order:
    order: Order = market.books.read(found.order)
    return order


def token(market: Market, number: str, by: str = BUYER, audience: str = "visit") -> str:
    grant = market.books.run(lambda tx: commands.own_grant(tx, number, by=by))
    return market.books.run(lambda tx: grants.make_token(tx, grant.id, audience))


def refused(market: Market, shown: str, audience: str = "visit", delivery: str = "") -> str:
    with pytest.raises(grants.Refusal) as error:
        market.books.run(lambda tx: grants.redeem(tx, shown, audience, delivery=delivery))
    return error.value.code


def test_a_visit_about_health_waits_for_the_licence_and_the_consent(market: Market) -> None:
    found = paid(market)
    assert (found.status, {name: each.state for name, each in found.conditions.items()}) == (
        "waiting", {"consent": "open", "licence": "open"},
    )  # fmt: skip
    assert found.conditions["consent"].economies == ("VN", "CN")
    assert consent(market, found.id).status == "waiting"
    found = market.books.run(lambda tx: commands.confirm_licence(tx, found.id, person="us_9"))
    assert (found.status, found.conditions["licence"].by) == ("ready", "us_9")


def test_the_order_keeps_the_rules_of_both_economies(market: Market) -> None:
    rules = order_of(market, paid(market)).rules
    assert {each.economy for each in rules} == {"CN", "VN"}
    # The packs of both have a licence for the practice of medicine and rules about personal data.
    assert {each.kind for each in rules if each.economy == "VN"} == {"licence", "data_rule"}
    assert {"market_access", "licence", "data_rule"} <= {each.kind for each in rules if each.economy == "CN"}
    assert all(each.says and each.trust and each.sources for each in rules)


def test_a_licence_that_an_operator_checked_counts_for_later_orders_until_it_changes(market: Market) -> None:
    offer = market.offer(VISIT)
    market.books.run(lambda tx: check_licence(tx, offer.id, person="us_9"))
    renamed = market.books.run(
        lambda tx: update_offer(tx, offer.id, {"titles": {"en": "Visit"}}, DECIMALS.get, seller=SELLER)
    )
    assert renamed.goods.delivery is not None
    assert renamed.goods.delivery.licence is not None
    assert renamed.goods.delivery.licence.checked_by == "us_9"
    (order,) = market.place({offer.id: 1}, contact={"name": "张伟"})
    (number,) = market.pay(order).deliveries
    assert read(market, number).conditions["licence"].state == "met"
    delivery = {**VISIT["delivery"], "licence": {"number": "2", "authority": "A", "economy": "VN"}}
    changed = market.books.run(
        lambda tx: update_offer(tx, offer.id, {"delivery": delivery}, DECIMALS.get, seller=SELLER)
    )
    assert changed.goods.delivery is not None
    assert changed.goods.delivery.licence is not None
    assert changed.goods.delivery.licence.checked_by == ""
    with pytest.raises(TradeError, match="names another licence than the one that was checked"):
        market.books.run(
            lambda tx: check_licence(tx, offer.id, person="us_9", licence=read(market, number).terms.licence)
        )


def test_a_token_opens_one_session_of_its_kind(market: Market) -> None:
    found = opened(market)
    shown = token(market, found.id)
    assert refused(market, shown, "course") == "token_audience"
    assert refused(market, shown, delivery=opened(market).id) == "token_audience"
    claims = market.books.run(lambda tx: grants.redeem(tx, shown, "visit", delivery=found.id))
    assert (claims.delivery, claims.role) == (found.id, "buyer")
    assert refused(market, shown) == "token_used"


@pytest.mark.parametrize("spoiled", ["", ".", "abc", "abc.def", "x" * 3000])
def test_a_token_that_this_node_did_not_sign_opens_nothing(market: Market, spoiled: str) -> None:
    assert refused(market, spoiled) == "token_invalid"


def test_a_changed_token_opens_nothing(market: Market) -> None:
    body, _, signature = token(market, opened(market).id).partition(".")
    other = token(market, opened(market).id).partition(".")[0]
    assert refused(market, f"{other}.{signature}") == "token_invalid"
    assert refused(market, f"{body}.{'0' * len(signature)}") == "token_invalid"


def test_a_token_expires(market: Market) -> None:
    shown = token(market, opened(market).id)
    market.clock.time += dt.timedelta(seconds=grants.TOKEN_SECONDS + grants.LEEWAY)
    assert refused(market, shown) == "token_expired"


def test_a_revoked_grant_opens_nothing_from_that_moment(market: Market) -> None:
    found = opened(market)
    grant = market.books.run(lambda tx: commands.own_grant(tx, found.id, by=BUYER))
    shown = token(market, found.id)
    market.books.run(lambda tx: commands.revoke_grant(tx, grant.id, by=SELLER))
    assert refused(market, shown) == "grant_revoked"
    assert token(market, found.id), "a new grant can be issued"


def test_a_grant_with_a_number_of_uses_is_used_up(market: Market) -> None:
    found = opened(market)
    grant = market.books.run(lambda tx: commands.grant_to(tx, found.id, "guest", "reader", uses=1))
    first, second = (market.books.run(lambda tx: grants.make_token(tx, grant.id, "visit")) for _ in range(2))
    market.books.run(lambda tx: grants.redeem(tx, first, "visit"))
    assert refused(market, second) == "grant_used_up"


def test_nobody_else_learns_of_a_delivery(market: Market) -> None:
    found = opened(market)
    for command in (commands.own_grant, commands.cancel, commands.accept, commands.report_no_show):
        with pytest.raises(NotFound):
            market.books.run(lambda tx, command=command: command(tx, found.id, by=OTHER_BUYER))  # type: ignore[misc]


def test_a_consent_withdrawn_in_the_middle_closes_what_was_open(market: Market) -> None:
    found = opened(market)
    shown = token(market, found.id)
    market.books.run(lambda tx: commands.begin_session(tx, found.id, "s1"))
    assert order_of(market, found).status == "delivering"
    market.books.run(lambda tx: commands.withdraw_consent(tx, found.id, by=BUYER, person=BUYER))
    assert refused(market, shown) == "grant_revoked"
    ended = market.books.run(lambda tx: commands.end_session(tx, found.id, "s1", seconds=42, reason="consent"))
    assert (ended.status, ended.seconds, ended.session) == ("waiting", 42, "")
    with pytest.raises(NotAllowed):
        market.books.run(lambda tx: commands.begin_session(tx, found.id, "s2"))
    assert consent(market, found.id).status == "started"
    assert refused(market, shown) == "grant_revoked", "a grant of before the withdrawal stays closed"


def test_a_minor_needs_the_consent_of_a_guardian(market: Market) -> None:
    found = opened(market)
    named = market.books.run(lambda tx: commands.name_recipient(tx, found.id, by=BUYER, recipient="", minor=True))
    assert (named.status, named.conditions["guardian"].state, named.conditions["consent"].state) == (
        "waiting", "open", "open",
    )  # fmt: skip
    assert consent(market, found.id).status == "waiting"
    met = market.books.run(lambda tx: commands.consent(tx, found.id, by=BUYER, person="us_7", guardian=True))
    assert (met.status, met.conditions["guardian"].by) == ("ready", "us_7")


def test_a_delivery_is_accepted_by_the_buyer_or_by_the_term(market: Market) -> None:
    first, second = opened(market), opened(market)
    for each in (first, second):
        market.books.run(lambda tx, each=each: commands.begin_session(tx, each.id, "s"))  # type: ignore[misc]
        market.books.run(lambda tx, each=each: commands.finish(tx, each.id))  # type: ignore[misc]
    assert order_of(market, first).status == "delivered"
    assert market.books.run(lambda tx: commands.accept(tx, first.id, by=BUYER)).status == "accepted"
    assert order_of(market, first).status == "closed"
    assert market.books.run(lambda tx: commands.end_due(tx, second.id)).status == "delivered"
    market.clock.pass_days(7)
    assert market.books.run(lambda tx: commands.end_due(tx, second.id)).status == "accepted"


def test_an_objection_is_decided_by_a_percentage_of_price_and_taxes(market: Market) -> None:
    found = opened(market)
    market.books.run(lambda tx: commands.finish(tx, found.id))
    market.books.run(lambda tx: commands.object_to(tx, found.id, "interrupted", by=BUYER))
    assert order_of(market, found).attention == ("delivery_objected",)
    decided = market.books.run(lambda tx: commands.decide_objection(tx, found.id, 50, person="us_9"))
    # 300.00 for the service and no tax with the order: half of it.
    assert (decided.status, decided.refunded) == ("cancelled", 15000)
    order = order_of(market, found)
    assert (order.status, market.books.read(order.paying).refundable) == ("cancelled", 15000)


def test_a_buyer_cancels_by_the_terms_and_a_provider_pays_everything_back(market: Market) -> None:
    by_buyer, by_provider = opened(market), opened(market)
    # Nothing says when it starts: all is paid back.
    assert market.books.run(lambda tx: commands.cancel(tx, by_buyer.id, by=BUYER)).refunded == 30000
    assert market.books.run(lambda tx: commands.cancel(tx, by_provider.id, by=SELLER)).refunded == 30000
    assert market.books.balances("seller/")[f"seller/{SELLER}", "CNY"] == 0


def test_what_has_begun_cannot_be_cancelled_by_the_buyer(market: Market) -> None:
    found = opened(market)
    market.books.run(lambda tx: commands.begin_session(tx, found.id, "s"))
    with pytest.raises(TradeError) as error:
        market.books.run(lambda tx: commands.cancel(tx, found.id, by=BUYER))
    assert error.value.code == "delivery_begun"


def test_an_order_of_services_is_cancelled_delivery_by_delivery_or_whole_by_its_seller(market: Market) -> None:
    found = opened(market)
    with pytest.raises(TradeError) as error:
        market.books.run(lambda tx: cancel_order(tx, found.order, "changed_mind", by=BUYER))
    assert error.value.code == "order_delivers"
    market.books.run(lambda tx: cancel_order(tx, found.order, "not_available", by=SELLER))
    assert (read(market, found.id).status, order_of(market, found).status) == ("cancelled", "cancelled")
    assert market.books.read(order_of(market, found).paying).refundable == 0


def test_a_course_can_be_used_for_its_days_and_then_counts_as_delivered(market: Market) -> None:
    found = paid(market, COURSE, quantity=2)
    assert (found.status, found.conditions, found.quantity) == ("ready", {}, 2)
    # The test's clock stands at the beginning of March 2026: ninety days later it is the end of May.
    assert found.until == "2026-05-30T00:00:00.000Z"
    grant = market.books.run(lambda tx: commands.own_grant(tx, found.id, by=BUYER))
    assert grant.until == found.until
    market.clock.time = dt.datetime(2026, 5, 30, tzinfo=dt.UTC)
    with pytest.raises(grants.Refusal) as error:
        market.books.run(lambda tx: grants.make_token(tx, grant.id, "course"))
    assert error.value.code == "grant_expired"
    assert market.books.run(lambda tx: commands.end_due(tx, found.id)).status == "delivered"


def test_metered_use_adds_up_and_a_repeated_report_counts_once(market: Market) -> None:
    found = paid(market, COURSE)
    for quantity, key in (("0.25", "a"), ("1.5", "b")):
        market.books.run(lambda tx, q=quantity, k=key: commands.record_use(tx, found.id, q, "HUR", key=k))  # type: ignore[misc]
    again = market.books.run(lambda tx: commands.record_use(tx, found.id, "1.5", "HUR", key="b"))
    assert again.used == {"HUR": "1.75"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "visits"}, "delivery.kind"),
        ({"kind": "course", "days": 3}, "delivery.resource"),
        ({"kind": "visit", "minutes": "x"}, "delivery.minutes"),
        ({"kind": "visit", "minutes": 0}, "delivery.minutes"),
        ({"kind": "visit", "cancellation": [{"hours": 1}]}, "delivery.cancellation"),
        ({"kind": "visit", "no_show_percent": 101}, "delivery.no_show_percent"),
        ({"kind": "visit", "licence": {"number": "1", "authority": "A", "economy": "VN", "checked_by": "me"}},
         "delivery.licence"),
        ({"kind": "visit", "length": 3}, "delivery.length"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused_with_their_field(
    market: Market, changes: Mapping[str, Any], field: str
) -> None:
    with pytest.raises(TradeError) as error:
        market.offer({**VISIT, "delivery": changes})
    assert error.value.param == field


def test_goods_have_no_terms_of_delivery(market: Market) -> None:
    with pytest.raises(TradeError) as error:
        market.offer(delivery={"kind": "visit"})
    assert error.value.code == "delivery_of_goods"


def at_a_time(market: Market, **terms: Any) -> tuple[str, str]:
    """A paid booking from `MONDAY` for an hour, and its delivery. Terms as `free_until(24, ...)`."""
    asset = bay(market, bands=[{"offer": market.offer(STORAGE, delivery=free_until(24, **terms)).id}])
    number = booked(market, asset)
    (delivery,) = market.books.read(market.books.read(number).order).deliveries
    return number, delivery


def code_of(market: Market, command: Callable[[Any], object]) -> str:
    with pytest.raises(TradeError) as error:
        market.books.run(command)
    return error.value.code


def test_who_reports_first_that_nobody_came_does_not_win(market: Market) -> None:
    _number, delivery = at_a_time(market, no_show_percent=10)
    report = partial(commands.report_no_show, number=delivery)
    market.clock.time = MONDAY + commands.WAIT - dt.timedelta(seconds=1)
    assert code_of(market, lambda tx: report(tx, by=BUYER)) == "no_show_early"
    market.clock.time = MONDAY + HOUR - dt.timedelta(seconds=1)
    assert code_of(market, lambda tx: report(tx, by=SELLER)) == "no_show_early", "the buyer may come until the end"
    market.clock.time = MONDAY + HOUR
    missing = market.books.run(lambda tx: report(tx, by=SELLER))
    assert (missing.status, missing.why, missing.refunded) == ("no_show", "buyer_missing", 300)
    assert market.books.run(lambda tx: commands.object_to(tx, delivery, "other", by=BUYER)).status == "objected"
    decided = market.books.run(lambda tx: commands.decide_objection(tx, delivery, 50, person="us_9"))
    # Half of 30.00 together: 3.00 were paid back before.
    assert (decided.status, decided.refunded) == ("cancelled", 1500)
    assert market.books.read(order_of(market, decided).paying).refundable == 1500


def test_a_report_of_a_missing_buyer_stays_after_the_term(market: Market) -> None:
    _number, delivery = at_a_time(market)
    market.clock.time = MONDAY + HOUR
    market.books.run(lambda tx: commands.report_no_show(tx, delivery, by=SELLER))
    market.clock.pass_days(7)
    assert code_of(market, lambda tx: commands.object_to(tx, delivery, "other", by=BUYER)) == "objection_late"


def test_a_visit_to_which_nobody_came_is_paid_back_after_the_term(market: Market) -> None:
    calendar = bay(market, priced=False)
    terms = {"kind": "visit", "resource": calendar.id, "minutes": 60}
    offer = market.offer({**STORAGE, "unit": "C62"}, delivery=terms)
    order = ordered(market, {"booking": held(market, calendar).id, "offer": offer.id, "quantity": 1})
    (number,) = market.pay(order).deliveries
    term = MONDAY + HOUR + commands.OVERRUN + dt.timedelta(days=7)
    market.clock.time = term - dt.timedelta(seconds=1)
    assert market.books.run(lambda tx: commands.end_due(tx, number)).status == "ready"
    market.clock.time = term
    end_due(market.books)
    ended = read(market, number)
    assert (ended.status, ended.why, ended.refunded) == ("no_show", "nobody_came", 3000)
    assert code_of(market, lambda tx: commands.object_to(tx, number, "other", by=BUYER)) == "objection_late"


def test_a_missing_provider_pays_everything_back_and_nobody_objects(market: Market) -> None:
    _number, delivery = at_a_time(market)
    market.clock.time = MONDAY + commands.WAIT
    assert market.books.run(lambda tx: commands.report_no_show(tx, delivery, by=BUYER)).refunded == 3000
    assert code_of(market, lambda tx: commands.object_to(tx, delivery, "other", by=BUYER)) == "objection_late"


def test_who_had_access_to_the_time_of_before_has_it_to_the_new_one(market: Market) -> None:
    number, delivery = at_a_time(market)
    market.clock.time = MONDAY - commands.EARLY
    assert token(market, delivery, audience="booking")
    day = dt.timedelta(days=1)
    market.books.run(lambda tx: change_time(tx, number, Time(MONDAY + day, MONDAY + day + HOUR), ZoneInfo, by=SELLER))
    with pytest.raises(grants.Refusal) as error:
        token(market, delivery, audience="booking")
    assert error.value.code == "grant_early"
    market.clock.time = MONDAY + day
    assert token(market, delivery, audience="booking")


def test_a_provider_that_moves_a_time_does_not_take_the_buyers_money(market: Market) -> None:
    number, delivery = at_a_time(market)
    soon = Time(MONDAY - 24 * HOUR, MONDAY - 23 * HOUR)
    market.clock.time = soon.since - HOUR
    market.books.run(lambda tx: change_time(tx, number, soon, ZoneInfo, by=SELLER))
    assert market.books.run(lambda tx: commands.cancel(tx, delivery, by=BUYER)).refunded == 3000


def test_a_time_that_the_law_prohibits_does_not_keep_others_from_ending(market: Market) -> None:
    number, delivery = at_a_time(market)
    payload = {"recipient": "", "minor": False, "conditions": {"closed": {}}}
    market.books.run(lambda tx: tx.append(delivery, "delivery.named", payload))
    assert read(market, delivery).status == "closed"
    market.clock.time = MONDAY + HOUR + GRACE
    end_due(market.books)
    assert (market.books.read(number).status, read(market, delivery).status) == ("finished", "closed")
    assert market.books.run(lambda tx: commands.cancel(tx, delivery, by=BUYER)).refunded == 3000


def test_what_began_and_lost_its_consent_is_over_with_its_time(market: Market) -> None:
    offer = market.offer({**VISIT, "delivery": {**VISIT["delivery"], "days": 1}})
    (order,) = market.place({offer.id: 1}, contact={"name": "张伟"})
    (number,) = market.pay(order).deliveries
    market.books.run(lambda tx: commands.confirm_licence(tx, number, person="us_9"))
    consent(market, number)
    market.books.run(lambda tx: commands.begin_session(tx, number, "s"))
    market.books.run(lambda tx: commands.end_session(tx, number, "s", seconds=60))
    market.books.run(lambda tx: commands.withdraw_consent(tx, number, by=BUYER, person=BUYER))
    market.clock.pass_days(1)
    end_due(market.books)
    assert read(market, number).status == "delivered"
    assert market.books.run(lambda tx: commands.object_to(tx, number, "interrupted", by=BUYER)).status == "objected"


def test_a_time_is_not_sold_without_a_booking(market: Market) -> None:
    offer = market.offer(STORAGE, delivery=free_until(24))
    with pytest.raises(TradeError) as error:
        market.place({offer.id: 1})
    assert (error.value.code, error.value.param) == ("booking_missing", "items[0].booking")
