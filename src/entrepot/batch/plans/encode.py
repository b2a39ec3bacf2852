"""encode: what sales say in words, as numbers: who, from where, by which way; rows that say the same get one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.kernel.compiler import prepared
from entrepot.batch.rows.cells import read_cells, read_constant
from entrepot.batch.rows.columns import EXCHANGE_PREFIX, Columns, Field, field_of, is_list_of_values, is_number
from entrepot.model.errors import SaleError

#: The fields that settle, with the origin and the day, which law and which plan a line has. The rest are numbers.
TEXT_FIELDS = (
    "ship_from_country",
    "ship_to_country",
    "ship_to_state",
    "date",
    "buyer_kind",
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
#: Between the words of a list, the first of these that stands in none of them.
SEPARATORS = "\x1f\x1e\x1d\x1c" + "".join(map(chr, range(0xE000, 0xE400)))
#: Numbers, and words, of which it matters to the plan only whether they are given at all.
PRESENCE_FIELDS = ("shipping_cost", "insurance_cost", "quantity", "items", "buyer_tax_ids")

#: So many dictionaries are remembered, and so many values of a field.
MAX_DICTIONARIES, MAX_VALUES = 64, 1_000_000


class GivenFields(dict[str, Any]):
    """What the rows of one number say: the value of each field that is given; `given`: the numbers that are."""

    def key(self) -> tuple[tuple[str, Any], ...]:
        """The same for the same words, in any table."""
        return tuple(sorted(self.items()))


class DictionaryCache:
    """What the dictionaries of the latest batches say: those of one table are the same in every batch."""

    def __init__(self) -> None:
        self._said: dict[Any, tuple[Any, list[Any]]] = {}
        self._values: dict[str, dict[Any, int]] = {}
        self.generation = 0

    def cells(self, dictionary: Any, field: Field, field_name: str) -> list[Any]:
        """What each place of a dictionary says, and last None for no place; the same list for the same dictionary."""
        where = tuple((part.address, part.size) if part else None for part in dictionary.buffers())
        key = (field_name, where, dictionary.offset, len(dictionary), dictionary.type)
        if key not in self._said:
            if len(self._said) > MAX_DICTIONARIES:
                self._said.clear()
            # The dictionary is kept too, so that no other one comes to lie at its place.
            self._said[key] = dictionary, [*read_cells(dictionary, field, field_name), None]
        return self._said[key][1]

    def trimmed(self) -> None:
        """Forgets the numbers of values where they are too many: another generation begins."""
        if any(len(known) > MAX_VALUES for known in self._values.values()):
            self._values.clear()
            self.generation += 1

    def numbered(self, field_name: str, values: Sequence[Any]) -> Any:
        """A number for each value of a field, the same for the same value in any table of one `generation`.

        A fault is -1, nothing is -2.
        """
        known = self._values.setdefault(field_name, {})
        return np.array([_value_number(value, known) for value in values], np.int32)


def _value_number(value: Any, known: dict[Any, int]) -> int:
    if value is None:
        return -2
    return -1 if isinstance(value, SaleError) else known.setdefault(value, len(known))


class EncodedRows(NamedTuple):
    """What the rows of a batch say: for each row a number.

    `keys`: for each number what tells it from the others, in any table of this `form`. `said(number)`: what it says.
    """

    numbers: Any
    form: Any
    keys: list[bytes]
    constants: dict[str, Any]
    parts: list[CodedColumn]
    firsts: Any

    def said(self, number: int) -> GivenFields | None:
        """What the rows of a number say; None where a cell cannot be read."""
        found, row = GivenFields(), int(self.firsts[number])
        given = [*self.constants.items(), *((part.field_name, part.known[part.places[row]]) for part in self.parts)]
        for field_name, value in given:
            if isinstance(value, SaleError):
                return None
            if value is not None and value != ():
                found[field_name] = value
        return found


class CodedColumn(NamedTuple):
    """A column of words: for each row the place of its value among those known."""

    places: Any
    known: Sequence[Any]
    field_name: str


def encode_rows(batch: Any, columns: Columns, kept: DictionaryCache) -> EncodedRows:
    """For each row the number of what it says, and what each number says.

    `kept`: what the dictionaries of batches before said.
    """
    fields = [
        field_name
        for field_name in columns.fields()
        if field_name in TEXT_FIELDS or field_name.startswith(EXCHANGE_PREFIX)
    ]
    fields = [field_name for field_name in fields if not (field_name == "date" and columns.on)]
    parts: list[CodedColumn] = []
    constants = {}
    for field_name in fields:
        field = field_of(field_name)
        if field is None:
            continue
        if field_name in columns.constants:
            constants[field_name] = read_constant(columns.constants[field_name], field, field_name)
            continue
        column = columns.column(batch, field_name)
        places, known = _dictionary_encode(column, field, field_name, kept)
        holes = places.null_count
        if holes:
            places = pc.fill_null(places, len(known) - 1)
        if len(known) > 2 or holes:
            parts.append(CodedColumn(places.to_numpy(zero_copy_only=False), known, field_name))
        else:
            constants[field_name] = known[0]
    for field_name in PRESENCE_FIELDS:
        column, field = columns.column(batch, field_name), field_of(field_name)
        if column is not None and column.null_count < len(column):
            if column.null_count or not is_number(column.type):
                parts.append(CodedColumn(_is_given(column), (None, True), field_name))
            else:
                constants[field_name] = True
        elif field_name in columns.constants and field is not None:
            value = read_constant(columns.constants[field_name], field, field_name)
            constants[field_name] = value if isinstance(value, SaleError) else (value is not None) or None
    numbers, firsts = _number_rows([(part.places, len(part.known)) for part in parts], batch.num_rows)
    kept.trimmed()
    told = [kept.numbered(part.field_name, part.known)[part.places[firsts]] for part in parts]
    form = (kept.generation, tuple(part.field_name for part in parts), _constants_key(constants))
    return EncodedRows(numbers, form, _row_keys(told, len(firsts)), constants, parts, firsts)


def _constants_key(constants: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Constants by their names; a fault is one whatever it says."""
    return tuple(
        sorted(
            (field_name, SaleError if isinstance(value, SaleError) else value)
            for field_name, value in constants.items()
        )
    )


