"""Periods of statistics: years, quarters and months, as SDMX writes them."""

from __future__ import annotations

import re

from entrepot.model.errors import TradeError

_PERIOD = re.compile(r"([1-9]\d{3})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?\Z")


def months_of(period: str) -> tuple[str, ...]:
    """The months of a period. Raises TradeError.

    >>> months_of("2026-Q2"), len(months_of("2026")), months_of("2026-03")
    (('2026-04', '2026-05', '2026-06'), 12, ('2026-03',))
    """
    found = _PERIOD.match(period)
    if not found:
        raise TradeError(
            "period_invalid",
            "{period!r} is not a period. Write a year (2026), a quarter (2026-Q1) or a month (2026-03).",
            "period",
            period=period[:40],
        )
    year, quarter, month = found.groups()
    first, last = 1, 12
    if quarter:
        first, last = 3 * int(quarter) - 2, 3 * int(quarter)
    elif month:
        first = last = int(month)
    return tuple(f"{year}-{number:02d}" for number in range(first, last + 1))


def frequency(period: str) -> str:
    """The code of a frequency in CL_FREQ of SDMX: A, Q or M.

    >>> frequency("2026"), frequency("2026-Q1"), frequency("2026-01")
    ('A', 'Q', 'M')
    """
    return "A" if len(period) == 4 else "Q" if "Q" in period else "M"


def neighbours(period: str) -> tuple[str, str]:
    """The period before and the one after, of the same length. Raises TradeError.

    >>> neighbours("2026"), neighbours("2026-Q1"), neighbours("2026-12")
    (('2025', '2027'), ('2025-Q4', '2026-Q2'), ('2026-11', '2027-01'))
    """
    months_of(period)
    year = int(period[:4])
    if len(period) == 4:
        return f"{year - 1:04d}", f"{year + 1:04d}"
    most, part = (4, int(period[-1])) if "Q" in period else (12, int(period[-2:]))
    before, after = (divmod(year * most + part - 1 + step, most) for step in (-1, 1))
    mark, width = ("Q", 1) if most == 4 else ("", 2)
    return f"{before[0]:04d}-{mark}{before[1] + 1:0{width}d}", f"{after[0]:04d}-{mark}{after[1] + 1:0{width}d}"
