"""One charge on one line, and the sum of the charges of a line by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from entrepot.engine.case import ApplicableRate, ApplicableRates, AssessedCharge, Case, Number, Values
from entrepot.engine.rules.rate_amount import Missing, rate_amount, round_to, rounded_amount
from entrepot.law.compiled import Memo
from entrepot.law.rates import Rate
from entrepot.law.records import Charge, Regime
from entrepot.model.rule_kinds import CHARGE_KINDS


class ChargeAmount(msgspec.Struct, frozen=True, gc=False):
    """An amount (None: unknown), why, the rate and rows that decided it, and the amount before the charge's factor.

    `least`: the lowest amount, where the amount of a candidate of highest rates is unknown for want of a highest one;
    `full` is then that before the factor.
    """

    amount: int | None
    why: str
    rate: Rate | None = None
    rows: tuple[int, ...] = ()
    full: int = 0
    least: int = 0


def charge_amount(
    case: Case, charge: Charge, ruled: ApplicableRate, base: int, measures: Sequence[Number | None]
) -> ChargeAmount:
    """The amount of a charge on a base, rounded as the law rounds a line: of several choices the lowest."""
    choices = ruled.choices
    if ruled.bands:
        choices = tuple(
            choice
            for choice in choices
            if (choice.over is None or choice.over < base) and (choice.up_to is None or base <= choice.up_to)
        )[:1]
    if not choices:
        why = "none" if ruled.why == "rate" else ruled.why
        return ChargeAmount(_not_known(case, charge) if why else 0, why, None, ruled.rows)
    if charge.plain and len(choices) == 1 and base >= 0:
        # A shortcut for the most common rates, with the same result as below: ad valorem or free, without bounds.
        rate, rows, _, _, floor, cap = choices[0]
        if floor is None and cap is None:
            if rate.kind == "share":
                return ChargeAmount((2 * base * rate.num + rate.den) // (2 * rate.den), ruled.why, rate, rows)
            if rate.kind == "free":
                return ChargeAmount(0, ruled.why, rate, rows)
    best: ChargeAmount | None = None
    for choice in choices:
        rate = _end_of(choice.rate, case.end) if choice.rate.kind == "range" else choice.rate
        try:
            exact = rate_amount(charge, rate, base, measures, case.rates_to, end=case.end)
        except Missing as missing:
            unknown = ChargeAmount(_not_known(case, charge), str(missing), rate, choice.rows)
            return _with_least(case, charge, ruled, base, measures, unknown) if case.end == "high" else unknown
        found = rounded_amount(exact, choice.floor, choice.cap, charge.round_line)
        if best is None or best.amount is None or found < best.amount:
            best = ChargeAmount(found, ruled.why, rate, choice.rows)
    if charge.full and best is not None and best.rate is not None:
        whole = rate_amount(charge, best.rate, base, measures, case.rates_to, full=True, end=case.end)
        return msgspec.structs.replace(best, full=rounded_amount(whole, None, None, charge.round_line))
    return best or ChargeAmount(None, "none")


def _with_least(
    case: Case,
    charge: Charge,
    ruled: ApplicableRate,
    base: int,
    measures: Sequence[Number | None],
    unknown: ChargeAmount,
) -> ChargeAmount:
    """An amount without a highest one, with the lowest: that counts where no highest total is sought.

    Of a charge that the procedure needs it is the amount itself, where a lowest total is sought.
    """
    required = CHARGE_KINDS[charge.kind].required
    if required and not case.nil:
        return unknown
    low = charge_amount(msgspec.structs.replace(case, end="low"), charge, ruled, base, measures)
    if required:
        return msgspec.structs.replace(unknown, full=low.full, amount=low.amount or 0)
    return msgspec.structs.replace(unknown, full=low.full, least=low.amount or 0)


def _end_of(ranged: Rate, end: str) -> Rate:
    """The end of a range of rates that a candidate is assessed with; the range, an unknown rate, if it has no end."""
    return (ranged.high if end == "high" else ranged.low) or ranged


def _not_known(case: Case, charge: Charge) -> int | None:
    """The amount of a charge of which nothing is known: nil where a lowest total is sought that needs the charge."""
    return 0 if case.nil and CHARGE_KINDS[charge.kind].required else None


def applies(case: Case, charge: Charge, i: int) -> bool:
    """Whether a charge applies to this sale and this line."""
    registered = case.registrations
    return (
        (not charge.buyer or case.buyer in charge.buyer)
        and (not charge.channel or case.channel in charge.channel)
        and (not charge.transport or case.transport in charge.transport)
        and (charge.origin is None or charge.origin.has(case.lines[i].origin))
        and (not charge.place or any(place in charge.place for place in case.places))
        and (not charge.registered or charge.registered in registered)
        and (not charge.unregistered or charge.unregistered not in registered)
    )


class ChargeOfGoods(NamedTuple):
    """A charge of a procedure on some goods, as far as the goods, the place and the parties decide it.

    `applies`: whether it is one of this sale; `rate`: its rate, except that of a duty by the treatment of a line;
    `nothing`: whether it bears nothing, where no threshold relieves it. `nil`: the charge of a sale of these goods
    alone, if it bears nothing in any place; nobody may change it. `of_buyer`: see `borne_by_buyer`; `required`: whether
    a procedure cannot be assessed without it. `of_value`: the value, by its place in `law.compiled.VALUES`, that is the
    whole base of the charge; -1 for any other base. `summed`: whether the amount of the consignment is the sum of the
    lines, neither rounded nor waived.
    """

    charge: Charge
    applies: bool
    rate: ApplicableRate
    nothing: bool
    nil: AssessedCharge | None
    of_buyer: bool
    required: bool
    of_value: int
    summed: bool

    def rate_under(self, rates: ApplicableRates, i: int, pick: int) -> ApplicableRate:
        """The rate on a line: for the duty of the tariff that of the treatment picked."""
        return rates.tariff[i][pick] if self.charge.source == "tariff" and pick >= 0 else self.rate


#: What decides the charges of goods: the procedure, the buyer, the channel, the transport, the places of the buyer, the
#: seller's registrations, and the service, row of the schedule and origin of a line.
DecidedBy = tuple[str, str, str, str | None, tuple[str, ...], frozenset[str], str, int, str]


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law: the charges of goods, each with the rates that they were made of."""

    charges: Memo[DecidedBy, tuple[Mapping[int, ApplicableRate], tuple[ChargeOfGoods, ...]]] = field(
        default_factory=Memo
    )


