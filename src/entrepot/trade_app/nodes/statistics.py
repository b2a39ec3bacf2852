"""What this node has published, for the peers that it is open to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from entrepot import configuration
from entrepot.measure.periods import months_of
from entrepot.trade.nodes.statistics_messages import (
    STATISTICS_TABLE,
    PublishedCell,
    PublishedTable,
    TableAsked,
    TablesPublished,
)
from entrepot.trade_app.statistics import collect, vintages


def services(economy: str) -> Mapping[str, Callable[..., Any]]:
    """The services of these messages."""
    return {STATISTICS_TABLE.name: lambda asked, peer: published(asked, economy, peer.economy)}


def published(asked: TableAsked, reporter: str, partner: str) -> TablesPublished:
    """What the node of an economy has published about its trade with a partner: its last exports of each valuation.

    Raises TradeError for a period or a currency that is none.
    """
    months_of(asked.period)
    collect.decimals_of(asked.currency)
    folder = configuration.data_folder(os.environ)
    found = vintages.last_of(folder, reporter, asked.period, asked.currency) if folder else []
    tables = [
        PublishedTable(valuation=each.valuation, made=each.made, cells=tuple(_cells(each, partner))) for each in found
    ]
    return TablesPublished(
        reporter=reporter,
        partner=partner,
        period=asked.period,
        currency=asked.currency,
        tables=tuple(each for each in tables if each.cells),
    )


def _cells(vintage: vintages.Vintage, partner: str) -> Iterable[PublishedCell]:
    for flow, measure, key in vintages.keys_of(vintage, partner):
        if key in vintage.values:
            value = vintage.values[key]
            status = vintage.statuses.get(key, "A" if value else "O")
            yield PublishedCell(
                flow=flow, measure=measure, value=value, status=status, at_least=key in vintage.at_least
            )
