"""Find the line of the schedule for a goods code."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.law.compiled import Law, Memo, World

#: The line and its row; if there is none, -1 and the key and values of a reason.
LineMatch = tuple[str, int, str, dict[str, str]]


@dataclass(slots=True)
class _Derived:
    """What this module stores with a law, by code, origin and `own_duty`."""

    matches: Memo[tuple[str, str, bool], LineMatch] = field(default_factory=Memo)


def find_line(law: Law, code: str, origin: str, own_duty: bool, world: World) -> LineMatch:
    """The line of the schedule for a goods code and an origin. The result is remembered with the law.

    A short code matches if the law is the same for all lines under it; duties are compared only with `own_duty`, which
    is false if the caller gives the duty. If the lines differ, or the code does not exist, the match has the key of a
    reason.
    """
    memo, key = law.derived(_Derived).matches, (code, origin, own_duty)
    known = memo.get(key)
    return memo.store(key, _find_line(law, code, origin, own_duty, world)) if known is None else known


def _find_line(law: Law, code: str, origin: str, own_duty: bool, world: World) -> LineMatch:
    under = law.lines_under(code)
    if under:
        if len({_law_for(law, line, origin, own_duty) for line in under}) > 1:
            shown = ", ".join(under[:12]) + (" …" if len(under) > 12 else "")
            return code, -1, "hs_code.ambiguous", {"code": code, "lines": shown}
        return under[0], law.index[under[0]], "", {}
    lines = {code[:length] for length in range(6, len(code) + 1)}
    if not lines & set(law.index) and code[:6] not in world.headings:
        near = [each for each in world.headings if len(each) == 6 and each.startswith(code[:4])]
        hint = f"Under {code[:4]} there are: {', '.join(near[:12])}." if near else "This heading does not exist."
        return code, -1, "hs_code.unknown", {"code": code, "hint": hint}
    return code, law.row_of(code), "", {}


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
