"""`entrepot screening`: names are compared with the lists; a hit is listed, cleared and confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rapidfuzz", reason="the server is not installed")
pytest.importorskip("django", reason="the server is not installed")

from entrepot.cooperation.screening.entries import Entry, ListedName
from entrepot.cooperation.screening.index import NameIndex
from entrepot.trade.screening import register
from entrepot.trade_app import screening
from trade.market import Market

Run = Callable[..., Any]


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    found = Market()
    index = NameIndex([Entry(id="77", kind="person", names=(ListedName("ZHANG Wei"),))])
    monkeypatch.setattr(screening, "open_books", lambda: found.books)
    monkeypatch.setattr(screening, "index_of", lambda _digest: index)
    monkeypatch.setattr(screening, "_name_of", lambda _organization: "")
    given = {"digest": "a" * 64, "format": "csv", "version": "", "entries": 1, "licence": "ours"}
    found.books.run(lambda tx: register.add_list(tx, "own", given, by="us_1"))
    return found


def test_a_name_is_compared(entrepot: Run, market: Market) -> None:
    hit = json.loads(entrepot("screening", "check", "Wei Zhang", "--json").out)
    assert (hit["outcome"], hit["lists"][0]["matches"][0]["entry"], hit["algorithm"]) == ("hit", "77", "names-1")
    assert entrepot("screening", "check", "Nguyen Van A").code == 0
    khmer = entrepot("screening", "check", "សុខ ដារា")
    assert (khmer.code, "not comparable" in khmer.out) == (4, True)
    assert "own" in entrepot("screening", "lists").out


@pytest.mark.parametrize(
    "words", [("--birth", "70"), ("--birth", "abc"), ("--kind", "Firm"), ("--country", "Chnia"), ("--kind", "Person")]
)
def test_a_word_that_is_not_understood_is_no_lower_score(entrepot: Run, market: Market, words: tuple[str, str]) -> None:
    found = entrepot("screening", "check", "Wei Zhang", *words)
    assert (found.code in (2, 3), words[0] in found.err or "Chnia" in found.err) == (True, True)


def test_a_hit_is_listed_and_cleared(entrepot: Run, market: Market) -> None:
    market.pay(market.order())
    assert "1 order" in entrepot("screening", "run").out
    (found,) = json.loads(entrepot("screening", "--json").out)["data"]
    words = ("screening", "clear", found["id"], "--why", "other_birth", "--note", "Compared.")
    assert entrepot(*words).code == 2
    assert "cleared" in entrepot(*words, "--by", "Le Thi B").out
    assert "Nothing waits" in entrepot("screening", "list").out
    assert entrepot("screening", "confirm", "sc_0", "--note", "x", "--by", "B").code == 5


def test_a_file_that_is_no_list(entrepot: Run, market: Market, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert entrepot("screening", "add", "own", str(file), "--by", "A").code == 2
    file.write_text("<html></html>")
    assert "not a list" in entrepot("screening", "add", "own", str(file), "--by", "A").err
