"""`entrepot rates …`: files of rates are added, downloaded, listed and removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot import app
from entrepot.cli import rates
from rates.test_rates import CUSTOMS, HISTORY, bank

Run = Callable[..., Any]
__all__ = ["bank"]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder for each test."""
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))
    app.library.cache_clear()
    yield tmp_path / "data"
    app.library.cache_clear()


def test_rates_are_added_listed_and_removed(entrepot: Run, tmp_path: Path) -> None:
    assert entrepot("rates", "list").out.startswith("No exchange rates are kept.")
    (tmp_path / "ecb.xml").write_text(HISTORY)
    (tmp_path / "Customs 2026-11.csv").write_text(CUSTOMS)
    ended = entrepot("rates", "add", str(tmp_path / "ecb.xml"))
    assert (ended.code, ended.out) == (0, "ecb: 4 new rates · rates of Nov 24, 2026 to Nov 25, 2026 · official\n")
    ended = entrepot("rates", "add", str(tmp_path / "Customs 2026-11.csv"), "--json")
    (added,) = json.loads(ended.out)["data"]
    assert (added["id"], added["trust"], added["new"], added["first"]) == ("customs-2026-11", "user", 2, "2026-11-01")
    listed = entrepot("rates", "list")
    assert "customs-2026-11" in listed.out
    assert "added by the user" in listed.out
    assert [each["id"] for each in json.loads(entrepot("rates", "list", "--json").out)["data"]] == [
        "customs-2026-11",
        "ecb",
    ]
    assert entrepot("rates", "remove", "customs-2026-11").code == 0
    ended = entrepot("rates", "remove", "customs-2026-11")
    assert (ended.code, "Kept: ecb." in ended.err) == (5, True)


def test_an_inverted_rate_is_refused_and_an_odd_one_is_said(entrepot: Run, tmp_path: Path) -> None:
    # HM Revenue and Customs had 4,065 riels for one dollar in November 2026: one riel is 0.000246 dollars.
    path = tmp_path / "customs.csv"
    path.write_text("currency,rate,date,in\nUSD,0.000246,2026-11-20,KHR\n")
    ended = entrepot("rates", "add", str(path))
    assert (ended.code, ended.out) == (1, "")
    assert "looks inverted" in ended.err
    assert entrepot("rates", "list").out.startswith("No exchange rates are kept.")
    assert entrepot("rates", "add", str(path), "--replace").code == 0
    path.write_text("currency,rate,date,in\nUSD,9000,2026-11-20,KHR\n")
    ended = entrepot("rates", "add", str(path), "--id", "odd")
    assert ended.code == 0
    assert "more than a fifth away" in ended.err


def test_a_quote_names_a_kept_rate(entrepot: Run, tmp_path: Path) -> None:
    (tmp_path / "customs.csv").write_text(CUSTOMS)
    entrepot("rates", "add", str(tmp_path / "customs.csv"))
    asked = ("quote", "--from", "VN", "--to", "CN", "--hs", "0901.21", "--amount", "500000 VND", "--on", "2026-11-26")
    answer = json.loads(entrepot(*asked, "--json").out)
    # 2.7 yuan for 10,000 dong.
    assert answer["exchange"] == {
        "currency": "VND",
        "rate": "0.00027",
        "date": "2026-11-01",
        "source": "rates that you added, customs.csv",
    }


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add"], 2, "Missing argument"),
        (["add", "nothing.csv"], 2, "does not exist"),
        (["get", "ecb-9d"], 2, "Known: ecb, ecb-90d, gb."),
        (["get", "http://bank.example/rates.csv"], 69, "is not encrypted"),
        (["remove", "nothing"], 5, "are not kept"),
    ],
)
def test_a_wrong_command_says_what_to_do(entrepot: Run, words: list[str], code: int, said: str) -> None:
    ended = entrepot("rates", *words)
    assert (ended.code, said in ended.err) == (code, True), ended


def test_a_faulty_file_is_not_kept(entrepot: Run, tmp_path: Path, data: Path) -> None:
    (tmp_path / "rates.csv").write_text("currency,rate,date,in\nUSD,seven,2026-11-01,CNY\n")
    ended = entrepot("rates", "add", str(tmp_path / "rates.csv"))
    assert (ended.code, '"seven" is not a rate' in ended.err) == (1, True), ended
    assert not (data / "rates").exists()


def test_a_file_that_is_not_rates_has_the_faults_of_its_header_only(entrepot: Run, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("# A page\n\nwith text, and more\nUSD\n")
    ended = entrepot("rates", "add", str(tmp_path / "rates.csv"))
    assert (ended.code, "It needs currency, rate, date." in ended.err) == (1, True), ended
    assert ":3" not in ended.err


def test_a_currency_is_suggested_that_begins_with_the_text(entrepot: Run, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("currency,rate,date,in\nUS,7.1,2026-11-01,CNY\n")
    assert 'Did you mean "USD"?' in entrepot("rates", "add", str(tmp_path / "rates.csv")).err


def test_a_file_is_downloaded_and_kept(entrepot: Run, bank: str) -> None:
    ended = entrepot("rates", "get", f"{bank}/daily.xml")
    assert ended.out == "ecb: 2 new rates · rates of Nov 25, 2026 to Nov 25, 2026 · official\n", ended
    assert "web page" in entrepot("rates", "get", f"{bank}/page").err


def test_without_a_name_the_rates_of_the_bank_are_downloaded(entrepot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates.FILES, "ecb", ("ecb", "http://bank.example/daily.xml"))
    ended = entrepot("rates", "get")
    assert ended.code == 69
    assert "http://bank.example/daily.xml" in ended.err
