"""A bay of a seller of another node: free times by its prices, held, booked, used, its deposit, its metered use."""

from __future__ import annotations

import datetime as dt
import random
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking import using
from entrepot.trade.booking.asset_form import read_asset
from entrepot.trade.booking.assets import create_asset, update_asset
from entrepot.trade.booking.bookings import TOLD, Booking
from entrepot.trade.booking.deposits import settle_deposit
from entrepot.trade.booking.zones import moment
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import booking_states, copies, service_cancelling
from entrepot.trade.nodes.asset_times import AssetHoldAsked, AssetTimesAsked, is_told
from entrepot.trade.nodes.bodies import BookingTold, CancelDelivery, SoldTold
from entrepot.trade.nodes.memory import ANSWER_LOST, ARRIVES, LOST, TWICE
from entrepot.trade.nodes.messages import MessageRefused, NodeMessage
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction
from entrepot.trade_app.due import end_due
from trade.booking import STORAGE, free_until
from trade.market import BUYER, SELLER
from trade.test_deposits import dispute
from trade.two_calendars import Calendars

#: An hour by day costs 30.00 and one by night 20.00; a kilowatt hour 2.00. The deposit is 200.00.
TERMS = free_until(24, deposit="200.00", deposit_reasons=["damage", "cleaning"])
DAY = {**STORAGE, "ship_from": "VN", "delivery": TERMS}
NIGHT = {**DAY, "price": "20.00", "titles": {"en": "Cold-store bay by night"}}
POWER = {**STORAGE, "ship_from": "VN", "price": "2.00", "unit": "KWH", "titles": {"en": "Power"}}


