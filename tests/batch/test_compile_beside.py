"""While another process compiles the loops, rows are assessed one by one, with the same answers."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import entrepot
from batch.sale_rows import GOOD, table_of
from entrepot import app
from entrepot.batch.assess import batches, compile_beside, compiled, one_by_one
from entrepot.batch.rows.columns import resolve_columns
from entrepot.batch.run.tables import answer_table

#: The module that compiles is replaced by one that waits for its standard input to end.
WAITING = "code"


def rows(many: int) -> pa.Table:
    chance = random.Random(2)
    return table_of(
        {**GOOD, "amount": f"{chance.uniform(1, 900):.2f}", "hs_code": chance.choice(("0901.21", "330300", "x"))}
        for _ in range(many)
    )


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The loops are not compiled, and the process that compiles them does not end by itself."""
    found = compile_beside._Beside()
    monkeypatch.setattr(compile_beside, "_BESIDE", found)
    monkeypatch.setattr(compile_beside, "MODULE", WAITING)
    monkeypatch.setattr(compile_beside, "BESIDE", "-q")
    monkeypatch.setattr(compile_beside, "START_ROWS", 50)
    monkeypatch.setattr(compile_beside, "PIECE_ROWS", 32)
    monkeypatch.setattr(compile_beside, "loops_are_ready", lambda: False)
    monkeypatch.setattr(compile_beside, "is_complete", lambda: False)
    yield found
    found.stop()


def test_rows_are_answered_one_by_one_until_the_other_process_ends(
    beside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, told, used = rows(200), list[int](), list[int]()
    expected = answer_table(table, app.law_context(), None, None, None, explain=False)
    assess = compiled.assess_compiled

    def counted(batch: Any, *others: Any) -> Any:
        used.append(batch.num_rows)
        return assess(batch, *others)

    monkeypatch.setattr(batches, "assess_compiled", counted)
    monkeypatch.setattr(batches.assess_batches, "__kwdefaults__", {"assessors": (counted, *batches.ASSESSORS[1:])})
    with compile_beside.compiling_beside(lambda: told.append(1)):
        first = answer_table(table, app.law_context(), None, None, None, explain=False)
        assert (told, used) == ([1], [])
        assert beside.process.poll() is None
        beside.process.stdin.close()
        assert beside.process.wait(600) == 0
        second = answer_table(table, app.law_context(), None, None, None, explain=False)
        assert used == [200]
    assert first.to_pylist() == expected.to_pylist() == second.to_pylist()


def test_equal_rows_are_assessed_once(beside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    quote_sale, assessed = one_by_one.quote_sale, list[str]()

    def counted(request: Any, *others: Any) -> Any:
        assessed.append(str(request.sale["lines"][0]["amount"]))
        return quote_sale(request, *others)

    monkeypatch.setattr(one_by_one, "quote_sale", counted)
    table = table_of({**GOOD, "amount": amount} for amount in ("7", "8", "7", "7.0", "8"))
    with compile_beside.compiling_beside():
        found = answer_table(table, app.law_context(), None, None, None, explain=False)
    assert assessed == ["7", "8", "7.0"]
    # Retail import by electronic commerce: no duty, and 70 % of the 13 % VAT, 9.1 %: 0.637 and 0.728.
    assert [str(landed) for landed in found["landed"].to_pylist()] == ["7.640", "8.730", "7.640", "7.640", "8.730"]


def test_a_short_table_starts_no_process(beside: Any) -> None:
    with compile_beside.compiling_beside():
        answer_table(rows(40), app.law_context(), None, None, None, explain=False)
    assert beside.process is None


def test_a_long_table_starts_the_process_before_its_first_rows(beside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of two pieces; its first rows are assessed when the process is there already."""
    (batch,), started = rows(64).combine_chunks().to_batches(), list[bool]()

    def assess(piece: Any, *_: Any) -> Any:
        started.append(beside.process is not None)
        return batches.ASSESSORS[-1](piece, *_)

    columns, context = resolve_columns(batch.schema), app.law_context()
    with compile_beside.compiling_beside():
        found = list(batches.assess_batches([batch], context, columns, assessors=(assess,)))
    assert ([each.num_rows for each in found], started) == ([32, 32], [True, True])


def test_the_process_is_ended_and_one_that_cannot_start_is_not_waited_for(
    beside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside.start()
    process = beside.process
    beside.stop()
    assert process.poll() is not None
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    beside.start()
    with compile_beside.compiling_beside():
        assert beside.process is None
        assert compile_beside.can_use_loops()


@pytest.mark.long
def test_the_first_table_after_an_installation_equals_the_next_ones(tmp_path: Path) -> None:
    source, target = tmp_path / "sales.parquet", tmp_path / "answers.parquet"
    table = rows(compile_beside.START_ROWS + 200)
    pq.write_table(table, source)
    environment = {**os.environ, "ENTREPOT_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "entrepot", "batch", str(source), "--to", str(target)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "one by one" in done.stderr
    expected = entrepot.quote_table(table).to_pylist()
    assert pq.read_table(target).to_pylist() == expected


def test_the_loop_for_open_facts_is_compiled_beforehand_too() -> None:
    """Once each: a table that needs other types would compile them again, which takes half a minute."""
    code = (
        "from entrepot.batch.kernel import block, open_rows\n"
        "from entrepot.batch.run import compile_loops\n"
        "compile_loops.main()\n"
        "print(len(block.assess_lines.signatures), len(open_rows.assess_open_rows.signatures))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]
