"""What this node has published, for the peers that it is open to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from entrepot import configuration
from entrepot.measure.periods import months_of
from entrepot.measure.transactions import WORLD
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


def published(asked: TableAsked, reporter: str, partner: str, *, until: str = "") -> TablesPublished:
    """What the node of an economy has published about its trade with a partner: its last exports of each valuation.

    `until`: the last ones that were made until this moment (RFC 3339). Raises TradeError for a period or a currency
    that is none.
    """
    months_of(asked.period)
    collect.decimals_of(asked.currency)
    folder = configuration.data_folder(os.environ)
    place = (reporter, asked.period, asked.currency)
    found: list[vintages.Vintage] = []
    if folder:
        found = vintages.last_until(folder, *place, until) if until else vintages.last_of(folder, *place)
    tables = [PublishedTable(valuation=each.valuation, made=each.made, cells=cells_of(each, partner)) for each in found]
    return TablesPublished(
        reporter=reporter,
        partner=partner,
        period=asked.period,
        currency=asked.currency,
        tables=tuple(each for each in tables if each.cells),
    )


def cells_of(vintage: vintages.Vintage, partner: str) -> tuple[PublishedCell, ...]:
    """The figures of a published table for a partner.

    A partner that is not in a table has figures of 0, or at least 0 where a part of the world's is not known: a table
    names every partner of its period.
    """
    named = [each for each in vintages.keys_of(vintage, partner) if each[2] in vintage.values]
    if named:
        return tuple(_cell(vintage, *each) for each in named)
    world = (_cell(vintage, *each) for each in vintages.keys_of(vintage, WORLD) if each[2] in vintage.values)
    return tuple(each if each.status == "O" else _none_of(each) for each in world)


def _cell(vintage: vintages.Vintage, flow: str, measure: str, key: str) -> PublishedCell:
    value = vintage.values[key]
    status = vintage.statuses.get(key, "A" if value else "O")
    return PublishedCell(flow=flow, measure=measure, value=value, status=status, at_least=key in vintage.at_least)


def _none_of(world: PublishedCell) -> PublishedCell:
    """The figure of a partner that a table does not name. Of a figure that is held back nobody says what is known."""
    at_least = world.at_least or world.status == "Q"
    return PublishedCell(flow=world.flow, measure=world.measure, value="0", at_least=at_least)
