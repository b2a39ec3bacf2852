"""explain: what does the quote say, and which law is behind each figure?

The figures are already calculated, each with the rows that decided it; here they become the values of the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

import msgspec

from entrepot.engine.case import AssessedCharge, AssessedRegime, AssessedSale, Case, Claim, ConditionState
from entrepot.engine.rules import confidence, wording
from entrepot.engine.rules.citations import citations, cited_law
from entrepot.engine.rules.conditions import proof_state
from entrepot.engine.rules.ranges import fold_facts, fold_options, mark_lowest, without_figures
from entrepot.engine.rules.totals import SUMS, totals
from entrepot.law.compiled import Law, Memo
from entrepot.law.records import Permit, Regime
from entrepot.model.money import in_major
from entrepot.model.quote import (
    Assessment,
    Charge,
    Condition,
    LawUsed,
    LineCharge,
    Option,
    OptionLine,
    Quote,
    QuoteDocument,
    RateDetails,
    Requirement,
    Subtotals,
    Treatment,
)
from entrepot.model.quote_parts import are_brief, brief, cited_by

_encode = msgspec.json.Encoder().encode

#: All states of a condition.
STATES = ("passed", "failed", "assumed", "asked")


@dataclass(slots=True)
class _Derived:
    """What this step caches with a law.

    `names`: of goods, by row of the schedule; `conditions`: by id, row and state; `failed`: conditions of a procedure
    that is not for a sale, or that another one closes, by procedure and id; `requirements`: by identity of permits.
    """

    names: Memo[int, str | None] = field(default_factory=Memo)
    conditions: Memo[tuple[str, int, str], Condition] = field(default_factory=Memo)
    failed: Memo[tuple[str, str], Condition] = field(default_factory=Memo)
    requirements: Memo[int, tuple[tuple[Permit, ...], tuple[Requirement, ...]]] = field(default_factory=Memo)


def explain(assessed_sale: AssessedSale) -> Quote:
    """The quote of an assessed sale. Its parts are built when they are asked for."""
    return Quote(_Explanation(assessed_sale))


class _Explanation:
    """The parts of a quote (see `model.quote.Parts`), built from the figures of an assessed sale, each once."""

    __slots__ = (
        "_assessment", "_best_conditional", "_documents", "_options", "_sale", "best", "currency", "exchange",
        "law_date", "law_hash",
    )  # fmt: skip

    def __init__(self, sale: AssessedSale) -> None:
        case, regimes, best = sale[:3]
        self._sale = sale
        self.currency, self.exchange = case.law.currency, case.exchange
        self.law_date, self.law_hash = case.on.isoformat(), case.law.hash
        self.best = best
        self._best_conditional: int | None = -1 if best >= 0 else None
        self._options: list[Option | None] = [None] * len(regimes)
        self._assessment: Assessment | None = None
        self._documents: dict[bool, QuoteDocument] = {}

    @property
    def best_conditional(self) -> int:
        """The index of the conditional option that costs the buyer least, where none is open; else -1."""
        if self._best_conditional is None:
            self._best_conditional = _best_conditional(self.options())
        return self._best_conditional

    def assessment(self) -> Assessment:
        """The confidence of the best answer."""
        if self._assessment is None:
            case, regimes, best = self._sale[:3]
            if self._sale.seller_assumed is not None and (assumed := self._sale.seller_assumed()) is not None:
                case.reasons.insert(0, assumed)  # the candidates have the same list
            if self._sale.candidates:
                self._assessment = confidence.assess_candidates(self._sale)
            else:
                warnings = self.option(best).warnings if best >= 0 else ()
                self._assessment = confidence.assess_confidence(case, regimes, best, warnings)
            if best < 0 and self.best_conditional >= 0:
                self._assessment = confidence.with_assumptions(self._assessment, self._sale, self.best_conditional)
        return self._assessment

    def option(self, index: int) -> Option:
        """One option, with everything."""
        found = self._options[index]
        if found is None:
            sale = self._sale
            found = _option_of_candidates(sale, index) if sale.candidates else _option(sale.case, sale.regimes[index])
            self._options[index] = found
        return found

    def options(self) -> tuple[Option, ...]:
        """All options, with everything."""
        return tuple([self.option(index) for index in range(len(self._options))])

    def document(self, *, complete: bool) -> QuoteDocument:
        """The whole quote; without `complete` a closed option has no more than `quote_parts.brief` keeps."""
        complete = complete or not are_brief(each.status for each in self._sale.regimes)
        found = self._documents.get(complete)
        if found is None:
            found = self._documents[complete] = self._document(self._given(complete=complete))
        return found

    def json(self, *, complete: bool) -> bytes:
        """The JSON of `document`, in which each row and source of law is encoded once for all quotes."""
        document = self.document(complete=complete)
        cited = cited_law(self._sale.case.law, tuple(document.law.rows))
        law = msgspec.structs.replace(document.law, rows=cited.rows_json, sources=cited.sources_json)
        return _encode(msgspec.structs.replace(document, law=law))

    def _given(self, *, complete: bool) -> tuple[Option, ...]:
        if complete:
            return self.options()
        case = self._sale.case
        return tuple(
            [
                self.option(index)
                if assessed.status != "closed"
                else brief(_option_of_candidates(self._sale, index, details=False))
                if self._sale.candidates
                else _brief_option(case, assessed)
                for index, assessed in enumerate(self._sale.regimes)
            ]
        )

    def _document(self, options: tuple[Option, ...]) -> QuoteDocument:
        case = self._sale.case
        return QuoteDocument(
            currency=self.currency,
            exchange=self.exchange,
            law=_law_used(case, options),
            assessment=self.assessment(),
            best=options[self.best].id if self.best >= 0 else None,
            best_conditional=options[self.best_conditional].id if self.best_conditional >= 0 else None,
            options=options,
        )


def _option_of_candidates(assessed_sale: AssessedSale, k: int, *, details: bool = True) -> Option:
    """The option of a procedure of a sale with candidates, with the figures of all of them.

    Without `details` it has neither charges nor lines, which nothing else of it is made from.
    """
    zero = in_major(0, assessed_sale.case.law.decimals)
    regime = assessed_sale.regimes[k]
    same = [_option(each.case, each.regimes[k], details=details) for each in assessed_sale.candidates]
    facts = [each.facts for each in assessed_sale.candidates]
    for j, lines in _without_highest(assessed_sale, k):
        same.append(without_figures(same[j], lines))
        facts.append(facts[j])
    landed = [(each, option.amount_landed) for each, option in zip(facts, same, strict=True)]
    shown = [assessed_sale.candidate_shown(k, i) for i in range(len(regime.picks))]
    return fold_options(same, regime.status, zero, fold_facts(landed), shown)


def _without_highest(assessed_sale: AssessedSale, k: int) -> list[tuple[int, list[int]]]:
    """The candidates, by index, of which a procedure costs more if a proof of origin is not given, but not how much.

    Each with the lines that have a conditional treatment only because the duty of an open one has no known highest
    amount, where under another candidate the open one is known.
    """
    each = [candidate.regimes[k] for candidate in assessed_sale.candidates]
    many = range(len(assessed_sale.case.lines))
    known = {
        i
        for one in each
        if not one.unknown
        for i in many
        if _picked(one, i) == "open" and one.costs[i][one.picks[i]][1] is not None
    }
    found = []
    for j, one in enumerate(each):
        lines = [i for i in known if _picked(one, i) == "conditional" and _lacks_open(one, i)]
        if lines and not one.unknown:
            found.append((j, lines))
    return found


def _picked(assessed: AssessedRegime, i: int) -> str:
    """The status of the treatment that a line has; empty if it has none."""
    pick = assessed.picks[i]
    return assessed.statuses[i][pick] if pick >= 0 else ""


def _lacks_open(assessed: AssessedRegime, i: int) -> bool:
    """Whether what an open treatment of a line costs is not known."""
    return any(assessed.statuses[i][index] == "open" and cost is None for index, (_, cost) in assessed.costs[i].items())


def _best_conditional(options: tuple[Option, ...]) -> int:
    """The index of the conditional option that costs the buyer least, by its lowest figures; -1 where none is known."""
    costs = {
        index: Decimal(landed) - Decimal(option.amount_recoverable or option.amount_recoverable_low or 0)
        for index, option in enumerate(options)
        if option.status == "conditional" and (landed := option.amount_landed or option.amount_landed_low)
    }
    return min(costs, key=costs.__getitem__, default=-1)


def _law_used(case: Case, options: tuple[Option, ...]) -> LawUsed:
    law = case.law
    cited = cited_law(law, tuple(cited_by(options)))
    return LawUsed(
        date=case.on.isoformat(),
        hash=law.hash,
        pack=law.pack,
        since=law.since,
        until=law.until,
        layers=law.layers,
        rows=cited.rows,
        sources=cited.sources,
    )


def _option(case: Case, assessed: AssessedRegime, *, details: bool = True) -> Option:
    law, regime = case.law, assessed.regime
    charges = [_charge(law, regime, owed, -1) for owed in assessed.charges if any(owed.why)] if details else []
    charges = mark_lowest(assessed, charges)
    warnings = confidence.option_warnings(case, assessed)
    money = _money(case, assessed)
    return Option(
        id=regime.id,
        regime=regime.id,
        title=regime.title,
        status=assessed.status,  # type: ignore[arg-type]  # one of the three by construction in `choose`
        conditions=_conditions(case, assessed),
        amount_subtotals=money[0],
        amount_charges=money[1],
        amount_recoverable=money[2],
        amount_landed=money[3],
        at_least=confidence.leaves_out_a_charge(case, assessed),
        charges=tuple(charges),
        lines=tuple([_line(case, assessed, i, charges) for i in range(len(case.lines))]) if details else (),
        requirements=_requirements(law, assessed.permits),
        warnings=warnings,
        citations=citations(law, (regime.basis,)),
    )


def _brief_option(case: Case, assessed: AssessedRegime) -> Option:
    """What `quote_parts.brief` keeps of an option, without building the rest."""
    law, regime = case.law, assessed.regime
    money = _money(case, assessed)
    return Option(
        id=regime.id,
        regime=regime.id,
        title=regime.title,
        status="closed",
        conditions=_conditions(case, assessed, states=("failed",)),
        amount_subtotals=money[0],
        amount_charges=money[1],
        amount_recoverable=money[2],
        amount_landed=money[3],
        at_least=confidence.leaves_out_a_charge(case, assessed),
        requirements=tuple([each for each in _requirements(law, assessed.permits) if each.kind == "prohibition"]),
        warnings=confidence.option_warnings(case, assessed),
        citations=citations(law, (regime.basis,)),
    )


def _money(case: Case, assessed: AssessedRegime) -> tuple[Subtotals | None, str | None, str | None, str | None]:
    """Subtotals, charges, the recoverable part, the landed amount; all None where a duty or VAT is not known.

    The charges, the landed amount and a subtotal are None too where a charge in them has no highest amount.
    """
    if assessed.unknown:
        return None, None, None, None
    places = case.law.decimals
    sums, charges, recovered, landed = totals(case, assessed)
    without_highest = confidence.subtotals_without_highest(case, assessed)
    goods, *owed = [None if name in without_highest else in_major(sums[name], places) for name in SUMS]
    shipping, insurance = (in_major(amount, places) for amount in assessed.values.total[1:3])
    subtotals = Subtotals(
        goods=goods, shipping=shipping, insurance=insurance, duties=owed[0], taxes=owed[1], fees=owed[2]
    )
    if without_highest:
        return subtotals, None, in_major(recovered, places), None
    return subtotals, in_major(charges, places), in_major(recovered, places), in_major(landed, places)


def _charge(law: Law, regime: Regime, owed: AssessedCharge, i: int) -> Charge:
    """A charge of the consignment (i = -1), or of one line before the consignment's rounding."""
    places, charge = law.decimals, owed.charge
    bearing = [i] if i >= 0 else [index for index, why in enumerate(owed.why) if why]
    first = bearing[0]
    base, rows, rate = owed.bases[first], _rows(regime, owed, first), owed.rates[first]
    same, why = True, owed.why[first]
    if len(bearing) > 1:
        base = sum(owed.bases[index] for index in bearing)
        rows = tuple(sorted({row for index in bearing for row in _rows(regime, owed, index)}))
        # Equal, not identical: of law that is read from the cache each row has its own value.
        same = all(owed.rates[index] == rate and owed.why[index] == why for index in bearing)
        why = why if same else "several"
    amount = owed.total if i < 0 else owed.amounts[i]
    if i < 0 and owed.waived:
        why = "waived"
    rate = None if why.startswith("relief:") else rate
    has_base = why != "base"  # a value that the sale does not state, such as a suggested retail price
    return Charge(
        id=charge.id,
        kind=charge.kind,  # type: ignore[arg-type]  # checked when the pack was read
        name=charge.name,
        amount=None if amount is None else in_major(amount, places),
        amount_low=in_major(low, places) if amount is None and (low := owed.lowest(i)) else msgspec.UNSET,
        taxable_amount=in_major(base, places) if has_base else None,
        rate_details=wording.rate_details(rate) if same else wording.SEVERAL,
        formula=wording.formula(charge, rate, base, law) if same and has_base else "",
        reason=why if why == "rate" else why.partition(":")[0],
        collected_by=charge.collected_by,
        charged_to=charge.charged_to,
        recoverable=charge.recoverable,  # type: ignore[arg-type]  # checked when the pack was read
        citations=citations(law, rows if charge.basis in rows else (*rows, charge.basis)),
    )


