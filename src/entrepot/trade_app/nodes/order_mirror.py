"""The mirror of this node and a peer by the orders that both have: how each counts them, asked over a message.

It needs the capability `statistics.orders`, which two operators open: a table shows no single order, this does. Nothing
that names a party leaves; the other node has the order itself. What only one node has is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec

from entrepot.language.translate import error_text
from entrepot.measure.lines import DIGITAL, NETWORK, NO_PLATFORM, OTHER, PHYSICAL, Known, LedgerLine, Party, Taken
from entrepot.measure.mirror import Mirror, Side, mirrors_by_product
from entrepot.measure.periods import months_of
from entrepot.measure.tables import Rate
from entrepot.measure.transactions import ALL_PRODUCTS, EXPORTS, FEE_ANSWERS, Transaction, transactions_of
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.statistics_messages import (
    MOST_ASKED,
    MOST_READ,
    STATISTICS_ORDERS,
    LineCounted,
    OrdersAsked,
    OrdersCounted,
)
from entrepot.trade.ports import Books, NotFound
from entrepot.trade_app.statistics import collect

#: Lines that are compared, of both nodes together, and messages that are sent for it, at most.
MOST_LINES, MOST_MESSAGES = 40_000, 300
#: Lines of an answer, after which no further order is added: a message has 256 KiB at most.
_ENOUGH_LINES = 400


class Own(NamedTuple):
    """What this node counts with: its books, what it knows of parties, its economy, and its exchange rates."""

    books: Any
    known: Known
    economy: str
    rate: Rate
    decimals: int


def counted(asked: OrdersAsked, own: Own, peer: Peer) -> OrdersCounted:
    """How this node counts the orders that it has in common with a peer. Raises TradeError for a wrong period."""
    months = frozenset(months_of(asked.period))
    orders, last = _orders(asked, own.books, peer)
    lines: list[LineCounted] = []
    before = ""
    for order in orders:
        sales = list(_sales(own, [order], peer))
        if asked.orders or any(sale.day[:7] in months for _line, sale in sales):
            lines += [_told(line, sale, own, asked.currency) for line, sale in sales]
        before = order.id if len(lines) >= _ENOUGH_LINES else ""
        if before:
            break
    return OrdersCounted(
        reporter=own.economy,
        partner=peer.economy,
        period=asked.period,
        currency=asked.currency,
        lines=tuple(lines),
        before=before or last,
    )


def _orders(asked: OrdersAsked, books: Any, peer: Peer) -> tuple[list[CommonOrder], str]:
    """The orders of an answer, and where the list continues; "" at its end."""
    if asked.orders:
        left = asked.orders[asked.orders.index(asked.before) + 1 :] if asked.before in asked.orders else asked.orders
        return [each for number in left if (each := _common(books, number, peer))], ""
    page = list(books.list_objects("xo_", owner=peer.id, before=asked.before, limit=MOST_READ))
    return page, page[-1].id if len(page) == MOST_READ else ""


def _common(books: Books, number: str, peer: Peer) -> CommonOrder | None:
    """A common order by its id; None for what is not one of this node and the peer."""
    try:
        found = books.read(number) if number.startswith("xo_") else None
    except NotFound:
        return None
    return found if isinstance(found, CommonOrder) and found.peer == peer.id else None


def _sales(own: Own, orders: Sequence[CommonOrder], peer: Peer) -> Iterator[tuple[LedgerLine, Transaction]]:
    """The lines of common orders that were paid, with the sale across the border to or from the peer's economy."""
    for line in _lines(own, orders):
        for sale in transactions_of([line], own.economy):
            if sale.partner == peer.economy and sale.answers != FEE_ANSWERS:
                yield line, sale


def _lines(own: Own, orders: Sequence[CommonOrder]) -> list[LedgerLine]:
    from entrepot.measure.extract import lines_of  # noqa: PLC0415  # most nodes have no peers

    numbers = [each.order for each in orders if each.order]
    facts = collect.facts_of(own.books, own.books.read_many(numbers)) if numbers else []
    return [line for each in facts for line in lines_of(each, own.known) if line.match]


