"""A checkout session: what a platform asked for, what the buyer added on a page of the node, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.connect.ucp.bodies import ADDRESS, CheckoutGiven

INCOMPLETE, ESCALATION, READY = "incomplete", "requires_escalation", "ready_for_complete"
IN_PROGRESS, COMPLETED, CANCELED = "complete_in_progress", "completed", "canceled"
#: States in which the checkout can be changed: which of them it is follows from what is missing.
OPEN = (INCOMPLETE, ESCALATION, READY)
#: By state and what happens. A payment that fails leaves the order: the checkout can be completed again.
MOVES = {
    **{(state, "update"): INCOMPLETE for state in OPEN},
    **{(state, "cancel"): CANCELED for state in (*OPEN, IN_PROGRESS)},
    **{(state, "complete"): IN_PROGRESS for state in OPEN},
    (IN_PROGRESS, "placed"): COMPLETED,
    (IN_PROGRESS, "failed"): INCOMPLETE,
    (IN_PROGRESS, "end"): CANCELED,
    **{(state, "end"): CANCELED for state in OPEN},
}


_DONE = {"update": "changed", "complete": "completed", "cancel": "canceled"}


class NotPossible(Exception):
    """The session cannot do that in its state."""

    def __init__(self, status: str, verb: str) -> None:
        super().__init__(f"This checkout is {status}: it cannot be {_DONE.get(verb, verb)} any more.")
        self.status = status


class Line(msgspec.Struct, frozen=True):
    """So many pieces of an offer."""

    id: str
    offer: str
    quantity: int


class Shown(msgspec.Struct, frozen=True):
    """A quote that was shown."""

    id: str
    hash: str


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A checkout session.

    `platform`: who may use it, `profile`: the address of its profile; `capabilities`: those in use, with their
    versions; `webhook`: where it hears of its orders. `contact`, `assertions`: what the buyer gave on the page of the
    node. `quotes`, `total`: what was shown, in minor units of `currency`. `orders`: once they are placed; `accepted`:
    when the completion was accepted. `problem`: a code of what the next update ends, such as payment_failed. `told`:
    the price that the platform was told, as `assess` writes it; empty while it was told none.
    """

    id: str
    platform: str
    profile: str
    version: str
    capabilities: Mapping[str, str]
    created: str
    expires: str
    status: str = INCOMPLETE
    webhook: str = ""
    language: str = "en"
    currency: str = ""
    lines: tuple[Line, ...] = ()
    buyer: Mapping[str, str] = {}
    context: Mapping[str, str] = {}
    method: str = ""
    destinations: tuple[Mapping[str, str], ...] = ()
    destination: str = ""
    option: str = ""
    attribution: Mapping[str, str] = {}
    contact: Mapping[str, str] = {}
    assertions: tuple[str, ...] = ()
    quotes: tuple[Shown, ...] = ()
    total: int | None = None
    told: str = ""
    orders: tuple[str, ...] = ()
    accepted: str = ""
    attempt: int = 0
    problem: str = ""
    merged: bool = False

    @property
    def address(self) -> Mapping[str, str]:
        """The destination that is selected; empty if there is none."""
        return next((each for each in self.destinations if each["id"] == self.destination), {})

    @property
    def country(self) -> str:
        """The economy of the destination, else the one that the platform believes the buyer to be in."""
        return (self.address.get("address_country") or self.context.get("address_country") or "").upper()

    @property
    def region(self) -> str:
        """The state or province of the destination."""
        given = self.address if self.address.get("address_country") else self.context
        return given.get("address_region", "")

    @property
    def name(self) -> str:
        """The name of who receives the goods."""
        given = self.contact.get("name", "")
        return given or _name(self.address) or _name(self.buyer)

    @property
    def telephone(self) -> str:
        """The telephone of who receives the goods."""
        found = self.contact.get("telephone") or self.address.get("phone_number") or self.buyer.get("phone_number")
        return found or ""

    def moved(self, verb: str) -> Session:
        """The session after something happened. Raises NotPossible.

        >>> Session(id="uc_1", platform="", profile="", version="", capabilities={}, created="", expires="",
        ...     status="completed").moved("cancel")
        Traceback (most recent call last):
        entrepot.connect.ucp.sessions.NotPossible: This checkout is completed: it cannot be canceled any more.
        """
        if (self.status, verb) not in MOVES:
            raise NotPossible(self.status, verb)
        return msgspec.structs.replace(self, status=MOVES[self.status, verb])


def _name(given: Mapping[str, str]) -> str:
    return " ".join(given[each] for each in ("first_name", "last_name") if given.get(each))


def written_address(given: Mapping[str, str]) -> str:
    """An address in one line, as a carrier reads it.

    >>> written_address({"street_address": "1 Main St", "address_locality": "Hanoi", "address_country": "VN"})
    '1 Main St, Hanoi, VN'
    """
    parts = (given.get(name, "") for name in ADDRESS[:3])
    rest = " ".join(each for each in (given.get("address_region", ""), given.get("postal_code", "")) if each)
    return ", ".join(each for each in (*parts, rest, given.get("address_country", "")) if each)


def changed(session: Session, given: CheckoutGiven) -> Session:
    """The session with what a platform sends: it replaces what the platform sent before.

    What the buyer confirmed stays only while the goods and the destination are the same.
    """
    lines, merged = _lines(given)
    more: dict[str, Any] = {
        "lines": lines,
        "merged": merged,
        "buyer": _texts(given.buyer),
        "context": _texts(given.context),
        "attribution": dict(given.attribution or {}),
        "problem": "",
        **_fulfillment(session, given),
    }
    found: Session = msgspec.structs.replace(session, **more)
    if (found.lines, found.country, found.region) != (session.lines, session.country, session.region):
        found = msgspec.structs.replace(found, assertions=(), quotes=(), total=None, told="")
    return found


def _texts(given: Any) -> dict[str, str]:
    return {} if given is None else {name: text for name, text in msgspec.to_builtins(given).items() if text}


def _lines(given: CheckoutGiven) -> tuple[tuple[Line, ...], bool]:
    """The lines, those of one offer together, and whether some were put together."""
    found: dict[str, Line] = {}
    taken = {each.id for each in given.line_items if each.id}
    for number, each in enumerate(given.line_items, 1):
        if each.item.id in found:
            line = found[each.item.id]
            found[each.item.id] = msgspec.structs.replace(line, quantity=line.quantity + each.quantity)
            continue
        own = each.id if each.id and each.id not in (line.id for line in found.values()) else ""
        own = own or next(name for name in (f"li_{number}", f"li_{number}_") if name not in taken)
        found[each.item.id] = Line(own, each.item.id, each.quantity)
    return tuple(found.values()), len(found) < len(given.line_items)


def _fulfillment(session: Session, given: CheckoutGiven) -> dict[str, Any]:
    methods = (given.fulfillment.methods if given.fulfillment else None) or ()
    if not methods:
        return {"method": "", "destinations": (), "destination": "", "option": ""}
    method = methods[0]
    destinations = session.destinations
    if method.destinations is not None:
        texts = [_texts(each) for each in method.destinations]
        destinations = tuple({**each, "id": each.get("id") or f"dest_{number}"} for number, each in enumerate(texts, 1))
    selected = method.selected_destination_id or (destinations[0]["id"] if len(destinations) == 1 else "")
    option = next((each.selected_option_id for each in method.groups or () if each.selected_option_id), "")
    return {"method": method.id or "shipping", "destinations": destinations, "destination": selected, "option": option}
