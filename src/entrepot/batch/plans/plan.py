"""plan: what a sale's own words and its origin settle once for all lines alike, as one run of whole numbers.

Who buys, by which channel, from where, with which proof: of such sales there are few, of lines there are millions.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.reasons import BIT
from entrepot.batch.plans.charges import duty_margin, least_duty_is_least_cost, write_charges
from entrepot.batch.plans.conditions import write_conditions, write_reliefs
from entrepot.batch.plans.kernel_codes import REASONS, TREATMENT_MODES, code_of
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.batch.plans.plan_buffer import PlanBuffer
from entrepot.engine.case import Case, Claim
from entrepot.engine.flow import choose
from entrepot.engine.flow.originate import originate
from entrepot.engine.rules.currency import converted_limit
from entrepot.law.records import Permit, Regime
from entrepot.model.sale import FREIGHT_IN, INSURANCE_IN

ROUNDS = {"down": f.DOWN, "up": f.UP, "half_up": f.HALF_UP, "half_even": f.HALF_EVEN}
PROOF = {"passed": f.PASSED, "": f.PASSED, "failed": f.FAILED, "asked": f.ASKED}


def write_plan(
    tape: PlanBuffer,
    folded: LawArrays,
    case: Case,
    key: Hashable,
    decimals: Mapping[str, int],
    titles: dict[str, int],
    ways: dict[str, int],
) -> int:
    """Writes the plan of a case, of one line, to the tape; returns where it begins.

    `key`: what the regimes turn on besides the origin and the place of departure; `titles` and `ways`: the numbers of
    treatments and regimes by their ids, which grow here.
    """
    law, line = case.law, case.lines[0]
    claims = originate(case)[0]
    found = tape.add([number for claim in claims for number in _encode_treatment(case, claim, titles)])
    stack_key = (key, folded.bearing(line.origin, case.sale.ship_from.country))
    regimes = tape.known.get(stack_key)
    if regimes is None:
        regimes = tape.known[stack_key] = _write_regimes(tape, folded, case, ways)
    head = [0] * f.H_SIZE
    head[f.H_CONVERT_NUM], head[f.H_CONVERT_DEN] = _exchange_ratio(case)
    head[f.H_DECIMALS], head[f.H_OWN_DECIMALS] = decimals[case.sale.currency], law.decimals
    head[f.H_FREIGHT_IN] = case.sale.incoterm in FREIGHT_IN
    head[f.H_INSURANCE_IN] = case.sale.incoterm in INSURANCE_IN
    reasons = _encode_imputed_costs(case, head)
    head[f.H_FIRST] = folded.origin_class(line.origin)
    head[f.H_CLAIMS], head[f.H_N_CLAIMS] = found, len(claims)
    head[f.H_REGIMES], head[f.H_N_REGIMES] = regimes
    head[f.H_REASONS] = reasons | _sale_reasons(case)
    head[f.H_PIECES_ASSUMED] = line.sale_line.quantity is None and line.sale_line.items is None
    head[f.H_PROVISIONAL] = law.by_name.get("tariff:provisional", -1)
    return tape.add(head)


def _exchange_ratio(case: Case) -> tuple[int, int]:
    """What turns minor units of the sale's currency, by their decimals, into those of the importer's."""
    if case.sale.currency == case.law.currency:
        return 0, 1
    return case.rates_to[case.sale.currency]


def _sale_reasons(case: Case) -> int:
    """The reasons that the sale itself gives."""
    bits = 0
    for each in case.reasons:
        bits |= 1 << code_of(REASONS, each.code)
    return bits


def _encode_imputed_costs(case: Case, head: list[int]) -> int:
    """What the law imputes for costs not given; and the reason where a cost is taken as nil."""
    law, sale, bits = case.law.valuation, case.sale, 0
    assert law is not None, "a sale of goods without valuation is refused before"
    head[f.H_IMPUTE_INSURANCE_DEN] = head[f.H_IMPUTE_FREIGHT_DEN] = 1
    for rate, given, inside, key, place in (
        (law.impute_insurance, sale.insurance_cost, INSURANCE_IN, "insurance.imputed", f.H_IMPUTE_INSURANCE_NUM),
        (law.impute_freight, sale.shipping_cost, FREIGHT_IN, "freight.imputed", f.H_IMPUTE_FREIGHT_NUM),
    ):
        if given is not None:
            continue
        if rate >= 0 and sale.incoterm not in inside:
            share = case.law.rates[rate]
            head[place], head[place + 1] = share.num, share.den
            bits |= BIT[key]
        elif (sale.incoterm not in inside or not law.cif) and (rate < 0 or sale.incoterm in inside):
            bits |= BIT["cost.assumed_nil"]
    return bits


def _encode_treatment(case: Case, claim: Claim, titles: dict[str, int]) -> list[int]:
    law, entry = case.law, [0] * f.T_SIZE
    entry[f.T_ID] = titles.setdefault(claim.id, len(titles))
    entry[f.T_COLUMN] = claim.column
    entry[f.T_GENERAL] = claim.id == "general"
    entry[f.T_PROOF], entry[f.T_DIRECT] = PROOF[claim.proof], PROOF[claim.direct]
    entry[f.T_WAIVER] = -1
    if claim.law is None:
        return entry
    entry[f.T_PREFERENCE] = 1
    entry[f.T_COMPLETE] = claim.column >= 0 and law.columns[claim.column].complete
    rows = (claim.law.basis, claim.law.members[case.lines[0].origin])
    entry[f.T_ROW], entry[f.T_MEMBER] = rows
    entry[f.T_UNCHECKED] = any(law.bases[row].trust == 2 for row in rows)
    if claim.proof in ("asked", "failed") and claim.law.waiver_num >= 0:
        bound = converted_limit(case, claim.law.waiver_num, claim.law.waiver_den, claim.law.waiver_currency)
        entry[f.T_WAIVER] = -1 if bound is None else bound[0] // bound[1]
        entry[f.T_WAIVER_VALUE] = claim.law.waiver_value
    entry[f.T_WAIVER_FOREIGN] = claim.proof != "passed" and uses_reference_rate(case, claim.law.waiver_currency)
    return entry


def uses_reference_rate(case: Case, currency: str) -> bool:
    """Whether a limit in a currency rests on a reference rate that has to be named."""
    return currency in case.reference and currency != case.sale.currency


def _write_regimes(tape: PlanBuffer, folded: LawArrays, case: Case, ways: dict[str, int]) -> tuple[int, int]:
    """The regimes that a sale fits, in the order of the file; of the others nothing is ever open."""
    fitting = [
        regime
        for regime in case.law.regimes
        if regime.of == "goods" and choose.mismatch(case, regime) in ("", "transport?")
    ]
    places = {regime.id: place for place, regime in enumerate(fitting)}
    found: list[int] = []
    for regime in fitting:
        found += _encode_regime(tape, folded, case, regime, places, ways)
    return tape.add(found), len(fitting)


def _encode_regime(
    tape: PlanBuffer, folded: LawArrays, case: Case, regime: Regime, places: dict[str, int], ways: dict[str, int]
) -> list[int]:
    law, entry = case.law, [0] * f.R_SIZE
    value = law.valuation
    assert value is not None, "a sale of goods without valuation is refused before"
    fit = choose.mismatch(case, regime)
    reliefs, many, relieved = write_reliefs(tape, folded, case, regime)
    stack = write_charges(tape, folded, case, regime, relieved)
    entry[f.R_ID] = ways.setdefault(regime.id, len(ways))
    entry[f.R_CIF] = (regime.value_basis or ("cif" if value.cif else "fob")) == "cif"
    landing = law.rates[value.landing] if value.landing >= 0 else None
    num, den = (landing.num + landing.den, landing.den) if landing else (1, 1)
    entry[f.R_VALUE_NUM], entry[f.R_VALUE_DEN] = num * regime.value_num, den * regime.value_den
    entry[f.R_ROUND_DIR], entry[f.R_ROUND_UNIT] = ROUNDS[value.round.direction], tape.unit(value.round)
    entry[f.R_TREATMENTS] = code_of(TREATMENT_MODES, regime.treatments)
    entry[f.R_FIT] = fit == ""
    entry[f.R_MANDATORY] = regime.mandatory
    entry[f.R_CLOSES] = sum(1 << places[name] for name in regime.closes if name in places and name != regime.id)
    entry[f.R_CHARGES], entry[f.R_N_CHARGES] = stack, len(regime.charges)
    entry[f.R_THRESHOLDS], entry[f.R_N_THRESHOLDS] = reliefs, many
    entry[f.R_CONDITIONS], entry[f.R_N_CONDITIONS] = write_conditions(tape, folded, case, regime)
    barred = [
        folded.prefixes[permit.goods]
        for permit in law.permits
        if permit.kind == "prohibition" and _prohibition_applies(case, regime, permit)
    ]
    entry[f.R_PROHIBITIONS], entry[f.R_N_PROHIBITIONS] = tape.add(barred), len(barred)
    entry[f.R_COUNTS_PIECES] = regime.counts_pieces
    entry[f.R_ROW] = regime.basis
    entry[f.R_SIMPLE] = least_duty_is_least_cost(case, regime)
    entry[f.R_MARGIN] = duty_margin(tape, regime) if entry[f.R_SIMPLE] else -1
    entry[f.R_REASONS], entry[f.R_PLACE_LACKS] = _regime_reasons(case, regime, fit)
    return entry


def _prohibition_applies(case: Case, regime: Regime, permit: Permit) -> bool:
    """Whether a prohibition is about such a sale under a regime, whatever its goods."""
    return (
        (not permit.regime or regime.id in permit.regime)
        and (not permit.buyer or permit.buyer == case.buyer)
        and (permit.ship_from is None or permit.ship_from.has(case.sale.ship_from.country))
        and (permit.origin is None or permit.origin.has(case.lines[0].origin))
    )


def _regime_reasons(case: Case, regime: Regime, fit: str) -> tuple[int, int]:
    """The reasons that a regime gives whatever the line; and whether the sale lacks the place in it."""
    law, bits = case.law, 0
    parts = [place for place in law.places if place.startswith(f"{case.importer}-")]
    lacks = bool(parts) and case.places[0] not in parts
    if lacks:
        bits |= BIT["place.assumed"]
    if fit == "transport?" or (case.transport is None and regime.asks_transport):
        bits |= BIT["transport.assumed"]
    if case.sale.channel is None and regime.channel:
        bits |= BIT["channel.assumed"]
    if any(uses_reference_rate(case, each.currency) for each in regime.thresholds):
        bits |= BIT["limit.reference"]
    assert law.valuation is not None, "a sale of goods without valuation is refused before"
    rows = [regime.basis, law.valuation.basis]
    if case.sale.currency not in case.sale.exchange_rates and case.sale.currency in law.exchange:
        rows.append(law.exchange[case.sale.currency][1])
    if any(law.bases[row].trust == 2 for row in rows):
        bits |= BIT["trust.unchecked"]
    return bits, int(lacks)
