"""charge: what is owed, for each line and way, and for the consignment?

The same stack of rows serves every place: a base, a rate, a rounding. Amounts are exact fractions until the rounding that the
law names; the rows that decided are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.case import Case, Number, Owed, Rated, Values
from entrepot.money import half_up, rounded, split
from entrepot.pack.law import Charge, Regime, Round, TaxRow, Threshold
from entrepot.pack.rates import ADD, FLAT, MEASURES, MIN, SHARE, SUB, UNIT, VALUE, Rate

#: For each charge that a value threshold relieves: by line, the index of the threshold, or -1.
Reliefs = dict[str, list[int]]


class Missing(Exception):
    """A rate needs what the sale does not give: a measure, or an exchange rate."""


def charge(
    case: Case, values: Values, rated: Rated, regime: Regime, picks: Sequence[int], reliefs: Reliefs, alone: int = -1
) -> list[Owed]:
    """The charges of a regime for one choice of treatments, `picks`, a claim for each line.

    With `alone`, a line's index: only that line's own charges, without what the consignment rounds, waives or relieves.
    """
    done: dict[str, Owed] = {}
    held: dict[str, int] = {}
    for law_charge in regime.charges:
        if alone >= 0 and law_charge.per != "line":
            continue
        owed = _bear(case, values, rated, law_charge, picks, done, reliefs.get(law_charge.id), alone)
        done[law_charge.id] = owed
        if alone < 0:
            _total(owed)
            if regime.thresholds:
                _hold_by_charges(case, regime, law_charge, done, held)
                for name, index in held.items():
                    _relieve(done.get(name), index)
    return list(done.values())


def duty_of(owed: Sequence[Owed], i: int) -> int | None:
    """The duty of one line; None where it is not known."""
    amounts = [each.amounts[i] for each in owed if each.charge.kind == "duty"]
    return None if None in amounts else sum(amount or 0 for amount in amounts)


def reliefs(case: Case, values: Values, regime: Regime) -> Reliefs:
    """Which value thresholds hold, for each charge and line; the first in the file that holds is the one named."""
    found: Reliefs = {}
    for index, threshold in enumerate(regime.thresholds):
        if threshold.value < 0 or not _concerns(case, threshold):
            continue
        for i, line in enumerate(case.lines):
            if _relieves_line(case, values, threshold, i):
                if threshold.origin is not None and not threshold.origin.has(line.origin):
                    continue
                for name in threshold.relieves:
                    lines = found.setdefault(name, [-1] * len(case.lines))
                    if lines[i] < 0:
                        lines[i] = index
    return found


def _concerns(case: Case, threshold: Threshold) -> bool:
    """Whether the sale as a whole is one that a threshold is about."""
    registered = case.sale.seller.registrations
    return (
        (not threshold.buyer or threshold.buyer == case.buyer)
        and (not threshold.channel or case.channel in threshold.channel)
        and (not threshold.transport or case.transport in threshold.transport)
        and (not threshold.registered or threshold.registered in registered)
        and (not threshold.unregistered or threshold.unregistered not in registered)
        and (threshold.ship_from is None or threshold.ship_from.has(case.sale.ship_from.country))
    )


def _relieves_line(case: Case, values: Values, threshold: Threshold, i: int) -> bool:
    code = case.lines[i].code
    if threshold.goods and not code.startswith(tuple(each for each in threshold.goods if each != "*")) and "*" not in threshold.goods:
        return False
    if threshold.excludes and code.startswith(threshold.excludes):
        return False
    rate = case.rates_to.get(threshold.currency)
    if rate is None:
        return False
    num, den = 1, 1
    tested = values.total[threshold.value] if threshold.per == "consignment" else values.by_name[threshold.value][i]
    if threshold.per == "item":
        num, den = case.lines[i].quantity
    left = tested * den * threshold.amount_den * rate[1]
    right = threshold.amount_num * rate[0] * num
    return left < right if threshold.below else left <= right


def _hold_by_charges(case: Case, regime: Regime, last: Charge, done: dict[str, Owed], held: dict[str, int]) -> None:
    """Thresholds on amounts of charges, as soon as the last charge that they sum is known; they may relieve later ones."""
    for index, threshold in enumerate(regime.thresholds):
        if last.id not in threshold.charges or not _concerns(case, threshold):
            continue
        if any(each.id in threshold.charges and each.id not in done for each in regime.charges):
            continue
        totals = [done[name].total for name in threshold.charges if name in done]
        rate = case.rates_to.get(threshold.currency)
        if rate is None or any(total is None for total in totals):
            continue
        left = sum(total or 0 for total in totals) * threshold.amount_den * rate[1]
        right = threshold.amount_num * rate[0]
        if left < right if threshold.below else left <= right:
            for name in threshold.relieves:
                held.setdefault(name, index)


def _relieve(owed: Owed | None, index: int) -> None:
    if owed is not None and owed.total:
        owed.total, owed.relief = 0, index
        owed.amounts = [0] * len(owed.amounts)


def _bears(case: Case, law_charge: Charge, i: int) -> bool:
    registered = case.sale.seller.registrations
    return (
        (not law_charge.buyer or case.buyer in law_charge.buyer)
        and (not law_charge.channel or case.channel in law_charge.channel)
        and (not law_charge.transport or case.transport in law_charge.transport)
        and (law_charge.origin is None or law_charge.origin.has(case.lines[i].origin))
        and (not law_charge.place or any(place in law_charge.place for place in case.places))
        and (not law_charge.registered or law_charge.registered in registered)
        and (not law_charge.unregistered or law_charge.unregistered not in registered)
    )


def _bear(
    case: Case,
    values: Values,
    rated: Rated,
    law_charge: Charge,
    picks: Sequence[int],
    done: dict[str, Owed],
    relief: list[int] | None,
    alone: int,
) -> Owed:
    """One charge over the lines, before the consignment's total."""
    many = len(case.lines)
    owed = Owed(law_charge, [0] * many, [0] * many, [None] * many, [()] * many, [""] * many)
    bearing = [
        i
        for i in (range(many) if alone < 0 else (alone,))
        if _bears(case, law_charge, i) and not _unless(law_charge, done, i)
    ]
    for i in bearing:
        owed.bases[i] = _base(values, law_charge, done, i)
    if law_charge.per == "line":
        for i in bearing:
            if law_charge.round_base is not None:
                owed.bases[i] = _to(owed.bases[i], law_charge.round_base)
            if relief is not None and relief[i] >= 0:
                owed.why[i], owed.rows[i] = f"relief:{relief[i]}", ()
            else:
                owed.amounts[i] = _amount(case, rated, owed, i, picks[i], owed.bases[i], case.lines[i].measures)
        return owed
    for group in _groups(case, law_charge, bearing):
        if relief is not None and all(relief[i] >= 0 for i in group):
            for i in group:
                owed.why[i] = f"relief:{relief[i]}"
        else:
            _charge_together(case, values, rated, owed, picks, group)
    return owed


