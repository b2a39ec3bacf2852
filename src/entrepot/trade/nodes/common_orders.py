"""An order that two nodes have in common, as each of them has it in its own ledger, under one id (`xo_…`).

    importer's node:  opened ─> asked ─> accepted | rejected; accepted ─> cancelled
    exporter's node:                     accepted | rejected; accepted ─> cancelled

The importer's node has the order of its buyer beside it, with payment and customs; the exporter's has one of its
seller, with the stock and the parcels. What happens to them is in those orders. Here is what was agreed, what the
other node told, and what one node owes the other for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.nodes.bodies import BookingTold, Entry, ReleaseState, ReturnState, ServiceState
from entrepot.trade.nodes.terms import OrderTerms, RefundTerms, Signature
from entrepot.trade.objects import Kind, Moves, after, check_first

IMPORTER, EXPORTER = ROLES = ("importer", "exporter")
OPENED, ASKED, ACCEPTED, REJECTED, CANCELLED = STATES = ("opened", "asked", "accepted", "rejected", "cancelled")
#: What the other node tells, or is told: it comes in any state, as messages come late.
_TOLD = (
    "entries", "contact", "shipment", "release", "return", "goods_back", "document", "checked", "delivery", "booking",
    "grant", "refund", "conflict", "caught_up",
)  # fmt: skip
MOVES: Moves = {
    (OPENED, "common.asked"): ASKED,
    (OPENED, "common.rejected"): REJECTED,
    (OPENED, "common.cancelled"): CANCELLED,
    (ASKED, "common.accepted"): ACCEPTED,
    (ASKED, "common.rejected"): REJECTED,
    (ASKED, "common.cancelled"): CANCELLED,
    (ACCEPTED, "common.cancelled"): CANCELLED,
    **{(state, f"common.{what}"): state for state in STATES for what in _TOLD},
}
_FIRST = ("common.opened", "common.accepted", "common.rejected", "common.cancelled")
#: What became of the buyer's address.
SENT, RECEIVED = "sent", "received"


class CommonDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document of the exporter that the importer's node has. `personal`: where its credential is.

    `code`: what the check against the key of its issuer gave (`connect.documents.verify`); "" before it.
    """

    kind: str
    number: str
    date: str
    hash: str
    personal: str = ""
    code: str = ""
    key: str = ""


class SignedRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What the seller gives back without a return: the text, and the signature of the exporter's node."""

    terms: RefundTerms
    signature: Signature


class CommonOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order of two nodes. `role`: of this node; `peer`: the other one; `order`: the order here (`or_…`).

    `terms`, `digest`: what was agreed; `importer`, `exporter`: the signatures; `reason`: why it was rejected or ended;
    `entries`: what each payment and refund changed in what the importer's node owes, and `held`: those of which the
    seller is credited by the settlement (at first, nodes credited it at once), and `apart`: those of them that are on
    the account of the seller for this node (before, one for all nodes); `contact`: what became of the buyer's
    address; `shipments`: by the id in the ledger of the exporter's node, those of the importer's; `releases`: by
    declaration; `returns`: by return, and `goods_back`: those whose goods the seller has; `deliveries`, `bookings`,
    `documents`: by their ids in the ledger of the exporter's node; `grants`: by delivery, where the link is;
    `refunds`: what the seller gives back without a return, as its node has signed it; `conflicts`: what could not
    follow any more, for an operator.
    """

    id: str
    status: str
    role: str
    peer: str
    created: str
    order: str = ""
    terms: OrderTerms | None = None
    digest: str = ""
    importer: Signature | None = None
    exporter: Signature | None = None
    reason: str = ""
    values: Mapping[str, str] = {}
    currency: str = ""
    entries: tuple[Entry, ...] = ()
    held: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    contact: str = ""
    shipments: Mapping[str, str] = {}
    releases: Mapping[str, ReleaseState] = {}
    returns: Mapping[str, ReturnState] = {}
    goods_back: tuple[str, ...] = ()
    deliveries: Mapping[str, ServiceState] = {}
    bookings: Mapping[str, BookingTold] = {}
    documents: Mapping[str, CommonDocument] = {}
    grants: Mapping[str, str] = {}
    refunds: Mapping[str, SignedRefund] = {}
    conflicts: tuple[str, ...] = ()

    @property
    def owed(self) -> int:
        """What the importer's node owes the exporter's for it now, in minor units of the currency of its terms."""
        return sum(each.amount for each in self.entries)

    @property
    def live(self) -> bool:
        """Whether it is asked for or accepted, or will be."""
        return self.status in (OPENED, ASKED, ACCEPTED)


def apply(state: CommonOrder | None, event: Event) -> CommonOrder:
    """The common order after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, *_FIRST)
        status = event.kind.removeprefix("common.")
        return msgspec.convert(
            {**event.payload, "id": event.stream, "status": status, "created": event.time}, CommonOrder
        )
    status = after(MOVES, state.id, state.status, event.kind)
    change = _CHANGES.get(event.kind, _because)
    return msgspec.structs.replace(state, status=status, **change(state, event.payload))


