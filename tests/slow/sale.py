"""Read a sale, fill what it leaves open, and value its lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any

from .rates import half_up, rounded, share
from .read import SERVICE, Fault, NoRate, Pack, Row, decimals, importer, names
from .reference import QUOTIENT, reference_rate

FREIGHT_INSIDE = {"CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"}
#: An open fact: its name, and the line that it is about, or -1.
Fact = tuple[str, int]
INSURANCE_INSIDE = {"CIF", "CIP", "DAP", "DPU", "DDP"}


@dataclass
class Line:
    """One line of the sale."""

    raw: Row
    code: str
    leaves: list[str]
    origin: str
    proofs: list[str]
    quantity: Fraction
    measures: dict[str, Fraction | None]
    amount: int = 0
    price: int = 0

    @property
    def heading(self) -> str:
        """The first six digits, or the service."""
        return self.code if self.code.startswith(SERVICE) else self.code[:6]

    @cached_property
    def rank(self) -> tuple[str, str]:
        """What decides between lines that are equal otherwise."""
        return str(self.raw.get("reference") or ""), json.dumps(self.raw, sort_keys=True)


@dataclass
class Sale:
    """The sale with its defaults filled and its amounts in the importer's minor units."""

    raw: Row
    day: str
    currency: str
    country: str
    places: list[str]
    ship_from: str
    buyer: str
    channel: str
    transport: str | None
    registrations: list[str]
    assumed: list[str]
    asserted: list[str]
    incoterm: str
    lines: list[Line]
    pack: Pack
    world: Pack
    minor: int
    freight: int | None = None
    insurance: int | None = None
    discount: int = 0
    year_to_date: Fraction | None = None
    chosen: dict[Fact, Any] = field(default_factory=dict)
    asked: dict[Fact, list[Any]] = field(default_factory=dict)

    def fact(self, name: Fact, values: Sequence[Any]) -> Any:
        """The value of an open fact of this candidate; None, and the fact is asked for, where it has none yet."""
        if name not in self.chosen:
            self.asked[name] = list(values)
        return self.chosen.get(name)

    def is_open(self) -> bool:
        """Whether a fact is asked for other than a duty that is nil, which is asked for after all others.

        Then nothing else is read of the answer, and no more has to be assessed.
        """
        return any(name != "nil" for name, _ in self.asked)

    @property
    def foreign(self) -> bool:
        """Whether the figures are in the currency of the sale, for want of a rate to the importer's."""
        return self.currency != self.pack.currency

    @property
    def services(self) -> bool:
        """Whether the lines are services."""
        return self.lines[0].code.startswith(SERVICE)

    def money(self, amount: Fraction, currency: str) -> Fraction:
        """An amount in major units of a currency, exactly, in the importer's minor units.

        The rate is the sale's own, else a reference rate. Raises NoRate where there is neither.
        """
        scale: int = 10**self.minor
        if currency == self.currency:
            return amount * scale
        # The rates of a sale are to the importer's currency: they say nothing of the sale's own.
        rates = {} if self.foreign else self.raw.get("exchange_rates") or {}
        if currency in rates:
            rate: Fraction | None = Fraction(str(rates[currency]))
        else:
            rate = (lawful_rate if not self.foreign else reference_only)(self.pack, currency, self.currency, self.day)
        if rate is None:
            raise NoRate("exchange_rates", f"{currency} missing")
        return amount * rate * scale

    def limit(self, text: str, times: Fraction = Fraction(1)) -> Fraction:
        """A limit such as `150 EUR`, times some units, in minor units; of another currency rounded as values are."""
        number, currency = text.split()
        exact = self.money(Fraction(number), currency) * times
        return exact if currency == self.currency else Fraction(half_up(exact))


@dataclass
class Values:
    """What a line is worth, in minor units."""

    goods: int
    freight: int
    insurance: int
    cif: int
    customs_value: int

    def of(self, name: str) -> int:
        """A value by the name that packs use."""
        return int(getattr(self, name))