def _told(line: LedgerLine, sale: Transaction, own: Own, currency: str) -> LineCounted:
    order, _, number = line.match.rpartition(":")
    rate = Fraction(1) if line.currency == currency else own.rate(line.currency, sale.day)
    text = "" if rate is None else str(rate)
    return LineCounted(
        order=order,
        number=int(number),
        exports=sale.flow == EXPORTS,
        currency=line.currency,
        day=sale.day,
        service=line.service,
        ordered=sale.answers.ordered,
        delivered=sale.answers.delivered,
        dip=sale.answers.dip,
        product=line.product,
        price=line.price,
        freight=line.freight,
        insurance=line.insurance,
        valuation=line.valuation,
        back=sum(each.amount for each in line.taken),
        freight_back=sum(each.freight for each in line.taken),
        # A rate that is longer than a message may have it is not known to the other node.
        rate=text if all(len(part) <= 30 for part in text.split("/")) else "",
    )


def orders_mirror(
    peer: Peer, own: Own, period: str, currency: str, ask: Callable[[OrdersAsked], Any]
) -> dict[str, Any]:
    """The mirror of the orders in common, both ways, as JSON; `why` where it could not be made. Raises TradeError.

    `ask`: asks the peer. An answer about something else is refused.
    """
    if not own.books.list_objects("xo_", owner=peer.id, limit=1):
        return not_made("no_orders")
    try:
        theirs, ours = _both(peer, own, period, currency, ask)
    except TradeError as error:
        return {**not_made("refused"), "message": error_text(error)}
    mine = Side(own.economy, ours, own.rate)
    other = Side(peer.economy, [_line_of(each, own.economy, peer.economy) for each in theirs], _rate_of(theirs))
    flows = [_flow(*sides, period, currency, own.decimals) for sides in ((mine, other), (other, mine))]
    return {"why": None, "message": None, "flows": flows}


def not_made(why: str) -> dict[str, Any]:
    """The answer where there is no mirror of orders. `why`: a key of `WITHOUT_ORDERS`."""
    return {"why": why, "message": None, "flows": []}


def _both(
    peer: Peer, own: Own, period: str, currency: str, ask: Callable[[OrdersAsked], Any]
) -> tuple[list[LineCounted], list[LedgerLine]]:
    """The lines of the period as either side counts them, each with what the other one says of it."""
    months = frozenset(months_of(period))
    asked = OrdersAsked(period=period, currency=currency)
    theirs: dict[tuple[str, int], LineCounted] = {}
    for answer in _pages(asked, ask, peer, own):
        theirs |= {(each.order, each.number): each for each in answer.lines}
        _check_size(len(theirs))
    ours: dict[str, LedgerLine] = {}
    missing: dict[str, None] = {}
    before, named = "", {order for order, _number in theirs}
    while page := own.books.list_objects("xo_", owner=peer.id, before=before, limit=MOST_READ):
        for line, sale in _sales(own, page, peer):
            order = line.match.rpartition(":")[0]
            if order in named or sale.day[:7] in months:
                ours[line.id] = line
            if order not in named and sale.day[:7] in months:
                missing[order] = None
        before = page[-1].id
        _check_size(len(ours) + len(theirs))
    rest = list(missing)
    for at in range(0, len(rest), MOST_ASKED):
        part = OrdersAsked(period=period, currency=currency, orders=tuple(rest[at : at + MOST_ASKED]))
        for answer in _pages(part, ask, peer, own):
            theirs |= {(each.order, each.number): each for each in answer.lines}
            _check_size(len(ours) + len(theirs))
    return list(theirs.values()), list(ours.values())


def _pages(asked: OrdersAsked, ask: Callable[[OrdersAsked], Any], peer: Peer, own: Own) -> Iterator[OrdersCounted]:
    """The answers to a question, to the end of the list. Raises TradeError for a list without an end."""
    places = {asked.before}
    for _ in range(MOST_MESSAGES):
        answer = _answered(ask(asked), asked, peer, own)
        yield answer
        if not answer.before:
            return
        if answer.before in places:
            raise TradeError(
                "statistics_repeated",
                "{name} repeats its list of orders and never comes to its end: compare files of lines.",
                name=peer.name,
            )
        places.add(answer.before)
        asked = msgspec.structs.replace(asked, before=answer.before)
    raise TradeError(
        "statistics_unending",
        "{name} was asked {most} times and its list of orders did not end: compare files of lines.",
        name=peer.name,
        most=str(MOST_MESSAGES),
    )


