"""The mirror of this node and a peer, from what each has published."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from entrepot.measure.periods import months_of, neighbours
from entrepot.measure.published_mirror import Cell, Known, PublishedGap, Tables, compare_published
from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import FLOWS
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major, in_minor
from entrepot.trade.nodes.peers import OUT, Peer
from entrepot.trade.nodes.statistics_messages import (
    STATISTICS_ORDERS,
    STATISTICS_TABLE,
    OrdersAsked,
    PublishedCell,
    TableAsked,
    TablesPublished,
)
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import identity, officers, operating, order_mirror
from entrepot.trade_app.nodes.statistics import published
from entrepot.trade_app.statistics import collect
from entrepot.trade_app.statistics.making import VALUATIONS

#: A published amount, which another node wrote.
_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,4})?\Z")
_STATUSES = frozenset("AOQ")


def mirror_with(number: str, period: str, currency: str, *, before_control: bool = True) -> dict[str, Any]:
    """The mirror of this node and a peer, both ways, from what each has published. Raises TradeError.

    The peer is asked now, over the capability `statistics`; for the periods before and after only where a gap is left.
    `orders`: the mirror of the orders that both have, where the capability `statistics.orders` is open; its figures are
    those before disclosure control, and are left out unless `before_control`.
    """
    months_of(period)
    collect.decimals_of(currency)
    # As this node answers others: a node without payments of its own has no economy of a platform.
    own = (identity.settings().economy or collect.economy()).upper()
    if not own:
        raise TradeError("no_economy", "The economy of this platform is not set: ENTREPOT_PLATFORM_ECONOMY.")
    peer = officers.find(number)

    def both(of: str) -> Answers:
        asked = TableAsked(period=of, currency=currency)
        theirs: TablesPublished = operating.ask(peer, STATISTICS_TABLE, asked)
        return Answers(published(asked, own, peer.economy), theirs)

    now = both(period)
    orders = _of_orders(peer, own, period, currency) if before_control else order_mirror.not_made("before_control")
    return {**_of_tables(peer, now, both), "orders": orders}


def _of_orders(peer: Peer, own: str, period: str, currency: str) -> dict[str, Any]:
    if not peer.allows(STATISTICS_ORDERS.capability, OUT):
        return order_mirror.not_made("closed")
    side = order_mirror.own_side(currency, own, open_books())

    def ask(asked: OrdersAsked) -> Any:
        return operating.ask(peer, STATISTICS_ORDERS, asked)

    return order_mirror.orders_mirror(peer, side, period, currency, ask)


def _of_tables(peer: Peer, now: Answers, both: Callable[[str], Answers]) -> dict[str, Any]:
    """The mirror of the published tables. `both`: asks of another period, which is done only where a gap is left."""
    found = mirror_of(peer, now)
    period, own, currency = now.ours.period, now.ours.reporter, now.ours.currency
    parts = [each for flow in found["flows"] for row in flow["rows"] for each in row["reasons"]]
    if all(each["reason"] == "cif_fob" for each in parts):
        return found
    near = tuple(both(each) for each in neighbours(period))
    made = max(_time(each.made) for each in now.theirs.tables)
    asked = TableAsked(period=period, currency=currency)
    earlier = published(asked, own, peer.economy, until=made) if made else None
    return mirror_of(peer, now, near, earlier)


class Answers(NamedTuple):
    """What this node has published of a period, and what a peer answered."""

    ours: TablesPublished
    theirs: TablesPublished


def mirror_of(
    peer: Peer, now: Answers, near: Sequence[Answers] = (), earlier: TablesPublished | None = None
) -> dict[str, Any]:
    """The mirror of what this node has published and what a peer answered. Raises TradeError for a wrong answer.

    `near`: the period before and the one after; `earlier`: what this node had published when the peer's table was made.
    `compared`: whether both sides have published something; `why` of a row: why its gap is not known.
    """
    for each in (now, *near):
        _check(each.theirs, peer, each.ours)
    ours, theirs = now
    own, decimals = ours.reporter, collect.decimals_of(ours.currency)
    mine, other = _both(now, decimals, peer)
    before, after = [_both(each, decimals, peer) for each in near] or [({}, {}), ({}, {})]
    old = _tables(earlier, decimals, peer) if earlier is not None else {}
    known = Known(before, after, (old, {}))
    return {
        "object": "published_mirror",
        "peer": peer.id,
        "economies": [own, peer.economy],
        "period": ours.period,
        "currency": ours.currency,
        "published": [
            {"economy": each.reporter, "valuation": table.valuation, "made": _time(table.made)}
            for each in (ours, theirs)
            for table in each.tables
        ],
        "compared": bool(mine and other),
        "flows": [
            {"exporter": one, "importer": two, "rows": [_row(each, decimals) for each in compare_published(*sides)]}
            for one, two, sides in (
                (own, peer.economy, (mine, other, known)),
                (peer.economy, own, (other, mine, _turned(known))),
            )
        ],
    }


def _turned(known: Known) -> Known:
    """The other way: the importer is the exporter."""
    return Known(*(each[::-1] for each in known))


def _both(found: Answers, decimals: int, peer: Peer) -> tuple[Tables, Tables]:
    return _tables(found.ours, decimals, peer), _tables(found.theirs, decimals, peer)


def _check(found: TablesPublished, peer: Peer, ours: TablesPublished) -> None:
    """The answer is about what was asked. Raises TradeError."""
    said = (found.reporter, found.partner, found.period, found.currency)
    if said != (peer.economy, ours.reporter, ours.period, ours.currency):
        raise _not_asked(peer, *said)
    for each in found.tables:
        if each.valuation not in VALUATIONS:
            raise _not_asked(peer, each.valuation)


def _not_asked(peer: Peer, *said: str) -> TradeError:
    # What another node wrote is quoted: it is shown in a terminal.
    return TradeError(
        "statistics_answer",
        "{name} answered for {said}, which was not asked.",
        name=peer.name,
        said=" ".join(ascii(each[:30]) for each in said),
    )


def _tables(found: TablesPublished, decimals: int, peer: Peer) -> Tables:
    """The figures of an answer, in minor units. Raises TradeError for what is none."""
    return {
        each.valuation: {(cell.flow, cell.measure): _cell(cell, decimals, peer) for cell in each.cells}
        for each in found.tables
    }


def _cell(cell: PublishedCell, decimals: int, peer: Peer) -> Cell:
    known = cell.flow in FLOWS and cell.measure in MEASURES and cell.status in _STATUSES
    amount = None
    if cell.value:
        amount = in_minor(Decimal(cell.value), decimals) if _AMOUNT.match(cell.value) else None
        known = known and amount is not None
    if not known:
        raise _not_asked(peer, cell.flow, cell.measure, cell.value)
    return Cell(amount, cell.status, cell.at_least)


def _time(text: str) -> str:
    try:
        return dt.datetime.fromisoformat(text[:40]).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _row(found: PublishedGap, decimals: int) -> dict[str, Any]:
    def major(amount: int | None) -> str | None:
        return None if amount is None else in_major(amount, decimals)

    return {
        "measure": found.measure,
        "exports": major(found.exports),
        "imports": major(found.imports),
        "gap": major(found.gap),
        "at_least": found.at_least,
        "why": found.why or None,
        "reasons": [{"reason": name, "amount": major(amount)} for name, amount in found.reasons.items()],
    }
