"""Fit how likely the first candidate is right, on descriptions that a model of the same kind was not trained on.

    python bench/classify/calibrate.py            writes the header of `model.bin`, and `model.json`
    python bench/classify/calibrate.py --out DIR  of the model in another folder

A second model is trained without a fifth of the everyday names and of the lexicon (by a fixed hash of the name) and
without a fifth of the terms of the part `train`. The evidence for its answers to those, and to the part `tune`, and
whether they are right, give the function of `confidence`. Everyday descriptions are a mixture: two of three have
a name that the model knows, among words that say nothing of the goods and names of other goods, as titles of shops do;
that share is an assumption. The part `test` is not read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import os
import pickle
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
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
SURE, SURE_NAME = 0.87, 0.75
#: What each kind of description counts in all, and the penalty of large weights.
KINDS, PENALTY = {"known": 0.36, "everyday": 0.1, "title": 0.08, "uk": 0.34, "uk_extra": 0.12}, 0.002
#: How many of the descriptions with a known name are the name alone: an assumption.
BARE = 0.15
#: The hidden units, and the steps of the gradient.
UNITS, STEPS = 8, 400
HEATS = (0.65, 0.8, 1.0)
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


def held(term: sources.Term) -> bool:
    """Whether the second model is not trained on a term."""
    if term.source not in ("everyday", "lexicon", "uk", "uk_extra"):
        return False
    return hashlib.blake2b(key_of(term.text).encode(), digest_size=4).digest()[0] % 5 == 0


def second_model() -> tuple[bytes, Names]:
    """The second model, and the everyday names that it knows."""
    made = train.Trainer([term for term in train.training_terms() if not held(term)])
    made.fit(train.EPOCHS, train.RATE, train.KEEP, train.DECAY)
    with tempfile.TemporaryDirectory() as folder:
        made.write(Path(folder))
        data = (Path(folder) / "model.bin").read_bytes()
    kept = {key_of(term.text) for term in (*sources.everyday(), *sources.lexicon()) if not held(term)}
    return data, {key: codes for key, codes in everyday_table().items() if key in kept}


def descriptions() -> list[sources.Term]:
    """What the second model was not trained on, and titles around names that it knows."""
    draw = random.Random(7)
    found = [term for term in sources.split(sources.uk_terms())["tune"] if len(term.codes[0]) == 6]
    names = [term for term in train.training_terms() if len(term.codes[0]) == 6]
    found += [term for term in names if held(term)]
    names = [term for term in names if term.source in ("everyday", "lexicon")]
    found += [term._replace(source="known") for term in draw.sample(names, 4000) if not held(term)]
    found += [term._replace(source="title") for term in draw.sample(names, 1500)]
    found += [term._replace(source="title") for term in draw.sample([term for term in names if held(term)], 400)]
    by_language: dict[str, list[sources.Term]] = {}
    for term in names:
        by_language.setdefault(term.language, []).append(term)
    titled = []
    for term in found:
        if term.source in ("known", "title"):
            others = [
                each for each in draw.sample(by_language[term.language], 3) if each.codes[0][:2] != term.codes[0][:2]
            ]
            titled.append(term._replace(text=_title(term, [each.text for each in others], draw)))
        else:
            titled.append(term)
    return titled


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
        letters = "".join(others) if term.language in ("zh", "ja") else "aeiouabcdefghiklmnoprstuvz"
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


def cases(data: bytes, table: Names, terms: Sequence[sources.Term], heat: float) -> tuple[list[Case], float]:
    """The answers of a model, and the mean loss."""
    size = int.from_bytes(data[8:12], "little")
    header = json.loads(data[12 : 12 + size])
    model = model_file.read(_file({**header, "temperature": heat}, data[12 + size :]))
    tree = measure.tree()
    found, loss = [], 0.0
    for term in terms:
        answer = score(term.text, (), tree, model, table)
        shares = dict(answer.ranked)
        loss -= math.log(max(sum(shares.get(code, 0.0) for code in term.codes), 1e-4))
        if answer.ranked:
            first = answer.ranked[0][0]
            numbers = evidence(term.text, answer, reasons([first], answer, model)[first], model)
            kind = term.source if term.source in KINDS else "everyday"
            found.append(Case(kind, term.language, numbers, meant(first, term)))
    return found, loss / len(terms)


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


def fit(found: Sequence[Case]) -> Fitted:
    """Fit a layer of hidden units by the gradient (Adam) with a penalty; the first number of the evidence is one."""
    rows = np.array([case.numbers for case in found])
    right = np.array([case.right for case in found], float)
    count = Counter(case.kind for case in found)
    part = np.array([KINDS[case.kind] / count[case.kind] for case in found])
    middle, wide = rows.mean(0), rows.std(0) + 1e-6
    middle[0], wide[0] = 0.0, 1.0
    even = (rows - middle) / wide
    draw = np.random.default_rng(0)
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


def report(found: list[Case]) -> None:
    """Print, for each kind, the calibration error and the shares from each probability, by five folds."""
    random.Random(3).shuffle(found)
    said = [0.0] * len(found)
    for fold in range(5):
        fitted = fit([case for at, case in enumerate(found) if at % 5 != fold])
        said[fold::5] = fitted.said(np.array([case.numbers for case in found[fold::5]])).tolist()
    groups = {case.kind if case.kind in ("uk", "uk_extra") else f"{case.kind}_{case.language}" for case in found}
    for name in sorted(groups):
        chosen = [
            (p, case.right)
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


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=model_file.FILE.parent, help="the folder of train.py --out")
    write(parser.parse_args().out)


def write(folder: Path) -> None:
    """Fit, and write the model of a folder, its manifest and its licence."""
    kept = os.environ.get("ENTREPOT_SECOND_MODEL")
    if kept and Path(kept).exists():
        data, table = pickle.loads(Path(kept).read_bytes())  # written by this file
    else:
        data, table = second_model()
        if kept:
            Path(kept).write_bytes(pickle.dumps((data, table)))
    terms = descriptions()
    tried = {heat: cases(data, table, terms, heat) for heat in HEATS}
    heat = min(HEATS, key=lambda each: tried[each][1])
    found = tried[heat][0]
    print("temperature", {each: round(tried[each][1], 3) for each in HEATS})
    report(found)
    fitted = fit(found)
    print(dict(zip(EVIDENCE, fitted.evidence.round(2).tolist(), strict=True)))
    file = folder / model_file.FILE.name
    whole = file.read_bytes()
    size = int.from_bytes(whole[8:12], "little")
    header = json.loads(whole[12 : 12 + size])
    header.update(
        temperature=heat,
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
