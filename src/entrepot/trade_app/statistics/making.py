"""Tables of this node as they are shown and written: with disclosure control, revisions, and the demonstration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from entrepot.measure.cube import Observation, observations
from entrepot.measure.disclosure import USUAL, Before, Controlled, Rules, control
from entrepot.measure.earlier import History, Record, record_of, still_held
from entrepot.measure.lines import LedgerLine
from entrepot.measure.periods import months_of
from entrepot.measure.tables import CellKey, Classes, Rate, Table, classes_of, table_of
from entrepot.measure.template import ROWS
from entrepot.measure.transactions import (
    ALL_PRODUCTS,
    EXPORTS,
    FLOWS,
    IMPORTS,
    PRICE,
    TOTAL_ECONOMY,
    WORLD,
    transactions_of,
)
from entrepot.model.errors import TradeError, nearest
from entrepot.model.money import in_major
from entrepot.trade_app.statistics.collect import iterate_lines

VALUATIONS = ("FOB", "CIF", PRICE)
#: From how many lines, or bytes of a file, Arrow adds them up.
LARGE, LARGE_FILE = 50_000, 20_000_000


class Made(NamedTuple):
    """A table with what may be published of it. `record`: what is kept of what it holds back, by this node alone."""

    table: Table
    controlled: Controlled
    decimals: int
    valuation: str
    record: Record = Record()

    def observations(self) -> list[Observation]:
        """Its figures as observations, without what is held back."""
        return list(observations(self.table, self.controlled, self.decimals, self.valuation.upper()))

    def before_control(self) -> list[Observation]:
        """As `observations`, with what is held back: never published."""
        whole = Controlled(self.table.figures, {})
        return list(observations(self.table, whole, self.decimals, self.valuation.upper()))


class Wanted(NamedTuple):
    """Which table is made. `rules`: of disclosure control; `agreed`: traders that allow figures which show them.

    `published`: figures of this table as they were published before, each with its values in major units; `history`:
    what earlier tables of the period held back.
    """

    reporter: str
    period: str
    currency: str
    rate: Rate
    decimals: int
    valuation: str = "FOB"
    by_product: bool = False
    rules: Rules = USUAL
    agreed: Sequence[str] = ()
    published: Mapping[CellKey, Collection[str]] = {}
    history: History = History()


def make(
    lines: Sequence[LedgerLine], reporter: str, period: str, currency: str, rate: Rate, decimals: int, **more: Any
) -> Made:
    """The table of a reporter for a period. `more`: of `Wanted`. Raises TradeError for a wrong period or valuation."""
    return make_of_lines(lines, Wanted(reporter, period, currency, rate, decimals, **more))


def make_of_lines(lines: Iterable[LedgerLine], wanted: Wanted) -> Made:
    """The table of lines: many are added up by Arrow. Raises TradeError for a wrong period or valuation."""
    _check_wanted(wanted)
    rest = iter(lines)
    first = list(islice(rest, LARGE))
    if len(first) == LARGE and (arrow := _arrow()) is not None:
        return _made(arrow.of_lines(chain(first, rest), wanted), wanted)
    found = transactions_of(chain(first, rest), wanted.reporter, valuation=wanted.valuation)
    return _made(classes_of(found, wanted.reporter, wanted.currency, wanted.rate), wanted)


def make_of_file(path: Path, wanted: Wanted) -> Made:
    """The table from a file of lines, JSON or Parquet, however large. Raises TradeError, OSError."""
    _check_wanted(wanted)
    arrow = _arrow()
    with path.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    if parquet and arrow is None:
        raise TradeError("no_arrow", "Parquet files need pyarrow: run pip install 'entrepot[batch]'.", "--lines")
    if arrow is not None and (parquet or path.stat().st_size >= LARGE_FILE):
        classes = arrow.of_parquet(path, wanted) if parquet else arrow.of_lines(iterate_lines(path), wanted)
        return _made(classes, wanted)
    found = transactions_of(iterate_lines(path), wanted.reporter, valuation=wanted.valuation)
    return _made(classes_of(found, wanted.reporter, wanted.currency, wanted.rate), wanted)


def _arrow() -> Any:
    """What adds up many lines; None where pyarrow is not installed."""
    try:
        from entrepot.trade_app.statistics import large  # noqa: PLC0415  # a large optional package
    except ImportError:
        return None
    return large


def _made(classes: Classes, wanted: Wanted) -> Made:
    table = table_of(classes, wanted.period, by_product=wanted.by_product)
    same = {key for key, values in wanted.published.items() if _text(table, key, wanted.decimals) in values}
    known = Before(same, wanted.published.keys() - same)
    found = control(table, wanted.rules, wanted.agreed, known)
    still = still_held(table, wanted.valuation, found, wanted.history, wanted.rules, wanted.agreed)
    record = record_of(table, found, still.own, still.older)
    wholly = still.own | still.others
    if not found.held_back.keys() >= wholly:
        found = control(table, wanted.rules, wanted.agreed, known, wholly)
    return Made(table, found, wanted.decimals, wanted.valuation, record)


def _text(table: Table, key: CellKey, decimals: int) -> str:
    """A figure as it is published; "" if there is none."""
    figure = table.figures.get(key)
    return "" if figure is None or figure.value is None else in_major(figure.value, decimals)


def _check_wanted(wanted: Wanted) -> None:
    months_of(wanted.period)
    if wanted.valuation not in VALUATIONS:
        raise TradeError(
            "valuation_invalid",
            "{value!r} is not a valuation. Use {known}.",
            "valuation",
            nearest(wanted.valuation, VALUATIONS),
            value=wanted.valuation[:20],
            known=", ".join(VALUATIONS),
        )


def as_json(
    made: Made,
    partner: str = WORLD,
    sector: str = TOTAL_ECONOMY,
    product: str = ALL_PRODUCTS,
    *,
    whole: bool = False,
) -> dict[str, Any]:
    """The template for a partner and a sector, or a product. `whole`: also what is held back, for a statistician only.

    Amounts are decimals in major units; null is not known, or held back. Raises TradeError for a partner, a sector or
    a product that the table does not have: products are those of the world and the whole economy.
    """
    table = made.table
    _check(partner, (WORLD, *table.partners), "partner", table)
    _check(sector, (TOTAL_ECONOMY, *table.sectors), "sector", table)
    _check(product, (ALL_PRODUCTS, *table.products), "product", table)
    if product != ALL_PRODUCTS and (partner, sector) != (WORLD, TOTAL_ECONOMY):
        raise TradeError(
            "product_of_world", "Products are measured for the world and the whole economy only.", "product"
        )
    rows = [_row(made, each.id, each.measure, (partner, sector, product), whole) for each in ROWS]
    return {
        "object": "digital_trade_table",
        "reporter": table.reporter,
        "partner": partner,
        "sector": sector,
        "product": product,
        "period": table.period,
        "currency": table.currency,
        "valuation": made.valuation,
        "empty": table.empty,
        "rows": rows,
        "partners": list(table.partners),
        "sectors": list(table.sectors),
        "products": list(table.products),
        "held_back": len(made.controlled.held_back),
        "missing_rates": [{"currency": each[0], "day": each[1]} for each in table.missing],
    }


def _check(given: str, known: Sequence[str], name: str, table: Table) -> None:
    if given not in known:
        raise TradeError(
            f"{name}_unknown",
            "The table of {reporter} for {period} has no {name} {value!r}. It has: {known}.",
            name,
            reporter=table.reporter,
            period=table.period,
            name=name,
            value=given[:20],
            known=", ".join(known),
        )


def _row(made: Made, number: str, measure: str, place: tuple[str, str, str], whole: bool) -> Mapping[str, Any]:
    found: dict[str, Any] = {"id": number, "measure": measure}
    for flow in FLOWS:
        key = CellKey(flow, place[0], place[1], measure, place[2])
        figure = made.table.figures[key]
        held = made.controlled.held_back.get(key, "")
        shown = figure.value if whole or not held else None
        found[flow] = None if shown is None else in_major(shown, made.decimals)
        found[f"{flow}_at_least"] = figure.at_least and (whole or not held)
        found[f"{flow}_held_back"] = (held or None) if whole else (bool(held) or None) and "held_back"
    found["at_least"] = found[f"{EXPORTS}_at_least"] or found[f"{IMPORTS}_at_least"]
    return found
