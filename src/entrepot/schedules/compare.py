"""compare: which lines' rates differ between two schedules, or between a schedule and the pack's own rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from entrepot.law.rates import Rate
from entrepot.law.read import Row

#: What tells the rates of one code apart.
Key = tuple[str, str, str, str]
Column = Mapping[str, Rate]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that differs. `before` or `after` is None where the one side has none for the code."""

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
    """What differs between two sets of tariff rows, by treatment and then by code; of certain `codes` where some are.

    Codes of different lengths are compared by what reaches them: a rate of a longer code that only says again what its
    shorter code says is no difference, and one that both codes have is told once, of the shorter.
    """
    left, right = _columns(before), _columns(after)
    for key in sorted({*left, *right}):
        yield from _of_column(key, left.get(key, {}), right.get(key, {}), codes)


def _columns(rows: Iterable[Row]) -> dict[Key, dict[str, Rate]]:
    found: dict[Key, dict[str, Rate]] = defaultdict(dict)
    for row in rows:
        season = row["season"]
        dates = "..".join(f"{month:02}-{day:02}" for month, day in season) if season else ""
        found[row["treatment"], " ".join(row["origin"] or ()), dates, row["scope"] or ""][row["goods"]] = row["rate"]
    return found


def _of_column(key: Key, before: Column, after: Column, codes: tuple[str, ...]) -> Iterator[Change]:
    told: dict[str, tuple[Rate | None, Rate | None]] = {}
    for code in sorted(_spoken_of({*before, *after}, codes)):
        old, new = _reaching(before, code), _reaching(after, code)
        told[code] = old, new
        above = next((told[code[:n]] for n in range(len(code) - 1, 1, -1) if code[:n] in told), None)
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


def _spoken_of(there: set[str], codes: tuple[str, ...]) -> set[str]:
    """The codes to compare: all, or those that begin with certain ones, and these where there is none under them."""
    if not codes:
        return there
    under = {code for code in there if code.startswith(codes)}
    return under | {code for code in codes if not any(each.startswith(code) for each in under)}


def _reaching(column: Column, code: str) -> Rate | None:
    """The rate of the longest code that this one begins with. That there is none may be said, or not be said."""
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
    return "free" if rate.kind == "free" or (rate.kind == "share" and not rate.num) else rate.program
