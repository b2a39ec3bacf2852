"""lines: which line of the schedule does a code stand for?"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.law.compiled import Law, Memo, World

#: The line, its row, and where there is none the key and the values of the reason.
Placed = tuple[str, int, str, dict[str, str]]


@dataclass(slots=True)
class _Derived:
    """What this module keeps with a law, by code, origin and `own_duty`."""

    placed: Memo[tuple[str, str, bool], Placed] = field(default_factory=Memo)


def placed(law: Law, code: str, origin: str, own_duty: bool, world: World) -> Placed:
    """The line of the schedule that a code of goods from an origin stands for.

    Remembered for the next sale of such goods.

    A short code stands for the lines under it where the law says the same of all of them (of duty only where the caller
    does not give it, `own_duty`); otherwise, and where there is no such code, the key of a reason comes back.
    """
    memo, key = law.derived(_Derived).placed, (code, origin, own_duty)
    known = memo.get(key)
    return memo.keep(key, _placed(law, code, origin, own_duty, world)) if known is None else known


def _placed(law: Law, code: str, origin: str, own_duty: bool, world: World) -> Placed:
    under = law.under(code)
    if under:
        if len({_says(law, line, origin, own_duty) for line in under}) > 1:
            shown = ", ".join(under[:12]) + (" …" if len(under) > 12 else "")
            return code, -1, "hs_code.ambiguous", {"code": code, "lines": shown}
        return under[0], law.index[under[0]], "", {}
    lines = {code[:length] for length in range(6, len(code) + 1)}
    if not lines & set(law.index) and code[:6] not in world.headings:
        near = [each for each in world.headings if len(each) == 6 and each.startswith(code[:4])]
        hint = f"Under {code[:4]} there are: {', '.join(near[:12])}." if near else "There is no such heading."
        return code, -1, "hs_code.unknown", {"code": code, "hint": hint}
    return code, law.row_of(code), "", {}


def _says(law: Law, line: str, origin: str, own_duty: bool) -> tuple[object, ...]:
    """What the law says of a line from an origin, whoever says it.

    Two lines of which it says the same may stand for each other.
    """
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
    """Whether a treatment may bear on goods of an origin."""
    if treatment in ("mfn", "general"):
        return (treatment == "general") == bool(law.normal and origin not in law.normal)
    return treatment == "provisional" or any(each.id == treatment and origin in each.members for each in law.treatments)
