"""Assesses every row, one sale at a time, with the engine of a single quote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from entrepot.batch.assess.in_processes import assess_in_processes
from entrepot.batch.assess.line_shares import Figures, consignment_figures
from entrepot.batch.assess.row_faults import fault_rows, refusal_rows, with_unknown_lines
from entrepot.batch.rows.answers import TOO_LARGE, Row, answer_batch
from entrepot.batch.rows.columns import Columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.sales import TableSale, read_sales
from entrepot.engine.case import AssessedSale
from entrepot.engine.flow.explain import explain
from entrepot.goods import described
from entrepot.model.errors import SaleError
from entrepot.model.quote import Option, OptionLine, Quote

#: Reasons that the compiled loop does not give, so that no row has them. An assumed registration is named as the
#: condition that it meets, without the total of the other case, and rates of a table are not compared with others.
SINGLE_ONLY = {"seller.assumed", "hs_code.unlisted", "exchange.odd", "exchange.inverse"}


def assess_one_by_one(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
    """The answers of all rows of a batch that holds whole consignments (see `answers.Assessor`)."""
    rows: list[Row | None] = [None] * batch.num_rows
    given = list(read_sales(batch, columns))
    requests = with_codes_of_descriptions(given, context)
    assess = partial(assess_request, columns=columns, context=context)
    # What is described is a range mostly, which takes longer than other rows do.
    each = (
        _assess_equal_once(requests, assess)
        if requests is given
        else assess_in_processes(requests, columns, context, assess)
    )
    for request, answers in zip(requests, each, strict=True):
        for row, found in zip(request.rows, answers, strict=True):
            rows[row] = found
    done = [row for row in rows if row is not None]
    return np.ones(batch.num_rows, bool), answer_batch(done, columns.explain)


def _assess_equal_once(
    requests: Sequence[TableSale], assess: Callable[[TableSale], Sequence[Row]]
) -> Iterator[Sequence[Row]]:
    """The answers of each sale. Sales of one row that say the same are assessed once."""
    known: dict[str, Sequence[Row]] = {}
    for request in requests:
        if len(request.rows) > 1 or request.fault is not None:
            yield assess(request)
            continue
        said = repr(request.sale)
        if (found := known.get(said)) is None:
            found = known[said] = assess(request)
        yield found


def with_codes_of_descriptions(sales: Iterable[TableSale], context: LawContext) -> Sequence[TableSale]:
    """The sales, their lines without a code with the codes that their descriptions may mean.

    The descriptions of all rows are classified together. One that cannot be classified is a fault of its sale.
    """
    given = sales if isinstance(sales, list) else list(sales)
    texts = list(dict.fromkeys(text for each in given for text in described.descriptions(each.sale)))
    if not texts or context.codes is None:
        return given
    found = dict(zip(texts, context.codes(texts), strict=True))
    return [_with_codes(each, found) for each in given]


def _with_codes(request: TableSale, found: Mapping[str, Mapping[str, Any] | SaleError]) -> TableSale:
    try:
        sale = described.with_codes(request.sale, found.__getitem__)
    except SaleError as error:
        return request._replace(fault=error)
    return request if sale is request.sale else request._replace(sale=sale)


def assess_request(request: TableSale, columns: Columns, context: LawContext) -> Sequence[Row]:
    """The answer of each row of one sale; an error is on all of its rows."""
    try:
        return quote_request(request, columns, context)
    except SaleError as error:
        return fault_rows(error, request, partial(quote_sale, columns=columns, context=context), columns.language)


def quote_request(request: TableSale, columns: Columns, context: LawContext) -> Sequence[Row]:
    """The answer of each row of one sale. Raises SaleError where the sale is not valid."""
    return answer_rows(request, *quote_sale(request, columns, context), columns.language, cited=columns.explain)


def quote_sale(request: TableSale, columns: Columns, context: LawContext) -> tuple[AssessedSale, Quote]:
    """The figures of the sale of some rows, and the quote that explains them. Raises SaleError if it is not valid."""
    (request,) = with_codes_of_descriptions([request], context)
    if request.fault is not None:
        raise request.fault
    assessed = context.assess(context.read_request(request.sale, columns.on))
    # No row has the total of a seller without registrations (see SINGLE_ONLY): it is not worked out.
    return assessed, explain(assessed._replace(seller_assumed=None))


def answer_rows(
    request: TableSale, assessed: AssessedSale, quote: Quote, language: str = "en", *, cited: bool = True
) -> Sequence[Row]:
    """The answer of each row of a sale from its quote. Raises SaleError where a figure does not fit in the columns.

    `cited`: with the rows of law that decided.
    """
    if quote.best is None:
        return refusal_rows(quote, assessed, len(request.rows), language)
    best, alone = quote.best, len(request.rows) == 1
    figures = [_quote_figures(best)] if alone else consignment_figures(assessed)
    rows = _check_figures_fit([_row(quote, best, *each, cited=cited) for each in zip(best.lines, figures, strict=True)])
    return rows if alone else with_unknown_lines(rows, assessed, quote, language)


def _check_figures_fit(rows: list[Row]) -> list[Row]:
    """The same rows. Raises SaleError where a figure is too large for the columns of a table."""
    if any(end is not None and end >= TOO_LARGE for row in rows for end in (row.landed_low, row.landed_high)):
        raise SaleError(
            "figure_too_large",
            "The total has more than 21 digits before the decimal point, which a table cannot hold.",
            "amount",
        )
    return rows


def _quote_figures(best: Option) -> Figures:
    """The figures of a sale of one line: those of the quote."""
    sums = best.amount_subtotals
    duties, taxes, fees = (sums.duties, sums.taxes, sums.fees) if sums is not None else (None, None, None)
    charges, landed = best.amount_charges, best.amount_landed
    ends: list[object] = [charges, charges, landed, landed]
    if charges is None:  # under DDP the landed amount is given, and what is left of it differs
        ends[:2] = best.amount_charges_low, best.amount_charges_high
    if landed is None:
        ends[2:] = best.amount_landed_low, best.amount_landed_high
    amounts = (duties, taxes, fees, charges, landed, *ends)
    return Figures(*(Decimal(each) if isinstance(each, str) else None for each in amounts))


def _row(quote: Quote, best: Option, line: OptionLine, figures: Figures, *, cited: bool) -> Row:
    return Row(
        regime=best.regime,
        treatment=line.treatment.id if line.treatment else None,
        status=best.status,
        outcome=quote.assessment.outcome,
        **figures._asdict(),
        at_least=best.at_least,
        out_currency=quote.currency,
        law=quote.law_hash[:8],
        reasons=_codes(quote),
        rows=_rows(best, line) if cited else (),
    )


def _codes(quote: Quote) -> tuple[str, ...]:
    return tuple(sorted({reason.code for reason in quote.assessment.reasons} - SINGLE_ONLY))


def _rows(best: Option, line: OptionLine) -> tuple[str, ...]:
    """The rows of law that decided: the regime's, the treatment's, then those of each charge; each once."""
    cited = [*best.citations, *(line.treatment.citations if line.treatment else ())]
    cited += [row for charge in best.line_charges(line) for row in charge.citations]
    return tuple(dict.fromkeys(row.partition("#")[0] for row in cited))
