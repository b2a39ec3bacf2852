"""Reads the rows of a record batch as sales, the rows of one consignment together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from entrepot.batch.rows.cells import read_cells, read_constant
from entrepot.batch.rows.columns import CONSIGNMENT, Columns, Field
from entrepot.model.errors import SaleError

#: The fields by which the lines of a consignment are sorted first, in the engine's order.
SORT_FIELDS = ("reference", "hs_code", "service", "country_of_origin")


class TableSale(NamedTuple):
    """A sale of some rows: the mapping of the API, its lines in the sequence of `rows`.

    The sequence does not depend on that of the table. `fault`: why the cells make no sale; `own_faults`: of a
    consignment with cells that cannot be read, the first such fault of each row, None for a row without one.
    """

    rows: tuple[int, ...]
    sale: Mapping[str, Any]
    fault: SaleError | None = None
    own_faults: tuple[SaleError | None, ...] = ()


def group_rows(batch: Any, columns: Columns) -> list[list[int]]:
    """The rows of each sale: those of one consignment together, every other row by itself."""
    column = columns.column(batch, CONSIGNMENT)
    if column is None:
        return [[row] for row in range(batch.num_rows)]
    found: dict[Any, list[int]] = {}
    for row, name in enumerate(column.to_pylist()):
        plain = name.strip() if isinstance(name, str) else name
        found.setdefault(("alone", row) if plain in (None, "") else plain, []).append(row)
    return list(found.values())


def read_sales(batch: Any, columns: Columns) -> Iterator[TableSale]:
    """Each sale of a batch. All rows of a consignment must be in it."""
    fields = {
        field_name: field for field_name, field in columns.fields().items() if not (field_name == "date" and columns.on)
    }
    constants = {
        field_name: read_constant(columns.constants[field_name], fields[field_name], field_name)
        for field_name in columns.constants
    }
    read = {
        field_name: read_cells(columns.column(batch, field_name), fields[field_name], field_name)
        for field_name in fields
        if field_name in columns.column_names
    }
    table = SaleCells(
        fields, {field_name: value for field_name, value in constants.items() if field_name in fields}, read
    )
    for rows in group_rows(batch, columns):
        yield table.sale_of_row(rows[0]) if len(rows) == 1 else table.sale_of_rows(rows)


class SaleCells:
    """The cells of a batch by field and row, and the constants."""

    def __init__(
        self, fields: Mapping[str, Field], constants: Mapping[str, Any], read: Mapping[str, Sequence[Any]]
    ) -> None:
        self.fields, self.constants, self.read = fields, constants, read
        self.of_line = [field_name for field_name in read if fields[field_name].of_line]
        self.of_sale = [field_name for field_name in read if not fields[field_name].of_line]

    def sale_of_row(self, row: int) -> TableSale:
        """A sale of one row."""
        sale: dict[str, Any] = {}
        line: dict[str, Any] = {}
        given = [(field_name, self.read[field_name][row]) for field_name in self.read]
        for field_name, value in (*self.constants.items(), *given):
            if value is None:
                continue
            if isinstance(value, SaleError):
                return TableSale((row,), {}, value)
            set_path(line if self.fields[field_name].of_line else sale, self.fields[field_name].path, value)
        return TableSale((row,), {**sale, "lines": [line]})

    def sale_of_rows(self, rows: Sequence[int]) -> TableSale:
        """A sale of several rows; a field that is not the line's is on one of them, or the same on all."""
        lines = [self._line(row) for row in rows]
        order = sorted(range(len(rows)), key=lambda place: _sort_key(lines[place]))
        placed = tuple(rows[place] for place in order)
        own = tuple(_first_fault(self.read[field_name][row] for field_name in self.read) for row in placed)
        if (fault := _first_fault((*self.constants.values(), *own))) is not None:
            return TableSale(placed, {}, fault, own if any(own) else ())
        sale: dict[str, Any] = {}
        for field_name, value in self.constants.items():
            if value is not None and not self.fields[field_name].of_line:
                set_path(sale, self.fields[field_name].path, value)
        for field_name in self.of_sale:
            said = {value for row in rows if (value := self.read[field_name][row]) is not None}
            if len(said) > 1:
                shown = ", ".join(sorted(map(_as_text, said))[:3])
                fault = SaleError(
                    "contradictory_rows",
                    "The rows of this consignment have different values of {field}: {shown}. Give it on one "
                    "row, or the same value on all.",
                    field_name,
                    shown=shown,
                    field=field_name,
                )
                return TableSale(placed, {}, fault)
            for value in said:
                set_path(sale, self.fields[field_name].path, value)
        return TableSale(placed, {**sale, "lines": [lines[place] for place in order]})

    def _line(self, row: int) -> dict[str, Any]:
        line: dict[str, Any] = {}
        given = ((field_name, self.read[field_name][row]) for field_name in self.of_line)
        constants = (
            (field_name, value) for field_name, value in self.constants.items() if self.fields[field_name].of_line
        )
        for field_name, value in (*constants, *given):
            if value is not None:
                set_path(line, self.fields[field_name].path, value)
        return line


def set_path(into: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Sets a value at a path.

    >>> sale = {}
    >>> set_path(sale, ("ship_to", "country"), "JP")
    >>> sale
    {'ship_to': {'country': 'JP'}}
    """
    for part in path[:-1]:
        into = into.setdefault(part, {})
    into[path[-1]] = value


def column_of_param(param: str, rows: int = 1) -> tuple[str, int | None]:
    """The column of a path of the API, and the index of the line if there are several.

    >>> column_of_param("lines[1].hs_code", 3), column_of_param("ship_to.country"), column_of_param("asserted[0]")
    (('hs_code', 1), ('ship_to_country', None), ('asserted', None))
    """
    line: int | None = None
    head, _, rest = param.partition(".")
    if head.startswith("lines[") and rest:
        number = head.removeprefix("lines[").removesuffix("]")
        line = int(number) if number.isdigit() and rows > 1 else None
        param = rest
    name = param.partition("[")[0].replace(".", "_")
    return f"{name}_country" if name in ("ship_from", "ship_to") else name, line


def _first_fault(values: Iterable[Any]) -> SaleError | None:
    """The first of the faults among some values, in an order that does not depend on that of the columns."""
    faults = [value for value in values if isinstance(value, SaleError)]
    return min(faults, key=lambda fault: (fault.param, fault.message), default=None)


def _sort_key(line: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(_as_text(line.get(name, "")) for name in SORT_FIELDS), *(f"{name}={line[name]}" for name in sorted(line)))


def _as_text(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
