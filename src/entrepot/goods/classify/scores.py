"""How well each six-digit code fits a description."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Sequence
from math import exp
from typing import Any

from entrepot.goods.classify.features import features
from entrepot.goods.classify.likeness import FLOOR
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.names import NameFound, Names, everyday_table, names_within
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.classify.notes import apply, matching
from entrepot.goods.classify.recall import Recalled, recall_terms
from entrepot.goods.classify.sums import PlainSums, Sums, Uses

#: Headings whose subheadings are all candidates; the other subheadings are those that a feature names.
HEADINGS = 12
#: The likeliest codes by weights and names are compared with the description by vectors; what their likeness counts.
COMPARED, LIKENESS = 24, 1.0
#: What the first code of an everyday name counts: of the whole description, where the goods are named, elsewhere.
WHOLE_NAME, MAIN_NAME, UNPLACED_NAME = 4.0, 2.5, 0.5


class Scored:
    """The scores of a description: the candidates with their probabilities, the best first, and what they rest on.

    `known`: the share of the words that the model knows; `notes`: ids of the notes that changed the scores;
    `uses`: the weights that it rests on; `names`: everyday names inside the description; `recalled`: names and terms
    that share words with it.
    """

    __slots__ = ("known", "names", "notes", "ranked", "recalled", "uses")

    def __init__(
        self,
        ranked: list[tuple[str, float]],
        uses: Sequence[Uses],
        known: float,
        used: tuple[str, ...],
        names: Sequence[NameFound] = (),
        recalled: Recalled | None = None,
    ) -> None:
        self.ranked, self.uses, self.known, self.notes = ranked, uses, known, used
        self.names, self.recalled = names, recalled


def score(
    text: str, more: Sequence[tuple[str, float]], tree: Nomenclature, model: Model, table: Names | None = None
) -> Scored:
    """Score a description. `more`: further texts, each with what its words count. `table`: other everyday names."""
    seen = features(text)
    seen += [(key, word, weight * part) for said, part in more for key, word, weight in features(said)]
    norm = sum(weight * weight for _key, _word, weight in seen) ** 0.5 or 1.0
    names = names_within(text, everyday_table() if table is None else table)
    terms, of_name = recall_terms(text), _of_name(names, model)
    arrays = _arrays(model)
    sums = PlainSums(seen, norm, terms, of_name, model) if arrays is None else arrays.sums(seen, norm, terms, of_name)
    ranked, used = _ranked(text, sums, tree, model)
    return Scored(ranked, [sums.uses], sums.known, used, names, sums.recalled)


def _arrays(model: Model) -> Any:
    """The model as arrays, where numpy is loaded: to load it takes longer than some hundred descriptions."""
    if model.arrays is None and sys.modules.get("numpy") is not None:
        from entrepot.goods.classify.array_sums import Arrays  # noqa: PLC0415  # it loads numpy

        model.arrays = Arrays(model)
    return model.arrays


def load_arrays() -> None:
    """Load numpy, where it is installed, so that each of many descriptions takes less; the results are the same."""
    with contextlib.suppress(ImportError):
        importlib.import_module("numpy")


def _of_name(names: Sequence[NameFound], model: Model) -> list[tuple[int, float]]:
    """What the first name adds to the nodes of its codes."""
    found = []
    for name in names[:1]:
        gain = WHOLE_NAME if name.whole else MAIN_NAME if name.placed else UNPLACED_NAME
        for rank, code in enumerate(name.codes[:4]):
            if (place := model.place.get(code)) is not None:
                found.append((place, gain * 0.6**rank))
    return found


def reasons(codes: Sequence[str], found: Scored, model: Model) -> dict[str, dict[str, float]]:
    """What each word says for each of some six-digit codes, their headings and chapters included."""
    sums: dict[str, dict[str, float]] = {code: {} for code in codes}
    wanted: dict[int, list[dict[str, float]]] = {}
    for code, own in sums.items():
        for size in (2, 4, 6):
            wanted.setdefault(model.place[code[:size]], []).append(own)
    for uses in found.uses:
        for word, place, gain in uses.at(wanted):
            for own in wanted[place]:
                own[word] = own.get(word, 0.0) + gain
    return sums


def _compare(totals: dict[str, float], sums: Sums) -> None:
    """Add the likeness of the best codes, and to the others the least."""
    best = sorted(totals, key=totals.__getitem__, reverse=True)[:COMPARED]
    alike = sums.likeness(best)
    if alike is None:
        return
    floor = LIKENESS * FLOOR
    own = {code: totals[code] + LIKENESS * each for code, each in zip(best, alike, strict=True)}
    if len(own) < len(totals):
        totals.update({code: value + floor for code, value in totals.items()})
    totals.update(own)


def _ranked(text: str, sums: Sums, tree: Nomenclature, model: Model) -> tuple[list[tuple[str, float]], tuple[str, ...]]:
    noted = matching(text)
    # The headings that a note sends to are candidates, whether or not a word speaks for them.
    chosen = sums.best(HEADINGS)
    if noted:
        number = model.number_of_heading
        taken = {model.headings[number[take[:4]]] for note in noted for take in note.take if take[:4] in number}
        chosen += sorted(taken.difference(chosen))
    totals = sums.totals(chosen)
    if not totals:
        return [], ()
    _compare(totals, sums)
    used = apply(noted, text, totals, tree.parts())
    heat = model.header.temperature
    top = max(totals.values())
    weights = [exp((value - top) * heat) for value in totals.values()]
    # All other codes have their biases alone.
    whole = sum(weights) + model.rest * exp(-max(min(top * heat, 60.0), -60.0))
    shares = sorted(zip([-(weight / whole) for weight in weights], totals, strict=True))
    return [(code, -share) for share, code in shares], used
