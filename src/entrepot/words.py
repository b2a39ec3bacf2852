"""The types of a sale and of a quote. They hold values and decide nothing.

Their JSON is the request and the response of the command line, the library and the API. Amounts of a sale are decimals
in major units; amounts of a quote are decimal strings in major units of the quote's currency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from entrepot import json_text
from entrepot.cite import Citation, LayerUsed
from entrepot.rule_kinds import ChargeKindName as Kind
from entrepot.rule_kinds import Transport

Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"]
Channel = Literal["ecommerce", "trade", "personal"]
Outcome = Literal["complete", "estimated", "refused"]
Status = Literal["open", "conditional", "closed"]

#: The Incoterms whose price includes international freight, and those whose price includes insurance.
FREIGHT_IN = frozenset({"CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"})
INSURANCE_IN = frozenset({"CIF", "CIP", "DAP", "DPU", "DDP"})

#: The VAT classes that every pack may have; a pack may define others.
GENERAL_CLASSES = ("standard", "reduced", "zero", "exempt")


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of request types: unknown fields are errors, defaults are omitted from the JSON."""


class Place(Asked, frozen=True, kw_only=True):
    """A place: `country` (ISO 3166-1 alpha-2), and if a tax differs by it the `state` (`ON`); `postal_code`."""

    country: str
    state: str | None = None
    postal_code: str | None = None


class Buyer(Asked, frozen=True, kw_only=True):
    """The buyer. `year_to_date`: purchases this year under an annual limit, in the importer's currency."""

    kind: Literal["consumer", "business"] | None = None
    tax_ids: tuple[str, ...] = ()
    year_to_date: Decimal | None = None


class Seller(Asked, frozen=True, kw_only=True):
    """The seller: the schemes for which it is registered (`eu_ioss`, `gb_vat`, `sg_ovr` …)."""

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


class Answered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of response types: every field is in the JSON, unknown amounts as null."""


class Reason(Answered, frozen=True, kw_only=True):
    """Something assumed, unchecked, unknown or refused: a code, its values, and the message in English."""

    code: str
    values: dict[str, str] = {}
    message: str = ""
    param: str | None = None


class RateDetails(Answered, frozen=True, kw_only=True):
    """The rate that was applied: the text of the law (`text`) and its parts."""

    rate_type: Literal["percentage", "per_unit", "compound", "flat_amount", "free", "none", "unknown"]
    text: str
    percentage_decimal: str | None = None


class Charge(Answered, frozen=True, kw_only=True):
    """A duty, tax or fee. `amount` is null if the rate is unknown; it is then in no total."""

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
    """A condition of a regime or a treatment.

    `state`: `passed`, `failed`, `assumed` (unknown, taken as true) or `asked` (unknown, only the caller can answer).
    """

    id: str
    state: Literal["passed", "failed", "assumed", "asked"]
    says: str
    citations: tuple[Citation, ...] = ()


class Treatment(Answered, frozen=True, kw_only=True):
    """A tariff treatment of a line: its duty and its requirements."""

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
    """A line under one regime: the treatment applied, the others, and its charges before rounding of totals."""

    reference: str | None
    code: str
    name: str | None
    customs_value: str
    treatment: Treatment | None
    treatments: tuple[Treatment, ...]
    charges: tuple[Charge, ...]


class Requirement(Answered, frozen=True, kw_only=True):
    """A required document or permit: its kind, authority and law."""

    id: str
    kind: str
    says: str
    authority: str
    citations: tuple[Citation, ...]


class Subtotals(Answered, frozen=True, kw_only=True):
    """Each cost once: goods, shipping and insurance, and the charges that the buyer bears."""

    goods: str
    shipping: str
    insurance: str
    duties: str
    taxes: str
    fees: str


class Option(Answered, frozen=True, kw_only=True):
    """An import procedure for the whole consignment, each line with its best open treatment."""

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
    """The exchange rate used: units of the quote's currency for one unit of `currency`."""

    currency: str
    rate: str
    date: str | None
    source: str


class LawUsed(Answered, frozen=True, kw_only=True):
    """The law used: its date, the hash of the packs' content, and the period around the date without a change."""

    date: str
    hash: str
    pack: str
    since: str
    until: str | None
    layers: tuple[LayerUsed, ...] = ()


class Assessment(Answered, frozen=True, kw_only=True):
    """The confidence of the best answer.

    `outcome`: every figure has a source (`complete`), something is open (`estimated`), or no answer (`refused`).
    """

    outcome: Outcome
    trust: str | None
    reasons: tuple[Reason, ...]


class Quote(Answered, frozen=True, kw_only=True):
    """The answer to a sale. `best` is one of `options`, or null if no procedure is open."""

    object: Literal["quote"] = "quote"
    currency: str
    exchange: Exchange | None
    law: LawUsed
    assessment: Assessment
    best: Option | None
    options: tuple[Option, ...]

    def to_json(self) -> str:
        """The quote as JSON, in the format of the API."""
        return msgspec.json.encode(self).decode()

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        from entrepot import notebook  # noqa: PLC0415  # only who shows a quote needs HTML

        return notebook.html(self)

    def __rich__(self) -> Any:
        """How rich's console shows it."""
        from entrepot import notebook  # noqa: PLC0415  # as above

        return notebook.table(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Quote:
        """Read a quote from its JSON."""
        return json_text.decode(text, msgspec.json.Decoder(cls))


def read_sale(request: Mapping[str, Any] | Sale) -> Sale:
    """Read a sale from a mapping. Raises the errors of msgspec; the caller turns them into a `SaleError`."""
    return request if isinstance(request, Sale) else msgspec.convert(request, Sale, strict=True)
