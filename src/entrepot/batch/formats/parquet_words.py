"""Columns of words as Parquet pages: a dictionary, and the place of each row's word in a fixed number of bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from entrepot.batch.formats.parquet_chunk import (
    BY_DICTIONARY,
    TEXTS,
    EncodedColumn,
    data_page,
    dictionary_page,
    levels,
    packed,
    run,
)
from entrepot.batch.kernel.compiler import compiled_with_arrays

#: Counters of one word, used in turn: adding to one again at once, as where most rows have one word, is slower.
COUNTERS = 4
#: The most words, and bytes of one and of all, so that PyArrow would write a dictionary and statistics too.
MAX_WORDS, MAX_WORD, MAX_BYTES = 1 << 16, 1_000, 1 << 18


def encode_words(column: pa.ChunkedArray, *, in_order: bool) -> EncodedColumn | None:
    """A column of texts with one dictionary; None where no text is known, or the words are many, long or null.

    `in_order`: only the words that a row has, in the order of the alphabet; otherwise the dictionary as it is.

    >>> column = pa.chunked_array([pa.array(["open", None, "closed", "open"]).dictionary_encode()])
    >>> found = encode_words(column, in_order=True)
    >>> found.nulls, found.lowest, found.highest, found.text_bytes
    (1, b'closed', b'open', 14)
    """
    rows, many, begin = len(column), 0, 0
    words = _words_of(column)
    if not words:
        return None
    places, known = np.empty(rows + 1, np.int32), np.empty(rows, np.bool_)
    counts = np.zeros((COUNTERS, len(words)), np.int64)
    for chunk in column.chunks:
        many = _gather_places(*_indices(chunk.indices), places, known, counts, begin, many)
        begin += len(chunk)
    counts = counts.sum(axis=0)
    used = [words[at] for at in np.flatnonzero(counts).tolist()]
    if not used:
        return None
    place_of = np.arange(len(words), dtype=np.int32)
    lengths = np.array([len(each) for each in words], np.int64)
    lowest, highest = min(used), max(used)
    if in_order:
        place = {word: at for at, word in enumerate(sorted(set(used)))}
        place_of = np.array([place.get(word, 0) for word in words], np.int32)
        words = list(place)
    content = levels(known, many) + _places(places[:many], place_of, len(words), single=lowest == highest)
    compressed = pa.compress(content, "zstd", asbytes=True)
    written = b"".join(len(word).to_bytes(4, "little") + word for word in words)
    return EncodedColumn(
        data_page(compressed, len(content), rows, BY_DICTIONARY),
        dictionary_page(pa.compress(written, "zstd", asbytes=True), len(written), len(words)),
        rows,
        rows - many,
        lowest,
        highest,
        int((counts * lengths).sum()),
        TEXTS,
    )


def _words_of(column: pa.ChunkedArray) -> list[bytes]:
    """The words of the dictionary that all chunks share; nothing where they are not fit."""
    if not pa.types.is_dictionary(column.type) or not pa.types.is_string(column.type.value_type):
        return []
    first = column.chunk(0).dictionary if column.num_chunks else pa.array([], pa.string())
    if not 0 < len(first) <= MAX_WORDS or first.null_count or first.nbytes > MAX_BYTES:
        return []
    if any(each.dictionary is not first and not each.dictionary.equals(first) for each in column.chunks[1:]):
        return []
    words = first.cast(pa.binary()).to_pylist()
    return [] if max(map(len, words)) > MAX_WORD else words


def _indices(indices: pa.Array) -> tuple[Any, Any, int]:
    """The indices of a chunk; the bits of those known, nothing where all are, and the first."""
    bits, content = indices.buffers()
    form = indices.type.to_pandas_dtype()
    places = np.frombuffer(content, form)[indices.offset : indices.offset + len(indices)].astype(np.int32)
    known = np.empty(0, np.uint8) if bits is None else np.frombuffer(bits, np.uint8)
    known.flags.writeable = False  # one type of array for the compiled loop
    return places, known, indices.offset


def _places(places: Any, place_of: Any, words: int, *, single: bool) -> bytes:
    """The number of bits of a place, then all of them; a run where all are equal."""
    width = max(1, (words - 1).bit_length())
    if single:
        return bytes([width]) + run(len(places), int(place_of[places[0]]).to_bytes((width + 7) // 8, "little"))
    groups = (len(places) + 7) // 8
    out = np.zeros(groups * width + 8, np.uint8)
    _pack(places, place_of, width, out)
    return bytes([width]) + packed(out[: groups * width].tobytes(), groups)


@compiled_with_arrays
def _gather_places(
    cells: Any, bits: Any, offset: int, places: Any, known: Any, counts: Any, begin: int, many: int
) -> Any:
    """Appends the known places to the `many` so far, and counts them; returns how many there are."""
    at = np.uint64(many)
    if len(bits) == 0:
        known[begin : begin + len(cells)] = True
        places[many : many + len(cells)] = cells
        _count_places(places, many, many + len(cells), counts)
        return np.int64(many + len(cells))
    for i in range(len(cells)):
        place = np.uint64(offset + i)
        known[begin + i] = (bits[place >> np.uint64(3)] >> (place & np.uint64(7))) & 1
    for i in range(len(cells)):
        places[at] = cells[i]
        at += np.uint64(known[np.uint64(begin + i)])
    _count_places(places, many, np.int64(at), counts)
    return np.int64(at)


@compiled_with_arrays
def _count_places(places: Any, begin: int, end: int, counts: Any) -> None:
    """Adds to the counts of places, one counter after the other."""
    for i in range(begin, end):
        counts[np.uint32(i) % np.uint32(COUNTERS), np.uint32(places[i])] += 1


@compiled_with_arrays
def _pack(places: Any, place_of: Any, width: int, out: Any) -> None:
    """Writes the new places, `width` bits each, the lowest first."""
    word, filled, at = np.uint64(0), np.uint64(0), np.uint64(0)
    for i in range(len(places)):
        word |= np.uint64(np.uint32(place_of[np.uint32(places[i])])) << filled
        filled += np.uint64(width)
        if filled >= np.uint64(32):
            for byte in range(4):
                out[at + np.uint64(byte)] = np.uint8(word >> np.uint64(8 * byte))
            at += np.uint64(4)
            word >>= np.uint64(32)
            filled -= np.uint64(32)
    for byte in range(8):
        if filled > np.uint64(8 * byte):
            out[at + np.uint64(byte)] = np.uint8(word >> np.uint64(8 * byte))