def _row_keys(told: list[Any], many: int) -> list[bytes]:
    """The numbers of each place, together."""
    if not told:
        return [b""] * many
    wide = np.ascontiguousarray(np.stack(told, axis=1))
    whole: list[bytes] = wide.view(f"V{wide.shape[1] * wide.itemsize}")[:, 0].tolist()
    return whole


def _dictionary_encode(column: Any, field: Field, field_name: str, kept: DictionaryCache) -> tuple[Any, list[Any]]:
    """The indices of a column's cells, and what each says.

    Lists have no dictionary in Arrow: for one, their words are joined by a sign that stands in none of them.
    """
    if pa.types.is_dictionary(column.type):
        # What is added to an index of few bits may not fit into it.
        return column.indices.cast(pa.int64()), kept.cells(column.dictionary, field, field_name)
    if not is_list_of_values(column.type):
        coded = pc.dictionary_encode(column)
        return coded.indices, [*read_cells(coded.dictionary, field, field_name), None]
    joined, between = _join_lists(column)
    coded = pc.dictionary_encode(joined)
    parts = [text.split(between) for text in coded.dictionary.to_pylist()]
    return coded.indices, [*(tuple(word.strip() for word in each if word.strip()) for each in parts), None]


def _join_lists(column: Any) -> tuple[Any, str]:
    """Lists as texts, and the sign between their words; null stays null, whatever words lie behind it."""
    words = pc.fill_null(pc.cast(column.values, pa.string()), "")
    between = next(sign for sign in SEPARATORS if not pc.any(pc.match_substring(words, sign)).as_py())
    joined = pc.binary_join(pa.ListArray.from_arrays(pc.cast(column.offsets, pa.int32()), words), between)
    return (pc.if_else(column.is_valid(), joined, None) if column.null_count else joined), between


def _is_given(column: Any) -> Any:
    """Which cells hold something: an empty text does not, nor does a list of none but empty ones."""
    if pa.types.is_dictionary(column.type):
        known = np.append(_is_given(column.dictionary), 0) if len(column.dictionary) else np.zeros(1, np.int64)
        places = pc.fill_null(column.indices.cast(pa.int64()), len(known) - 1)
        return known[places.to_numpy(zero_copy_only=False)]
    if is_list_of_values(column.type):
        column = _join_lists(column)[0]
        column = pc.replace_substring_regex(column, f"[{SEPARATORS}]", "")
    there = pc.is_valid(column)
    if not is_number(column.type):
        # Separators alone are no word of a list.
        text = pc.utf8_trim_whitespace(pc.utf8_trim(column.cast(pa.large_string()), " \t\r\n\v\f,;"))
        there = pc.and_(there, pc.fill_null(pc.not_equal(text, ""), False))
    return there.to_numpy(zero_copy_only=False).astype(np.int64)


def _number_rows(parts: list[tuple[Any, int]], rows: int) -> tuple[Any, Any]:
    """Rows numbered by what they say, by first appearance; and the first row of each number."""
    keys = np.zeros(rows, np.int64)
    span = 1
    for places, size in parts:
        if span > (1 << 60) // size:
            keys, firsts = _number_keys(keys)
            span = len(firsts)
        keys = keys * size + places
        span *= size
    return _number_keys(keys)


def _number_keys(keys: Any) -> tuple[Any, Any]:
    room = 1 << 12
    while True:
        numbers, firsts, many = _hash_keys(keys, room)
        if many <= room // 2:
            return numbers, firsts[:many]
        room *= 4


@prepared
def _hash_keys(keys: Any, room: int) -> tuple[Any, Any, int]:
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
