"""Fit how likely the first candidate is right, on descriptions that a model of the same kind was not trained on.

    python bench/classify/calibrate.py            writes the header of `model.bin`, and `model.json`
    python bench/classify/calibrate.py --out DIR  of the model in another folder

Each of some further models is trained without a fifth of the everyday names and of the lexicon, and without a fifth of
the terms of the part `train` (by a fixed hash of the name; each model without another fifth). The evidence for its
answers to those, and to a share of the part `tune`, and whether they are right, give the function of `confidence`:
the mean of several fits. Everyday descriptions are a mixture: two of three have
a name that the model knows, among words that say nothing of the goods and names of other goods, as titles of shops do;
that share is an assumption. What is drawn for a name depends on the name alone, so that another name in a list changes
little. The part `test` is not read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import sources
import train

import measure
from entrepot.goods.classify import model as model_file
from entrepot.goods.classify.confidence import EVIDENCE, evidence
from entrepot.goods.classify.names import Names, everyday_table, key_of, names_of_one_code
from entrepot.goods.classify.scores import reasons, score

#: An answer is sure from this probability, one to a whole name of one code from the second: chosen by the shares that
#: this file prints.
SURE, SURE_NAME = 0.9, 0.75
#: What each kind of description counts in all, and the penalty of large weights.
KINDS, PENALTY = {"known": 0.36, "everyday": 0.1, "title": 0.08, "uk": 0.34, "uk_extra": 0.12}, 0.002
#: How many of the descriptions with a known name are the name alone: an assumption.
BARE = 0.15
#: The hidden units of a fit, the steps of the gradient, and the fits whose mean is taken.
UNITS, STEPS, FITS = 8, 400, 3
#: What scores are multiplied by before the softmax: of 0.35, 0.45, 0.55 and 0.65 the one with nearly the least loss.
HEAT = 0.45
#: The models that are each trained without another fifth of the names.
FOLDS = 3
#: The shares of the names that a description is made of, for each model: with a name that it knows, titles with any
#: name, and titles with a name that it does not know.
KNOWN, TITLES, UNKNOWN_TITLES = 0.15, 0.05, 0.15
#: The evidence of a description that is a name of one code.
WHOLE = EVIDENCE.index("whole_name"), EVIDENCE.index("whole_name_of_several")
ALONE = EVIDENCE.index("alone")
#: Words that say nothing of the goods.
NEUTRAL = {
    "en": "red|black|blue|large|small|for home|new style 2024|for men|for women|kids|portable|best quality|travel|"
    "12 pcs|blue color|luxury|xl|for gifts|imported|premium",
    "zh": "黑色|新款|家用|大号|女|男士|儿童|便携|500克|进口|高档|特价|10个装|红色|学生",
    "ja": "黒|新品|大容量|レディース|メンズ|子供用|人気|送料無料|500g|家庭用|国産|業務用",
    "vi": "màu đen|loại lớn|cho nữ|cho nam|trẻ em|cao cấp|nhập khẩu|500g|hộp 10 cái|giá rẻ|mới|gia đình",
    "th": "สีดำ|ขนาดใหญ่|ผู้หญิง|ผู้ชาย|เด็ก|นำเข้า|500 กรัม|ราคาถูก|ใหม่|พกพา",
    "km": "ពណ៌ខ្មៅ|ធំ|នារី|បុរស|កុមារ|ថ្មី|នាំចូល|500g",
}


class Case(NamedTuple):
    """An answer: the kind of its description, the evidence for it, how likely it is right.

    An answer is right or not, but that to a name of several codes is right as often as its code is meant.
    """

    kind: str
    language: str
    numbers: tuple[float, ...]
    right: float
    fold: int


def digest(term: sources.Term) -> bytes:
    """Bytes that depend on the words of a term alone."""
    return hashlib.blake2b(key_of(term.text).encode(), digest_size=8).digest()


def held(term: sources.Term, fold: int) -> bool:
    """Whether the model of a fold is not trained on a term."""
    return term.source in ("everyday", "lexicon", "uk", "uk_extra") and digest(term)[0] % 5 == fold


def model_without(fold: int) -> tuple[bytes, Names]:
    """The model of a fold, and the everyday names that it knows."""
    made = train.Trainer([term for term in train.training_terms() if not held(term, fold)])
    made.fit(train.EPOCHS, train.RATE, train.KEEP, train.DECAY)
    with tempfile.TemporaryDirectory() as folder:
        made.write(Path(folder))
        data = (Path(folder) / "model.bin").read_bytes()
    kept = {key_of(term.text) for term in (*sources.everyday(), *sources.lexicon()) if not held(term, fold)}
    return data, {key: codes for key, codes in everyday_table().items() if key in kept}


def descriptions(fold: int) -> list[sources.Term]:
    """What the model of a fold was not trained on, and titles around names that it knows."""
    tune = sources.split(sources.uk_terms())["tune"]
    found = [term for term in tune if len(term.codes[0]) == 6 and digest(term)[1] % FOLDS == fold]
    names = [term for term in train.training_terms() if len(term.codes[0]) == 6]
    found += [term for term in names if held(term, fold)]
    by_language: dict[str, list[sources.Term]] = {}
    for term in names:
        if term.source in ("everyday", "lexicon"):
            by_language.setdefault(term.language, []).append(term)
    for of_language in by_language.values():
        for term in of_language:
            draw = random.Random(digest(term) + bytes([fold]))
            is_held = held(term, fold)
            at = draw.random()
            if at < KNOWN and not is_held:
                found.append(_titled(term, "known", of_language, draw))
            at = draw.random()
            if at < TITLES or (is_held and at < TITLES + UNKNOWN_TITLES):
                found.append(_titled(term, "title", of_language, draw))
    return found


def _titled(term: sources.Term, kind: str, names: Sequence[sources.Term], draw: random.Random) -> sources.Term:
    """A term as a title of a kind, with names of other goods of its language."""
    made = term._replace(source=kind)
    drawn = [names[int(draw.random() * len(names))] for _each in range(3)]
    others = [each.text for each in drawn if each.codes[0][:2] != term.codes[0][:2]]
    return made._replace(text=_title(made, others, draw))


def _title(term: sources.Term, others: Sequence[str], draw: random.Random) -> str:
    """A name alone, or among words that say nothing of the goods; in half of these also names of other goods.

    A name of other goods stands before that of the goods (after it in Vietnamese, Thai and Khmer), as `coffee` does in
    `coffee table`; in a fifth of the titles all parts are in any order. Those of the source `title` are longer, with
    made-up brands, in any order.
    """
    if term.source == "known" and draw.random() < BARE:
        return term.text
    neutral = draw.sample(NEUTRAL[term.language].split("|"), draw.choice((1, 1, 2, 3)))
    modifiers = list(others[: draw.choice((0, 0, 0, 1, 1, 2))])
    if term.source == "title":
        # The other names drawn may all be of the chapter of the goods, so that none is left.
        letters = "".join(others) or term.text if term.language in ("zh", "ja") else "aeiouabcdefghiklmnoprstuvz"
        brands = [
            "".join(draw.choices(letters, k=draw.choice((2, 3, 5)))) for _brand in range(draw.choice((1, 2, 3, 4)))
        ]
        text = [*neutral, *brands, *others[: draw.choice((0, 1, 1, 2, 3))], term.text]
        draw.shuffle(text)
        return " ".join(text)
    last = term.language in ("en", "zh", "ja")
    parts = [*neutral, *modifiers, term.text] if last else [term.text, *modifiers, *neutral]
    if last and draw.random() < 0.3:
        parts = [*modifiers, term.text, *neutral]
    if draw.random() < 0.2:
        draw.shuffle(parts)
    joint = "" if term.language in ("zh", "ja", "th", "km") and draw.random() < 0.4 else " "
    return joint.join(parts)


def cases(fold: int) -> list[Case]:
    """The answers of the model of a fold."""
    data, table = model_without(fold)
    size = int.from_bytes(data[8:12], "little")
    header = json.loads(data[12 : 12 + size])
    model = model_file.read(_file({**header, "temperature": HEAT}, data[12 + size :]))
    tree = measure.tree()
    found = []
    for term in descriptions(fold):
        answer = score(term.text, (), tree, model, table)
        if answer.ranked:
            first = answer.ranked[0][0]
            numbers = evidence(term.text, answer, reasons([first], answer, model)[first], model)
            kind = term.source if term.source in KINDS else "everyday"
            found.append(Case(kind, term.language, numbers, meant(first, term), fold))
    return found


def meant(code: str, term: sources.Term) -> float:
    """How often a term means a code: the one that the lexicon gives it alone, or the first of its codes most often."""
    if names_of_one_code().get(key_of(term.text)) == code and code in term.codes:
        return 1.0
    shares = {each: 0.4**rank for rank, each in enumerate(each for each in term.codes if len(each) == 6)}
    return shares.get(code, 0.0) / sum(shares.values()) if shares else 0.0


class Fitted(NamedTuple):
    """The weights of the evidence, of the hidden units, and of the evidence in each unit."""

    evidence: np.ndarray
    hidden: np.ndarray
    units: np.ndarray

    def said(self, rows: np.ndarray) -> np.ndarray:
        """The probabilities for rows of evidence."""
        return 1 / (1 + np.exp(-(rows @ self.evidence + np.tanh(rows @ self.units) @ self.hidden)))


def fit(found: Sequence[Case], fits: int = FITS) -> Fitted:
    """The mean of several fits that begin at different weights."""
    every = [fit_once(found, seed) for seed in range(fits)]
    return Fitted(
        sum(each.evidence for each in every) / fits,
        np.concatenate([each.hidden for each in every]) / fits,
        np.concatenate([each.units for each in every], axis=1),
    )


def fit_once(found: Sequence[Case], seed: int) -> Fitted:
    """Fit a layer of hidden units by the gradient (Adam) with a penalty; the first number of the evidence is one."""
    rows = np.array([case.numbers for case in found])
    right = np.array([case.right for case in found], float)
    count = Counter(case.kind for case in found)
    part = np.array([KINDS[case.kind] / count[case.kind] for case in found])
    middle, wide = rows.mean(0), rows.std(0) + 1e-6
    middle[0], wide[0] = 0.0, 1.0
    even = (rows - middle) / wide
    draw = np.random.default_rng(seed)
    weights = [np.zeros(rows.shape[1]), draw.normal(0, 0.3, UNITS), draw.normal(0, 0.3, (rows.shape[1], UNITS))]
    first, second = [0 * each for each in weights], [0 * each for each in weights]
    for step in range(1, STEPS + 1):
        units = np.tanh(even @ weights[2])
        slope = part * (1 / (1 + np.exp(-(even @ weights[0] + units @ weights[1]))) - right)
        into = np.outer(slope, weights[1]) * (1 - units * units)
        for at, each in enumerate((even.T @ slope, units.T @ slope, even.T @ into)):
            whole = each + PENALTY * weights[at]
            first[at] = 0.9 * first[at] + 0.1 * whole
            second[at] = 0.99 * second[at] + 0.01 * whole**2
            ahead = first[at] / (1 - 0.9**step)
            weights[at] = weights[at] - 0.02 * ahead / (np.sqrt(second[at] / (1 - 0.99**step)) + 1e-8)
    direct, units = weights[0] / wide, weights[2] / wide[:, None]
    direct[0] -= (middle / wide) @ weights[0]
    units[0] -= (middle / wide) @ weights[2]
    return Fitted(direct, weights[1], units)


def report(found: Sequence[Case]) -> None:
    """Print, for each kind, the calibration error and the shares from each probability, by the other folds' fits."""
    said = np.zeros(len(found))
    folds = np.array([case.fold for case in found])
    for fold in range(FOLDS):
        fitted = fit([case for case in found if case.fold != fold], 1)
        said[folds == fold] = fitted.said(np.array([case.numbers for case in found if case.fold == fold]))
    groups = {case.kind if case.kind in ("uk", "uk_extra") else f"{case.kind}_{case.language}" for case in found}
    for name in sorted(groups):
        chosen = [
            (float(p), case.right)
            for p, case in zip(said, found, strict=True)
            if name in (case.kind, f"{case.kind}_{case.language}")
        ]
        error = measure.calibration_error([p for p, _right in chosen], [right for _p, right in chosen])
        line = []
        for least in (0.75, 0.8, 0.85, 0.87, 0.9):
            above = [right for p, right in chosen if p >= least]
            line.append(f"{least}: {100 * len(above) / len(chosen):.0f}% {100 * sum(above) / max(len(above), 1):.0f}%")
        right = 100 * sum(hit for _p, hit in chosen) / len(chosen)
        print(f"{name:12} {len(chosen):5} right {right:.0f} error {100 * error:.1f} | sure from {' | '.join(line)}")
    print_named(found, said)


