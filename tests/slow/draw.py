"""Hypothesis strategies that draw sales over all packs, with a fair weight on the edges of the law."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from .facts import FIRST, LAST, Facts, all_facts, assessed_packs, decimals_of, headings, near

WEIGHTS = {"zz": 6, "cn": 3, "jp": 3, "eu": 3}
#: Sales that are drawn from one seed.
PART = 100
TERMS = ["EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"]
TRANSPORTS = ["air", "sea", "sea", "post", "express", "road", "rail"]
CHANNELS = ["ecommerce", "trade", "personal"]
MEASURES = {
    "net_mass_kg": 2,
    "gross_mass_kg": 2,
    "litres": 2,
    "items": 0,
    "pairs": 0,
    "square_metres": 2,
    "alcohol_percent": 1,
    "cubic_metres": 3,
    "head": 0,
}
KINDS = ["duty", "vat", "excise", "fee", "additional_duty", "income_tax"]


def parts(packs: Path, count: int) -> Iterator[tuple[str, int, int]]:
    """Packs, numbers for the seed, and sales: enough for so many sales in all, each pack by its weight."""
    assessed = assessed_packs(packs)
    weight = sum(WEIGHTS.get(pack, 1) for pack in assessed)
    for pack in assessed:
        share = -(-count * WEIGHTS.get(pack, 1) // weight)
        for number in range(-(-share // PART)):
            yield pack, number, min(PART, share - number * PART)


def text(value: Decimal, decimals: int) -> str:
    """A decimal with a fixed number of decimals."""
    return str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


@st.composite
def number(draw: DrawFn, least: int, most: int, decimals: int) -> str:
    """A number between two whole ones, with some decimals."""
    return text(Decimal(draw(st.integers(least * 10**decimals, most * 10**decimals))).scaleb(-decimals), decimals)


def seldom(strategy: SearchStrategy[Any], out_of: int = 4) -> SearchStrategy[Any]:
    """A value once in some draws, nothing otherwise."""
    return st.integers(1, out_of).flatmap(lambda n: strategy if n == 1 else st.none())


@lru_cache(maxsize=4096)
def headings_under(packs: Path, prefix: str) -> list[str]:
    """The subheadings of the world under a prefix, or the prefix itself filled up."""
    return [code for code in headings(packs) if code.startswith(prefix)] or headings_under(packs, prefix[:2])


@lru_cache(maxsize=4)
def headings_set(packs: Path) -> frozenset[str]:
    """The subheadings of the world, to ask whether there is one."""
    return frozenset(headings(packs))


@st.composite
def codes(draw: DrawFn, packs: Path, facts: Facts) -> str:
    """A code of goods: of a row, shorter or longer than it, or of any subheading."""
    prefix = draw(st.sampled_from(draw(st.sampled_from([facts.rated] * 5 + [facts.prefixes] * 3 + [headings(packs)]))))
    return draw(code_under(packs, prefix))


@st.composite
def code_under(draw: DrawFn, packs: Path, prefix: str) -> str:
    """A code of goods under a prefix, or the six digits that it begins with; always one of the Harmonized System."""
    code = prefix
    if len(prefix) >= 6 and prefix[:6] not in headings_set(packs):
        code = prefix = prefix[:4]
    if len(prefix) < 6:
        code = draw(st.sampled_from(headings_under(packs, prefix)))
    how = draw(st.sampled_from(["as", "as", "short", "short", "long"]))
    if how == "short":
        code = code[:6]
    elif how == "long":
        code = code.ljust(10, draw(st.sampled_from("0019")))
    elif len(code) % 2:
        code += "0" if draw(st.booleans()) and len(code) < 10 else ""
    code = code[:10]
    return f"{code[:4]}.{code[4:6]}" + (f".{code[6:]}" if code[6:] else "") if draw(st.integers(0, 4)) == 0 else code


@st.composite
def totals(draw: DrawFn, facts: Facts, currency: str, decimals: int, small: bool) -> int:
    """What the lines cost in all, in the sale's minor units: at, about or anywhere near a limit of the law."""
    unit = 10**decimals
    least = max(1, round(float(near(currency, "USD"))))
    if small:
        return draw(st.integers(1, 60 * unit * least))
    if draw(st.booleans()):
        amount, of = draw(st.sampled_from(facts.limits)).split()
        limit = Decimal(amount)
        if of != currency:
            limit *= near(currency, of)
        at = int(limit * unit)
        return max(1, draw(st.sampled_from([at, at, at - 1, at + 1, at // 2, at * 2, at + at // 7])))
    return draw(st.one_of(st.integers(1, 300 * unit * least), st.integers(1, 50_000 * unit * least)))


@st.composite
def goods(draw: DrawFn, packs: Path, facts: Facts, sale: dict[str, Any]) -> dict[str, Any]:
    """What the goods of a line are, where they come from and what proves it."""
    ship_from = sale["ship_from"]["country"]
    marked = draw(st.sampled_from([[], [], [], facts.offers, facts.offers, facts.hits, facts.hits]))
    if marked:
        treatment, prefix, origin, day = draw(st.sampled_from(marked))
        if draw(st.integers(0, 3)):
            sale["ship_from"]["country"] = origin
        if draw(st.booleans()):
            sale["date"] = day
        found = {"hs_code": draw(code_under(packs, prefix)), "country_of_origin": origin}
        proof = draw(st.sampled_from([treatment, treatment, treatment, "", "none"]))
    else:
        found = {"hs_code": draw(codes(packs, facts))}
        found["country_of_origin"] = draw(st.one_of(st.just(ship_from), st.just(""), st.sampled_from(facts.origins)))
        proof = draw(st.one_of(st.sampled_from(["", "none"]), st.sampled_from(facts.proofs)))
    if proof:
        found["proof_of_origin"] = proof
    return {key: value for key, value in found.items() if value}


@st.composite
def line(draw: DrawFn, packs: Path, facts: Facts, sale: dict[str, Any], service: bool, amount: str, index: int) -> Any:
    """One line."""
    found: dict[str, Any] = {"reference": f"{draw(st.sampled_from('abc'))}{index}", "amount": amount}
    if service:
        found["service"] = draw(st.sampled_from(facts.services))
    else:
        found |= draw(goods(packs, facts, sale))
    if draw(st.booleans()):
        found["quantity"] = str(draw(st.integers(1, 12)))
    if not service and draw(st.integers(0, 3)):
        for name, decimals in MEASURES.items():
            if draw(st.integers(0, 4)) and not (name == "head" and draw(st.booleans())):
                found[name] = draw(number(1, 90, decimals))
    chosen = draw(seldom(st.sampled_from([*facts.classes, "standard", "exempt", "zero", "reduced"]), 12))
    if chosen:
        found["tax_class"] = chosen
    if draw(st.integers(0, 14)) == 0:
        kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True))
        rates = st.sampled_from(["16.5%", "0%", "free", "5 %", "10 % + 2 USD/kg"])
        found["rates"] = {kind: draw(rates) for kind in kinds}
    return found


@st.composite
def exchange(draw: DrawFn, facts: Facts, currency: str) -> dict[str, str]:
    """A rate for each currency that the sale or the law names; in one sale of four for some of them only, or none.

    Reference rates stand in for those that are left out.
    """
    wanted = sorted({currency, "USD", *facts.foreign} - {facts.currency})
    if wanted and draw(st.integers(0, 3)) == 0:
        wanted = sorted(draw(st.sets(st.sampled_from(wanted), max_size=len(wanted) - 1)))
    found = {}
    for name in wanted:
        rate = near(facts.currency, name) * draw(st.integers(80, 120)) / 100
        found[name] = str(+rate.quantize(Decimal(1).scaleb(rate.adjusted() - 4))) if rate else "1"
        if "E" in found[name]:
            found[name] = format(Decimal(found[name]), "f")
    return found


@st.composite
def parties(draw: DrawFn, facts: Facts, service: bool) -> dict[str, Any]:
    """Who sells to whom, on which day, and how."""
    days = st.integers(0, (LAST - FIRST).days).map(lambda n: str(FIRST + timedelta(days=n)))
    found: dict[str, Any] = {
        "ship_from": {"country": draw(st.sampled_from(facts.origins))},
        "ship_to": {"country": draw(st.sampled_from(facts.economies))},
        "date": draw(st.one_of(days, st.just("2026-06-15"), st.sampled_from(facts.days))),
    }
    state = draw(st.sampled_from(["", *facts.states, *facts.states, "QQ"]))
    if state:
        found["ship_to"]["state"] = state
    kind = draw(st.sampled_from([None, "consumer", "consumer", "business", "business"]))
    buyer = {"kind": kind} if kind else {}
    spent = draw(seldom(number(0, 30_000, 0), 3))
    if spent:
        buyer["year_to_date"] = spent
    if buyer:
        found["buyer"] = buyer
    for key, values in (("channel", CHANNELS), ("transport", ["digital"] if service else TRANSPORTS)):
        value = draw(st.sampled_from([None, None, *values, *values]))
        if value:
            found[key] = value
    schemes = draw(st.lists(st.sampled_from(facts.registrations), max_size=2, unique=True))
    if schemes:
        found["seller"] = {"registrations": schemes}
    asserted = draw(st.one_of(st.just([]), st.lists(st.sampled_from(facts.conditions), max_size=4, unique=True)))
    if asserted:
        found["asserted"] = asserted
    return found


@st.composite
def sales(draw: DrawFn, packs: Path, only: str = "") -> dict[str, Any]:
    """A sale into any of the packs, or into one."""
    every = all_facts(packs)
    facts = every[only or draw(st.sampled_from(sorted(every)))]
    service = draw(st.integers(0, 5)) == 0
    sale = draw(parties(facts, service))
    term = None if service else draw(st.sampled_from([None, *TERMS, "DDP"]))
    currency = draw(st.sampled_from([facts.currency, facts.currency, *facts.foreign, "USD"]))
    decimals = decimals_of(packs)[currency]
    total = draw(totals(facts, currency, decimals, term == "DDP"))
    count = draw(st.sampled_from([1, 1, 2, 2, 3, 4])) if total >= 4 else 1
    cuts = sorted(draw(st.sets(st.integers(1, total - 1), min_size=count - 1, max_size=count - 1))) if count > 1 else []
    parts = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
    sale["currency"] = currency
    if rates := draw(exchange(facts, currency)):
        sale["exchange_rates"] = rates
    if term:
        sale["incoterm"] = term
    if not service:
        for key, most in (("shipping_cost", total // 6), ("insurance_cost", total // 50)):
            cost = draw(st.one_of(st.none(), st.just(0), st.integers(0, most)))
            if cost is not None:
                sale[key] = text(Decimal(cost).scaleb(-decimals), decimals)
    discount = draw(seldom(st.integers(1, max(1, total // 4)), 5))
    if discount and discount < total:
        sale["discount_amount"] = text(Decimal(discount).scaleb(-decimals), decimals)
    sale["lines"] = [
        draw(line(packs, facts, sale, service, text(Decimal(p).scaleb(-decimals), decimals), i))
        for i, p in enumerate(parts)
    ]
    return sale
