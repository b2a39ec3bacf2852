"""The model: for each feature a short list of codes with weights, read from a file that comes with the package.

Features that several names of the training have, and codes, have vectors too. `bench/classify/train.py` writes the
file. A code of the list may be a chapter, a heading or a subheading.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import exp
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

FILE = Path(__file__).parent / "model.bin"
MANIFEST = Path(__file__).parent / "model.json"
_SIGN = b"ENTCLS1\n"
#: The features that are kept as they were read; the words of a table come again.
MOST_FEATURES = 8192
#: A feature: the places of its nodes, the weight of each, and its vector (see `Model.feature`).
Feature = tuple[Sequence[int], Sequence[int], int]
#: What the model does not know. A feature that it knows may have no weights.
UNKNOWN: Feature = (array("H"), array("b"), 0)
#: Of each byte with a sign, 128 more.
_ROWS = tuple(float((byte + 128) % 256) for byte in range(256))
#: The arrays of the file of which parts are read where it is mapped.
_MAPPED = (2, 3, 6, 10, 11)


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


class Heading(NamedTuple):
    """A heading: its code, its place among the nodes, that of its chapter, and where its subheadings begin and end."""

    code: str
    place: int
    chapter: int
    begin: int
    end: int


class Parts(NamedTuple):
    """The arrays of a file: of features, of words of names, and of vectors.

    `ends`: where the weights of each feature begin, and the end; `word_ends`: the same of the names of words.
    """

    keys: Sequence[int]
    ends: Sequence[int]
    places: Any
    values: Any
    words: Sequence[int]
    word_ends: Sequence[int]
    names: Any
    place_of_name: Sequence[int]
    length_of_name: Sequence[int]
    vector_keys: Sequence[int]
    vectors: Any
    code_vectors: Any
    code_biases: Sequence[float]


class Model:
    """The weights of all features."""

    def __init__(self, header: Header, body: memoryview) -> None:
        self.header = header
        self.nodes = header.nodes
        self.biases = header.biases
        self.place = {code: at for at, code in enumerate(header.nodes)}
        self.headings = _headings(header.nodes, self.place)
        #: Of each heading its number among `headings`; of each node that of its heading, -1 for a chapter.
        self.number_of_heading = {each.code: number for number, each in enumerate(self.headings)}
        self.heading_of = [self.number_of_heading.get(code[:4], -1) for code in header.nodes]
        heat = header.temperature
        #: What all subheadings weigh in a softmax when no feature speaks for any.
        self.rest = sum(
            exp(heat * (self.biases[at] + self.biases[each.place] + self.biases[each.chapter]))
            for each in self.headings
            for at in range(each.begin, each.end)
        )
        self.parts = _parts(header, body, sum(each.end - each.begin for each in self.headings))
        self.place_of_name, self.length_of_name = self.parts.place_of_name, self.parts.length_of_name
        self.code_biases = self.parts.code_biases
        #: The number of each six-digit code among these.
        self.number = {code: at for at, code in enumerate(code for code in header.nodes if len(code) == 6)}
        #: Features that were asked for, as `feature` returns them, and those that were asked for before.
        self.features: dict[int, Feature] = {}
        self._before: dict[int, Feature] = {}
        #: Vectors of codes that were asked for, as `row` returns them.
        self.rows: dict[str, tuple[float, ...]] = {}
        self._known: dict[str, bool] = {}
        #: The model as arrays of numpy (`array_sums.Arrays`), made when they are first asked for.
        self.arrays: Any = None

    def feature(self, key: int) -> Feature:
        """The weights and the vector of a feature, which are kept: the words of a table come again.

        Returns the places of its nodes, the weight of each, and its vector as one number: 32 bits for each of its
        numbers, which are 128 more than they are in the vector. What a feature does not have is empty, or 0; the result
        is `UNKNOWN` for one that the file does not have.
        """
        found = self._before.get(key) or self._read(key)
        if len(self.features) >= MOST_FEATURES:
            self._before, self.features = self.features, {}
        self.features[key] = found
        return found

    def _read(self, key: int) -> Feature:
        """A feature as the file has it."""
        at = place_of(self.parts.keys, key)
        if at < 0:  # a feature without weights has no vector
            return UNKNOWN
        begin, end, lanes = self.parts.ends[at], self.parts.ends[at + 1], 0
        if (own := place_of(self.parts.vector_keys, key)) >= 0:
            width = self.header.width
            wide = bytearray(4 * width)
            wide[::4] = self.parts.vectors[own * width : (own + 1) * width].tobytes()
            lanes = int.from_bytes(wide, "little")
        return _part("H", self.parts.places, begin, end), _part("b", self.parts.values, begin, end), lanes

    def row(self, code: str) -> tuple[float, ...]:
        """The vector of a six-digit code, as numbers by which others are multiplied; the codes of a table come again.

        The numbers are 128 more than they are in the vector.
        """
        width, at = self.header.width, self.number[code]
        own = self.parts.code_vectors[at * width : (at + 1) * width].tobytes()
        self.rows[code] = found = tuple(map(_ROWS.__getitem__, own))
        return found

    def knows(self, word: str) -> bool:
        """Whether a word, as `described_words` has it, is one of the training; the words of a table come again."""
        if (known := self._known.get(word)) is None:
            if len(self._known) >= MOST_FEATURES:
                self._known = {}
            self._known[word] = known = self._is_of_training(word)
        return known

    def _is_of_training(self, word: str) -> bool:
        return (
            place_of(self.parts.keys, crc32(f"1{word}".encode())) >= 0 or len(self.names_with(crc32(word.encode()))) > 0
        )

    def names_with(self, key: int) -> Sequence[int]:
        """The names and terms that have a word, by their numbers."""
        at = place_of(self.parts.words, key)
        if at < 0:
            return ()
        return _part("H", self.parts.names, self.parts.word_ends[at], self.parts.word_ends[at + 1])


def _headings(nodes: Sequence[str], place: Mapping[str, int]) -> list[Heading]:
    """The headings that have subheadings. Raises ValueError where these do not stand together."""
    under: dict[str, list[int]] = {}
    for at, code in enumerate(nodes):
        if len(code) == 6:
            under.setdefault(code[:4], []).append(at)
    if any(places[-1] - places[0] >= len(places) for places in under.values()):
        raise ValueError("The codes of the classifier's file are not in their order.")
    return [Heading(code, place[code], place[code[:2]], places[0], places[-1] + 1) for code, places in under.items()]


def place_of(keys: Sequence[int], key: int) -> int:
    """The place of a hash among others in ascending order; -1 if it is none of them."""
    at = bisect_left(keys, key)
    return at if at < len(keys) and keys[at] == key else -1


def _part(kind: str, of: Any, begin: int, end: int) -> array[int]:
    """A part of an array of the file, of its own: a loop over it takes less than one over a part of the file."""
    found = array(kind)
    found.frombytes(of[begin:end].tobytes())
    return found


def _parts(header: Header, body: memoryview, subheadings: int) -> Parts:
    """The arrays of a file, in little-endian order there.

    Those in which places are looked up again and again are copied. The others are read where the file is mapped, so
    that processes share their memory.
    """
    weights = (header.features, header.features + 1, header.weights, header.weights)
    recalled = (header.terms, header.terms + 1, header.uses, header.recalled, header.recalled)
    width = header.width
    vectors = (header.vectors, header.vectors * width, subheadings * width, subheadings) if width else (0, 0, 0, 0)
    parts: list[Any] = []
    begin = 0
    for number, (kind, count) in enumerate(zip("IIHbIIHHBIBbf", (*weights, *recalled, *vectors), strict=True)):
        size = array(kind).itemsize * count
        own: Any = body[begin : begin + size]
        begin += size
        if number in _MAPPED and (sys.byteorder == "little" or kind in "bB"):
            parts.append(own.cast(kind))
            continue
        part: array[Any] = array(kind)
        part.frombytes(own)
        if sys.byteorder == "big" and part.itemsize > 1:
            part.byteswap()
        parts.append(part)
    return Parts(*parts)


@lru_cache(maxsize=1)
def model() -> Model:
    """The model of the package."""
    with FILE.open("rb") as stream:
        return read(mmap(stream.fileno(), 0, access=ACCESS_READ))


def read(data: bytes | mmap) -> Model:
    """A model from the content of its file."""
    if data[: len(_SIGN)] != _SIGN:
        raise ValueError("This is not a file of the classifier.")
    view = memoryview(data)
    size = int.from_bytes(view[8:12], "little")
    return Model(msgspec.json.decode(view[12 : 12 + size], type=Header), view[12 + size :])


def write(header: Header, *parts: bytes) -> bytes:
    """The content of a model's file, from arrays in little-endian order."""
    head = msgspec.json.encode(header)
    return b"".join((_SIGN, len(head).to_bytes(4, "little"), head, *parts))
