"""The quote: Entrepot's response to a sale. Amounts are decimal texts in major units of the quote's currency.

The JSON of these values is the response of the command line, the library and the HTTP API. `QuoteDocument` is its
shape; `Quote` is what Python gets, whose parts are built when they are asked for.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Literal, Protocol, Self

import msgspec
from msgspec import UNSET, UnsetType

from entrepot.model import quote_fields
from entrepot.model.rule_kinds import ChargeKindName as Kind
from entrepot.model.sources import CitedRow, CitedSource, LayerUsed

#: The module that shows a quote in a notebook and on rich's console. It is in a higher layer than the model, so it is
#: named here and imported when a quote is shown.
_VIEWS = "entrepot.language.notebook"
#: The modules that read the JSON of every release, and that make a quote of a document; they import this one.
_VERSIONS, _PARTS = "entrepot.model.quote_versions", "entrepot.model.quote_parts"

Outcome = Literal["complete", "estimated", "refused"]

Status = Literal["open", "conditional", "closed"]

#: One end of a range; absent where a figure is single, or where it has no known highest value.
End = str | UnsetType


class Response(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of response types. A field without a default is always in the JSON, an unknown amount as null.

    A field with a default is left out where it has that value: what is not there does not apply.
    """


class Reason(Response, frozen=True, kw_only=True, omit_defaults=False):
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

    `amount_low` and `amount_high`: the lowest and the highest amount, where the candidates of a sale differ; then
    `amount` is null. `at_least`: true where the base leaves out a charge that is not known. `citations`: the rows of
    law that decided, keys of `law.rows`.
    """

    id: str
    kind: Kind
    name: str
    amount: str | None
    amount_low: End = UNSET
    amount_high: End = UNSET
    at_least: bool | UnsetType = UNSET
    taxable_amount: str | None
    rate_details: RateDetails
    formula: str
    reason: str
    collected_by: str
    charged_to: str
    recoverable: Literal["yes", "no", "unknown"]
    citations: tuple[str, ...]


class LineCharge(Response, frozen=True, kw_only=True):
    """The part of a charge that falls on one line, before the rounding of totals.

    `id` is that of the charge in `charges` of the option. Every other field is there only where it differs from that
    charge: `Option.line_charges` gives the charges of a line with all fields.
    """

    id: str
    amount: str | None
    amount_low: End = UNSET
    amount_high: End = UNSET
    at_least: bool | UnsetType = UNSET
    taxable_amount: str | UnsetType | None = UNSET
    rate_details: RateDetails | UnsetType = UNSET
    formula: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    citations: tuple[str, ...] | UnsetType = UNSET

    @classmethod
    def of(cls, own: Charge, whole: Charge) -> LineCharge:
        """The part of a charge on a line: its amount, and what differs from the consignment's charge."""
        return cls(
            id=own.id,
            amount=own.amount,
            amount_low=own.amount_low,
            amount_high=own.amount_high,
            at_least=UNSET if own.at_least == whole.at_least else own.at_least is True,
            taxable_amount=UNSET if own.taxable_amount == whole.taxable_amount else own.taxable_amount,
            rate_details=UNSET if own.rate_details == whole.rate_details else own.rate_details,
            formula=UNSET if own.formula == whole.formula else own.formula,
            reason=UNSET if own.reason == whole.reason else own.reason,
            citations=UNSET if own.citations == whole.citations else own.citations,
        )

    def over(self, whole: Charge) -> Charge:
        """The charge of the line with all fields. `whole`: the consignment's charge of the same id."""
        own = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}
        ends = {"amount": self.amount, "amount_low": self.amount_low, "amount_high": self.amount_high}
        if self.at_least is False:  # where the consignment's charge is a lowest amount, and that of the line is not
            own["at_least"] = UNSET
        return msgspec.structs.replace(whole, **own | ends)


class Condition(Response, frozen=True, kw_only=True):
    """A condition of a regime or a treatment.

    `state`: `passed`, `failed`, `assumed` (unknown, taken as true) or `asked` (unknown, only the caller can answer).
    """

    id: str
    state: Literal["passed", "failed", "assumed", "asked"]
    says: str
    citations: tuple[str, ...] = ()