def _rows(regime: Regime, owed: AssessedCharge, i: int) -> tuple[int, ...]:
    """The rows that decided a line's amount: those of its rate, or of the relief."""
    kind, _, number = owed.why[i].partition(":")
    return (regime.thresholds[int(number)].basis,) if kind == "relief" else owed.rows[i]


def _line(case: Case, assessed: AssessedRegime, i: int, whole: list[Charge]) -> OptionLine:
    line, law = case.lines[i], case.law
    places = law.decimals
    pick = assessed.picks[i]
    shown = {index: _treatment(case, assessed, i, index) for index in assessed.costs[i]}
    return OptionLine(
        reference=line.sale_line.reference,
        code=line.service or line.given_code,
        name=_name_of_goods(law, line.row),
        customs_value=in_major(assessed.values.by_name[4][i], places),
        treatment=shown.get(pick),
        treatments=tuple([treatment for index, treatment in shown.items() if index != pick]),
        charges=_line_charges(case, assessed, i, whole),
    )


def _name_of_goods(law: Law, row: int) -> str | None:
    """The English name of a row of the schedule, else a name in another language."""
    memo = law.derived(_Derived).names
    if row in memo:
        return memo[row]
    names = law.names(row)
    return memo.store(row, names.get("en") or next(iter(names.values()), None))


