"""The exporter's node: an order that the importer's node has confirmed is checked, placed and signed, or rejected."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.money import half_up
from entrepot.trade import stock
from entrepot.trade.booking.deposits import deposits_of
from entrepot.trade.booking.ordering import bookings_in, put_in_order
from entrepot.trade.delivery.commands import refund_now
from entrepot.trade.following import end, parcels_under_way
from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.ledger.events import is_timestamp, timestamp
from entrepot.trade.limits import legal_day
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes import times
from entrepot.trade.nodes.bodies import Cancel, Confirm
from entrepot.trade.nodes.common_orders import CANCELLED, EXPORTER, CommonOrder
from entrepot.trade.nodes.commons import named, refused, service
from entrepot.trade.nodes.messages import NodeMessage, refusal
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.sending import MAX_TTL
from entrepot.trade.nodes.terms import FORM, OrderTerms, canonical, digest_of
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Amounts, Buyer, Destination, KeptQuote, Line, Order
from entrepot.trade.ports import Transaction
from entrepot.trade.splitting import Item, costs

#: How long after the end of the terms an unpaid order keeps its stock here: the news of a payment may be late.
GRACE = dt.timedelta(days=1)
MAX_LINES = 99
#: Percent of what was paid.
WHOLE = 100
BUYERS = ("consumer", "business")
_ECONOMY = re.compile(r"[A-Z]{2}\Z")
#: Why an order is not accepted.
REJECTIONS: Mapping[str, str] = {
    "text_form": "The text has the form {form}; this node signs {known}.",
    "text_parties": "The text names other nodes or another order than the message.",
    "text_expired": "The text was to be accepted until {expires}.",
    "text_amounts": "The amounts of the text do not follow from the offers: {field}.",
    "offer_unknown": "The seller has no offer {offer}.",
    "offer_not_active": "The offer {offer} is {status}.",
    "offer_changed": "The offer {offer} has another version now: {version}.",
    "fee_exceeds": "The other node would keep {given} % of the price of the goods; {most} % are agreed here at most.",
    "no_stock": "The offer {offer} has {left} left; {quantity} were ordered.",
    "needs_time": "The offer {offer} is sold by time, and the order names none.",
    "time_lost": "The time for the offer {offer} is no longer held.",
    "cancelled": "It was cancelled before.",
}


class _Fault(NamedTuple):
    code: str
    values: Mapping[str, str] = {}


def confirm(tx: Transaction, peer: Peer, message: NodeMessage, body: Confirm, node: Node) -> Mapping[str, Any]:
    """Handle `order.confirm`. What is wrong with the text itself is refused; what cannot be sold is rejected."""
    number, terms = named(message), body.terms
    digest = digest_of(terms)
    known: CommonOrder | None = tx.find(number)
    if known is not None:
        return _known(known, peer, digest)
    _check_form(terms, message)
    if not service(node, "verify")(peer, body.signature, canonical(terms)):
        raise refused("signature_invalid", order=number, name=peer.name)
    head = {
        "role": EXPORTER,
        "peer": peer.id,
        "terms": msgspec.to_builtins(terms),
        "digest": digest,
        "importer": msgspec.to_builtins(body.signature),
    }
    found = _fault(tx, peer, message, terms, node) or _place(tx, peer, terms, digest, head, node)
    if found is None:
        next_step(tx, number, "accepted", "1")
        return {"status": "accepted"}
    tx.append(number, "common.rejected", {**head, "reason": found.code, "values": dict(found.values)})
    next_step(tx, number, "rejected", "1")
    return {"status": "rejected"}


def _check_form(terms: OrderTerms, message: NodeMessage) -> None:
    """Raise MessageRefused for a text with values that no order can have."""
    wrong = ""
    if terms.buyer_kind not in BUYERS or not _ECONOMY.match(terms.ship_to):
        wrong = f"{terms.buyer_kind[:20]!r} in {terms.ship_to[:20]!r} is no buyer"
    elif not is_timestamp(terms.expires):
        wrong = f"{terms.expires[:40]!r} is no time"
    if wrong:
        raise refusal("body_invalid", type=message.type, version=message.version, why=wrong)


def _known(known: CommonOrder, peer: Peer, digest: str) -> Mapping[str, Any]:
    """The same text again, or one whose cancellation came before it."""
    if known.peer != peer.id or known.role != EXPORTER:
        raise refused("order_unknown", order=known.id)
    if known.digest not in ("", digest):
        raise refused("order_differs", order=known.id, digest=known.digest)
    return {"status": known.status}


def _fault(tx: Transaction, peer: Peer, message: NodeMessage, terms: OrderTerms, node: Node) -> _Fault | None:
    """Why a text is not accepted; None if it can be."""
    if terms.form != FORM:
        return _Fault("text_form", {"form": terms.form[:40], "known": FORM})
    parties = (terms.order, terms.importer, terms.exporter, terms.test)
    if parties != (message.about, peer.did, node.did, message.test):
        return _Fault("text_parties")
    if terms.expires <= timestamp(tx.time):
        return _Fault("text_expired", {"expires": terms.expires[:40]})
    if not 1 <= len(terms.lines) <= MAX_LINES or [each.number for each in terms.lines] != list(
        range(1, len(terms.lines) + 1)
    ):
        return _Fault("text_amounts", {"field": "lines"})
    return _fault_of_lines(tx, peer, terms) or _fault_of_fee(peer, terms)


def _fault_of_lines(tx: Transaction, peer: Peer, terms: OrderTerms) -> _Fault | None:
    items = []
    for at, line in enumerate(terms.lines):
        offer: Any = tx.find(line.offer) if line.offer.startswith("of_") else None
        if not isinstance(offer, Offer) or offer.seller != terms.seller or offer.origin is not None:
            return _Fault("offer_unknown", {"offer": line.offer[:60]})
        if offer.status != "active":
            return _Fault("offer_not_active", {"offer": offer.id, "status": offer.status})
        if offer.version != line.version:
            return _Fault("offer_changed", {"offer": offer.id, "version": str(offer.version)})
        if (code := times.fault(tx, peer.id, line, offer, terms)) is not None:
            return _Fault(code, {"offer": offer.id})
        prices = offer.prices
        asked = (terms.currency, line.price, line.amount)
        if line.quantity < 1 or asked != (prices.currency, prices.price, prices.price * line.quantity):
            return _Fault("text_amounts", {"field": f"lines[{at}]"})
        items.append(Item(offer, line.quantity, ""))
    carriage = costs(items)
    own = (sum(each.amount for each in items), carriage.shipping, carriage.insurance)
    if (terms.goods, terms.shipping, terms.insurance) != own or not 0 <= terms.fee <= terms.goods:
        return _Fault("text_amounts", {"field": "goods, shipping, insurance, fee"})
    return None


def _fault_of_fee(peer: Peer, terms: OrderTerms) -> _Fault | None:
    """What the importer's node keeps is bounded by what two persons here agreed for it."""
    if terms.fee <= half_up(terms.goods * peer.fee_most, 1_000_000):
        return None
    return _Fault("fee_exceeds", {"given": percent(terms.fee, terms.goods), "most": percent(peer.fee_most, 1_000_000)})