class Treatment(Response, frozen=True, kw_only=True):
    """A tariff treatment of a line: its duty and its requirements."""

    id: str
    title: str
    status: Status
    duty: str | None
    duty_low: End = UNSET
    duty_high: End = UNSET
    charges: str | None
    charges_low: End = UNSET
    charges_high: End = UNSET
    rate_details: RateDetails
    proofs: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    citations: tuple[str, ...] = ()


class OptionLine(Response, frozen=True, kw_only=True):
    """A line under one regime: the treatment applied, the others, and its part of each charge."""

    reference: str | None
    code: str
    name: str | None
    customs_value: str | None
    customs_value_low: End = UNSET
    customs_value_high: End = UNSET
    treatment: Treatment | None
    treatments: tuple[Treatment, ...] = ()
    charges: tuple[LineCharge, ...] = ()


class Requirement(Response, frozen=True, kw_only=True):
    """A required document or permit: its kind, authority and law."""

    id: str
    kind: str
    says: str
    authority: str
    citations: tuple[str, ...]


class Subtotals(Response, frozen=True, kw_only=True):
    """Each cost once: goods, shipping and insurance, and the charges that the buyer bears.

    Where candidates differ a figure is null, beside its lowest and highest (`taxes_low`, `taxes_high`).
    """

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

    id: str
    regime: str
    title: str
    status: Status
    conditions: tuple[Condition, ...] = ()
    amount_subtotals: Subtotals | None
    amount_charges: str | None
    amount_charges_low: End = UNSET
    amount_charges_high: End = UNSET
    amount_recoverable: str | None
    amount_recoverable_low: End = UNSET
    amount_recoverable_high: End = UNSET
    amount_landed: str | None
    amount_landed_low: End = UNSET
    amount_landed_high: End = UNSET
    at_least: bool
    candidates: tuple[Candidate, ...] | UnsetType = UNSET
    charges: tuple[Charge, ...] = ()
    lines: tuple[OptionLine, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[Reason, ...] = ()
    citations: tuple[str, ...]

    def line_charges(self, line: OptionLine) -> tuple[Charge, ...]:
        """The charges of a line with all their fields."""
        whole = {charge.id: charge for charge in self.charges}
        return tuple([part.over(whole[part.id]) for part in line.charges])


class Exchange(Response, frozen=True, kw_only=True):
    """The exchange rate used: units of the quote's currency for one unit of `currency`."""

    currency: str
    rate: str
    date: str | None
    source: str


class LawUsed(Response, frozen=True, kw_only=True):
    """The law used: its date, the hash of the packs' content, and the period around the date without a change.

    `rows`: each row of law that the quote cites, by its location in the packs; `sources`: each source of these rows.
    """

    date: str
    hash: str
    pack: str
    since: str
    until: str | None
    layers: tuple[LayerUsed, ...] = ()
    rows: dict[str, CitedRow]
    sources: dict[str, CitedSource]


class Assessment(Response, frozen=True, kw_only=True):
    """The confidence of the best answer.

    `outcome`: every figure has a source (`complete`), something is open (`estimated`), or no answer (`refused`).
    `reasons`: what prevents `complete`, or an answer. `assumptions`: what the figures of `best_conditional` assume
    besides what must be confirmed.
    """

    outcome: Outcome
    trust: str | None
    reasons: tuple[Reason, ...]
    assumptions: tuple[Reason, ...] = ()


class QuoteDocument(Response, frozen=True, kw_only=True, omit_defaults=False):
    """The JSON of a quote. `best` and `best_conditional` are the `id` of one of `options`, or null."""

    object: Literal["quote"] = "quote"
    currency: str
    exchange: Exchange | None
    law: LawUsed
    assessment: Assessment
    best: str | None
    best_conditional: str | None
    options: tuple[Option, ...]


class Parts(Protocol):
    """What a quote is built of, when it is asked for. Each part is built once."""

    currency: str
    exchange: Exchange | None
    best: int
    law_date: str
    law_hash: str

    @property
    def best_conditional(self) -> int:
        """The index of the best conditional option, or -1."""

    def assessment(self) -> Assessment:
        """The confidence of the best answer."""

    def option(self, index: int) -> Option:
        """One option, with everything."""

    def options(self) -> tuple[Option, ...]:
        """All options, with everything."""

    def document(self, *, complete: bool) -> QuoteDocument:
        """The whole quote; without `complete` a closed option has no more than `quote_parts.brief` keeps."""

    def json(self, *, complete: bool) -> bytes:
        """The JSON of `document`."""


class Quote:
    """The answer to a sale: every import procedure with its landed cost, and the law behind each figure.

    `best` is one of `options`, or None if no procedure is open; then `best_conditional` is the conditional one that
    costs least, or None. `law.rows` and `law.sources` hold what `citations` name. Parts are built when they are asked
    for, and built once. Two quotes are equal if their JSON is.
    """

    __slots__ = ("_parts",)
    object = "quote"

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def currency(self) -> str:
        """The importer's currency, of every amount here."""
        return self._parts.currency

    @property
    def exchange(self) -> Exchange | None:
        """The exchange rate of the sale's currency, if it is another."""
        return self._parts.exchange

    @property
    def assessment(self) -> Assessment:
        """The outcome, the trust of the weakest row used, and the reasons."""
        return self._parts.assessment()

    @property
    def law_date(self) -> str:
        """The day of the law, as `law.date`, which also has the rows that are cited."""
        return self._parts.law_date

    @property
    def law_hash(self) -> str:
        """The hash of the law, as `law.hash`."""
        return self._parts.law_hash

    @property
    def law(self) -> LawUsed:
        """The law used, with every row and source that is cited."""
        return self.document().law

    @property
    def options(self) -> tuple[Option, ...]:
        """Every import procedure, in the order of the law."""
        return self._parts.options()

    @property
    def best(self) -> Option | None:
        """The open option that costs the buyer least."""
        parts = self._parts
        return parts.option(parts.best) if parts.best >= 0 else None

    @property
    def best_conditional(self) -> Option | None:
        """If no option is open: the conditional one that costs the buyer least; its conditions must be confirmed."""
        parts = self._parts
        return parts.option(parts.best_conditional) if parts.best_conditional >= 0 else None

    def document(self, *, complete: bool = True) -> QuoteDocument:
        """The whole quote as the value that its JSON is made of."""
        return self._parts.document(complete=complete)

    def to_json(self, fields: str | Iterable[str] | None = None) -> str:
        """The quote as JSON, in the format of the API.

        `fields`: paths of the parts to give, as a list or separated by commas ("best,options.amount_landed"), or "*"
        for everything. By default everything but the details of procedures that are closed while another is not: of
        these, only what they would cost and why they are closed. Raises FieldError for a path that does not exist.
        """
        return self.json_bytes(fields).decode()

    def json_bytes(self, fields: str | Iterable[str] | None = None) -> bytes:
        """As `to_json`, in UTF-8."""
        if fields is None:
            return self._parts.json(complete=False)
        paths = quote_fields.read_fields(fields, QuoteDocument)
        if paths == quote_fields.EVERYTHING:
            return self._parts.json(complete=True)
        return msgspec.json.encode(quote_fields.select(msgspec.to_builtins(self.document()), paths))

    def to_dict(self, fields: str | Iterable[str] | None = None) -> dict[str, Any]:
        """What `to_json` gives, as a dictionary."""
        found: dict[str, Any] = msgspec.json.decode(self.json_bytes(fields))
        return found

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a quote from its JSON, also from that of version 0.1.0."""
        return cls.of(import_module(_VERSIONS).read_document(text))

    @classmethod
    def of(cls, document: QuoteDocument) -> Self:
        """The quote of a document."""
        return cls(import_module(_PARTS).DocumentParts(document))

    def __eq__(self, other: builtins.object) -> bool:
        return isinstance(other, Quote) and self.document(complete=False) == other.document(complete=False)

    __hash__ = None  # type: ignore[assignment]  # equal by content, which has dictionaries

    def __reduce__(self) -> Any:
        return type(self).of, (self.document(),)

    def __repr__(self) -> str:
        return repr(self.document(complete=False)).replace("QuoteDocument(", f"{type(self).__name__}(", 1)

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        return str(import_module(_VIEWS).html(self))

    def __rich__(self) -> Any:
        """The table that rich's console shows."""
        return import_module(_VIEWS).table(self)
