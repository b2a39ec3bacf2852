"""The files of the classifier: its model, the manifest of what it was made from, the notes and the lexicon."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

from entrepot import app
from entrepot.goods.classify import Nomenclature
from entrepot.goods.classify import model as model_file
from entrepot.goods.classify.notes import notes

LEXICON = model_file.FILE.with_name("lexicon.csv")


@pytest.fixture(scope="module")
def tree() -> Nomenclature:
    return Nomenclature.of(app.library().world)


def test_the_manifest_is_that_of_the_model() -> None:
    data, manifest = model_file.FILE.read_bytes(), json.loads(model_file.MANIFEST.read_text(encoding="utf-8"))
    assert (manifest["bytes"], manifest["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert len(data) < 30_000_000
    assert "MIT License" in model_file.FILE.with_suffix(".LICENSE").read_text(encoding="utf-8")


def test_the_model_was_made_from_the_names_of_today() -> None:
    # After a change of one of these files `bench/classify/make.py` makes the model again.
    root = Path(__file__).parents[2]
    own = root / "bench" / "classify"
    files = {each.name: each for each in (LEXICON, own / "brands.csv", own / "terms.csv")}
    files["everyday_names.csv"] = LEXICON.parents[1] / "everyday_names.csv"
    manifest = json.loads(model_file.MANIFEST.read_text(encoding="utf-8"))
    assert manifest["inputs"] == {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}


def subheadings(tree: Nomenclature) -> set[str]:
    return {code for code in tree.headings if len(code) == 6 and code.isdigit()}


def test_the_notes_name_places_of_the_nomenclature(tree: Nomenclature) -> None:
    known = {code[:size] for code in subheadings(tree) for size in (2, 4, 6)}
    for note in notes():
        assert set(note.leave) | set(note.take) <= known
        assert note.trust in ("published", "unchecked")
        assert note.source


def test_the_lexicon_has_codes_of_the_nomenclature(tree: Nomenclature) -> None:
    with LEXICON.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {code for row in rows for code in row["goods"].split()} <= subheadings(tree)
    assert {row["trust"] for row in rows} == {"unchecked"}
