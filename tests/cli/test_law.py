"""`entrepot law`, `packs` and `demo`: the law, its changes, the packs and the demonstration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from entrepot.app import library

Run = Callable[..., Any]


def test_law_shows_every_row_of_a_code_with_trust_and_file(entrepot: Run) -> None:
    ended = entrepot("law", "cn", "0901.21", "--on", "2026-03-01")
    assert ended.code == 0
    for said in (
        "Most favoured nation (MFN): 15 %",
        "Duty by treatment",
        "Taxes and their classes",
        "Reliefs",
        "cn/tariff.csv:",
        # Taxes by the names of their charges, and origins by the names of the economies.
        "Simplified levy on inbound articles, first: 13 %",
        "Additional duty on goods of the United States: unknown, origin United States",
    ):
        assert said in ended.out
    rows = json.loads(entrepot("law", "CN", "090121", "--on", "2026-03-01", "--json").out)["rows"]
    assert {row["part"] for row in rows} >= {"tariff", "taxes", "lists", "reliefs", "conditions", "permits"}
    assert all(row["trust"] in ("official", "published", "unchecked") and row["sources"] for row in rows)


def test_law_shows_the_rows_in_force_on_a_day(entrepot: Run) -> None:
    rows = json.loads(entrepot("law", "CN", "090121", "--on", "2026-03-01", "--json").out)["rows"]
    assert all(row["since"] <= "2026-03-01" and (row["until"] is None or row["until"] > "2026-03-01") for row in rows)


def test_law_accepts_services_and_headings(entrepot: Run) -> None:
    assert "Telemedicine" in entrepot("law", "CN", "telemedicine").out
    assert "0901.11.00" in entrepot("law", "CN", "0901", "--on", "2026-03-01").out


def test_diff_lists_rows_that_begin_end_or_change(entrepot: Run) -> None:
    ended = entrepot("law", "diff", "CN", "--from", "2024-11-30", "--to", "2024-12-02")
    assert ended.code == 0
    assert "Starts" in ended.out
    rows = json.loads(entrepot("law", "diff", "CN", "--from", "2024-11-30", "--to", "2024-12-02", "--json").out)["rows"]
    assert any(
        row["key"].startswith("* ldc") and row["change"] == "begins" and row["on"] == "2024-12-01" for row in rows
    )
    assert all("2024-11-30" < row["on"] <= "2024-12-02" for row in rows)


def test_diff_of_a_code_lists_only_rows_that_apply_to_it(entrepot: Run) -> None:
    words = ("law", "diff", "CN", "--from", "2025-12-31", "--to", "2026-01-01", "--json")
    every = json.loads(entrepot(*words).out)["rows"]
    coffee = json.loads(entrepot(*words, "0901.21").out)["rows"]
    assert 0 < len(coffee) < len(every)
    codes = [row["key"].split()[0] for row in coffee if row["table"] == "tariff"]
    assert all(code == "*" or "090121".startswith(code) or code.startswith("090121") for code in codes)


def test_diff_within_an_unchanged_period_is_empty(entrepot: Run) -> None:
    ended = entrepot("law", "diff", "CN", "--from", "2026-03-01", "--to", "2026-03-02")
    assert "No row starts, ends or changes." in ended.out


def test_packs_are_listed_and_one_is_shown_with_its_limits(entrepot: Run) -> None:
    listed = entrepot("packs")
    assert listed.code == 0
    for pack in library().ids():
        assert re.search(rf"^ +{pack} ", listed.out, re.MULTILINE)
    data = json.loads(entrepot("packs", "--json").out)["data"]
    assert [each["id"] for each in data] == library().ids()
    assert entrepot("packs", "list").out == listed.out
    assert re.search(r"^ +tw  Separate customs .*\n +territory of Taiwan,", listed.out, re.MULTILINE), "no name is cut"
    shown = entrepot("packs", "show", "CN")
    assert entrepot("packs", "show", "china").out == shown.out
    assert "European Union (eu)" in entrepot("packs", "show", "Germany").out
    assert "General Administration of Customs of China" in shown.out
    assert "Known limits of this pack" in shown.out


def test_check_finds_no_faults_in_a_valid_pack(entrepot: Run) -> None:
    ended = entrepot("packs", "check", str(library().folder / "zz"))
    assert (ended.code, ended.err) == (0, "")
    assert "0 errors" in ended.out
    assert json.loads(entrepot("packs", "check", str(library().folder / "zz"), "--json").out)["data"] == []


def test_demo_shows_six_sales_and_points_to_services(entrepot: Run) -> None:
    ended = entrepot("demo")
    assert ended.code == 0
    assert ended.out.count("landed in China") == 5
    # Whether a consumer may buy durian at retail must be confirmed: 260 + 260 x 9 % x 70 %.
    assert "276.38 if: The goods are on the list" in ended.out
    # Form E makes the duty of 20 % on durian for a business nil.
    assert re.search(r"104,000\.00 +applied", ended.out)
    assert re.search(r"ASEAN-China Free Trade +free +0\.00 +saves 104,000\.00", ended.out)
    assert "telemedicine" in ended.out
    sales = json.loads(entrepot("demo", "--json").out)["data"]
    assert [each["sale"]["lines"][0]["hs_code"] for each in sales][::2] == ["0901.21", "0801.32", "0810.60"]


def test_version(entrepot: Run) -> None:
    assert re.fullmatch(r"entrepot \d+\.\d+\.\d+\n", entrepot("--version").out)


def test_colour_is_used_only_where_the_terminal_accepts_it(entrepot: Run, monkeypatch: Any) -> None:
    words = ("quote", "--from", "VN", "--to", "CN", "--hs", "090121", "--amount", "100 CNY")
    assert "\x1b" not in entrepot(*words).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in entrepot(*words).out
    assert "\x1b" not in entrepot(*words, "--json").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", entrepot(*words).out)
