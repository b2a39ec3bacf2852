"""Published statistics in files of SDMX: SDMX-CSV, or SDMX-ML (which needs the extra `statistics`), as a plain table.

Two structures are read: our own cube, and tables that have an indicator, as those of the World Bank's Data360 do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from entrepot.language.economies import by_three_letters
from entrepot.measure.cube import AGENCY, CREDIT, STRUCTURE
from entrepot.measure.published import COLUMNS, DEFINITIONS, EXPORTS, IMPORTS
from entrepot.measure.transactions import ALL_PRODUCTS, TOTAL_ECONOMY, WORLD
from entrepot.model.errors import StoreError, TradeError

_COMMON = ("REF_AREA", "TIME_PERIOD", "OBS_VALUE", "UNIT_MEASURE")
#: What tells the structures apart.
_OWN = ("COUNTERPART_AREA", "REF_SECTOR", "ACCOUNTING_ENTRY", "MEASURE", "PRODUCT")
_MARK = "OBS_VALUE"
_HEADER = (*COLUMNS, "unit_mult")


def is_xml(content: bytes) -> bool:
    """Whether a file is XML.

    >>> is_xml(b"<?xml version='1.0'?>"), is_xml(b"area,year")
    (True, False)
    """
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def table_of_xml(content: bytes, name: str, definition: str) -> list[str]:
    """The lines of a table, as `published.read` reads them, of a file of SDMX-ML. Raises TradeError, StoreError."""
    try:
        from pysdmx.io import read_sdmx  # noqa: PLC0415  # a large optional package
    except ImportError as error:
        raise StoreError(f"SDMX needs {error.name}: run pip install 'entrepot[statistics]'.") from None
    try:
        found: Sequence[Any] | None = read_sdmx(io.BytesIO(content), validate=False).data
    except Exception as error:  # noqa: BLE001  # several parsers are below it, with errors of their own
        raise _other(name, f"it cannot be read ({type(error).__name__})") from None
    if not found or len(found) != 1 or getattr(found[0], "data", None) is None:
        raise _other(name, "it has no data, or several sets")
    frame = found[0].data
    columns = [str(each) for each in frame.columns]
    rows = frame.astype(object).where(frame.notna(), "").to_dict("records")
    return _table(columns, ({key: str(value) for key, value in row.items()} for row in rows), name, definition)


def table_of_csv(lines: Sequence[str], name: str, definition: str) -> list[str] | None:
    """As `table_of_xml`, of a file of CSV; None for one that is not of SDMX. Raises TradeError."""
    table = csv.DictReader(lines, restval="")
    header = [column.strip().lstrip("\ufeff") for column in table.fieldnames or ()]
    if _MARK not in header and "STRUCTURE" not in header:
        return None
    table.fieldnames = header
    return _table(header, table, name, definition)


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], name: str, definition: str) -> list[str]:
    own = "INDICATOR" not in columns
    for column in (*_COMMON, *(_OWN if own else ("INDICATOR",))):
        if column not in columns:
            raise _other(name, f"it has no {column}")
    if own and definition not in DEFINITIONS:
        raise TradeError(
            "missing", "Give {option}: it stands beside each figure.", "--definition", option="--definition"
        )
    found = io.StringIO()
    writer = csv.writer(found)
    writer.writerow(_HEADER)
    for row in rows:
        flow = _own_flow(row, definition) if own else str(row["INDICATOR"])
        if flow:
            unit = row.get("UNIT_MULT") or "0"
            writer.writerow(
                (_area(row["REF_AREA"]), flow, row["UNIT_MEASURE"], row["TIME_PERIOD"], row["OBS_VALUE"], unit)
            )
    return found.getvalue().splitlines(keepends=True)


def _own_flow(row: Mapping[str, Any], definition: str) -> str:
    """The flow of a row of our own cube that is the whole of what was asked; "" for another one."""
    place = (row["COUNTERPART_AREA"], row["REF_SECTOR"], row["PRODUCT"], row["MEASURE"])
    if place != (WORLD, TOTAL_ECONOMY, ALL_PRODUCTS, definition.upper()):
        return ""
    return EXPORTS if row["ACCOUNTING_ENTRY"] == CREDIT else IMPORTS


def _area(code: str) -> str:
    """An area by three letters."""
    return next(_three(code), code) if len(code) == 2 else code


def _three(code: str) -> Iterator[str]:
    return (three for three, two in by_three_letters().items() if two == code)


def _other(name: str, why: str) -> TradeError:
    return TradeError(
        "sdmx_other",
        "{file} is SDMX of a structure that is not read: {why}. Read are {own}, and structures with {needed}. "
        "Otherwise save it as CSV with the columns {columns}.",
        "FILE",
        file=name,
        why=why,
        own=f"{AGENCY}:{STRUCTURE}",
        needed=", ".join((*_COMMON, "INDICATOR")),
        columns=", ".join(COLUMNS),
    )
