"""Candidates: the values of a fact that a sale leaves open, each assessed exactly.

A sale may leave open which of several tariff lines its goods are in, the buyer's province, whether the value of a unit
reaches the limit of a class of tax, a rate that is known only as a range, or a measure (a weight, a volume) that a rate
needs: then the ends are the lowest and the highest amount that the rate can have. Each value is a candidate. Every
combination of the candidates is a sale of its own, and is assessed like any other. If all of them have the same
figures, the fact does not matter; otherwise the lowest and the highest figure are the answer, and the fact that would
settle it is named.

In a sale of several lines, one line that cannot be assessed does not refuse the others: its unknown duties and taxes
are nil in one candidate, which gives the lowest total, and unknown in the other, so that there is no highest one. A
procedure that knows no line has no figures.

Where the lines of a sale have more than MAX_COMBINATIONS combinations of tariff lines, not all are assessed: under each
procedure, the line with the lowest and the one with the highest total are found for each line of the sale by itself
(beyond MAX_ALONE tariff lines, by the charges of each line), and these are combined. The choice of a tariff line
changes nothing about the other lines of the sale, except what the consignment has in common (a limit, a rounding, a
fee).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, product
from math import prod

import msgspec

from entrepot.engine.case import ApplicableRate, AssessedRegime, AssessedSale, Case, CaseLine, OpenFact, RateChoice
from entrepot.engine.flow import choose
from entrepot.engine.rules import wording
from entrepot.engine.rules.charges_of_law import charges_by_basis, settling_classes
from entrepot.engine.rules.confidence import has_no_rate, leaves_out_a_charge
from entrepot.engine.rules.measures import lacking_measure, measure_missing
from entrepot.engine.rules.own_currency import rates_without_exchange
from entrepot.engine.rules.own_rates import name_in_law
from entrepot.engine.rules.places import lacks_place, parts_of
from entrepot.engine.rules.rate_amount import takes_share
from entrepot.engine.rules.reasons import FIELDS, reason
from entrepot.law.codes import LineGroup
from entrepot.law.compiled import Law
from entrepot.law.records import Charge
from entrepot.model.quote import Reason

#: Combinations of the tariff lines of several lines of a sale, beyond which only the lowest and highest are combined.
MAX_COMBINATIONS = 64
#: Tariff lines that are tried one by one, with those of the other lines as they are, to find the lowest and the highest
#: combination; where there are more, those of all lines are tried together and the charges of each line are compared.
MAX_ALONE = 100
#: Sales that are assessed for one answer; a sale that would need more is refused with the facts that it lacks.
MAX_CANDIDATES = 500

#: Digits of a code that is one line of a national schedule: a longer code does not settle its rate.
NATIONAL = 8
#: Kinds of charges of which the rest of a short code may settle the rate.
DUTIES = ("duty", "additional_duty")
#: Digits of a code that a description means.
SIX = 6

#: Assesses a case that leaves no fact of its lines open.
Assess = Callable[[Case], AssessedSale]
#: A cost is None where it is not known.
Cost = int | None
#: A value of an open fact, with a reason for each line that it concerns, and the case with it; none for a line without
#: a known duty, which has no values.
Candidate = tuple[tuple[OpenFact, ...], Case]


class TooManyCandidates(Exception):
    """The open facts of a sale have more combinations than are assessed."""


def with_candidates(first: AssessedSale, assess: Assess, cost: Callable[[Case, AssessedRegime], Cost]) -> AssessedSale:
    """A sale with the candidates of its open facts; the sale itself if it has none, or if none changes a figure.

    `first`: the sale with the first candidate of each fact; `cost`: what a procedure costs the buyer.
    """
    if not _is_open(first):
        return first
    found: list[AssessedSale] = []
    try:
        for facts, case, assessed in _combine_lines(first, assess, cost):
            for each in _settle(facts, assessed or assess(case), assess):
                found.append(each)
                if len(found) > MAX_CANDIDATES:
                    raise TooManyCandidates
    except TooManyCandidates:
        return _refuse(first.case)
    if all(_have_same_figures(found[0], each) for each in found[1:]):
        return found[0]._replace(facts=())
    return _fold(found, cost)


def _refuse(case: Case) -> AssessedSale:
    """A sale with too many candidates: refused, with each line whose code is short."""
    reasons = [_short_code(line) for line in case.lines if line.groups]
    return AssessedSale(msgspec.structs.replace(case, refused=reasons), [], -1)


def _short_code(line: CaseLine) -> Reason:
    if line.unsure is not None:
        return line.unsure
    codes = sorted({code for group in line.groups for code in group.codes} - {line.given_code})
    shown = ", ".join(codes[:12]) + (" …" if len(codes) > 12 else "")
    return reason("hs_code.ambiguous", f"{line.param}.hs_code", code=line.given_code, lines=shown)


def _is_open(assessed: AssessedSale) -> bool:
    """Whether a fact is open; quick, since most sales leave none open."""
    case = assessed.case
    if any(line.groups for line in case.lines):
        return True
    if lacks_place(case) and any(owed.elsewhere for each in assessed.regimes for owed in each.charges):
        return True
    rates = assessed.rates
    for line, tariff, by_charge in zip(case.lines, rates.tariff, rates.by_charge, strict=True) if rates else ():
        for ruled in (*tariff, *by_charge.values()):
            if ruled.ranged or ruled.why in ("place", "class") or (ruled.measures and ruled.is_open(line)):
                return True
    if case.home_currency != case.law.currency and any(
        why.startswith("limit:") for each in assessed.regimes for owed in each.charges for why in owed.why
    ):
        return True
    return _is_partly_known(assessed)


def _is_partly_known(assessed: AssessedSale) -> bool:
    """Whether some lines of a sale are assessed, and others cannot be."""
    if len(assessed.case.lines) < 2:
        return False
    return any(_knows_some_lines(assessed.case, each) for each in assessed.regimes)


def _knows_some_lines(case: Case, assessed: AssessedRegime) -> bool:
    """Whether a procedure knows the duties and taxes of some lines of a sale, and not those of others."""
    many = len(assessed.picks)
    if assessed.regime.treatments == "preferences" and any(_has_no_preference(case, assessed, i) for i in range(many)):
        return False  # the procedure is only for goods that have one
    return assessed.unknown and 0 < sum(_line_is_known(assessed, i) for i in range(many)) < many


def _has_no_preference(case: Case, assessed: AssessedRegime, i: int) -> bool:
    """Whether the law has no preference for a line; one whose rate is not known is not meant."""
    pick = assessed.picks[i]
    return pick < 0 or (assessed.rates.tariff[i][pick].why == "none" and has_no_rate(case.law, assessed, i, pick))


def _line_is_known(assessed: AssessedRegime, i: int) -> bool:
    required = [owed.amounts[i] for owed in assessed.charges if choose.is_required(owed.charge)]
    return None not in required


def _combine_lines(
    first: AssessedSale, assess: Assess, cost: Callable[[Case, AssessedRegime], Cost]
) -> Iterator[tuple[tuple[OpenFact, ...], Case, AssessedSale | None]]:
    """The case with each combination of tariff lines, and its assessment where it is there already."""
    case = first.case
    lines = [i for i, line in enumerate(case.lines) if line.groups]
    if not lines:
        yield (), case, first
        return
    combinations: Sequence[tuple[int, ...]]
    sizes = [range(len(case.lines[i].groups)) for i in lines]
    if len(lines) > 1 and prod(map(len, sizes)) > MAX_COMBINATIONS:
        combinations = _lowest_and_highest(case, lines, assess, cost)
    else:
        combinations = list(product(*sizes))
    for places in combinations:
        facts = tuple(
            _code_fact(case, case.lines[i], case.lines[i].groups[place]) for i, place in zip(lines, places, strict=True)
        )
        yield facts, _with_groups(case, dict(zip(lines, places, strict=True))), None if any(places) else first


def _lowest_and_highest(
    case: Case, lines: list[int], assess: Assess, cost: Callable[[Case, AssessedRegime], Cost]
) -> list[tuple[int, ...]]:
    """For each procedure the tariff lines with the lowest totals, and those with the highest."""
    first = dict.fromkeys(lines, 0)
    found: dict[tuple[int, ...], None] = {}
    totals: dict[int, list[list[Cost]]] = {}
    if sum(len(case.lines[i].groups) for i in lines) > MAX_ALONE:
        totals = _costs_of_lines(case, lines, assess)
    else:
        for i in lines:
            each_group = [assess(_with_groups(case, first | {i: place})) for place in range(len(case.lines[i].groups))]
            totals[i] = [[cost(each.case, regime) for regime in each.regimes] for each in each_group]
    for k in range(len(totals[lines[0]][0])):
        for highest in (False, True):
            found[tuple(_extreme([each[k] for each in totals[i]], highest=highest) for i in lines)] = None
    return list(found)


def _costs_of_lines(case: Case, lines: list[int], assess: Assess) -> dict[int, list[list[Cost]]]:
    """What each line costs with each of its tariff lines, under each procedure, from few assessments of all lines."""
    sizes = {i: len(case.lines[i].groups) for i in lines}
    found: dict[int, list[list[Cost]]] = {i: [] for i in lines}
    for place in range(max(sizes.values())):
        each = assess(_with_groups(case, {i: min(place, size - 1) for i, size in sizes.items()}))
        for i in (i for i, size in sizes.items() if place < size):
            found[i].append([choose.line_burden(each.case, regime.charges, i) for regime in each.regimes])
    return found


def _extreme(costs: Sequence[Cost], *, highest: bool) -> int:
    """The index of the lowest or the highest cost; one that is not known is the highest.

    >>> _extreme([5, None, 3], highest=False), _extreme([5, None, 3], highest=True)
    (2, 1)
    """
    order = sorted(range(len(costs)), key=lambda place: (costs[place] is None, costs[place] or 0))
    return order[-1 if highest else 0]


def _with_groups(case: Case, chosen: dict[int, int]) -> Case:
    """The case with the tariff lines that are chosen, by the index of the line of the sale."""
    lines = []
    for i, line in enumerate(case.lines):
        if i in chosen:
            group = line.groups[chosen[i]]
            code = group.codes[0]
            given = code[:SIX] if line.unsure is not None else line.given_code
            lines.append(msgspec.structs.replace(line, given_code=given, code=code, row=group.row, groups=()))
        else:
            lines.append(line)
    return msgspec.structs.replace(case, lines=lines)


def _code_fact(case: Case, line: CaseLine, group: LineGroup) -> OpenFact:
    names, rate = case.law.names(group.row), _mfn_rate(case.law, line, group)
    if group.codes[0] == line.given_code and line.unsure is None:  # the short code itself settles nothing
        label = f"{wording.OTHER_LINE}; {rate}" if rate else wording.OTHER_LINE
        return OpenFact(f"{line.param}.hs_code", "", label, _short_code(line))
    label = names.get("en") or next(iter(names.values()), "") or rate
    return OpenFact(f"{line.param}.hs_code", group.codes[0], label, _short_code(line))


def _mfn_rate(law: Law, line: CaseLine, group: LineGroup) -> str:
    """The rate of tariff lines for which the pack has no name; empty if it has none either."""
    column = law.by_name.get("tariff:mfn", -1)
    entries = law.group(column, group.row) if column >= 0 else ()
    found = next((each for each in entries if each.origin is None or each.origin.has(line.origin)), None)
    return "" if found is None else f"{wording.MFN}{law.rates[found.rate].text}"


def _settle(facts: tuple[OpenFact, ...], assessed: AssessedSale, assess: Assess) -> Iterator[AssessedSale]:
    """The assessments of a case under every combination of the facts that it still leaves open."""
    candidates = _next_fact(assessed)
    if not candidates:
        yield assessed._replace(facts=facts)
    for more, case in candidates:
        yield from _settle((*facts, *more), assess(case), assess)


def _next_fact(assessed: AssessedSale) -> list[Candidate]:
    """The candidates of the first fact that is open; empty if none is."""
    case = assessed.case
    for regime in assessed.regimes:
        if (left_open := _left_open(case, regime)) is not None:
            return left_open()
    if not case.end and (found := _ranged(assessed)):
        return _ends(case, found)
    if case.nil is None and _is_partly_known(assessed):
        partly = frozenset(each.regime.id for each in assessed.regimes if _knows_some_lines(case, each))
        return [((), msgspec.structs.replace(case, nil=nil)) for nil in (partly, frozenset())]
    return []


def leaves_open(case: Case, assessed: AssessedRegime) -> bool:
    """Whether the charges of a procedure leave a fact open that has candidates; ends of ranges aside."""
    partly = case.nil is None and len(case.lines) > 1 and _knows_some_lines(case, assessed)
    return partly or _left_open(case, assessed) is not None


def _left_open(case: Case, assessed: AssessedRegime) -> Callable[[], list[Candidate]] | None:
    """What makes the candidates of the first fact that the charges of a procedure leave open; None if none is."""
    for owed in assessed.charges:
        if owed.elsewhere:
            return partial(_places, case, owed.charge.name)
        for i, why in enumerate(owed.why):
            if why == "place":
                return partial(_places, case, owed.charge.name)
            if why == "class" and case.dearer is None:
                return partial(_unit_values, case, case.lines[i], owed.charge.name)
            if why.startswith("limit:") and case.within is None and case.home_currency != case.law.currency:
                return partial(_limits, case)
    return None


def _places(case: Case, tax: str) -> list[Candidate]:
    """The states or provinces of the buyer's economy."""
    stated = reason("place.missing", "ship_to.state", name=tax, place=case.law.title)
    return [
        (
            (OpenFact("ship_to.state", part.removeprefix(f"{case.importer}-"), "", stated),),
            msgspec.structs.replace(case, places=(part, case.importer, "")),
        )
        for part in parts_of(case.law, case.importer)
    ]


