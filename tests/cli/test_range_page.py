"""A range at the terminal: each candidate with what distinguishes it, and whole words in 80 columns."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cli.conftest import Ended

Run = Callable[..., Ended]

HANDBAGS = (
    "quote", "--from", "CN", "--to", "GB", "--hs", "4202.22", "--amount", "5000 GBP", "--buyer", "business",
    "--on", "2026-11-20",
)  # fmt: skip


@pytest.mark.parametrize("columns", ["60", "80", "100"])
def test_names_of_procedures_are_not_broken_by_long_ranges(
    entrepot: Run, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = entrepot(*HANDBAGS).out.replace("\u00a0", " ").splitlines()
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= int(columns)
    assert re.search(r"Low-value consignment, VAT (6,000.00 .*)?charged by the seller", text)
    assert re.search(r"\s6,120.00 – 6,480.00", text)


def test_tariff_lines_without_a_name_have_the_rate_that_distinguishes_them(entrepot: Run) -> None:
    """4202.22.10 bears 8 % and 4202.22.90 2 %; the pack has no names of British lines. 5,000 × 1.08 × 1.2 = 6,480."""
    found = entrepot(*HANDBAGS).out
    assert re.search(r"4202\.22\.10 Most favoured nation \(MFN\): 8 % +6,480\.00", found)
    assert re.search(r"4202\.22\.90 Most favoured nation \(MFN\): 2 % +6,120\.00", found)
    in_vietnamese = entrepot(*HANDBAGS, "--lang", "vi").out
    assert re.search(r"4202\.22\.10 .*8 % +6\.480,00", in_vietnamese)
    assert "MFN: 8 %" not in in_vietnamese