def percent(part: int, whole: int) -> str:
    """A part in percent, with up to four decimals.

    >>> percent(25_000, 1_000_000), percent(1, 3), percent(0, 0)
    ('2.5', '33.3333', '0')
    """
    value = half_up(part * 1_000_000, whole) if whole else 0
    return f"{value // 10_000}.{value % 10_000:04d}".rstrip("0").rstrip(".")


def _place(
    tx: Transaction, peer: Peer, terms: OrderTerms, digest: str, head: Mapping[str, Any], node: Node
) -> _Fault | None:
    """Place the order of the seller with its stock, and sign the text. A fault if pieces are missing."""
    offers: dict[str, Offer] = {each.offer: tx.get(each.offer) for each in terms.lines}
    lines = tuple(
        Line(
            number=each.number,
            offer=each.offer,
            version=each.version,
            quantity=each.quantity,
            prices=offers[each.offer].prices,
            amount=each.amount,
            goods=offers[each.offer].goods,
            stocked=offers[each.offer].stocked,
            booking=each.booking,
        )
        for each in terms.lines
    )
    number = tx.new_id("or_")
    try:
        tx.append(
            number,
            "order.placed",
            _payload(tx, peer, terms, digest, lines, node),
            postings=stock.reserve(number, lines),
        )
    except Insufficient as error:
        values = {"offer": error.unit, "left": str(error.available), "quantity": str(-error.amount)}
        return _Fault("no_stock", values)
    placed: Order = tx.get(number)
    for booking in bookings_in(lines):
        put_in_order(tx, booking, number, placed.expires, by=peer.id, place="lines")
    signed = service(node, "sign")(canonical(terms), timestamp(tx.time))
    tx.append(terms.order, "common.accepted", {**head, "order": number, "exporter": msgspec.to_builtins(signed)})
    return None


def _rules(tx: Transaction, terms: OrderTerms, lines: tuple[Line, ...], node: Node) -> list[Any]:
    """What the law of both economies says of the delivery of the services of an order, each category once."""
    services = {each.goods.service: each.goods.ship_from for each in lines if each.goods.delivery is not None}
    if not services:
        return []
    rules, day = service(node, "rules"), legal_day(terms.ship_to, tx.time)
    return [
        rule
        for name, ship_from in services.items()
        for rule in rules(name, (ship_from, terms.ship_to), terms.buyer_kind, day)
    ]


