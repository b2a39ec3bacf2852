"""The demonstration of services: four are ordered, paid, delivered and accepted, on this machine only.

A consultation is booked, consented to and held between two peers; a course is launched, graded and its badge verified;
the two bays of a cold store are booked, and a third booking of the hour is refused; a document is edited by two people,
of whom one was offline. Then the seller's statement. Payments are those of a provider in memory, so nothing is paid.
Everything is stored in a folder of its own. Needs the extra `services`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from entrepot.language.translate import N_
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.trade.booking.asset_form import read_asset
from entrepot.trade.booking.assets import Asset, create_asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.holding import Time, hold
from entrepot.trade.booking.prices import Priced
from entrepot.trade.checkout import prepare, read_asked
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.offer_form import read_offer
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Order
from entrepot.trade.outbox import attempt
from entrepot.trade.paying import pay_order
from entrepot.trade.payments import commands as payments
from entrepot.trade.payments import deliver
from entrepot.trade.payments.commands import STRICT, Means
from entrepot.trade.payments.memory import MemoryProvider
from entrepot.trade.payments.statements import Statement, statement
from entrepot.trade.placing import place_orders
from entrepot.trade.ports import Books
from entrepot.trade.selling import create_offer
from entrepot.trade_app.demo import open_node

#: What is sold. The packs have no category for the use of a thing at its place: `cloud_storage` stands for the bay, so
#: the report says no taxes of it.
OFFERS: Mapping[str, Mapping[str, Any]] = {
    "consultation": {
        "titles": {"en": "Consultation by video", "zh": "视频咨询", "vi": "Tư vấn qua video"},
        "service": "telemedicine",
        "price": "300.00",
        "delivery": {
            "kind": "visit",
            "minutes": 20,
            "licence": {"number": "SANDBOX-1", "authority": "Sandbox authority", "economy": "VN"},
        },
    },
    "course": {
        "titles": {"en": "Roasting coffee", "zh": "咖啡烘焙", "vi": "Rang cà phê"},
        "service": "online_education",
        "price": "200.00",
        "delivery": {"kind": "course", "days": 90},
    },
    "bay": {
        "titles": {"en": "Cold-store bay by the hour", "zh": "冷库月台（按小时）", "vi": "Ô kho lạnh theo giờ"},
        "service": "cloud_storage",
        "price": "40.00",
        "unit": "HUR",
    },
    "workspace": {
        "titles": {"en": "Seat in an online workspace", "zh": "在线工作区席位", "vi": "Chỗ trong không gian làm việc"},
        "service": "collaborative_office",
        "price": "60.00",
        "delivery": {"kind": "workspace", "days": 30},
    },
}
WITHOUT_TAXES = frozenset({"bay"})
OPEN_ALWAYS = [{"since": "00:00", "until": "24:00"}]


class Served(NamedTuple):
    """A service that was delivered. `taxes`: those of its order, as a decimal; None where they are not known."""

    service: str
    status: str
    evidence: tuple[str, ...]
    taxes: str | None
    amount: str
    currency: str
    refused: str = ""


class Report(NamedTuple):
    """What happened: the services, the seller's statement of the month, and the ledger."""

    services: tuple[Served, ...]
    statement: Statement
    events: int
    verified: bool
    folder: Path


class Say(Protocol):
    """Is told what happens: the service, or "", a sentence that can be translated, and its values."""

    def __call__(self, service: str, sentence: str, /, **values: str) -> None:
        """Tell it."""


