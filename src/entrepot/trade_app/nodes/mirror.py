"""The mirror of this node and a peer, from what each has published."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from entrepot.measure.periods import months_of
from entrepot.measure.published_mirror import Cell, PublishedGap, Tables, compare_published
from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import FLOWS
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major, in_minor
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.statistics_messages import STATISTICS_TABLE, PublishedCell, TableAsked, TablesPublished
from entrepot.trade_app.nodes import officers, operating
from entrepot.trade_app.nodes.statistics import published
from entrepot.trade_app.statistics import collect
from entrepot.trade_app.statistics.making import VALUATIONS

#: A published amount, which another node wrote.
_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,4})?\Z")
_STATUSES = frozenset("AOQ")


def mirror_with(number: str, period: str, currency: str) -> dict[str, Any]:
    """The mirror of this node and a peer, both ways, from what each has published. Raises TradeError.

    The peer is asked now, over the capability `statistics`.
    """
    months_of(period)
    collect.decimals_of(currency)
    own = collect.economy().upper()
    if not own:
        raise TradeError("no_economy", "The economy of this platform is not set: ENTREPOT_PLATFORM_ECONOMY.")
    peer, asked = officers.find(number), TableAsked(period=period, currency=currency)
    theirs: TablesPublished = operating.ask(peer, STATISTICS_TABLE, asked)
    return mirror_of(peer, published(asked, own, peer.economy), theirs)


def mirror_of(peer: Peer, ours: TablesPublished, theirs: TablesPublished) -> dict[str, Any]:
    """The mirror of what this node has published and what a peer answered. Raises TradeError for a wrong answer.

    `compared`: whether both sides have published something; `why` of a row: why its gap is not known.
    """
    _check(theirs, peer, ours)
    own, decimals = ours.reporter, collect.decimals_of(ours.currency)
    mine, other = (_tables(each, decimals, peer) for each in (ours, theirs))
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
            for one, two, sides in ((own, peer.economy, (mine, other)), (peer.economy, own, (other, mine)))
        ],
    }


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
