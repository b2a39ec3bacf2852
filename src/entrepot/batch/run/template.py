"""A table to fill in: the columns that most sales need, a row of goods, a row of a service, and what each column is."""

from __future__ import annotations

import csv
import io
from typing import Any

from entrepot.batch.rows.columns import REQUIRED_FIELDS
from entrepot.batch.rows.field_texts import FIELD_TEXTS, FIELD_VALUES
from entrepot.language.translate import N_, _

#: The columns of the template, each with its cell in the row of goods and in that of a service.
COLUMNS = {
    "reference": ("example-1", "example-2"),
    "hs_code": ("0901.21", ""),
    "service": ("", "telemedicine"),
    "description": (
        N_("Roasted coffee (an example: replace this row)"),
        N_("A consultation (an example: replace this row)"),
    ),
    "ship_from_country": ("VN", "CN"),
    "ship_to_country": ("CN", "KH"),
    "country_of_origin": ("VN", ""),
    "proof_of_origin": ("", ""),
    "currency": ("CNY", "USD"),
    "amount": ("100.00", "300.00"),
    "quantity": ("1", ""),
    "net_mass_kg": ("0.5", ""),
    "shipping_cost": ("10.00", ""),
    "insurance_cost": ("", ""),
    "incoterm": ("", ""),
    "transport": ("post", ""),
    "channel": ("ecommerce", ""),
    "buyer_kind": ("consumer", "consumer"),
    "date": ("", ""),
}
#: Columns that a spreadsheet must not turn into numbers or dates.
TEXTS = ("reference", "hs_code", "service", "description", "date")
#: The rows of examples.
EXAMPLES = ("goods", "service")
#: Rows of the workbook whose cells have the format and the choices of their column.
FORMATTED_ROWS = 1_000
WIDTH = 18


def explanations() -> list[tuple[str, str, str, str]]:
    """Each column of the template: its name, what it is, whether it is required, and the values that it may have."""
    found = []
    for name in COLUMNS:
        needed = _("required") if name in REQUIRED_FIELDS else ""
        if name in ("hs_code", "service"):
            needed = _("one of hs_code and service")
        found.append((name, _(FIELD_TEXTS[name]), needed, ", ".join(FIELD_VALUES.get(name, ()))))
    return found


def _rows() -> list[list[str]]:
    cells = [[_(cell) if name == "description" else cell for cell in both] for name, both in COLUMNS.items()]
    return [list(row) for row in zip(*cells, strict=True)]


def template_csv() -> bytes:
    """The template as CSV, with the mark by which spreadsheets know UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([list(COLUMNS), *_rows()])
    return text.getvalue().encode("utf-8-sig")


def template_xlsx() -> bytes:
    """The template as a workbook: a sheet to fill in, and a sheet that explains its columns. Needs openpyxl."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415  # imported only for workbooks
    from openpyxl.styles import Font  # type: ignore[import-untyped]  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # noqa: PLC0415

    book = Workbook()
    sales = book.active
    sales.title = _("Sales")
    for row in [list(COLUMNS), *_rows()]:
        sales.append(row)
    for place, name in enumerate(COLUMNS, 1):
        _format_column(sales, place, name)
    sales.freeze_panes = "A2"
    columns = book.create_sheet(_("Columns"))
    for line in ((_("Column"), _("What it is"), _("Required"), _("Values")), *explanations()):
        columns.append(line)
    for place, width in enumerate((22, 90, 28, 60), 1):
        columns.cell(1, place).font = Font(bold=True)
        columns.column_dimensions[get_column_letter(place)].width = width
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _format_column(sales: Any, place: int, name: str) -> None:
    """The width, the format and the choices of a column."""
    from openpyxl.styles import Font  # noqa: PLC0415  # as above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]  # noqa: PLC0415

    letter = get_column_letter(place)
    sales.column_dimensions[letter].width = WIDTH
    sales.cell(1, place).font = Font(bold=True)
    for number in range(2, FORMATTED_ROWS if name in TEXTS else len(EXAMPLES) + 2):
        cell = sales.cell(number, place)
        if name in TEXTS:
            cell.number_format = "@"
        else:
            cell.value = _number(cell.value)
    if name in FIELD_VALUES:
        choice = DataValidation("list", formula1=f'"{",".join(FIELD_VALUES[name])}"', allow_blank=True)
        choice.add(f"{letter}2:{letter}{FORMATTED_ROWS}")
        sales.add_data_validation(choice)


def _number(text: str | None) -> object:
    return float(text) if text and text.replace(".", "", 1).isdigit() else text
