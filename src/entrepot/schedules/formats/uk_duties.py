"""Read a duty as the tables of the United Kingdom write it: `14.00% + 253.00 GBP/100kg`, `8.00% (01 NOV - 30 APR)`.

The tables write units in several ways. They are converted to the text that the Trade Tariff prints, which
`gb.duty_grammar` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from entrepot.model.errors import in_quotes
from entrepot.schedules.formats.gb.duty_grammar import SPELLINGS, read_printed

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: number for number, name in enumerate(_MONTHS, 1)}
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SPECIFIC = re.compile(r"(\d+(?:\.\d+)?) ?(GBP|EUR) ?/ ?(.+?)(?= ?\+| MIN| MAX|$)")
_SEASONAL = re.compile(r"([^()]+?) ?\(([^()]+)\)(?:\s*[,;]\s*|$)")
_PERIOD = re.compile(r"(\d{1,2})(?: ([A-Z]{3,4}))? ?- ?(\d{1,2}) +([A-Z]{3,4})|(\d{2})-(\d{2}) to (\d{2})-(\d{2})")


class Duty(NamedTuple):
    """A rate, and the season in which it applies; '' for all year."""

    rate: str
    season: str = ""


@lru_cache(maxsize=16384)
def read_duties(text: str) -> tuple[Duty, ...]:
    """The rates of a cell, one for each season. Raises ValueError if the cell cannot be read.

    >>> read_duties("15.40% + 303.40 EUR / 100 kg")
    (Duty(rate='15.4 % + 303.4 EUR/100kg', season=''),)
    >>> [each.season for each in read_duties("14.00% (01 JUL - 31 JAN), 0.00% (01 FEB - 30 JUN)")]
    ['07-01..01-31', '02-01..06-30']
    """
    text = " ".join(text.replace("€", " EUR").split())
    if "(" not in text:
        return (Duty(read_duty(text)),)
    parts = _SEASONAL.findall(text)
    if not parts or _SEASONAL.sub("", text).strip():
        raise ValueError("the seasons of the duty cannot be read")
    return tuple(Duty(read_duty(duty), season) for duty, said in parts for season in read_seasons(said))


def read_duty(text: str) -> str:
    """The rate of a duty without seasons. Raises ValueError.

    >>> read_duty("11.5 % MIN 11.00 GBP/100 kg MAX 12.00 GBP/100 kg")
    'min(max(11.5 %, 11 GBP/100kg), 12 GBP/100kg)'
    >>> read_duty("42.00 GBP/100kg mas")
    Traceback (most recent call last):
    ValueError: the unit "100kg mas" is not one that a sale states
    """
    return read_printed(_SPECIFIC.sub(_as_printed, _THOUSANDS.sub("", text)))


def _as_printed(found: re.Match[str]) -> str:
    unit = re.sub(r"\s", "", found[3])
    if unit not in SPELLINGS:
        raise ValueError(f"the unit {in_quotes(found[3])} is not one that a sale states")
    return f"{found[1]} {found[2]} / {SPELLINGS[unit]}"


def read_seasons(text: str) -> Iterator[str]:
    """The seasons of a text. Raises ValueError.

    >>> list(read_seasons("01-07 to 31-01"))
    ['07-01..01-31']
    """
    for period in text.split(","):
        found = _PERIOD.fullmatch(period.strip())
        if found is None:
            raise ValueError(f"the season {in_quotes(text)} cannot be read")
        if found[5]:
            first, last = (int(found[6]), int(found[5])), (int(found[8]), int(found[7]))
        else:
            months = [MONTHS.get((word or found[4])[:3], 0) for word in (found[2], found[4])]
            first, last = (months[0], int(found[1])), (months[1], int(found[3]))
        for month, day in (first, last):
            if not 1 <= month <= 12 or not 1 <= day <= DAYS[month - 1]:
                raise ValueError(f"the season {in_quotes(text)} has a day that does not exist")
        yield f"{first[0]:02}-{first[1]:02}..{last[0]:02}-{last[1]:02}"
