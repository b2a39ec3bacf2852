"""encode: what sales say in words, as numbers: who, from where, by which way; rows that say the same get one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.faults import SaleError
from entrepot.fleet.cells import cells, constant
from entrepot.fleet.columns import EXCHANGE, Columns, Field, field_of
from entrepot.fleet.loop.machine import prepared

#: The fields that settle, with the origin and the day, which law and which plan a line has. The rest are numbers.
WORDS = (
    "ship_from_country",
    "ship_to_country",
    "ship_to_state",
    "date",
    "buyer_kind",
    "buyer_tax_ids",
    "seller_registrations",
    "asserted",
    "incoterm",
    "transport",
    "channel",
    "currency",
    "country_of_origin",
    "proof_of_origin",
    "tax_class",
)
#: Between the words of a list; it stands in no word of a sale.
BETWEEN = "\x1f"
#: Numbers of which it matters to the plan whether they are given at all.
GIVEN = ("shipping_cost", "insurance_cost", "quantity", "items")

#: So many dictionaries are remembered.
MOST_KEPT = 64


class Said(dict[str, Any]):
    """What the rows of one number say: the value of each field that is given; `given`: the numbers that are."""

    def key(self) -> tuple[tuple[str, Any], ...]:
        """The same for the same words, in any table."""
        return tuple(sorted(self.items()))


class Kept:
    """What the dictionaries of the latest batches say: those of one table are the same in every batch."""

    def __init__(self) -> None:
        self._said: dict[Any, tuple[Any, list[Any]]] = {}

    def cells(self, dictionary: Any, field: Field, ours: str) -> list[Any]:
        """What each place of a dictionary says, and last None for no place; the same list for the same dictionary."""
        where = tuple((part.address, part.size) if part else None for part in dictionary.buffers())
        key = (ours, where, dictionary.offset, len(dictionary), dictionary.type)
        if key not in self._said:
            if len(self._said) > MOST_KEPT:
                self._said.clear()
            # The dictionary is kept too, so that no other one comes to lie at its place.
            self._said[key] = dictionary, [*cells(dictionary, field, ours), None]
        return self._said[key][1]


def encoded(batch: Any, columns: Columns, kept: Kept) -> tuple[Any, list[Said | None]]:
    """For each row the number of what it says, and what each number says; None where a cell cannot be read.

    `kept`: what the dictionaries of batches before said.
    """
    fields = [ours for ours in columns.fields() if ours in WORDS or ours.startswith(EXCHANGE)]
    fields = [ours for ours in fields if not (ours == "date" and columns.on)]
    parts: list[tuple[Any, int, str, list[Any]]] = []
    constants = {}
    for ours in fields:
        field = field_of(ours)
        if field is None:
            continue
        if ours in columns.constants:
            constants[ours] = constant(columns.constants[ours], field, ours)
            continue
        column = columns.column(batch, ours)
        places, known = _coded(column, field, ours, kept)
        holes = places.null_count
        if holes:
            places = pc.fill_null(places, len(known) - 1)
        if len(known) > 2 or holes:
            parts.append((places.to_numpy(zero_copy_only=False), len(known), ours, known))
        else:
            constants[ours] = known[0]
    for ours in GIVEN:
        column = columns.column(batch, ours)
        if column is not None and column.null_count < len(column):
            if column.null_count or pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
                parts.append((_there(column), 2, ours, [None, True]))
            else:
                constants[ours] = True
        elif ours in columns.constants:
            constants[ours] = columns.constants[ours] != "" or None
    numbers, firsts = _numbered([(places, size) for places, size, _, _ in parts], batch.num_rows)
    return numbers, [_said(constants, parts, int(row)) for row in firsts]


def _coded(column: Any, field: Field, ours: str, kept: Kept) -> tuple[Any, list[Any]]:
    """The indices of a column's cells, and what each says.

    Lists have no dictionary in Arrow: for one, their words are joined by a sign that stands in none of them.
    """
    listed = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
    if listed:
        words = pc.fill_null(pc.cast(column.values, pa.string()), "")
        column = pc.binary_join(pa.ListArray.from_arrays(pc.cast(column.offsets, pa.int32()), words), BETWEEN)
    if pa.types.is_dictionary(column.type):
        return column.indices, kept.cells(column.dictionary, field, ours)
    coded = pc.dictionary_encode(column)
    if not listed:
        return coded.indices, [*cells(coded.dictionary, field, ours), None]
    parts = [text.split(BETWEEN) for text in coded.dictionary.to_pylist()]
    return coded.indices, [*(tuple(word.strip() for word in each if word.strip()) for each in parts), None]


def _there(column: Any) -> Any:
    """Which cells hold something: an empty text does not."""
    if pa.types.is_dictionary(column.type):
        known = np.append(_there(column.dictionary), 0) if len(column.dictionary) else np.zeros(1, np.int64)
        return known[pc.fill_null(column.indices, len(known) - 1).to_numpy(zero_copy_only=False)]
    there = pc.is_valid(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        there = pc.and_(there, pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(column), ""), False))
    return there.to_numpy(zero_copy_only=False).astype(np.int64)


def _said(constants: dict[str, Any], parts: list[tuple[Any, int, str, list[Any]]], row: int) -> Said | None:
    found = Said()
    given = [*constants.items(), *((ours, known[places[row]]) for places, _, ours, known in parts)]
    for ours, value in given:
        if isinstance(value, SaleError):
            return None
        if value is not None and value != ():
            found[ours] = value
    return found


def _numbered(parts: list[tuple[Any, int]], rows: int) -> tuple[Any, Any]:
    """Rows numbered by what they say, by first appearance; and the first row of each number."""
    keys = np.zeros(rows, np.int64)
    span = 1
    for places, size in parts:
        if span > (1 << 60) // size:
            keys, firsts = _renumbered(keys)
            span = len(firsts)
        keys = keys * size + places
        span *= size
    return _renumbered(keys)


def _renumbered(keys: Any) -> tuple[Any, Any]:
    room = 1 << 12
    while True:
        numbers, firsts, many = _hashed(keys, room)
        if many <= room // 2:
            return numbers, firsts[:many]
        room *= 4


@prepared
def _hashed(keys: Any, room: int) -> tuple[Any, Any, int]:
    """Numbers by first appearance, through a table of `room` places, a power of two; `many` above half: too few."""
    table = np.full(room, -1, np.int64)
    firsts = np.empty(room, np.int64)
    numbers = np.empty(len(keys), np.int64)
    many = 0
    for i in range(len(keys)):
        key = keys[i]
        at = ((key * np.int64(-7046029254386353131)) >> 20) & (room - 1)
        while table[at] >= 0 and keys[firsts[table[at]]] != key:
            at = (at + 1) & (room - 1)
        if table[at] < 0:
            if many >= room // 2:
                return numbers, firsts, room
            table[at] = many
            firsts[many] = i
            many += 1
        numbers[i] = table[at]
    return numbers, firsts, many
