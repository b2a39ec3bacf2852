"""Numbers the combinations of text fields (buyer, origin, transport …): rows with the same values get one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.rows.cells import in_normal_form, read_cells, read_constant
from entrepot.batch.rows.columns import EXCHANGE_PREFIX, Columns, Field, field_of, is_list_of_values, is_number
from entrepot.model.errors import SaleError

#: The fields that decide, with the origin and the date, which law and which plan a line has. The others are numbers.
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
#: Separators for joining a list: the first character that occurs in none of its words.
SEPARATORS = "\x1f\x1e\x1d\x1c" + "".join(map(chr, range(0xE000, 0xE400)))
#: Fields of which the plan depends only on whether they are given.
PRESENCE_FIELDS = ("shipping_cost", "insurance_cost", "quantity", "items", "buyer_tax_ids")

#: The most dictionaries in the cache, and the most values of a field.
MAX_DICTIONARIES, MAX_VALUES = 64, 1_000_000


class GivenFields(dict[str, Any]):
    """The values of the fields that the rows of one number give."""

    def key(self) -> tuple[tuple[str, Any], ...]:
        """The same for the same values, in any table."""
        return tuple(sorted(self.items()))


class DictionaryCache:
    """The values of Arrow dictionaries in the latest batches: those of one table are the same in every batch."""

    def __init__(self) -> None:
        self._cells: dict[Any, tuple[Any, list[Any]]] = {}
        self._values: dict[str, dict[Any, int]] = {}
        self._numbers: dict[str, tuple[Sequence[Any], Any]] = {}
        self.generation = 0

    def cells(self, dictionary: Any, field: Field, field_name: str) -> list[Any]:
        """The value of each index of a dictionary, then None for no index; the same list for the same dictionary."""
        where = tuple((part.address, part.size) if part else None for part in dictionary.buffers())
        key = (field_name, where, dictionary.offset, len(dictionary), dictionary.type)
        if key not in self._cells:
            if len(self._cells) > MAX_DICTIONARIES:
                self._cells.clear()
            # Keeping the dictionary keeps its memory address from being used for another.
            self._cells[key] = dictionary, [*read_cells(dictionary, field, field_name), None]
        return self._cells[key][1]

    def trim(self) -> None:
        """Clears the numbers of values where there are too many: another generation begins."""
        if any(len(known) > MAX_VALUES for known in self._values.values()):
            self._values.clear()
            self._numbers.clear()
            self.generation += 1

    def value_numbers(self, field_name: str, values: Sequence[Any]) -> Any:
        """A number for each value of a field, the same for the same value in any table of one `generation`.

        A cell that cannot be read is -1, an empty one -2.
        """
        before = self._numbers.get(field_name)
        if before is None or before[0] is not values:
            known = self._values.setdefault(field_name, {})
            before = values, np.array([_value_number(value, known) for value in values], np.int32)
            self._numbers[field_name] = before
        return before[1]


def _value_number(value: Any, known: dict[Any, int]) -> int:
    if value is None:
        return -2
    return -1 if isinstance(value, SaleError) else known.setdefault(value, len(known))


class EncodedRows(NamedTuple):
    """The combinations of text fields in a batch: a number for each row.

    `keys`: for each number what distinguishes it, in any table of this `form`. `fields_of(number)`: its values.
    """

    numbers: Any
    form: Any
    keys: list[bytes]
    constants: dict[str, Any]
    parts: list[CodedColumn]
    firsts: Any

    def fields_of(self, number: int) -> GivenFields | None:
        """The values of a number; None where a cell cannot be read."""
        found, row = GivenFields(), int(self.firsts[number])
        given = [*self.constants.items(), *((part.field_name, part.known[part.indices[row]]) for part in self.parts)]
        for field_name, value in given:
            if isinstance(value, SaleError):
                return None
            if value is not None:
                found[field_name] = value
        return found


class CodedColumn(NamedTuple):
    """A column of texts: for each row the index of its value among the known values."""

    indices: Any
    known: Sequence[Any]
    field_name: str


def encode_rows(batch: Any, columns: Columns, cache: DictionaryCache) -> EncodedRows:
    """Numbers the rows of a batch by their text fields.

    `cache`: the values of the dictionaries in earlier batches.
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
        indices, known = _dictionary_encode(column, field, field_name, cache)
        holes = indices.null_count
        if holes:
            indices = pc.fill_null(indices, len(known) - 1)
        if len(known) > 2 or holes:
            parts.append(CodedColumn(indices.to_numpy(zero_copy_only=False), known, field_name))
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
    numbers, firsts = number_rows([(part.indices, len(part.known)) for part in parts], batch.num_rows)
    cache.trim()
    numbers_of_parts = [cache.value_numbers(part.field_name, part.known)[part.indices[firsts]] for part in parts]
    form = (cache.generation, tuple(part.field_name for part in parts), _constants_key(constants))
    return EncodedRows(numbers, form, _row_keys(numbers_of_parts, len(firsts)), constants, parts, firsts)


