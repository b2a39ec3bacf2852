"""explain: how is it said, with the law behind each figure?

The figures are there already, each with the rows that decided; here they become the values of the API.
"""

from __future__ import annotations

from entrepot import tell
from entrepot.case import Assessed, Case, Claim, Held, Owed
from entrepot.cite import TRUST, Citation
from entrepot.money import in_major
from entrepot.pack.law import Law, Permit, Regime
from entrepot.say import reason
from entrepot.words import (
    Assessment,
    Charge,
    Condition,
    LawUsed,
    Option,
    OptionLine,
    Quote,
    RateDetails,
    Reason,
    Requirement,
    Subtotals,
    Treatment,
)

DUTIES = ("duty", "additional_duty")
TAXES = ("excise", "vat", "income_tax")


def explain(case: Case, ways: list[Assessed], best: int) -> Quote:
    """The quote of an assessed case; `best` is the index of the best way, or -1."""
    options = tuple(_option(case, way) for way in ways)
    return Quote(
        currency=case.law.currency,
        exchange=case.exchange,
        law=LawUsed(date=case.on.isoformat(), hash=case.law.hash, pack=case.law.pack, since=case.law.since, until=case.law.until),
        assessment=_assessment(case, ways, best),
        best=options[best] if best >= 0 else None,
        options=options,
    )


def citations(law: Law, bases: tuple[int, ...]) -> tuple[Citation, ...]:
    """The sources of the rows that decided, remembered for the next figure that rests on the same."""
    key = ("citations", bases)
    found = law.cache.get(key)
    if found is None:
        made = []
        for index in bases:
            basis = law.bases[index]
            for cite in basis.cites:
                source = law.sources[cite]
                made.append(
                    Citation(
                        source=cite,
                        title=source.title,
                        authority=source.authority,
                        number=source.number,
                        dated=source.dated,
                        read=source.read,
                        url=source.url,
                        row=basis.where,
                        since=basis.since,
                        until=basis.until,
                        trust=TRUST[basis.trust],
                    )
                )
        found = tuple(made)
        law.remember(key, found)
    return found  # type: ignore[return-value]  # the cache holds what each asker put there


def _option(case: Case, way: Assessed) -> Option:
    law, regime = case.law, way.regime
    charges = tuple(_charge(law, regime, owed, -1) for owed in way.owed if any(owed.why))
    warnings = _warnings(case, way)
    money = _money(case, way)
    return Option(
        regime=regime.id,
        title=regime.title,
        status=way.status,  # type: ignore[arg-type]  # one of the three by construction in `choose`
        conditions=_conditions(case, way),
        amount_subtotals=money[0],
        amount_charges=money[1],
        amount_recoverable=money[2],
        amount_landed=money[3],
        at_least=not way.unknown and any(owed.total is None and owed.charge.charged_to == "buyer" for owed in way.owed),
        charges=charges,
        lines=tuple(_line(case, way, i, charges) for i in range(len(case.lines))),
        requirements=tuple(_requirement(law, permit) for permit in way.permits),
        warnings=warnings,
        citations=citations(law, (regime.basis,)),
    )


def _money(case: Case, way: Assessed) -> tuple[Subtotals | None, str | None, str | None, str | None]:
    """Subtotals, charges, what is recovered, landed; none of them where a duty or VAT is not known."""
    if way.unknown:
        return None, None, None, None
    places = case.law.decimals
    duties = taxes = fees = recovered = 0
    for owed in way.owed:
        amount = owed.total
        if not amount or owed.charge.charged_to != "buyer":
            continue
        if owed.charge.kind in DUTIES:
            duties += amount
        elif owed.charge.kind in TAXES:
            taxes += amount
        else:
            fees += amount
        if case.buyer == "business" and owed.charge.recoverable == "yes":
            recovered += amount
    goods, shipping, insurance = way.values.total[:3]
    charges = duties + taxes + fees
    if case.sale.incoterm == "DDP":
        goods = sum(line.amount for line in case.lines) - case.discount - shipping - insurance - charges
    subtotals = Subtotals(
        goods=in_major(goods, places),
        shipping=in_major(shipping, places),
        insurance=in_major(insurance, places),
        duties=in_major(duties, places),
        taxes=in_major(taxes, places),
        fees=in_major(fees, places),
    )
    landed = goods + shipping + insurance + charges
    return subtotals, in_major(charges, places), in_major(recovered, places), in_major(landed, places)


