"""value: what are the goods worth at the border?"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from entrepot.engine.case import Case, Values
from entrepot.engine.rules.reasons import reason
from entrepot.law.records import Regime, Round
from entrepot.model.errors import SaleError
from entrepot.model.money import half_up, in_major, rounded, split
from entrepot.model.sale import FREIGHT_IN, INSURANCE_IN


def line_prices(case: Case) -> list[int]:
    """Each line's amount less its share of the discount. Raises SaleError if the discount is not less."""
    amounts = [line.amount for line in case.lines]
    if case.discount:
        if case.discount >= sum(amounts):
            raise SaleError("invalid_amount", "The discount must be less than the sum of the lines.", "discount_amount")
        shares = split(case.discount, amounts, case.rank or None)
        amounts = [amount - share for amount, share in zip(amounts, shares, strict=True)]
    return amounts


def value(case: Case, price: list[int], regime: Regime) -> Values:
    """The parts of the price by line, and the customs value under the valuation of a procedure.

    Raises SaleError if the freight and insurance that the incoterm includes are more than the price.
    """
    term, rank = case.sale.incoterm, case.rank or None
    many = len(price) > 1
    freight = split(case.shipping, _freight_weights(case, price), rank) if many else [case.shipping]
    insurance = split(case.insurance, price, rank) if many else [case.insurance]
    goods = list(price)
    if term in FREIGHT_IN:
        goods = [part - cost for part, cost in zip(goods, freight, strict=True)]
    if term in INSURANCE_IN:
        goods = [part - cost for part, cost in zip(goods, insurance, strict=True)]
    if min(goods) < 0 <= sum(goods):
        # Split by weight, a cheap heavy line would bear more freight than its price: then by value.
        freight = split(case.shipping, price, rank)
        goods = [part - cost for part, cost in zip(price, freight, strict=True)]
        if term in INSURANCE_IN:
            goods = [part - cost for part, cost in zip(goods, insurance, strict=True)]
    if min(goods) < 0:
        param = "shipping_cost" if case.shipping else "insurance_cost"
        raise SaleError(
            "contradictory_costs", "The costs included in the {term} price are higher than the price.", param, term=term
        )
    cif = [part + carried + insured for part, carried, insured in zip(goods, freight, insurance, strict=True)]
    reasons = []
    law = case.law.valuation
    customs = cif
    if law is not None and case.of == "goods":
        for name, rate, given, inside, cost in (
            ("insurance.imputed", law.impute_insurance, case.sale.insurance_cost, INSURANCE_IN, "insurance_cost"),
            ("freight.imputed", law.impute_freight, case.sale.shipping_cost, FREIGHT_IN, "shipping_cost"),
        ):
            if rate >= 0 and given is None and term not in inside:
                share = case.law.rates[rate]
                total = half_up(sum(goods) * share.num, share.den)
                cif = [part + more for part, more in zip(cif, split(total, goods, rank), strict=True)]
                reasons.append(reason(name, cost, amount=in_major(total, case.law.decimals)))
        basis = cif if (regime.value_basis or ("cif" if law.cif else "fob")) == "cif" else goods
        landing = case.law.rates[law.landing] if law.landing >= 0 else None
        num, den = (landing.num + landing.den, landing.den) if landing else (1, 1)
        num, den = num * regime.value_num, den * regime.value_den
        customs = [_customs(part, num, den, law.round) for part in basis]
    by_name = (goods, freight, insurance, cif, customs)
    return Values(by_name, (sum(goods), case.shipping, case.insurance, sum(cif), sum(customs)), reasons)


def _customs(part: int, num: int, den: int, rule: Round) -> int:
    if num == den and rule.num == rule.den:
        return part
    return half_up(*rounded(part * num, den, rule.direction, rule.num, rule.den))


def _freight_weights(case: Case, price: list[int]) -> list[int]:
    """By gross mass where every line has one, else by net mass, else by value: carriers charge by weight."""
    for name in ("gross_mass_kg", "net_mass_kg"):
        masses = [getattr(line.sale_line, name) for line in case.lines]
        if all(mass is not None for mass in masses):
            exact = [Fraction(mass) for mass in masses]
            scale = lcm(*(mass.denominator for mass in exact))
            return [int(mass * scale) for mass in exact]
    return price