def _unit_values(case: Case, line: CaseLine, tax: str) -> list[Candidate]:
    """The classes of tax below and above the value of a unit that a class starts at."""
    stated = reason("class.unknown", line.param, name=tax, code=line.given_code)
    return [
        ((OpenFact(line.param, "", label, stated),), msgspec.structs.replace(case, dearer=dearer))
        for dearer, label in ((False, wording.BELOW), (True, wording.ABOVE))
    ]


def _limits(case: Case) -> list[Candidate]:
    """A value within the limits that cannot be compared for want of an exchange rate, and above them."""
    fact = _exchange_fact(case)
    return [
        ((fact._replace(label=label),), msgspec.structs.replace(case, within=within))
        for within, label in ((True, wording.WITHIN), (False, wording.BEYOND))
    ]


def _ranged(assessed: AssessedSale) -> list[tuple[CaseLine, RateChoice, Charge | None]]:
    """The lines with a rate that is known only as a range, or by a measure that is not given.

    Each rate with its charge: those that the line bears under the best procedure, duties and taxes before fees. A line
    that bears none has one of the others, and is named only where no line bears one.
    """
    rates = assessed.rates
    if rates is None:
        return []
    best = assessed.regimes[max(assessed.best, 0)]
    by_basis = charges_by_basis(assessed.case.law)
    found: dict[bool, list[tuple[CaseLine, RateChoice, Charge | None]]] = {}
    for i, line in enumerate(assessed.case.lines):
        used = {owed.charge.basis: owed.why[i] for owed in best.charges if owed.why[i]}
        unused = best.regime.treatments == "none" or _is_freed(best, line, i)
        charges = chain([each.charge for each in best.charges], by_basis.values())
        duty = next((each for each in charges if each.source == "tariff"), None)
        ranged = [(unused, False, each, duty) for each in rates.tariff[i] if each.is_open(line)][:1]
        for basis, each in rates.by_charge[i].items():
            if each.is_open(line):
                ranged.append((basis not in used, by_basis[basis].kind == "fee", each, by_basis[basis]))
        if ranged:
            ranged.sort(key=lambda each: each[:2])
            found.setdefault(ranged[0][0], []).extend(
                (line, _open_choice(line, each), charge)
                for n, (unborne, _, each, charge) in enumerate(ranged)
                if n == 0 or not (unborne or charge is None or each.bands or used[charge.basis] != "rate")
            )
    return found.get(False) or found.get(True, [])


