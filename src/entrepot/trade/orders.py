"""An order: lines of one seller that travel as one parcel on one declaration, for a buyer, at the amounts of one quote.

Its payment, declarations, shipments and returns are objects with events of their own. Where one of them changes its
state, the same transaction appends an event to the order that names the object, its state and the cause
(`order.customs_changed` …). So the state of an order follows from the events of its own stream alone: a rebuild folds
each stream by itself, in any order, and the ledger shows for each moment what the order was and why. The alternative, a
status that is computed when it is read, needs all objects of an order to list one, and no event says when it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.limits import LimitAccount
from entrepot.trade.objects import Kind, Moves, NotAllowed, after, check_first
from entrepot.trade.offers import Goods, Origin, Prices
from entrepot.trade.ports import NotFound
from entrepot.trade.reasons import Reason
from entrepot.trade.service_requests import Goodwill, ServiceAcceptance, ServiceCancellation, ServiceObjection
from entrepot.trade.service_rules import ServiceRule
from entrepot.trade.status import ATTENTION, CLEARED, can_be_paid, is_on_the_way, is_paid, order_status

MOVES: Moves = {
    ("placed", "order.requote_needed"): "requote",
    ("requote", "order.requoted"): "placed",
    ("placed", "order.requoted"): "placed",
    ("placed", "order.cancel_asked"): "cancelling",
    ("cancelling", "order.cancel_refused"): "placed",
    ("placed", "order.cancelled"): "cancelled",
    ("requote", "order.cancelled"): "cancelled",
    ("cancelling", "order.cancelled"): "cancelled",
    ("placed", "order.matched"): "placed",
    ("cancelling", "order.matched"): "cancelling",
    ("placed", "order.corrected"): "placed",
    ("requote", "order.corrected"): "requote",
    **{(state, "order.contact_shown"): state for state in ("placed", "cancelling")},
    **{
        (state, kind): state
        for state in ("placed", "cancelling", "cancelled")
        for kind in (
            "order.payment_data_given",
            "order.step_given_up",
            "order.service_cancellation",
            "order.service_objection",
            "order.service_acceptance",
            "order.goodwill",
        )
    },
    **{
        (state, f"order.{line}_changed"): state
        for state in ("placed", "requote", "cancelling", "cancelled")
        for line in ("payment", "customs", "transport", "delivery", "return")
    },
}
#: Events after which an order has no more obligations from its quote: allowed only before the payment.
_BEFORE_PAYMENT = frozenset({"order.requote_needed", "order.requoted"})
#: Requests to the carrier that can be given up, and what is said of an order then.
BOOKING_STEPS = {"book": "parcel_not_booked", "clear": "release_not_told", "cancel": "booking_not_cancelled"}
#: By the line of an order: the field that holds the states of its objects.
_FIELDS = {
    "payment": "payments",
    "customs": "declarations",
    "transport": "shipments",
    "delivery": "deliveries",
    "return": "returns",
}


class Buyer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who buys: `party` is a person or an organization.

    `identity`: the keyed hash of the number that customs asks for; `personal`: the reference of name, identity number,
    telephone and address; `year_to_date`: what the buyer declares to have bought elsewhere this year under an annual
    limit, in minor units of its currency.
    """

    party: str
    kind: str
    personal: str
    identity: str = ""
    year_to_date: int = 0


