"""The sale: the request for a quote. Amounts are decimals in major units of the sale's currency.

The JSON of these values is the request of the command line, the library and the HTTP API.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from entrepot.model.rule_kinds import Transport

Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"]

Channel = Literal["ecommerce", "trade", "personal"]

#: The Incoterms whose price includes international freight, and those whose price includes insurance.
FREIGHT_IN = frozenset({"CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"})

INSURANCE_IN = frozenset({"CIF", "CIP", "DAP", "DPU", "DDP"})

#: The VAT classes that every pack may have; a pack may define others.
GENERAL_CLASSES = ("standard", "reduced", "zero", "exempt")


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of request types: unknown fields are errors, defaults are omitted from the JSON."""


class Place(Request, frozen=True, kw_only=True):
    """A place: `country` (ISO 3166-1 alpha-2), and if a tax differs by it the `state` (`ON`); `postal_code`."""

    country: str
    state: str | None = None
    postal_code: str | None = None


class Buyer(Request, frozen=True, kw_only=True):
    """The buyer. `year_to_date`: purchases this year under an annual limit, in the importer's currency."""

    kind: Literal["consumer", "business"] | None = None
    tax_ids: tuple[str, ...] = ()
    year_to_date: Decimal | None = None


class Seller(Request, frozen=True, kw_only=True):
    """The seller: the schemes for which it is registered (`eu_ioss`, `gb_vat`, `sg_ovr` …).

    `registrations`: None if it is not known; then the registrations that are usual in the importer's law are assumed.
    `none`, or an empty list: the seller has none.
    """

    registrations: tuple[str, ...] | None = None


class PossibleCode(Request, frozen=True, kw_only=True):
    """A code that the goods of a line may have, and how probable it is, from 0 to 1."""

    hs_code: str
    probability: Decimal | None = None


class PossibleCodes(Request, frozen=True, kw_only=True):
    """The codes that a description may mean, the most probable first; one code where the classification is sure.

    `left_out`: less probable codes, which are named and not assessed. `question`: what would decide between several.
    `corrected`: it is the code that somebody chose for this description. `measures_read`: the measures of the line
    that were read from the description.
    """

    candidates: tuple[PossibleCode, ...]
    left_out: tuple[PossibleCode, ...] = ()
    question: str | None = None
    corrected: bool = False
    measures_read: tuple[Literal["net_mass_kg", "litres", "alcohol_percent"], ...] = ()


class Line(Request, frozen=True, kw_only=True):
    """One line: goods by `hs_code` or a `service`, and its total `amount` in major units of the sale's currency.

    Goods without a code are classified by their `description`; `classification` has the codes, where the caller knows
    them already. Measures are totals of the line: kilograms, litres, pieces, pairs, square and cubic metres, head,
    % vol.
    """

    amount: Decimal
    reference: str | None = None
    hs_code: str | None = None
    service: str | None = None
    description: str | None = None
    classification: PossibleCodes | None = None
    country_of_origin: str | None = None
    proof_of_origin: str | None = None
    quantity: Decimal | None = None
    net_mass_kg: Decimal | None = None
    gross_mass_kg: Decimal | None = None
    litres: Decimal | None = None
    items: Decimal | None = None
    pairs: Decimal | None = None
    square_metres: Decimal | None = None
    cubic_metres: Decimal | None = None
    head: Decimal | None = None
    alcohol_percent: Decimal | None = None
    tax_class: str | None = None
    rates: dict[str, str] = {}


#: The fields of a line that are numbers above zero: its quantity and its measures.
MEASURES = tuple(each.name for each in msgspec.structs.fields(Line) if each.type == Decimal | None)


class Sale(Request, frozen=True, kw_only=True):
    """A cross-border sale: the request for a quote.

    >>> sale = read_sale({"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01",
    ...     "currency": "CNY", "lines": [{"hs_code": "0901.21", "amount": "100"}]})
    >>> sale.lines[0].amount, sale.date.year
    (Decimal('100'), 2026)
    """

    ship_from: Place
    ship_to: Place
    currency: str
    lines: tuple[Line, ...]
    date: dt.date | None = None
    buyer: Buyer = Buyer()
    seller: Seller = Seller()
    asserted: tuple[str, ...] = ()
    incoterm: Incoterm | None = None
    transport: Transport | None = None
    channel: Channel | None = None
    shipping_cost: Decimal | None = None
    insurance_cost: Decimal | None = None
    discount_amount: Decimal | None = None
    exchange_rates: dict[str, Decimal] = {}


def read_sale(request: Mapping[str, Any] | Sale) -> Sale:
    """Read a sale from a mapping. Raises the errors of msgspec; the caller turns them into a `SaleError`."""
    return request if isinstance(request, Sale) else msgspec.convert(request, Sale, strict=True)