def _line_charges(case: Case, assessed: AssessedRegime, i: int, whole: list[Charge]) -> tuple[LineCharge, ...]:
    """The part of each charge on a line: its amount, and what differs from the consignment's charge."""
    law, regime = case.law, assessed.regime
    if len(case.lines) == 1 and all(not owed.waived and owed.total == owed.amounts[0] for owed in assessed.charges):
        # Without rounding or relief of the whole, nothing differs.
        return tuple([LineCharge(id=each.id, amount=each.amount, amount_low=each.amount_low) for each in whole])
    by_id = {charge.id: charge for charge in whole}
    own = mark_lowest(assessed, [_charge(law, regime, owed, i) for owed in assessed.charges if owed.why[i]])
    return tuple([LineCharge.of(each, by_id[each.id]) for each in own])


def _treatment(case: Case, assessed: AssessedRegime, i: int, index: int) -> Treatment:
    law, claim = case.law, assessed.claims[i][index]
    duty, charges = assessed.costs[i][index]
    rows = assessed.rates.tariff[i][index].choices
    if rows:
        details = wording.rate_details(rows[0].rate)
    elif confidence.has_no_rate(law, assessed, i, index):
        details = _absent(law, claim, case.lines[i].row)
    else:
        details = wording.UNKNOWN
    bases = rows[0].rows if len(rows) == 1 else tuple([row for choice in rows for row in choice.rows])
    if claim.law is not None:
        bases = (*bases, claim.law.basis, claim.law.members[case.lines[i].origin])
    return Treatment(
        id=claim.id,
        title=claim.title,
        status=assessed.statuses[i][index],  # type: ignore[arg-type]  # one of the three by construction in `choose`
        duty=None if duty is None else in_major(duty, law.decimals),
        charges=None if charges is None or not rows else in_major(charges, law.decimals),
        rate_details=details,
        proofs=claim.law.proofs if claim.law else (),
        conditions=_claim_conditions(case, assessed, claim),
        citations=citations(law, bases),
    )


