"""Find the lines of the schedule for a goods code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from entrepot.law.compiled import Law, Memo, World
from entrepot.model import codes


class LineGroup(NamedTuple):
    """Lines of the schedule under a code with equal law for an origin: their codes, and the row of the first."""

    codes: tuple[str, ...]
    row: int


class LineMatch(NamedTuple):
    """What a goods code stands for: groups of lines with equal law; if none, the key and values of a reason.

    `assessed_as`: of a national code that the law does not have, although it has lines under the same six digits, the
    shorter code whose row applies.
    """

    groups: tuple[LineGroup, ...]
    reason: str = ""
    values: Mapping[str, str] = MappingProxyType({})
    assessed_as: str = ""


#: The heading of statistics for goods that are not specified. No duty can be told of it.
UNSPECIFIED = "9999"
#: Codes under a heading that are named, at most.
MAX_CODES = 12


@dataclass(slots=True)
class _Derived:
    """What this module stores with a law: lines by code, origin and `own_duty`, and what there is under a code."""

    matches: Memo[tuple[str, str, bool], LineMatch] = field(default_factory=Memo)
    under: Memo[str, tuple[str, dict[str, str]]] = field(default_factory=Memo)


def find_lines(law: Law, code: str, origin: str, own_duty: bool, world: World) -> LineMatch:
    """The lines of the schedule for a goods code and an origin, in groups with equal law. The result is stored.

    A full code gives one group. A short code gives the lines under it, and itself where the law has a row for it and
    its list of lines is not complete: the goods may be in a line that the pack does not have. Duties are compared only
    without `own_duty`, which is true if the caller gives the duty. A code that does not exist gives a reason.
    """
    memo, key = law.derived(_Derived).matches, (code, origin, own_duty)
    known = memo.get(key)
    return memo.store(key, _find_lines(law, code, origin, own_duty, world)) if known is None else known


def _find_lines(law: Law, code: str, origin: str, own_duty: bool, world: World) -> LineMatch:
    under = law.lines_under(code)
    if under:
        if _has_other_lines(law, code):
            under = [*under, code]
        groups: dict[tuple[object, ...], list[str]] = {}
        for line in under:
            groups.setdefault(_law_for(law, line, origin, own_duty), []).append(line)
        return LineMatch(tuple(LineGroup(tuple(lines), law.index[lines[0]]) for lines in groups.values()))
    lines = {code[:length] for length in range(6, len(code) + 1)}
    known = lines & set(law.index) or code[:6] in world.headings
    if not known or code.startswith(UNSPECIFIED):
        kind, values = codes_under(law, code, world)
        return LineMatch((), "hs_code.unknown", {"code": code, **codes.hint_values(kind, **values)})
    row = law.row_of(code)
    missing = len(code) > 6 and row >= 0 and law.codes[row] != code and bool(law.lines_under(code[:6]))
    return LineMatch((LineGroup((code,), row),), assessed_as=law.codes[row] if missing else "")


def codes_under(law: Law, code: str, world: World) -> tuple[str, dict[str, str]]:
    """What there is under the heading of a code, else in its chapter: a kind of `model.codes.HINTS`, and its values."""
    memo, heading = law.derived(_Derived).under, code[:4]
    return memo.get(heading) or memo.store(heading, _codes_under(heading, world))


def _codes_under(code: str, world: World) -> tuple[str, dict[str, str]]:
    if code == UNSPECIFIED:
        return "statistics_heading", {"heading": code}
    subheadings = [each for each in world.headings if len(each) == 6 and not each.startswith(UNSPECIFIED)]
    all_codes = [each for each in subheadings if each.startswith(code[:2])]
    near = [each for each in all_codes if len(code) == 4 and each.startswith(code)]
    if near:
        shown = near if len(near) <= MAX_CODES else [*near[:MAX_CODES], "…"]
        return "under_heading", {"heading": code, "codes": ", ".join(shown)}
    if all_codes:
        return "in_chapter", {"chapter": code[:2], "first": min(all_codes)[:4], "last": max(all_codes)[:4]}
    return "no_chapter", {"chapter": code[:2]}


def _has_other_lines(law: Law, code: str) -> bool:
    """Whether the row of a short code applies to lines that the law does not have."""
    column, row = law.by_name.get("tariff:mfn", -1), law.index.get(code, -1)
    if row < 0 or column < 0 or law.columns[column].complete:
        return False
    return bool(law.group(column, row)) and code not in law.divided


def _law_for(law: Law, line: str, origin: str, own_duty: bool) -> tuple[object, ...]:
    """The law for a line and an origin, without its location: lines with equal results are interchangeable."""
    row = law.index[line]
    cells = []
    for index, column in enumerate(law.columns):
        kind, _, name = column.name.partition(":")
        if kind == "tariff" and (own_duty or not _concerns(law, name, origin)):
            continue
        group = [entry for entry in law.group(index, row) if entry.origin is None or entry.origin.has(origin)]
        shown = group[:1] if kind in ("tariff", "additional") else group
        cells.append(tuple((entry.rate, entry.name, entry.unit_value) for entry in shown))
    return tuple(cells), tuple(prefix for prefix in law.prefixes() if line.startswith(prefix))


def _concerns(law: Law, treatment: str, origin: str) -> bool:
    """Whether a treatment can apply to goods of an origin."""
    if treatment in ("mfn", "general"):
        return (treatment == "general") == bool(law.normal and origin not in law.normal)
    return treatment == "provisional" or any(each.id == treatment and origin in each.members for each in law.treatments)
