"""`entrepot classify`: codes for a description, the user's corrections, and tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import entrepot as library
from entrepot import app
from entrepot.goods.classify import question
from entrepot.goods.shown import QUESTIONS
from entrepot.model.errors import LawError

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))
    return tmp_path


def test_a_correction_is_kept_preferred_listed_and_forgotten(entrepot: Run) -> None:
    assert entrepot("classify", "my odd thing", "--correct", "0901.21").code == 0
    again = json.loads(entrepot("classify", "My  odd thing!", "--to", "CN", "--json").out)
    assert (again["status"], again["hs6"], again["corrected"]) == ("sure", "090121", True)
    assert [line["code"][:6] for line in again["candidates"][0]["lines"]] == ["090121"]
    kept = json.loads(entrepot("classify", "--corrections", "--json").out)["data"]
    assert kept == [{"object": "correction", "description": "my odd thing", "hs6": "090121"}]
    page = entrepot("classify", "my odd thing").out
    assert "This is the code that you kept for this description." in page
    assert all(len(line) <= 80 for line in page.splitlines())
    assert entrepot("classify", "my odd thing", "--forget").code == 0
    assert entrepot("classify", "my odd thing", "--forget").code == 4
    assert "No corrections are kept." in entrepot("classify", "--corrections").out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x", "too_short"),
        ("😀", "no_words"),
        ("<p></p>", "empty"),
        ("0901.21", "is_a_code"),
        ("a" * 1_000_000, "too_long"),
        ("consulting service", "service"),
    ],
)
def test_what_is_no_description_gets_no_code(entrepot: Run, text: str, why: str) -> None:
    ended = entrepot("classify", text, "--json")
    found = json.loads(ended.out)
    assert (ended.code, found["status"], found["hs6"], found["candidates"]) == (4, "unusable", None, [])
    assert found["reason"] in (why, "no_words")
    assert found["message"]
    said = entrepot("classify", text).out
    assert found["message"].split(".")[0] in " ".join(said.split())


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["coffee", "--correct", "coffee"], "--correct"),
        (["coffee", "--correct", "0901"], "--correct"),
        (["coffee", "--limit", "0"], "--limit"),
        (["coffee", "--language", "English"], "--language"),
        (["coffee", "--language", "xx"], "--language"),
        (["coffee", "--correct", "0901.23"], "--correct"),
        (["coffee", "--attributes", "cotton"], "--attributes"),
        (["coffee", "--to", "Atlantis"], "--to"),
        (["coffee", "--correct", "0901.21", "--forget"], "--forget"),
        (["coffee", "--correct", "9999.99"], "--correct"),
        ([], ""),
        (["none.csv", "--out", "out.csv", "--to", "CN"], "--to"),
    ],
)
def test_a_wrong_option_is_named(entrepot: Run, words: list[str], option: str) -> None:
    ended = entrepot("classify", *words, "--json")
    assert ended.code in (2, 3)
    assert json.loads(ended.out)["error"]["param"] == option


def test_a_kept_file_that_cannot_be_read_is_told(entrepot: Run, data: Path) -> None:
    (data / "data").mkdir()
    (data / "data" / "corrections.json").write_text("{")
    assert entrepot("classify", "--corrections", "--json").code == 74


def test_a_table_gets_the_columns_of_the_answer(entrepot: Run, data: Path) -> None:
    entrepot("classify", "my odd thing", "--correct", "0901.21")
    table, out = data / "goods.csv", data / "out.csv"
    table.write_text("sku,name\n1,my odd thing\n2,😀\n3,\n")
    done = entrepot("classify", str(table), "--out", str(out), "--column", "name", "--json")
    assert json.loads(done.out)["sure"] == 1
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["sku"], row["hs6"], row["fault"]) for row in rows] == [
        ("1", "090121", ""),
        ("2", "", "no_words"),
        ("3", "", "empty"),
    ]
    assert entrepot("classify", str(table), "--out", str(out), "--column", "name").code == 2  # it exists
    again = entrepot("classify", str(out), "--out", str(data / "twice.csv"), "--column", "name", "--json")
    assert json.loads(again.out)["rows"] == 3
    assert entrepot("classify", str(table), "--out", str(data / "x.csv")).code == 3  # no column "description"


def test_every_question_of_the_classifier_is_translated() -> None:
    asked = [text for _, text, _ in question._ABOUT] + [question._HEADING[1]]
    assert set(asked) <= set(QUESTIONS)


def test_a_language_without_names_is_refused_with_what_may_be_meant(entrepot: Run) -> None:
    for typed, meant in (("vn", "vi"), ("Chinese", "zh"), ("kh", "km")):
        assert f'Did you mean "{meant}"?' in entrepot("classify", "coffee", "--language", typed).err
    assert "Did you mean" not in entrepot("classify", "coffee", "--language", "xx").err
    with pytest.raises(LawError, match="not a language of names"):
        library.classify("coffee", language="xx")
    with pytest.raises(LawError, match="not a language of names"):
        app.classify_many(["coffee"], language="vn")


def test_a_code_is_kept_only_for_what_can_be_classified(entrepot: Run) -> None:
    for text in ("x", "0901.21", "😀", "legal advice"):
        assert entrepot("classify", text, "--correct", "0901.21").code == 3
    said = entrepot("classify", "coffee", "--correct", "0901.10").err
    assert 'Did you mean "0901.11"?' in said
    assert "No corrections are kept." in entrepot("classify", "--corrections").out


def test_a_table_is_taken_for_one_and_its_column_is_found(entrepot: Run, data: Path) -> None:
    table = data / "shop.csv"
    table.write_text("sku,product\n1,cotton shirt\n", encoding="utf-8")
    said = entrepot("classify", str(table)).err
    assert "is a file" in said
    assert "--out" in said
    assert 'Did you mean "product"?' in entrepot("classify", str(table), "--out", str(data / "out.csv")).err
    for words in (["--column", "product"], ["--overwrite"], ["--sheet", "2"]):
        assert "is for a table" in entrepot("classify", "coffee", *words).err


def test_a_long_description_that_ends_like_a_file_is_a_description(entrepot: Run) -> None:
    ended = entrepot("classify", "green tea " * 40 + "x.csv")
    assert ended.code in (0, 2)
    assert "Internal error" not in ended.err


def test_goods_by_subscription_are_named_alone(entrepot: Run) -> None:
    ended = entrepot("classify", "coffee subscription")
    assert ended.code == 4
    assert 'write only what they are: "coffee".' in " ".join(ended.out.split())
    assert json.loads(entrepot("classify", "coffee subscription", "--json").out)["message"].endswith('"coffee".')
    assert "It may be: streaming." in entrepot("classify", "streaming subscription").out
