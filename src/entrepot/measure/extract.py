"""From the objects of an order in the ledger to its lines for statistics. What they do not say stays unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from entrepot.measure.lines import (
    CIF,
    DIGITAL,
    FOB,
    HOUSEHOLDS,
    NETWORK,
    NO_PLATFORM,
    PHYSICAL,
    PRESENCE,
    Fee,
    Known,
    LedgerLine,
    Party,
    Taken,
)
from entrepot.measure.products import EBOPS
from entrepot.model.money import split
from entrepot.trade.accounts import PLATFORM_FEES, Share
from entrepot.trade.declarations import Declaration
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes.common_orders import EXPORTER, CommonOrder
from entrepot.trade.orders import Line, Order, is_of_other_node
from entrepot.trade.payments.state import Payment
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment

#: Terms of delivery whose price has the carriage to the importer's economy in it (Incoterms 2020: C and D).
_CARRIAGE_PAID = frozenset({"CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"})
#: How a delivery of each kind happens.
_CHANNELS = {"visit": NETWORK, "course": NETWORK, "workspace": NETWORK, "booking": PRESENCE}
_HAPPENED = frozenset({"delivered", "accepted", "objected"})
_UNDER_WAY = frozenset({"shipped", "in_transit", "delivery_failed", "delivered", "undeliverable", "returned", "lost"})


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its objects, as they are in the ledger. `payment`: the last one, if this node has it."""

    order: Order
    payment: Payment | None = None
    deliveries: Sequence[Delivery] = ()
    shipments: Sequence[Shipment] = ()
    declarations: Sequence[Declaration] = ()
    returns: Sequence[Return] = ()
    common: CommonOrder | None = None


def lines_of(facts: OrderFacts, known: Known) -> list[LedgerLine]:
    """The lines of an order; none of one that was never paid."""
    order = facts.order
    if not order.paid and order.payment != "refunded":
        return []
    amounts = order.quote.amounts
    weights = [each.amount for each in order.lines]
    same = all(each.prices.currency == amounts.currency for each in order.lines)
    prices = weights if same else split(amounts.goods, weights)
    freight, insurance = split(amounts.shipping, prices), split(amounts.insurance, prices)
    fees = split(_fee(facts), prices)
    found = []
    for at, line in enumerate(order.lines):
        made = _line(facts, line, known)
        charges = {
            "price": prices[at],
            "freight": freight[at],
            "insurance": insurance[at],
            "fees": (Fee("seller", fees[at]),) if fees[at] else (),
        }
        found.append(msgspec.structs.replace(made, **charges))
    return _with_taken(facts, [_valued(each, line) for each, line in zip(found, order.lines, strict=True)])


def _line(facts: OrderFacts, line: Line, known: Known) -> LedgerLine:
    order, goods = facts.order, line.goods
    channel, shown = _delivery_channel(facts, line)
    platform, operator = _platform(facts, known)
    return LedgerLine(
        id=f"{order.id}:{line.number}",
        match=f"{order.common}:{line.number}" if order.common else "",
        **_order_channel(order),
        delivery_channel=channel,
        delivery_evidence=shown,
        platform=platform,
        seller=known.party(order.seller),
        buyer=_buyer(order, known),
        operator=operator,
        # Of another node the trader itself is known by its id there.
        seller_id=line.origin.seller if line.origin else order.seller,
        buyer_id=order.common if is_of_other_node(order.buyer.party) else order.buyer.party,
        service=bool(goods.service),
        hs=_six_digits(goods.hs_code),
        ebops=EBOPS.get(goods.service, ""),
        currency=order.quote.amounts.currency,
        quantity=line.quantity,
        ordered=order.created[:10],
        **_days(facts, line),
    )


def _order_channel(order: Order) -> dict[str, Any]:
    """Orders come by requests, or as a text that two nodes have signed: both are made for placing orders."""
    if order.request:
        return {"order_channel": DIGITAL, "order_evidence": f"order.placed {order.digest}".strip()}
    if order.common:
        return {"order_channel": DIGITAL, "order_evidence": f"common.accepted {order.common}"}
    return {}


def _buyer(order: Order, known: Known) -> Party:
    """A consumer whose economy nobody stated is taken to be resident where the goods or services are sent."""
    found = known.party(order.buyer.party)
    consumer = order.buyer.kind == "consumer"
    sector = HOUSEHOLDS if consumer else found.sector
    economy = found.economy or (order.ship_to.country if consumer else "")
    return Party(economy, sector)


def _platform(facts: OrderFacts, known: Known) -> tuple[str, Party]:
    """Through which platform, and where it is resident: of an order of two nodes, the importer's."""
    common = facts.common
    if common is not None and common.role == EXPORTER and common.terms is not None:
        return common.terms.importer, known.party(common.peer)
    if known.platform_party and facts.order.seller == known.platform_party:
        return NO_PLATFORM, Party()
    return known.platform, Party(known.economy)


def _delivery_channel(facts: OrderFacts, line: Line) -> tuple[str, str]:
    """How a line was delivered, and what shows it. Of a service that was not delivered yet nothing is known."""
    if not line.goods.service:
        return PHYSICAL, "goods"
    found = next((each for each in facts.deliveries if each.line == line.number), None)
    if found is None:
        return _told_channel(facts, line)
    if found.status not in _HAPPENED and not found.begun:
        return "", ""
    channel = _CHANNELS.get(found.kind, "")
    if channel == NETWORK and not (found.sessions or found.evidence or found.used):
        return "", ""
    shown = [*found.evidence[:3], f"{found.sessions} sessions, {found.seconds} s" if found.sessions else ""]
    return channel, ", ".join([found.id, *(each for each in shown if each)])


