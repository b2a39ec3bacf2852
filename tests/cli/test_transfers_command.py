"""`entrepot transfers`: the decision with its exit code, the rules, and a mechanism by two persons."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from trade.tally import Clock

Run = Callable[..., Any]


def test_the_decision_and_its_exit_code(entrepot: Run) -> None:
    free = entrepot("transfers", "check", "cn", "vn", "--on", "2026-03-01")
    assert (free.code, "without a further step" in free.out) == (0, True)
    words = ("transfers", "check", "CN", "VN", "--category", "sensitive", "--ground", "consent", "--on", "2026-03-01")
    refused = entrepot(*words, "--people", "10000", "--json")
    told = json.loads(refused.out)
    assert (refused.code, told["outcome"], told["mechanisms"]) == (4, "assessment", ["security_assessment"])
    assert told["rules"][0]["row"].startswith("cn/transfers.csv:")
    assert entrepot(*words, "--people", "5", "--held", "standard_contract").code == 0
    assert "--held" in entrepot(*words, "--people", "5", "--held", "standard_contrat").err
    assert "strictest rule" in entrepot(*words).out
    assert entrepot("transfers", "check", "CN", "VN", "--category", "secret").code == 2
    assert '"XX" is not an economy' in entrepot("transfers", "check", "CN", "XX").err


def test_the_rules_of_an_economy_in_the_readers_language(entrepot: Run) -> None:
    found = json.loads(entrepot("transfers", "rules", "VN", "--on", "2026-03-01", "--json").out)["data"]
    assert {"dossier", "own_request", "employment"} <= {each["id"] for each in found}
    assert "影响评估" in entrepot("transfers", "rules", "VN", "--on", "2026-03-01", "--lang", "zh").out
    assert "nothing is free" in entrepot("transfers", "rules", "PH", "--on", "2026-03-01").out.replace("\n ", " ")


def test_a_mechanism_needs_two_persons(entrepot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    books = MemoryBooks(KINDS, now=clock, random=os.urandom)
    monkeypatch.setattr("entrepot.trade_app.nodes.transfers.open_books", lambda: books)
    assert "no mechanism" in entrepot("transfers").out
    way = ("VN", "CN", "impact_assessment")
    until = f"{clock().year + 1}-01-15"
    made = entrepot("transfers", "record", *way, "--number", "MPS 17", "--until", until, "--by", "Tran Van A")
    assert (made.code, "second person" in made.out) == (0, True)
    assert entrepot("transfers", "approve", *way, "--by", "Tran Van A").code == 2
    assert entrepot("transfers", "approve", *way, "--by", "tran van A").code == 2
    assert "waits for a second person" in entrepot("transfers", "list").out
    done = json.loads(entrepot("transfers", "approve", *way, "--by", "Le Thi B", "--json").out)
    assert done["mechanisms"][0]["approved_by"] == "cli:Le Thi B"
    assert entrepot("transfers", "withdraw", *way).code == 2
    assert '"XX" is not an economy' in entrepot("transfers", "withdraw", "XX", *way[1:], "--by", "Le Thi B").err
    assert entrepot("transfers", "withdraw", *way, "--by", "Le Thi B").code == 0
    assert not json.loads(entrepot("transfers", "list", "--json").out)["data"][0]["mechanisms"]
