"""The descriptions from which the classifier is trained and by which it is measured, with the split between both.

The split is by term: terms of one code of which one has all words of the other, or that
share three of five words, are one group, and a fixed hash of the group
puts all of them into `train`, `tune` or `test`. Nothing that is trained or tuned reads `test`.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from entrepot.goods import normalize
from entrepot.goods.classify.features import described_words
from entrepot.goods.everyday_names import everyday_goods

ROOT = Path(__file__).resolve().parents[2]
#: Reference data that is not part of the project: `SOURCES.md` there says where it comes from.
DATA = Path(os.environ.get("ENTREPOT_TESTS_DATA") or ROOT.parent / "shared" / "data")
HERE = Path(__file__).parent
PARTS = ("train", "tune", "test")
#: Names of our own, in files of the project: the model is to be made again after a change of one.
OWN = {
    "lexicon.csv": ROOT / "src" / "entrepot" / "goods" / "classify" / "lexicon.csv",
    "everyday_names.csv": ROOT / "src" / "entrepot" / "goods" / "everyday_names.csv",
    "brands.csv": HERE / "brands.csv",
    "terms.csv": HERE / "terms.csv",
}


class Term(NamedTuple):
    """A description and its codes, the likeliest first; `weight` is how much it counts in training."""

    text: str
    codes: tuple[str, ...]
    source: str
    language: str
    weight: float = 1.0


def subheadings() -> dict[str, str]:
    """The headings and subheadings of HS 2022 in the world pack, with their English names."""
    with (ROOT / "packs" / "world" / "headings.csv").open(encoding="utf-8", newline="") as stream:
        return {row["goods"]: row["name_en"] for row in csv.DictReader(stream) if row["goods"].isdigit()}


def whole_names() -> dict[str, str]:
    """The names of `subheadings` in full: the world pack cuts long ones, of which the last words may decide."""
    with (DATA / "hs" / "harmonized-system.csv").open(encoding="utf-8", newline="") as stream:
        found = {row["hscode"]: row["description"] for row in csv.DictReader(stream)}
    return {code: found.get(code, name) for code, name in subheadings().items()}


def names() -> Iterator[Term]:
    """The names of the nomenclature in full; a subheading also by the goods that its name begins with."""
    for code, name in whole_names().items():
        if len(code) == 4:
            yield Term(name, (code,), "hs", "en", 0.5)
        elif len(code) == 6:
            yield Term(name, (code,), "hs", "en", 1.0)
            for part in name.split(";")[:1]:
                yield Term(part, (code,), "hs", "en", 0.3)


def schedules() -> Iterator[Term]:
    """The names of the lines of the packs that state some in a language."""
    for file in sorted((ROOT / "packs").glob("*/goods.csv")):
        if file.parent.name in ("zz", "world"):
            continue
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                code = row["goods"]
                for language in ("en", "zh", "ja", "vi", "th", "km"):
                    text = row.get(f"name_{language}") or ""
                    if (
                        len(code) >= 6
                        and text
                        and normalize.fold(text).strip() not in ("其他", "other", "その他のもの")
                    ):
                        yield Term(text, (code[:6],), file.parent.name, language, 0.5)


def us_schedule() -> Iterator[Term]:
    """The texts of the United States' schedule below six digits: a work of its government, in the public domain.

    A text alone, and with those above it. A file of the reference data; the texts themselves do not ship.
    """
    known = subheadings()
    above: list[str] = []
    with (DATA / "us" / "hts_2026_revision_4.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            level = int(row["Indent"] or 0)
            text = re.sub(r"<[^>]*>|\(\d+\)|\(con\.\)|provided for in.*", " ", row["Description"]).strip(" :")
            above = [*above[:level], *[""] * (level - len(above)), text]
            code = row["HTS Number"].replace(".", "")
            if len(code) < 8 or code[:6] not in known or text.casefold().startswith(("other", "valued", "subject")):
                continue
            said = [each for each in above[1:] if each and not each.casefold().startswith(("other", "valued"))]
            if any(letter.isalpha() for letter in text) and len(text) < 160:
                yield Term(" ".join(reversed(said))[:300], (code[:6],), "us", "en", 0.4)
                if len(described_words(text)) > 1 or len(text) > 9:
                    yield Term(text, (code[:6],), "us", "en", 0.2)


def uk_schedule() -> Iterator[Term]:
    """The self-contained names of the lines of the United Kingdom's tariff of 2021, and the first clause of each.

    Names of the Combined Nomenclature of 2020, under the Open Government Licence; what a name leaves out (`excl.`) is
    no word of its goods. Lines of which the six digits exist in HS 2022. The texts themselves do not ship.
    """
    known = subheadings()
    with (DATA / "eu_uk" / "ukgt_cet_2020.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            code = row["commodity"]  # leading zeros are lost
            code = code.zfill(8 if len(code) <= 8 else 10)[:6]
            text = _without_exclusions(row["description"])
            if code in known and 0 < len(text) < 200 and not text.casefold().startswith("other"):
                yield Term(text, (code,), "uk_schedule", "en", 0.5)
                first = re.split(r"[,;]| - ", text)[0]
                if len(first) > 4 and first != text:
                    yield Term(first, (code,), "uk_schedule", "en", 0.2)


def _without_exclusions(text: str) -> str:
    """A name without the parentheses that say what it does not have, and without numbers of chemicals.

    >>> _without_exclusions("Live horses (excl. for slaughter (meat)), n.e.s.")
    'Live horses'
    """
    while (found := re.search(r"\((?:excl|other than|not |CAS RN)", text)) is not None:
        depth, at = 0, found.start()
        for end in range(at, len(text)):  # parentheses stand inside others
            depth += (text[end] == "(") - (text[end] == ")")
            if depth == 0:
                break
        text = f"{text[:at]} {text[end + 1 :]}"
    return " ".join(text.replace("n.e.s.", "").split()).replace(" ,", ",").strip(" ,;")


def jp_schedule() -> Iterator[Term]:
    """The texts of Japan's schedule, each part of a path alone. The texts themselves do not ship."""
    known = subheadings()
    seen: set[tuple[str, str]] = set()
    with gzip.open(DATA / "jp" / "tariff_2026-07-09.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            code = row["code"][:6]
            if code not in known:
                continue
            for level, part in enumerate(row["description_ja"].split(" / ")):
                text = re.sub(r"（[^）]*）|\([^)]*\)|^[\dＡ-Ｚ０-９()\s.－-]+", "", part).strip()
                label = code[:4] if level == 0 else code
                if not text or "その他" in text or "もの" in text or len(text) > 60 or (text, label) in seen:
                    continue
                seen.add((text, label))
                yield Term(text, (label,), "jp_schedule", "ja", 0.5)


def everyday() -> Iterator[Term]:
    """The everyday names of the search, of the codes with six digits, and of the headings."""
    for row in everyday_goods():
        for language, said in row.names.items():
            for name in said:
                yield Term(name, row.codes, "everyday", language, 2.0)


def lexicon() -> Iterator[Term]:
    """The lexicon of the classifier: everyday goods in six languages, our own work."""
    file = ROOT / "src" / "entrepot" / "goods" / "classify" / "lexicon.csv"
    if not file.exists():
        return
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for language in ("en", "zh", "ja", "vi", "th", "km"):
                for name in filter(None, (each.strip() for each in (row.get(language) or "").split("|"))):
                    yield Term(name, tuple(row["goods"].split()), "lexicon", language, 2.0)


def brands() -> Iterator[Term]:
    """Brands and abbreviations of shops with the goods that they stand for; our own work, from general knowledge."""
    with (HERE / "brands.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for name in row["names"].split("|"):
                yield Term(name, tuple(row["goods"].split()), "brands", "en", 1.0)


def own_terms() -> Iterator[Term]:
    """English names of goods of every chapter, for the weights alone; our own work, from general knowledge."""
    with (HERE / "terms.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for name in row["names"].split("|"):
                yield Term(name, (row["goods"],), "terms", "en", 1.0)


def uk_terms() -> Iterator[Term]:
    """The terms of the search of the United Kingdom's tariff: everyday terms, and noisier ones of forms."""
    known = subheadings()
    folder = DATA / "classify"
    for text, code in json.loads((folder / "uk_search_references.json").read_text(encoding="utf-8")).items():
        if code[:6] in known:
            yield Term(text, (code[:6],), "uk", "en", 1.5)
        elif code[:4] in known:
            yield Term(text, (code[:4],), "uk", "en", 1.0)
    with (folder / "uk_extra_references.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["Commodity Code"][:6] in known:
                yield Term(
                    row["Goods Description"],
                    (row["Commodity Code"][:6],),
                    "uk_extra",
                    "en",
                    1.0,
                )


def marketplace() -> Iterator[Term]:
    """Titles of goods in Chinese shops, of which the six digits still exist in HS 2022. For measuring only."""
    known = subheadings()
    with gzip.open(DATA / "classify" / "cbec_goods_zh_2016.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["hs10_cn"][:6] in known:
                yield Term(row["tokens_zh_shuffled"], (row["hs10_cn"][:6],), "marketplace", "zh")


def own_set() -> Iterator[Term]:
    """The evaluation set of our own, in the languages without public data. Never trained on."""
    with (HERE / "everyday_test.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Term(row["text"], tuple(row["goods"].split()), f"own_{row['language']}", row["language"])


def split(terms: Iterable[Term]) -> dict[str, list[Term]]:
    """Terms by the part that they belong to."""
    every = list(terms)
    groups = _groups(every)
    found: dict[str, list[Term]] = {part: [] for part in PARTS}
    for term, group in zip(every, groups, strict=True):
        found[part_of(group)].append(term)
    return found


def part_of(group: str) -> str:
    """`train` for seven of ten groups, `tune` for one, `test` for two."""
    at = hashlib.blake2b(group.encode(), digest_size=4).digest()[0] % 10
    return "train" if at < 7 else "tune" if at < 8 else "test"


def _groups(terms: list[Term]) -> list[str]:
    """The name of each term's group: its synonyms are terms of its code with nearly the same words."""
    words = [frozenset(described_words(term.text)) for term in terms]
    parent = list(range(len(terms)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    by_words: dict[frozenset[str], int] = {}
    by_code: dict[str, list[int]] = {}
    for at, term in enumerate(terms):
        parent[root(at)] = root(by_words.setdefault(words[at], at))
        by_code.setdefault(term.codes[0], []).append(at)
    for members in by_code.values():
        for i, one in enumerate(members):
            for other in members[:i]:
                both = words[one] & words[other]
                if both and (5 * len(both) >= 3 * len(words[one] | words[other]) or both in (words[one], words[other])):
                    parent[root(one)] = root(other)
    names: dict[int, str] = {}
    for at, term in enumerate(terms):
        top = root(at)
        names[top] = min(names.get(top, term.text.casefold()), term.text.casefold())
    return [names[root(at)] for at in range(len(terms))]