def _unless(law_charge: Charge, done: dict[str, Owed], i: int) -> bool:
    return any(name in done and done[name].amounts[i] != 0 for name in law_charge.unless)


def _groups(case: Case, law_charge: Charge, bearing: list[int]) -> list[list[int]]:
    if law_charge.per == "consignment":
        return [bearing] if bearing else []
    headings: dict[str, list[int]] = {}
    for i in bearing:
        headings.setdefault(case.lines[i].code[:6], []).append(i)
    return list(headings.values())


def _charge_together(
    case: Case, values: Values, rated: Rated, owed: Owed, picks: Sequence[int], group: list[int]
) -> None:
    """A charge once for several lines, shared over them by base, or by customs value for a heading."""
    law_charge = owed.charge
    base = sum(owed.bases[i] for i in group)
    if law_charge.round_base is not None:
        base = _to(base, law_charge.round_base)
    measures = tuple(_summed([case.lines[i].measures[m] for i in group]) for m in range(len(MEASURES)))
    first = min(group, key=lambda i: case.rank[i]) if case.rank else group[0]
    amount = _amount(case, rated, owed, first, picks[first], base, measures)
    weights = [owed.bases[i] for i in group] if law_charge.per == "consignment" else [0]
    if not any(weights):
        weights = [values.by_name[4][i] for i in group]
    rank = [case.rank[i] for i in group] if case.rank else None
    parts = [None] * len(group) if amount is None else split(amount, weights, rank)
    for i, part in zip(group, parts, strict=True):
        owed.amounts[i] = part
        owed.rates[i], owed.rows[i], owed.why[i] = owed.rates[first], owed.rows[first], owed.why[first]


def _summed(measures: list[Number | None]) -> Number | None:
    num, den = 0, 1
    for measure in measures:
        if measure is None:
            return None
        num, den = num * measure[1] + measure[0] * den, den * measure[1]
    return num, den


def _base(values: Values, law_charge: Charge, done: dict[str, Owed], i: int) -> int:
    total = 0
    for term in law_charge.base:
        # An unknown earlier charge counts nothing: the total is then marked `at_least`.
        if term.value >= 0:
            part = values.by_name[term.value][i]
        else:
            part = done[term.charge].amounts[i] or 0 if term.charge in done else 0
        total += _to(part, term.round) if term.round is not None else part
    return total


def _to(amount: int, rule: Round) -> int:
    return half_up(*rounded(amount, 1, rule.direction, rule.num, rule.den))


