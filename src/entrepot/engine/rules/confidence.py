"""The confidence of a quote: complete, estimated or refused, and the reasons why it is not complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import msgspec

from entrepot.engine.case import AssessedCharge, AssessedRegime, AssessedSale, Case, OpenFact
from entrepot.engine.rules.measures import measure_missing
from entrepot.engine.rules.own_rates import name_in_law, own_rate_reasons
from entrepot.engine.rules.places import is_assumed, parts_of, tax_differs
from entrepot.engine.rules.prohibitions import prohibitions
from entrepot.engine.rules.ranges import fold_facts, merge_reasons
from entrepot.engine.rules.reasons import TITLES, reason
from entrepot.law.compiled import Law, Memo
from entrepot.law.rates import MEASURES, UNIT
from entrepot.model.quote import Assessment, Reason
from entrepot.model.rule_kinds import CHARGE_KINDS, WITHOUT_EFFECT
from entrepot.model.sale import FREIGHT_IN, INSURANCE_IN
from entrepot.model.sources import TRUST

#: Reasons that name a missing fact, where a procedure cannot be calculated.
LACKING = ("rate.", "tax.", "tax_class.unknown", "class.", "place.", "measure.", "exchange.", "ddp.")

#: The strongest trust that a reason names.
UNCHECKED = TRUST.index("unchecked")

#: After the rows that a reason names, where there are more.
MORE = " …"

#: What the pack lacks for sales with more lines is not cached: they are hardly ever repeated.
MAX_CACHED_LINES = 8


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law: what the law lacks, by the procedure, the parties and the goods."""

    limits: Memo[tuple[str, str, str, str, tuple[tuple[str, str, str], ...]], list[Reason]] = field(
        default_factory=Memo
    )


def option_warnings(case: Case, assessed: AssessedRegime) -> tuple[Reason, ...]:
    """What stands open about one assessed: amounts not known, rows not checked, preferences the pack does not hold."""
    law = case.law
    found = list(assessed.values.imputed)
    for owed in assessed.charges:
        for i, why in enumerate(owed.why):
            if why == "rate" and owed.charge.source == "tax" and assessed.rates.by_charge[i][owed.charge.basis].assumed:
                line = case.lines[i]
                found.append(
                    reason(
                        "tax_class.assumed",
                        f"{line.param}.tax_class",
                        tax=owed.charge.name,
                        code=line.service or line.given_code,
                    )
                )
            if owed.amounts[i] is None and not case.lines[i].unknown_code:
                found.append(_unknown(case, assessed, owed, i, why))
    found += _unknown_preferences(case, assessed)
    if _counts_pieces(case, assessed):
        found += [
            reason("quantity.assumed", f"{line.param}.quantity")
            for line in case.lines
            if line.sale_line.quantity is None and line.sale_line.items is None and not line.service
        ]
    if (
        law.places
        and is_assumed(case)
        and any("rate" in owed.why and tax_differs(case, owed.charge) for owed in assessed.charges)
    ):
        parts = ", ".join(parts_of(law, case.importer))
        found.append(reason("place.assumed", "ship_to.state", place=law.title, parts=parts))
    found += _vintages(law, assessed)
    if assessed.unsolved:
        found.append(reason("ddp.unsolved", "lines", regime=assessed.regime.title))
    if assessed.mismatch == "transport?" or (case.transport is None and assessed.regime.asks_transport):
        found.append(reason("transport.assumed", "transport", regime=assessed.regime.title))
    return tuple(found)


def _unknown_preferences(case: Case, assessed: AssessedRegime) -> list[Reason]:
    """The preferences of each line whose rates are not known, unless the line owes no ordinary duty anyway."""
    found: list[Reason] = []
    duties = [owed.amounts for owed in assessed.charges if owed.charge.source == "tariff"]
    if not [True for amounts in duties for amount in amounts if amount != 0]:
        return found
    for i, claims in enumerate(assessed.claims):
        if case.lines[i].unknown_code or not any(amounts[i] != 0 for amounts in duties):
            continue
        titles = [
            claims[index].title
            for index in assessed.costs[i]
            if claims[index].law is not None
            and not assessed.rates.tariff[i][index].choices
            and not has_no_rate(case.law, assessed, i, index)
        ]
        if titles:
            param = f"{case.lines[i].param}.proof_of_origin"
            found.append(reason("preference.unknown", param, titles=TITLES.join(titles)))
    return found


