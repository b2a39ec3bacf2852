"""charge: how much is each charge?

Every place has the same kind of charge: a base, a rate and a rounding. Amounts are exact fractions until the rounding
that the law prescribes. Each amount is returned with the rows of the law that decided it.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.engine.case import ApplicableRate, ApplicableRates, AssessedCharge, Case, Number, Values
from entrepot.engine.rules.line_charge import (
    ChargeAmount,
    ChargeOfGoods,
    applicable_rate,
    applies,
    charge_amount,
    nil_charge,
)
from entrepot.engine.rules.places import applies_elsewhere
from entrepot.engine.rules.rate_amount import round_to
from entrepot.engine.rules.reliefs import Reliefs, concerns_line, is_within
from entrepot.law.rates import MEASURES
from entrepot.law.records import Charge, Regime, Threshold
from entrepot.model.money import split
from entrepot.model.rule_kinds import CHARGE_KINDS


def charge(
    case: Case,
    values: Values,
    rates: ApplicableRates,
    regime: Regime,
    picks: Sequence[int],
    reliefs: Reliefs,
    alone: Sequence[ChargeOfGoods] | None = None,
) -> list[AssessedCharge]:
    """The charges of a regime for one choice of treatments, `picks`, a claim for each line.

    `alone`: what is known of each charge on the goods of a sale of one line.
    """
    done: dict[str, AssessedCharge] = {}
    met: list[tuple[str, int]] = []
    for place, law_charge in enumerate(regime.charges):
        name = law_charge.id
        relief = reliefs.by_value.get(name) if reliefs.by_value else None
        if alone is None:
            owed = _assess_charge(case, values, rates, law_charge, picks, done, relief)
        else:
            owed = _assess_only_line(case, values, rates, alone[place], picks[0], done, relief)
        done[name] = owed
        if law_charge.place and not any(owed.why):
            _set_elsewhere(case, owed, relief)
        if alone is None or (owed is not alone[place].nil and (owed.total is None or not alone[place].summed)):
            _set_total(owed)
        if not reliefs.on_charges:
            continue
        before = len(met)
        for index in reliefs.on_charges.get(name, ()):
            met += _met_on_charges(case, regime.thresholds[index], index, done)
        # A threshold that was met before relieves this charge too; one that is met now also relieves earlier charges.
        for number, (relieved, index) in enumerate(met):
            if relieved == name or (number >= before and relieved in done):
                _relieve_lines(case, regime.thresholds, done[relieved], index)
    return list(done.values())


def duty_of(owed: Sequence[AssessedCharge], i: int) -> int | None:
    """The duty of one line; None where it is not known."""
    amounts = [each.amounts[i] for each in owed if each.charge.kind == "duty"]
    return None if None in amounts else sum(amounts)  # type: ignore[arg-type]  # none of them is None, as just seen


def _met_on_charges(
    case: Case, threshold: Threshold, index: int, done: dict[str, AssessedCharge]
) -> list[tuple[str, int]]:
    """The charges that a threshold on amounts of charges relieves, each with its index; none where it is not met.

    The last of the charges that it tests is now known; it may relieve later charges too.
    """
    total = 0
    for name in threshold.charges:
        if name in done:
            each = done[name].total
            if each is None:
                return []
            total += each
    within = not total or is_within(case, threshold, total)
    if within is False:
        return []
    return [(name, index if within else -2 - index) for name in threshold.relieves]


def _relieve_lines(case: Case, thresholds: Sequence[Threshold], owed: AssessedCharge, index: int) -> None:
    """Relieves the lines that a threshold on charges concerns; a charge on several lines together only as a whole."""
    if owed.total == 0:
        return
    threshold = thresholds[index if index >= 0 else -2 - index]
    lines = [i for i, line in enumerate(case.lines) if owed.why[i] and concerns_line(threshold, line)]
    if owed.charge.per != "line" and len(lines) < sum(map(bool, owed.why)):
        return
    for i in lines:
        owed.amounts[i] = 0 if index >= 0 else None
        if owed.full:
            owed.full[i] = 0
        _set_least(owed, i, 0)
        owed.why[i] = f"relief:{index}" if index >= 0 else f"limit:{-2 - index}"
    _set_total(owed)


def _assess_only_line(
    case: Case,
    values: Values,
    rates: ApplicableRates,
    known: ChargeOfGoods,
    pick: int,
    done: dict[str, AssessedCharge],
    relief: list[int] | None,
) -> AssessedCharge:
    """As `_assess_charge`, for a sale of one line: the charge is made with its figures at once, which takes less time.

    `known`: what the goods and the parties decide of it. Its total is that of the line, before it is rounded or waived.
    """
    if known.nil is not None and (relief is None or not known.applies):
        return known.nil
    law_charge = known.charge
    if not known.applies or (law_charge.unless and _excluded(law_charge, done, 0)):
        return nil_charge(law_charge)
    base = values.by_name[known.of_value][0] if known.of_value >= 0 else _base(values, law_charge, done, 0)
    stated = base
    if law_charge.round_base is not None:
        base = round_to(base, law_charge.round_base)
    if law_charge.per == "line":
        stated = base  # a charge on the lines of a heading or of the consignment rounds the sum of their bases
    if relief is not None and relief[0] != -1:
        owed = nil_charge(law_charge, stated)
        _relieve_line(owed, 0, relief[0])
        owed.total = owed.amounts[0]
        return owed
    found = charge_amount(case, law_charge, known.rate_under(rates, 0, pick), base, case.lines[0].measures)
    full = [found.full] if law_charge.full else []
    owed = AssessedCharge(
        law_charge, [found.amount], [stated], [found.rate], [found.rows], [found.why], full, found.amount
    )
    if found.least:
        owed.least = [found.least]
    return owed


def _assess_charge(
    case: Case,
    values: Values,
    rates: ApplicableRates,
    law_charge: Charge,
    picks: Sequence[int],
    done: dict[str, AssessedCharge],
    relief: list[int] | None,
) -> AssessedCharge:
    """One charge on each line, before the consignment's total."""
    many = len(case.lines)
    full = [0] * many if law_charge.full else []
    owed = AssessedCharge(law_charge, [0] * many, [0] * many, [None] * many, [()] * many, [""] * many, full)
    bearing: Sequence[int] = range(many)
    if not law_charge.always:
        bearing = [i for i in bearing if applies(case, law_charge, i) and not _excluded(law_charge, done, i)]
    if law_charge.per == "line":
        for i in bearing:
            _assess_line(case, values, rates, owed, done, picks, relief, i)
        return owed
    for i in bearing:
        owed.bases[i] = _base(values, law_charge, done, i)
    for group in _groups(case, law_charge, bearing):
        if relief is not None and all(relief[i] != -1 for i in group):
            for i in group:
                _relieve_line(owed, i, relief[i])
        else:
            for same in _groups_by_rate(rates, law_charge, picks, group):
                _charge_together(case, values, rates, owed, picks, same)
    return owed