def _is_freed(assessed: AssessedRegime, line: CaseLine, i: int) -> bool:
    """Whether a treatment that is open to a line frees it of duty: then no range of another treatment matters."""
    return any(
        duty == 0 and assessed.statuses[i][claim] == "open" and not assessed.rates.tariff[i][claim].is_open(line)
        for claim, (duty, _) in assessed.costs[i].items()
    )


def _open_choice(line: CaseLine, ruled: ApplicableRate) -> RateChoice:
    """The first of some rates that is a range, else the first that needs a measure that the line does not give."""
    if ruled.ranged:
        return next(choice for choice in ruled.choices if choice.rate.kind == "range")
    return next(choice for choice in ruled.choices if lacking_measure(line, choice.rate) is not None)


def _ends(case: Case, found: list[tuple[CaseLine, RateChoice, Charge | None]]) -> list[Candidate]:
    """The lowest and the highest of the rates that are known as ranges, of all lines together."""
    facts = []
    for line, choice, charge in found:
        own = case.home_currency != case.law.currency and choice.rate in rates_without_exchange(case.law.regimes)
        facts.append(_exchange_fact(case) if own else _rate_fact(case, line, choice, charge))
    alone = len({line.param for line, _, _ in found}) == 1
    # The kind of the facts together does not depend on the order of the lines.
    first = facts[0] if alone else min(facts, key=lambda fact: (fact.reason.code, _field(fact)))
    if len({fact.settles for fact in facts}) > 1:
        # None settles it alone: each has its reason, and the ends are those of all rates.
        by_line = first.settles.startswith("lines") and not alone
        settles = f"lines.{_field(first)}" if by_line else first.settles
        facts = [fact._replace(settles=settles) for fact in facts]
    by_measure = first.reason.code == "measure.missing"
    return [
        (tuple(fact._replace(label=label) for fact in facts), msgspec.structs.replace(case, end=end))
        for end, label in (wording.ENDS_OF_MEASURE if by_measure else wording.ENDS).items()
    ]


