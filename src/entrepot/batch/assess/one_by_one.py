"""Assesses every row, one sale at a time, with the engine of a single quote."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from entrepot.batch.assess.line_shares import line_shares
from entrepot.batch.rows.answers import TOO_LARGE, Row, answer_batch
from entrepot.batch.rows.columns import Columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.sales import TableSale, column_of_param, read_sales
from entrepot.engine.case import AssessedSale
from entrepot.engine.flow.explain import explain
from entrepot.model.errors import SaleError
from entrepot.model.quote import Option, OptionLine, Quote


def assess_one_by_one(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
    """The answers of all rows of a batch that holds whole consignments (see `answers.Assessor`)."""
    rows: list[Row | None] = [None] * batch.num_rows
    for request in read_sales(batch, columns):
        for row, found in zip(request.rows, assess_request(request, columns, context), strict=True):
            rows[row] = found
    done = [row for row in rows if row is not None]
    return np.ones(batch.num_rows, bool), answer_batch(done, columns.explain)


def assess_request(request: TableSale, columns: Columns, context: LawContext) -> Sequence[Row]:
    """The answer of each row of one sale; an error is on all of its rows."""
    try:
        return quote_request(request, columns, context)
    except SaleError as error:
        return fault_rows(error, len(request.rows))


def quote_request(request: TableSale, columns: Columns, context: LawContext) -> Sequence[Row]:
    """The answer of each row of one sale. Raises SaleError where the sale is not valid."""
    return answer_rows(request, *quote_sale(request, columns, context))


def quote_sale(request: TableSale, columns: Columns, context: LawContext) -> tuple[AssessedSale, Quote]:
    """The figures of the sale of some rows, and the quote that explains them. Raises SaleError if it is not valid."""
    if request.fault is not None:
        raise request.fault
    assessed = context.assess(context.read_request(request.sale, columns.on))
    return assessed, explain(assessed)


def answer_rows(request: TableSale, assessed: AssessedSale, quote: Quote) -> Sequence[Row]:
    """The answer of each row of a sale from its quote. Raises SaleError where a figure does not fit in the columns."""
    if quote.best is None or quote.best.amount_landed is None:
        return [refusal_row(quote)] * len(request.rows)
    one = len(request.rows) == 1
    return _check_figures_fit(
        [_single_row(quote, quote.best)] if one else _consignment_rows(assessed, quote, quote.best)
    )


def _check_figures_fit(rows: list[Row]) -> list[Row]:
    """The same rows. Raises SaleError where a figure is too large for the columns of a table."""
    if any(row.landed is not None and row.landed >= TOO_LARGE for row in rows):  # no other figure is larger
        raise SaleError(
            "figure_too_large",
            "The total has more than 21 digits before the decimal point, which a table cannot hold.",
            "amount",
        )
    return rows


def fault_rows(error: SaleError, rows: int) -> list[Row]:
    """The rows of a sale with an error: the row in error names its column, the others their consignment."""
    param, line = column_of_param(error.param, rows)
    fault = Row(fault=error.code, fault_field=param, fault_message=error.message)
    others = fault._replace(fault_field="consignment")
    return [fault if line in (None, place) else others for place in range(rows)]


def refusal_row(quote: Quote) -> Row:
    """The row of a sale without an open regime."""
    reasons = quote.assessment.reasons
    statuses = {option.status for option in quote.options}
    first = reasons[0] if reasons else None
    return Row(
        status="conditional" if "conditional" in statuses else "closed",
        outcome=quote.assessment.outcome,
        out_currency=quote.currency,
        fault=first.code if first else "refused",
        law=quote.law_hash[:8],
        reasons=(first.code,) if first else (),
        fault_message=first.message if first else None,
        fault_field=column_of_param(first.param)[0] if first and first.param else None,
    )


def _single_row(quote: Quote, best: Option) -> Row:
    """The row of a sale of one line: its figures are the quote's own."""
    sums = best.amount_subtotals
    amounts = (*((sums.duties, sums.taxes, sums.fees) if sums else ()), best.amount_charges, best.amount_landed)
    known = [Decimal(amount) for amount in amounts if amount is not None]
    if len(known) < 5:
        raise AssertionError("an open regime has its amounts")
    return _row(quote, best, best.lines[0], known)


def _consignment_rows(assessed: AssessedSale, quote: Quote, best: Option) -> list[Row]:
    """The rows of a consignment: each has its share, so that the shares add up to the quote."""
    found = line_shares(assessed)
    return [_row(quote, best, line, amounts) for line, amounts in zip(best.lines, found, strict=True)]


def _row(quote: Quote, best: Option, line: OptionLine, amounts: Sequence[Decimal]) -> Row:
    duties, taxes, fees, charges, landed = amounts
    return Row(
        regime=best.regime,
        treatment=line.treatment.id if line.treatment else None,
        status=best.status,
        outcome=quote.assessment.outcome,
        duties=duties,
        taxes=taxes,
        fees=fees,
        charges=charges,
        landed=landed,
        charges_low=charges,
        charges_high=charges,
        landed_low=landed,
        landed_high=landed,
        at_least=best.at_least,
        out_currency=quote.currency,
        law=quote.law_hash[:8],
        reasons=_codes(quote),
        rows=_rows(best, line),
    )


def _codes(quote: Quote) -> tuple[str, ...]:
    # Tables name an assumed registration as the condition that it meets, without the total of the other case.
    return tuple(sorted({reason.code for reason in quote.assessment.reasons} - {"seller.assumed"}))


def _rows(best: Option, line: OptionLine) -> tuple[str, ...]:
    """The rows of law that decided: the regime's, the treatment's, then those of each charge; each once."""
    cited = [*best.citations, *(line.treatment.citations if line.treatment else ())]
    cited += [row for charge in best.line_charges(line) for row in charge.citations]
    return tuple(dict.fromkeys(row.partition("#")[0] for row in cited))
