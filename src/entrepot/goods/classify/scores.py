"""How well each six-digit code fits a description."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from entrepot.goods.classify.features import features
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.names import NameFound, Names, everyday_table, names_within
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.classify.notes import apply, matching
from entrepot.goods.classify.recall import Recalled, recall

#: Headings whose subheadings are all candidates; the other subheadings are those that a feature names.
HEADINGS = 12
#: What the first code of an everyday name counts: of the whole description, where the goods are named, elsewhere.
WHOLE_NAME, MAIN_NAME, UNPLACED_NAME = 4.0, 2.5, 0.5


class Scored:
    """The scores of a description: the candidates with their probabilities, the best first, and what they rest on.

    `known`: the share of the words that the model knows; `notes`: ids of the notes that changed the scores;
    `found`: of each known feature its word, where its weights begin and end, and what they count; `names`: everyday
    names inside the description; `recalled`: names and terms that share words with it.
    """

    __slots__ = ("found", "known", "names", "notes", "ranked", "recalled")

    def __init__(
        self,
        ranked: list[tuple[str, float]],
        found: list[tuple[str, int, int, float]],
        known: float,
        used: tuple[str, ...],
        names: Sequence[NameFound] = (),
        recalled: Recalled | None = None,
    ) -> None:
        self.ranked, self.found, self.known, self.notes = ranked, found, known, used
        self.names, self.recalled = names, recalled


def score(
    text: str, more: Sequence[tuple[str, float]], tree: Nomenclature, model: Model, table: Names | None = None
) -> Scored:
    """Score a description. `more`: further texts, each with what its words count. `table`: other everyday names."""
    places, values, scale = model.places, model.values, model.header.scale
    seen = features(text)
    seen += [(key, word, weight * part) for said, part in more for key, word, weight in features(said)]
    norm = sum(weight * weight for _key, _word, weight in seen) ** 0.5 or 1.0
    found: list[tuple[str, int, int, float]] = []
    words: dict[str, bool] = {}
    nodes = list(model.biases)
    touched: set[int] = set()
    for key, word, weight in seen:
        span = model.span(key)
        if word:
            words[word] = words.get(word, False) or span is not None
        if span is None:
            continue
        begin, end = span
        factor = weight * scale / norm
        found.append((word, begin, end, factor))
        at = places[begin:end]
        touched.update(at)
        for place, value in zip(at, values[begin:end], strict=True):
            nodes[place] += value * factor
    recalled = recall(text, model)
    for place, gain in recalled.best.items():
        nodes[place] += gain * model.header.weight
        touched.add(place)
    names = names_within(text, everyday_table() if table is None else table)
    for name in names[:1]:
        gain = WHOLE_NAME if name.whole else MAIN_NAME if name.placed else UNPLACED_NAME
        for rank, code in enumerate(name.codes[:4]):
            if (at_code := model.place.get(code)) is not None:
                nodes[at_code] += gain * 0.6**rank
                touched.add(at_code)
    ranked, used = _ranked(text, nodes, touched, tree, model)
    return Scored(ranked, found, sum(words.values()) / max(len(words), 1), used, names, recalled)


def reasons(codes: Sequence[str], found: Scored, model: Model) -> dict[str, dict[str, float]]:
    """What each word says for each of some six-digit codes, their headings and chapters included."""
    wanted: dict[int, list[str]] = {}
    for code in codes:
        for size in (2, 4, 6):
            wanted.setdefault(model.place[code[:size]], []).append(code)
    sums: dict[str, dict[str, float]] = {code: {} for code in codes}
    for word, begin, end, factor in found.found:
        if not word:  # the form of the text decides nothing that somebody would read
            continue
        for place, value in zip(model.places[begin:end], model.values[begin:end], strict=True):
            for code in wanted.get(place, ()):
                sums[code][word] = sums[code].get(word, 0.0) + value * factor
    return sums


def _ranked(
    text: str, nodes: list[float], touched: set[int], tree: Nomenclature, model: Model
) -> tuple[list[tuple[str, float]], tuple[str, ...]]:
    best: list[tuple[float, str, float]] = []
    of = nodes.__getitem__
    for number in {model.heading_of[at] for at in touched} - {-1}:
        heading, own, chapter, under = model.headings[number]
        above = nodes[own] + nodes[chapter]
        best.append((above + max(map(of, under)), heading, above))
    best.sort(key=lambda each: (-each[0], each[1]))
    totals: dict[str, float] = {}
    noted = matching(text)
    # The headings that a note sends to are candidates, whether or not a word speaks for them.
    chosen = [heading for _score, heading, _above in best[:HEADINGS]]
    chosen += sorted({take[:4] for note in noted for take in note.take if take[:4] in model.under} - set(chosen))
    for heading in chosen:
        above = nodes[model.place[heading]] + nodes[model.place[heading[:2]]]
        for at in model.under[heading]:
            totals[model.nodes[at]] = nodes[at] + above
    if not totals:
        return [], ()
    used = apply(noted, text, totals, tree.headings)
    heat = model.header.temperature
    top = max(totals.values())
    weights = {code: exp((value - top) * heat) for code, value in totals.items()}
    # All other codes have their biases alone.
    whole = sum(weights.values()) + model.rest * exp(-max(min(top * heat, 60.0), -60.0))
    shares = sorted(((code, weight / whole) for code, weight in weights.items()), key=lambda each: (-each[1], each[0]))
    return shares, used
