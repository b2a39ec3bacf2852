"""A checkout as the protocol shows it: lines, totals with duties and taxes named, fulfilment, messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from entrepot.connect.ucp import landed_cost
from entrepot.connect.ucp.messages import Message
from entrepot.connect.ucp.names import VERSION
from entrepot.connect.ucp.sessions import COMPLETED, Session
from entrepot.language.translate import _
from entrepot.trade.orders import Amounts

#: The only option of carriage: what the seller charges for it.
STANDARD = "standard"


class LineShown(NamedTuple):
    """A line: what an offer is called and costs, in minor units."""

    id: str
    offer: str
    title: str
    price: int
    quantity: int
    goods: bool = True

    @property
    def amount(self) -> int:
        """The price of all pieces."""
        return self.price * self.quantity


class NamedCharge(NamedTuple):
    """A duty, tax or fee that is paid with the order, in minor units. `total`: the kind of total that it is part of."""

    total: str
    name: str
    amount: int


class Parcel(NamedTuple):
    """What becomes one order: its lines, what is paid with it, its charges, and its landed cost."""

    lines: tuple[str, ...]
    amounts: Amounts
    charges: tuple[NamedCharge, ...]
    landed: Mapping[str, Any]


class Order(NamedTuple):
    """The order of a checkout that is completed."""

    id: str
    label: str
    url: str


class View(NamedTuple):
    """What an answer shows. `capabilities`, `handlers`: as they are listed; `extended`: with our extension."""

    session: Session
    lines: Sequence[LineShown]
    parcels: Sequence[Parcel]
    messages: Sequence[Message]
    capabilities: Mapping[str, Any]
    handlers: Mapping[str, Any]
    links: Sequence[Mapping[str, str]]
    continue_url: str
    fulfilled: bool
    extended: bool
    order: Order | None = None


def show(view: View) -> dict[str, Any]:
    """The checkout as JSON."""
    session = view.session
    found: dict[str, Any] = {
        "ucp": {
            "version": VERSION,
            "status": "success",
            "capabilities": view.capabilities,
            "payment_handlers": view.handlers,
        },
        "id": session.id,
        "status": session.status,
        "currency": session.currency,
        "line_items": [_line(each) for each in view.lines],
        "totals": totals(view.lines, view.parcels),
        "links": list(view.links),
        "expires_at": session.expires,
        "payment": {"instruments": []},
        "messages": [each.shown() for each in view.messages],
    }
    for name, value in (("buyer", session.buyer), ("context", session.context), ("attribution", session.attribution)):
        if value:
            found[name] = dict(value)
    if view.continue_url:
        found["continue_url"] = view.continue_url
    if view.fulfilled:
        found["fulfillment"] = _fulfillment(view)
    if view.extended and view.parcels:
        found[landed_cost.FIELD] = [dict(each.landed) for each in view.parcels if each.landed]
    if session.status == COMPLETED and view.order is not None:
        found["order"] = {"id": view.order.id, "label": view.order.label, "permalink_url": view.order.url}
    return found


def _line(line: LineShown) -> dict[str, Any]:
    return {
        "id": line.id,
        "item": {"id": line.offer, "title": line.title, "price": line.price},
        "quantity": line.quantity,
        "totals": [{"type": "subtotal", "amount": line.amount}, {"type": "total", "amount": line.amount}],
    }


def totals(lines: Sequence[LineShown], parcels: Sequence[Parcel]) -> list[dict[str, Any]]:
    """What the buyer pays with the order. Their sum is the total; without parcels only the goods are known."""
    goods = sum(each.amount for each in lines)
    if not parcels:
        return [_total("subtotal", goods), _total("total", goods)]
    amounts = [each.amounts for each in parcels]
    goods = sum(each.goods for each in amounts)
    shipping, insurance = sum(each.shipping for each in amounts), sum(each.insurance for each in amounts)
    found = [_total("subtotal", goods)]
    carriage = [(_("Shipping"), shipping), (_("Insurance"), insurance)]
    found.append(_total("fulfillment", shipping + insurance, _("Shipping"), [each for each in carriage if each[1]]))
    for kind, says, amount in (
        ("tax", _("Duties and taxes"), sum(each.duties + each.taxes for each in amounts)),
        ("fee", _("Fees"), sum(each.fees for each in amounts)),
    ):
        if amount or kind == "tax":
            found.append(_total(kind, amount, says, _named(parcels, kind)))
    return [*found, _total("total", sum(each.total for each in amounts))]


def _named(parcels: Sequence[Parcel], kind: str) -> list[tuple[str, int]]:
    """The charges of a kind by name, those of all parcels together."""
    found: dict[str, int] = {}
    for parcel in parcels:
        for each in parcel.charges:
            if each.total == kind:
                found[each.name] = found.get(each.name, 0) + each.amount
    return list(found.items())


def _total(kind: str, amount: int, says: str = "", parts: Sequence[tuple[str, int]] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "amount": amount}
    if says:
        found["display_text"] = says
    if parts:
        found["lines"] = [{"display_text": name, "amount": value} for name, value in parts]
    return found


def _fulfillment(view: View) -> dict[str, Any]:
    """How the goods reach the buyer: by shipping, with the one option that there is."""
    session = view.session
    method: dict[str, Any] = {
        "id": session.method or "shipping",
        "type": "shipping",
        "line_item_ids": [each.id for each in view.lines if each.goods],
    }
    if session.destinations:
        method["destinations"] = [{"type": "shipping_address", **each} for each in session.destinations]
    if session.destination:
        method["selected_destination_id"] = session.destination
    if view.parcels and session.address:
        # One group for all parcels: a platform must say that it understands several.
        amount = sum(each.amounts.shipping + each.amounts.insurance for each in view.parcels)
        option = {"id": STANDARD, "title": _("Standard shipping"), "totals": [{"type": "total", "amount": amount}]}
        group = {"id": "group_1", "line_item_ids": method["line_item_ids"], "selected_option_id": STANDARD}
        method["groups"] = [{**group, "options": [option]}]
    return {"methods": [method]}


def show_errors(messages: Sequence[Message], continue_url: str, capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without a checkout or an order: why there is none."""
    found: dict[str, Any] = {
        "ucp": {"version": VERSION, "status": "error", "capabilities": capabilities},
        "messages": [each.shown() for each in messages],
    }
    return found | ({"continue_url": continue_url} if continue_url else {})