def print_named(found: Sequence[Case], said: np.ndarray) -> None:
    """Print how often descriptions that are a name of one code are right, in bands of what is said."""
    for low, high in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.75), (0.75, 0.8), (0.8, 0.85), (0.85, 0.9), (0.9, 1.0)):
        hits = [
            case.right
            for p, case in zip(said, found, strict=True)
            if low <= p < high and any(case.numbers[each] for each in WHOLE) and case.numbers[ALONE]
        ]
        print(f"name of one code, {low} to {high}: {len(hits)}, right {100 * sum(hits) / max(len(hits), 1):.0f}%")


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=model_file.FILE.parent, help="the folder of train.py --out")
    write(parser.parse_args().out, all_cases())


def all_cases() -> list[Case]:
    """The answers of all folds, each of which has a process of its own."""
    with ProcessPoolExecutor(FOLDS, get_context("spawn")) as processes:
        return [case for found in processes.map(cases, range(FOLDS)) for case in found]


def write(folder: Path, found: Sequence[Case]) -> None:
    """Fit, and write the model of a folder, its manifest and its licence."""
    report(found)
    fitted = fit(found)
    print(dict(zip(EVIDENCE, fitted.evidence.round(2).tolist(), strict=True)))
    file = folder / model_file.FILE.name
    whole = file.read_bytes()
    size = int.from_bytes(whole[8:12], "little")
    header = json.loads(whole[12 : 12 + size])
    header.update(
        temperature=HEAT,
        evidence=fitted.evidence.round(4).tolist(),
        hidden=fitted.hidden.round(4).tolist(),
        units=fitted.units.T.round(4).tolist(),
        sure=SURE,
        sure_name=SURE_NAME,
    )
    whole = _file(header, whole[12 + size :])
    file.write_bytes(whole)
    text = json.dumps(manifest(whole, header), indent=2) + "\n"
    (folder / model_file.MANIFEST.name).write_text(text, encoding="utf-8")
    file.with_suffix(".LICENSE").write_text(NOTICE, encoding="utf-8")