def _vintages(law: Law, assessed: AssessedRegime) -> list[Reason]:
    """The vintages of the tariff rows that decide a duty, if later changes of the tariff are not in them."""
    vintages = law.vintages
    if not vintages:
        return []
    found: set[str] = set()
    for owed in assessed.charges:
        if owed.charge.source == "tariff":
            for rows, why in zip(owed.rows, owed.why, strict=True):
                if not why.startswith("relief"):
                    found.update([vintages[row] for row in rows if row in vintages])
    if not found:
        return []
    sources = [law.sources[name] for name in sorted(found)]
    return [reason("rate.vintage", None, as_of=each.as_of or "", title=each.title) for each in sources]


def _counts_pieces(case: Case, assessed: AssessedRegime) -> bool:
    """Whether the result depends on the one piece that a sale is assumed to be.

    A rate by the piece takes none for a business: its amount is then not known.
    """
    if assessed.regime.counts_pieces:
        return True
    if case.buyer == "business":
        return False
    rates = [rate for owed in assessed.charges for rate in owed.rates if rate and rate.kind in ("sum", "mixed")]
    if not rates:
        return False
    return any(step.op == UNIT and MEASURES[step.measure] == "item" for rate in rates for step in rate.program)


def has_no_rate(law: Law, assessed: AssessedRegime, i: int, index: int) -> bool:
    """Whether the law has no rate for a treatment of a line: a row says so, or the column is complete without one."""
    column = assessed.claims[i][index].column
    return bool(assessed.rates.tariff[i][index].rows) or (column >= 0 and law.columns[column].complete)


def _unknown(case: Case, assessed: AssessedRegime, owed: AssessedCharge, i: int, why: str) -> Reason:
    """Why an amount is not known, and which field would make it known."""
    line, law, name = case.lines[i], case.law, owed.charge.name
    kind, _, detail = why.partition(":")
    what = line.service or line.given_code
    own_rate = f"{line.param}.rates.{name_in_law(law, owed.charge)}"
    if kind == "measure":
        return measure_missing(line, detail, name, owed.rates[i])
    if kind == "limit":
        kind, detail = "currency", assessed.regime.thresholds[int(detail)].currency
    if kind == "currency":
        detail = case.sale.currency if case.home_currency != law.currency else detail
        return reason("exchange.missing", f"exchange_rates.{detail}", currency=detail, importer=case.home_currency)
    if kind == "text":
        rate = owed.rates[i]
        return reason("rate.text", own_rate, name=name, code=what, text=rate.text[5:] if rate else "")
    if kind == "unknown":
        row = law.bases[owed.rows[i][0]].where if owed.rows[i] else law.bases[owed.charge.basis].where
        return reason("rate.unknown", own_rate, name=name, code=what, row=row)
    if kind == "base":
        return reason("base.unstated", own_rate, name=name, code=what)
    if kind == "class":
        return reason("class.unknown", line.param, name=name, code=what)
    if kind == "stated":
        return reason(
            "tax_class.unknown",
            f"{line.param}.tax_class",
            place=law.title,
            tax_class=line.sale_line.tax_class or "",
            name=name,
        )
    if kind == "place":
        return reason("place.missing", "ship_to.state", name=name, place=law.title)
    if owed.charge.kind == "duty":
        return reason("rate.none", f"{line.param}.rates.duty", place=law.title, code=what)
    return reason("tax.none", own_rate, place=law.title, code=what, name=name)


def assess_confidence(
    case: Case, regimes: Sequence[AssessedRegime], best: int, warnings: tuple[Reason, ...]
) -> Assessment:
    """Complete, estimated or refused, with every reason why it is not complete."""
    if case.refused:
        return Assessment(outcome="refused", trust=None, reasons=tuple(case.refused))
    if best < 0:
        why = prohibitions(case, regimes) or _why_none_open(case, regimes)
        return Assessment(outcome="refused", trust=None, reasons=why)
    assessed = regimes[best]
    reasons = [*case.reasons, *case.unmatched, *own_rate_reasons(case, assessed), *_costs_assumed(case), *warnings]
    assumed = (held.condition for held in assessed.conditions if held.state == "assumed")
    reasons += [reason("condition.assumed", "asserted", id=each.id, says=each.says) for each in assumed]
    unknown = (
        owed.charge.name
        for owed in assessed.charges
        if owed.total is None and not owed.least_total and _is_owed(case, owed)
    )
    reasons += [reason("charge.unknown", None, name=name) for name in unknown]
    if case.sale.channel is None and assessed.regime.channel:
        reasons.append(reason("channel.assumed", "channel", channel=case.channel))
    if case.buyer == "business" and not case.sale.buyer.tax_ids and _recovers(assessed):
        reasons.append(reason("buyer.registered", "buyer.tax_ids"))
    reasons += _partial_programmes(assessed) + _limits_converted(case, assessed) + _known_limits(case, assessed)
    bases = [case.law.bases[row] for row in _rows_used(case, assessed)]
    worst = max([basis.trust for basis in bases])
    if worst >= UNCHECKED:
        reasons.append(_unchecked({basis.where for basis in bases if basis.trust >= UNCHECKED}))
    unique = tuple({(each.message, each.param): each for each in reasons}.values())
    return Assessment(outcome=_outcome(unique), trust=TRUST[worst], reasons=unique)


