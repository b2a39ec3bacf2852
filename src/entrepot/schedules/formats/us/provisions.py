"""Chapters 98 and 99: what they grant to, and add to, the goods of other chapters that refer to them.

The lines of these two chapters are not goods and produce no rows of their own. References from other lines (`See
9822.04.25 (AU)`) and footnotes (`See 9903.88.15`) are resolved here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from entrepot.schedules.formats.us.lines import Line
from entrepot.schedules.formats.us.programs import PROGRAMS, read_special
from entrepot.schedules.formats.us.rates import read_text
from entrepot.schedules.parsed import AdditionalDuty, Row

#: The headings of additional duties in footnotes: first digits -> the programme of the packs, and the origin. Section
#: 201 (9903.45), retaliation against countries other than China (9903.89) and column 2 of Russia (9903.90) are not
#: programmes of the pack; a footnote with them remains a reference.
ADDED = {
    "990388": ("section_301_china", "CN"),
    "990391": ("section_301_china", "CN"),
    "990374": ("section_232", ""),
    "990376": ("section_232", ""),
    "990378": ("section_232", ""),
    "990380": ("section_232", ""),
    "990381": ("section_232", ""),
    "990382": ("section_232", ""),
    "990385": ("section_232", ""),
    "990394": ("section_232", ""),
}

_SUBHEADING = re.compile(r"\b\d{4}[.,]\d\d[.,]\d\d\b")
_HEADING = re.compile(r"\b99\d\d\.\d\d\.\d\d\b")


class _Grant(msgspec.Struct, frozen=True):
    """A grant of a line of chapters 98 or 99 under a program: to the subheadings it names, or to all goods."""

    code: str
    rate: str
    goods: frozenset[str]
    origin: str


class Provisions:
    """The lines of chapters 98 and 99."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._grants: dict[str, list[_Grant]] = {}
        self._added: dict[str, str] = {}
        for line in lines:
            if len(line.code) >= 8 and line.chapter in ("98", "99"):
                self._add(line)

    def _add(self, line: Line) -> None:
        code = line.code[:8]
        parsed = read_text(line.general) if line.general else None
        if parsed is not None and parsed.kind == "added" and "suspended" not in line.description:
            self._added[code] = parsed.rate
        try:
            grants = read_special(line.special)
        except ValueError:
            return  # a rate without programs applies to the heading's own goods of any origin
        goods = frozenset(re.sub("[.,]", "", each) for each in _SUBHEADING.findall(line.description) or _above(line))
        origin = _origin(line)
        for grant in grants:
            rate = read_text(grant.text).rate
            for program in grant.programs:
                entry = _Grant(code, rate, goods, origin)
                self._grants.setdefault(program, []).append(entry)

    def rows_for(self, goods: str, program: str, see: tuple[tuple[str, str], ...], text: str) -> list[Row]:
        """The rows of named headings for goods under a program: for part of the goods, within limits and on conditions.

        If the headings have several rates for the same goods of one origin, the row has the text. A heading that
        grants the program nothing produces no row.
        """
        found: dict[str, dict[str, str]] = {}
        for grant in self._grants.get(program, ()):
            named = any(first <= grant.code <= last for first, last in see)
            if named and (not grant.goods or goods[:8] in grant.goods):
                found.setdefault(grant.origin, {})[grant.code] = grant.rate
        rows = []
        for origin, rates in found.items():
            # Under S+ goods of Canada have one rate within limits and one beyond; a single rate may be the latter.
            one = len(set(rates.values())) == 1 and (program != "S+" or origin == "MX")
            listed = "; ".join(f"{code[:4]}.{code[4:6]}.{code[6:]} {rate}" for code, rate in rates.items())
            rate = next(iter(rates.values())) if one else f"text:{text}"
            treatment = PROGRAMS[program].treatment
            note = f"{text} ({program}): {listed}" if one else listed
            rows.append(Row(goods=goods, treatment=treatment, rate=rate, origin=origin, scope="part", note=note))
        return rows

    def extras(self, goods: str, footnotes: Iterable[str]) -> tuple[list[AdditionalDuty], list[str]]:
        """The additional duties named by the footnotes of goods, and the headings that remain references.

        The rate is that of the heading if it is the only one of its programme and states one; a second may be an
        exclusion from the first, or an addition to it. Goods of China then produce no row: the pack has one for all of
        them, and for some a rate that an unknown row with a longer code would hide.
        """
        named = list(dict.fromkeys(code for note in footnotes for code in _HEADING.findall(note)))
        by_programme: dict[tuple[str, str], list[str]] = {}
        left = []
        for heading in named:
            whose = ADDED.get(heading.replace(".", "")[:6])
            if whose is None:
                left.append(heading)
            else:
                by_programme.setdefault(whose, []).append(heading)
        extras = []
        for (programme, origin), headings in by_programme.items():
            rate = "unknown"
            if programme == "section_301_china":
                known = self._added.get(headings[0].replace(".", "")) if len(headings) == 1 else None
                if known is None:
                    left += headings
                    continue
                rate = known
            name = ", ".join(headings)
            extras.append(AdditionalDuty(programme=programme, goods=goods, rate=rate, name=name, origin=origin))
        return extras, left


def _origin(line: Line) -> str:
    """The origin of a line under S+.

    Goods of Mexico are one line each; those of Canada are under a heading that says so.
    """
    if "Goods of Mexico" in line.description:
        return "MX"
    above = " ".join(line.above)
    canada = "Goods of Canada" in line.description or ("Goods of Canada" in above and "Goods of Mexico" not in above)
    return "CA" if canada else ""


def _above(line: Line) -> list[str]:
    """The subheadings named by the nearest heading above."""
    for words in reversed(line.above):
        found = _SUBHEADING.findall(words)
        if found:
            return list(found)
    return []