class Desk:
    """The node of the demonstration: a provider and a buyer, who pays with money that nobody has."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self.say = folder, say
        self.settings = {"ENTREPOT_DATA": str(folder / "node")}
        self.books: Books
        self.books, parties, _password = open_node(self.settings)
        self.seller, self.buyer = parties["seller"], parties["buyer"]
        # After the database is open.
        from entrepot.store.people.members import members_of  # noqa: PLC0415
        from entrepot.trade_app.quotes import NodeQuotes  # noqa: PLC0415

        self.quotes = NodeQuotes()
        self.people = {kind: members_of(number)[0].person_id for kind, number in parties.items()}
        self._money = deliver.Delivery(self.books, {"memory": MemoryProvider(now=now)}, STRICT)

    def offer(self, name: str, **delivery: Any) -> Offer:
        """Put an offer up. `delivery`: more of its terms."""
        given = {"ship_from": "VN", "currency": "CNY", **OFFERS[name]}
        if delivery:
            given["delivery"] = {**given["delivery"], **delivery}
        form = read_offer(given, self.quotes.decimals)
        return self.books.run(partial(create_offer, form=form, seller=self.seller))

    def buy(self, item: Mapping[str, Any], key: str) -> Delivery:
        """Order a service and pay it. Returns its delivery."""
        asked = read_asked({"items": [item], "ship_to": {"country": "CN"}, "contact": {"name": "示例买家"}})
        checkout = prepare(asked, self.buyer, self.books.read, self.quotes, now())
        (order,) = self.books.run(partial(place_orders, checkout=checkout, quotes=self.quotes, key=f"demo-{key}"))
        means = Means(provider="memory", currency="CNY", method="approved")
        self.books.run(lambda tx: pay_order(tx, order.id, means, self.quotes, by=self.buyer, key="demo"))
        self._send()
        paid: Order = self.books.read(order.id)
        return self.delivery(max(paid.deliveries))

    def delivery(self, number: str) -> Delivery:
        """A delivery as it is now."""
        found: Delivery = self.books.read(number)
        return found

    def accepted(self, name: str, number: str, *more: str, refused: str = "") -> Served:
        """Accept a delivery, and report it."""
        found = self.books.run(lambda tx: commands.accept(tx, number, by=self.buyer))
        order: Order = self.books.read(found.order)
        places = self.quotes.decimals(order.quote.amounts.currency) or 0
        taxes = sum(each.amount for each in order.quote.charges)
        return Served(
            name,
            found.status,
            (*found.evidence, *more),
            None if name in WITHOUT_TAXES else in_major(taxes, self.quotes.decimals(order.quote.currency) or 0),
            in_major(order.quote.amounts.total, places),
            order.quote.amounts.currency,
            refused,
        )

    def _send(self) -> None:
        """Give the provider in memory what the outbox has for it, and back what it answers."""
        queue, channel = self.books.outbox, deliver.channel(self._money)
        while claimed := queue.claim(
            payments.CHANNEL, now(), lease="demo", seconds=60, limit=10, in_order=channel.in_order
        ):
            for message in claimed:
                attempt(queue, channel, message, now, 1.0)


def now() -> dt.datetime:
    """The time."""
    return dt.datetime.now(dt.UTC)


def run(folder: Path, say: Say) -> Report:
    """Run the demonstration with its data in `folder`. Raises NotHeld, NotMerged, TradeError."""
    desk = Desk(folder, say)
    from entrepot.trade_app import demo_processes, ledger  # noqa: PLC0415  # after the settings
    from entrepot.trade_app.services.demo_visit import socket_process  # noqa: PLC0415  # as above

    services = [take_course(desk), book_bay(desk)]
    port = demo_processes.free_port()
    with socket_process(port, desk.folder, desk.settings):
        address = f"ws://127.0.0.1:{port}/sockets"
        services += [hold_consultation(desk, address), edit_document(desk, address)]

    found = ledger.verify()
    month = now().strftime("%Y-%m")
    made = statement(desk.books, desk.seller, "CNY", month)
    return Report(tuple(services), made, found.position, not found.count, folder)


def hold_consultation(desk: Desk, address: str) -> Served:
    """A consultation: a time is booked, the person consents, both sides see each other, a note is signed."""
    from entrepot.trade_app.services import demo_visit, health, notes, visits  # noqa: PLC0415  # after the settings

    calendar = _asset(
        desk, {"titles": {"en": "Consultations"}, "kind": "person", "limits": {"shortest": 20, "longest": 60}}
    )
    offer = desk.offer("consultation", resource=calendar.id)
    doctor = {
        "name": "Sandbox practitioner", "qualification": "Sandbox", "licence": "SANDBOX-1",
        "authority": "Sandbox authority", "zone": "Asia/Ho_Chi_Minh", "economy": "VN",
        "person": desk.people["seller"], "calendar": calendar.id,
    }  # fmt: skip
    health.register(health.Person(desk.seller, desk.people["seller"]), doctor)
    start = next_step(now(), 5)
    booking = _hold(desk, calendar.id, start, dt.timedelta(minutes=20), (Priced(offer.id, 1),))
    found = desk.buy({"booking": booking.id}, "consultation")
    desk.say("consultation", N_("booked and paid: {delivery}; it is {status}"), delivery=found.id, status=found.status)
    patient = health.Person(desk.buyer, desk.people["buyer"])
    health.prepare(
        patient,
        found.id,
        {
            "name": "示例患者", "born": "1980-01-01", "sex": "unknown", "telephone": "13800000000",
            "place": "浙江省杭州市", "zone": "Asia/Shanghai", "reason": "示例",
        },
    )  # fmt: skip
    health.consent(patient, found.id, version="1", language="zh")
    found = desk.books.run(lambda tx: commands.confirm_licence(tx, found.id, person="us_operator"))
    desk.say("consultation", N_("the licence was checked, the person consents; it is {status}"), status=found.status)
    tokens = {role: visits.enter(desk.books, who, found.id) for role, who in _sides(desk).items()}
    held = demo_visit.hold_visit(f"{address}/visit", tokens)
    desk.say(
        "consultation",
        N_("held: both sides decoded pictures ({count} and {other}) and sound"),
        count=str(held.pictures["buyer"]),
        other=str(held.pictures["provider"]),
    )
    notes.sign(health.Person(desk.seller, desk.people["seller"]), found.id, {"summary": "Sandbox note."})
    seconds = desk.delivery(found.id).seconds
    return desk.accepted("consultation", found.id, f"connected:{seconds}s")


def _asset(desk: Desk, given: Mapping[str, Any]) -> Asset:
    """An asset of the seller that is open at any time."""
    limits = {**given["limits"], "step": 5, "notice": 0}
    details = read_asset({"zone": "Asia/Ho_Chi_Minh", "weekly": OPEN_ALWAYS, **given, "limits": limits})
    return desk.books.run(lambda tx: create_asset(tx, details, ZoneInfo, seller=desk.seller))


def _sides(desk: Desk) -> dict[str, str]:
    return {"buyer": desk.buyer, "provider": desk.seller}


def next_step(time: dt.datetime, minutes: int) -> dt.datetime:
    """The next time whose minutes are a multiple.

    >>> next_step(dt.datetime(2026, 3, 1, 8, 58, 30, tzinfo=dt.UTC), 5).isoformat()
    '2026-03-01T09:00:00+00:00'
    """
    whole = time.replace(minute=time.minute - time.minute % minutes, second=0, microsecond=0)
    return whole + dt.timedelta(minutes=minutes)


def _hold(desk: Desk, asset: str, start: dt.datetime, length: dt.timedelta, lines: tuple[Priced, ...] = ()) -> Booking:
    time = Time(start, start + length)
    return desk.books.run(lambda tx: hold(tx, asset, time, ZoneInfo, by=desk.buyer, lines=lines))


def take_course(desk: Desk) -> Served:
    """A course: launched by LTI 1.3 from the delivery, its quiz graded and sent back, its badge verified."""
    from urllib.parse import parse_qsl, urlsplit  # noqa: PLC0415  # of this part only

    from entrepot.connect.lti.launches import Platform  # noqa: PLC0415  # a part of the extra
    from entrepot.trade.courses import content  # noqa: PLC0415  # as the parts around it
    from entrepot.trade_app import documents  # noqa: PLC0415  # after the settings
    from entrepot.trade_app.services import badges, course_launches, courses, pages_tool  # noqa: PLC0415  # as above

    given = {"title": "Rang cà phê", "summary": "Roast green coffee evenly.", "language": "vi", "pass_percent": "60"}
    course = courses.create(desk.seller, {**given, "source": "pages"})
    quiz = [("1 + 1?", "* 2\n3"), ("2 + 2?", "3\n* 4")]
    courses.save_draft(course, content.read([("Hạt", "Hạt xanh."), ("Lửa", "Lửa vừa.")], quiz), now())
    courses.publish(desk.seller, course.id, now())
    found = desk.buy({"offer": desk.offer("course", resource=course.id).id, "quantity": 1}, "course")
    platform, session = Platform("http://127.0.0.1", "Sandbox"), dict[str, Any]()
    pages_tool.register_once(platform, now())
    learner = course_launches.Person(desk.people["buyer"], desk.buyer)
    login = course_launches.open_course(learner, found.id, platform, now())
    asked = pages_tool.login(dict(parse_qsl(urlsplit(login).query)), session, platform)
    message = course_launches.authorize(dict(parse_qsl(urlsplit(asked).query)), learner, platform, now())
    launched = {"id_token": message.token, "state": message.state}
    number = pages_tool.launch(launched, session, platform, now())
    desk.say("course", N_("launched from {delivery} by LTI 1.3"), delivery=found.id)
    for page in range(2):
        if (learning := pages_tool.learning(session, number)) is not None:
            pages_tool.see(session, learning, page, platform, now())
    learning = pages_tool.learning(session, number)
    assert learning is not None  # noqa: S101  # it was launched just now
    score, most = pages_tool.answer(learning, {0: [0], 1: [1]}, platform, now())
    desk.say("course", N_("graded: {score} of {most}"), score=str(score), most=str(most))
    enrolment = courses.enrolments_of(found)[0]
    badge = badges.issue(enrolment.id, desk.people["buyer"], "", "http://127.0.0.1/")
    verdict = badges.verify_file(badges.credential_of(badge).encode(), documents.key_of({}), now())
    desk.say("course", N_("the badge {badge} is {verdict}"), badge=badge.id, verdict=verdict.code or "valid")
    return desk.accepted("course", found.id, f"score:{Decimal(score)}/{most}", f"badge:{verdict.code or 'valid'}")


def book_bay(desk: Desk) -> Served:
    """A cold store with two bays: two bookings of an hour, the third is refused; the first is used and metered."""
    from entrepot.trade.booking import using  # noqa: PLC0415  # of this part only

    offer = desk.offer("bay")
    bays = {"titles": {"en": "Cold-store bay", "vi": "Ô kho lạnh"}, "kind": "bay", "units": 2}
    asset = _asset(desk, {**bays, "limits": {"shortest": 60, "longest": 600}, "bands": [{"offer": offer.id}]})
    start, hour = next_step(now(), 5), dt.timedelta(hours=1)
    first, _second = (_hold(desk, asset.id, start, hour) for _ in range(2))
    refused = ""
    try:
        _hold(desk, asset.id, start, hour)
    except TradeError as error:
        refused = error.code
        desk.say("bay", N_("booked twice; the third booking is refused: {why}"), why=error.message)
    found = desk.buy({"booking": first.id}, "bay")
    desk.books.run(lambda tx: using.check_in(tx, first.id, by=desk.seller))
    desk.books.run(lambda tx: using.finish(tx, first.id, by=desk.seller))
    return desk.accepted("bay", found.id, f"refused:{refused}", refused=refused)


def edit_document(desk: Desk, address: str) -> Served:
    """A document in a workspace: two people write, one of them offline for a while, and both have the same text."""
    from entrepot.trade_app.services import demo_document, workspaces  # noqa: PLC0415  # after the settings

    found = desk.buy({"offer": desk.offer("workspace").id, "quantity": 2}, "workspace")
    workspace = workspaces.open_workspace(found.id, desk.buyer)
    row = workspaces.new_document(workspace, "tx", "Prices")
    people = (desk.people["buyer"], "us_colleague")
    seats = [workspaces.take_seat(workspace, person, desk.buyer) for person in people]
    tokens = [workspaces.token(seats[at]) for at in (0, 1, 1)]
    text = demo_document.edit_together(f"{address}/workspace", tokens, row.id)
    desk.say("workspace", N_("edited by two people, one of them offline: {text}"), text=text.strip())
    workspaces.keep_version(workspaces.document(workspace, row.id))
    desk.books.run(lambda tx: commands.finish(tx, found.id, evidence=f"document:{row.id}"))
    return desk.accepted("workspace", found.id, f"people:{len(seats)}")