def _outcome(reasons: tuple[Reason, ...]) -> Literal["complete", "estimated"]:
    """Estimated, unless all that is said leaves the figures as they are."""
    return "estimated" if any(each.code not in WITHOUT_EFFECT for each in reasons) else "complete"


def with_assumptions(assessment: Assessment, assessed_sale: AssessedSale, index: int) -> Assessment:
    """A refusal with what the figures of a conditional procedure assume, which its own conditions do not say."""
    parts = [
        assess_confidence(each.case, each.regimes, index, option_warnings(each.case, each.regimes[index])).reasons
        for each in assessed_sale.candidates or (assessed_sale,)
    ]
    said = {(each.message, each.param) for each in assessment.reasons}
    assumed = [each for each in _merge_rows(merge_reasons(parts)) if (each.message, each.param) not in said]
    return msgspec.structs.replace(assessment, assumptions=tuple(assumed))


def _rows_used(case: Case, assessed: AssessedRegime) -> set[int]:
    """The rows of law that an answer under a procedure rests on."""
    rows, thresholds = {assessed.regime.basis}, assessed.regime.thresholds
    for owed in assessed.charges:
        rows.update(*owed.rows)
        if any(owed.why):
            rows.add(owed.charge.basis)
        if thresholds:
            rows.update([thresholds[at].basis for why in owed.why if (at := _threshold_of(why)) >= 0])
    for held in assessed.conditions:
        rows.add(held.condition.basis)
        rows.update(held.rows)
    if case.sale.currency not in case.sale.exchange_rates and case.sale.currency in case.law.exchange:
        rows.add(case.law.exchange[case.sale.currency][1])
    for i, pick in enumerate(assessed.picks):
        if pick >= 0 and (treatment := assessed.claims[i][pick].law) is not None:
            rows |= {treatment.basis, treatment.members[case.lines[i].origin]}
    if case.of == "goods" and case.law.valuation is not None:
        rows.add(case.law.valuation.basis)
    return rows


def leaves_out_a_charge(case: Case, assessed: AssessedRegime) -> bool:
    """Whether a charge that the buyer pays is not known, and in no total."""
    if assessed.unknown or case.sale.incoterm == "DDP":
        return False
    return "buyer" in [owed.charge.charged_to for owed in assessed.charges if owed.total is None]


def subtotals_without_highest(case: Case, assessed: AssessedRegime) -> set[str]:
    """The subtotals with the lowest amount of a charge that the buyer pays and that has no highest one."""
    if case.end != "high" or case.sale.incoterm == "DDP":
        return set()
    return {
        CHARGE_KINDS[owed.charge.kind].subtotal
        for owed in assessed.charges
        if owed.without_highest and owed.charge.charged_to == "buyer"
    }


def lines_not_known(assessed_sale: AssessedSale) -> list[int]:
    """The lines of an answered sale of which a duty or tax that the best procedure needs is not known.

    Not those that lack only a measure: their lowest amount is known.
    """
    found: set[int] = set()
    for each in assessed_sale.candidates:
        best = each.regimes[assessed_sale.best]
        for owed in best.charges if best.unknown else ():
            if CHARGE_KINDS[owed.charge.kind].required:
                found.update(
                    i
                    for i, amount in enumerate(owed.amounts)
                    if amount is None and not owed.why[i].startswith("measure:")
                )
    return sorted(found)


def _is_owed(case: Case, owed: AssessedCharge) -> bool:
    """Whether a charge is not known for a line whose code exists."""
    return any(amount is None and not line.unknown_code for amount, line in zip(owed.amounts, case.lines, strict=True))


