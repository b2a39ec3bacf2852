"""The sums of `sums` by arrays of numpy, for many descriptions: the same numbers, added in the same order.

Since 3.12 Python's own sum of fractions keeps more digits than an addition: there the likeness of `sums` differs from
that of arrays after some 14 digits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from entrepot.goods.classify.likeness import FLOOR, PARTS
from entrepot.goods.classify.model import Heading, Model, place_of
from entrepot.goods.classify.recall import ALL_WORDS, GAIN, MOST_NAMES, Recalled, divisors, rareness
from entrepot.goods.classify.sums import Seen, Sums, Uses

Array = np.ndarray[Any, np.dtype[Any]]


#: A feature: the places of its nodes, the weight of each, and the row of its vector, -1 if it has none.
Feature = tuple[Array, Array, int]
UNKNOWN: Feature = (np.zeros(0, np.uint16), np.zeros(0, np.int8), -1)
#: The features, and the words of names, that are kept.
MOST_KEPT = 16384


class Arrays:
    """A model as arrays, most of which share the memory of its file."""

    def __init__(self, model: Model) -> None:
        self.model, parts, width = model, model.parts, max(model.header.width, 1)
        self._places, self._values = _array(parts.places, np.uint16), _array(parts.values, np.int8)
        self._names = _array(parts.names, np.uint16)
        self.place_of_name = _array(parts.place_of_name, np.uint16)
        self.length_of_name = _array(parts.length_of_name, np.uint8)
        self.vectors = _array(parts.vectors, np.uint8).reshape(-1, width)
        #: A row for each code; its numbers are 128 more than they are in the vector.
        self.code_vectors = (_array(parts.code_vectors, np.int8).astype(np.int16) + 128).astype(np.uint8)
        self.code_vectors = self.code_vectors.reshape(-1, width)
        self.code_biases = _array(parts.code_biases, np.float32)
        #: One more than there are nodes, so that each heading has an end.
        self.biases = np.array([*model.biases, 0.0])
        self.heading_of = np.array(model.heading_of)
        self.own = np.array([each.place for each in model.headings])
        self.chapters = np.array([each.chapter for each in model.headings])
        self.spans = np.array([(each.begin, each.end) for each in model.headings])
        self.divisors = np.array(divisors(model.header.length))
        self._features: dict[int, Feature] = {}
        self._words: dict[int, tuple[Array, float]] = {}
        self._spare: list[Array] = []

    def sums(self, seen: Sequence[Seen], norm: float, terms: Sequence[int], more: Iterable[tuple[int, float]]) -> Sums:
        """The sums of a description, as `PlainSums` has them."""
        return ArraySums(seen, norm, terms, more, self)

    def feature(self, key: int) -> Feature:
        """A feature; `UNKNOWN` if the file does not have it."""
        found = self._features.get(key)
        if found is None:
            if len(self._features) >= MOST_KEPT:
                self._features = {}
            parts, found = self.model.parts, UNKNOWN
            if (at := place_of(parts.keys, key)) >= 0:
                begin, end = parts.ends[at], parts.ends[at + 1]
                found = self._places[begin:end], self._values[begin:end], place_of(parts.vector_keys, key)
            self._features[key] = found
        return found

    def word(self, key: int) -> tuple[Array, float]:
        """The names that have a word, none if they are too many, and what the word counts."""
        found = self._words.get(key)
        if found is None:
            if len(self._words) >= MOST_KEPT:
                self._words = {}
            parts, begin, end = self.model.parts, 0, 0
            if (at := place_of(parts.words, key)) >= 0:
                begin, end = parts.word_ends[at], parts.word_ends[at + 1]
            count = end - begin
            names = self._names[begin:end] if count <= MOST_NAMES else self._names[:0]
            self._words[key] = found = names, rareness(count, self.model.header)
        return found

    def added(self, names: Array, values: Array) -> Array:
        """Of each name the sum of its values; a name may come again."""
        try:
            whole = self._spare.pop()  # zeros; threads have their own
        except IndexError:
            whole = np.zeros(len(self.place_of_name))
        np.add.at(whole, names, values)
        found: Array = whole[names]
        whole[names] = 0.0
        self._spare.append(whole)
        return found


class ArrayUses(Uses):
    """As `Uses`. `which`: of each weight the number of its feature."""

    def __init__(self, words: Sequence[str], which: Array, places: Array, gains: Array, nodes: int) -> None:
        self._words, self._which, self._places, self._gains, self._nodes = words, which, places, gains, nodes

    def at(self, wanted: Collection[int]) -> Iterator[tuple[str, int, float]]:
        """As `Uses.at`."""
        flags = np.zeros(self._nodes, np.bool_)
        flags[list(wanted)] = True
        hits = flags[self._places].nonzero()[0]
        each = (self._which[hits].tolist(), self._places[hits].tolist(), self._gains[hits].tolist())
        for number, place, gain in zip(*each, strict=True):
            if word := self._words[number]:
                yield word, place, gain

    def of_word(self, word: str) -> Iterator[tuple[int, float]]:
        """As `Uses.of_word`."""
        for number in (at for at, said in enumerate(self._words) if said == word):
            begin, end = self._which.searchsorted((number, number + 1)).tolist()
            yield from zip(self._places[begin:end].tolist(), self._gains[begin:end].tolist(), strict=True)


class RecalledNames(Recalled):
    """As `Recalled`: the names as an array, some of them more than once, and what each shares."""

    def __init__(self, names: Array, shared: Array, whole: float, words: int, arrays: Arrays) -> None:
        super().__init__({}, whole, words)
        self._names, self._values, self._arrays = names, shared, arrays

    def covered(self, place: int, model: Model) -> float:  # noqa: ARG002  # as that of other names
        """As `Recalled.covered`."""
        found = self._values[self._arrays.place_of_name[self._names] == place]
        most: float = found.max().item() if len(found) else 0.0
        return most / self.whole

    def names_with_all_words(self) -> list[int]:
        """As `Recalled.names_with_all_words`."""
        names: list[int] = self._names[self._values >= self.whole * ALL_WORDS].tolist()
        return list(dict.fromkeys(names))


class ArraySums(Sums):
    """As `PlainSums`."""

    def __init__(
        self, seen: Sequence[Seen], norm: float, terms: Sequence[int], more: Iterable[tuple[int, float]], arrays: Arrays
    ) -> None:
        self._arrays, scale = arrays, arrays.model.header.scale
        said, places, weights, factors, self._rows, self._counts = [], [], [], [], list[int](), list[float]()
        words = dict[str, bool]()
        for key, word, weight in seen:
            feature = arrays.feature(key)
            if word:
                words[word] = words.get(word, False) or feature is not UNKNOWN
            if feature is UNKNOWN:
                continue
            said.append(word)
            places.append(feature[0])
            weights.append(feature[1])
            factors.append(weight * scale / norm)
            if feature[2] >= 0:
                self._rows.append(feature[2])
                self._counts.append(weight)
        self.known = sum(words.values()) / max(len(words), 1)
        which, at, gains = _joined(places, factors)
        gains *= np.concatenate(weights) if weights else 0.0
        self.uses = ArrayUses(said, which, at, gains, len(arrays.biases))
        self._nodes = arrays.biases.copy()
        np.add.at(self._nodes, at, gains)
        self._touched = np.zeros(len(arrays.own) + 1, np.bool_)  # the last one is that of chapters
        self._touched[arrays.heading_of[at]] = True
        self._recall(terms)
        for place, gain in more:
            self._nodes[place] += gain
            self._touched[arrays.heading_of[place]] = True

    def _recall(self, terms: Sequence[int]) -> None:
        """Add what names and terms say that share words with the description."""
        arrays, header = self._arrays, self._arrays.model.header
        each, whole = [arrays.word(key) for key in terms], 0.0
        for _names, rare in each:
            whole += rare
        each = [one for one in each if len(one[0])]
        _which, names, shared = _joined([names for names, _rare in each], [rare for _names, rare in each])
        if len(each) > 1:  # a word has each name once, several words may not
            shared = arrays.added(names, shared)
        self.recalled = RecalledNames(names, shared, whole or 1.0, len(terms), arrays)
        places = arrays.place_of_name[names].astype(np.intp)
        best = np.zeros(len(self._nodes))
        np.maximum.at(best, places, shared * (1 + GAIN) / arrays.divisors[arrays.length_of_name[names]])
        best *= header.weight
        self._nodes += best
        self._touched[arrays.heading_of[places]] = True

    def best(self, count: int) -> list[Heading]:
        """As `Sums.best`."""
        arrays, nodes = self._arrays, self._nodes
        numbers = self._touched[:-1].nonzero()[0]
        if not len(numbers):
            return []
        best = nodes[arrays.own[numbers]] + nodes[arrays.chapters[numbers]]
        best += np.maximum.reduceat(nodes, arrays.spans[numbers].ravel())[::2]
        # The headings are in the order of their codes.
        order = (-best).argsort(kind="stable")[:count]
        return [arrays.model.headings[number] for number in numbers[order].tolist()]

    def totals(self, headings: Iterable[Heading]) -> dict[str, float]:
        """As `Sums.totals`."""
        nodes, codes = self._nodes, self._arrays.model.nodes
        totals: dict[str, float] = {}
        for _code, own, chapter, begin, end in headings:
            found = nodes[begin:end] + (nodes[own] + nodes[chapter])
            totals.update(zip(codes[begin:end], found.tolist(), strict=True))
        return totals

    def likeness(self, codes: Sequence[str]) -> list[float] | None:
        """As `Sums.likeness`."""
        if not self._rows:
            return None
        arrays, header = self._arrays, self._arrays.model.header
        times, square = [int(each * PARTS + 0.5) for each in self._counts], 0.0
        for each in self._counts:
            square += each * each
        sums = np.array(times, np.float64) @ arrays.vectors[self._rows].astype(np.float64)  # whole numbers
        vector = (sums - 128 * sum(times)) * (header.likeness / (PARTS * square**0.5))
        at = list(map(arrays.model.number.__getitem__, codes))
        # A sum over the rows of an array adds one row after the other.
        rows = np.multiply(arrays.code_vectors[at].T, vector[:, np.newaxis], order="C")
        products = rows.sum(axis=0) + arrays.code_biases[at]
        alike: list[float] = np.maximum(products - products.max(), FLOOR).tolist()
        return alike


def _array(part: Any, kind: Any) -> Array:
    """An array of a model's file as numpy has it, without a copy."""
    return np.frombuffer(part, kind) if len(part) else np.zeros(0, kind)


def _joined(each: Sequence[Array], values: Sequence[float]) -> tuple[Array, Array, Array]:
    """Some parts as one array, and for each of its numbers that of its part, and the value of its part."""
    if not each:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
    which = np.repeat(np.arange(len(each)), [len(part) for part in each])
    return which, np.concatenate(each).astype(np.intp), np.array(values)[which]