def _constants_key(constants: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Constants by their names; errors are all alike."""
    return tuple(
        sorted(
            (field_name, SaleError if isinstance(value, SaleError) else value)
            for field_name, value in constants.items()
        )
    )


def _row_keys(numbers_of_parts: list[Any], many: int) -> list[bytes]:
    """The numbers of each row, joined."""
    if not numbers_of_parts:
        return [b""] * many
    wide = np.ascontiguousarray(np.stack(numbers_of_parts, axis=1))
    whole: list[bytes] = wide.view(f"V{wide.shape[1] * wide.itemsize}")[:, 0].tolist()
    return whole


def _dictionary_encode(column: Any, field: Field, field_name: str, cache: DictionaryCache) -> tuple[Any, list[Any]]:
    """The indices of a column's cells, and the value of each.

    Arrow dictionaries hold no lists: the words of a list are joined by a character that occurs in none of them.
    """
    if pa.types.is_dictionary(column.type):
        # An index after the last, for null, may not fit in the type of the indices.
        indices = column.indices.cast(pa.int64()) if column.indices.null_count else column.indices
        return indices, cache.cells(column.dictionary, field, field_name)
    if not is_list_of_values(column.type):
        coded = pc.dictionary_encode(column)
        return coded.indices, [*read_cells(coded.dictionary, field, field_name), None]
    joined, between = _join_lists(column)
    coded = pc.dictionary_encode(joined)
    parts = [text.split(between) for text in coded.dictionary.to_pylist()]
    words = [tuple(word.strip() for word in each if word.strip()) for each in parts]
    return coded.indices, [*(in_normal_form(each, field, field_name) for each in words), None]


def _join_lists(column: Any) -> tuple[Any, str]:
    """Lists as texts, and the separator of their words; null stays null, whatever words it has in its buffer."""
    words = pc.fill_null(pc.cast(column.values, pa.string()), "")
    between = next(character for character in SEPARATORS if not pc.any(pc.match_substring(words, character)).as_py())
    joined = pc.binary_join(pa.ListArray.from_arrays(pc.cast(column.offsets, pa.int32()), words), between)
    return (pc.if_else(column.is_valid(), joined, None) if column.null_count else joined), between


def _is_given(column: Any) -> Any:
    """Which cells hold something: not an empty text, nor a list of empty texts."""
    if pa.types.is_dictionary(column.type):
        known = np.append(_is_given(column.dictionary), 0) if len(column.dictionary) else np.zeros(1, np.int64)
        indices = pc.fill_null(column.indices.cast(pa.int64()), len(known) - 1)
        return known[indices.to_numpy(zero_copy_only=False)]
    if is_list_of_values(column.type):
        column = _join_lists(column)[0]
        column = pc.replace_substring_regex(column, f"[{SEPARATORS}]", "")
    there = pc.is_valid(column)
    if not is_number(column.type):
        # Separators alone are not a word of a list.
        text = pc.utf8_trim_whitespace(pc.utf8_trim(column.cast(pa.large_string()), " \t\r\n\v\f,;"))
        there = pc.and_(there, pc.fill_null(pc.not_equal(text, ""), False))
    return there.to_numpy(zero_copy_only=False).astype(np.int64)


def number_rows(parts: list[tuple[Any, int]], rows: int) -> tuple[Any, Any]:
    """Rows numbered by their values, by first appearance; and the first row of each number."""
    keys = np.zeros(rows, np.int64)
    span = 1
    for indices, size in parts:
        if span > (1 << 60) // size:
            keys, firsts = number_keys(keys)
            span = len(firsts)
        keys = keys * size + indices
        span *= size
    return number_keys(keys)


def number_keys(keys: Any) -> tuple[Any, Any]:
    """Whole numbers of 64 bits numbered by first appearance; and the first place of each number.

    >>> numbers, firsts = number_keys(np.array([70, 5, 70]))
    >>> numbers.tolist(), firsts.tolist()
    ([0, 1, 0], [0, 1])
    """
    slots = 1 << 12
    while True:
        numbers, firsts, many = _hash_keys(keys, slots)
        if many <= slots // 2:
            return numbers, firsts[:many]
        slots *= 4


@compiled_with_arrays
def _hash_keys(keys: Any, slots: int) -> tuple[Any, Any, int]:
    """Numbers by first appearance, through a hash table of `room` slots, a power of two; `many` above half: too few."""
    table = np.full(slots, -1, np.int64)
    firsts = np.empty(slots, np.int64)
    numbers = np.empty(len(keys), np.int64)
    many = 0
    for i in range(len(keys)):
        key = keys[i]
        at = ((key * np.int64(-7046029254386353131)) >> 20) & (slots - 1)
        while table[at] >= 0 and keys[firsts[table[at]]] != key:
            at = (at + 1) & (slots - 1)
        if table[at] < 0:
            if many >= slots // 2:
                return numbers, firsts, slots
            table[at] = many
            firsts[many] = i
            many += 1
        numbers[i] = table[at]
    return numbers, firsts, many
