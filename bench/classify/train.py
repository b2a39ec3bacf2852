"""Train the classifier and write its file into the package.

    python bench/classify/train.py            src/entrepot/goods/classify/model.bin, which calibrate.py completes
    python bench/classify/train.py --out DIR  elsewhere

The weights exist only where a feature and a code occur together, so that the file is small and reading it needs no
library. The same data gives the same file. Needs the extra `batch` (numpy and numba).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import softmax
import sources
import vectors

from entrepot.goods.classify import model as model_file
from entrepot.goods.classify.features import features
from entrepot.goods.classify.recall import MOST_NAMES, recall_terms

#: What recall counts: chosen by terms that the weights were not trained on.
RECALL = 0.6
#: Names of these are left out first, should there be more than two bytes can number: the last first, and longer ones.
SCHEDULES = ("uk_schedule", "us", "jp_schedule")
#: The weights of one feature that are kept; how often and how fast it learns; the share of words that it sees.
MOST, EPOCHS, RATE, KEEP, DECAY = 40, 7, 0.3, 0.68, 0.0003
#: How many times more the terms of these count for the weights than for the vectors: the descriptions of forms.
FORMS = {"uk_extra": 3.0, "uk": 1.5}
#: The codes of one feature whose weights are trained: those with which it occurs most. What the squares begin with.
TRAINED, SQUARE = 60, 0.01


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=model_file.FILE.parent)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--keep", type=float, default=KEEP)
    parser.add_argument("--decay", type=float, default=DECAY)
    given = parser.parse_args()
    made = Trainer(training_terms())
    made.fit(given.epochs, given.rate, given.keep, given.decay)
    made.write(given.out)


def make(folder: Path) -> None:
    """Train with the usual settings, and write the weights into a folder."""
    made = Trainer(training_terms())
    made.fit(EPOCHS, RATE, KEEP, DECAY)
    made.write(folder)


def training_terms() -> list[sources.Term]:
    """All terms that may be trained on."""
    return [
        *sources.names(),
        *sources.schedules(),
        *sources.us_schedule(),
        *sources.uk_schedule(),
        *sources.jp_schedule(),
        *sources.everyday(),
        *sources.brands(),
        *sources.own_terms(),
        *sources.lexicon(),
        *sources.split(sources.uk_terms())["train"],
    ]


class Trainer:
    """The descriptions as a sparse matrix, and the weights of every feature with every code that it occurs with."""

    def __init__(self, terms: list[sources.Term]) -> None:
        self.terms = terms
        known = sources.subheadings()
        self.nodes = sorted(known)
        place = {code: at for at, code in enumerate(self.nodes)}
        self.is_code = np.array([len(code) == 6 for code in self.nodes])
        self.above = np.array([[place.get(code[:4], 0), place[code[:2]]] for code in self.nodes])
        self.keys: dict[int, int] = {}
        doc_ends, doc_features, doc_values, doc_words = [0], [], [], []
        label_ends, label_codes, label_shares, doc_weights, plain_weights = [0], [], [], [], []
        support: list[dict[int, float]] = []
        for term in terms:
            labels = _labels(term, place)
            if not labels:
                continue
            whole = sum(share for _at, share in labels)
            counts = term.weight * FORMS.get(term.source, 1.0)
            nodes = self._nodes(labels, whole, counts)
            for key, (weight, number) in _seen(term.text).items():
                feature = self.keys.setdefault(key, len(self.keys))
                if feature == len(support):
                    support.append({})
                of = support[feature]
                for node, share in nodes.items():
                    of[node] = of.get(node, 0.0) + share
                doc_features.append(feature)
                doc_values.append(weight)
                doc_words.append(number)
            doc_ends.append(len(doc_features))
            label_codes += [at for at, _share in labels]
            label_shares += [share / whole for _at, share in labels]
            label_ends.append(len(label_codes))
            doc_weights.append(counts)
            plain_weights.append(term.weight)
        self.plain_weights = np.array(plain_weights)
        self.docs = (
            np.array(doc_ends), np.array(doc_features), np.array(doc_values, np.float32), np.array(doc_words),
            np.array(label_ends), np.array(label_codes), np.array(label_shares), np.array(doc_weights),
        )  # fmt: skip
        lists = [sorted(sorted(each, key=lambda node: (-each[node], node))[:TRAINED]) for each in support]
        self.ends = np.concatenate([[0], np.cumsum([len(each) for each in lists])])
        self.places = np.array([at for each in lists for at in each])
        self.weights = np.zeros(len(self.places), np.float32)
        self.biases = np.zeros(len(self.nodes), np.float32)
        print(len(doc_weights), "descriptions", len(self.keys), "features", len(self.places), "weights", flush=True)

    def _nodes(self, labels: list[tuple[int, float]], whole: float, weight: float) -> dict[int, float]:
        """What a description counts for each of its codes, and for the headings and chapters of these."""
        nodes: dict[int, float] = {}
        for at, share in labels:
            for node in (at, *self.above[at].tolist()):
                nodes[node] = nodes.get(node, 0.0) + share / whole * weight
        return nodes

    def fit(self, epochs: int, rate: float, keep: float, decay: float) -> None:
        """Correct the weights by the gradient."""
        order = np.arange(len(self.docs[-1]))
        codes, squares = np.nonzero(self.is_code)[0], np.full(len(self.weights), SQUARE, np.float32)
        nodes = softmax.tree(self.above, codes)
        for epoch in range(epochs):
            np.random.default_rng(epoch).shuffle(order)
            slower = rate * (1.0 - 0.9 * epoch / epochs)
            loss = softmax.train(
                *self.docs, self.ends, self.places, self.weights, squares, self.biases, self.above, nodes, order,
                slower, keep, decay, epoch,
            )  # fmt: skip
            print(epoch, round(loss, 3), flush=True)
        self.vectors = vectors.train((*self.docs[:-1], self.plain_weights), self.above, codes)

    def write(self, folder: Path) -> None:
        """Write the strongest weights of each feature."""
        keys = sorted(self.keys)
        scale = float(np.quantile(np.abs(self.weights), 0.9995)) / 127
        ends, places, values = [0], [], []
        for key in keys:
            at = self.keys[key]
            cells = range(self.ends[at], self.ends[at + 1])
            best = sorted(cells, key=lambda cell: (-abs(self.weights[cell]), cell))[:MOST]
            for cell in sorted(best):
                value = max(-127, min(127, round(self.weights[cell] / scale)))
                if value:
                    places.append(self.places[cell])
                    values.append(value)
            ends.append(len(places))
        likeness, arrays = self._vectors()
        found, more = names_by_word(self.terms, {code: at for at, code in enumerate(self.nodes)})
        header = model_file.Header(
            nodes=self.nodes, biases=[round(float(each), 3) for each in self.biases], features=len(keys),
            weights=len(places), scale=scale, temperature=1.0, sure=0.8, evidence=[0.0, 1.0], **found, **likeness,
        )  # fmt: skip
        data = model_file.write(
            header,
            np.array(keys, "<u4").tobytes(), np.array(ends, "<u4").tobytes(),
            np.array(places, "<u2").tobytes(), np.array(values, "i1").tobytes(), *more, *arrays,
        )  # fmt: skip
        (folder / "model.bin").write_bytes(data)
        print(len(keys), "features", len(places), "weights", len(data), "bytes")

    def _vectors(self) -> tuple[dict[str, Any], list[bytes]]:
        """Fields of the header, and the arrays of the vectors in the order of the hashes of their features."""
        found = self.vectors
        key_of = {at: key for key, at in self.keys.items()}
        keys = np.array([key_of[at] for at in found.features.tolist()], "<u4")
        order = np.argsort(keys)
        rows, row_scale = _small(found.rows[order])
        codes, code_scale = _small(found.codes)
        fields = {"vectors": len(keys), "width": vectors.WIDTH, "likeness": row_scale * code_scale}
        parts = [keys[order], (rows + 128).astype("u1"), codes.astype("i1"), found.biases.astype("<f4")]
        return fields, [part.tobytes() for part in parts]


def _small(numbers: np.ndarray) -> tuple[np.ndarray, float]:
    """Numbers as whole ones from -127 to 127, and the scale."""
    scale = float(np.quantile(np.abs(numbers), 0.9995)) / 127
    return np.clip(np.rint(numbers / scale), -127, 127).astype(int), scale


def _seen(text: str) -> dict[int, tuple[float, int]]:
    """The features of a text: what each counts at most, and the number of its word in the text."""
    seen: dict[int, tuple[float, int]] = {}
    words: dict[str, int] = {}
    for key, word, weight in features(text):
        # A part of a word and a pair belong to the words that they are taken from.
        number = words.setdefault(word, len(words))
        if key not in seen or seen[key][0] < weight:
            seen[key] = (weight, number)
    return seen


def _labels(term: sources.Term, place: dict[str, int]) -> list[tuple[int, float]]:
    """The places of a term's codes, with their shares."""
    return [(place[code], 0.4**rank) for rank, code in enumerate(term.codes[:8]) if code in place]