def _charge(law: Law, regime: Regime, owed: Owed, i: int) -> Charge:
    """A charge of the consignment (i = -1), or of one line before the consignment's rounding."""
    places, charge = law.decimals, owed.charge
    first = i if i >= 0 else next(index for index, why in enumerate(owed.why) if why)
    bearing = [index for index, why in enumerate(owed.why) if why] if i < 0 else [i]
    amount = owed.total if i < 0 else owed.amounts[i]
    base = sum(owed.bases[index] for index in bearing)
    if len(bearing) > 1:
        rows = tuple(sorted({row for index in bearing for row in owed.rows[index]}))
        same = len({id(owed.rates[index]) for index in bearing}) == 1
    else:
        rows, same = owed.rows[first], True
    rate = owed.rates[first] if same else None
    why = owed.why[first]
    if i < 0 and owed.relief >= 0:
        why = f"relief:{owed.relief}"
    elif i < 0 and owed.waived:
        why = "waived"
    if why.startswith("relief:"):
        rows, rate = (regime.thresholds[int(why[7:])].basis,), None
    return Charge(
        id=charge.id,
        kind=charge.kind,  # type: ignore[arg-type]  # checked when the pack was read
        name=charge.name,
        amount=None if amount is None else in_major(amount, places),
        taxable_amount=in_major(base, places),
        rate_details=tell.details(rate) if same else tell.SEVERAL,
        formula=tell.formula(charge, rate, base, law) if same else "",
        reason=why.partition(":")[0],
        collected_by=charge.collected_by,
        charged_to=charge.charged_to,
        recoverable=charge.recoverable,  # type: ignore[arg-type]  # checked when the pack was read
        citations=citations(law, (*rows, charge.basis) if charge.basis not in rows else rows),
    )


def _line(case: Case, way: Assessed, i: int, whole: tuple[Charge, ...]) -> OptionLine:
    line, law = case.lines[i], case.law
    places = law.decimals
    # Of a sale of one line without rounding or relief of the whole, the line's charges are the consignment's.
    same = len(case.lines) == 1 and all(owed.relief < 0 and not owed.waived and owed.total == owed.amounts[0] for owed in way.owed)
    pick = way.picks[i]
    shown = {index: _treatment(case, way, i, index) for index in way.costs[i]}
    names = law.names.get(law.codes[line.row]) if line.row >= 0 else None
    return OptionLine(
        reference=line.asked.reference,
        code=line.service or line.given,
        name=(names.get("en") or next(iter(names.values()))) if names else None,
        customs_value=in_major(way.values.by_name[4][i], places),
        treatment=shown.get(pick),
        treatments=tuple(treatment for index, treatment in shown.items() if index != pick),
        charges=whole if same else tuple(_charge(law, way.regime, owed, i) for owed in way.owed if owed.why[i]),
    )


def _treatment(case: Case, way: Assessed, i: int, index: int) -> Treatment:
    law, claim = case.law, way.claims[i][index]
    duty, charges = way.costs[i][index]
    rows = way.rated.tariff[i][index].choices
    if len(way.costs[i]) == 1:
        duty = _duty_of(way, i)
        charges = sum(owed.amounts[i] or 0 for owed in way.owed if owed.charge.charged_to == "buyer")
    details = tell.details(rows[0].rate) if rows else tell.UNKNOWN
    member = (claim.law.basis, claim.law.members[case.lines[i].origin]) if claim.law else ()
    bases = tuple(row for choice in rows for row in choice.rows) + member
    return Treatment(
        id=claim.id,
        title=claim.title,
        status=way.statuses[i][index],  # type: ignore[arg-type]  # one of the three by construction in `choose`
        duty=None if duty is None else in_major(duty, law.decimals),
        charges=None if charges is None or not rows else in_major(charges, law.decimals),
        rate_details=details,
        proofs=claim.law.proofs if claim.law else (),
        conditions=_claim_conditions(claim, way.statuses[i][index]),
        citations=citations(law, bases),
    )


def _duty_of(way: Assessed, i: int) -> int | None:
    amounts = [owed.amounts[i] for owed in way.owed if owed.charge.kind == "duty"]
    return None if None in amounts else sum(amount or 0 for amount in amounts)


def _claim_conditions(claim: Claim, status: str) -> tuple[Condition, ...]:
    if claim.law is None:
        return ()
    proof = "passed" if claim.proof == "failed" and status == "open" else claim.proof
    if status == "open":
        proof = "passed"
    found = []
    if claim.law.proofs:
        found.append(Condition(id="proof_of_origin", state=proof, says=tell.PROOF))  # type: ignore[arg-type]
    if claim.direct:
        found.append(Condition(id="direct_consignment", state=claim.direct, says=tell.DIRECT))  # type: ignore[arg-type]
    return tuple(found)


