"""A folder of own packs: its names of places are accepted and shown, and commands do not affect each other."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from base_sale import best_of
from entrepot import app
from entrepot.engine.rules import wording
from entrepot.language import catalogue, remarks, translate
from entrepot.law.compiled import Law
from entrepot.law.library import Library
from entrepot.model.quote import Condition

Run = Callable[..., Any]

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "add-an-economy.md"
FILES = re.compile(r'^```\w+ title="(\S+\.(?:toml|csv))"\n(.*?)^```', re.MULTILINE | re.DOTALL)
# The installed wheel is tested outside the tree, where there are no documents to read.
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the documents are not beside the tests")
COFFEE = ("--from", "VN", "--hs", "0901.21", "--amount", "200 USD", "--on", "2026-03-01")


@pytest.fixture(autouse=True)
def _reset_language() -> Iterator[None]:
    yield
    translate.use_language("en")


@pytest.fixture(scope="module")
def smallland(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of packs that docs/how-to/add-an-economy.md makes."""
    folder = tmp_path_factory.mktemp("mypacks")
    shutil.copytree(ROOT / "packs" / "world", folder / "world")
    (folder / "xs").mkdir()
    page = PAGE.read_text("utf-8")
    for name, content in FILES.findall(page):
        (folder / "xs" / name).write_text(content, "utf-8")
    row = re.search(r"printf '(XS,[^']*)\\n'", page)
    assert row is not None
    with (folder / "world" / "economies.csv").open("a", encoding="utf-8") as file:
        file.write(row[1] + "\n")
    return folder


@pytest.mark.parametrize("named", ["XS", "Smallland", "smallland"])
def test_a_place_has_the_name_of_the_own_packs(entrepot: Run, smallland: Path, named: str) -> None:
    ended = entrepot("quote", "--packs", str(smallland), "--to", named, *COFFEE)
    assert ended.code == 0, ended.err
    assert "landed in Smallland" in ended.out
    assert re.search(r"Viet Nam → Smallland", ended.out)
    assert "257.60" in ended.out


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_the_name_is_shown_in_every_language(entrepot: Run, smallland: Path, language: str) -> None:
    ended = entrepot("quote", "--packs", str(smallland), "--to", "Smallland", "--lang", language, *COFFEE)
    assert ended.code == 0, ended.err
    assert "Smallland" in ended.out.splitlines()[0]


@pytest.mark.parametrize(
    "words",
    [
        ("law", "Smallland", "090121", "--on", "2026-03-01"),
        ("law", "diff", "Smallland", "--from", "2023-12-31", "--to", "2024-01-01"),
        ("goods", "coffee", "--to", "Smallland", "--on", "2026-03-01"),
    ],
)
def test_every_command_with_a_place_accepts_its_name(entrepot: Run, smallland: Path, words: Any) -> None:
    ended = entrepot(*words, "--packs", str(smallland))
    assert ended.code == 0, ended.err
    assert "Smallland" in ended.out


def test_a_name_from_other_packs_is_an_error(entrepot: Run, smallland: Path) -> None:
    ended = entrepot("quote", "--to", "Smallland", *COFFEE)
    assert (ended.code, ended.out) == (3, "")
    assert '"Smallland" is not an economy' in ended.err
    origin = entrepot("quote", "--packs", str(smallland), "--to", "XS", "--origin", "Smallland", "--json", *COFFEE)
    assert best_of(json.loads(origin.out))["lines"][0]["treatment"]["id"] == "mfn"


def test_each_command_uses_its_own_packs(entrepot: Run, smallland: Path) -> None:
    assert "Smallland" in entrepot("quote", "--packs", str(smallland), "--to", "XS", *COFFEE).out
    # XS is in no pack of Entrepot: the name must not remain from the command before.
    translate.use_language("en")
    assert translate.place("XS") == "XS"
    assert entrepot("quote", "--to", "CN", *COFFEE).code == 0
    assert translate.place("XS") == "XS"


def completions(typed: str) -> str:
    """The completions that a shell gets for an unfinished line."""
    asked = {"_ENTREPOT_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": typed}
    run = [sys.executable, "-m", "entrepot"]
    return subprocess.run(run, env=os.environ | asked, capture_output=True, text=True, check=True).stdout


def test_completion_uses_the_packs_of_the_command(smallland: Path) -> None:
    assert '"XS":"Smallland"' in completions(f"entrepot quote --packs {smallland} --to X")
    other = completions("entrepot quote --to X")
    assert '"XK"' in other
    assert '"XS"' not in other


def test_threads_have_independent_languages_and_packs(smallland: Path) -> None:
    """Two concurrent requests: each keeps its own language, packs and law."""
    own = Library(smallland)
    turn, seen = threading.Barrier(2, timeout=60), dict[str, tuple[str, str, str]]()

    def speak(language: str, house: Library) -> None:
        for _ in range(200):
            translate.use_language(language)
            translate.use_names(house.name_of)
            turn.wait()
            said = (translate.current_language(), translate.place("XS"), translate._("open"))
            turn.wait()
            assert seen.setdefault(language, said) == said

    threads = [
        threading.Thread(target=copy_context().run, args=(speak, language, house))
        for language, house in (("vi", own), ("en", app.library()))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert seen == {"vi": ("vi", "Smallland", "mở"), "en": ("en", "XS", "open")}


def conditions(importer: str, buyer: str, code: str) -> dict[str, tuple[Condition, str, Law]]:
    """The engine's own conditions of a quote, by their key, each with the regime that it is of and the law."""
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": importer},
        "date": "2026-03-01",
        "currency": "USD",
        "buyer": {"kind": buyer},
        "lines": [{"hs_code": code, "amount": "10.00"}],
    }
    quote, law = app.quote_with_law(sale)
    keys = {"buyer", "channel", "transport", "mandatory"}
    every = ((each, option.regime) for option in quote.options for each in option.conditions)
    return {each.id: (each, regime, law) for each, regime in every if each.id in keys}


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_the_conditions_of_the_engine_are_translated_by_their_key(language: str) -> None:
    translate.use_language("en")
    found = conditions("CN", "business", "090121") | conditions("ID", "consumer", "090121")
    assert {"buyer", "mandatory"} <= set(found)
    templates = {"mandatory": wording.MANDATORY, **wording.FITS}
    translate.use_language(language)
    for each, regime, law in found.values():
        translate.use_law(law)
        before, _hole, after = translate._(templates[each.id]).partition("{}")
        said = remarks.condition(each, regime, law)
        assert said.startswith(before)
        assert said.endswith(after)
        assert "{" not in said
        assert language == "en" or said != each.says
    each, regime, law = found["buyer"]
    assert remarks.condition(each, regime, law) == translate._(wording.FITS["buyer"]).format(
        translate.label("consumer")
    )
    # A text from an older law is shown as it was written.
    old = Condition(id="buyer", state="failed", says="This procedure is for this buyer: traveller.")
    assert remarks.condition(old, regime, law) == old.says
