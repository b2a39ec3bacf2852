"""The MFN rates of duty of goods, as the schedule writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.law.compiled import Law, Memo

#: The maximum number of different rates that are listed for one code.
MAX_RATES = 3


@dataclass(slots=True)
class _Derived:
    """What this module stores with a law: the rates, by code."""

    rates: Memo[str, tuple[str, ...]] = field(default_factory=Memo)


def duty_of(law: Law, code: str) -> tuple[str, ...]:
    """The MFN rates of a code, or of the lines under it; empty if none is known, or if there are too many."""
    memo = law.derived(_Derived).rates
    known = memo.get(code)
    return memo.store(code, _duty_of(law, code)) if known is None else known


def _duty_of(law: Law, code: str) -> tuple[str, ...]:
    column = law.by_name.get("tariff:mfn", -1)
    if column < 0:
        return ()
    found: dict[str, None] = {}
    for line in law.lines_under(code) or [code]:
        row = law.row_of(line)
        entries = [each for each in law.group(column, row) if each.origin is None and each.rate >= 0]
        if entries:
            found[law.rates[entries[0].rate].text] = None
    return tuple(found) if len(found) <= MAX_RATES else ()
