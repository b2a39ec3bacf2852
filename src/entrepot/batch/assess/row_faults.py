"""The faults of the rows of a sale: in a consignment each row has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from entrepot.batch.rows.answers import Row
from entrepot.batch.rows.fault_messages import error_message, reason_message
from entrepot.batch.rows.sales import TableSale, column_of_param
from entrepot.engine.case import AssessedSale
from entrepot.engine.rules.confidence import is_lacking, lines_not_known
from entrepot.law.compiled import Law
from entrepot.model.errors import SaleError
from entrepot.model.quote import Quote, Reason

#: The field at fault on the rows of a consignment that are not at fault themselves.
CONSIGNMENT = "consignment"

#: Reasons of a lowest amount or of an assumption: no sale of one line is refused for them.
WITHOUT_REFUSAL = frozenset(
    (
        "measure.missing",
        "rate.range",
        "rate.range_tax",
        "rate.range_fee",
        "rate.caller",
        "rate.caller_several",
        "rate.unused",
    )
)

#: Quotes the sale of some rows. Raises SaleError where it is not valid.
QuoteSale = Callable[[TableSale], object]


def fault_rows(error: SaleError, request: TableSale, quote_sale: QuoteSale, language: str = "en") -> list[Row]:
    """The rows of a sale that is not valid: each row in error names its column, the others their consignment."""
    many = len(request.rows)
    param, line = column_of_param(error.param, many)
    if many == 1 or (line is None and not any(request.own_faults)):
        return [_fault_row(error, param, language)] * many
    own = list(request.own_faults) or _faults_of_lines(error, line, request, quote_sale)
    return [
        _fault_row(error, CONSIGNMENT, language)
        if each is None
        else _fault_row(each, column_of_param(each.param)[0], language)
        for each in own
    ]


def _fault_row(error: SaleError, field: str, language: str) -> Row:
    return Row(fault=error.code, fault_field=field, fault_message=error_message(error, language))


def _faults_of_lines(
    error: SaleError, line: int | None, request: TableSale, quote_sale: QuoteSale
) -> list[SaleError | None]:
    """The fault of each line: a sale is refused for the first, each other line is tried as a sale by itself."""
    found: list[SaleError | None] = []
    for i, each in enumerate(request.sale["lines"]):
        fault = error if i == line else _fault_alone(request.rows[i], {**request.sale, "lines": [each]}, quote_sale)
        found.append(fault)
    return found


def _fault_alone(row: int, sale: Mapping[str, Any], quote_sale: QuoteSale) -> SaleError | None:
    """What is wrong with the line of a sale of one line, if anything is."""
    try:
        quote_sale(TableSale((row,), sale))
    except SaleError as error:
        # An error of the sale itself is not one of this line: a discount, for example, may be for all lines.
        return error if error.param.startswith("lines[0].") else None
    return None


def refusal_rows(quote: Quote, assessed: AssessedSale, many: int, language: str) -> list[Row]:
    """The rows of a sale without an open procedure, each with the first reason that is its own."""
    reasons, law = quote.assessment.reasons, assessed.case.law
    statuses = {regime.status for regime in assessed.regimes}
    plain = Row(
        status="conditional" if "conditional" in statuses else "closed",
        outcome=quote.assessment.outcome,
        out_currency=quote.currency,
        fault="refused",
        law=quote.law_hash[:8],
    )
    if not reasons:
        return [plain] * many
    own = [_own_reason(reasons, i, many) for i in range(many)]
    of_one_line = many > 1 and column_of_param(reasons[0].param or "", many)[1] is not None
    first = _with_reason(plain, reasons[0], language, law, CONSIGNMENT if of_one_line else None)
    rows = [first if each is None else _with_reason(plain, each, language, law) for each in own]
    return [row._replace(reasons=(reasons[0].code,)) for row in rows]


def with_unknown_lines(rows: Sequence[Row], assessed: AssessedSale, quote: Quote, language: str) -> Sequence[Row]:
    """The rows of a consignment that is answered: a line whose duty or tax is not known has the reason as its fault.

    Its figures are the lowest ones, like those of the consignment. A line that would have an answer in a sale of its
    own, such as one without the weight that a rate needs, has no fault.
    """
    lines, many = lines_not_known(assessed), len(rows)
    if not lines:
        return rows
    lacking = [
        each
        for each in quote.assessment.reasons
        if each.code == "hs_code.unknown" or (is_lacking(each) and each.code not in WITHOUT_REFUSAL)
    ]
    own = {i: _own_reason(lacking, i, many) for i in lines}
    return [
        row if (each := own.get(i)) is None else _with_reason(row, each, language, assessed.case.law)
        for i, row in enumerate(rows)
    ]


def _own_reason(reasons: Sequence[Reason], line: int, many: int) -> Reason | None:
    """The first reason about a line; in a sale of one line the first of all."""
    if many == 1:
        return reasons[0]
    return next((each for each in reasons if (each.param or "").startswith(f"lines[{line}].")), None)


def _with_reason(row: Row, reason: Reason, language: str, law: Law, field: str | None = None) -> Row:
    """A row with a reason as its fault, at its own column unless another is given."""
    return row._replace(
        fault=reason.code,
        fault_field=field or (column_of_param(reason.param)[0] if reason.param else None),
        fault_message=reason_message(reason, language, law),
    )