def _conditions(case: Case, way: Assessed) -> tuple[Condition, ...]:
    law, regime = case.law, way.regime
    found = []
    if way.fit not in ("", "transport?"):
        wants = {"buyer": regime.buyer, "channel": regime.channel, "transport": regime.transport}[way.fit]
        says = tell.FITS[way.fit].format(" / ".join(wants))
        found.append(Condition(id=way.fit, state="failed", says=says, citations=citations(law, (regime.basis,))))
    if way.closed_by is not None:
        says = tell.MANDATORY.format(way.closed_by.title)
        found.append(Condition(id="mandatory", state="failed", says=says, citations=citations(law, (way.closed_by.basis,))))
    for held in way.held:
        found.append(_condition(law, held))
    return tuple(found)


def _condition(law: Law, held: Held) -> Condition:
    key = ("condition", held.condition.id, held.condition.basis, held.state)
    known = law.cache.get(key)
    if known is None:
        known = Condition(
            id=held.condition.id,
            state=held.state,  # type: ignore[arg-type]  # one of the four by construction in `choose`
            says=held.condition.says,
            citations=citations(law, (held.condition.basis,)),
        )
        law.remember(key, known)
    return known  # type: ignore[return-value]  # the cache holds what each asker put there


def _requirement(law: Law, permit: Permit) -> Requirement:
    key = ("requirement", permit.id, permit.basis)
    known = law.cache.get(key)
    if known is None:
        known = Requirement(
            id=permit.id,
            kind=permit.kind,
            says=permit.says,
            authority=permit.authority,
            citations=citations(law, (permit.basis,)),
        )
        law.remember(key, known)
    return known  # type: ignore[return-value]  # the cache holds what each asker put there


def _warnings(case: Case, way: Assessed) -> tuple[Reason, ...]:
    """What stands open about one way: amounts not known, rows not checked, preferences the pack does not hold."""
    law = case.law
    found = list(way.values.imputed)
    for owed in way.owed:
        for i, why in enumerate(owed.why):
            if why == "rate" and owed.charge.source == "tax" and way.rated.ruled[owed.charge.basis][i].assumed:
                line = case.lines[i]
                found.append(reason("tax_class.assumed", f"{line.param}.tax_class", tax=owed.charge.name, code=line.service or line.given))
            if owed.amounts[i] is None:
                found.append(_unknown(case, way, owed, i, why))
    for i, claims in enumerate(way.claims):
        for index in way.costs[i]:
            claim = claims[index]
            if claim.law is not None and not way.rated.tariff[i][index].choices and not _complete(law, claim):
                found.append(reason("preference.unknown", f"{case.lines[i].param}.proof_of_origin", title=claim.title))
    if way.unsolved:
        found.append(reason("ddp.unsolved", "lines", regime=way.regime.title))
    asks = any(each.transport for each in (*way.regime.charges, *way.regime.thresholds))
    if way.fit == "transport?" or (case.transport is None and asks):
        found.append(reason("transport.assumed", "transport", regime=way.regime.title))
    return tuple(found)


def _complete(law: Law, claim: Claim) -> bool:
    return claim.column >= 0 and law.columns[claim.column].complete


def _unknown(case: Case, way: Assessed, owed: Owed, i: int, why: str) -> Reason:
    """Why an amount is not known, and what would make it known."""
    line, law, name = case.lines[i], case.law, owed.charge.name
    kind, _, detail = why.partition(":")
    what = line.service or line.given
    if kind == "measure":
        return reason("measure.missing", f"{line.param}.{tell.FIELD[detail]}", name=name, measure=detail)
    if kind == "limit":
        kind, detail = "currency", way.regime.thresholds[int(detail)].currency
    if kind == "currency":
        return reason("exchange.missing", f"exchange_rates.{detail}", currency=detail, importer=law.currency)
    if kind == "text":
        rate = owed.rates[i]
        return reason("rate.text", f"{line.param}.rates", name=name, code=what, text=rate.text[5:] if rate else "")
    if kind == "unknown":
        row = law.bases[owed.rows[i][0]].where if owed.rows[i] else law.bases[owed.charge.basis].where
        return reason("rate.unknown", f"{line.param}.rates.{owed.charge.kind}", name=name, code=what, row=row)
    if kind == "class":
        return reason("class.unknown", line.param, name=name, code=what)
    if kind == "place":
        return reason("place.missing", "ship_to.state", name=name, place=law.title)
    if owed.charge.kind == "duty":
        return reason("rate.none", f"{line.param}.rates.duty", place=law.title, code=what)
    return reason("tax.none", f"{line.param}.rates.{owed.charge.kind}", place=law.title, code=what, name=name)