def _because(_state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": given.get("reason", ""), "values": given.get("values", {})}


def _entries(state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
    new = msgspec.convert(given["entries"], tuple[Entry, ...])
    numbers = tuple(each.number for each in new)
    marked = {name: (*getattr(state, name), *numbers) for name in ("held", "apart") if given.get(name)}
    return {"entries": (*state.entries, *new), "currency": given["currency"], **marked}


def _asked(_state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "terms": msgspec.convert(given["terms"], OrderTerms),
        "digest": given["digest"],
        "importer": msgspec.convert(given["importer"], Signature),
    }


def _keyed(field: str, key: str, shape: type[msgspec.Struct]) -> Callable[[CommonOrder, Mapping[str, Any]], Any]:
    """A change that stores a part whose id the payload names."""

    def change(state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
        part = msgspec.convert(given, shape)
        return {field: {**getattr(state, field), given[key]: part}}

    return change


def _document(state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
    number = given["document"]
    found = msgspec.convert({name: value for name, value in given.items() if name != "document"}, CommonDocument)
    return {"documents": {**state.documents, number: found}}


def _checked(state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
    number = given["document"]
    checked = msgspec.structs.replace(state.documents[number], code=given["code"], key=given["key"])
    return {"documents": {**state.documents, number: checked}}


def _signed_refund(given: Mapping[str, Any]) -> SignedRefund:
    return msgspec.convert({"terms": given["terms"], "signature": given["signature"]}, SignedRefund)


def _conflict(state: CommonOrder, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"conflicts": tuple(dict.fromkeys((*state.conflicts, given["reason"])))}


_CHANGES: Mapping[str, Callable[[CommonOrder, Mapping[str, Any]], dict[str, Any]]] = {
    "common.asked": _asked,
    "common.accepted": lambda _state, given: {"exporter": msgspec.convert(given["exporter"], Signature)},
    "common.entries": _entries,
    "common.contact": lambda _state, given: {"contact": given["state"]},
    "common.shipment": lambda state, given: {"shipments": {**state.shipments, given["shipment"]: given["own"]}},
    "common.release": _keyed("releases", "declaration", ReleaseState),
    "common.return": _keyed("returns", "returned", ReturnState),
    "common.goods_back": lambda state, given: {"goods_back": (*state.goods_back, given["returned"])},
    "common.delivery": _keyed("deliveries", "delivery", ServiceState),
    "common.booking": _keyed("bookings", "booking", BookingTold),
    "common.document": _document,
    "common.checked": _checked,
    "common.grant": lambda state, given: {"grants": {**state.grants, given["delivery"]: given["personal"]}},
    "common.refund": lambda state, given: {"refunds": {**state.refunds, given["number"]: _signed_refund(given)}},
    "common.conflict": _conflict,
    "common.caught_up": lambda state, given: {
        "conflicts": tuple(each for each in state.conflicts if each != given["reason"])
    },
}


def month_with(peer: str, period: str) -> str:
    """A month with a peer, under which the orders are listed that have entries of it. `period`: `2026-11`."""
    return f"{peer}/{period}"


def owners(state: CommonOrder) -> tuple[str, ...]:
    """Whose it is: the other node's, part of the order here, and of each month of which it has entries."""
    months = dict.fromkeys(month_with(state.peer, entry.at[:7]) for entry in state.entries)
    return tuple(each for each in (state.peer, state.order, *months) if each)


COMMON_ORDER = Kind("xo_", "common_order", CommonOrder, apply, owners)