def charges_of_goods(case: Case, rates: ApplicableRates, regime: Regime, i: int) -> tuple[ChargeOfGoods, ...]:
    """The charges of a procedure on the goods of a line. Cached for the rates that the law has for these goods."""
    line, by_basis = case.lines[i], rates.by_charge[i]
    registered = case.law.schemes.intersection(case.registrations)
    decided = (regime.id, case.buyer, case.channel, case.transport, case.places, registered)
    key = (*decided, line.service, line.row, line.origin)
    memo = case.law.derived(_Derived).charges
    known = memo.get(key)
    # A line with rates of its own, or by the value of a unit, has other rates each time.
    if known is None or known[0] is not by_basis:
        found = tuple([_charge_of_goods(case, charge, by_basis[charge.basis], i) for charge in regime.charges])
        known = memo.store(key, (by_basis, found))
    return known[1]


def _charge_of_goods(case: Case, charge: Charge, rate: ApplicableRate, i: int) -> ChargeOfGoods:
    concerned = charge.always or applies(case, charge, i)
    nothing = not concerned or (not rate.why and not rate.choices and charge.source != "tariff")
    nil = nil_charge(charge) if nothing and not charge.place else None
    of_buyer, required = borne_by_buyer(case, charge), CHARGE_KINDS[charge.kind].required
    whole = charge.base[0] if len(charge.base) == 1 and charge.round_base is None else None
    of_value = whole.value if whole is not None and whole.round is None else -1
    summed = not charge.waived_below and charge.round_total is None
    return ChargeOfGoods(charge, concerned, rate, nothing, nil, of_buyer, required, of_value, summed)


def nil_charge(charge: Charge, base: int = 0) -> AssessedCharge:
    """A charge on a sale of one line that does not bear it."""
    return AssessedCharge(charge, [0], [base], [None], [()], [""], [0] if charge.full else [])


def applicable_rate(rates: ApplicableRates, charge: Charge, i: int, pick: int) -> ApplicableRate:
    """The rate of a charge on a line: for the duty of the tariff that of the treatment picked."""
    return rates.tariff[i][pick] if charge.source == "tariff" and pick >= 0 else rates.by_charge[i][charge.basis]


def borne_by_buyer(case: Case, charge: Charge) -> bool:
    """Whether the buyer pays a charge and does not recover it; only such charges count when procedures are compared."""
    return charge.charged_to == "buyer" and (case.buyer == "consumer" or charge.recoverable != "yes")


def _base(charge: Charge, values: Values, i: int, counted: Mapping[str, int], full: Mapping[str, int]) -> int:
    """The base of a charge on a line: an earlier charge counts its amount, or that before its factor (`full`)."""
    base = 0
    for term in charge.base:
        if term.value >= 0:
            part = values.by_name[term.value][i]
        else:
            part = (full if term.full else counted).get(term.charge, 0)
        base += round_to(part, term.round) if term.round is not None else part
    return base if charge.round_base is None else round_to(base, charge.round_base)


def line_cost(
    case: Case,
    values: Values,
    rates: ApplicableRates,
    charges: Sequence[ChargeOfGoods],
    i: int,
    pick: int,
    reliefs: Mapping[str, list[int]],
) -> tuple[int | None, int | None]:
    """The duty of a line under a treatment, and the sum of its charges that the buyer bears; None: unknown.

    `charges`: those of the procedure on the goods of the line.
    Only charges by the line and reliefs by value count, not what is rounded, waived or relieved for the consignment.
    """
    duty: int | None = 0
    cost: int | None = 0
    amounts: dict[str, int | None] = {}
    counted: dict[str, int] = {}
    full: dict[str, int] = {}
    line = case.lines[i]
    for each in charges:
        charge = each.charge
        lines = reliefs.get(charge.id) if reliefs else None
        if charge.per != "line" or (each.nothing and lines is None):
            continue
        found: int | None = 0
        least = 0
        if lines is not None and lines[i] != -1:
            found = 0 if lines[i] >= 0 else None
        elif not each.nothing and not (charge.unless and any(amounts.get(name, 0) != 0 for name in charge.unless)):
            base = values.by_name[each.of_value][i] if each.of_value >= 0 else _base(charge, values, i, counted, full)
            figure = charge_amount(case, charge, each.rate_under(rates, i, pick), base, line.measures)
            found, full[charge.id], least = figure.amount, figure.full, figure.least
        amounts[charge.id] = found
        counted[charge.id] = part = found or least
        if found is None:
            duty = None if charge.kind == "duty" else duty
            cost = None if each.required else cost
        if part:
            if charge.kind == "duty" and duty is not None:
                duty += part
            if cost is not None and each.of_buyer:
                cost += part
    return duty, cost
