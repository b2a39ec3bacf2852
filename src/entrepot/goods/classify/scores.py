"""How well each six-digit code fits a description."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from entrepot.goods.classify.features import features
from entrepot.goods.classify.likeness import FLOOR, PARTS, likeness, vector_of
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.names import NameFound, Names, everyday_table, names_within
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.classify.notes import apply, matching
from entrepot.goods.classify.recall import Recalled, recall

#: Headings whose subheadings are all candidates; the other subheadings are those that a feature names.
HEADINGS = 12
#: The likeliest codes by weights and names are compared with the description by vectors; what their likeness counts.
COMPARED, LIKENESS = 24, 0.75
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
    get, lanes, parts, square = model.features.get, 0, 0, 0.0
    for key, word, weight in seen:
        begin, end, own = get(key) or model.feature(key)
        if word:
            words[word] = words.get(word, False) or end > 0
        if own:
            times = int(weight * PARTS + 0.5)
            lanes += own * times
            parts += times
            square += weight * weight
        if not end:
            continue
        factor = weight * scale / norm
        found.append((word, begin, end, factor))
        at = places[begin:end]
        touched.update(at)
        for place, value in zip(at, values[begin:end]):  # noqa: B905  # of one length
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
    ranked, used = _ranked(text, vector_of(lanes, parts, square, model), nodes, touched, tree, model)
    return Scored(ranked, found, sum(words.values()) / max(len(words), 1), used, names, recalled)


def reasons(codes: Sequence[str], found: Scored, model: Model) -> dict[str, dict[str, float]]:
    """What each word says for each of some six-digit codes, their headings and chapters included."""
    sums: dict[str, dict[str, float]] = {code: {} for code in codes}
    wanted: dict[int, list[dict[str, float]]] = {}
    for code, own in sums.items():
        for size in (2, 4, 6):
            wanted.setdefault(model.place[code[:size]], []).append(own)
    places, values = model.places, model.values
    for word, begin, end, factor in found.found:
        if not word:  # the form of the text decides nothing that somebody would read
            continue
        for at in range(begin, end):
            if (place := places[at]) in wanted:
                gain = values[at] * factor
                for own in wanted[place]:
                    own[word] = own.get(word, 0.0) + gain
    return sums


def _best_headings(nodes: Sequence[float], touched: set[int], model: Model) -> list[str]:
    """The headings with the best subheadings, of those that something in the text speaks for."""
    headings, subheadings = model.headings, model.subheadings
    changed = set(map(model.heading_of_subheading.__getitem__, touched)) - {-1}
    best = [
        (-(nodes[own] + nodes[chapter] + max(subheadings[number](nodes))), heading)
        for number in changed
        for heading, own, chapter, _under in (headings[number],)
    ]
    for number in set(map(model.heading_of.__getitem__, touched)) - changed - {-1}:
        heading, own, chapter, _under = headings[number]
        best.append((-(nodes[own] + nodes[chapter] + model.largest[number]), heading))
    best.sort()
    return [heading for _score, heading in best[:HEADINGS]]


def _compare(totals: dict[str, float], vector: Sequence[float], model: Model) -> None:
    """Add the likeness of the best codes, and to the others the least."""
    best = sorted(totals, key=totals.__getitem__, reverse=True)[:COMPARED]
    alike = likeness(vector, best, model)
    floor = LIKENESS * FLOOR
    own = {code: totals[code] + LIKENESS * each for code, each in zip(best, alike, strict=True)}
    for code, value in totals.items():
        totals[code] = own.get(code, value + floor)


def _ranked(
    text: str,
    vector: Sequence[float],
    nodes: list[float],
    touched: set[int],
    tree: Nomenclature,
    model: Model,
) -> tuple[list[tuple[str, float]], tuple[str, ...]]:
    totals: dict[str, float] = {}
    noted = matching(text)
    # The headings that a note sends to are candidates, whether or not a word speaks for them.
    chosen = _best_headings(nodes, touched, model)
    chosen += sorted({take[:4] for note in noted for take in note.take if take[:4] in model.under} - set(chosen))
    codes = model.nodes
    for heading in chosen:
        above = nodes[model.place[heading]] + nodes[model.place[heading[:2]]]
        totals.update([(codes[at], nodes[at] + above) for at in model.under[heading]])
    if not totals:
        return [], ()
    if vector:
        _compare(totals, vector, model)
    used = apply(noted, text, totals, tree.parts())
    heat = model.header.temperature
    top = max(totals.values())
    weights = {code: exp((value - top) * heat) for code, value in totals.items()}
    # All other codes have their biases alone.
    whole = sum(weights.values()) + model.rest * exp(-max(min(top * heat, 60.0), -60.0))
    shares = sorted([(-(weight / whole), code) for code, weight in weights.items()])
    return [(code, -share) for share, code in shares], used