def _check_size(lines: int) -> None:
    if lines > MOST_LINES:
        raise TradeError(
            "too_many_lines", "There are more than {most} lines: compare files of lines.", most=str(MOST_LINES)
        )


def _answered(found: OrdersCounted, asked: OrdersAsked, peer: Peer, own: Own) -> OrdersCounted:
    """An answer about what was asked: of these economies, this period, and orders that both have. Raises TradeError."""
    said = (found.reporter, found.partner, found.period, found.currency)
    orders = dict.fromkeys(each.order for each in found.lines)
    strange = [each for each in orders if _common(own.books, each, peer) is None]
    if said != (peer.economy, own.economy, asked.period, asked.currency) or strange:
        raise TradeError(
            "statistics_answer",
            "{name} answered for {said}, which was not asked.",
            name=peer.name,
            said=" ".join(ascii(each[:40]) for each in (*said, *strange[:1])),
        )
    return found


def _line_of(each: LineCounted, own: str, peer: str) -> LedgerLine:
    """A line of the other node as one of its ledger, without parties."""
    seller, buyer = (peer, own) if each.exports else (own, peer)
    channels = {True: DIGITAL, False: OTHER, None: ""}
    delivered = {True: NETWORK, False: PHYSICAL, None: ""}
    return LedgerLine(
        id=f"{each.order}:{each.number}",
        match=f"{each.order}:{each.number}",
        order_channel=channels[each.ordered],
        delivery_channel=delivered[each.delivered],
        platform={True: "node", False: NO_PLATFORM, None: ""}[each.dip],
        seller=Party(seller),
        buyer=Party(buyer),
        service=each.service,
        hs="" if each.service else each.product,
        ebops=each.product if each.service else "",
        currency=each.currency,
        price=each.price,
        freight=each.freight,
        insurance=each.insurance,
        valuation=each.valuation,
        ordered=each.day,
        taken=(Taken("", each.back, freight=each.freight_back),) if each.back or each.freight_back else (),
    )


def _rate_of(lines: Sequence[LineCounted]) -> Rate:
    """The exchange rates of the other node, as its lines have them."""
    rates = {(each.currency, each.day): Fraction(each.rate) for each in lines if each.rate}
    return lambda currency, day: rates.get((currency, day))


def _flow(exporter: Side, importer: Side, period: str, currency: str, decimals: int) -> dict[str, Any]:
    """One direction: each measure of which something is counted, then each product of the total."""
    found = mirrors_by_product(exporter, importer, period, currency)
    rows = [_row(each, decimals) for each in found if each.exports or each.imports or each.reasons]
    return {
        "exporter": exporter.economy,
        "importer": importer.economy,
        "lines": found[0].lines,
        "matched": found[0].matched,
        "rows": [each for each in rows if each["product"] == ALL_PRODUCTS],
        "products": [each for each in rows if each["product"] != ALL_PRODUCTS],
    }


def _row(found: Mirror, decimals: int) -> dict[str, Any]:
    def major(amount: int) -> str:
        return in_major(amount, decimals)

    return {
        "measure": found.measure,
        "product": found.product,
        "exports": major(found.exports),
        "imports": major(found.imports),
        "gap": major(found.gap),
        "reasons": [{"reason": name, "amount": major(amount)} for name, amount in found.reasons.items()],
    }


def own_side(currency: str, economy: str, books: Any) -> Own:
    """What a node counts with, and its exchange rates to a currency. Raises TradeError for what is none."""
    return Own(books, collect.known(books), economy, collect.rate_to(currency), collect.decimals_of(currency))


def services(economy: str) -> Mapping[str, Callable[..., Any]]:
    """The service of the message."""
    from entrepot.trade_app.books import open_books  # noqa: PLC0415  # opened where a peer asks

    def answer(asked: OrdersAsked, peer: Peer) -> OrdersCounted:
        return counted(asked, own_side(asked.currency, economy, open_books()), peer)

    return {STATISTICS_ORDERS.name: answer}