class Destination(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the goods go, as far as taxes depend on it. The address is personal data."""

    country: str
    state: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as sold: `number` from 1; `prices` of the offer then; `amount` in minor units of their currency.

    `booking`: of a service at a time, the booking that the line pays for; `origin`: where the offer is of another
    node.
    """

    number: int
    offer: str
    version: int
    quantity: int
    prices: Prices
    amount: int
    goods: Goods
    stocked: bool = True
    booking: str = ""
    origin: Origin | None = None

    @property
    def price(self) -> int:
        """The price of one piece."""
        return self.prices.price


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer pays with the order, in minor units of `currency`. What customs collects itself is not in it."""

    currency: str
    goods: int
    shipping: int
    insurance: int
    duties: int
    taxes: int
    fees: int

    @property
    def charges(self) -> int:
        """Duties, taxes and fees."""
        return self.duties + self.taxes + self.fees

    @property
    def total(self) -> int:
        """All of it."""
        return self.goods + self.shipping + self.insurance + self.charges


class Assertion(msgspec.Struct, frozen=True):
    """A condition of the law that somebody vouched for: its id, who, and when."""

    id: str
    by: str
    time: str


class QuotedCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A duty, tax or fee of the quote, in minor units of the quote's currency.

    `lines`: its parts by line, in order, which sum to it; `in_order`: whether it is paid with the order, and not to
    customs or a carrier.
    """

    id: str
    kind: str
    amount: int
    collected_by: str
    in_order: bool
    lines: tuple[int, ...]


class KeptQuote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The quote of an order.

    `law_date`, `law_hash`: the law that it was calculated with; `option`: the import procedure that was chosen;
    `values`: the customs value of each line, and `limited` what counts for limits, both in minor units of the quote's
    `currency`; `expires`: until when it can be paid.
    """

    id: str
    hash: str
    law_date: str
    law_hash: str
    option: str
    currency: str
    amounts: Amounts
    charges: tuple[QuotedCharge, ...]
    values: tuple[int, ...]
    limited: int
    expires: str
    assertions: tuple[Assertion, ...] = ()


class LimitUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order takes of an annual limit.

    `economy`, `year`, `keyed_hash`, `currency`: whose limit; `amount`: in minor units; `state`: reserved, used (customs
    has released the goods) or given_back; `returned`: what approved returns gave back of it.
    """

    economy: str
    year: int
    keyed_hash: str
    currency: str
    amount: int
    state: str = "reserved"
    returned: int = 0

    @property
    def account(self) -> LimitAccount:
        """The accounts of the limit."""
        return LimitAccount(self.economy, self.year, self.keyed_hash, self.currency)


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order.

    `state`: its own; `payments`, `declarations`, `shipments`, `deliveries`, `returns`: the states of its objects, by
    their ids; `rules`: of services, what the law of both economies says of their delivery, as it was then; `paying`:
    the last payment; `troubles`: what payments wait for, such as a refund that failed; `given_up`: requests to the
    carrier that an operator gave up, until its next report; `status`: one word for all of them; `expires`: until when
    an unpaid order keeps its stock; `stock`: where its pieces are (reserved, sold, given_back or none); `siblings`: all
    orders of the checkout; `common`: the order that this node and another one have in common (`xo_…`); `request`,
    `digest`: of the request that placed them; `returned`: pieces for which a return was applied, by line;
    `cancellations`, `objections`, `acceptances`: of services of another node, by delivery; `goodwills`: what the seller
    gives back across nodes without a return, by the refund; `deposits`: what is paid besides as deposits, by booking,
    in minor units; `reasons`: why it is an order of its own; `why`: of its last own event: why it was cancelled, or the
    rules of the match that failed.
    """

    id: str
    status: str
    state: str
    checkout: str
    seller: str
    buyer: Buyer
    ship_to: Destination
    lines: tuple[Line, ...]
    quote: KeptQuote
    created: str
    expires: str
    supply: str = "direct"
    warehouse: str = ""
    reasons: tuple[Reason, ...] = ()
    siblings: tuple[str, ...] = ()
    common: str = ""
    request: str = ""
    digest: str = ""
    limit: LimitUse | None = None
    paying: str = ""
    rules: tuple[ServiceRule, ...] = ()
    payments: Mapping[str, str] = {}
    troubles: Mapping[str, str] = {}
    given_up: tuple[str, ...] = ()
    declarations: Mapping[str, str] = {}
    shipments: Mapping[str, str] = {}
    deliveries: Mapping[str, str] = {}
    cancellations: Mapping[str, ServiceCancellation] = {}
    objections: Mapping[str, ServiceObjection] = {}
    acceptances: Mapping[str, ServiceAcceptance] = {}
    goodwills: Mapping[str, Goodwill] = {}
    returns: Mapping[str, str] = {}
    returned: Mapping[str, int] = {}
    deposits: Mapping[str, int] = {}
    released: str = ""
    stock: str = "reserved"
    why: str = ""
    match: str = ""

    @property
    def payment(self) -> str | None:
        """The state of the last payment; None if there is none."""
        return self.payments[self.paying] if self.paying else None

    @property
    def paid(self) -> bool:
        """Whether the buyer has paid."""
        return is_paid(self.payment)

    @property
    def deposit(self) -> int:
        """What is paid besides the price, and given back after the use, in minor units of the order's currency."""
        return sum(self.deposits.values())

    @property
    def pieces(self) -> int:
        """How many pieces the order has."""
        return sum(each.quantity for each in self.lines)

    def lines_with(self, number: int) -> list[Line]:
        """The lines that are cancelled with a line: itself, and those of the other prices of its time."""
        booking = next((each.booking for each in self.lines if each.number == number), "")
        return [each for each in self.lines if each.number == number or (booking and each.booking == booking)]

    @property
    def attention(self) -> tuple[str, ...]:
        """Why the order waits or needs somebody, as codes; empty if all is as it should be."""
        found = [ATTENTION.get((line, status)) for line, status in self.current()]
        if self.match == "failed" and all(each == "cancelled" for each in self.declarations.values()):
            found.append("match_failed")
        void = bool(self.declarations) and all(each == "cancelled" for each in self.declarations.values())
        if self.state == "placed" and void and any(is_on_the_way(each) for each in self.shipments.values()):
            found.append("list_cancelled")
        if self.state == "cancelled" and any(each in CLEARED for each in self.declarations.values()):
            found.append("released_after_cancellation")
        found += [*self.troubles.values(), *(BOOKING_STEPS[step] for step in self.given_up)]
        return tuple(dict.fromkeys(each for each in found if each))

    def current(self) -> tuple[tuple[str, str], ...]:
        """The states of its objects, with the line of each: of payments the last, of the others all."""
        found = [("payment", self.payment)] if self.payment else []
        for line in ("customs", "transport", "delivery", "return"):
            found += [(line, status) for status in getattr(self, _FIELDS[line]).values()]
        return tuple((line, status) for line, status in found if status)


def apply(state: Order | None, event: Event) -> Order:
    """The order after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "order.placed")
        given = {**event.payload, "id": event.stream, "status": "created", "state": "placed", "created": event.time}
        return msgspec.convert(given, Order)
    if event.kind in _BEFORE_PAYMENT and not payable(state):
        raise NotAllowed(
            "order_paid",
            "{order} is {status}: its quote is settled, {event} cannot follow.",
            order=state.id,
            status=state.status,
            event=event.kind,
        )
    moved = after(MOVES, state.id, state.state, event.kind)
    changed = msgspec.structs.replace(state, state=moved, **_CHANGES.get(event.kind, _because)(state, event))
    return msgspec.structs.replace(changed, status=status_of(changed))


def status_of(order: Order) -> str:
    """The status of an order, from its own state and those of its objects."""
    everything = bool(order.returned) and sum(order.returned.values()) == order.pieces
    return order_status(
        order.state,
        order.payment,
        order.declarations.values(),
        order.shipments.values(),
        order.returns.values(),
        order.deliveries.values(),
        all_returned=everything and any(each == "completed" for each in order.returns.values()),
    )


def payable(order: Order) -> bool:
    """Whether a payment of the order can begin: nothing is authorized or paid, and it is not cancelled."""
    return order.state in ("placed", "requote") and can_be_paid(order.payment)


def _requoted(_state: Order, event: Event) -> dict[str, Any]:
    given = event.payload
    found: dict[str, Any] = {
        "quote": msgspec.convert(given["quote"], KeptQuote),
        "why": "",
        "expires": given["expires"],
    }
    limit = given.get("limit")
    return found | {"limit": msgspec.convert(limit, LimitUse) if limit else None}


def _object_changed(state: Order, event: Event) -> dict[str, Any]:
    """An object of the order has another state; with it what the event says of stock, limit and returned pieces."""
    given = event.payload
    line = event.kind.removeprefix("order.").removesuffix("_changed")
    name = _FIELDS[line]
    found: dict[str, Any] = {name: {**getattr(state, name), given["object"]: given["status"]}}
    for field in ("stock", "released"):
        if field in given:
            found[field] = given[field]
    if line == "transport":
        found["given_up"] = ()
    if line == "payment":
        others = {number: each for number, each in state.troubles.items() if number != given["object"]}
        found["troubles"] = others | ({given["object"]: given["trouble"]} if "trouble" in given else {})
        if given["object"] not in state.payments:
            found["paying"] = given["object"]
    if "pieces" in given:
        pieces = dict(state.returned)
        for each in given["pieces"]:
            pieces[str(each["line"])] = pieces.get(str(each["line"]), 0) + each["quantity"]
        found["returned"] = {line: quantity for line, quantity in pieces.items() if quantity}
    if "limit" in given:
        found["limit"] = msgspec.convert(given["limit"], LimitUse)
    return found


def _because(_state: Order, event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {"why": event.payload.get("reason", "")}
    if event.kind == "order.cancelled":
        found["stock"] = event.payload["stock"]
        if "limit" in event.payload:
            found["limit"] = msgspec.convert(event.payload["limit"], LimitUse)
    return found


def _matched(_state: Order, event: Event) -> dict[str, Any]:
    failed = [each["rule"] for each in event.payload.get("failed", ())]
    return {"match": event.payload["outcome"], "why": ", ".join(failed)}


def _service_cancellation(state: Order, event: Event) -> dict[str, Any]:
    given = msgspec.convert(event.payload, ServiceCancellation)
    return {"cancellations": {**state.cancellations, event.payload["delivery"]: given}}


def _service_objection(state: Order, event: Event) -> dict[str, Any]:
    given = msgspec.convert(event.payload, ServiceObjection)
    return {"objections": {**state.objections, event.payload["delivery"]: given}}


def _service_acceptance(state: Order, event: Event) -> dict[str, Any]:
    given = msgspec.convert(event.payload, ServiceAcceptance)
    return {"acceptances": {**state.acceptances, event.payload["delivery"]: given}}


def _goodwill(state: Order, event: Event) -> dict[str, Any]:
    return {"goodwills": {**state.goodwills, event.payload["refund"]: msgspec.convert(event.payload, Goodwill)}}


def _corrected(state: Order, event: Event) -> dict[str, Any]:
    given = event.payload
    goods = {each["number"]: msgspec.convert(each["goods"], Goods) for each in given.get("lines", ())}
    lines = tuple(msgspec.structs.replace(each, goods=goods.get(each.number, each.goods)) for each in state.lines)
    return {
        "lines": lines,
        "buyer": msgspec.structs.replace(state.buyer, personal=given.get("personal", state.buyer.personal)),
    }


_CHANGES: Mapping[str, Callable[[Order, Event], dict[str, Any]]] = {
    "order.requoted": _requoted,
    "order.matched": _matched,
    "order.corrected": _corrected,
    "order.service_cancellation": _service_cancellation,
    "order.service_objection": _service_objection,
    "order.service_acceptance": _service_acceptance,
    "order.goodwill": _goodwill,
    "order.step_given_up": lambda state, event: {"given_up": (*state.given_up, event.payload["step"])},
    # Who learned what of an order is in the ledger; it changes nothing.
    "order.payment_data_given": lambda _state, _event: {},
    "order.contact_shown": lambda _state, _event: {},
    **{f"order.{line}_changed": _object_changed for line in _FIELDS},
}


def is_of_other_node(party: str) -> bool:
    """Whether the seller or the buyer of an order is another node, which stands for its own.

    >>> is_of_other_node("pn_1"), is_of_other_node("og_1")
    (True, False)
    """
    return party.startswith("pn_")


def owned_by(order: Order, party: str) -> Order:
    """An order of its buyer. Raises NotFound for one of somebody else: nobody learns that it exists."""
    if party != order.buyer.party:
        raise NotFound(order.id)
    return order


def owners(order: Order) -> tuple[str, ...]:
    """Whose an order is: the seller's and the buyer's."""
    return (order.seller, order.buyer.party)


#: Why a buyer or a seller cancels an order: codes, because a text of their own can hold personal data.
CANCEL_REASONS = ("changed_mind", "ordered_by_mistake", "too_late", "not_available", "wrong_price", "other")


def request_reference(party: str, key: str) -> str:
    """By which the first order of a request is found that is sent again. A key may be long: its hash is not."""
    return f"checkout:{party}:{hashlib.sha256(key.encode()).hexdigest()}"


def due(order: Order) -> Mapping[str, str]:
    """When an order ends that is not paid."""
    return {"end": order.expires} if order.status in ("created", "requote", "awaiting_payment") else {}


ORDER = Kind("or_", "order", Order, apply, owners, lambda state: (state.request,) if state.request else (), due=due)