def split(total: int, weights: Sequence[Fraction | int], ranks: Sequence[tuple[str, str]]) -> list[int]:
    """Share a whole amount by weights: rounded down, then one each to the largest remainders."""
    exact = [Fraction(weight) for weight in weights]
    if len(exact) < 2:
        return [total] * len(exact)
    if not sum(exact):
        exact = [Fraction(1)] * len(exact)
    whole = sum(exact)
    parts = [floor(total * weight / whole) for weight in exact]
    remainders = [total * weight / whole - part for weight, part in zip(exact, parts, strict=True)]
    order = sorted(range(len(exact)), key=lambda i: (-remainders[i], -exact[i], ranks[i]))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def measures_of(raw: Row, quantity: Fraction, consumer: bool) -> dict[str, Fraction | None]:
    """Every unit a rate may ask for, from the measures of a line. Without a number, only a consumer's is one piece."""

    def given(name: str) -> Fraction | None:
        return None if raw.get(name) is None else Fraction(str(raw[name]))

    def times(value: Fraction | None, by: Fraction | None) -> Fraction | None:
        return None if value is None or by is None else value * by

    net = given("net_mass_kg")
    gross = given("gross_mass_kg")
    kg = net if net is not None else gross
    litres, alcohol = given("litres"), given("alcohol_percent")
    items = given("items")
    stated = items if items is not None else given("quantity")
    counted = quantity if stated is None and consumer else stated
    return {
        "kg": kg,
        "kg_gross": gross,
        "g": times(kg, Fraction(1000)),
        "t": times(kg, Fraction(1, 1000)),
        "l": litres,
        "ml": times(litres, Fraction(1000)),
        "hl": times(litres, Fraction(1, 100)),
        "l_alc": times(times(litres, alcohol), Fraction(1, 100)),
        "hl_vol": times(times(litres, alcohol), Fraction(1, 100)),
        "item": counted,
        "thousands": stated,
        "dozen": times(counted, Fraction(1, 12)),
        "pair": given("pairs"),
        "head": given("head"),
        "m": given("metres"),
        "m2": given("square_metres"),
        "m3": given("cubic_metres"),
    }


def _line(raw: Row, ship_from: str, pack: Pack, day: str, consumer: bool) -> Line:
    """One line, read."""
    code = SERVICE + raw["service"] if raw.get("service") else str(raw.get("hs_code") or "").replace(".", "")
    pieces = raw.get("quantity") if raw.get("quantity") is not None else raw.get("items")
    quantity = Fraction(str(pieces)) if pieces is not None else Fraction(1)
    if not code or quantity <= 0:
        raise Fault("lines", "a line needs goods and a quantity")
    return Line(
        raw=raw,
        code=code,
        leaves=pack.leaves(code, day),
        origin=raw.get("country_of_origin") or ship_from,
        proofs=names(raw.get("proof_of_origin")),
        quantity=quantity,
        measures=measures_of(raw, quantity, consumer),
    )


def usual_schemes(pack: Pack, day: str, buyer: str, code: str) -> list[str]:
    """The schemes for which a seller is taken to be registered where the sale says nothing of it."""
    of = "services" if code.startswith(SERVICE) else "goods"
    regimes = {
        row["id"]
        for row in pack.entries("regime", day)
        if row.get("of", "goods") == of and (not row.get("buyer") or buyer in row["buyer"])
    }
    return sorted(
        {
            scheme
            for row in pack.entries("condition", day)
            if "registered" in row["test"] and row.get("unknown", "ask") == "assume"
            if regimes.intersection(names(row.get("regime")))
            for scheme in names(row["test"]["registered"])
        }
    )


def reference_only(_: Pack, currency: str, importer: str, day: str) -> Fraction | None:
    """The reference rate of a currency: what the law fixes is in the importer's currency, not in another."""
    return reference_rate(currency, importer, day)


def lawful_rate(pack: Pack, currency: str, importer: str, day: str) -> Fraction | None:
    """A rate to the importer's currency: the law's, else a reference rate, else one by way of the law's."""
    fixed = {row["currency"]: row["rate"] for row in pack.rows("exchange", day)}
    if currency in fixed:
        return Fraction(fixed[currency])
    found = reference_rate(currency, importer, day)
    for anchor, text in fixed.items():
        other = reference_rate(currency, anchor, day) if found is None else None
        if other is not None:
            exact = QUOTIENT.divide(Decimal(other.numerator), Decimal(other.denominator))
            found = Fraction(QUOTIENT.multiply(exact, Decimal(text)))
    return found


def currency_of(raw: Row, pack: Pack, day: str) -> str:
    """The currency of the figures: the importer's, or the sale's where no rate leads from it to the importer's."""
    own = raw.get("currency") or pack.currency
    known = own == pack.currency or own in (raw.get("exchange_rates") or {})
    return pack.currency if known or lawful_rate(pack, own, pack.currency, day) is not None else str(own)


def read_sale(raw: Row, packs: dict[str, Pack]) -> Sale:
    """Read a sale of the shape of the API, and convert its amounts."""
    to = raw["ship_to"]
    country = to["country"]
    pack = importer(packs, country)
    buyer = (raw.get("buyer") or {}).get("kind") or "consumer"
    ship_from = raw["ship_from"]["country"]
    day = str(raw["date"])
    lines = [_line(line, ship_from, pack, day, buyer == "consumer") for line in raw.get("lines") or []]
    if not lines:
        raise Fault("lines", "empty")
    if len({line.code.startswith(SERVICE) for line in lines}) > 1:
        raise Fault("lines", "goods and services in one sale")
    state = to.get("state")
    given = (raw.get("seller") or {}).get("registrations")
    assumed = [] if given is not None else usual_schemes(pack, day, buyer, lines[0].code)
    held = [name for name in given if name != "none"] if given is not None else assumed
    currency = currency_of(raw, pack, day)
    sale = Sale(
        raw=raw,
        day=day,
        currency=currency,
        country=country,
        places=([f"{country}-{state}"] if state else []) + [country],
        ship_from=ship_from,
        buyer=buyer,
        channel=raw.get("channel") or ("ecommerce" if buyer == "consumer" else "trade"),
        transport=raw.get("transport") or ("digital" if lines[0].code.startswith(SERVICE) else None),
        registrations=held,
        assumed=assumed,
        asserted=list(raw.get("asserted") or []),
        incoterm=raw.get("incoterm") or "",
        lines=lines,
        pack=pack,
        world=packs["world"],
        minor=decimals(packs, currency),
    )
    _amounts(sale)
    return sale