def assess_candidates(assessed_sale: AssessedSale) -> Assessment:
    """The confidence of an answer for several candidates: the reasons of all of them, and the facts that are open.

    A fact that does not change what the best option costs is no reason; nor, where no option is open, one that only
    changes options that are closed whatever it is. Where an option is conditional, it is none that every one is closed.
    """
    best, regimes = assessed_sale.best, assessed_sale.regimes
    parts = [
        assess_confidence(each.case, each.regimes, best, option_warnings(each.case, each.regimes[best]))
        for each in assessed_sale.candidates
        if best >= 0
    ] or [Assessment(outcome="refused", trust=None, reasons=why) for why in _why_no_candidate_open(assessed_sale)]
    shown = [best] if best >= 0 else [k for k, regime in enumerate(regimes) if regime.status != "closed"]
    open_facts = {settles for k in shown for settles in _open_facts(assessed_sale, k)}
    if best < 0:
        open_facts |= {settles for k in shown for settles in _facts_of_status(assessed_sale, k)}
    facts = [fact.reason for each in assessed_sale.candidates for fact in each.facts if fact.settles in open_facts]
    reasons = _merge_rows(merge_reasons([facts, *(part.reasons for part in parts)]))
    if best < 0:
        said = tuple(each for each in reasons if each.code != "way.closed") if shown else ()
        return Assessment(outcome="refused", trust=None, reasons=said or reasons)
    if any(each.best != best for each in assessed_sale.candidates if each.best >= 0):
        reasons = (*reasons, reason("way.differs", None, regime=regimes[best].regime.title))
    trust = max((part.trust for part in parts if part.trust is not None), key=TRUST.index)
    return Assessment(outcome=_outcome(reasons), trust=trust, reasons=reasons)


def _open_facts(assessed_sale: AssessedSale, k: int) -> set[str]:
    """The fields that would settle what a procedure costs: the charges, under DDP too, and the part recovered."""
    charged: list[tuple[tuple[OpenFact, ...], str | None]] = []
    recovered: list[tuple[tuple[OpenFact, ...], str | None]] = []
    for each in assessed_sale.candidates:
        assessed = each.regimes[k]
        paid = [owed for owed in assessed.charges if owed.charge.charged_to == "buyer"]
        back = [owed for owed in paid if owed.charge.recoverable == "yes" and each.case.buyer == "business"]
        for found, some in ((charged, paid), (recovered, back)):
            unknown = assessed.unknown or any(owed.without_highest for owed in some)
            amount = None if unknown else str(sum(owed.total or owed.least_total for owed in some))
            found.append((each.facts, amount))
    return {each.settles for each in (*fold_facts(charged), *fold_facts(recovered))}


def _facts_of_status(assessed_sale: AssessedSale, k: int) -> set[str]:
    """The fields that would settle whether a procedure is open; a candidate without known charges says nothing."""
    found: dict[str, dict[tuple[str, str], set[str]]] = {}
    for each in assessed_sale.candidates:
        for fact in () if each.regimes[k].unknown else each.facts:
            found.setdefault(fact.settles, {}).setdefault((fact.value, fact.label), set()).add(each.regimes[k].status)
    return {
        settles
        for settles, by_value in found.items()
        if any(one != other for one, other in pairwise(by_value.values()))
    }