def _absent(law: Law, claim: Claim, row: int) -> RateDetails:
    """How a treatment without a rate is shown: it has none, or only for part of the line or within a quota."""
    part = law.by_name.get(f"tariff:{claim.id}:part", -1)
    return wording.PART if part >= 0 and law.group(part, row) else wording.NONE


def _claim_conditions(case: Case, assessed: AssessedRegime, claim: Claim) -> tuple[Condition, ...]:
    if claim.law is None:
        return ()
    states = []
    if claim.law.proofs:
        states.append(("proof_of_origin", proof_state(case, assessed.values, claim), wording.PROOF))
    if claim.direct:
        states.append(("direct_consignment", claim.direct, wording.DIRECT))
    return tuple([_claim_condition(*each) for each in states])


@lru_cache(maxsize=64)
def _claim_condition(name: str, state: str, says: str) -> Condition:
    return Condition(id=name, state=state, says=says)  # type: ignore[arg-type]  # passed, asked or failed, by `originate`


def _conditions(case: Case, assessed: AssessedRegime, states: tuple[str, ...] = STATES) -> tuple[Condition, ...]:
    """The conditions of a procedure with some states: what the procedure is not for, which has failed, comes first."""
    law, regime = case.law, assessed.regime
    found = []
    if assessed.mismatch not in ("", "transport?"):
        found.append(_not_for(law, regime, assessed.mismatch))
    if assessed.closed_by is not None:
        found.append(_closed_by(law, assessed.closed_by))
    memo = law.derived(_Derived).conditions
    found += [
        memo.get((held.condition.id, held.condition.basis, held.state)) or _condition(law, held)
        for held in assessed.conditions
        if held.state in states
    ]
    return tuple(found)


