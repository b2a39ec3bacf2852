"""What the features of a description, and names like it, add up to for each node of the model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from math import inf

from entrepot.goods.classify.likeness import PARTS, likeness, vector_of
from entrepot.goods.classify.model import UNKNOWN, Heading, Model
from entrepot.goods.classify.recall import Recalled, recall

#: A feature: its hash, the word it comes from, and what it counts.
Seen = tuple[int, str, float]


class Uses:
    """The weights of the features of a description, in their order, multiplied by what they count in it."""

    def __init__(self, found: Sequence[tuple[str, Sequence[int], Sequence[int], float]]) -> None:
        self._found = found

    def at(self, wanted: Collection[int]) -> Iterator[tuple[str, int, float]]:
        """What the words of features say for some nodes: the word, the node, and what it adds there."""
        places = frozenset(wanted)
        for word, own, weights, factor in self._found:
            # The form of the text, which has no word, decides nothing that somebody would read.
            if word and not places.isdisjoint(own):
                for place, value in zip(own, weights):  # noqa: B905  # of one length
                    if place in places:
                        yield word, place, value * factor

    def of_word(self, word: str) -> Iterator[tuple[int, float]]:
        """What the features of a word add: the node, and how much."""
        for said, own, weights, factor in self._found:
            if said == word:
                for place, value in zip(own, weights):  # noqa: B905  # of one length
                    yield place, value * factor


class Sums:
    """The sums of a description.

    `known`: the share of its words of which the model knows a feature; `recalled`: names and terms that share words
    with it; `uses`: of which weights the sums are.
    """

    known: float
    recalled: Recalled
    uses: Uses

    def best(self, count: int) -> list[Heading]:
        """The headings with the best subheadings, of those that something in the text speaks for, the best first."""
        raise NotImplementedError

    def totals(self, headings: Iterable[Heading]) -> dict[str, float]:
        """Of each subheading of some headings its sum, with those of its heading and its chapter."""
        raise NotImplementedError

    def likeness(self, codes: Sequence[str]) -> list[float] | None:
        """How alike the description and some codes are (see `likeness`); None if none of its features has a vector."""
        raise NotImplementedError


class PlainSums(Sums):
    """The sums, one number after the other.

    `seen`: the features; `norm`: the length of what they count; `terms`: those of `recall_terms`; `more`: what is added
    to some nodes.
    """

    def __init__(
        self, seen: Sequence[Seen], norm: float, terms: Sequence[int], more: Iterable[tuple[int, float]], model: Model
    ) -> None:
        self._model, self._nodes, self._touched = model, list(model.biases), set[int]()
        scale, nodes, touched = model.header.scale, self._nodes, self._touched
        found, words = [], dict[str, bool]()
        get, lanes, parts, square = model.features.get, 0, 0, 0.0
        for key, word, weight in seen:
            feature = get(key) or model.feature(key)
            if word:
                words[word] = words.get(word, False) or feature is not UNKNOWN
            if feature is UNKNOWN:
                continue
            places, weights, own = feature
            if own:
                times = int(weight * PARTS + 0.5)
                lanes += own * times
                parts += times
                square += weight * weight
            factor = weight * scale / norm
            found.append((word, places, weights, factor))
            touched.update(places)
            for place, value in zip(places, weights):  # noqa: B905  # of one length
                nodes[place] += value * factor
        self.known, self.uses = sum(words.values()) / max(len(words), 1), Uses(found)
        self.recalled, best = recall(terms, model)
        for place, gain in best.items():
            nodes[place] += gain * model.header.weight
        touched.update(best)
        for place, gain in more:
            nodes[place] += gain
            touched.add(place)
        self._vector = vector_of(lanes, parts, square, model)

    def best(self, count: int) -> list[Heading]:
        """As `Sums.best`."""
        nodes, model = self._nodes, self._model
        numbers = set(map(model.heading_of.__getitem__, self._touched))
        numbers.discard(-1)
        each = list(map(model.headings.__getitem__, numbers))
        best = [nodes[own] + nodes[chapter] + max(nodes[begin:end]) for _code, own, chapter, begin, end in each]
        least = sorted(best, reverse=True)[count - 1] if len(best) > count else -inf
        found = [(-value, heading) for value, heading in zip(best, each, strict=True) if value >= least]
        return [heading for _score, heading in sorted(found)[:count]]

    def totals(self, headings: Iterable[Heading]) -> dict[str, float]:
        """As `Sums.totals`."""
        nodes, codes = self._nodes, self._model.nodes
        totals: dict[str, float] = {}
        for _code, own, chapter, begin, end in headings:
            above = nodes[own] + nodes[chapter]
            totals.update(zip(codes[begin:end], [value + above for value in nodes[begin:end]], strict=True))
        return totals

    def likeness(self, codes: Sequence[str]) -> list[float] | None:
        """As `Sums.likeness`."""
        return likeness(self._vector, codes, self._model) if self._vector else None
