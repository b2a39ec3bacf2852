"""The stack of charges of a regime, for one choice of treatments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .lookups import (
    UNKNOWN,
    Rate,
    additional_rate,
    ask_place,
    at_base,
    bears,
    bears_elsewhere,
    duty_rate,
    tax_rate,
)
from .rates import Parts, Unknown, asked_of, half_up, rate, rounded, share
from .read import NoRate, Row, admits, names
from .reliefs import relief_lines, value_relief, within
from .sale import Case, split

NEEDED = {"duty", "vat"}
VALUES = {"goods", "freight", "insurance", "cif", "customs_value"}


class Refused(Exception):
    """A duty or a VAT that the regime needs is not known."""


@dataclass
class Result:
    """The charges of the consignment and of each line, in minor units; None is unknown."""

    stack: list[Row]
    totals: dict[str, int | None] = field(default_factory=dict)
    lines: dict[str, list[int | None]] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    least: dict[str, list[int]] = field(default_factory=dict)
    least_totals: dict[str, int] = field(default_factory=dict)

    def counted(self, key: str, i: int) -> int:
        """What a line counts in a sum: its amount, else the least that it is known to be."""
        return self.lines[key][i] or self.least[key][i]

    def lacks_highest(self, key: str) -> bool:
        """Whether the totals count a line by the least that it is known to be."""
        return bool(self.least_totals[key]) and any(self.least[key])

    def total(self, key: str) -> int:
        """What a charge counts in the totals."""
        return self.totals[key] or self.least_totals[key]

    def counted_totals(self) -> dict[str, int]:
        """What each charge counts in the totals."""
        return {key: self.total(key) for key in self.totals}


def end_of(text: str, end: str | None) -> str:
    """An end of a range such as `from 5 % to 20 %`; unknown where the range or the candidate has none."""
    low, _, high = text.removeprefix("from ").partition(" to ")
    return {"low": low, "high": high}.get(end or "") or "unknown"


def stack_of(case: Case, regime: str) -> list[Row]:
    """The charges of a regime on the day, in the order of the file."""
    pack, day, foreign = case.sale.pack, case.sale.day, case.sale.foreign

    def find() -> list[Row]:
        stack = [row for row in pack.entries("charge", day) if admits(row.get("regime"), regime)]
        if len({row["id"] for row in stack}) != len(stack):
            raise ValueError(f"{pack.id}: two charges of one id in {regime} on {day}")
        return [unrounded(row) for row in stack] if foreign else stack

    found: list[Row] = pack.once(day, ("stack", regime, foreign), find)
    return found


def unrounded(charge: Row) -> Row:
    """A charge in another currency than the law's: rounded to its minor unit only, and collected however small.

    Its rate is the one that holds without an exchange rate, if the pack has it.
    """
    found = {key: value for key, value in charge.items() if not key.startswith("round_") and key != "waived_below"}
    terms = [term.split() for term in charge.get("base", [])]
    found["base"] = [" ".join([words[0], *({"before_factor"} & set(words))]) for words in terms]
    found["rate"] = charge.get("without_exchange") or charge["rate"]
    return found


class Run:
    """One walk down the stack."""

    def __init__(
        self,
        case: Case,
        regime: str,
        treatments: list[str],
        only: list[int] | None = None,
        *,
        lenient: bool = False,
        nil: bool = False,
    ) -> None:
        """Take all lines, or with `only` some of them and the charges by the line alone.

        `lenient`: a duty or VAT that is not known does not refuse the regime; `nil`: it is nil.
        """
        self.lenient = lenient
        self.nil = nil
        self.lowest = False
        self.case = case
        self.regime = regime
        self.treatments = treatments
        self.single = only is not None
        self.who = list(range(len(case.values))) if only is None else only
        self.result = Result(stack_of(case, regime))
        self.before: dict[str, list[int | None]] = {}
        self.least_before: dict[str, list[int]] = {}
        self.relieved: dict[str, set[int]] = defaultdict(set)
        self.unsure: dict[str, set[int]] = defaultdict(set)
        self.later: list[tuple[Row, set[int], list[str]]] = []
        self.read_thresholds()

    def relieves(self, row: Row) -> list[str]:
        """The charges of the stack that a threshold names."""
        return [charge["id"] for charge in self.result.stack if admits(row["relieves"], charge["id"])]

    def read_thresholds(self) -> None:
        """Test the thresholds on values, and keep those on charges."""
        for row in self.case.sale.pack.rows("thresholds", self.case.sale.day):
            lines = relief_lines(self.case, row, self.regime)
            if not lines:
                continue
            if row["tests"] in VALUES:
                for charge in self.relieves(row):
                    try:
                        self.relieved[charge] |= value_relief(self.case, row, lines)
                    except NoRate:
                        within_it = self.ask_within()
                        if within_it is None:
                            self.unsure[charge] |= lines
                        elif within_it:
                            self.relieved[charge] |= lines
            else:
                ids = [charge["id"] for charge in self.result.stack]
                tested = [name.strip() for name in row["tests"].split("+") if name.strip() in ids]
                if tested and not self.single:
                    self.later.append((row, lines, tested))

    def ask_within(self) -> bool | None:
        """Whether a value is within limits that cannot be compared; asked where none of the law's own can be."""
        sale = self.case.sale
        found: bool | None = sale.fact(("within", -1), (True, False)) if sale.foreign else None
        return found

    def go(self) -> Result:
        """Compute every charge of the stack."""
        for charge in self.result.stack:
            key = charge["id"]
            amounts: list[int | None] = [0] * len(self.case.values)
            self.result.lines[key] = amounts
            self.before[key] = [0] * len(amounts)
            self.result.least[key] = [0] * len(amounts)
            self.least_before[key] = [0] * len(amounts)
            if not self.single or charge.get("per", "line") == "line":
                for unit in self.units(charge):
                    if (self.relieved[key] | self.unsure[key]).issuperset(unit):
                        self.forget(key, unit)
                    else:
                        self.charge_unit(charge, unit, amounts)
            self.close(charge)
            self.test_charges(key)
        needed = [charge["id"] for charge in self.result.stack if charge["kind"] in NEEDED]
        self.result.unknown = {i for key in needed for i, part in enumerate(self.result.lines[key]) if part is None}
        if self.result.unknown and not self.lenient:
            raise Refused
        return self.result

    def forget(self, key: str, lines: list[int]) -> None:
        """Leave unknown what a relief may take off some lines, where no rate says whether it does."""
        for i in lines:
            if i not in self.relieved[key]:
                self.result.lines[key][i] = None

    def units(self, charge: Row) -> list[list[int]]:
        """The lines that are charged, in groups that are charged once each, reliefs aside."""
        per = charge.get("per", "line")
        groups: dict[str, list[int]] = defaultdict(list)
        for i in self.who:
            if bears(self.case, charge, i) and not self.displaced(charge, i):
                name = {"line": str(i), "heading6": self.case.sale.lines[i].heading, "consignment": ""}[per]
                groups[name].append(i)
            elif bears_elsewhere(self.case, charge, i) and not self.single and i not in self.relieved[charge["id"]]:
                ask_place(self.case.sale)
        return [unit for unit in groups.values() if not self.relieved[charge["id"]].issuperset(unit)]

    def displaced(self, charge: Row, i: int) -> bool:
        """Whether an earlier charge that bears on the line leaves no room for this one."""
        named = [self.result.lines[name][i] for name in names(charge.get("unless")) if name in self.result.lines]
        return any(amount is None or amount > 0 for amount in named)

    def charge_unit(self, charge: Row, unit: list[int], amounts: list[int | None]) -> None:
        """Charge a group of lines, once for each rate that they bear."""
        by_rate: dict[Rate, list[int]] = defaultdict(list)
        for i in unit:
            by_rate[self.line_rate(charge, i)].append(i)
        for rate_of, lines in by_rate.items():
            bases = [self.base(charge, i) for i in lines]
            least = self.result.least[charge["id"]], self.least_before[charge["id"]]
            for found, lowest, rule in (
                (amounts, least[0], charge),
                (self.before[charge["id"]], least[1], {**charge, "factor": ""}),
            ):
                if found is not amounts and not charge.get("factor"):  # the same without the factor
                    for i in lines:
                        found[i], lowest[i] = amounts[i], least[0][i]
                    continue
                amount = self.amount(rule, rate_of, sum(bases, Fraction(0)), lines)
                if amount is None and self.nil and charge["kind"] in NEEDED:
                    amount = self.least(rule, rate_of, sum(bases, Fraction(0)), lines) or 0
                for i, part in zip(lines, self.parts(charge, amount, lines, bases), strict=True):
                    found[i] = part
                if amount is None and charge["kind"] not in NEEDED:
                    amount = self.least(rule, rate_of, sum(bases, Fraction(0)), lines)
                    for i, part in zip(lines, self.parts(charge, amount, lines, bases), strict=True):
                        lowest[i] = part or 0

    def least(self, charge: Row, rate_of: Rate, base: Fraction, lines: list[int]) -> int | None:
        """The lowest amount of a charge that has no highest one, where the candidate is that of the highest rates."""
        if self.case.sale.chosen.get(("end", -1)) != "high":
            return None
        self.lowest = True
        if rate_of == UNKNOWN and len(lines) == 1:  # the lower of two duties is sought at the end that is assessed
            rate_of = self.line_rate(charge, lines[0])
        found = self.amount(charge, rate_of, base, lines)
        self.lowest = False
        return found

    def parts(self, charge: Row, amount: int | None, lines: list[int], bases: list[Fraction]) -> list[int | None]:
        """An amount split over the lines that bear it."""
        if amount is None:
            return [None] * len(lines)
        customs = [Fraction(self.case.values[i].customs_value) for i in lines]
        weights = bases if charge.get("per") == "consignment" and any(bases) else customs
        return list(split(amount, weights, [self.case.sale.lines[i].rank for i in lines]))

    def base(self, charge: Row, i: int) -> Fraction:
        """The base of a line: the sum of its terms, each rounded as it says."""
        total = Fraction(0)
        for term in charge.get("base", []):
            name, *words = term.split()
            earlier, least = (
                (self.before, self.least_before) if "before_factor" in words else (self.result.lines, self.result.least)
            )
            rule = " ".join(word for word in words if word != "before_factor")
            if name in VALUES:
                value = Fraction(self.case.values[i].of(name))
            else:
                value = Fraction(earlier[name][i] or least[name][i] if name in earlier else 0)
            total += rounded(value, rule, self.case.sale.minor) if rule else value
        return total

    def line_rate(self, charge: Row, i: int) -> Rate:
        """The rate of a line under a charge."""
        line = self.case.sale.lines[i]
        source, _, name = charge["rate"].partition(":")
        if source == "tariff":
            found = duty_rate(self.case, line, self.treatments[i]) or UNKNOWN
            return self.lower(self.at_end(found), i, self.base(charge, i))
        if source == "tax":
            return tax_rate(self.case, i, name.strip(), charge["id"], charge["kind"])
        if source == "additional":
            return additional_rate(self.case, line, name.strip(), charge["id"], charge["kind"])
        return Rate((charge["rate"],))

    def at_end(self, found: Rate) -> Rate:
        """A rate whose ranges are at the end of this candidate, one end for all; one without that end is unknown."""
        if not any(text.startswith("from ") for text in found.texts):
            return found
        end = self.end()
        ends = [end_of(text, end) if text.startswith("from ") else text for text in found.texts]
        return replace(found, texts=tuple(ends))

    def end(self) -> str | None:
        """The end of ranges that is assessed; None where the sale has not chosen one yet."""
        found: str | None = self.case.sale.fact(("end", -1), ("low", "high"))
        return "low" if self.lowest else found

    def lower(self, found: Rate, i: int, base: Fraction) -> Rate:
        """The one alternative that gives the lower duty on a line; unknown where one of them is."""
        best: tuple[Fraction, str] | None = None
        for text in found.texts:
            parts = self.evaluate(text, base, [i])
            if parts is None:
                return UNKNOWN
            if best is None or parts.at(base) < best[0]:
                best = parts.at(base), text
        return Rate((best[1],)) if best else UNKNOWN

    def evaluate(self, text: str, base: Fraction, lines: list[int]) -> Parts | None:
        """A rate's text at a base and the summed measures of some lines; None where it is unknown."""
        measures: dict[str, Fraction | None] = {}
        for unit in self.case.sale.lines[0].measures if "/" in text else ():  # only such a rate asks for a measure
            given = [self.case.sale.lines[i].measures[unit] for i in lines]
            known = [value for value in given if value is not None]
            measures[unit] = sum(known, Fraction(0)) if len(known) == len(given) else None
        try:
            if any(measures[unit] is None for unit in asked_of(text, measures)):
                return self.at_end_of_measures(text, base, measures)
            return rate(text, base, measures, self.case.sale.money)
        except (Unknown, NoRate):
            return None

    def at_end_of_measures(self, text: str, base: Fraction, measures: dict[str, Fraction | None]) -> Parts | None:
        """A rate at an end of what it can be where measures are not given; None where it has no such end.

        Its amounts are tried with none of what is not given, and with so much that more of it changes nothing.
        """
        end = self.end()
        if end is None:
            return None
        none, much, more = (
            rate(text, base, measures, self.case.sale.money, amount)
            for amount in (Fraction(0), Fraction(10) ** 40, Fraction(10) ** 41)
        )
        ends = sorted((none, more), key=lambda parts: parts.at(base))
        if end == "low":
            return ends[0]
        return ends[1] if none.at(base) == ends[1].at(base) or much.at(base) == more.at(base) else None

    def amount(self, charge: Row, rate_of: Rate, base: Fraction, lines: list[int]) -> int | None:
        """The amount of a charge on a base, rounded; None where the rate is unknown."""
        minor = self.case.sale.minor
        if charge.get("round_base"):
            base = rounded(base, charge["round_base"], minor)
        row = self.at_end(at_base(self.case, rate_of, base))
        parts = self.evaluate(row.texts[0], base, lines)
        if parts is None:
            return None
        if not charge["base"] and parts.share:
            return None  # a percentage of a value that no sale states
        amount = parts.at(base)
        if charge.get("inclusive"):
            # A price that includes the charge, or a share of it: amount = share of (base + part × amount) + rest.
            part = share(charge["inclusive_share"]) if charge.get("inclusive_share") else Fraction(1)
            amount = (base * parts.share + parts.rest) / (1 - part * parts.share)
        if charge.get("factor"):
            amount *= share(charge["factor"])
        amount = max(amount, Fraction(0))
        if row.floor:
            amount = max(amount, Fraction(row.floor) * 10**minor)
        if row.cap:
            amount = min(amount, Fraction(row.cap) * 10**minor)
        amount = rounded(amount, charge["round_line"], minor) if charge.get("round_line") else Fraction(half_up(amount))
        if charge.get("per") == "consignment":
            amount = Fraction(0) if self.waived(charge, amount) else self.round_total(charge, amount)
        if amount.denominator != 1:
            raise ValueError(f"{charge['id']}: {amount} is no whole minor unit")
        return int(amount)

    def waived(self, charge: Row, total: Fraction) -> bool:
        """Whether a total is too small to be collected."""
        least = charge.get("waived_below")
        return least is not None and not self.single and total < Fraction(str(least)) * 10**self.case.sale.minor

    def round_total(self, charge: Row, total: Fraction) -> Fraction:
        """A total rounded as the charge says."""
        rule = charge.get("round_total")
        return rounded(total, rule, self.case.sale.minor) if rule else total

    def close(self, charge: Row) -> None:
        """Set the consignment's amount of a charge from its lines; one that is waived is nil on the lines too."""
        amounts = self.result.lines[charge["id"]]
        if None in amounts:
            self.result.totals[charge["id"]] = None
            self.close_least(charge)
            return
        self.result.least_totals[charge["id"]] = 0
        total = Fraction(sum(amount or 0 for amount in amounts))
        if charge.get("per") != "consignment":
            if self.waived(charge, total):
                amounts[:] = self.before[charge["id"]][:] = [0] * len(amounts)
                total = Fraction(0)
            total = self.round_total(charge, total)
        self.result.totals[charge["id"]] = int(total)

    def close_least(self, charge: Row) -> None:
        """Set the least that a charge is known to be, if any line has such an amount; nil where that may be waived."""
        key = charge["id"]
        least = self.result.least[key]
        total = Fraction(0)
        if charge["kind"] not in NEEDED:
            total += sum(self.result.counted(key, i) for i in range(len(least)))
        if self.waived(charge, total):
            least[:] = self.least_before[key][:] = [0] * len(least)
            total = Fraction(0)
        self.result.least_totals[key] = int(self.round_total(charge, total))

    def test_charges(self, last: str) -> None:
        """Test the thresholds on charges of which the last is now known."""
        done = self.result.totals
        for row, lines, tested in self.later:
            if last not in tested or any(name not in done for name in tested):
                continue
            known = [done[name] for name in tested]
            total = sum(amount or 0 for amount in known)
            if None in known:
                continue
            try:
                if total and not within(self.case, row, Fraction(total)):
                    continue
                into = self.relieved
            except NoRate:
                within_it = self.ask_within()
                if within_it is False:
                    continue
                into = self.relieved if within_it else self.unsure
            for name in self.relieves(row):
                into[name] |= lines
                if name in done:
                    self.clear(next(charge for charge in self.result.stack if charge["id"] == name))

    def clear(self, charge: Row) -> None:
        """Take a charge already computed off the lines that are relieved of it."""
        amounts = self.result.lines[charge["id"]]
        live = [i for i, amount in enumerate(amounts) if amount != 0]
        key = charge["id"]
        units = self.units(charge)
        keep = {i for unit in units for i in unit}
        for i in live:
            self.result.least[key][i] = self.least_before[key][i] = 0
            if i not in keep:
                amounts[i] = self.before[key][i] = 0
        for unit in units:
            if (self.relieved[key] | self.unsure[key]).issuperset(unit):
                self.forget(key, [i for i in unit if i in live])
        self.close(charge)