def _set_elsewhere(case: Case, owed: AssessedCharge, relief: list[int] | None) -> None:
    """Notes a charge that is due only in some states or provinces, where the sale does not give its own."""
    owed.elsewhere = any(
        (relief is None or relief[i] == -1) and applies_elsewhere(case, owed.charge, i) for i in range(len(case.lines))
    )


def _assess_line(
    case: Case,
    values: Values,
    rates: ApplicableRates,
    owed: AssessedCharge,
    done: dict[str, AssessedCharge],
    picks: Sequence[int],
    relief: list[int] | None,
    i: int,
) -> None:
    """A charge by the line, on one line."""
    law_charge = owed.charge
    base = _base(values, law_charge, done, i)
    if law_charge.round_base is not None:
        base = round_to(base, law_charge.round_base)
    owed.bases[i] = base
    if relief is not None and relief[i] != -1:
        _relieve_line(owed, i, relief[i])
    else:
        ruled = applicable_rate(rates, law_charge, i, picks[i])
        owed.amounts[i] = _set_amount(case, owed, i, ruled, base, case.lines[i].measures).amount


def _relieve_line(owed: AssessedCharge, i: int, index: int) -> None:
    """A line that a value threshold relieves, or whose relief is not known."""
    owed.why[i] = f"relief:{index}" if index >= 0 else f"limit:{-2 - index}"
    owed.amounts[i] = 0 if index >= 0 else None


def _excluded(law_charge: Charge, done: dict[str, AssessedCharge], i: int) -> bool:
    return bool(law_charge.unless) and any(name in done and done[name].amounts[i] != 0 for name in law_charge.unless)


def _groups(case: Case, law_charge: Charge, bearing: Sequence[int]) -> list[list[int]]:
    """The lines that are charged together: those of a heading, or all."""
    groups: dict[str, list[int]] = {}
    for i in bearing:
        groups.setdefault(case.lines[i].code[:6] if law_charge.per == "heading6" else "", []).append(i)
    return list(groups.values())


def _groups_by_rate(
    rates: ApplicableRates, law_charge: Charge, picks: Sequence[int], group: list[int]
) -> list[list[int]]:
    """A group, divided by rate: lines with different rates are charged separately."""
    if len(group) == 1:
        return [group]
    parts: dict[object, list[int]] = {}
    for i in group:
        ruled = applicable_rate(rates, law_charge, i, picks[i])
        parts.setdefault((ruled.why, tuple((choice.rate.text, *choice[2:]) for choice in ruled.choices)), []).append(i)
    return list(parts.values())


