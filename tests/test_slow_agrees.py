"""The engine and the slow oracle give the same figures, to the minor unit, on drawn sales: 60, or 1,500 with `--all`.

Each part is a pack and a seed, so that pytest-xdist shares them: `pytest -n auto tests/test_slow_agrees.py`.
ENTREPOT_SALES sets another number of sales over the run. `python tests/compare_drawn.py` compares 10,000 and writes
down every difference. A sale whose figures differ is printed as one line of JSON: add it to `tests/slow/kept.jsonl`,
whose sales are compared in every run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from sizes import SEED, size
from slow.compare import PACKS, compare
from slow.draw import parts, sales

KEPT = Path(__file__).resolve().parent / "slow" / "kept.jsonl"
SALES = int(os.environ.get("ENTREPOT_SALES", size(60, 1_500)))


@pytest.mark.parametrize(
    ("pack", "number", "count"),
    [pytest.param(*part, id="{}-{}".format(*part)) for part in parts(PACKS, SALES)],
)
def test_agrees(pack: str, number: int, count: int) -> None:
    """A part of the drawn sales."""

    def check(sale: dict[str, Any]) -> None:
        wrong = compare(sale)
        assert not wrong, "\n".join(
            [*wrong, "The sale, to be kept in tests/slow/kept.jsonl:", json.dumps(sale, default=str)]
        )

    run: Callable[[], None] = seed(SEED * 10_000 + number)(
        settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))(
            given(sales(PACKS, pack))(check)
        )
    )
    run()


@pytest.mark.parametrize("line", KEPT.read_text().splitlines())
def test_agrees_on_kept_sales(line: str) -> None:
    """Sales on which engine and oracle once differed, and some difficult ones."""
    assert not compare(json.loads(line))
