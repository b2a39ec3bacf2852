"""Big-endian numbers of equal width as a frame of Zstandard (RFC 8878), without the search for equal bytes.

Numbers that follow each other mostly begin with the same bytes. So each is written as a sequence: a match with the
number before it, whose distance never changes, and its last bytes as literals. How many these are is told in a few bits
by two tables of finite state entropy (FSE). Any decoder reads such a frame. The terms are those of the RFC.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.kernel.compiler import compiled_with_arrays

#: Bytes of a number, at least and at most. Those that differ from the number before it are at least one, because a
#: sequence without literals would change the meaning of the distance, and at most those of 64 bits.
MIN_WIDTH, MAX_WIDTH, MAX_LITERALS = 5, 11, 8
#: The fewest numbers of a frame.
MIN_NUMBERS = 3
#: The most bytes of a block, and so before the numbers; numbers of a block.
MAX_BLOCK = 128 << 10
BLOCK_NUMBERS = MAX_BLOCK // MAX_WIDTH
#: The most bytes that a number takes, with its share of what a block begins with; those of the frame besides.
SPACE, MARGIN = 11, 1 << 10
#: The shortest match that a sequence can have, which has the code 0.
MIN_MATCH = 3
#: The number of bits of a state.
STATE_BITS = 8
STATES = 1 << STATE_BITS
#: A frame of one segment whose size has four bytes.
_MAGIC, _ONE_SEGMENT = b"\x28\xb5\x2f\xfd", b"\xa0"
_RAW, _COMPRESSED = 0, 2
#: How the codes of literals, distances and matches are told: each by one byte; then by a table, one byte, a table; then
#: as in the block before.
_ONE_CODE_EACH, _BY_TABLES, _AS_BEFORE = 0b01_01_01_00, 0b10_01_10_00, 0b11_01_11_00
#: The code of a distance that is given, here from 5 to 12, which follows in three bits; of that of the last match.
_GIVEN, _LAST_DISTANCE = 3, 0


class _Table(NamedTuple):
    """A table of finite state entropy, as an encoder uses it.

    `description`: its bytes in a block. `states`: the next states by symbol. `bits`, `shifts`: of each symbol, what
    gives the number of bits to write, and the place of the next state.
    """

    description: bytes
    states: Any
    bits: Any
    shifts: Any


def _table(shares: list[int]) -> _Table:
    """The table of symbols with these shares of STATES."""
    symbols, at = np.zeros(STATES, np.int64), 0
    for symbol, share in enumerate(shares):
        for _ in range(share):
            symbols[at] = symbol
            at = (at + (STATES >> 1) + (STATES >> 3) + 3) % STATES
    states = STATES + np.argsort(symbols, kind="stable")
    bits, shifts, before = np.zeros(len(shares), np.int64), np.zeros(len(shares), np.int64), 0
    for symbol, share in enumerate(shares):
        most = STATE_BITS if share == 1 else STATE_BITS - ((share - 1).bit_length() - 1)
        bits[symbol] = (most << 16) - (share << most) if share else 0
        shifts[symbol] = before - share
        before += share
    return _Table(_description(shares), states, bits, shifts)


def _description(shares: list[int]) -> bytes:
    """The description of a table: each share in as many bits as the largest that is left needs."""
    content, size = STATE_BITS - 5, 4
    left, threshold, bits, symbol = STATES + 1, STATES, STATE_BITS + 1, 0
    while left > 1:
        value, most = shares[symbol] + 1, 2 * threshold - 1 - left
        short = value < most
        content |= (value + most if value >= threshold else value) << size
        size += bits - short
        left -= shares[symbol]
        symbol += 1
        if value == 1:  # after a share of nothing two bits say how many more there are
            size += 2
        while left < threshold:
            bits, threshold = bits - 1, threshold >> 1
    return content.to_bytes((size + 7) // 8, "little")


def _shares(counts: Any) -> list[int]:
    """Shares of STATES for literals of one byte, two bytes and so on; none is nothing."""
    total = int(counts.sum()) + len(counts)
    shares = [max(1, (int(many) + 1) * STATES // total) for many in counts]
    shares[shares.index(max(shares))] += STATES - sum(shares)
    return shares


def _block(kind: int, content: bytes) -> bytes:
    return (len(content) << 3 | kind << 1).to_bytes(3, "little") + content


def max_literals(width: int) -> int:
    """The most bytes of a number that may differ from the one before: the others are a match, which has three at least.

    >>> max_literals(6), max_literals(11)
    (3, 8)
    """
    return width - MIN_MATCH


def write_frame(head: bytes, numbers: Any, lengths: Any, counts: Any, out: Any, width: int) -> int:
    """Writes a frame of some bytes and then numbers into `out`; returns its size.

    `numbers`, `lengths`, `counts`: see `measure`; no length is above `max_literals(width)`. `out` has room for `head`,
    SPACE bytes for each number, and MARGIN.

    >>> import pyarrow as pa
    >>> numbers, out = np.array([70, 0, 1_000, 1_000, 5]), np.empty(2_000, np.uint8)
    >>> lengths = np.empty(len(numbers), np.uint8)
    >>> size = write_frame(b"head", numbers, lengths, measure(numbers, lengths).counts, out, 6)
    >>> found = pa.Codec("zstd").decompress(out[:size], 4 + 5 * 6).to_pybytes()
    >>> found[:4], [int.from_bytes(found[4 + at * 6 : 4 + (at + 1) * 6]) for at in range(5)]
    (b'head', [70, 0, 1000, 1000, 5])
    """
    most = max_literals(width)
    shares = _shares(counts[1 : most + 1])
    by_literals, by_match = _table([0, *shares]), _table(shares[::-1])
    first, second = int(lengths[0]), int(lengths[1])
    size = len(head) + width * len(numbers)
    begin = _MAGIC + _ONE_SEGMENT + size.to_bytes(4, "little") + _block(_RAW, head + bytes(width - first))
    # The first number is a block of its own: its sequence gives the distance, the others use it.
    literals = bytes([first << 3]) + int(numbers[0]).to_bytes(first)
    given = 0b1_000 | width - MIN_WIDTH  # a bit that says where the bits end, and the distance
    codes = bytes([1, _ONE_CODE_EACH, first, _GIVEN, most - second, given])
    begin += _block(_COMPRESSED, literals + codes)
    tables = by_literals.description + bytes([_LAST_DISTANCE]) + by_match.description
    told = (
        np.frombuffer(bytes([_BY_TABLES]) + tables, np.uint8),
        np.frombuffer(bytes([_AS_BEFORE, _LAST_DISTANCE]), np.uint8),
    )
    out[: len(begin)] = np.frombuffer(begin, np.uint8)
    at = len(begin)
    for start in range(1, len(numbers), BLOCK_NUMBERS):
        arrays = by_literals[1:], by_match[1:], told[start > 1], out
        at = _write_block(numbers, lengths, start, min(start + BLOCK_NUMBERS, len(numbers)), most, *arrays, at)
    return at


class Measures(NamedTuple):
    """The lowest and the highest of some numbers, how many equal the one before, and how many need so many literals."""

    lowest: int
    highest: int
    equal: int
    counts: Any


def measure(numbers: Any, lengths: Any) -> Measures:
    """Writes into `lengths` how many bytes of each number are literals. The numbers are 64-bit and not negative."""
    counts = np.zeros(MAX_LITERALS + 1, np.int64)
    lowest, highest, equal = _measure(numbers, lengths, counts)
    return Measures(lowest, highest, equal, counts)


@compiled_with_arrays
def _measure(numbers: Any, lengths: Any, counts: Any) -> tuple[Any, Any, Any]:
    before, equal = np.int64(0), np.int64(0)
    lowest, highest = numbers[0], numbers[0]
    for i in range(len(numbers)):
        number = numbers[i]
        other = number ^ before
        before = number
        length = 1
        for byte in range(1, MAX_LITERALS):
            length += other >> 8 * byte > 0
        lengths[i] = length
        equal += other == 0
        lowest, highest = min(lowest, number), max(highest, number)
    for i in range(len(numbers)):
        counts[lengths[i]] += 1
    return lowest, highest, equal


@compiled_with_arrays
def _put(out: Any, at: Any, word: Any) -> None:
    """Writes the eight bytes of a number, the lowest first; compiled to one instruction."""
    for byte in range(8):
        out[at + np.uint64(byte)] = np.uint8(word >> np.uint64(8 * byte))


@compiled_with_arrays
def _put_first(out: Any, at: Any, word: Any) -> None:
    """Writes the eight bytes of a number, the highest first; compiled to two instructions."""
    for byte in range(8):
        out[at + np.uint64(byte)] = np.uint8(word >> np.uint64(56 - 8 * byte))


@compiled_with_arrays
def _first_state(table: Any, symbol: int) -> Any:
    """A state of a symbol, from which a decoder needs no more bits."""
    states, bits, shifts = table
    many = (bits[symbol] + (1 << 15)) >> 16
    return states[(((many << 16) - bits[symbol]) >> many) + shifts[symbol]]


@compiled_with_arrays
def _write_block(
    numbers: Any,
    lengths: Any,
    begin: int,
    end: int,
    most: int,
    literals: Any,
    matches: Any,
    told: Any,
    out: Any,
    start: int,
) -> Any:
    """Writes a block with the literals of the numbers from `begin` to `end`, each followed by the match of the next.

    The last number of a frame has no match after it. Returns where the block ends.
    """
    at = np.uint64(start + 6)
    for i in range(begin, end):
        length = np.uint64(lengths[i])
        _put_first(out, at, np.uint64(numbers[i]) << np.uint64(64) - np.uint64(8) * length)
        at += length
    n_literals, last = at - np.uint64(start + 6), end == len(numbers)
    stop = end - 1 if last else end
    many = stop - begin
    out[at], out[at + np.uint64(1)] = 128 + (many >> 8), many & 255
    at += np.uint64(2)
    if many == 0:
        out[at - np.uint64(2)] = 0
        at -= np.uint64(1)
    else:
        for byte in told:
            out[at] = byte
            at += np.uint64(1)
        at = _write_sequences(lengths, begin, stop, most, literals, matches, out, at)
    size = at - np.uint64(start + 3)
    block = size << np.uint64(3) | np.uint64(_COMPRESSED << 1 | last)
    section = n_literals << np.uint64(4) | np.uint64(3 << 2)  # literals as they are, their number in 20 bits
    for byte in range(3):
        out[start + byte] = np.uint8(block >> np.uint64(8 * byte))
        out[start + 3 + byte] = np.uint8(section >> np.uint64(8 * byte))
    return np.int64(at)


@compiled_with_arrays
def _write_sequences(
    lengths: Any, begin: int, end: int, most: int, literals: Any, matches: Any, out: Any, at: Any
) -> Any:
    """Writes the bits of sequences, the last one first, because a decoder reads them backwards."""
    states, bits, shifts = literals
    match_states, match_bits, match_shifts = matches
    state = _first_state(literals, np.int64(lengths[end - 1]))
    match_state = _first_state(matches, most - np.int64(lengths[end]))
    word, filled = np.uint64(0), np.uint64(0)
    for i in range(end - 2, begin - 1, -1):
        symbol, match = np.int64(lengths[i]), most - np.int64(lengths[i + 1])
        many = (match_state + match_bits[match]) >> 16
        word |= np.uint64(match_state & ((1 << many) - 1)) << filled
        filled += np.uint64(many)
        match_state = match_states[(match_state >> many) + match_shifts[match]]
        many = (state + bits[symbol]) >> 16
        word |= np.uint64(state & ((1 << many) - 1)) << filled
        filled += np.uint64(many)
        state = states[(state >> many) + shifts[symbol]]
        _put(out, at, word)
        whole = filled >> np.uint64(3)
        at += whole
        word >>= whole << np.uint64(3)
        filled &= np.uint64(7)
    word |= np.uint64(match_state & (STATES - 1)) << filled
    word |= np.uint64(state & (STATES - 1)) << filled + np.uint64(STATE_BITS)
    filled += np.uint64(2 * STATE_BITS)
    _put(out, at, word | np.uint64(1) << filled)  # a bit that says where the bits end
    return at + (filled >> np.uint64(3)) + np.uint64(1)
