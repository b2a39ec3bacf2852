"""The quote: Entrepot's response to a sale. Amounts are decimal texts in major units of the quote's currency.

The JSON of these values is the response of the command line, the library and the HTTP API.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from entrepot.model import json
from entrepot.model.rule_kinds import ChargeKindName as Kind
from entrepot.model.sources import Citation, LayerUsed

#: The module that shows a quote in a notebook and on rich's console. It is in a higher layer than the model, so it is
#: named here and imported when a quote is shown.
_VIEWS = "entrepot.language.notebook"

Outcome = Literal["complete", "estimated", "refused"]

Status = Literal["open", "conditional", "closed"]

#: One end of a range; absent where a figure is single, or where it has no known highest value.
End = str | UnsetType


class Response(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of response types: every field is in the JSON, unknown amounts as null."""


class Reason(Response, frozen=True, kw_only=True):
    """Something assumed, unchecked, unknown or refused: a code, its values, and the message in English."""

    code: str
    values: dict[str, str] = {}
    message: str = ""
    param: str | None = None


class RateDetails(Response, frozen=True, kw_only=True):
    """The rate that was applied: the text of the law (`text`) and its parts."""

    rate_type: Literal["percentage", "per_unit", "compound", "flat_amount", "free", "none", "range", "unknown"]
    text: str
    percentage_decimal: str | None = None


class Charge(Response, frozen=True, kw_only=True):
    """A duty, tax or fee. `amount` is null if the rate is unknown; it is then in no total.

    `amount_low`, `amount_high`: where a fact that the sale leaves open changes the amount; then `amount` is null.
    """

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
    amount_low: End = UNSET
    amount_high: End = UNSET


class Condition(Response, frozen=True, kw_only=True):
    """A condition of a regime or a treatment.

    `state`: `passed`, `failed`, `assumed` (unknown, taken as true) or `asked` (unknown, only the caller can answer).
    """

    id: str
    state: Literal["passed", "failed", "assumed", "asked"]
    says: str
    citations: tuple[Citation, ...] = ()


class Treatment(Response, frozen=True, kw_only=True):
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
    duty_low: End = UNSET
    duty_high: End = UNSET
    charges_low: End = UNSET
    charges_high: End = UNSET


class OptionLine(Response, frozen=True, kw_only=True):
    """A line under one regime: the treatment applied, the others, and its charges before rounding of totals."""

    reference: str | None
    code: str
    name: str | None
    customs_value: str | None
    treatment: Treatment | None
    treatments: tuple[Treatment, ...]
    charges: tuple[Charge, ...]
    customs_value_low: End = UNSET
    customs_value_high: End = UNSET


class Requirement(Response, frozen=True, kw_only=True):
    """A required document or permit: its kind, authority and law."""

    id: str
    kind: str
    says: str
    authority: str
    citations: tuple[Citation, ...]


class Subtotals(Response, frozen=True, kw_only=True):
    """Each cost once: goods, shipping and insurance, and the charges that the buyer bears."""

    goods: str | None
    shipping: str | None
    insurance: str | None
    duties: str | None
    taxes: str | None
    fees: str | None
    goods_low: End = UNSET
    goods_high: End = UNSET
    duties_low: End = UNSET
    duties_high: End = UNSET
    taxes_low: End = UNSET
    taxes_high: End = UNSET
    fees_low: End = UNSET
    fees_high: End = UNSET


class Candidate(Response, frozen=True, kw_only=True):
    """A value of a fact that the sale leaves open, and the landed amount with it.

    `settles`: the field of the sale that gives the fact; `value`: what to write there, "" where it is no single value;
    `label`: the value in words. The amount is a range where other facts are open too.
    """

    settles: str
    value: str
    label: str
    amount_landed: str | None
    amount_landed_low: End = UNSET
    amount_landed_high: End = UNSET


class Option(Response, frozen=True, kw_only=True):
    """An import procedure for the whole consignment, each line with its best open treatment.

    Where a fact that the sale leaves open changes a figure, the figure is null and its lowest and highest values stand
    beside it, without a highest where none is known; `candidates` are the values of such facts.
    """

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
    amount_charges_low: End = UNSET
    amount_charges_high: End = UNSET
    amount_recoverable_low: End = UNSET
    amount_recoverable_high: End = UNSET
    amount_landed_low: End = UNSET
    amount_landed_high: End = UNSET
    candidates: tuple[Candidate, ...] | UnsetType = UNSET


class Exchange(Response, frozen=True, kw_only=True):
    """The exchange rate used: units of the quote's currency for one unit of `currency`."""

    currency: str
    rate: str
    date: str | None
    source: str


class LawUsed(Response, frozen=True, kw_only=True):
    """The law used: its date, the hash of the packs' content, and the period around the date without a change."""

    date: str
    hash: str
    pack: str
    since: str
    until: str | None
    layers: tuple[LayerUsed, ...] = ()


class Assessment(Response, frozen=True, kw_only=True):
    """The confidence of the best answer.

    `outcome`: every figure has a source (`complete`), something is open (`estimated`), or no answer (`refused`).
    """

    outcome: Outcome
    trust: str | None
    reasons: tuple[Reason, ...]


class Quote(Response, frozen=True, kw_only=True):
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
        """The HTML that a notebook shows."""
        return str(import_module(_VIEWS).html(self))

    def __rich__(self) -> Any:
        """The table that rich's console shows."""
        return import_module(_VIEWS).table(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Quote:
        """Read a quote from its JSON."""
        return json.decode(text, msgspec.json.Decoder(cls))
