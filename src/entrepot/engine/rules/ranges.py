"""One procedure with the figures of several candidates: a figure that differs becomes a range.

The candidates of a sale are assessed and explained one by one (see `flow.candidates`); here the same procedure of each
of them becomes one option.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from entrepot.engine.case import AssessedCharge, AssessedRegime, OpenFact
from entrepot.engine.rules import wording
from entrepot.law.rates import UNITS
from entrepot.model.quote import (
    Candidate,
    Charge,
    Condition,
    LineCharge,
    Option,
    OptionLine,
    RateDetails,
    Reason,
    Requirement,
    Subtotals,
    Treatment,
)

T = TypeVar("T", Charge, Condition, Requirement, Treatment)
Part = TypeVar("Part", Charge, LineCharge)
Rated = TypeVar("Rated", Charge, Treatment)
Text = str | None

#: States of a condition that differ between candidates, the one that binds most first.
STATES = ("asked", "assumed", "passed")
#: Kinds of charges that the duty by a tariff treatment is, or may be part of the base of.
BY_DUTY = ("duty", "excise", "vat", "income_tax")
#: Types of rates that are no share of a base.
WITHOUT_BASE = ("per_unit", "flat_amount")
#: The amounts by a unit, and the percentages, in the text of a rate.
_BY_UNIT = re.compile(r"(\d+(?:\.\d+)?) [A-Z]{3}/(\d*)([a-z][a-z0-9_]*)")
_PERCENTAGE = re.compile(r"(\d+(?:\.\d+)?) ?%")
#: The rate of a charge of which no candidate bears an amount.
NIL = RateDetails(rate_type="free", text="free", percentage_decimal="0")


def span(texts: Sequence[Text]) -> tuple[Text, str | None, str | None]:
    """A figure of all candidates, or None with the lowest and the highest; None: there is none.

    >>> span(["7.00", "7.00"]), span(["7.00", "10.00"]), span(["7.00", None]), span([None, None])
    (('7.00', None, None), (None, '7.00', '10.00'), (None, '7.00', None), (None, None, None))
    """
    known = sorted({text for text in texts if text is not None}, key=Decimal)
    if not known:
        return None, None, None
    if None in texts:
        return None, known[0], None
    return (known[0], None, None) if len(known) == 1 else (None, known[0], known[-1])


def fold_options(
    options: Sequence[Option], status: str, zero: str, candidates: Sequence[Candidate], shown: Sequence[int]
) -> Option:
    """The option of a procedure for all candidates. `zero`: no money, in the currency's decimals.

    `shown[line]`: the candidate whose treatment the line has.
    """
    first = options[0]
    at_least = any(each.at_least for each in options)
    found = _figures(options, "amount_charges", "amount_recoverable", "amount_landed", highest=not at_least)
    known = [_has_amounts(each) for each in options]
    charges = _fold_charges([each.charges for each in options], known, zero)
    if found["amount_landed"] is not None:  # no open fact matters here, neither does a charge by it
        left_out = _relieved_for_some([each.charges for each in options])
        charges = tuple(each for each in charges if each.id not in left_out)
    return msgspec.structs.replace(
        first,
        status=status,
        conditions=_fold_each([each.conditions for each in options], _fold_conditions),
        amount_subtotals=_fold_subtotals([each.amount_subtotals for each in options], highest=not at_least),
        at_least=at_least
        or (found["amount_landed"] is None and found["amount_landed_high"] is UNSET and _is_known(options)),
        charges=charges,
        lines=tuple(_fold_lines(options, known, i, shown[i], charges, zero) for i in range(len(first.lines))),
        requirements=_fold_each([each.requirements for each in options], lambda same: same[0]),
        warnings=merge_reasons([each.warnings for each in options]),
        citations=_union(options),
        candidates=tuple(candidates) if found["amount_landed"] is None and candidates else UNSET,
        **found,
    )


def without_figures(option: Option, lines: Sequence[int]) -> Option:
    """The option of a candidate if some of its lines do not get the conditional treatment that its figures have.

    Then their duty, and the taxes on it, are not known.
    """
    unknown = {each.id for each in option.charges if each.kind in BY_DUTY}
    return msgspec.structs.replace(
        option,
        amount_subtotals=None,
        amount_charges=None,
        amount_recoverable=None,
        amount_landed=None,
        charges=tuple(_without_amounts(option.charges, unknown)),
        lines=tuple(
            msgspec.structs.replace(line, charges=tuple(_without_amounts(line.charges, unknown)))
            if i in lines
            else line
            for i, line in enumerate(option.lines)
        ),
    )


def mark_lowest(assessed: AssessedRegime, charges: list[Charge]) -> list[Charge]:
    """The charges, marked `at_least` where another that is not known is missing in their base."""
    lacking = {each.id for each in charges if each.amount is None}
    if not lacking:
        return charges
    bases = {owed.charge.id: [term.charge for term in owed.charge.base] for owed in assessed.charges}
    relieved = {owed.charge.id for owed in assessed.charges if _is_relieved_by_charges(assessed, owed)}
    marked: set[str] = set()
    for each in charges:
        if each.amount is None or each.rate_details.rate_type in WITHOUT_BASE:
            continue
        nil = each.rate_details.percentage_decimal == "0" or each.reason != "rate"
        if not Decimal(each.amount) and nil and each.id not in relieved:
            continue
        if not (lacking | marked).isdisjoint(bases[each.id]):
            marked.add(each.id)
    return [msgspec.structs.replace(each, at_least=True) if each.id in marked else each for each in charges]


def _is_relieved_by_charges(assessed: AssessedRegime, owed: AssessedCharge) -> bool:
    """Whether a charge is nil because charges are within a limit: with one more in its base they may be above it."""
    met = {int(why.removeprefix("relief:")) for why in owed.why if why.startswith("relief:")}
    return any(assessed.regime.thresholds[index].charges for index in met)


def _without_amounts(charges: Sequence[Part], unknown: set[str]) -> list[Part]:
    return [msgspec.structs.replace(each, amount=None) if each.id in unknown else each for each in charges]


def fold_facts(facts: Sequence[tuple[tuple[OpenFact, ...], Text]]) -> list[Candidate]:
    """The values of each open fact with the landed amounts under them; a fact that changes nothing is left out.

    A fact may be open only where another has some value: amounts that do not depend on it count for each of its values.
    """
    landed: dict[tuple[str, bool], dict[tuple[str, str], list[Text]]] = {}
    for each, amount in facts:
        for fact in each:
            landed.setdefault(_question(fact), {}).setdefault((fact.value, fact.label), []).append(amount)
    found = []
    for question, values in landed.items():
        elsewhere = [amount for each, amount in facts if question not in map(_question, each)]
        spans = {value: span([*amounts, *elsewhere]) for value, amounts in values.items()}
        if len(set(spans.values())) > 1:
            found += [
                Candidate(
                    settles=question[0],
                    value=value,
                    label=label,
                    amount_landed=amount,
                    amount_landed_low=UNSET if low is None else low,
                    amount_landed_high=UNSET if high is None else high,
                )
                for (value, label), (amount, low, high) in spans.items()
            ]
    return found


def _question(fact: OpenFact) -> tuple[str, bool]:
    """What a fact answers: a field by a value, or in words. The code of a line may be open in both ways."""
    return fact.settles, bool(fact.value) or fact.label.startswith(wording.OTHER_LINE)


def merge_reasons(reasons: Sequence[Sequence[Reason]]) -> tuple[Reason, ...]:
    """The reasons of all candidates, each once."""
    return tuple({(each.message, each.param): each for some in reasons for each in some}.values())


def _is_known(options: Sequence[Option]) -> bool:
    return any(_has_amounts(each) for each in options)


def _has_amounts(option: Option) -> bool:
    return option.amount_subtotals is not None


def _figures(records: Sequence[Any], *names: str, highest: bool = True) -> dict[str, Any]:
    """The values of figures and of their ends, by the names of the fields.

    Not `highest`: a charge is left out of some of the figures, so that none of them is the highest.
    """
    found: dict[str, Any] = {}
    for name in names:
        amount, low, high = span([getattr(each, name) for each in records])
        found[name] = amount
        found[f"{name}_low"], found[f"{name}_high"] = (UNSET if end is None else end for end in (low, high))
        if not highest:
            found[f"{name}_high"] = UNSET
    return found


def _fold_subtotals(subtotals: Sequence[Subtotals | None], *, highest: bool) -> Subtotals | None:
    known = [each for each in subtotals if each is not None]
    if not known:
        return None
    found = _figures(known, "goods", "duties", "taxes", "fees", highest=highest)
    if len(known) < len(subtotals):
        # A candidate without figures: what it would be taxed has no highest amount.
        for name in ("duties", "taxes"):
            if found[name] is not None:
                found[f"{name}_low"], found[name] = found[name], None
            found[f"{name}_high"] = UNSET
    return msgspec.structs.replace(known[0], **found)


def _fold_each(records: Sequence[Sequence[T]], fold: Callable[[Sequence[T]], T]) -> tuple[T, ...]:
    """The records of all candidates, those with one id as one, in the order in which they first occur."""
    return tuple(same[0] if all(each == same[0] for each in same) else fold(same) for same in _by_id(records).values())


def _by_id(records: Sequence[Sequence[T]]) -> dict[str, list[T]]:
    """The records of all candidates by their ids, in the order in which these first occur."""
    by_id: dict[str, list[T]] = {}
    for some in records:
        for each in some:
            by_id.setdefault(each.id, []).append(each)
    return by_id


def _fold_conditions(same: Sequence[Condition]) -> Condition:
    states = {each.state for each in same}
    # A condition that only some candidates fail is open.
    state = "asked" if "failed" in states else next(each for each in STATES if each in states)
    return msgspec.structs.replace(same[0], state=state)


def _fold_charges(charges: Sequence[Sequence[Charge]], known: Sequence[bool], zero: str) -> tuple[Charge, ...]:
    """The charges of all candidates; a charge that a candidate does not bear is nil there.

    `known`: which candidates have subtotals. One without has left out a charge, also from what is charged on it:
    its amounts are not among the lowest, and there is no highest one. Of a charge that every candidate bears, with
    nothing left out, all amounts count.
    """
    counted = [some for some, is_known in zip(charges, known, strict=True) if is_known] or charges
    bounded = len(counted) == len(charges)
    settled = (
        set() if bounded else set.intersection(*({each.id for each in some if _is_whole(each)} for some in charges))
    )

    def fold(same: Sequence[Charge]) -> Charge:
        is_settled = same[0].id in settled
        borne = _borne(same[0].id, charges if is_settled else counted)
        amount, low, high = span([zero if each is None else each.amount for each in borne])
        if not bounded and not is_settled:
            amount, low, high = None, amount if low is None else low, None
        if amount is None and high is None:
            lows = (low, *(each.amount_low for each in borne if each is not None))
            low = min((end for end in lows if end), key=Decimal, default=None)
        ends = [
            pick((each for each in same if each.amount == end), key=lambda each: _rate_size(each.rate_details.text))
            for end, pick in ((low, min), (high, max))
            if end in _amounts(same)
        ]
        if high is None and amount is None:
            ends += _unmeasured_ends([each for each in same if each.amount is None], lowest=not ends)
        whole = len(same) == len(charges)
        return msgspec.structs.replace(
            same[0],
            amount=amount,
            amount_low=UNSET if low is None else low,
            amount_high=UNSET if high is None else high,
            at_least=True if any(each.at_least is True for each in same) else UNSET,
            taxable_amount=same[0].taxable_amount if len({each.taxable_amount for each in same}) == 1 else None,
            rate_details=_details(same, ends, amount, whole=whole),
            formula=same[0].formula if len({each.formula for each in same}) == 1 else "",
            reason=same[0].reason if len({each.reason for each in same}) == 1 else "several",
            citations=_union(same),
        )

    def fold_id(same: Sequence[Charge]) -> Charge:
        whole = len(same) == len(charges) and all(each == same[0] for each in same)
        return same[0] if whole else fold(same)

    return tuple(fold_id(same) for same in _by_id(charges).values())


def _relieved_for_some(charges: Sequence[Sequence[Charge]]) -> set[str]:
    """The charges that some candidates do not have, and of which the others are relieved."""
    by_id = _by_id(charges)
    return {
        name
        for name, same in by_id.items()
        if len(same) < len(charges) and all(each.reason == "relief" and not Decimal(each.amount or 1) for each in same)
    }


def _is_whole(charge: Charge) -> bool:
    """Whether the amount of a charge is known and nothing is left out of its base."""
    return charge.amount is not None and charge.at_least is UNSET


def _details(same: Sequence[Charge], ends: Sequence[Charge], amount: Text, *, whole: bool) -> RateDetails:
    """The rate of a charge over candidates; not `whole`: some candidate does not bear it."""
    if whole and len({each.rate_details.text for each in same}) == 1:
        return same[0].rate_details
    if amount is not None and not whole:
        return NIL  # no candidate bears an amount
    return _between(ends, whole=whole)


def _borne(name: str, charges: Sequence[Sequence[Charge]]) -> list[Charge | None]:
    """A charge by its id as each candidate bears it; None where it does not."""
    return [next((each for each in some if each.id == name), None) for some in charges]


def _unmeasured_ends(parts: Sequence[Rated], *, lowest: bool) -> list[Rated]:
    """Of parts without an amount the one with the highest rate, and before it the `lowest`.

    Nothing where one lacks its rate, not only a measure.
    """
    if not parts or any(each.rate_details.rate_type in ("unknown", "none", "range") for each in parts):
        return []
    picked = [min, max] if lowest else [max]
    return [pick(parts, key=lambda each: _rate_size(each.rate_details.text)) for pick in picked]


def _amounts(charges: Sequence[Charge]) -> set[Text]:
    return {each.amount for each in charges} - {None}


@lru_cache(maxsize=4096)
def _rate_size(text: str) -> tuple[Fraction, Fraction]:
    """What orders rates of one amount, as those are for which a measure is not given: by the unit, then by percentage.

    >>> _rate_size("744 CHF/100kg") < _rate_size("12 CHF/kg") < _rate_size("12 CHF/kg + 2 %")
    True
    """
    by_unit = [
        Fraction(amount) / (int(many or 1) * UNITS[unit][1])
        for amount, many, unit in _BY_UNIT.findall(text)
        if unit in UNITS
    ]
    shares = [Fraction(each) for each in _PERCENTAGE.findall(text)]
    return max(by_unit, default=Fraction(0)), max(shares, default=Fraction(0))


def _between(ends: Sequence[Charge | Treatment], *, whole: bool = True) -> RateDetails:
    """The rates of the lowest and the highest amount; not `whole`: the charge does not apply to every candidate."""
    texts = [] if whole else ["free"]
    texts += [
        "free" if isinstance(each, Charge) and each.reason == "relief" else each.rate_details.text for each in ends
    ]
    if not texts:
        return RateDetails(rate_type="range", text="unknown")
    alone = len(set(texts[:1] + texts[-1:])) == 1
    text = f"from {texts[0].removeprefix('from ')}" if alone else wording.between(texts[0], texts[-1])
    return RateDetails(rate_type="range", text=text)


def _fold_lines(
    options: Sequence[Option], known: Sequence[bool], i: int, shown: int, whole: Sequence[Charge], zero: str
) -> OptionLine:
    """One line of the sale for all candidates. Its treatment is that of the one `shown`, with the figures of all.

    `known`: which candidates have subtotals; `whole`: the charges of the consignment for all candidates.
    """
    lines = [option.lines[i] for option in options]
    charges = _fold_charges([option.line_charges(option.lines[i]) for option in options], known, zero)
    by_id = {charge.id: charge for charge in whole}
    found = _figures(lines, "customs_value")
    all_treatments = [(*((each.treatment,) if each.treatment is not None else ()), *each.treatments) for each in lines]
    treatments = _fold_each(all_treatments, _fold_treatments)
    picked = lines[shown].treatment
    pick = picked.id if picked is not None else None
    return msgspec.structs.replace(
        lines[0],
        name=lines[0].name if len({each.name for each in lines}) == 1 else None,
        treatment=next((each for each in treatments if each.id == pick), None),
        treatments=tuple(each for each in treatments if each.id != pick),
        charges=tuple(LineCharge.of(charge, by_id[charge.id]) for charge in charges if charge.id in by_id),
        **found,
    )


def _fold_treatments(same: Sequence[Treatment]) -> Treatment:
    found = _figures(same, "duty", "charges")
    by_duty = sorted(
        (each for each in same if each.duty is not None),
        key=lambda each: (Decimal(each.duty or 0), _rate_size(each.rate_details.text)),
    )
    unmeasured = _unmeasured_ends([each for each in same if each.duty is None], lowest=not by_duty)
    ends = [*by_duty[:1], *(by_duty[-1:] if len(by_duty) == len(same) else unmeasured)]
    statuses = {each.status for each in same}
    return msgspec.structs.replace(
        same[0],
        status=same[0].status if len(statuses) == 1 else "conditional",
        rate_details=same[0].rate_details if len({each.rate_details.text for each in same}) == 1 else _between(ends),
        conditions=_fold_each([each.conditions for each in same], _fold_conditions),
        citations=_union(same),
        **found,
    )


def _union(records: Sequence[Any]) -> tuple[Any, ...]:
    """The citations of all candidates, each once."""
    return tuple(dict.fromkeys(citation for each in records for citation in each.citations))
