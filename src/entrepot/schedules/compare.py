"""Compare two schedules, or a schedule and the rows of the pack: which rates differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from entrepot.law.rates import Rate
from entrepot.law.read import Row

#: Treatment, origin, season and scope: a code has one rate for each.
Key = tuple[str, str, str, str]
Column = Mapping[str, Rate]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that differs. `before` or `after` is None if that side has none for the code."""

    treatment: str
    origin: str
    season: str
    scope: str
    goods: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """`changes`, `begins` or `ends`."""
        if self.before is None:
            return "begins"
        return "ends" if self.after is None else "changes"


def differences(before: Iterable[Row], after: Iterable[Row], codes: tuple[str, ...] = ()) -> Iterator[Change]:
    """The differences between two sets of tariff rows, by treatment and then by code; only for some `codes` if given.

    Codes of different lengths are compared by the rates that apply to them: a rate of a longer code that repeats its
    shorter code is no difference, and a difference that both codes have is reported once, for the shorter.
    """
    left, right = _columns(before), _columns(after)
    for key in sorted({*left, *right}):
        yield from _column_differences(key, left.get(key, {}), right.get(key, {}), codes)


def _columns(rows: Iterable[Row]) -> dict[Key, dict[str, Rate]]:
    found: dict[Key, dict[str, Rate]] = defaultdict(dict)
    for row in rows:
        season = row["season"]
        dates = "..".join(f"{month:02}-{day:02}" for month, day in season) if season else ""
        found[row["treatment"], " ".join(row["origin"] or ()), dates, row["scope"] or ""][row["goods"]] = row["rate"]
    return found


def _column_differences(key: Key, before: Column, after: Column, codes: tuple[str, ...]) -> Iterator[Change]:
    compared: dict[str, tuple[Rate | None, Rate | None]] = {}
    for code in sorted(_codes_to_compare({*before, *after}, codes)):
        old, new = _rate_for(before, code), _rate_for(after, code)
        compared[code] = old, new
        above = next((compared[code[:n]] for n in range(len(code) - 1, 1, -1) if code[:n] in compared), None)
        if _same(old, new) or (above is not None and _same(above[0], old) and _same(above[1], new)):
            continue
        treatment, origin, season, scope = key
        yield Change(
            treatment=treatment,
            origin=origin,
            season=season,
            scope=scope,
            goods=code,
            before=old.text if old is not None else None,
            after=new.text if new is not None else None,
        )


def _codes_to_compare(codes_there: set[str], codes: tuple[str, ...]) -> set[str]:
    """The codes to compare: all, or those that begin with one of `codes`, and each of `codes` without one under it."""
    if not codes:
        return codes_there
    under = {code for code in codes_there if code.startswith(codes)}
    return under | {code for code in codes if not any(each.startswith(code) for each in under)}


def _rate_for(column: Column, code: str) -> Rate | None:
    """The rate of the longest code that this one begins with; None if there is none, stated or not."""
    prefixes = (code[:length] for length in range(len(code), 1, -1))
    found = next((column[prefix] for prefix in prefixes if prefix in column), column.get("*"))
    return None if found is not None and found.kind == "none" else found


def _same(one: Rate | None, other: Rate | None) -> bool:
    """Whether two rates mean the same: 10 % is 10.0 %, and free is 0 %."""
    if one is None or other is None:
        return one is other
    return one.text == other.text or (one.kind != "text" and _meaning(one) == _meaning(other))


def _meaning(rate: Rate) -> object:
    if rate.kind == "unknown":
        return rate.kind
    if rate.kind == "range":
        return rate.low and _meaning(rate.low), rate.high and _meaning(rate.high)
    return "free" if rate.kind == "free" or (rate.kind == "share" and not rate.num) else rate.program
