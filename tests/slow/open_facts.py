"""Facts that a sale leaves open: each of their values makes a sale of its own, and all of these are assessed.

Written from the documents ("Facts that a sale leaves open"), not from the engine: every line of the schedule under a
short code is assessed, every province, both ends of each range, by brute force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from .read import NoRate, Row, in_force
from .sale import Fact, Line, Sale, valuation, value_lines
from .treat import law_of

#: The order in which facts are settled: an unknown line is one only if nothing else would make it known.
ORDER = ("place", "dearer", "within", "end", "nil")
#: Combinations of lines that are all assessed; of more, one of each that the law treats alike.
MANY = 12
#: Combinations beyond which the engine need not assess all (docs/reference/sale-and-quote.md).
COMBINATIONS = 64
#: Sales that are assessed for one answer here.
MOST = 400

Regimes = dict[str, Row]
Facts = dict[Fact, Any]


class TooMany(Exception):
    """The open facts have more combinations than are assessed here."""


def candidates(sale: Sale, assess: Callable[[Sale], Regimes]) -> Iterator[tuple[Facts, Regimes]]:
    """The values of the open facts, and every regime under them; for all combinations of them."""
    count = 0
    for facts, with_lines in lines_of(sale):
        for found in settled(with_lines, facts, assess):
            count += 1
            if count > MOST:
                raise TooMany
            yield found


def lines_of(sale: Sale) -> Iterator[tuple[Facts, Sale]]:
    """The sale with each combination of the lines of the schedule that its short codes stand for."""
    leaves = by_unit_value(sale)
    sale = replace(sale, lines=[replace(line, leaves=own) for line, own in zip(sale.lines, leaves, strict=True)])
    if prod(map(len, leaves)) > MANY:
        leaves = [unlike(sale, line) for line in sale.lines]
        if sum(len(each) > 1 for each in leaves) > 1 and prod(map(len, leaves)) > COMBINATIONS:
            raise TooMany
    for codes in product(*leaves):
        lines = [replace(line, leaves=[code]) for line, code in zip(sale.lines, codes, strict=True)]
        facts: Facts = {("code", i): code for i, code in enumerate(codes) if len(sale.lines[i].leaves) > 1}
        yield facts, replace(sale, lines=lines)


def by_unit_value(sale: Sale) -> list[list[str]]:
    """The lines under each short code, without those for goods of another value of a unit; all where none is left.

    Under DDP the customs value depends on the charges, and all lines stay.
    """
    rule = valuation(sale)
    if sale.services or rule is None or sale.incoterm == "DDP" or all(len(line.leaves) == 1 for line in sale.lines):
        return [line.leaves for line in sale.lines]
    values = value_lines(sale, [line.price for line in sale.lines], rule)
    found = []
    for line, value in zip(sale.lines, values, strict=True):
        kept = [code for code in line.leaves if fits(sale, line, code, value.customs_value)]
        found.append(kept or line.leaves)
    return found


def fits(sale: Sale, line: Line, code: str, value: int) -> bool:
    """Whether the value of a unit of the goods is one of those that a line of the schedule is for; also if unknown."""
    rows = [row for row in sale.pack.tables.get("goods", []) if row["goods"] == code and in_force(row, sale.day)]
    words = (rows[0].get("unit_value") or "").split() if rows else []
    for word, number, unit in zip(words[::3], words[1::3], words[2::3], strict=True):
        currency, measure = unit.split("/")
        amount = line.measures[measure]
        if measure in ("item", "dozen") and line.raw.get("items") is None:
            continue
        if not amount:
            continue
        try:
            limit = sale.money(Fraction(number), currency) * amount
        except NoRate:
            continue
        if not {"over": value > limit, "at_least": value >= limit, "up_to": value <= limit, "below": value < limit}[
            word
        ]:
            return False
    return True


def unlike(sale: Sale, line: Line) -> list[str]:
    """The first of the lines under a code of each kind that the law treats alike."""
    found: dict[str, str] = {}
    for code in line.leaves:
        found.setdefault(repr(law_of(sale, line, code)), code)
    return list(found.values())


def settled(sale: Sale, facts: Facts, assess: Callable[[Sale], Regimes]) -> Iterator[tuple[Facts, Regimes]]:
    """The sale under every value of the facts that it asks for, one after the other."""
    sale = replace(sale, asked={})
    regimes = assess(sale)
    if not sale.asked:
        yield facts, regimes
        return
    name = min(sale.asked, key=lambda fact: (ORDER.index(fact[0]), fact[1]))
    for value in sale.asked[name]:
        places = [value, sale.country] if name[0] == "place" else sale.places
        with_value = replace(sale, chosen={**sale.chosen, name: value}, places=places)
        yield from settled(with_value, {**facts, name: value}, assess)


def span(amounts: list[int | None], *, whole: bool = True) -> tuple[int | None, int | None]:
    """The lowest and the highest amount; no highest one where one is unknown, or not `whole` and not the only one."""
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return None, None
    bounded = len(known) == len(amounts) and (whole or len(set(known)) == 1)
    return min(known), max(known) if bounded else None


def charge_span(known: list[Row], key: str) -> tuple[int | None, int | None]:
    """The lowest and the highest amount of a charge; of one that is not known what is known of it is a lowest one."""
    low, high = span([row["charges"].get(key, 0) for row in known])
    if high is None:
        lows = [row["least"][key] for row in known if row["charges"].get(key, 0) is None and row["least"][key]]
        low = min([*lows, *([] if low is None else [low])], default=None)
    return low, high


def rank(regime: Row) -> tuple[bool, int, int, bool]:
    """The best is the one whose highest cost is the lowest; of those without one, the one with the lowest lowest.

    Of equals the one that knows each charge.
    """
    low, high = regime["costs"]
    return high is None, high or 0, low or 0, regime["leaves_out"]


def together(found: list[Regimes], *, ddp: bool) -> Regimes:
    """Every regime with the figures of all candidates: each is a pair of the lowest and the highest."""
    return {key: one_regime([regimes[key] for regimes in found], ddp=ddp) for key in found[0]}


def one_regime(each: list[Row], *, ddp: bool) -> Row:
    """One regime for all candidates. Charges and subtotals are those of the candidates whose figures are known.

    A candidate with a conditional treatment only because the open one of another candidate has no known amount in it
    stands for two: with that treatment, and without it, where no total is known.
    """
    known = [row for row in each if row["landed"] is not None]
    opened = {i for row in known for i, state in row["passed_over"].items() if state == "open"}
    for row in known:
        row["alone"] = all(state == "open" or i not in opened for i, state in row["passed_over"].items())
    each = [*each, *({**row, "landed": None, "recoverable": None, "cost": None} for row in known if not row["alone"])]
    statuses = {row["status"] for row in known or each}
    # A charge that is not known is in no sum: then no sum is the highest. Under DDP the price is the highest.
    whole = ddp or not any(None in row["charges"].values() for row in known)
    without_highest = {key for row in known for key in row["without_highest"]}
    charges = {key for row in known for key in row["charges"]}
    return {
        "status": statuses.pop() if len(statuses) == 1 else "conditional",
        "refused": len(known) < len(each),
        "landed": span([row["landed"] for row in each] + [None] * bool(without_highest), whole=whole),
        "recoverable": span([row["recoverable"] for row in each], whole=whole),
        "costs": span([row.get("cost") for row in each]),
        "leaves_out": not whole,
        "charges": {key: charge_span(known, key) for key in charges},
        "subtotals": {
            key: span([row["subtotals"][key] for row in known] + [None] * (key in without_highest), whole=whole)
            for key in known[0]["subtotals"]
        }
        if known
        else {},
        "treatments": known[0]["treatments"]
        if known and all(row["treatments"] == known[0]["treatments"] for row in each)
        else None,
    }