def _field(fact: OpenFact) -> str:
    """The field that settles a fact, without its line.

    >>> _field(OpenFact("lines[1].rates.vat", "", "", reason("buyer.assumed")))
    'rates.vat'
    """
    return fact.settles.partition(".")[2]


def _rate_fact(case: Case, line: CaseLine, choice: RateChoice, charge: Charge | None) -> OpenFact:
    if choice.rate.kind != "range":
        measure = lacking_measure(line, choice.rate) or ""
        stated = measure_missing(line, measure, "" if charge is None else charge.name, choice.rate)
        return OpenFact(stated.param or line.param, "", "", stated)
    row = case.law.bases[choice.rows[0]].where
    name, what, rate = (
        "" if charge is None else charge.name,
        line.service or line.given_code,
        wording.range_text(choice.rate),
    )
    own_rate = f"rates.{'duty' if charge is None else name_in_law(case.law, charge)}"
    if charge is not None and charge.kind == "fee":  # no code settles a fee
        key, fields = "rate.range_fee", [own_rate]
    elif charge is not None and charge.unstated and takes_share(choice.rate):
        key, fields = "base.unstated", [own_rate]
    elif charge is not None and charge.kind not in DUTIES:  # the tariff lines under a code do not have other taxes
        key, fields = "rate.range_tax", [*settling_classes(case, line, charge), own_rate]
    else:
        key, fields = "rate.range", [own_rate]
    settles = f"{line.param}.{own_rate}"
    stated = reason(key, settles, name=name, code=what, rate=rate, row=row, fields=FIELDS.join(fields))
    return OpenFact(settles, "", "", stated)