def _charge_together(
    case: Case, values: Values, rates: ApplicableRates, owed: AssessedCharge, picks: Sequence[int], group: list[int]
) -> None:
    """A charge once for several lines, shared over them by base, or by customs value for a heading."""
    law_charge = owed.charge
    base = sum(owed.bases[i] for i in group)
    if law_charge.round_base is not None:
        base = round_to(base, law_charge.round_base)
    measures = tuple(_sum_measures([case.lines[i].measures[m] for i in group]) for m in range(len(MEASURES)))
    first = min(group, key=lambda i: case.rank[i]) if case.rank else group[0]
    found = _set_amount(case, owed, first, applicable_rate(rates, law_charge, first, picks[first]), base, measures)
    whole = found.amount
    weights = [owed.bases[i] for i in group] if law_charge.per == "consignment" else [0]
    if not any(weights):
        weights = [values.by_name[4][i] for i in group]
    rank = [case.rank[i] for i in group] if case.rank else None
    parts = [None] * len(group) if whole is None else split(whole, weights, rank)
    if owed.full:
        for i, before in zip(group, split(owed.full[first], weights, rank), strict=True):
            owed.full[i] = before
    if found.least:
        for i, least in zip(group, split(found.least, weights, rank), strict=True):
            _set_least(owed, i, least)
    for i, part in zip(group, parts, strict=True):
        owed.amounts[i] = part
        owed.rates[i], owed.rows[i], owed.why[i] = owed.rates[first], owed.rows[first], owed.why[first]


def _sum_measures(measures: list[Number | None]) -> Number | None:
    num, den = 0, 1
    for measure in measures:
        if measure is None:
            return None
        num, den = num * measure[1] + measure[0] * den, den * measure[1]
    return num, den


def _base(values: Values, law_charge: Charge, done: dict[str, AssessedCharge], i: int) -> int:
    total = 0
    for term in law_charge.base:
        # An unknown earlier charge counts its lowest amount, else nothing: the total is then marked `at_least`.
        if term.value >= 0:
            part = values.by_name[term.value][i]
        elif term.charge in done:
            earlier = done[term.charge]
            part = earlier.full[i] if term.full else (earlier.amounts[i] or (earlier.least[i] if earlier.least else 0))
        else:
            part = 0
        total += round_to(part, term.round) if term.round is not None else part
    return total


def _set_amount(
    case: Case, owed: AssessedCharge, i: int, ruled: ApplicableRate, base: int, measures: Sequence[Number | None]
) -> ChargeAmount:
    """The amount of a charge on a base; also sets the rate, the rows, the reason and the lowest amount of the line."""
    found = charge_amount(case, owed.charge, ruled, base, measures)
    owed.why[i], owed.rates[i], owed.rows[i] = found.why, found.rate, found.rows
    if owed.full:
        owed.full[i] = found.full
    _set_least(owed, i, found.least)
    return found


def _set_least(owed: AssessedCharge, i: int, amount: int) -> None:
    """Sets the lowest amount of a line whose amount has no highest one."""
    if amount or owed.least:
        least = list(owed.least) or [0] * len(owed.amounts)
        least[i] = amount
        owed.least = least


def _set_total(owed: AssessedCharge) -> None:
    """Sets the consignment's amount: the sum of the lines, rounded, or waived if it is too small to be collected."""
    amounts = owed.amounts
    if None in amounts:
        owed.total = None
        if not CHARGE_KINDS[owed.charge.kind].required:
            _set_least_total(owed)
        return
    if owed.least_total or owed.least:
        owed.least, owed.least_total = (), 0
    total = sum(amounts)  # type: ignore[arg-type]  # none of them is None, as just seen
    law_charge = owed.charge
    if total < law_charge.waived_below:
        owed.waived = total > 0
        total = 0
        owed.amounts = [0] * len(owed.amounts)
        owed.full = [0] * len(owed.full)
    elif law_charge.round_total is not None:
        total = round_to(total, law_charge.round_total)
    owed.total = total


def _set_least_total(owed: AssessedCharge) -> None:
    """Sets the lowest total of the consignment, from the lines that are known; nil where that may be waived."""
    law_charge, amounts = owed.charge, owed.amounts
    total = sum(map(owed.counted, range(len(amounts))))
    if total < law_charge.waived_below:
        total, owed.least = 0, ()
        owed.full = [0 if amount is None else full for amount, full in zip(amounts, owed.full, strict=False)]
    elif law_charge.round_total is not None:
        total = round_to(total, law_charge.round_total)
    owed.least_total = total
