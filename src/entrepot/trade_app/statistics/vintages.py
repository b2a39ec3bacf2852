"""What was published, kept as it was: each export of a table is a vintage, and a later one shows what was revised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec

from entrepot.data_files import write_whole
from entrepot.measure.cube import COLUMNS, CREDIT, DEBIT, Observation
from entrepot.measure.earlier import Earlier, History, Record
from entrepot.measure.periods import frequency
from entrepot.measure.tables import CellKey
from entrepot.measure.template import ROWS
from entrepot.measure.transactions import ALL_PRODUCTS, EXPORTS, FLOWS, IMPORTS, TOTAL_ECONOMY
from entrepot.model.money import in_minor
from entrepot.trade_app.statistics.making import VALUATIONS


class Vintage(msgspec.Struct, frozen=True, kw_only=True):
    """A published table. `made`: when (RFC 3339); `values`: of each observation by its dimensions, "" where none.

    `statuses`: of observations without a value, O (not known) or Q (held back); `at_least`: those of which a part is
    not known. A table with products and one without are two series.
    """

    reporter: str
    period: str
    currency: str
    valuation: str
    made: str
    values: Mapping[str, str]
    statuses: Mapping[str, str] = {}
    at_least: tuple[str, ...] = ()
    format: int = 1

    @property
    def has_products(self) -> bool:
        """Whether it has figures of single products."""
        return any(cell_of(key).product != ALL_PRODUCTS for key in self.values)


class Revision(msgspec.Struct, frozen=True):
    """A figure that differs from the vintage before."""

    key: str
    before: str
    after: str


def vintage_of(found: Sequence[Observation], valuation: str, made: str) -> Vintage:
    """The vintage of observations of one table."""
    first = found[0]
    return Vintage(
        reporter=first.ref_area,
        period=first.time_period,
        currency=first.unit_measure,
        valuation=valuation,
        made=made,
        values={key_of(each): each.obs_value for each in found},
        statuses={key_of(each): each.obs_status for each in found if each.obs_status != "A"},
        at_least=tuple(key_of(each) for each in found if each.at_least == "Y"),
    )


def key_of(each: Observation) -> str:
    """The dimensions of an observation as one text, as SDMX writes the key of a series."""
    return ".".join(each[: COLUMNS.index("TIME_PERIOD")])


def cell_of(key: str) -> CellKey:
    """The place in a table of what has this key."""
    _freq, _reporter, partner, sector, entry, measure, product, _unit = key.split(".")
    return CellKey(EXPORTS if entry == CREDIT else IMPORTS, partner, sector, measure.lower(), product)


def _folder(data: Path, like: Vintage) -> Path:
    name = f"{like.reporter}_{like.period}_{like.currency}_{like.valuation}"
    return data / "statistics" / "vintages" / name


def keys_of(vintage: Vintage, partner: str) -> Iterator[tuple[str, str, str]]:
    """The flow, the measure and the key of the figures of the whole economy with a partner."""
    begin = f"{frequency(vintage.period)}.{vintage.reporter}.{partner}.{TOTAL_ECONOMY}"
    for flow in FLOWS:
        for row in ROWS:
            entry = CREDIT if flow == EXPORTS else DEBIT
            yield flow, row.measure, f"{begin}.{entry}.{row.measure.upper()}.{ALL_PRODUCTS}.{vintage.currency}"


def last_of(data: Path, reporter: str, period: str, currency: str) -> list[Vintage]:
    """The last vintage of each valuation that was exported for a period, checked by the caller to be one."""
    series = (_newest_first(data, reporter, period, currency, valuation) for valuation in VALUATIONS)
    return [last for each in series if (last := next(each, None)) is not None]


def last_until(data: Path, reporter: str, period: str, currency: str, moment: str) -> list[Vintage]:
    """As `last_of`, as it was at a moment (RFC 3339)."""
    series = (_newest_first(data, reporter, period, currency, valuation) for valuation in VALUATIONS)
    known = ((each for each in one if _time(each.made) <= _time(moment)) for one in series)
    return [last for each in known if (last := next(each, None)) is not None]


def published_before(data: Path, reporter: str, period: str, currency: str) -> dict[CellKey, set[str]]:
    """The values that readers have of figures: from the last table of each valuation, with products and without."""
    found: dict[CellKey, set[str]] = {}
    for valuation in VALUATIONS:
        for with_products in (True, False):
            series = _newest_first(data, reporter, period, currency, valuation)
            last = next((each for each in series if each.has_products == with_products), None)
            for key, value in last.values.items() if last is not None else ():
                if value:
                    found.setdefault(cell_of(key), set()).add(value)
    return found


@contextmanager
def one_at_a_time(data: Path) -> Iterator[None]:
    """Let other exports of this node wait: each has to know what those before it have published. Raises OSError."""
    try:
        import fcntl  # noqa: PLC0415  # not on every system
    except ImportError:
        yield
        return
    folder = data / "statistics"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "export.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _Held(msgspec.Struct, frozen=True):
    """What this node alone knows of a vintage: figures that it holds back, in major units, and `earlier.Record`."""

    values: Mapping[str, str]
    figures: Mapping[str, tuple[str, ...]]
    older: Mapping[str, tuple[tuple[str, ...], ...]] = {}


def history_of(data: Path, place: tuple[str, str, str], of: str, decimals: int) -> History:
    """What earlier tables of a reporter, a period and a currency held back. `of`: the valuation of the new table."""
    tables: list[Earlier] = []
    values: dict[CellKey, int | None] = {}
    for valuation in VALUATIONS:
        for file, each in _last_files(data, place, valuation):
            keys = {key: cell_of(key) for key, value in each.values.items() if not value and _is_held(each, key)}
            kept = _read_held(file)
            record = None
            if kept is not None:
                figures = {cell_of(key): traders for key, traders in kept.figures.items()}
                record = Record(figures, kept.older)
            tables.append(Earlier(valuation, frozenset(keys.values()), record))
            if valuation == of:
                texts = {**each.values, **(kept.values if kept is not None else {})}
                values |= {cell_of(key): in_minor(Decimal(text), decimals) for key, text in texts.items() if text}
    return History(tuple(tables), {key: value for key, value in values.items() if value is not None})


def _is_held(vintage: Vintage, key: str) -> bool:
    return vintage.statuses.get(key, "Q") == "Q"


def _last_files(data: Path, place: tuple[str, str, str], valuation: str) -> Iterator[tuple[Path, Vintage]]:
    """The last vintages of a valuation, with products and without, the older one first."""
    found: dict[bool, tuple[Path, Vintage]] = {}
    for file, each in _files(data, *place, valuation):
        found.setdefault(each.has_products, (file, each))
        if len(found) == 2:
            break
    yield from sorted(found.values(), key=lambda each: each[0])


def _read_held(file: Path) -> _Held | None:
    try:
        return msgspec.json.decode(file.with_suffix(".held").read_bytes(), type=_Held)
    except FileNotFoundError:  # a vintage of before, or what was published elsewhere
        return None


def keep(
    data: Path, new: Vintage, record: Record | None = None, held: Mapping[str, str] | None = None
) -> tuple[Revision, ...]:
    """Keep a vintage, unless it equals the last one. Returns what it revises of that. Raises OSError.

    `record`, `held`: what this node alone knows of what it holds back, and the values; in a file beside it.
    """
    folder = _folder(data, new)
    last = next(((f, v) for f, v in _files(data, new.reporter, new.period, new.currency, new.valuation)
                 if v.has_products == new.has_products), None)  # fmt: skip
    same = last is not None and msgspec.structs.replace(last[1], made=new.made) == new
    number = len(list(folder.glob("*.json"))) + 1 if folder.is_dir() else 1
    file = last[0] if last is not None and same else folder / f"{number:06d}.json"
    if record is not None:
        by_cell = {cell_of(key): key for key in new.values}
        figures = {by_cell[cell]: traders for cell, traders in record.figures.items() if cell in by_cell}
        kept = _Held(held or {}, figures, record.older)
        write_whole(file.with_suffix(".held"), msgspec.json.encode(kept))
    if same:
        return ()
    write_whole(file, msgspec.json.encode(new))
    return revisions(last[1] if last is not None else None, new)


def latest(data: Path, like: Vintage) -> Vintage | None:
    """The last vintage of a table, with products or without, as `like` is."""
    series = _newest_first(data, like.reporter, like.period, like.currency, like.valuation)
    return next((each for each in series if each.has_products == like.has_products), None)


def _newest_first(data: Path, reporter: str, period: str, currency: str, valuation: str) -> Iterator[Vintage]:
    """All vintages of a valuation, with products and without."""
    return (each for _file, each in _files(data, reporter, period, currency, valuation))


def _files(data: Path, reporter: str, period: str, currency: str, valuation: str) -> Iterator[tuple[Path, Vintage]]:
    like = Vintage(reporter=reporter, period=period, currency=currency, valuation=valuation, made="", values={})
    folder = _folder(data, like)
    for file in sorted(folder.glob("*.json"), reverse=True) if folder.is_dir() else ():
        yield file, msgspec.json.decode(file.read_bytes(), type=Vintage)


def _time(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def revisions(before: Vintage | None, after: Vintage) -> tuple[Revision, ...]:
    """The figures that differ between two vintages of a table."""
    if before is None:
        return ()
    keys = sorted({*before.values, *after.values})
    pairs = [(key, before.values.get(key, ""), after.values.get(key, "")) for key in keys]
    return tuple(Revision(*each) for each in pairs if each[1] != each[2])