def _payload(
    tx: Transaction, peer: Peer, terms: OrderTerms, digest: str, lines: tuple[Line, ...], node: Node
) -> dict[str, Any]:
    goods = lines[0].goods
    amounts = Amounts(
        currency=terms.currency,
        goods=terms.goods,
        shipping=terms.shipping,
        insurance=terms.insurance,
        duties=0,
        taxes=0,
        fees=0,
    )
    # Whatever the other node writes, an order that nobody pays does not keep the stock longer than a message is tried.
    expires = timestamp(min(dt.datetime.fromisoformat(terms.expires), tx.time + MAX_TTL) + GRACE)
    quote = KeptQuote(
        id="",
        hash=digest,
        law_date=terms.law_date,
        law_hash=terms.law_hash,
        option=terms.procedure,
        currency=terms.currency,
        amounts=amounts,
        charges=(),
        values=tuple(each.amount for each in lines),
        limited=0,
        expires=expires,
    )
    place = Destination(country=terms.ship_to, state=terms.ship_to_state)
    found: dict[str, Any] = msgspec.to_builtins(
        {
            "checkout": tx.new_id("co_"),
            "seller": terms.seller,
            "buyer": Buyer(party=peer.id, kind=terms.buyer_kind, personal=""),
            "ship_to": place,
            "lines": lines,
            "quote": quote,
            "expires": expires,
            "supply": goods.supply,
            "warehouse": goods.warehouse,
            "stock": "reserved" if any(each.stocked for each in lines) else "none",
            "common": terms.order,
            **_deposits(tx, lines, terms.currency, node),
            "rules": _rules(tx, terms, lines, node),
        }
    )
    return found


def _deposits(tx: Transaction, lines: tuple[Line, ...], currency: str, node: Node) -> dict[str, Any]:
    """The deposits of the times that an order books: its offers ask for them, and the other node holds them."""
    items = [
        Item(tx.get(each.offer), each.quantity, "", each.booking, tx.get(each.booking).status == "held")
        for each in lines
        if each.booking and each.goods.delivery is not None and each.goods.delivery.deposit
    ]
    found = deposits_of(items, service(node, "decimals")(currency) or 0) if items else {}
    return {"deposits": found} if found else {}


def cancel(tx: Transaction, peer: Peer, message: NodeMessage, body: Cancel, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `order.cancel`: the order ends, unless its goods are on their way and it has not ended over there."""
    number = named(message)
    known: CommonOrder | None = tx.find(number)
    if known is None:
        # It came before the order itself, which is then not placed any more.
        payload = {"role": EXPORTER, "peer": peer.id, "reason": body.reason[:60]}
        tx.append(number, "common.cancelled", payload)
        return {"status": CANCELLED}
    if known.peer != peer.id or known.role != EXPORTER:
        raise refused("order_unknown", order=number)
    if not known.live:
        return {"status": known.status}
    order: Order = tx.get(known.order)
    reason = {"reason": "importer_cancelled", "by": ""}
    if body.final:
        tx.append(number, "common.cancelled", {"reason": body.reason[:60]})
        if order.state != "cancelled":
            end(tx, order, reason)
    elif order.state != "cancelled" and (parcels_under_way(order) or _begun(order)):
        next_step(tx, number, "cancel_refused", message.id, event=message.id)
        return {"status": "refused"}
    elif order.state != "cancelled" and _keeps_a_part(tx, order):
        next_step(tx, number, "cancel_refused", message.id, event=message.id, reason="terms")
        return {"status": "refused"}
    elif order.state != "cancelled":
        end(tx, order, reason)
    return {"status": CANCELLED}


def _keeps_a_part(tx: Transaction, order: Order) -> bool:
    """Whether the terms of a seller give less than all back for a service that is cancelled now, or was before."""
    found = [(tx.get(number), state) for number, state in order.deliveries.items()]
    back = (each.refund_percent if state == "cancelled" else refund_now(tx, each) for each, state in found)
    return any(each < WHOLE for each in back)


def _begun(order: Order) -> bool:
    """Whether a service of an order was delivered, or is."""
    return any(
        each in ("started", "delivered", "accepted", "objected", "no_show") for each in order.deliveries.values()
    )


def check_rejection(reason: str, values: Mapping[str, str]) -> TradeError:
    """The error that says why the other node did not accept.

    >>> str(check_rejection("offer_changed", {"offer": "of_1", "version": "3"}))
    'The offer of_1 has another version now: 3.'
    """
    if reason not in REJECTIONS:
        return TradeError(reason, "The other node refuses: {reason}.", reason=reason)
    return TradeError(reason, REJECTIONS[reason], **{"reason": reason, **values})