def _amount(
    case: Case, rated: Rated, owed: Owed, i: int, pick: int, base: int, measures: Sequence[Number | None]
) -> int | None:
    """The amount of a charge on a base, rounded as a line; keeps which rate and rows decided, and why."""
    law, law_charge, line = case.law, owed.charge, case.lines[i]
    rates: list[tuple[Rate, tuple[int, ...], TaxRow | None]] = []
    owed.why[i] = "rate"
    own = line.rates and (line.rates.get(law_charge.id) or line.rates.get(law_charge.kind))
    if own and law_charge.source != "literal":
        rates, owed.why[i] = [(own, (), None)], "caller"
    elif law_charge.source == "literal":
        rates = [(law.rates[law_charge.rate], (law_charge.basis,), None)]
    elif law_charge.source == "tariff":
        rates = [(law.rates[entry.rate], (entry.basis,), None) for entry in (rated.duty[i][pick] if pick >= 0 else ())]
    elif law_charge.source == "additional":
        entry = rated.added[i].get(law_charge.column)
        if entry is None:
            owed.why[i] = ""
            return 0
        rates = [(law.rates[entry.rate], (entry.basis,), None)]
    else:
        name, basis = rated.classes[i][law_charge.tax]
        rows = (basis,) if basis >= 0 else ()
        if name == "":
            owed.why[i] = ""
            return 0
        tax_row = _tax_row(case, f"{law_charge.tax}:{name}", base) if name is not None else None
        if tax_row is not None:
            rates = [(law.rates[tax_row.rate], (tax_row.basis, *rows), tax_row)]
        owed.rows[i] = rows
    best: int | None = None
    for rate, rows, tax_row in rates:
        owed.rows[i] = rows if best is None else owed.rows[i]
        try:
            amount = _rounded(law_charge, tax_row, _evaluate(case, law_charge, rate, base, measures))
        except Missing as missing:
            owed.why[i], owed.rates[i] = str(missing), rate
            return None
        if best is None or amount < best:
            best, owed.rates[i], owed.rows[i] = amount, rate, rows
    if best is None:
        owed.why[i] = "none"
    return best


def _tax_row(case: Case, name: str, base: int) -> TaxRow | None:
    """The rate of a class: of the most exact place that has one, of the band that the base falls in."""
    rows = case.law.taxes.get(name, ())
    for place in case.places:
        here = [row for row in rows if row.place == place]
        if here:
            for row in here:
                if (row.over is None or row.over < base) and (row.up_to is None or base <= row.up_to):
                    return row
            return None
    return None


def _evaluate(case: Case, law_charge: Charge, rate: Rate, base: int, measures: Sequence[Number | None]) -> Number:
    """The exact amount of a rate on a base, in minor units, times the charge's factor."""
    if rate.kind == "share":
        num, den = base * rate.num, rate.den - rate.num if law_charge.inclusive else rate.den
    elif rate.kind == "free":
        return 0, 1
    elif rate.kind in ("unknown", "text"):
        raise Missing(rate.kind)
    elif law_charge.inclusive:
        rest_num, rest_den = run(rate, 0, measures, case.rates_to)
        top, bottom = base * rest_den + rest_num, rest_den * (rate.den - rate.num)
        num, den = top * rate.num * rest_den + rest_num * bottom, bottom * rest_den
    else:
        num, den = run(rate, base, measures, case.rates_to)
    return num * law_charge.factor_num, den * law_charge.factor_den


def run(rate: Rate, base: int, measures: Sequence[Number | None], rates_to: dict[str, Number]) -> Number:
    """Runs a rate's program. Raises Missing with the measure or the currency that is not given."""
    stack: list[Number] = []
    for step in rate.program:
        op = step.op
        if op == SHARE:
            stack.append((base * step.num, step.den))
        elif op in (UNIT, FLAT):
            measure: Number | None = measures[step.measure] if op == UNIT else (1, 1)
            if measure is None:
                raise Missing(f"measure:{MEASURES[step.measure]}")
            if step.currency not in rates_to:
                raise Missing(f"currency:{step.currency}")
            each = rates_to[step.currency]
            stack.append((step.num * measure[0] * each[0], step.den * measure[1] * each[1]))
        elif op == VALUE:
            stack.append((base, 1))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combined(op, left, right))
    return stack[0]


def _combined(op: int, left: Number, right: Number) -> Number:
    if op in (ADD, SUB):
        sign = 1 if op == ADD else -1
        return left[0] * right[1] + sign * right[0] * left[1], left[1] * right[1]
    lesser = left[0] * right[1] <= right[0] * left[1]
    return left if (op == MIN) is lesser else right


def _rounded(law_charge: Charge, row: TaxRow | None, amount: Number) -> int:
    num, den = amount
    if num <= 0:
        num, den = 0, 1
    if row is not None:
        if row.floor is not None and num < row.floor * den:
            num, den = row.floor, 1
        if row.cap is not None and num > row.cap * den:
            num, den = row.cap, 1
    rule = law_charge.round_line
    if rule.direction == "half_up" and rule.num == rule.den:
        return (2 * num + den) // (2 * den)
    return half_up(*rounded(num, den, rule.direction, rule.num, rule.den))


def _total(owed: Owed) -> None:
    """The consignment's amount: the lines' sum, rounded, waived where it is too small to collect."""
    if None in owed.amounts:
        owed.total = None
        return
    total = sum(amount or 0 for amount in owed.amounts)
    law_charge = owed.charge
    if total < law_charge.waived_below:
        owed.waived = total > 0
        total = 0
        owed.amounts = [0] * len(owed.amounts)
    elif law_charge.round_total is not None:
        total = _to(total, law_charge.round_total)
    owed.total = total