class Bays(Calendars):
    """Two nodes, and a bay in Viet Nam that is open day and night; by its copies it can be booked in China."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, night: bool = True, power: bool = True) -> None:
        super().__init__(monkeypatch)
        for name in ("asset.free", "asset.hold"):
            self.nodes.vn.node.services[name] = partial(self._served, name)  # type: ignore[index]  # a dict, in tests
        vn = self.nodes.vn
        day, by_night, power_ = (vn.market.offer(each) for each in (DAY, NIGHT, POWER))
        details = read_asset(
            {
                "titles": {"en": "Cold-store bay"},
                "kind": "bay",
                "zone": "Asia/Ho_Chi_Minh",
                "weekly": [{"since": "00:00", "until": "24:00"}],
                "limits": {"shortest": 60, "longest": 600, "step": 60},
                "bands": [{"offer": day.id, "since": "08:00", "until": "20:00"}, {"offer": by_night.id}],
                "meters": {"KWH": power_.id},
            }
        )
        self.bay = vn.books.run(lambda tx: create_asset(tx, details, self.bookings.zone_of, seller=SELLER))
        self.copy = self.nodes.mirror(vn.books.read(day.id))
        self.night = self.nodes.mirror(vn.books.read(by_night.id)) if night else None
        self.power = self.nodes.mirror(vn.books.read(power_.id)) if power else None

    def at_local(self, hour: int, minutes: int) -> str:
        """The first free time, at least two days from now, that begins at an hour in Viet Nam."""
        first = self.nodes.clock() + dt.timedelta(days=2)
        zone = self.bookings.zone_of("Asia/Ho_Chi_Minh")
        told = self.app.free_there(self.ask, self.copy, f"{first:%Y-%m-%dT%H:%M:%S.000Z}", minutes)
        found: str = next(each.since for each in told.times if moment(each.since).astimezone(zone).hour == hour)
        return found

    def hold_there(self, since: str, minutes: int, key: str = "1") -> Booking:
        """Hold a time for the buyer in China."""
        held: Booking = self.app.hold_there(self.ask, BUYER, self.copy, since, key, minutes)
        return held

    def booked(self, hour: int = 10, minutes: int = 120) -> tuple[Order, Booking]:
        """An order of a time that is booked on both nodes, and the booking in China."""
        held = self.hold_there(self.at_local(hour, minutes), minutes)
        order = self.order_of(held.id, "o")
        self.nodes.cn.market.pay(order)
        self.nodes.run()
        return self.nodes.cn.market.read(order), self.nodes.cn.books.read(held.id)

    def order_of(self, booking: str, key: str) -> Order:
        """Order a booking in China."""
        (order,) = self.nodes.cn.market.place({}, bookings=[booking], key=key)
        return order

    def use(self, own: Booking, *, power: str = "") -> None:
        """The buyer comes and goes at the bay."""
        self.nodes.clock.time = moment(own.since)
        run, remote = self.nodes.vn.books.run, own.remote
        run(partial(using.check_in, number=remote, by=SELLER))
        if power:
            run(partial(using.record_use, number=remote, quantity=power, unit="KWH", by=SELLER, key="k"))
        self.nodes.clock.time = moment(own.until)
        run(partial(using.finish, number=remote, by=SELLER))

    def settle(self, own: Booking, kept: int) -> None:
        """The seller settles the deposit."""
        self.nodes.vn.books.run(partial(settle_deposit, number=own.remote, kept=kept, reason="damage", by=SELLER))

    def deposit_of(self, own: Booking) -> tuple[str, int, int, int]:
        """The deposit in China: its state, what was kept and given back, and what is still on its account."""
        found = self.nodes.cn.books.read(own.id).deposit
        assert found is not None
        left = self.nodes.cn.books.balance(f"deposit/{own.id}", "CNY")
        return found.state, found.kept, found.returned, left

    def check(self, *, owed: int) -> None:
        """Both nodes have the same entries, what the seller is owed, and the same settlement of each month."""
        nodes = self.nodes
        here, there = nodes.cn.all_common(), nodes.vn.all_common()
        assert {number: each.entries for number, each in here.items() if each.entries} == {
            number: each.entries for number, each in there.items() if each.entries
        }
        assert sum(each.owed for each in there.values()) == owed
        assert nodes.cn.owed() == -nodes.vn.owed()
        assert nodes.vn.unsettled() == owed
        months = {entry.at[:7] for each in there.values() for entry in each.entries}
        for month in sorted(months):
            nodes.settle(month)
            nodes.settle(month, node=nodes.vn)
        nodes.run()
        for node in (nodes.cn, nodes.vn):
            assert {each.status for each in node.books.list_objects("ns_")} == {"agreed"}


@pytest.fixture
def bays(monkeypatch: pytest.MonkeyPatch) -> Bays:
    pytest.importorskip("django", reason="the server is not installed")
    return Bays(monkeypatch)


def test_a_time_at_two_prices_is_asked_held_ordered_and_booked_with_its_deposit(bays: Bays) -> None:
    nodes = bays.nodes
    assert bays.night is not None
    since = bays.at_local(19, 120)
    held = bays.hold_there(since, 120)
    # An hour until 20:00 by day, one by night.
    assert {each.offer: each.quantity for each in held.lines} == {bays.copy.id: 1, bays.night.id: 1}
    assert bays.hold_there(since, 120) == held, "the same key holds it once"
    with pytest.raises(TradeError) as taken:
        bays.hold_there(since, 120, "2")
    assert taken.value.code == "time_taken"
    order = bays.order_of(held.id, "o")
    assert (order.quote.amounts.goods, order.deposit) == (5_000, 20_000)
    nodes.cn.market.pay(order)
    nodes.run()
    remote = nodes.vn.books.read(held.remote)
    own = nodes.cn.books.read(held.id)
    assert (remote.status, own.status) == ("booked", "booked")
    assert remote.deposit is not None
    assert own.deposit is not None
    assert remote.deposit.amount == own.deposit.amount == 20_000
    payment = nodes.cn.books.read(nodes.cn.market.read(order).paying)
    assert payment.captured == order.quote.amounts.total + 20_000
    assert bays.deposit_of(own) == ("held", 0, 0, 20_000)
    bays.check(owed=5_000)


@pytest.mark.parametrize("kept", [0, 5_000, 20_000])
def test_after_the_use_the_deposit_is_kept_in_part_and_given_back_and_settled(bays: Bays, kept: int) -> None:
    _order, own = bays.booked()
    bays.use(own)
    bays.nodes.run()
    assert bays.nodes.cn.books.read(own.id).status == "finished"
    assert bays.deposit_of(own)[0] == "held"
    bays.settle(own, kept)
    bays.nodes.run()
    assert bays.deposit_of(own) == ("settled", kept, 20_000 - kept, 0)
    # Two hours at 30.00, and what is kept.
    bays.check(owed=6_000 + kept)


def test_what_the_seller_does_not_settle_goes_back_by_itself(bays: Bays) -> None:
    _order, own = bays.booked()
    bays.use(own)
    bays.nodes.run()
    bays.nodes.clock.time = moment(own.until) + dt.timedelta(days=7, minutes=1)
    end_due(bays.nodes.vn.books)
    bays.nodes.run()
    assert bays.deposit_of(own) == ("settled", 0, 20_000, 0)
    bays.check(owed=6_000)


def test_a_deposit_of_which_nothing_is_told_goes_back_at_the_buyers_node(bays: Bays) -> None:
    _order, own = bays.booked()
    bays.use(own)
    bays.nodes.run()
    cn = bays.nodes.cn.books
    found = cn.read(own.id)
    last = moment(found.ended) + dt.timedelta(days=7) + TOLD
    for time, state in ((last - dt.timedelta(minutes=1), "held"), (last, "settled")):
        bays.nodes.clock.time = time
        end_due(cn)
        assert bays.deposit_of(own)[0] == state


@pytest.mark.parametrize("act", ["seller", "buyer"])
def test_a_seller_who_cancels_and_a_buyer_who_cancels_in_time_give_everything_back(bays: Bays, act: str) -> None:
    order, own = bays.booked()
    if act == "seller":
        bays.nodes.vn.books.run(partial(using.cancel, number=own.remote, reason="not_available", by=SELLER))
    else:
        bays.nodes.cn.books.run(partial(cancel_order, number=order.id, reason="changed_mind", by=BUYER))
    bays.nodes.run()
    payment = bays.nodes.cn.books.read(bays.nodes.cn.market.read(order).paying)
    assert payment.refunded == payment.captured
    assert bays.deposit_of(own)[3] == 0
    assert bays.nodes.vn.books.read(own.remote).status == bays.nodes.cn.books.read(own.id).status == "cancelled"
    assert all(not each.conflicts for each in bays.nodes.cn.all_common().values())


def test_a_time_at_two_prices_is_cancelled_for_what_both_of_their_terms_give(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django", reason="the server is not installed")
    strict = free_until(24 * 30, deposit="200.00", deposit_reasons=["damage", "cleaning"])
    monkeypatch.setitem(NIGHT, "delivery", strict)  # free until a month before: nothing goes back now
    bays = Bays(monkeypatch)
    order, own = bays.booked(19, 120)
    by_night, day = (each.number for each in sorted(order.lines, key=lambda each: each.amount))
    told = {each.line: each for each in bays.nodes.cn.common().deliveries.values()}
    now = bays.nodes.clock()
    assert [service_cancelling.percent_now(order, told[each], now) for each in (day, by_night)] == [0, 0]
    # A node that asks for what the terms of one of them give is refused: the other one would be lost.
    body = CancelDelivery(delivery=told[day].delivery, line=day, percent=100)
    about = SimpleNamespace(about=order.common)
    answer = bays.nodes.vn.books.run(
        lambda tx: service_cancelling.cancel(tx, tx.get(bays.nodes.vn.peer), about, body, bays.nodes.vn.node)  # type: ignore[arg-type]
    )
    assert (answer["status"], answer["reason"], answer["percent"]) == ("refused", "less", 0)
    bays.check(owed=5_000)
    ask = partial(service_cancelling.ask, number=order.id, delivery=told[day].delivery, by=BUYER, percent=0)
    bays.nodes.cn.books.run(ask)
    bays.nodes.run()
    # By day an hour for 30.00, whose terms give all back; by night one for 20.00, whose terms give nothing.
    bays.check(owed=2_000)
    assert {each.status for each in bays.nodes.cn.common().deliveries.values()} == {"cancelled"}
    assert bays.deposit_of(own) == ("settled", 0, 20_000, 0)
    assert bays.nodes.cn.common().conflicts == ()


def test_metered_use_is_told_as_it_is_sold_and_ordered_with_an_order_of_its_own(bays: Bays) -> None:
    nodes = bays.nodes
    _order, own = bays.booked()
    bays.use(own, power="12.5")
    nodes.run()
    found = nodes.cn.books.read(own.id)
    assert bays.power is not None
    assert (found.used, found.metered[0].offer, found.metered[0].quantity) == ({"KWH": "12.5"}, bays.power.id, 12)
    order = bays.order_of(own.id, "use")
    assert order.deposit == 0
    nodes.cn.market.pay(order)
    nodes.run()
    assert nodes.cn.books.read(order.common).status == "accepted"
    assert nodes.vn.books.read(own.remote).usage_order == nodes.vn.books.read(order.common).order
    # Two hours at 30.00, and twelve full kilowatt hours at 2.00.
    bays.check(owed=6_000 + 2_400)
    with pytest.raises(TradeError):
        bays.order_of(own.id, "again")


def test_an_order_of_another_use_than_was_metered_is_rejected(bays: Bays) -> None:
    nodes = bays.nodes
    _order, own = bays.booked()
    bays.use(own, power="12.5")
    nodes.run()
    order = bays.order_of(own.id, "use")
    record = partial(using.record_use, number=own.remote, quantity="-2", unit="KWH", by=SELLER, key="corrected")
    nodes.vn.books.run(record)
    nodes.run()
    assert (nodes.cn.books.read(order.common).status, nodes.cn.books.read(order.common).reason) == (
        "rejected",
        "time_lost",
    )
    # The order has ended; the corrected use was told, and can be ordered.
    assert nodes.cn.books.read(own.id).used == {"KWH": "10.5"}
    again = bays.order_of(own.id, "corrected")
    nodes.cn.market.pay(again)
    nodes.run()
    assert nodes.cn.books.read(again.common).status == "accepted"
    bays.check(owed=6_000 + 2_000)


def test_a_part_that_is_not_in_the_market_here_is_neither_shown_nor_held(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django", reason="the server is not installed")
    bays = Bays(monkeypatch, night=False, power=False)
    told = bays.app.free_there(bays.ask, bays.copy, "", 120)
    zone = bays.bookings.zone_of("Asia/Ho_Chi_Minh")
    hours = {moment(each.since).astimezone(zone).hour for each in told.times}
    assert hours == set(range(8, 19)), "two hours by day"
    assert told.elsewhere > 0, "the page says that there are others, and why they are not shown"
    late = next(each.since for each in told.times if moment(each.since).astimezone(zone).hour == 18)
    with pytest.raises(TradeError) as error:
        bays.hold_there(late[:11] + f"{moment(late).hour + 1:02d}:00:00.000Z", 120, "late")
    assert error.value.code == "price_elsewhere"
    (there,) = bays.nodes.vn.books.list_objects("bk_")
    assert there.expires in str(error.value), "until when the other node holds it for nobody"
    _order, own = bays.booked()
    bays.use(own, power="3")
    bays.nodes.run()
    assert bays.nodes.cn.common().conflicts == ("meter_unknown",)
    assert bays.nodes.cn.books.read(own.id).status == "finished"


def test_a_time_whose_offer_is_paused_here_is_neither_shown_nor_held(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django", reason="the server is not installed")
    bays = Bays(monkeypatch)
    before = bays.app.free_there(bays.ask, bays.copy, "", 60)
    assert before.elsewhere == 0
    night = next(each for each in before.times if each.lines[0].offer != bays.copy.id)
    (sold,) = night.lines
    bays.nodes.cn.books.run(lambda tx: copies.pause(tx, sold.offer, copies.STALE))
    after = bays.app.free_there(bays.ask, bays.copy, "", 60)
    assert sold.offer not in {line.offer for each in after.times for line in each.lines}
    assert after.elsewhere == len(before.times) - len(after.times) > 0
    with pytest.raises(TradeError) as error:
        bays.hold_there(night.since, 60, "night")
    assert error.value.code == "price_elsewhere"


def test_lengths_and_times_that_the_asset_does_not_allow_are_refused(bays: Bays) -> None:
    since = bays.at_local(10, 60)
    for minutes, code in ((45, "length_step"), (1200, "length"), (0, "field_invalid"), (50_000, "field_invalid")):
        with pytest.raises(TradeError) as error:
            bays.hold_there(since, minutes)
        assert error.value.code.startswith(code[:6]), (minutes, error.value.code)
    assert bays.nodes.cn.books.list_objects("bk_") == []


@pytest.mark.parametrize("seed", range(8))
def test_a_bay_is_booked_used_and_settled_while_messages_are_lost_and_repeated(bays: Bays, seed: int) -> None:
    draw = random.Random(seed)
    nodes = bays.nodes
    _order, own = bays.booked()

    def noise() -> None:
        nodes.run(rounds=draw.randint(1, 3), end=False)
        for node in (nodes.cn, nodes.vn):
            with suppress(Exception):
                node.side.transport.arrive(draw.choice(node.side.transport.earlier))

    for node in (nodes.cn, nodes.vn):
        node.side.transport.fate = lambda _content: draw.choice((ARRIVES, LOST, ANSWER_LOST, TWICE))
    bays.use(own, power="12.5")
    noise()
    bays.settle(own, 5_000)
    noise()
    for node in (nodes.cn, nodes.vn):
        node.side.transport.fate = lambda _content: ARRIVES
    nodes.clock.time += dt.timedelta(hours=1)
    nodes.run()
    assert bays.deposit_of(own) == ("settled", 5_000, 15_000, 0)
    assert nodes.cn.books.read(own.id).used == {"KWH": "12.5"}
    bays.check(owed=6_000 + 5_000)


def test_a_state_that_cannot_be_is_refused_and_one_that_is_late_is_not_taken(bays: Bays) -> None:
    _order, own = bays.booked()
    bays.use(own, power="12.5")
    bays.nodes.run()
    cn = bays.nodes.cn
    told = cn.common().bookings[own.remote]
    wrong = (
        {"booking": own.id},
        {"used": {"KWH": "NaN"}},
        {"used": {"KWH": "-1"}},
        {"used": {f"U{at}": "1" for at in range(21)}},
        {"used": {"a unit that is long": "1"}},
        {"used": {"KWH": "0." + "1" * 7}},
        {"used": {"KWH": "1" + "0" * 5_000}},
        {"sold": (SoldTold(offer="of_1", quantity=-5),)},
        {"sold": tuple(SoldTold(offer=f"of_{at}", quantity=1) for at in range(21))},
        {"status": "x" * 5_000},
        {"reason": "x" * 5_000},
        {"kept": -1},
        {"kept": 10**30},
        {"at": "soon"},
    )
    for changes in wrong:
        with pytest.raises(MessageRefused) as error:
            _tell(bays, msgspec.structs.replace(told, **changes))
        assert error.value.code == "part_unknown"
    late = msgspec.structs.replace(told, used={"KWH": "1"}, at="2026-01-01T00:00:00.000Z")
    _tell(bays, late)
    assert cn.books.read(own.id).used == {"KWH": "12.5"}
    more = msgspec.structs.replace(told, settled=True, kept=20_001, reason="damage", at=timestamp(bays.nodes.clock()))
    _tell(bays, more)
    assert cn.common().conflicts == ("deposit_not_settled",), "more than the deposit is not kept"
    assert bays.deposit_of(own)[0] == "held"


@pytest.mark.parametrize("ended", ["won", "lost"])
def test_what_is_kept_while_the_payment_is_disputed_is_kept_after_the_dispute(bays: Bays, ended: str) -> None:
    order, own = bays.booked()
    bays.use(own)
    bays.nodes.run()
    market = bays.nodes.cn.market
    dispute(market, order.id, "opened")
    bays.settle(own, 5_000)
    bays.nodes.run()
    assert bays.nodes.cn.common().conflicts == ("deposit_not_settled",)
    bays.nodes.clock.time = moment(bays.nodes.cn.books.read(own.id).ended) + dt.timedelta(days=7) + TOLD
    end_due(bays.nodes.cn.books)
    assert bays.deposit_of(own)[0] == "held", "the dispute is open"
    dispute(market, order.id, ended)
    end_due(bays.nodes.cn.books)
    bays.nodes.run()
    # As the seller settled it. Where the dispute is lost, the bank has given the rest to the buyer.
    assert bays.deposit_of(own) == ("settled", 5_000, 15_000, 0)
    if ended == "won":
        bays.check(owed=6_000 + 5_000)


def test_a_use_waits_for_a_node_whose_messages_were_read_before_it_knew_it(bays: Bays) -> None:
    _order, own = bays.booked()
    vn = bays.nodes.vn
    peer = vn.books.read(vn.peer)
    known = {name: list(each) for name, each in peer.messages.items()}
    older = {name: each for name, each in known.items() if name != "booking.state"}
    for messages in (older, known):
        vn.books.run(partial(_describe, peer=peer, messages=messages))
        if messages is older:
            bays.use(own)
            bays.settle(own, 5_000)
        bays.nodes.run(rounds=20, end=messages is known)
        assert bays.deposit_of(own)[0] == ("held" if messages is older else "settled")
    assert bays.deposit_of(own) == ("settled", 5_000, 15_000, 0)


def test_any_length_that_the_asset_allows_is_shown_and_no_other_is_held_for_a_node(bays: Bays) -> None:
    vn = bays.nodes.vn
    asset = vn.books.read(bays.bay.id)
    offer = vn.books.read(asset.details.bands[0].offer)
    peer = vn.books.read(vn.peer)
    with bays.at(vn.books):
        for minutes in (10**15, -60, 45):
            asked = AssetHoldAsked(offer=offer.id, since=timestamp(bays.nodes.clock()), minutes=minutes, key="k")
            with pytest.raises(TradeError) as error:
                bays.app.asset_hold(asked, peer)
            assert error.value.code == "length_invalid"
        long = msgspec.structs.replace(asset.details.limits, longest=30 * 24 * 60)
        details = msgspec.structs.replace(asset.details, limits=long)
        vn.books.run(lambda tx: update_asset(tx, asset.id, details, bays.bookings.zone_of, seller=SELLER))
        told = bays.app.asset_free(AssetTimesAsked(offer=offer.id, minutes=30 * 24 * 60))
    assert told.times, "a month"
    assert is_told(told)


def _describe(tx: Transaction, peer: Peer, messages: dict[str, list[int]]) -> None:
    """The description of a node is read again: which messages it knows."""
    tx.append(peer.id, "peer.described", {"name": peer.name, "operator": peer.operator, "messages": messages})


def _tell(bays: Bays, body: BookingTold) -> None:
    """The node of China receives a state of the booking."""
    cn = bays.nodes.cn
    peer, about = cn.books.read(cn.peer), cn.common().id
    now = timestamp(bays.nodes.clock())
    message = NodeMessage(
        id="nm_1", type="booking.state", version=1, sender=peer.did, recipient="", sent=now, expires=now, body={},
        about=about,
    )  # fmt: skip
    cn.books.run(lambda tx: booking_states.state(tx, peer, message, body, cn.node))
