"""words: the nouns. A sale comes in, a quote goes out; nothing here decides.

The JSON of these values is the request and the response of the command line, the library and the API. Amounts of a sale
are decimals of major units; amounts of a quote are decimal texts of major units of the quote's currency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from entrepot import json_text, view
from entrepot.cite import Citation, LayerUsed

Kind = Literal["duty", "additional_duty", "excise", "vat", "income_tax", "fee"]
Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"]
Transport = Literal["air", "sea", "post", "express", "road", "rail", "digital"]
Channel = Literal["ecommerce", "trade", "personal"]
Outcome = Literal["complete", "estimated", "refused"]
Status = Literal["open", "conditional", "closed"]

#: The Incoterms of which the price has international freight in it, and insurance.
FREIGHT_IN = frozenset({"CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"})
INSURANCE_IN = frozenset({"CIF", "CIP", "DAP", "DPU", "DDP"})

#: The classes of VAT that every pack may have; a pack may name others.
GENERAL_CLASSES = ("standard", "reduced", "zero", "exempt")


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What a request is made of: unknown fields are errors, defaults are left out of the JSON."""


class Place(Asked, frozen=True, kw_only=True):
    """A place: ISO 3166-1 alpha-2 `country`, and where it matters the `state` (`ON`) and the `postal_code`."""

    country: str
    state: str | None = None
    postal_code: str | None = None


class Buyer(Asked, frozen=True, kw_only=True):
    """Who buys. `year_to_date`: bought already under an annual limit, in major units of the importer's currency."""

    kind: Literal["consumer", "business"] | None = None
    tax_ids: tuple[str, ...] = ()
    year_to_date: Decimal | None = None


class Seller(Asked, frozen=True, kw_only=True):
    """Who sells, and the schemes it is registered for (`eu_ioss`, `gb_vat`, `sg_ovr` …)."""

    registrations: tuple[str, ...] = ()


class Line(Asked, frozen=True, kw_only=True):
    """One line: goods by `hs_code` or a `service`, and its total `amount` in major units of the sale's currency.

    Measures are totals of the line: kilograms, litres, pieces, pairs, square and cubic metres, head, % vol.
    """

    amount: Decimal
    reference: str | None = None
    hs_code: str | None = None
    service: str | None = None
    description: str | None = None
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


class Sale(Asked, frozen=True, kw_only=True):
    """A sale across a border, as it is asked about.

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


class Answered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an answer is made of: every field is in the JSON, unknown amounts as null."""


class Reason(Answered, frozen=True, kw_only=True):
    """Something assumed, unchecked, unknown or refused: a key with its values, and the English sentence they make."""

    code: str
    values: dict[str, str] = {}
    message: str = ""
    param: str | None = None


class RateDetails(Answered, frozen=True, kw_only=True):
    """The rate that decided, as the law writes it (`text`) and taken apart."""

    rate_type: Literal["percentage", "per_unit", "compound", "flat_amount", "free", "none", "unknown"]
    text: str
    percentage_decimal: str | None = None


class Charge(Answered, frozen=True, kw_only=True):
    """What is owed of one kind. `amount` is null where the law's rate is not known; then it is in no total."""

    id: str
    kind: Kind
    name: str
    amount: str | None
    taxable_amount: str | None
    rate_details: RateDetails
    formula: str
    reason: str
    collected_by: str
    charged_to: str
    recoverable: Literal["yes", "no", "unknown"]
    citations: tuple[Citation, ...]


class Condition(Answered, frozen=True, kw_only=True):
    """A condition of a regime or a treatment: `passed`, `failed`, `assumed` (unknown.

    Held for true) or `asked` (unknown).
    """

    id: str
    state: Literal["passed", "failed", "assumed", "asked"]
    says: str
    citations: tuple[Citation, ...] = ()


class Treatment(Answered, frozen=True, kw_only=True):
    """One tariff treatment of a line: what the duty would be, and what it needs."""

    id: str
    title: str
    status: Status
    duty: str | None
    charges: str | None
    rate_details: RateDetails
    proofs: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    citations: tuple[Citation, ...] = ()


class OptionLine(Answered, frozen=True, kw_only=True):
    """One line under one regime: the treatment taken, those not taken, and its charges before rounding of totals."""

    reference: str | None
    code: str
    name: str | None
    customs_value: str
    treatment: Treatment | None
    treatments: tuple[Treatment, ...]
    charges: tuple[Charge, ...]


class Requirement(Answered, frozen=True, kw_only=True):
    """A paper or a permission: what, by which authority, by which law."""

    id: str
    kind: str
    says: str
    authority: str
    citations: tuple[Citation, ...]


class Subtotals(Answered, frozen=True, kw_only=True):
    """Each cost once: what the buyer pays for goods, carriage and insurance, and the charges the buyer bears."""

    goods: str
    shipping: str
    insurance: str
    duties: str
    taxes: str
    fees: str


class Option(Answered, frozen=True, kw_only=True):
    """A regime for the whole consignment, each line with its best open treatment."""

    regime: str
    title: str
    status: Status
    conditions: tuple[Condition, ...]
    amount_subtotals: Subtotals | None
    amount_charges: str | None
    amount_recoverable: str | None
    amount_landed: str | None
    at_least: bool
    charges: tuple[Charge, ...]
    lines: tuple[OptionLine, ...]
    requirements: tuple[Requirement, ...]
    warnings: tuple[Reason, ...]
    citations: tuple[Citation, ...]


class Exchange(Answered, frozen=True, kw_only=True):
    """The rate that the sale's currency was converted at: units of the quote's currency for one of `currency`."""

    currency: str
    rate: str
    date: str | None
    source: str


class LawUsed(Answered, frozen=True, kw_only=True):
    """Which law: the day, the hash of the packs' content.

    And the spell around the day in which nothing in it changes.
    """

    date: str
    hash: str
    pack: str
    since: str
    until: str | None
    layers: tuple[LayerUsed, ...] = ()


class Assessment(Answered, frozen=True, kw_only=True):
    """How sure the best answer is: every figure sourced (`complete`), something open (`estimated`).

    Or none (`refused`).
    """

    outcome: Outcome
    trust: str | None
    reasons: tuple[Reason, ...]


class Quote(Answered, frozen=True, kw_only=True):
    """The answer to a sale. `best` is one of `options`, or null where no way is open."""

    object: Literal["quote"] = "quote"
    currency: str
    exchange: Exchange | None
    law: LawUsed
    assessment: Assessment
    best: Option | None
    options: tuple[Option, ...]

    def to_json(self) -> str:
        """The quote as JSON text, as the API gives it."""
        return msgspec.json.encode(self).decode()

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        return view.html(self)

    def __rich__(self) -> Any:
        """How rich's console shows it."""
        return view.table(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Quote:
        """A quote back from its JSON."""
        return json_text.decode(text, msgspec.json.Decoder(cls))


def read_sale(request: Mapping[str, Any] | Sale) -> Sale:
    """A sale from a mapping of the API's shape. Raises what msgspec raises; the edge turns that into a `SaleError`."""
    return request if isinstance(request, Sale) else msgspec.convert(request, Sale, strict=True)
