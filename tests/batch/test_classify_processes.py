"""Descriptions that several processes classify: the same answers in the same order as in one process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from entrepot import app, classification
from entrepot.batch.assess import in_processes, process_pool
from entrepot.batch.assess.process_pool import ProcessPool
from entrepot.batch.run import classify_processes as processes
from entrepot.goods.classify import correction_key
from entrepot.goods.corrections import Correction, keep_correction

GOODS = ("cotton shirt", "coffee beans", "giày da nữ", "冻榴莲果肉", "กาแฟ", "wooden chair", "", "😀", "x" * 3_000)


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are started at once and waited for; blocks are small; no corrections are kept."""
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path))
    monkeypatch.setattr(processes, "START", 1)
    monkeypatch.setattr(processes, "BLOCK", 5)
    monkeypatch.setattr(process_pool, "available", lambda: 2)
    monkeypatch.setattr(ProcessPool, "is_ready", _ready)


def _ready(found: ProcessPool) -> bool:
    for each in found._starts:
        each.result()
    return bool(found._alive)


def texts(many: int) -> list[str]:
    """Different descriptions, each twice, with what is no description between them."""
    found = [f"{GOODS[at % len(GOODS)]} {'' if at % 7 else at}" for at in range(many)]
    return [text for text in found for _twice in range(2)]


def pids(many: Any) -> list[int]:
    return [each.pid for each in many.standby.pool.processes] if many.standby.pool else []


def test_several_processes_answer_as_one_does_and_in_order(tmp_path: Path) -> None:
    given = texts(60)
    keep_correction(tmp_path, Correction(key=correction_key(given[8]), text=given[8], code="090121"))
    expected = [entrepot.classify(text, language="en") for text in given]
    assert list(app.classify_many(given, processes=1)) == expected
    assert list(app.classify_many(iter(given), processes=2)) == expected
    assert sum(each.assumed == ("corrected",) for each in expected) >= 2


def test_a_description_is_handed_out_once_and_few_are_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, read = list[str](), list[str]()
    ask = processes.ManyDescriptions._ask

    def counted(many: Any, found: ProcessPool, block: list[str]) -> list[Any]:
        asked.extend(block)
        return ask(many, found, block)

    def source() -> Iterator[str]:
        for text in (f"steel tube {at // 3}" for at in range(900)):
            read.append(text)
            yield text

    monkeypatch.setattr(processes.ManyDescriptions, "_ask", counted)
    ahead = 0
    with closing(app.classify_many(source(), processes=2)) as found:
        for number, _each in enumerate(found, 1):
            ahead = max(ahead, len(read) - number)
    assert len(asked) == len(set(asked)) >= 290
    # Four blocks of five different descriptions, each three times, wait while one is returned.
    assert 0 < ahead <= 5 * 5 * 3


def test_a_process_that_was_killed_changes_no_answer() -> None:
    given = texts(60)
    expected = list(app.classify_many(given, processes=1))
    many = classification.many_descriptions("whole", app.library(), app.law_context().today, processes=2)
    with closing(many), closing(many.in_order(given, {})) as found:
        answers = list(islice(found, 20))
        for pid in pids(many):
            os.kill(pid, signal.SIGKILL)
        answers += found
    assert answers == expected


def test_processes_end_with_a_caller_that_stops_early_or_fails() -> None:
    many = classification.many_descriptions("whole", app.library(), app.law_context().today, processes=2)
    with closing(many), closing(many.in_order(texts(400), {})) as found:
        next(islice(found, 20, None))
        running = many.standby.pool.processes if many.standby.pool else []
        assert len(running) == 2
        assert all(each.poll() is None for each in running)
    assert all(each.poll() is not None for each in running)
    # All that this run had taken is free again.
    taken = [process_pool._FREE.acquire(blocking=False) for _each in range(process_pool.MAX_PROCESSES)]
    for _each in filter(None, taken):
        process_pool._FREE.release()
    assert all(taken)


def test_rows_of_a_table_get_the_same_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = texts(20)
    table = pa.table(
        {
            "ship_from_country": ["VN"] * len(given),
            "ship_to_country": ["CN"] * len(given),
            "currency": ["CNY"] * len(given),
            "date": ["2026-03-01"] * len(given),
            "amount": ["100.00"] * len(given),
            "description": given,
        }
    )
    many = classification._codes(app.library(), app.law_context().today)
    monkeypatch.setattr(many.standby, "most", 2)
    monkeypatch.setattr(many, "_kept", processes._Kept(9))
    found = entrepot.quote_table(table)
    assert len(pids(many)) == 2  # they wait for the next table
    many.close()
    monkeypatch.setattr(many.standby, "most", 1)
    many._kept = processes._Kept(9)
    assert entrepot.quote_table(table) == found
    assert {"unusable_description", None} < set(found["fault"].to_pylist())


def test_sales_of_descriptions_are_assessed_in_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["cotton shirt", "roasted coffee beans", "wooden chair", "", "giày da nữ", "😀"]
    rows = 60
    table = pa.table(
        {
            "ship_from_country": ["VN"] * rows,
            "ship_to_country": ["CN" if at % 3 else "JP" for at in range(rows)],
            "currency": ["USD"] * rows,
            "date": ["2026-03-01"] * rows,
            "amount": [f"{at}.00" if at % 11 else "much" for at in range(rows)],
            "description": [words[at % len(words)] for at in range(rows)],
            "hs_code": [None if at % 7 else "0901.21" for at in range(rows)],
        }
    )
    expected = entrepot.quote_table(table, explain=True)
    asked, ask = list[int](), in_processes._ask
    monkeypatch.setattr(in_processes, "START", 10)
    monkeypatch.setattr(in_processes, "BLOCK", 8)

    def counted(found: ProcessPool, columns: Any, block: Any) -> Any:
        asked.append(len(block))
        if len(asked) == 4:  # one process is gone: its block is assessed here
            found.processes[0].kill()
        return ask(found, columns, block)

    monkeypatch.setattr(in_processes, "_ask", counted)
    context = app.law_context()
    try:
        assert entrepot.quote_table(table, explain=True) == expected
        assert sum(asked) > rows / 2
        assert {None, "unusable_description"} < set(expected["fault"].to_pylist())
    finally:
        context.cache[in_processes._KEY].close()
