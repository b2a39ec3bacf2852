"""The model: for each feature a short list of codes with weights, read from a file that comes with the package.

Features that several names of the training have, and codes, have vectors too. `bench/classify/train.py` writes the
file. A code of the list may be a chapter, a heading or a subheading.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from functools import lru_cache
from math import exp
from operator import itemgetter
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

FILE = Path(__file__).parent / "model.bin"
MANIFEST = Path(__file__).parent / "model.json"
_SIGN = b"ENTCLS1\n"
#: The features that are kept as they were read; the words of a table come again.
MOST_FEATURES = 8192
#: Of each byte with a sign, 128 more.
_MORE = bytes((byte + 128) % 256 for byte in range(256))
_FLOATS = tuple(map(float, range(256)))


class Header(msgspec.Struct, kw_only=True):
    """The beginning of the file: the codes of the nodes, how many features and weights there are, and the scales.

    `biases`: what each node has without any feature. `sure`: the probability from which an answer is sure; `sure_name`:
    that of a description that is a name of one code. `evidence`: what each number of `confidence.evidence` counts;
    `units`: what it counts in each hidden unit; `hidden`: what these count. `recalled`, `terms`, `uses`: how many names
    and terms are recalled by their words, how many words they have, and how many times; `length`: their mean number of
    words; `weight`: what recall counts. `vectors`: how many features have one, of so many numbers (`width`);
    `likeness`: what a product of two vectors counts.
    """

    nodes: list[str]
    biases: list[float]
    features: int
    weights: int
    scale: float
    temperature: float
    sure: float
    sure_name: float = 1.0
    evidence: list[float] = []
    hidden: list[float] = []
    units: list[list[float]] = []
    recalled: int = 0
    terms: int = 0
    uses: int = 0
    length: float = 1.0
    weight: float = 0.0
    vectors: int = 0
    width: int = 0
    likeness: float = 0.0


class Model:
    """The weights of all features."""

    def __init__(self, header: Header, body: memoryview) -> None:
        self.header = header
        self.nodes = header.nodes
        self.biases = header.biases
        self.place = {code: at for at, code in enumerate(header.nodes)}
        #: The subheadings of each heading, by their places.
        self.under: dict[str, list[int]] = {}
        for at, code in enumerate(header.nodes):
            if len(code) == 6:
                self.under.setdefault(code[:4], []).append(at)
        #: Of each node the number of its heading, -1 for a chapter; of each heading its code, its place, that of its
        #: chapter, and those of its subheadings.
        #: `heading_of_subheading`: the same, but -1 for a heading too.
        numbers = {heading: number for number, heading in enumerate(self.under)}
        self.heading_of = [numbers.get(code[:4], -1) for code in header.nodes]
        self.heading_of_subheading = [
            number if len(code) == 6 else -1 for number, code in zip(self.heading_of, header.nodes, strict=True)
        ]
        self.headings = [
            (heading, self.place[heading], self.place[heading[:2]], under) for heading, under in self.under.items()
        ]
        #: Of each heading: what takes the values of its subheadings, two or more, from a list; their largest bias.
        self.subheadings = [itemgetter(*under, under[0]) for under in self.under.values()]
        self.largest = [max(self.biases[at] for at in under) for under in self.under.values()]
        heat = header.temperature
        #: What all subheadings weigh in a softmax when no feature speaks for any.
        self.rest = sum(
            exp(heat * (self.biases[at] + self.biases[self.place[heading]] + self.biases[self.place[heading[:2]]]))
            for heading, under in self.under.items()
            for at in under
        )
        parts = _arrays(header, body, sum(map(len, self.under.values())))
        self._keys, self._ends, self.places, self.values = parts[:4]
        self._words, self._word_ends, self._names, self.place_of_name, self.length_of_name = parts[4:9]
        self._vector_keys, self._vectors, rows, self.code_biases = parts[9:]
        #: The vector of each six-digit code; its numbers are 128 more than they are.
        self.code_vectors = rows.tobytes().translate(_MORE)
        #: The number of each six-digit code among these.
        self.number = {code: at for at, code in enumerate(code for code in header.nodes if len(code) == 6)}
        #: Features that were asked for, as `feature` returns them.
        self.features: dict[int, tuple[int, int, int]] = {}
        #: Vectors of codes that were asked for, as `row` returns them.
        self.rows: dict[str, tuple[float, ...]] = {}

    def span(self, key: int) -> tuple[int, int] | None:
        """Where the weights of a feature begin and end; None for an unknown feature."""
        at = bisect_left(self._keys, key)
        if at < len(self._keys) and self._keys[at] == key:
            return self._ends[at], self._ends[at + 1]
        return None

    def feature(self, key: int) -> tuple[int, int, int]:
        """Where the weights of a feature begin and end, and its vector as one number: 32 bits for each of its numbers.

        The numbers are 128 more than they are in the vector. All are 0 for what a feature does not have.
        """
        begin, end, lanes = 0, 0, 0
        if (own := self.span(key)) is not None:  # a feature without weights has no vector
            begin, end = own
            at = bisect_left(self._vector_keys, key)
            if at < len(self._vector_keys) and self._vector_keys[at] == key:
                width = self.header.width
                wide = bytearray(4 * width)
                wide[::4] = self._vectors[at * width : (at + 1) * width].tobytes()
                lanes = int.from_bytes(wide, "little")
        if len(self.features) >= MOST_FEATURES:
            self.features.clear()
        self.features[key] = found = begin, end, lanes
        return found

    def row(self, code: str) -> tuple[float, ...]:
        """The vector of a six-digit code, as numbers by which others are multiplied; the codes of a table come again.

        The numbers are 128 more than they are in the vector.
        """
        width, at = self.header.width, self.number[code]
        own = self.code_vectors[at * width : (at + 1) * width]
        self.rows[code] = found = tuple(map(_FLOATS.__getitem__, own))
        return found

    def knows(self, word: str) -> bool:
        """Whether a word, as `described_words` has it, is one of the training."""
        return self.span(crc32(f"1{word}".encode())) is not None or len(self.names_with(crc32(word.encode()))) > 0

    def names_with(self, key: int) -> array[int]:
        """The names and terms that have a word, by their numbers."""
        at = bisect_left(self._words, key)
        if at < len(self._words) and self._words[at] == key:
            return self._names[self._word_ends[at] : self._word_ends[at + 1]]
        return self._names[:0]


def _arrays(header: Header, body: memoryview, subheadings: int) -> list[array[Any]]:
    """The arrays of a file, in little-endian order there."""
    weights = (header.features, header.features + 1, header.weights, header.weights)
    recalled = (header.terms, header.terms + 1, header.uses, header.recalled, header.recalled)
    width = header.width
    vectors = (header.vectors, header.vectors * width, subheadings * width, subheadings) if width else (0, 0, 0, 0)
    parts, begin = [], 0
    for kind, count in zip("IIHbIIHHBIBbf", (*weights, *recalled, *vectors), strict=True):
        part: array[Any] = array(kind)
        size = part.itemsize * count
        part.frombytes(body[begin : begin + size])
        begin += size
        if sys.byteorder == "big" and part.itemsize > 1:
            part.byteswap()
        parts.append(part)
    return parts


@lru_cache(maxsize=1)
def model() -> Model:
    """The model of the package."""
    return read(FILE.read_bytes())


def read(data: bytes) -> Model:
    """A model from the content of its file."""
    if not data.startswith(_SIGN):
        raise ValueError("This is not a file of the classifier.")
    view = memoryview(data)
    size = int.from_bytes(view[8:12], "little")
    return Model(msgspec.json.decode(view[12 : 12 + size], type=Header), view[12 + size :])


def write(header: Header, *parts: bytes) -> bytes:
    """The content of a model's file, from arrays in little-endian order."""
    head = msgspec.json.encode(header)
    return b"".join((_SIGN, len(head).to_bytes(4, "little"), head, *parts))
