"""sales: the rows of a record batch as sales, those of one consignment together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from entrepot.batch.rows.cells import cells, constant
from entrepot.batch.rows.columns import CONSIGNMENT, Columns, Field
from entrepot.model.errors import SaleError

#: Of a line without which the sequence of lines cannot be told, in the engine's own order.
FIRST = ("reference", "hs_code", "service", "country_of_origin")


class Request(NamedTuple):
    """A sale of some rows: the mapping of the API, its lines in the sequence of `rows`.

    The sequence does not depend on that of the table. `fault` stands where the cells make no mapping.
    """

    rows: tuple[int, ...]
    sale: Mapping[str, Any]
    fault: SaleError | None = None


def groups(batch: Any, columns: Columns) -> list[list[int]]:
    """The rows of each sale: those of one consignment, every other by itself."""
    column = columns.column(batch, CONSIGNMENT)
    if column is None:
        return [[row] for row in range(batch.num_rows)]
    found: dict[Any, list[int]] = {}
    for row, name in enumerate(column.to_pylist()):
        plain = name.strip() if isinstance(name, str) else name
        found.setdefault(("alone", row) if plain in (None, "") else plain, []).append(row)
    return list(found.values())


def requests(batch: Any, columns: Columns) -> Iterator[Request]:
    """Each sale of a batch. All rows of a consignment must be in it."""
    fields = {ours: field for ours, field in columns.fields().items() if not (ours == "date" and columns.on)}
    constants = {ours: constant(columns.constants[ours], fields[ours], ours) for ours in columns.constants}
    read = {ours: cells(columns.column(batch, ours), fields[ours], ours) for ours in fields if ours in columns.theirs}
    table = Cells(fields, {ours: value for ours, value in constants.items() if ours in fields}, read)
    for rows in groups(batch, columns):
        yield table.one(rows[0]) if len(rows) == 1 else table.several(rows)


class Cells:
    """The cells of a batch that sales are made of, by field: those of all rows, and by row."""

    def __init__(
        self, fields: Mapping[str, Field], constants: Mapping[str, Any], read: Mapping[str, Sequence[Any]]
    ) -> None:
        self.fields, self.constants, self.read = fields, constants, read
        self.of_line = [ours for ours in read if fields[ours].of_line]
        self.of_sale = [ours for ours in read if not fields[ours].of_line]

    def one(self, row: int) -> Request:
        """A sale of one row."""
        sale: dict[str, Any] = {}
        line: dict[str, Any] = {}
        given = [(ours, self.read[ours][row]) for ours in self.read]
        for ours, value in (*self.constants.items(), *given):
            if value is None:
                continue
            if isinstance(value, SaleError):
                return Request((row,), {}, value)
            put(line if self.fields[ours].of_line else sale, self.fields[ours].path, value)
        return Request((row,), {**sale, "lines": [line]})

    def several(self, rows: Sequence[int]) -> Request:
        """A sale of several rows; what is not the line's own stands on one of them, or is the same on all."""
        lines = [self._line(row) for row in rows]
        order = sorted(range(len(rows)), key=lambda place: _sequence(lines[place]))
        placed = tuple(rows[place] for place in order)
        faults = [value for ours in self.read for row in rows if isinstance(value := self.read[ours][row], SaleError)]
        faults += [value for value in self.constants.values() if isinstance(value, SaleError)]
        if faults:
            return Request(placed, {}, min(faults, key=lambda fault: (fault.param, fault.message)))
        sale: dict[str, Any] = {}
        for ours, value in self.constants.items():
            if value is not None and not self.fields[ours].of_line:
                put(sale, self.fields[ours].path, value)
        for ours in self.of_sale:
            said = {value for row in rows if (value := self.read[ours][row]) is not None}
            if len(said) > 1:
                shown = ", ".join(sorted(map(_shown, said))[:3])
                fault = SaleError(
                    "contradictory_rows",
                    "The rows of this consignment say {shown} as {field}: give it on one row, or alike on all.",
                    ours,
                    shown=shown,
                    field=ours,
                )
                return Request(placed, {}, fault)
            for value in said:
                put(sale, self.fields[ours].path, value)
        return Request(placed, {**sale, "lines": [lines[place] for place in order]})

    def _line(self, row: int) -> dict[str, Any]:
        line: dict[str, Any] = {}
        given = ((ours, self.read[ours][row]) for ours in self.of_line)
        constants = ((ours, value) for ours, value in self.constants.items() if self.fields[ours].of_line)
        for ours, value in (*constants, *given):
            if value is not None:
                put(line, self.fields[ours].path, value)
        return line


def put(into: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Puts a value at a path.

    >>> sale = {}
    >>> put(sale, ("ship_to", "country"), "JP")
    >>> sale
    {'ship_to': {'country': 'JP'}}
    """
    for part in path[:-1]:
        into = into.setdefault(part, {})
    into[path[-1]] = value


def column_of(param: str, rows: int = 1) -> tuple[str, int | None]:
    """The column that a path of the API stands for, and which of several lines it speaks of.

    >>> column_of("lines[1].hs_code", 3), column_of("ship_to.country"), column_of("asserted[0]")
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


def _sequence(line: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(_shown(line.get(name, "")) for name in FIRST), *(f"{name}={line[name]}" for name in sorted(line)))


def _shown(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
