"""Show the state of an object of trade: from what the books have to what the API answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from entrepot.model.money import in_major
from entrepot.trade.booking.deposits import deposits_of
from entrepot.trade.checkout import Checkout, QuotedPart, paid
from entrepot.trade.customs import Unmatched
from entrepot.trade.declarations import Declaration
from entrepot.trade.identity import needs_identity
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.offers import Offer, Picture, stock_account
from entrepot.trade.orders import KeptQuote, Order
from entrepot.trade.outbox import DEAD, Message
from entrepot.trade.papers.documents import Document
from entrepot.trade.papers.kinds import KINDS
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Books
from entrepot.trade.quotes import chosen, kept
from entrepot.trade.reasons import Reason
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment
from entrepot.web.trade.delivery_shapes import show_terms
from entrepot.web.trade.request_shapes import show_acceptance, show_cancellation, show_goodwill, show_objection
from entrepot.web.trade.shapes import (
    AmountsShown,
    AssertionShown,
    ChargeShown,
    CheckoutQuoted,
    CheckoutShown,
    DeclarationShown,
    DestinationShown,
    DisputeShown,
    DocumentShown,
    ItemShown,
    LimitShown,
    LineShown,
    MessageShown,
    OfferShown,
    OrderQuoted,
    OrderShown,
    PartShown,
    PaymentShown,
    PictureShown,
    PieceShown,
    QuoteOfOrder,
    ReasonShown,
    RefundShown,
    ReturnLineShown,
    ReturnShown,
    ShipmentShown,
    TaxBillShown,
    UnmatchedShown,
    WaitShown,
)

#: The number of decimals of a currency.
Decimals = Callable[[str], int | None]


def show_offer(offer: Offer, stock: int, decimals: Decimals) -> OfferShown:
    """An offer, with the pieces that can still be ordered."""
    goods, prices, places = offer.goods, offer.prices, decimals(offer.prices.currency) or 0
    copied: dict[str, Any] = {
        name: getattr(goods, name) for name in OfferShown.__struct_fields__ if name in goods.__struct_fields__
    }
    copied |= {name: in_major(getattr(prices, name), places) for name in _PRICES}
    copied["delivery"] = show_terms(goods.delivery)
    return OfferShown(
        id=offer.id,
        created=offer.created,
        status=offer.status,  # type: ignore[arg-type]  # its state table has these words only
        seller=offer.seller,
        currency=prices.currency,
        stock=stock if offer.stocked else None,
        version=offer.version,
        pavilion=offer.presentation.pavilion,
        descriptions=offer.presentation.descriptions,
        pictures=tuple(map(show_picture, offer.presentation.pictures)),
        **copied,
    )


def show_picture(picture: Picture) -> PictureShown:
    """A picture of an offer."""
    return PictureShown(
        large=f"/pictures/{picture.id}-large.webp",
        small=f"/pictures/{picture.id}-small.webp",
        width=picture.width,
        height=picture.height,
    )


def show_offers(books: Books, offers: Iterable[Offer], decimals: Decimals) -> list[OfferShown]:
    """Offers with their stock."""
    return [show_offer(each, books.balance(stock_account(each.id), each.id), decimals) for each in offers]


def show_order(order: Order, decimals: Decimals, waits: Sequence[Message] = (), viewer: str = "") -> OrderShown:
    """An order. `waits`: the messages that it waits for; `viewer`: only the seller is shown why they failed."""
    return OrderShown(
        id=order.id,
        created=order.created,
        status=order.status,
        seller=order.seller,
        buyer=order.buyer.party,
        buyer_kind=order.buyer.kind,
        ship_to=DestinationShown(country=order.ship_to.country, state=order.ship_to.state),
        currency=order.quote.amounts.currency,
        amounts=_amounts(order.quote, decimals),
        deposit=in_major(order.deposit, decimals(order.quote.amounts.currency) or 0),
        lines=_lines(order, decimals),
        quote=_quote(order.quote, decimals),
        supply=order.supply,
        warehouse=order.warehouse,
        payments=_parts(order.payments),
        declarations=_parts(order.declarations),
        shipments=_parts(order.shipments),
        deliveries=_parts(order.deliveries),
        cancellations=tuple(show_cancellation(*each) for each in sorted(order.cancellations.items())),
        objections=tuple(show_objection(*each) for each in sorted(order.objections.items())),
        acceptances=tuple(show_acceptance(*each) for each in sorted(order.acceptances.items())),
        goodwills=tuple(
            show_goodwill(*each, decimals(order.quote.amounts.currency) or 0)
            for each in sorted(order.goodwills.items())
        ),
        returns=_parts(order.returns),
        limit=_limit(order, decimals),
        attention=(*order.attention, *(("message_given_up",) if any(each.state == DEAD for each in waits) else ())),
        waits_for=tuple(_wait(each, with_reason=viewer == order.seller) for each in waits),
        reasons=tuple(map(show_reason, order.reasons)),
        checkout=order.checkout,
        orders=order.siblings,
        expires_at=order.expires,
        released_at=order.released or None,
        why=order.why,
    )


def _amounts(quote: KeptQuote, decimals: Decimals) -> AmountsShown:
    places = decimals(quote.amounts.currency) or 0
    return AmountsShown(
        **{name: in_major(getattr(quote.amounts, name), places) for name in AmountsShown.__struct_fields__}
    )


def _quote(quote: KeptQuote, decimals: Decimals) -> QuoteOfOrder:
    places = decimals(quote.currency) or 0
    return QuoteOfOrder(
        **{name: getattr(quote, name) for name in ("id", "hash", "law_date", "law_hash", "option", "currency")},
        expires_at=quote.expires,
        charges=tuple(
            ChargeShown(
                id=each.id,
                kind=each.kind,
                amount=in_major(each.amount, places),
                collected_by=each.collected_by,
                with_order=each.in_order,
            )
            for each in quote.charges
        ),
        assertions=tuple(AssertionShown(id=each.id, by=each.by, time=each.time) for each in quote.assertions),
    )


def show_checkout_quote(checkout: Checkout, decimals: Decimals) -> CheckoutQuoted:
    """What would be ordered, with what the buyer pays. Raises TradeError for amounts that cannot be ordered."""
    kept_quotes = [would_keep(each, checkout, decimals) for each in checkout.parts]
    currencies = {each.amounts.currency for each in kept_quotes}
    currency = currencies.pop() if len(currencies) == 1 else None
    deposits = [deposit_of(part, quote, decimals) for part, quote in zip(checkout.parts, kept_quotes, strict=True)]
    total = sum(each.amounts.total for each in kept_quotes) + sum(deposits)
    orders = tuple(
        _order_quoted(part, quote, decimals) for part, quote in zip(checkout.parts, kept_quotes, strict=True)
    )
    return CheckoutQuoted(
        currency=currency, total=None if currency is None else in_major(total, decimals(currency) or 0), orders=orders
    )


def deposit_of(part: QuotedPart, quote: KeptQuote, decimals: Decimals) -> int:
    """What the order of a part would ask for as deposits, in minor units."""
    return sum(deposits_of(part.part.items, decimals(quote.amounts.currency) or 0).values())


def would_keep(part: QuotedPart, checkout: Checkout, decimals: Decimals) -> KeptQuote:
    """What the order of a part would keep of its quote: nobody has made its assertions yet."""
    option = chosen(part.stored.document, part.option, checkout.asked.assertions)
    return kept(part.stored, option, (), paid(part.part.items), lambda currency: decimals(currency) or 0)


def _order_quoted(part: QuotedPart, quote: KeptQuote, decimals: Decimals) -> OrderQuoted:
    first = part.part.items[0].offer
    option = next(each for each in part.stored.document.options if each.id == part.option)
    return OrderQuoted(
        seller=first.seller,
        currency=quote.amounts.currency,
        amounts=_amounts(quote, decimals),
        deposit=in_major(deposit_of(part, quote, decimals), decimals(quote.amounts.currency) or 0),
        items=tuple(ItemShown(offer=each.offer.id, quantity=each.quantity) for each in part.part.items),
        quote=_quote(quote, decimals),
        title=option.title,
        identity=needs_identity(part.option, part.law.limits),
        supply=first.goods.supply,
        reasons=tuple(map(show_reason, part.part.reasons)),
    )


def _wait(message: Message, *, with_reason: bool) -> WaitShown:
    """A message without its body: what it says may be personal."""
    return WaitShown(
        channel=message.channel,
        topic=message.topic,
        status="given_up" if message.state == DEAD else "waiting",
        attempts=message.attempts,
        since=timestamp(message.created),
        next_attempt_at=None if message.state == DEAD else timestamp(message.due),
        reason=message.reason if with_reason else "",
    )


def show_checkout(orders: Iterable[Order], decimals: Decimals) -> CheckoutShown:
    """The orders of one request."""
    found = tuple(show_order(each, decimals) for each in orders)
    return CheckoutShown(id=found[0].checkout, created=found[0].created, orders=found)


def show_reason(reason: Reason) -> ReasonShown:
    """A reason, with its sentence in English."""
    return ReasonShown(code=reason.code, message=reason.message, sources=reason.sources, trust=reason.trust)


def show_payment(payment: Payment, decimals: Decimals) -> PaymentShown:
    """A payment."""
    places = decimals(payment.currency) or 0
    return PaymentShown(
        id=payment.id,
        created=payment.created,
        status=payment.status,
        order=payment.order,
        provider=payment.provider,
        currency=payment.currency,
        amount=in_major(payment.amount, places),
        amount_captured=in_major(payment.captured, places),
        amount_refunded=in_major(payment.refunded, places),
        capture=payment.capture,
        transaction=payment.transaction,
        expires_at=payment.expires or None,
        paid_at=payment.paid_at or None,
        refunds=tuple(
            RefundShown(
                id=number,
                amount=in_major(each.amount, places),
                amount_deposit=in_major(each.deposit, places),
                status=each.status,
                reason=each.reason,
                error=each.error,
            )
            for number, each in payment.refunds.items()
        ),
        disputes=tuple(
            DisputeShown(id=number, amount=in_major(each.amount, places), status=each.status, reason=each.reason)
            for number, each in payment.disputes.items()
        ),
        action={},
        error=payment.error or payment.hold,
    )


def show_shipment(shipment: Shipment, _decimals: Decimals) -> ShipmentShown:
    """A shipment."""
    return ShipmentShown(
        id=shipment.id,
        created=shipment.created,
        status=shipment.status,
        order=shipment.order,
        carrier=shipment.carrier,
        waybill=shipment.waybill,
        pieces=tuple(PieceShown(line=each.line, quantity=each.quantity) for each in shipment.pieces),
        packages=shipment.packages,
        gross_mass_kg=shipment.gross_mass_kg,
        reporter=shipment.reporter or "carrier",
        changed_at=shipment.changed or None,
        proof=shipment.proof,
        vehicle=shipment.vehicle,
        voyage=shipment.voyage,
        transport_document=shipment.transport_document,
    )


def show_declaration(declaration: Declaration, decimals: Decimals) -> DeclarationShown:
    """A declaration."""
    places = decimals("CNY") or 0

    def amount(minor: int | None) -> str | None:
        return None if minor is None else in_major(minor, places)

    return DeclarationShown(
        id=declaration.id,
        created=declaration.created,
        status=declaration.status,
        order=declaration.order,
        mode=declaration.mode,
        numbers=declaration.numbers,
        messages=tuple(
            MessageShown(
                document=name,
                state=each.state,
                code=each.code,
                info=each.info,
                received=each.returned,
                tries=each.tries,
            )
            for name, each in declaration.messages.items()
        ),
        cancellation=declaration.cancellation,
        tax_bills=tuple(
            TaxBillShown(
                number=each.number,
                status=each.status,
                duty=amount(each.duty),
                vat=amount(each.vat),
                excise=amount(each.excise),
                total=amount(each.total),
            )
            for each in declaration.bills.values()
        ),
        released_at=declaration.released or None,
        reason=declaration.reason,
    )


def show_return(found: Return, decimals: Decimals) -> ReturnShown:
    """A return."""
    places = decimals(found.currency) or 0
    return ReturnShown(
        id=found.id,
        created=found.created,
        status=found.status,
        order=found.order,
        reason=found.reason,
        currency=found.currency,
        lines=tuple(
            ReturnLineShown(
                line=each.line,
                quantity=each.quantity,
                goods=in_major(each.goods, places),
                taxes=in_major(each.taxes, places),
            )
            for each in found.lines
        ),
        amount_goods=in_major(found.goods, places),
        amount_taxes=in_major(found.taxes, places),
        amount_refunded=in_major(sum(each.goods + each.taxes for each in found.refunds), places),
        declaration=found.declaration or None,
        arrive_until=found.arrive_until or None,
        received_at=found.received or None,
        why=found.why,
    )


def show_unmatched(found: Unmatched) -> UnmatchedShown:
    """An unmatched answer of customs."""
    (kind, said), *_others = found.content.items()
    numbers = {"receipt": said.get("numbers", {})} | {
        "bill": {"list": said.get("list_number", ""), "bill": said.get("number", "")},
        "refusal": {"message": said.get("message", "")},
    }
    return UnmatchedShown(
        id=found.id,
        created=found.created,
        status=found.status,
        kind=kind,  # type: ignore[arg-type]  # an unmatched answer has one of these contents
        document=said.get("document", ""),
        code=said["status"] if kind == "bill" else said["code"],
        info=said.get("info", ""),
        received=said["time"],
        numbers=numbers[kind],
        declaration=found.declaration or None,
        reason=found.reason,
    )


def show_document(document: Document, _decimals: Decimals) -> DocumentShown:
    """A document."""
    return DocumentShown(
        **{name: getattr(document, name) for name in _OF_DOCUMENT},
        shipment=document.shipment or None,
        returned=document.returned or None,
        draft=bool(KINDS[document.kind].draft),
        credential=bool(document.key),
        key=document.key or None,
        expires_at=document.expires or None,
        missing=document.gaps,
        withdrawn_at=document.withdrawn or None,
    )


#: How the objects of each prefix are shown; offers need their stock.
SHOW: Mapping[str, Callable[[Any, Decimals], Any]] = {
    "or_": show_order,
    "py_": show_payment,
    "sh_": show_shipment,
    "de_": show_declaration,
    "re_": show_return,
    "do_": show_document,
}
_OF_DOCUMENT = ("id", "created", "status", "order", "issuer", "kind", "number", "date", "hash", "checks", "why")
_PRICES = ("price", "shipping", "shipping_further", "insurance")


def _lines(order: Order, decimals: Decimals) -> tuple[LineShown, ...]:
    return tuple(
        LineShown(
            number=each.number,
            offer=each.offer,
            titles=each.goods.titles,
            hs_code=each.goods.hs_code,
            service=each.goods.service,
            country_of_origin=each.goods.country_of_origin,
            quantity=each.quantity,
            price=in_major(each.price, decimals(each.prices.currency) or 0),
            amount=in_major(each.amount, decimals(each.prices.currency) or 0),
            returned=order.returned.get(str(each.number), 0),
            booking=each.booking or None,
        )
        for each in order.lines
    )


def _parts(parts: Mapping[str, str]) -> tuple[PartShown, ...]:
    return tuple(PartShown(id=number, status=status) for number, status in sorted(parts.items()))


def _limit(order: Order, decimals: Decimals) -> LimitShown | None:
    limit = order.limit
    if limit is None:
        return None
    places = decimals(limit.currency) or 0
    return LimitShown(
        economy=limit.economy,
        year=limit.year,
        currency=limit.currency,
        amount=in_major(limit.amount, places),
        returned=in_major(limit.returned, places),
        status=limit.state,
    )