def _merge_rows(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons with one that names the unchecked rows of all candidates."""
    shown = [each.values["rows"] for each in reasons if each.code == "trust.unchecked"]
    rest = tuple(each for each in reasons if each.code != "trust.unchecked")
    rows = {row for some in shown for row in some.removesuffix(MORE).split(", ")}
    return (*rest, _unchecked(rows, more=any(some.endswith(MORE) for some in shown))) if rows else rest


def _unchecked(rows: set[str], *, more: bool = False) -> Reason:
    weak = sorted(rows)
    return reason("trust.unchecked", None, rows=", ".join(weak[:6]) + (MORE if more or len(weak) > 6 else ""))


def _threshold_of(why: str) -> int:
    """The index of the threshold that relieves, or may relieve; -1 for none."""
    kind, _, number = why.partition(":")
    return int(number) if kind in ("relief", "limit") else -1


def _recovers(assessed: AssessedRegime) -> bool:
    return any(owed.total and owed.charge.recoverable == "yes" for owed in assessed.charges)


def _costs_assumed(case: Case) -> list[Reason]:
    """Shipping and insurance costs that the sale does not give and the law does not impute."""
    if case.of == "services":
        return []
    law, term = case.law.valuation, case.sale.incoterm
    found = []
    for cost, given, imputed, inside in (
        (
            "shipping_cost",
            case.sale.shipping_cost,
            law.impute_freight if law else -1,
            FREIGHT_IN,
        ),
        (
            "insurance_cost",
            case.sale.insurance_cost,
            law.impute_insurance if law else -1,
            INSURANCE_IN,
        ),
    ):
        # A cost that is inside the price matters only where the customs value leaves it out.
        needed = term not in inside or (law is not None and not law.cif)
        if given is None and needed and (imputed < 0 or term in inside):
            found.append(reason("cost.assumed_nil", cost, cost=cost.replace("_", " ")))
    return found


def _partial_programmes(assessed: AssessedRegime) -> list[Reason]:
    """Additional duties whose rows are not complete in the pack, where a line matches none of them."""
    partial = {charge.id for charge in assessed.regime.charges if charge.source == "additional" and not charge.complete}
    return [
        reason("additional.partial", None, name=owed.charge.name)
        for owed in assessed.charges
        if owed.charge.id in partial and not all(owed.why)
    ]


def _known_limits(case: Case, assessed: AssessedRegime) -> list[Reason]:
    """What the pack says of itself that it lacks for such a sale; cached by what decides it."""
    lines = tuple([(line.code, line.service, line.origin) for line in case.lines])
    key = (assessed.regime.id, case.buyer, case.sale.ship_from.country, case.importer, lines)
    memo = case.law.derived(_Derived).limits
    known = memo.get(key)
    if known is None:
        known = [reason("law.limit", None, says=each.says) for each in case.law.known_limits if each.meets(*key)]
        if len(lines) <= MAX_CACHED_LINES:
            memo.store(key, known)
    return known


def _limits_converted(case: Case, assessed: AssessedRegime) -> list[Reason]:
    """Limits and rates of the law in another currency that were converted at a rate the caller did not give."""
    if not case.reference:
        return []
    used = {threshold.currency for threshold in assessed.regime.thresholds}
    used.update(held.condition.currency for held in assessed.conditions)
    used.update(step.currency for owed in assessed.charges for rate in owed.rates if rate for step in rate.program)
    for i, claims in enumerate(assessed.claims):
        used.update(
            law.waiver_currency
            for index in assessed.costs[i]
            if (law := claims[index].law) and claims[index].proof != "passed"
        )
    return [
        reason(
            "limit.reference",
            f"exchange_rates.{each.currency}",
            currency=each.currency,
            rate=each.rate,
            source=each.source,
            date=each.date or "",
        )
        for each in case.reference.values()
        if each.currency in used and each.currency != case.sale.currency
    ]


def _why_no_candidate_open(assessed_sale: AssessedSale) -> list[tuple[Reason, ...]]:
    """Why no procedure is open for each candidate. That goods are prohibited is said where they are for all of them."""
    banned = [prohibitions(each.case, each.regimes) for each in assessed_sale.candidates]
    return banned if all(banned) else [_why_none_open(each.case, each.regimes) for each in assessed_sale.candidates]


def _why_none_open(case: Case, regimes: Sequence[AssessedRegime]) -> tuple[Reason, ...]:
    """Why no procedure is open, and what would open one."""
    if not regimes:
        return (reason("way.none", "date", place=case.law.title, date=case.on.isoformat()),)
    # A rate that is missing is no reason where the goods are prohibited.
    allowed = [each for each in regimes if all(permit.kind != "prohibition" for permit in each.permits)]
    lacking = [assessed for assessed in allowed if assessed.unknown and assessed.mismatch in ("", "transport?")]
    # Without an exchange rate, conditions about the value are asked for; the rate is what answers them.
    found = [each for each in case.reasons if each.code == "exchange.own_currency"]
    found += [each for assessed in lacking for each in option_warnings(case, assessed) if is_lacking(each)]
    for assessed in regimes:
        if assessed.status == "conditional":
            asked = [held.condition for held in assessed.conditions if held.state == "asked"]
            found += [reason("condition.asked", "asserted", id=each.id, says=each.says) for each in asked]
            found += _treatments_asked(case, assessed)
    if all(each.code == "exchange.own_currency" for each in found):
        found.append(reason("way.closed"))
    return tuple({(each.message, each.param): each for each in found}.values())


def is_lacking(each: Reason) -> bool:
    """Whether a reason names a missing fact, and not what is known of a rate or was assumed."""
    return each.code.startswith(LACKING) and each.code not in ("rate.vintage", "place.assumed")


def _treatments_asked(case: Case, assessed: AssessedRegime) -> list[Reason]:
    """The conditions of treatments that a procedure uses because no other can be calculated."""
    found = []
    for i, pick in enumerate(assessed.picks):
        if pick >= 0 and assessed.statuses[i][pick] == "conditional":
            claim = assessed.claims[i][pick]
            proofs = " / ".join((claim.id, *(claim.law.proofs if claim.law else ())))
            needs = f"{assessed.regime.title}, {claim.title} ({proofs})"
            found.append(reason("way.conditional", f"{case.lines[i].param}.proof_of_origin", conditions=needs))
    return found
