"""Sales as rows of a table, and the check of these rows against the single quote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

import entrepot
from entrepot.batch.rows.columns import FIELDS, field_of
from entrepot.batch.rows.sales import column_of_param
from entrepot.model.quote import Option, Quote
from entrepot.model.rule_kinds import WITHOUT_EFFECT

#: A valid row.
GOOD: dict[str, Any] = {
    "ship_from_country": "VN",
    "ship_to_country": "CN",
    "currency": "CNY",
    "hs_code": "0901.21",
    "amount": "100",
    "date": "2026-03-01",
}
AMOUNTS = ("duties", "taxes", "fees", "charges", "landed")
RANGES = ("charges_low", "charges_high", "landed_low", "landed_high")


#: Reasons of single quotes only: tables name an assumed registration as the condition that it meets, and do not compare
#: the exchange rates that they give with reference rates.
NOT_IN_TABLES = {"hs_code.unlisted", "seller.assumed", "exchange.odd", "exchange.inverse"}


def rows_of(sale: Mapping[str, Any], consignment: str | None = None) -> list[dict[str, Any]]:
    """A sale of the API as rows; costs of the whole sale are on the first row, other fields on all."""
    found = []
    for number, line in enumerate(sale["lines"]):
        row: dict[str, Any] = {} if consignment is None else {"consignment": consignment}
        for name, field in FIELDS.items():
            value: Any = line if field.of_line else sale
            for part in field.path:
                value = value.get(part) if isinstance(value, Mapping) else None
            if field.kind == "number" and not field.of_line and number:
                continue
            if value not in (None, [], {}):
                row[name] = " ".join(value) if isinstance(value, list | tuple) else value
        for currency, rate in sale.get("exchange_rates", {}).items():
            row[f"exchange_rates_{currency}"] = rate
        for kind, rate in line.get("rates", {}).items():
            row[f"rates_{kind}"] = rate
        found.append(row)
    return found


def table_of(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table of text; what a row does not have is null."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    names += [name for name in ("hs_code", "amount", "currency") if name not in names]
    assert all(field_of(name) or name == "consignment" for name in names)
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def single(sale: Mapping[str, Any]) -> Quote | entrepot.SaleError:
    """The quote of a sale, or its error."""
    try:
        return entrepot.quote(sale)
    except entrepot.SaleError as error:
        return error


def agree(sale: Mapping[str, Any], rows: list[dict[str, Any]]) -> None:
    """Whether the rows answered for a sale say what its single quote says."""
    quote = single(sale)
    if isinstance(quote, entrepot.SaleError):
        assert {row["fault"] for row in rows} == {quote.code}, (quote.code, rows)
        assert {row["fault_message"] for row in rows} == {quote.message}
        assert {row["fault_field"] for row in rows} <= {column_of_param(quote.param, 2)[0], "consignment"}
        assert all(row[name] is None for row in rows for name in ("regime", *AMOUNTS, *RANGES))
        return
    codes = {each.code for each in quote.assessment.reasons} - set(WITHOUT_EFFECT)
    if not codes & NOT_IN_TABLES or codes - NOT_IN_TABLES:
        assert {row["outcome"] for row in rows} == {quote.assessment.outcome}
    assert {row["out_currency"] for row in rows} == {quote.currency}
    assert {row["law"] for row in rows} == {quote.law.hash[:8]}
    if quote.best is None:
        reasons = [
            (each.code, column_of_param(each.param, 2)[0] if each.param else None, each.message)
            for each in quote.assessment.reasons
        ]
        told = {(row["fault"], row["fault_field"], row["fault_message"]) for row in rows}
        # Of several lines each has a reason of its own, or the first one of the others, as its consignment's.
        of_others = {(code, "consignment", message) for code, _field, message in reasons}
        assert told <= (set(reasons[:1]) if len(rows) == 1 else {*reasons, *of_others}), (told, reasons)
        statuses = {option.status for option in quote.options}
        assert {row["status"] for row in rows} == {"conditional" if "conditional" in statuses else "closed"}
        return
    agree_on_answer(quote, quote.best, rows)


def agree_on_answer(quote: Quote, best: Option, rows: list[dict[str, Any]]) -> None:
    """Whether the rows answered for a sale say what its single quote says of the best procedure."""
    sums = best.amount_subtotals
    assert sums is not None
    faults = {row["fault"] for row in rows} - {None}
    # A row of a consignment that is a lowest amount has the reason of its own, where something of its line is unknown.
    assert not faults or (len(rows) > 1 and best.at_least)
    assert faults <= {each.code for each in quote.assessment.reasons}
    assert {row["regime"] for row in rows} == {best.regime}
    assert {row["status"] for row in rows} == {best.status} == {"open"}
    assert {row["at_least"] for row in rows} == {best.at_least}
    treatments = sorted(line.treatment.id if line.treatment else "" for line in best.lines)
    assert sorted(row["treatment"] or "" for row in rows) == treatments
    whole = (sums.duties, sums.taxes, sums.fees, best.amount_charges, best.amount_landed)
    for name, amount in zip(AMOUNTS, whole, strict=True):
        if len(rows) == 1 or amount is None:
            # A row of a consignment may have a figure where the whole has none.
            assert len(rows) > 1 or rows[0][name] == (None if amount is None else Decimal(amount)), (name, rows)
        elif None not in (parts := [row[name] for row in rows]):  # parts may differ where their sum does not
            assert sum(parts) == Decimal(amount), (name, rows)
    ends: list[object] = [best.amount_charges, best.amount_charges, best.amount_landed, best.amount_landed]
    if best.amount_charges is None:
        ends[:2] = best.amount_charges_low, best.amount_charges_high
    if best.amount_landed is None:
        ends[2:] = best.amount_landed_low, best.amount_landed_high
    for name, end in zip(RANGES, ends, strict=True):
        if isinstance(end, str):
            assert sum(row[name] for row in rows) == Decimal(end), (name, rows)
        else:
            assert {row[name] for row in rows} == {None}, (name, rows)
    for row in rows:
        if None not in (row["duties"], row["taxes"], row["fees"]):
            assert row["charges"] == row["duties"] + row["taxes"] + row["fees"]
        assert row["fault"] or (row["fault_field"], row["fault_message"]) == (None, None)
    codes = {each.code for each in quote.assessment.reasons} - NOT_IN_TABLES
    given = {code for row in rows for code in row["reasons"]}
    assert given == codes, (given ^ codes, rows)
    told = {where for row in rows for where in row["rows"]}
    assert set(best.citations) <= told
    assert {row for charge in best.charges for row in charge.citations} <= told