def _told_channel(facts: OrderFacts, line: Line) -> tuple[str, str]:
    """Of a service of another node: what that node told of its delivery."""
    terms = line.goods.delivery
    told = facts.common.deliveries if facts.common else {}
    shown = [
        number
        for number, each in told.items()
        if each.line == line.number and (each.status in _HAPPENED or each.sessions)
    ]
    return (_CHANNELS.get(terms.kind, ""), shown[0]) if terms and shown else ("", "")


def _days(facts: OrderFacts, line: Line) -> dict[str, Any]:
    """The days on which it was shipped, released by customs, and delivered; "" for what is not known."""
    parcels = [each for each in facts.shipments if any(piece.line == line.number for piece in each.pieces)]
    sent = [each.created[:10] for each in parcels if each.status in _UNDER_WAY]
    arrived = [(each.changed or each.created)[:10] for each in parcels if each.status == "delivered"]
    released = [_day(each.released) for each in facts.declarations if each.released]
    done = [each.ended or each.begun for each in facts.deliveries if each.line == line.number]
    return {
        # The state of a parcel keeps the day of its last report only: it is taken as shipped when it was labelled.
        "shipped": min(sent, default=""),
        "released": min(released, default=facts.order.released[:10] if facts.order.released else ""),
        "delivered": max([*arrived, *(each[:10] for each in done if each)], default=""),
    }


def _day(text: str) -> str:
    """The day of a time as customs writes it.

    >>> _day("20260301120000000"), _day("2026-03-01T12:00:00Z")
    ('2026-03-01', '2026-03-01')
    """
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if text[:8].isdigit() else text[:10]


def _six_digits(code: str) -> str:
    """The first six digits of a tariff code; "" for fewer.

    >>> _six_digits("0901.21.00"), _six_digits("0901")
    ('090121', '')
    """
    digits = "".join(each for each in code if each.isdigit())
    return digits[:6] if len(digits) >= 6 else ""


def _valued(found: LedgerLine, line: Line) -> LedgerLine:
    """What the price contains: where carriage is in it and is not charged apart, its part is not known."""
    if found.service:
        return found
    term = line.goods.incoterm.upper()[:3]
    if found.freight or (term and term not in _CARRIAGE_PAID):
        return msgspec.structs.replace(found, valuation=FOB)
    if term in _CARRIAGE_PAID:
        return msgspec.structs.replace(found, valuation=CIF, freight=None, insurance=None)
    return msgspec.structs.replace(found, freight=None, insurance=None)


def _fee(facts: OrderFacts) -> int:
    """What the platform takes of the seller for the order: as it was shared out, or as two nodes have agreed it."""
    if facts.payment is not None:
        return _sum(facts.payment.allocated, "fee", PLATFORM_FEES)
    return facts.common.terms.fee if facts.common and facts.common.terms else 0


def _sum(shares: Sequence[Share], kind: str, account: str = "") -> int:
    return sum(each.amount for each in shares if each.kind == kind and account in ("", each.account))


def _with_taken(facts: OrderFacts, lines: list[LedgerLine]) -> list[LedgerLine]:
    """The lines with what came back of each: returns, refunds of services, and other refunds in proportion."""
    taken: list[list[Taken]] = [[] for _ in lines]
    at = {line.number: number for number, line in enumerate(facts.order.lines)}
    for line, found in _returned(facts):
        taken[at[line]].append(found)
    returned = sum(each.amount for found in taken for each in found)
    for each in facts.deliveries:
        if each.refunded:
            # The refund of a delivery has its taxes in it; what the seller gave back has not.
            amount = min(each.refunded, lines[at[each.line]].price or 0)
            amount = min(amount, max(_taken_back(facts) - returned, 0)) if facts.payment else amount
            taken[at[each.line]].append(Taken((each.ended or each.created)[:10], amount, about=each.id))
    left = [
        max(0, (line.price or 0) - sum(each.amount for each in found)) for line, found in zip(lines, taken, strict=True)
    ]
    given = sum(each.amount for found in taken for each in found)
    rest = sum(left) if facts.order.payment == "refunded" else max(0, _taken_back(facts) - given)
    fees = split(_fees_back(facts), [each.price or 0 for each in lines])
    parts = split(min(rest, sum(left)), left)
    for back, part, fee in zip(taken, parts, fees, strict=True):
        if part or fee:
            back.append(Taken("", part, fee=fee, about="refund"))
    return [msgspec.structs.replace(line, taken=tuple(found)) for line, found in zip(lines, taken, strict=True)]


def _returned(facts: OrderFacts) -> Iterator[tuple[int, Taken]]:
    for each in facts.returns:
        if each.status != "completed":
            continue
        freight = sum(refund.freight for refund in each.refunds)
        parts = split(freight, [line.goods for line in each.lines])
        for line, part in zip(each.lines, parts, strict=True):
            day = (each.received or each.created)[:10]
            yield line.line, Taken(day, line.goods, line.quantity, part, about=each.id)


def _taken_back(facts: OrderFacts) -> int:
    """What was paid back of the goods, whatever for."""
    if facts.payment is not None:
        return _sum(facts.payment.taken_back, "goods")
    return -sum(each.amount for each in facts.common.entries if each.amount < 0) if facts.common else 0


def _fees_back(facts: OrderFacts) -> int:
    return _sum(facts.payment.taken_back, "fee", PLATFORM_FEES) if facts.payment is not None else 0