def _recalled_first(term: sources.Term) -> tuple[int, float, int]:
    """The order in which names are kept: schedules after all others, of them whole names and shorter ones first."""
    if term.source not in SCHEDULES:
        return -1, 0.0, 0
    return SCHEDULES.index(term.source), -term.weight, len(recall_terms(term.text))


def names_by_word(terms: list[sources.Term], place: dict[str, int]) -> tuple[dict[str, Any], list[bytes]]:
    """The words of names and terms for `recall`: fields of the header, and the arrays."""
    words: dict[int, list[int]] = {}
    codes, lengths = [], []
    seen = set()
    for term in sorted(terms, key=_recalled_first):
        keys = recall_terms(term.text)
        same = (term.codes[0], frozenset(keys))
        if len(term.codes[0]) != 6 or not keys or same in seen or len(codes) > 65000:
            continue
        seen.add(same)
        for key in keys:
            words.setdefault(key, []).append(len(codes))
        codes.append(place[term.codes[0]])
        lengths.append(min(len(keys), 255))
    kept = [key for key in sorted(words) if len(words[key]) <= MOST_NAMES]
    ends = np.cumsum([0, *(len(words[key]) for key in kept)])
    uses = [name for key in kept for name in words[key]]
    found = {
        "recalled": len(codes), "terms": len(kept), "uses": len(uses), "length": sum(lengths) / len(lengths),
        "weight": RECALL,
    }  # fmt: skip
    parts = [
        np.array(kept, "<u4"), np.array(ends, "<u4"), np.array(uses, "<u2"), np.array(codes, "<u2"),
        np.array(lengths, "u1"),
    ]  # fmt: skip
    return found, [part.tobytes() for part in parts]


if __name__ == "__main__":
    main()
