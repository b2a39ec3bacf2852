"""Read the Special column: the programs it names, their rates, and the treatments of the packs.

    Free (A+,AU,BH,…,S,SG) See 9823.01.01-9823.01.07 (S+)  ->  [Grant("Free", ("A+", "AU", …)), Grant("See …", ("S+",))]

A code corresponds to a treatment of the packs, which state its members on a day. A program that has lapsed has no
members and so grants nothing, although the schedule still prints its code.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from lark import Lark, Transformer
from lark.exceptions import LarkError

from entrepot.model.errors import in_quotes

GRAMMAR = r"""
    start: grant+
    grant: RATE "(" programs ("(" programs)* ")"
    programs: SEPARATOR? PROGRAM (SEPARATOR PROGRAM)* SEPARATOR?
    RATE: /[^()]+/
    PROGRAM: /[A-Z]{1,2}[+*]?/
    SEPARATOR: /[\s,]+/
"""


class Grant(msgspec.Struct, frozen=True):
    """A rate of the Special column, in its own words, and its programs."""

    text: str
    programs: tuple[str, ...]


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program of the Special column.

    `treatment`: its id in the packs, empty for a program that ended before the packs begin or has no law here. `sure`:
    false if general notes exclude members that the schedule itself does not name: the rate is then unknown. `use`: the
    use of the goods, if the code does not depend on origin; `origin`: the only origin.
    """

    treatment: str = ""
    sure: bool = True
    use: str = ""
    origin: str = ""


#: The codes of general note 3(c)(i). Those that ended: J is the Andean Trade Preference Act (2013-07-31), CA and MX
#: the North American Free Trade Agreement (2020-07-01, since then S).
PROGRAMS: dict[str, Program] = {
    "A": Program(treatment="gsp"),
    "A*": Program(treatment="gsp", sure=False),
    "A+": Program(treatment="gsp_ldc"),
    "AU": Program(treatment="au_us"),
    "B": Program(treatment="mfn", use="automotive products for original equipment", origin="CA"),
    "BH": Program(treatment="bh_us"),
    "C": Program(treatment="mfn", use="civil aircraft"),
    "CA": Program(),
    "CL": Program(treatment="cl_us"),
    "CO": Program(treatment="co_us"),
    "D": Program(treatment="agoa"),
    "E": Program(treatment="cbera"),
    "E*": Program(treatment="cbera", sure=False),
    "IL": Program(treatment="il_us"),
    "J": Program(),
    "J*": Program(),
    "J+": Program(),
    "JO": Program(treatment="jo_us"),
    "JP": Program(treatment="jp_us"),
    "K": Program(treatment="mfn", use="pharmaceutical products"),
    "KR": Program(treatment="kr_us"),
    "L": Program(treatment="mfn", use="intermediate chemicals for dyes"),
    "MA": Program(treatment="ma_us"),
    "MX": Program(),
    "NP": Program(treatment="nepal_preference"),
    "OM": Program(treatment="om_us"),
    "P": Program(treatment="cafta_dr"),
    "P+": Program(treatment="cafta_dr"),
    "PA": Program(treatment="pa_us"),
    "PE": Program(treatment="pe_us"),
    "R": Program(treatment="cbtpa"),
    "S": Program(treatment="usmca"),
    "S+": Program(treatment="usmca"),
    "SG": Program(treatment="sg_us"),
}

#: Every treatment that the schedule covers completely: if it has no rate for one, there is none.
TREATMENTS = tuple(sorted({"general", *(program.treatment for program in PROGRAMS.values() if program.treatment)}))


class _Reader(Transformer[Any, Any]):
    """Converts the tree of a cell to its grants. The names of the methods are those of the grammar's rules."""

    def start(self, found: list[Any]) -> tuple[Grant, ...]:
        """All grants, in their order."""
        return tuple(found)

    def grant(self, found: list[Any]) -> Grant:
        """A rate and its programs; a bracket that is printed twice does not begin another list."""
        programs = dict.fromkeys(code for listed in found[1:] for code in listed)
        return Grant(" ".join(str(found[0]).split()), tuple(programs))

    def programs(self, found: list[Any]) -> tuple[str, ...]:
        """The codes."""
        return tuple(str(each) for each in found if each.type == "PROGRAM")


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Reader())


@lru_cache(maxsize=4096)
def read_special(text: str) -> tuple[Grant, ...]:
    """The grants of a cell of the Special column. Raises ValueError if it is not a list of them.

    >>> read_special("Free (A,AU, S)16.6% (E)")
    (Grant(text='Free', programs=('A', 'AU', 'S')), Grant(text='16.6%', programs=('E',)))
    >>> read_special("Free")
    Traceback (most recent call last):
    ValueError: "Free" names no programs in brackets.
    """
    try:
        return _parser().parse(text.strip())  # type: ignore[return-value]  # the transformer yields no tree
    except LarkError:
        raise ValueError(f"{in_quotes(text)} names no programs in brackets.") from None


def write_special(grants: tuple[Grant, ...]) -> str:
    """The text of the cell as the schedule would write it.

    >>> write_special(read_special("Free (A,AU, S)16.6% (E)"))
    'Free (A,AU,S) 16.6% (E)'
    """
    return " ".join(f"{grant.text} ({','.join(grant.programs)})" for grant in grants)