def _exchange_fact(case: Case) -> OpenFact:
    """An exchange rate that the sale lacks, with what depends on it."""
    param = f"exchange_rates.{case.sale.currency}"
    stated = reason("exchange.missing", param, currency=case.sale.currency, importer=case.home_currency)
    return OpenFact(param, "", "", stated)


def _have_same_figures(one: AssessedSale, other: AssessedSale) -> bool:
    """Whether two candidates are one answer: each status, amount and treatment is the same."""
    return all(_figures(each) == _figures(same) for each, same in zip(one.regimes, other.regimes, strict=True))


def _figures(assessed: AssessedRegime) -> tuple[object, ...]:
    """What a procedure must have in common under two candidates if these are to be one answer."""
    return (
        assessed.status,
        assessed.unknown,
        [(owed.total, owed.amounts) for owed in assessed.charges],
        assessed.picks,
        [list(found.items()) for found in assessed.costs],
        [condition.state for condition in assessed.conditions],
    )


def _fold(found: list[AssessedSale], cost: Callable[[Case, AssessedRegime], Cost]) -> AssessedSale:
    """One answer for all candidates: the status of each procedure, and the best one.

    The best procedure is an open one whose highest cost is the lowest; of those without a known highest cost, the one
    whose lowest cost is the lowest; between equals the first that knows each charge, else the first. It is best for
    every candidate if the procedures do not change places.
    """

    def leaves_out(k: int) -> bool:
        return any(leaves_out_a_charge(candidate.case, candidate.regimes[k]) for candidate in found)

    first = found[0]
    regimes = []
    ranges: list[tuple[Cost, Cost]] = []
    for k, regime in enumerate(first.regimes):
        each = [candidate.regimes[k] for candidate in found]
        costs = [cost(candidate.case, candidate.regimes[k]) for candidate in found]
        known = [amount for amount in costs if amount is not None]
        ranges.append((min(known), max(known) if len(known) == len(costs) else None) if known else (None, None))
        shown = next((one for one in each if not one.unknown), regime)
        regimes.append(msgspec.structs.replace(shown, status=_status(each)))
    best = -1
    for k, regime in enumerate(regimes):
        if regime.status != "open" or ranges[k][0] is None:
            continue
        own, least = _rank(ranges[k]), _rank(ranges[best])
        if best < 0 or own < least or (own == least and leaves_out(best) and not leaves_out(k)):
            best = k
    return AssessedSale(first.case, regimes, best, tuple(found))


def _status(each: Sequence[AssessedRegime]) -> str:
    """The status of a procedure for all candidates: open or closed if it is so for each, otherwise conditional.

    A candidate whose charges are not known says nothing about the procedure, unless none of them is known.
    """
    statuses = {one.status for one in each if not one.unknown} or {one.status for one in each}
    return statuses.pop() if len(statuses) == 1 else "conditional"


def _rank(costs: tuple[Cost, Cost]) -> tuple[bool, int, int]:
    low, high = costs
    return high is None, high or 0, low or 0
