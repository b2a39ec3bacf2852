"""The formulas of a sheet, calculated: arithmetic, comparisons, SUM AVERAGE MIN MAX COUNT IF, references and ranges.

    >>> [[str(cell) for cell in row] for row in calculate([["2", "3", "=A1*B1"], ["=SUM(A1:C1)", "=1/0", "=A2)"]])]
    [['2', '3', '6'], ['11', '#DIV/0!', '=A2)']]

The editor calculates the same (`editor/src/formulas.js`), which a test compares. What is not of this language stays a
text: so nothing that a guest writes becomes another function in the program of a reader. All work is bounded: formulas
by their length and depth, a sheet by the cells that its formulas read. What runs in a circle has no value.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from entrepot.connect.office.formula_text import (
    CIRCLE,
    DIVISION,
    LIMIT,
    NUMBER,
    REFERENCE,
    VALUE,
    Node,
    Place,
    Value,
    Wrong,
    parse,
    shown,
    written,
)

#: The cells that all formulas of a sheet read: the rest has no value.
MAX_READS = 300_000
#: Characters of all formulas of a sheet: the rest stay texts.
MAX_TEXT = 400_000
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,10})?")
#: Digits that a spreadsheet would change if it read them as a number.
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]|\+")


class Cell(NamedTuple):
    """A cell as it is shown. `formula`: as a spreadsheet reads it, without the sign; "" for what is none."""

    value: Value
    formula: str = ""

    def __str__(self) -> str:
        return shown(self.value)


def calculate(rows: Sequence[Sequence[str]]) -> list[list[Cell]]:
    """The cells of a sheet with their values; a text that begins with `=` is a formula if it can be read as one."""
    found = {(row, column): _literal(text) for row, line in enumerate(rows) for column, text in enumerate(line)}
    formulas: dict[Place, Node] = {}
    left = MAX_TEXT
    for place, value in found.items():
        if not isinstance(value, str) or not value.startswith("="):
            continue
        left -= len(value)
        if left >= 0 and (node := parse(value[1:])) is not None:
            formulas[place] = node
    values: dict[Place, Value] = {place: value for place, value in found.items() if place not in formulas}
    size = (len(rows), max(map(len, rows), default=0))
    for place, node in _in_order(formulas, values):
        values[place] = _single(_evaluate(node, values, size))
    return [
        [Cell(values[at, column], written(formulas[at, column]) if (at, column) in formulas else "")
         for column in range(len(line))]
        for at, line in enumerate(rows)
    ]  # fmt: skip


def _literal(text: str) -> Value:
    """What a cell has that is no formula."""
    if not text:
        return None
    return float(text) if _NUMBER.fullmatch(text) and not _LEADING_ZERO.match(text) else text


def _reads(node: Node) -> Iterator[Place]:
    """The cells that a formula reads."""
    kind = node[0]
    if kind == "cell":
        yield node[1], node[2]
    elif kind == "range":
        for row in range(node[1], node[3] + 1):
            for column in range(node[2], node[4] + 1):
                yield row, column
    else:
        for part in node[2] if kind == "call" else node[1:]:
            if isinstance(part, tuple) and not isinstance(part, Wrong):
                yield from _reads(part)


def _in_order(formulas: Mapping[Place, Node], values: dict[Place, Value]) -> Iterator[tuple[Place, Node]]:
    """The formulas, each after those that it reads. What reads too much, or runs in a circle, gets its value here."""
    waits: dict[Place, int] = {}
    readers: dict[Place, list[Place]] = {}
    left = MAX_READS
    for place, node in formulas.items():
        size = _size(node)
        left -= size
        if left < 0:
            left += size
            values[place] = LIMIT
            continue
        needed = [each for each in dict.fromkeys(_reads(node)) if each in formulas]
        waits[place] = len(needed)
        for each in needed:
            readers.setdefault(each, []).append(place)
    for place in formulas:
        if place in values:  # too much: it has a value already
            for each in readers.get(place, ()):
                waits[each] -= 1
    ready = deque(place for place, count in waits.items() if not count)
    done = 0
    while ready:
        place = ready.popleft()
        done += 1
        yield place, formulas[place]
        for each in readers.get(place, ()):
            waits[each] -= 1
            if not waits[each]:
                ready.append(each)
    if done < len(waits):
        values |= {place: CIRCLE for place, count in waits.items() if count}


def _size(node: Node) -> int:
    """How many cells a formula reads."""
    kind = node[0]
    if kind == "range":
        return int((node[3] - node[1] + 1) * (node[4] - node[2] + 1))
    if kind == "cell":
        return 1
    parts = node[2] if kind == "call" else node[1:]
    return sum(_size(part) for part in parts if isinstance(part, tuple) and not isinstance(part, Wrong))


def _single(value: Any) -> Value:
    """The value of a formula: of an empty cell 0, of a range none."""
    if isinstance(value, list):
        return VALUE
    found: Value = value
    return 0.0 if found is None else found


def _evaluate(node: Node, values: Mapping[Place, Value], size: Place) -> Any:
    """The value of a part; a list for a range."""
    kind = node[0]
    if kind == "value":
        return node[1]
    if kind == "group":
        return _evaluate(node[1], values, size)
    if kind == "cell":
        inside = node[1] < size[0] and node[2] < size[1]
        return values.get((node[1], node[2])) if inside else REFERENCE
    if kind == "range":
        return [values.get(each) for each in _reads(node)] if node[3] < size[0] and node[4] < size[1] else REFERENCE
    if kind == "one":
        value = _number(_evaluate(node[2], values, size))
        return -value if node[1] == "-" and isinstance(value, float) else value
    if kind == "percent":
        value = _number(_evaluate(node[1], values, size))
        return value if isinstance(value, Wrong) else value / 100
    if kind == "two":
        return _two(node[1], _evaluate(node[2], values, size), _evaluate(node[3], values, size))
    if node[1] == "IF":
        return _if(node[2], values, size)
    return _FUNCTIONS[node[1]]([(part[0], _evaluate(part, values, size)) for part in node[2]])


def _number(value: Any) -> float | Wrong:
    if isinstance(value, Wrong):
        return value
    if value is None or isinstance(value, bool):
        return float(bool(value))
    return value if isinstance(value, float) else VALUE


def _two(sign: str, one: Any, other: Any) -> Value:
    if isinstance(one, list) or isinstance(other, list):
        return VALUE
    if sign in ("=", "<>", "<", ">", "<=", ">="):
        return _compare(sign, one, other)
    left, right = _number(one), _number(other)
    if isinstance(left, Wrong):
        return left
    if isinstance(right, Wrong):
        return right
    if sign == "/":
        return _finite(left / right) if right else DIVISION
    return _finite(left + right if sign == "+" else left - right if sign == "-" else left * right)


def _finite(value: float) -> Value:
    return value if math.isfinite(value) else NUMBER


def _compare(sign: str, one: Value, other: Value) -> Value:
    """Numbers before texts before truth values, as spreadsheets order them; an empty cell is 0, or no text."""
    for each in (one, other):
        if isinstance(each, Wrong):
            return each
    left, right = _rank(one, other), _rank(other, one)
    if sign in ("=", "<>"):
        return (left == right) == (sign == "=")
    if sign in ("<", ">="):
        return (left < right) == (sign == "<")
    return (left > right) == (sign == ">")


def _rank(value: Value, beside: Value) -> tuple[int, float, str]:
    if value is None and isinstance(beside, str):
        return (1, 0.0, "")
    if isinstance(value, str):
        return (1, 0.0, value.lower())
    if isinstance(value, bool):
        return (2, float(value), "")
    return (0, value if isinstance(value, float) else 0.0, "")


def _if(parts: Sequence[Node], values: Mapping[Place, Value], size: Place) -> Any:
    found = _number(_evaluate(parts[0], values, size))
    if isinstance(found, Wrong):
        return found
    if found:
        return _evaluate(parts[1], values, size)
    return _evaluate(parts[2], values, size) if len(parts) == 3 else False


def _numbers(parts: Sequence[tuple[str, Any]]) -> list[float] | Wrong:
    """The numbers of what a function is given. Of cells only numbers count; a text that is given is an error."""
    found: list[float] = []
    for kind, value in parts:
        if kind in ("cell", "range") and not isinstance(value, Wrong):
            cells = value if isinstance(value, list) else [value]
            wrong = next((each for each in cells if isinstance(each, Wrong)), None)
            if wrong is not None:
                return wrong
            found += [each for each in cells if isinstance(each, float)]
            continue
        number = _number(value)
        if isinstance(number, Wrong):
            return number
        found.append(number)
    return found


def _of_numbers(of: Any) -> Any:
    def function(parts: Sequence[tuple[str, Any]]) -> Value:
        found = _numbers(parts)
        return found if isinstance(found, Wrong) else of(found)

    return function


def _sum_of(found: Sequence[float]) -> Value:
    total = 0.0
    for each in found:  # in this order, as the editor does: `sum` of later Pythons rounds otherwise
        total += each
    return _finite(total)


def _average(found: Sequence[float]) -> Value:
    total = _sum_of(found)
    if not found:
        return DIVISION
    return total / len(found) if isinstance(total, float) else total


def _count(parts: Sequence[tuple[str, Any]]) -> Value:
    """How many numbers: errors and texts are none."""
    cells = [each for _kind, value in parts for each in (value if isinstance(value, list) else [value])]
    return float(sum(isinstance(each, float) for each in cells))


_FUNCTIONS: Mapping[str, Any] = {
    "SUM": _of_numbers(_sum_of),
    "AVERAGE": _of_numbers(_average),
    "MIN": _of_numbers(lambda found: min(found, default=0.0)),
    "MAX": _of_numbers(lambda found: max(found, default=0.0)),
    "COUNT": _count,
}
