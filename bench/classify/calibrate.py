"""Fit the calibration of the model in the package to the tune part: temperature, shares of right answers, `sure`.

    python bench/classify/calibrate.py

Reads the terms of the part `tune`, on which nothing was trained; writes the header of `model.bin` and `model.json`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import sources
import train

import measure
from entrepot.goods.classify import model as model_file
from entrepot.goods.classify.scores import score

#: An answer is sure where at least this share of such answers is right.
SURE = 0.65
#: The number of bands of the calibration.
BANDS = 6


def main() -> None:
    """Fit and write."""
    data = model_file.FILE.read_bytes()
    size = int.from_bytes(data[8:12], "little")
    header = json.loads(data[12 : 12 + size])
    body = data[12 + size :]
    terms = [
        term for term in sources.split(sources.uk_terms())["tune"] if term.source == "uk" and len(term.codes[0]) == 6
    ]
    tree = measure.tree()
    best = (math.inf, 1.0)
    said: dict[float, list[tuple[float, bool]]] = {}
    for heat in (0.5, 0.65, 0.8, 1.0):
        model = model_file.read(_file({**header, "temperature": heat, "points": [(0.0, 0.0), (1.0, 1.0)]}, body))
        loss, pairs = 0.0, []
        for term in terms:
            ranked = score(term.text, (), tree, model).ranked
            shares = dict(ranked)
            loss -= math.log(max(shares.get(term.codes[0], 0.0), 1e-4))
            if ranked:
                pairs.append((ranked[0][1], ranked[0][0] in term.codes))
        said[heat] = pairs
        best = min(best, (loss / len(terms), heat))
        print(heat, round(loss / len(terms), 3), flush=True)
    header["temperature"] = best[1]
    header["points"] = isotonic(said[best[1]])
    header["sure"] = SURE
    whole = _file(header, body)
    model_file.FILE.write_bytes(whole)
    model_file.MANIFEST.write_text(json.dumps(manifest(whole, header), indent=2) + "\n", encoding="utf-8")
    model_file.FILE.with_suffix(".LICENSE").write_text(NOTICE, encoding="utf-8")
    print(header["temperature"], header["points"])


def isotonic(pairs: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """The share of right answers by what is said, never falling: equal bands, pooled where it would fall."""
    ordered = sorted(pairs)
    width = max(len(ordered) // BANDS, 1)
    bands = [ordered[at : at + width] for at in range(0, len(ordered), width)]
    pooled: list[list[float]] = []  # sum of what is said, right answers, number
    for band in bands:
        pooled.append([sum(each for each, _hit in band), float(sum(hit for _each, hit in band)), float(len(band))])
        while len(pooled) > 1 and pooled[-2][1] / pooled[-2][2] >= pooled[-1][1] / pooled[-1][2]:
            last = pooled.pop()
            pooled[-1] = [one + other for one, other in zip(pooled[-1], last, strict=True)]
    middle = [(round(total / count, 6), round((right + 0.5) / (count + 1), 4)) for total, right, count in pooled]
    top = max(share for _said, share in middle)
    return [(0.0, 0.0), *middle, (1.0, round(min(0.97, top + (1 - top) / 2), 4))]


def manifest(data: bytes, header: dict[str, object]) -> dict[str, object]:
    """What the model was made of."""
    counts = Counter(term.source for term in train.training_terms())
    return {
        "file": model_file.FILE.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "made": os.environ.get("ENTREPOT_CLASSIFY_DATE") or dt.datetime.now(dt.UTC).date().isoformat(),
        "by": "bench/classify/train.py, then bench/classify/calibrate.py",
        "features": header["features"],
        "weights": header["weights"],
        "descriptions": dict(sorted(counts.items())),
        "sources": SOURCES,
    }


SOURCES = {
    "hs": "names of the Harmonized System 2022: datasets/harmonized-system, PDDL, as in packs/world/headings.csv",
    "everyday": "entrepot, goods/everyday_names.csv, Apache-2.0",
    "lexicon": "entrepot, goods/classify/lexicon.csv, Apache-2.0, our own words, unchecked",
    "uk, uk_extra": "trade-tariff/trade-tariff-lambdas-fpo-search, MIT; the part `train`; the terms do not ship",
    "likened": "codes of English words by the likeness of all-MiniLM-L6-v2 (Apache-2.0); the embeddings do not ship",
    "two letters": "names of the lines of the packs packs/*/goods.csv",
}
NOTICE = """\
Part of the model was trained on data of trade-tariff-lambdas-fpo-search, under this licence.

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
