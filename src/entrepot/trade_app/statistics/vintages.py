"""What was published, kept as it was: each export of a table is a vintage, and a later one shows what was revised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from entrepot.data_files import write_whole
from entrepot.measure.cube import COLUMNS, CREDIT, DEBIT, Observation
from entrepot.measure.periods import frequency
from entrepot.measure.template import ROWS
from entrepot.measure.transactions import ALL_PRODUCTS, EXPORTS, FLOWS, TOTAL_ECONOMY
from entrepot.trade_app.statistics.making import VALUATIONS


class Vintage(msgspec.Struct, frozen=True, kw_only=True):
    """A published table. `made`: when (RFC 3339); `values`: of each observation by its dimensions, "" where none.

    `statuses`: of observations without a value, O (not known) or Q (held back); `at_least`: those of which a part is
    not known.
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
    found = []
    for valuation in VALUATIONS:
        like = Vintage(reporter=reporter, period=period, currency=currency, valuation=valuation, made="", values={})
        if (last := latest(data, like)) is not None:
            found.append(last)
    return found


def last_until(data: Path, reporter: str, period: str, currency: str, moment: str) -> list[Vintage]:
    """As `last_of`, as it was at a moment (RFC 3339)."""
    found = []
    for valuation in VALUATIONS:
        like = Vintage(reporter=reporter, period=period, currency=currency, valuation=valuation, made="", values={})
        known = (each for each in reversed(_kept(data, like)) if _time(each.made) <= _time(moment))
        found += [last for last in (next(known, None),) if last is not None]
    return found


def hold_back_as_before(data: Path, found: Sequence[Observation], valuation: str) -> list[Observation]:
    """Observations without those that the table of another valuation, as it was published last, holds back.

    Valuations differ by the freight only: what is held back in one would be known closely enough from the other.
    """
    first = found[0]
    others = last_of(data, first.ref_area, first.time_period, first.unit_measure)
    held = {
        key
        for each in others
        if each.valuation != valuation
        for key, value in each.values.items()
        if each.statuses.get(key, "Q") == "Q" and not value
    }
    return [
        each._replace(obs_value="", obs_status="Q", conf_status="C", at_least="N") if key_of(each) in held else each
        for each in found
    ]


def keep(data: Path, new: Vintage) -> tuple[Revision, ...]:
    """Keep a vintage, unless it equals the last one. Returns what it revises of that. Raises OSError."""
    folder = _folder(data, new)
    before = latest(data, new)
    if before is not None and msgspec.structs.replace(before, made=new.made) == new:
        return ()
    number = len(list(folder.glob("*.json"))) + 1 if folder.is_dir() else 1
    write_whole(folder / f"{number:06d}.json", msgspec.json.encode(new))
    return revisions(before, new)


def latest(data: Path, like: Vintage) -> Vintage | None:
    """The last vintage of a table."""
    folder = _folder(data, like)
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return msgspec.json.decode(files[-1].read_bytes(), type=Vintage) if files else None


def _kept(data: Path, like: Vintage) -> list[Vintage]:
    """All vintages of a table, the oldest first."""
    folder = _folder(data, like)
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return [msgspec.json.decode(each.read_bytes(), type=Vintage) for each in files]


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
