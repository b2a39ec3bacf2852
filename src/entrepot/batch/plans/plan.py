"""Writes plans: what a sale's own fields and its origin decide for all lines, as numbers for the compiled loops.

Buyer, channel, origin, proof of origin …: a table of millions of lines has few combinations of these.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.reasons import REASON_BIT
from entrepot.batch.plans.charges import duty_margin, least_duty_is_least_cost, write_charges
from entrepot.batch.plans.conditions import write_conditions, write_reliefs
from entrepot.batch.plans.kernel_codes import REASONS, TREATMENT_MODES, code_of
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.batch.plans.plan_buffer import PlanBuffer
from entrepot.engine.case import Case, Claim
from entrepot.engine.flow import choose
from entrepot.engine.flow.originate import originate
from entrepot.engine.rules.currency import converted_limit
from entrepot.engine.rules.prohibitions import is_general
from entrepot.law.records import Permit, Regime
from entrepot.model.sale import FREIGHT_IN, INSURANCE_IN

ROUNDS = {"down": layout.DOWN, "up": layout.UP, "half_up": layout.HALF_UP, "half_even": layout.HALF_EVEN}
PROOF = {"passed": layout.PASSED, "": layout.PASSED, "failed": layout.FAILED, "asked": layout.UNANSWERED}


def write_plan(
    buffer: PlanBuffer,
    law_arrays: LawArrays,
    case: Case,
    key: Hashable,
    decimals: Mapping[str, int],
    treatment_numbers: dict[str, int],
    regime_numbers: dict[str, int],
) -> int:
    """Writes the plan of a case with one line; returns the offset where it begins.

    `key`: what the regimes depend on besides the origin and the place of departure. `titles` and `ways`: the numbers of
    treatments and regimes by their ids; new ones are added.
    """
    law, line = case.law, case.lines[0]
    claims = originate(case)[0]
    found = buffer.add([number for claim in claims for number in _encode_treatment(case, claim, treatment_numbers)])
    stack_key = (key, law_arrays.regime_key(line.origin, case.sale.ship_from.country))
    regimes = buffer.known.get(stack_key)
    if regimes is None:
        regimes = buffer.known[stack_key] = _write_regimes(buffer, law_arrays, case, regime_numbers)
    head = [0] * layout.PLAN_SIZE
    head[layout.PLAN_CONVERT_NUM], head[layout.PLAN_CONVERT_DEN] = _exchange_ratio(case)
    head[layout.PLAN_DECIMALS], head[layout.PLAN_OWN_DECIMALS] = decimals[case.sale.currency], law.decimals
    head[layout.PLAN_FREIGHT_IN] = case.sale.incoterm in FREIGHT_IN
    head[layout.PLAN_INSURANCE_IN] = case.sale.incoterm in INSURANCE_IN
    reasons = _encode_imputed_costs(case, head)
    head[layout.PLAN_ORIGIN_CLASS] = law_arrays.origin_class(line.origin)
    head[layout.PLAN_TREATMENTS], head[layout.PLAN_N_TREATMENTS] = found, len(claims)
    head[layout.PLAN_REGIMES], head[layout.PLAN_N_REGIMES] = regimes
    head[layout.PLAN_REASONS] = reasons | _sale_reasons(case)
    if line.sale_line.quantity is None and line.sale_line.items is None:
        one = case.buyer == "consumer"
        head[layout.PLAN_PIECES_ASSUMED] = layout.ONE_PIECE if one else layout.ONE_FOR_CONDITIONS
    head[layout.PLAN_IN_OWN_CURRENCY] = case.home_currency != law.currency
    head[layout.PLAN_PROVISIONAL_COLUMN] = law.by_name.get("tariff:provisional", -1)
    banned = _prohibitions(law_arrays, case)
    head[layout.PLAN_PROHIBITIONS], head[layout.PLAN_N_PROHIBITIONS] = buffer.add(banned), len(banned) // 2
    return buffer.add_again(head)


def _exchange_ratio(case: Case) -> tuple[int, int]:
    """What converts the sale's currency to the importer's, as numerator and denominator; 0, 1 for the same currency."""
    if case.sale.currency == case.law.currency:
        return 0, 1
    return case.rates_to[case.sale.currency]


def _sale_reasons(case: Case) -> int:
    """The reasons of the sale itself, as bits."""
    bits = 0
    for each in case.reasons:
        bits |= 1 << code_of(REASONS, each.code)
    return bits


def _encode_imputed_costs(case: Case, head: list[int]) -> int:
    """Writes what the law imputes for costs that are not given; returns the reasons as bits."""
    law, sale, bits = case.law.valuation, case.sale, 0
    assert law is not None, "sales of goods under a law without valuation are refused earlier"
    head[layout.PLAN_IMPUTE_INSURANCE_DEN] = head[layout.PLAN_IMPUTE_FREIGHT_DEN] = 1
    for rate, given, inside, key, place in (
        (
            law.impute_insurance,
            sale.insurance_cost,
            INSURANCE_IN,
            "insurance.imputed",
            layout.PLAN_IMPUTE_INSURANCE_NUM,
        ),
        (law.impute_freight, sale.shipping_cost, FREIGHT_IN, "freight.imputed", layout.PLAN_IMPUTE_FREIGHT_NUM),
    ):
        if given is not None:
            continue
        if rate >= 0 and sale.incoterm not in inside:
            share = case.law.rates[rate]
            head[place], head[place + 1] = share.num, share.den
            bits |= REASON_BIT[key]
        elif (sale.incoterm not in inside or not law.cif) and (rate < 0 or sale.incoterm in inside):
            bits |= REASON_BIT["cost.assumed_nil"]
    return bits


def _encode_treatment(case: Case, claim: Claim, treatment_numbers: dict[str, int]) -> list[int]:
    law, entry = case.law, [0] * layout.TREATMENT_SIZE
    entry[layout.TREATMENT_ID] = treatment_numbers.setdefault(claim.id, len(treatment_numbers))
    entry[layout.TREATMENT_COLUMN] = claim.column
    entry[layout.TREATMENT_GENERAL] = claim.id == "general"
    entry[layout.TREATMENT_PROOF], entry[layout.TREATMENT_DIRECT] = PROOF[claim.proof], PROOF[claim.direct]
    entry[layout.TREATMENT_WAIVER] = -1
    if claim.law is None:
        return entry
    entry[layout.TREATMENT_PREFERENCE] = 1
    entry[layout.TREATMENT_COMPLETE] = claim.column >= 0 and law.columns[claim.column].complete
    rows = (claim.law.basis, claim.law.members[case.lines[0].origin])
    entry[layout.TREATMENT_ROW], entry[layout.TREATMENT_MEMBER] = rows
    entry[layout.TREATMENT_UNCHECKED] = any(law.bases[row].trust >= 2 for row in rows)
    if claim.proof in ("asked", "failed") and claim.law.waiver_num >= 0:
        bound = converted_limit(case, claim.law.waiver_num, claim.law.waiver_den, claim.law.waiver_currency)
        entry[layout.TREATMENT_WAIVER] = -1 if bound is None else bound[0] // bound[1]
        entry[layout.TREATMENT_WAIVER_VALUE] = claim.law.waiver_value
    entry[layout.TREATMENT_WAIVER_FOREIGN] = claim.proof != "passed" and uses_reference_rate(
        case, claim.law.waiver_currency
    )
    return entry


def uses_reference_rate(case: Case, currency: str) -> bool:
    """Whether a limit in a currency uses a reference rate, which is reported as a reason."""
    return currency in case.reference and currency != case.sale.currency


def _write_regimes(
    buffer: PlanBuffer, law_arrays: LawArrays, case: Case, regime_numbers: dict[str, int]
) -> tuple[int, int]:
    """Writes the regimes that the sale fits, in the order of the file; the others can never be open."""
    fitting = [
        regime
        for regime in case.law.regimes
        if regime.of == "goods" and choose.mismatch(case, regime) in ("", "transport?")
    ]
    places = {regime.id: place for place, regime in enumerate(fitting)}
    found: list[int] = []
    for regime in fitting:
        found += _encode_regime(buffer, law_arrays, case, regime, places, regime_numbers)
    return buffer.add(found), len(fitting)


def _encode_regime(
    buffer: PlanBuffer,
    law_arrays: LawArrays,
    case: Case,
    regime: Regime,
    places: dict[str, int],
    regime_numbers: dict[str, int],
) -> list[int]:
    law, entry = case.law, [0] * layout.REGIME_SIZE
    value = law.valuation
    assert value is not None, "sales of goods under a law without valuation are refused earlier"
    fit = choose.mismatch(case, regime)
    reliefs, many, relieved = write_reliefs(buffer, law_arrays, case, regime)
    stack = write_charges(buffer, law_arrays, case, regime, relieved)
    entry[layout.REGIME_ID] = regime_numbers.setdefault(regime.id, len(regime_numbers))
    entry[layout.REGIME_CIF] = (regime.value_basis or ("cif" if value.cif else "fob")) == "cif"
    landing = law.rates[value.landing] if value.landing >= 0 else None
    num, den = (landing.num + landing.den, landing.den) if landing else (1, 1)
    entry[layout.REGIME_VALUE_NUM], entry[layout.REGIME_VALUE_DEN] = num * regime.value_num, den * regime.value_den
    entry[layout.REGIME_ROUND_DIR], entry[layout.REGIME_ROUND_UNIT] = (
        ROUNDS[value.round.direction],
        buffer.unit(value.round),
    )
    entry[layout.REGIME_TREATMENTS] = code_of(TREATMENT_MODES, regime.treatments)
    entry[layout.REGIME_MANDATORY] = regime.mandatory
    entry[layout.REGIME_CLOSES] = sum(
        1 << places[name] for name in regime.closes if name in places and name != regime.id
    )
    entry[layout.REGIME_CHARGES], entry[layout.REGIME_N_CHARGES] = stack, len(regime.charges)
    entry[layout.REGIME_RELIEFS], entry[layout.REGIME_N_RELIEFS] = reliefs, many
    entry[layout.REGIME_CONDITIONS], entry[layout.REGIME_N_CONDITIONS] = write_conditions(
        buffer, law_arrays, case, regime
    )
    barred = [
        law_arrays.prefixes[permit.goods]
        for permit in law.permits
        if permit.kind == "prohibition" and _concerns_sale(case, regime, permit)
    ]
    entry[layout.REGIME_PROHIBITIONS], entry[layout.REGIME_N_PROHIBITIONS] = buffer.add(barred), len(barred)
    limits = [law_arrays.prefixes[each.goods] for each in law.known_limits if _concerns_sale(case, regime, each)]
    entry[layout.REGIME_LIMITS], entry[layout.REGIME_N_LIMITS] = buffer.add(limits), len(limits)
    entry[layout.REGIME_COUNTS_PIECES] = regime.counts_pieces
    entry[layout.REGIME_ROW] = regime.basis
    entry[layout.REGIME_COMPARE_BY_DUTY] = least_duty_is_least_cost(case, regime)
    entry[layout.REGIME_DUTY_MARGIN] = duty_margin(buffer, regime) if entry[layout.REGIME_COMPARE_BY_DUTY] else -1
    entry[layout.REGIME_REASON_BITS] = _regime_reasons(case, regime, fit)
    return entry


def _prohibitions(law_arrays: LawArrays, case: Case) -> list[int]:
    """The goods, and the place in the law, of each prohibition of every regime that concerns the sale."""
    return [
        number
        for place, permit in enumerate(case.law.permits)
        if is_general(permit) and _concerns_sale(case, None, permit)
        for number in (law_arrays.prefixes[permit.goods], place)
    ]


def _concerns_sale(case: Case, regime: Regime | None, permit: Permit) -> bool:
    """Whether a prohibition or a limit concerns the sale under a regime, or under all, whatever its goods."""
    return (
        (not permit.regime or (regime is not None and regime.id in permit.regime))
        and (not permit.buyer or permit.buyer == case.buyer)
        and (permit.ship_from is None or permit.ship_from.has(case.sale.ship_from.country))
        and (permit.ship_to is None or permit.ship_to.has(case.importer))
        and (permit.origin is None or permit.origin.has(case.lines[0].origin))
    )


def _regime_reasons(case: Case, regime: Regime, fit: str) -> int:
    """The reasons of a regime for every line."""
    law, bits = case.law, 0
    if fit == "transport?" or (case.transport is None and regime.asks_transport):
        bits |= REASON_BIT["transport.assumed"]
    if case.sale.channel is None and regime.channel:
        bits |= REASON_BIT["channel.assumed"]
    if any(uses_reference_rate(case, each.currency) for each in regime.thresholds):
        bits |= REASON_BIT["limit.reference"]
    assert law.valuation is not None, "sales of goods under a law without valuation are refused earlier"
    rows = [regime.basis, law.valuation.basis]
    if case.sale.currency not in case.sale.exchange_rates and case.sale.currency in law.exchange:
        rows.append(law.exchange[case.sale.currency][1])
    if any(law.bases[row].trust >= 2 for row in rows):
        bits |= REASON_BIT["trust.unchecked"]
    return bits