def manifest(data: bytes, header: dict[str, object]) -> dict[str, object]:
    """What the model was made of."""
    counts = Counter(term.source for term in train.training_terms())
    return {
        "file": model_file.FILE.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "made": os.environ.get("ENTREPOT_CLASSIFY_DATE") or dt.datetime.now(dt.UTC).date().isoformat(),
        "by": "bench/classify/make.py",
        "features": header["features"],
        "weights": header["weights"],
        "inputs": {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in sources.OWN.items()},
        "descriptions": dict(sorted(counts.items())),
        "sources": SOURCES,
    }


SOURCES = {
    "hs": "names of the Harmonized System 2022: datasets/harmonized-system, PDDL, as in packs/world/headings.csv",
    "everyday": "entrepot, goods/everyday_names.csv, Apache-2.0",
    "lexicon": "entrepot, goods/classify/lexicon.csv, Apache-2.0, our own words, unchecked",
    "uk, uk_extra": "trade-tariff/trade-tariff-lambdas-fpo-search, MIT; the part `train`; the terms do not ship",
    "us": "texts of the Harmonized Tariff Schedule of the United States, 2026 revision 4, a work of its government in "
    "the public domain; the texts do not ship",
    "uk_schedule": "names of the lines of the United Kingdom's tariff of 2021 (UK Global Tariff, 2020-12-02), Crown "
    "copyright, Open Government Licence v3.0; the texts do not ship",
    "jp_schedule": "texts of Japan's tariff of 2026-07-09, from Japan Customs' pages in japan-tariff-mcp, MIT; the "
    "texts do not ship",
    "brands": "entrepot, bench/classify/brands.csv: brands and abbreviations of shops, Apache-2.0, our own words, "
    "unchecked; only in the weights",
    "terms": "entrepot, bench/classify/terms.csv: English names of goods of every chapter, Apache-2.0, our own words, "
    "unchecked; only in the weights",
    "two letters": "names of the lines of the packs packs/*/goods.csv",
}
NOTICE = """\
Part of the model was trained on data of trade-tariff-lambdas-fpo-search (copyright below), and on names of Japan's
tariff as in japan-tariff-mcp (copyright of its authors), both under this licence.
It was also trained on names of the United Kingdom's tariff: it contains public sector information licensed under the
Open Government Licence v3.0 (https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/).

The MIT License (MIT)

Copyright (C) 2023 Crown Copyright (HMRC Online Trade Tariff)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def _file(header: dict[str, object], body: bytes) -> bytes:
    head = json.dumps(header, separators=(",", ":")).encode()
    return b"".join((b"ENTCLS1\n", len(head).to_bytes(4, "little"), head, body))


if __name__ == "__main__":
    main()