def _amounts(sale: Sale) -> None:
    """Convert each amount once, and take the discount off the lines."""
    raw = sale.raw
    currency = raw.get("currency") or sale.pack.currency

    def whole(value: Any) -> int:
        return half_up(sale.money(Fraction(str(value)), currency))

    # Converted as one and shared, the lines add up to what their sum would be.
    own = [Fraction(str(line.raw["amount"])) for line in sale.lines]
    shared = split(whole(sum(own)), own, [line.rank for line in sale.lines])
    for line, part in zip(sale.lines, shared, strict=True):
        line.amount = part
    sale.freight = None if raw.get("shipping_cost") is None else whole(raw["shipping_cost"])
    sale.insurance = None if raw.get("insurance_cost") is None else whole(raw["insurance_cost"])
    sale.discount = whole(raw.get("discount_amount") or "0")
    spent = (raw.get("buyer") or {}).get("year_to_date")
    sale.year_to_date = None if spent is None else Fraction(str(spent)) * 10**sale.minor
    if sale.discount and sale.discount >= sum(line.amount for line in sale.lines):
        raise Fault("discount_amount", "not less than the lines")
    off = split(sale.discount, [line.amount for line in sale.lines], [line.rank for line in sale.lines])
    for line, part in zip(sale.lines, off, strict=True):
        line.price = line.amount - part


def valuation(sale: Sale) -> Row | None:
    """The valuation rule of the day; services need none."""
    found = sale.pack.entries("valuation", sale.day)
    if found:
        return found[0]
    return {"basis": "cif"} if sale.services else None


def shares(sale: Sale, prices: list[int]) -> tuple[list[int], list[int]]:
    """The freight and the insurance of each line."""
    ranks = [line.rank for line in sale.lines]
    weights: list[Fraction | int] = list(prices)
    for name in ("gross_mass_kg", "net_mass_kg"):
        if all(line.raw.get(name) is not None for line in sale.lines):
            weights = [Fraction(str(line.raw[name])) for line in sale.lines]
            break
    return split(sale.freight or 0, weights, ranks), split(sale.insurance or 0, prices, ranks)


def value_lines(sale: Sale, prices: list[int], rule: Row, factor: str = "") -> list[Values]:
    """The values of each line at the prices given, after freight, insurance and what the law imputes.

    A regime's `value_factor` is of the customs value alone.
    """
    ranks = [line.rank for line in sale.lines]
    freight, insurance = shares(sale, prices)
    inside_freight = sale.incoterm in FREIGHT_INSIDE
    inside_insurance = sale.incoterm in INSURANCE_INSIDE
    goods = [
        price - (carried if inside_freight else 0) - (insured if inside_insurance else 0)
        for price, carried, insured in zip(prices, freight, insurance, strict=True)
    ]
    if min(goods) < 0 <= sum(goods):
        freight = split(sale.freight or 0, prices, ranks)
        extra = insurance if inside_insurance else [0] * len(prices)
        goods = [price - carried - more for price, carried, more in zip(prices, freight, extra, strict=True)]
    if min(goods) < 0:
        raise Fault("shipping_cost", "costs inside the price exceed it")
    more = [0] * len(goods)
    for cost, inside, key in (
        (sale.freight, inside_freight, "impute_freight"),
        (sale.insurance, inside_insurance, "impute_insurance"),
    ):
        if cost is None and not inside and rule.get(key):
            total = half_up(share(rule[key]) * sum(goods))
            more = [had + part for had, part in zip(more, split(total, goods, ranks), strict=True)]
    found = []
    for i, value in enumerate(goods):
        cif = value + freight[i] + insurance[i] + more[i]
        exact = Fraction(value if rule["basis"] == "fob" else cif)
        exact *= 1 + (share(rule["landing"]) if rule.get("landing") else 0)
        exact *= share(factor) if factor else 1
        unit = "" if sale.foreign else rule.get("round")
        customs = half_up(rounded(exact, unit, sale.minor) if unit else exact)
        found.append(Values(value, freight[i], insurance[i], cif, customs))
    return found


@dataclass
class Case:
    """A sale at given prices: what every rule of law is asked about."""

    sale: Sale
    values: list[Values]
    memo: dict[Any, Any] = field(default_factory=dict)

    def value(self, name: str) -> int:
        """A value of the whole consignment."""
        return sum(value.of(name) for value in self.values)
