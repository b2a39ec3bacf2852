"""Convert a cell of Japan's schedule to rates, each with its origin, season and part of the line.

関税割当数量以内のもの　無税 / その他のもの　10%      free for a part; 10 %
（マレーシアに対する待遇）　3% / （他の締約国に対する待遇）　1%    3 % for MY; 1 % for !MY
●無税〜5%                                    text: the table does not say which goods bear which
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from entrepot.schedules.formats.jp.labels import Label, read_label
from entrepot.schedules.formats.jp.lower_rate import lower_rate
from entrepot.schedules.formats.jp.rates import Item, Statement, read_cell, tidy

SEVERAL = "the line's goods bear several rates; the file does not say which goods bear which"
BY_GOODS = "the rate turns on goods that the code does not tell apart"
NOTE = "what it says stands in a note that the file does not hold"
WORDS = "it needs a price or a measure that the file does not hold"


class CellRate(NamedTuple):
    """A rate of a cell, as a tariff row has it; `why`: the reason if it is only text."""

    rate: str
    scope: str = ""
    origin: str = ""
    season: str = ""
    why: str = ""


def one_line(text: str) -> str:
    r"""A cell on one line.

    >>> one_line("くらげ　3.2%\nその他のもの　4.4%")
    'くらげ 3.2% / その他のもの 4.4%'
    """
    return " / ".join(" ".join(line.split()) for line in tidy(text).splitlines() if line.strip())


def as_text(text: str) -> str:
    """A rate that is the text of the cell: a sale that needs it is refused with this text."""
    return f"text:{one_line(text)}"


def _applied(items: Sequence[Item]) -> list[Item]:
    """The rates of a statement that may be charged: neither in brackets nor not conceded."""
    return [item for item in items if not item.bracketed and item.rate != "none"]


def _origin(label: Label, named: frozenset[str]) -> str:
    if "others" in label.partners:
        return "!" + " ".join(sorted(named))
    return " ".join(sorted(label.partners))


def _one(text: str, statement: Statement, whole: bool) -> tuple[str, str, str] | None:
    """The rate of a statement: (rate, scope, why it is text); None if nothing of it is charged."""
    if not statement.items:
        return as_text(text), "", NOTE
    applied = _applied(statement.items)
    if not applied:
        return None
    rates = list(dict.fromkeys(item.rate for item in applied))
    part = not whole or len(applied) < len(statement.items) or bool(statement.references)
    why = WORDS if any(rate.startswith("text:") for rate in rates) else SEVERAL if len(rates) > 1 else ""
    # Several rates for a part of the line are shown as the text of the cell; a part needs no more.
    return (as_text(text) if why else rates[0]), "part" if part else "", "" if part and why == SEVERAL else why


def _each(text: str, statements: Sequence[Statement]) -> Iterator[CellRate]:
    labels = [read_label(each.label) for each in statements]
    named = frozenset[str]().union(*(each.partners for each in labels if each.kind == "partners")) - {"others"}
    before: set[str] = set()
    for label, statement in zip(labels, statements, strict=True):
        rest = label.kind == "rest"
        whole = label.kind in ("all", "season", "partners", "outside") or (rest and before <= {"quota"})
        if rest and "goods" in before:
            yield CellRate(as_text(text), why=BY_GOODS)
        found = _one(text, statement, whole)
        if found:
            rate, scope, why = found
            yield CellRate(rate, scope, _origin(label, named), label.season, why)
        before.add(label.kind)


@lru_cache(maxsize=8192)
def cell_rates(text: str) -> tuple[CellRate, ...]:
    r"""The rates of a cell, one for each (origin, season, scope). Empty if all of it is in brackets.

    >>> [(each.rate, each.scope) for each in cell_rates("関税割当数量以内のもの　無税\nその他のもの　10%")]
    [('free', 'part'), ('10 %', '')]
    >>> cell_rates("(10.9%)")
    ()
    """
    try:
        found = list(_each(text, read_cell(text)))
    except ValueError as error:
        return (CellRate(as_text(text), why=str(error)),)
    kept: dict[tuple[str, str, str], CellRate] = {}
    for each in found:
        key = each.origin, each.season, each.scope
        same = key not in kept or kept[key].rate == each.rate
        kept[key] = each if same else each._replace(rate=as_text(text), why=each.why or kept[key].why)
    # A rate of the whole line is not repeated for a part of it.
    whole = {(each.origin, each.season): each.rate for each in kept.values() if not each.scope}
    return tuple(each for each in kept.values() if not each.scope or whole.get((each.origin, each.season)) != each.rate)


def national_rate(text: str) -> CellRate:
    """The rate of the general or temporary column; brackets, which mean that another rate is in force, are ignored.

    >>> national_rate("(5%)").rate
    '5 %'
    """
    try:
        statements = read_cell(text)
    except ValueError as error:
        return CellRate(as_text(text), why=str(error))
    if len(statements) > 1 or statements[0].label or len(statements[0].items) != 1:
        return CellRate(as_text(text), why=SEVERAL)
    rate = statements[0].items[0].rate
    return CellRate(rate, why=WORDS if rate.startswith("text:") else "")


@lru_cache(maxsize=8192)
def mfn_rates(text: str, wto: str) -> tuple[CellRate, ...]:
    """The rates for WTO members: the national rate (`text`), or the WTO rate if it is lower.

    Brackets are the schedule's statement that the WTO rate is not lower. Without them it may be lower for some goods
    only (if one of the rates is mixed): then the lower one is charged for the goods of the sale.

    >>> mfn_rates("10%", "5.6%又は4.4%＋1.52円/㎡のうちいずれか高い税率")[0].rate
    'min(10 %, max(5.6 %, 4.4 % + 1.52 JPY/m2))'
    >>> [(each.rate, each.scope) for each in mfn_rates("2.4%", "無税〜(2.4%)")]
    [('2.4 %', ''), ('free', 'part')]
    """
    own = national_rate(text)
    if own.why:
        bound = cell_rates(wto) if wto else ()
        # Without brackets the WTO rate is the lower one, whatever the national text means.
        return bound if bound and not any(each.why or each.scope for each in bound) else (own,)
    found = []
    for each in cell_rates(wto) if wto else ():
        readable = not each.rate.startswith("text:")
        found.append(each._replace(rate=lower_rate(own.rate, each.rate)) if readable else each)
    if any(not each.scope for each in found):
        return tuple(found)
    if wto and any(statement.label for statement in _statements(wto)):
        return CellRate(as_text(wto), why=BY_GOODS), *found
    return own, *(each for each in found if each.rate != own.rate)


def _statements(text: str) -> tuple[Statement, ...]:
    try:
        return read_cell(text)
    except ValueError:
        return ()