def _assessment(case: Case, ways: list[Assessed], best: int) -> Assessment:
    """Complete, estimated or refused, and everything that stands in the way of `complete`."""
    if case.refused:
        return Assessment(outcome="refused", trust=None, reasons=tuple(case.refused))
    if best < 0:
        return Assessment(outcome="refused", trust=None, reasons=_no_way(case, ways))
    way = ways[best]
    reasons = [*case.reasons, *_costs_assumed(case), *_warnings(case, way)]
    for held in way.held:
        if held.state == "assumed":
            reasons.append(reason("condition.assumed", "asserted", id=held.condition.id, says=held.condition.says))
    for owed in way.owed:
        if owed.total is None:
            reasons.append(reason("charge.unknown", None, name=owed.charge.name))
    reasons += _partial_programmes(case, way) + _limits_converted(case, way)
    rows = {row for owed in way.owed for rows in owed.rows for row in rows} | {owed.charge.basis for owed in way.owed if any(owed.why)}
    rows.add(way.regime.basis)
    rows |= {row for held in way.held for row in (held.condition.basis, *held.rows)}
    for i, pick in enumerate(way.picks):
        if pick >= 0 and (treatment := way.claims[i][pick].law) is not None:
            rows |= {treatment.basis, treatment.members[case.lines[i].origin]}
    if case.of == "goods" and case.law.valuation is not None:
        rows.add(case.law.valuation.basis)
    worst = max(case.law.bases[row].trust for row in rows)
    if worst == TRUST.index("unchecked"):
        weak = sorted({case.law.bases[row].where for row in rows if case.law.bases[row].trust == worst})
        shown = ", ".join(weak[:6]) + (" …" if len(weak) > 6 else "")
        reasons.append(reason("trust.unchecked", None, rows=shown))
    unique = tuple({(each.code, each.message): each for each in reasons}.values())
    return Assessment(outcome="estimated" if unique else "complete", trust=TRUST[worst], reasons=unique)


def _costs_assumed(case: Case) -> list[Reason]:
    """The costs that the sale does not give and nothing imputes."""
    if case.of == "services":
        return []
    law, term = case.law.valuation, case.sale.incoterm
    found = []
    for cost, given, imputed, inside in (
        ("shipping_cost", case.sale.shipping_cost, law.impute_freight if law else -1, ("CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP")),
        ("insurance_cost", case.sale.insurance_cost, law.impute_insurance if law else -1, ("CIF", "CIP", "DAP", "DPU", "DDP")),
    ):
        # A cost that is inside the price matters only where the customs value leaves it out.
        needed = term not in inside or (law is not None and not law.cif)
        if given is None and needed and (imputed < 0 or term in inside):
            found.append(reason("cost.assumed_nil", cost, cost=cost.replace("_", " ")))
    return found


def _partial_programmes(case: Case, way: Assessed) -> list[Reason]:
    found = []
    for owed in way.owed:
        column = owed.charge.column
        if owed.charge.source == "additional" and not any(owed.why) and column >= 0 and not case.law.columns[column].complete:
            found.append(reason("additional.partial", None, name=owed.charge.name))
    return found


def _limits_converted(case: Case, way: Assessed) -> list[Reason]:
    """Limits and rates of the law in another currency that were converted at a rate the caller did not give."""
    if not case.reference:
        return []
    used = {each.currency for each in (*way.regime.thresholds, *(held.condition for held in way.held))}
    used.update(step.currency for owed in way.owed for rate in owed.rates if rate for step in rate.program)
    for i, claims in enumerate(way.claims):
        used.update(law.waiver_currency for index in way.costs[i] if (law := claims[index].law) and claims[index].proof != "passed")
    return [
        reason("limit.reference", f"exchange_rates.{each.currency}", currency=each.currency, rate=each.rate, source=each.source, date=each.date or "")
        for each in case.reference.values()
        if each.currency in used and each.currency != case.sale.currency
    ]


def _no_way(case: Case, ways: list[Assessed]) -> tuple[Reason, ...]:
    """Why nothing is open, and what would open something."""
    if not ways:
        return (reason("way.none", "date", place=case.law.title, date=case.on.isoformat()),)
    found: list[Reason] = []
    for way in ways:
        if way.unknown and way.fit == "":
            found += [each for each in _warnings(case, way) if each.code.startswith(("rate.", "tax.", "class.", "place.", "measure.", "exchange.", "ddp."))]
    asked = [(held.condition.id, held.condition.says) for way in ways if way.status == "conditional" for held in way.held if held.state == "asked"]
    for name, says in dict(asked).items():
        found.append(reason("condition.asked", "asserted", id=name, says=says))
    if not found:
        found.append(reason("way.closed"))
    return tuple({each.message: each for each in found}.values())