def _not_for(law: Law, regime: Regime, mismatch: str) -> Condition:
    """The failed condition of a procedure that is not for this buyer, channel or transport."""
    memo, key = law.derived(_Derived).failed, (regime.id, mismatch)
    known = memo.get(key)
    if known is None:
        wants = {"buyer": regime.buyer, "channel": regime.channel, "transport": regime.transport}[mismatch]
        says = wording.FITS[mismatch].format(" / ".join(wants))
        known = Condition(id=mismatch, state="failed", says=says, citations=citations(law, (regime.basis,)))
        memo.store(key, known)
    return known


def _closed_by(law: Law, other: Regime) -> Condition:
    """The failed condition of a procedure that a mandatory one closes."""
    memo, key = law.derived(_Derived).failed, (other.id, "mandatory")
    known = memo.get(key)
    if known is None:
        says = wording.MANDATORY.format(other.title)
        known = Condition(id="mandatory", state="failed", says=says, citations=citations(law, (other.basis,)))
        memo.store(key, known)
    return known


def _condition(law: Law, held: ConditionState) -> Condition:
    """A condition and its state; the result is stored with the law."""
    explained = Condition(
        id=held.condition.id,
        state=held.state,  # type: ignore[arg-type]  # one of the four by construction in `choose`
        says=held.condition.says,
        citations=citations(law, (held.condition.basis,)),
    )
    return law.derived(_Derived).conditions.store((explained.id, held.condition.basis, held.state), explained)


def _requirements(law: Law, permits: tuple[Permit, ...]) -> tuple[Requirement, ...]:
    """The documents of a procedure; cached by the identity of the tuple that `require` caches."""
    memo, key = law.derived(_Derived).requirements, id(permits)
    known = memo.get(key)
    if known is not None and known[0] is permits:
        return known[1]
    created = tuple(
        Requirement(
            id=permit.id,
            kind=permit.kind,
            says=permit.says,
            authority=permit.authority,
            citations=citations(law, (permit.basis,)),
        )
        for permit in permits
    )
    return memo.store(key, (permits, created))[1]
