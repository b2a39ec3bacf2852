"""The engine and the slow oracle give the same figures, to the minor unit, on drawn sales: 300, or 10,000 with `--all`.

Each part is a pack and a seed, so that pytest-xdist shares them: `pytest -n auto tests/test_slow_agrees.py`.
ENTREPOT_SALES sets another number of sales over the run. A sale of which the figures differ is printed as one line of
JSON: add it to `tests/slow/kept.jsonl`, whose sales are compared in every run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from sizes import SEED, size
from slow.assess import assess
from slow.draw import WEIGHTS, sales
from slow.facts import all_facts
from slow.read import Fault, NoRate

PACKS = Path(__file__).resolve().parent.parent / "packs"

KEPT = Path(__file__).resolve().parent / "slow" / "kept.jsonl"
SALES = int(os.environ.get("ENTREPOT_SALES", size(300, 10_000)))
PART = 100
SUBTOTALS = ("goods", "shipping", "insurance", "duties", "taxes", "fees")


def parts() -> Iterator[Any]:
    """Packs and seeds, enough of them for all the sales, each pack by its weight."""
    packs = sorted(all_facts(PACKS))
    weight = sum(WEIGHTS.get(pack, 1) for pack in packs)
    for pack in packs:
        share = -(-SALES * WEIGHTS.get(pack, 1) // weight)
        for number in range(-(-share // PART)):
            yield pytest.param(pack, number, min(PART, share - number * PART), id=f"{pack}-{number}")


def engine(sale: dict[str, Any]) -> dict[str, Any] | None:
    """The engine's quote as JSON would have it, or None where it finds the sale faulty."""
    import entrepot

    try:
        found = entrepot.quote(sale).to_dict("*")
    except (entrepot.SaleError, entrepot.LawError):
        return None
    return found


def minor(amount: str | None, decimals: int) -> int | None:
    """Decimal text in minor units."""
    if amount is None:
        return None
    scaled = Decimal(amount).scaleb(decimals)
    assert scaled == int(scaled), f"{amount} is finer than the minor unit"
    return int(scaled)


def option_figures(option: dict[str, Any], decimals: int) -> dict[str, Any]:
    """What is compared of an option of the engine, in the terms of the slow oracle."""
    landed = minor(option.get("amount_landed"), decimals)
    if landed is None:
        return {"status": option["status"], "landed": None}
    charges: dict[str, int | None] = {}
    for charge in option.get("charges", ()):
        assert charge["id"] not in charges, f"{charge['id']} is charged twice"
        charges[charge["id"]] = minor(charge["amount"], decimals)
    return {
        "status": option["status"],
        "landed": landed,
        "recoverable": minor(option["amount_recoverable"], decimals),
        "charges": {key: amount for key, amount in charges.items() if amount != 0},
        "subtotals": {key: minor(option["amount_subtotals"][key], decimals) for key in SUBTOTALS},
        "treatments": [(line.get("treatment") or {"id": "none"})["id"] for line in option.get("lines", ())],
    }


def slow_figures(option: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a regime of the slow oracle."""
    if option["landed"] is None:
        return {"status": option["status"], "landed": None}
    return {
        "status": option["status"],
        "landed": option["landed"],
        "recoverable": option["recoverable"],
        "charges": {key: amount for key, amount in option["charges"].items() if amount != 0},
        "subtotals": option["subtotals"],
        "treatments": option["treatments"],
    }


def compare(sale: dict[str, Any]) -> list[str]:
    """Every difference between engine and oracle; a regime that one of them does not list counts as closed."""
    quote = engine(sale)
    try:
        slow = assess(sale, PACKS)
    except NoRate as fault:  # the engine answers with a refusal, not an error: the sale itself is valid
        return [] if quote is not None and not quote["options"] else [f"only the slow oracle has no rate: {fault}"]
    except Fault as fault:
        return [] if quote is None else [f"only the slow oracle finds a fault: {fault}"]
    if quote is None:
        return ["only the engine finds a fault"]
    best = quote["best"]
    wrong = [] if best == slow["best"] else [f"best: engine {best}, slow oracle {slow['best']}"]
    nothing = {"status": "closed", "landed": None}
    fast = {option["regime"]: option_figures(option, slow["decimals"]) for option in quote["options"]}
    for regime in sorted({*fast, *slow["regimes"]}):
        one = fast.get(regime, nothing)
        two = slow_figures(slow["regimes"][regime]) if regime in slow["regimes"] else nothing
        differ = [key for key in sorted({*one, *two}) if one.get(key) != two.get(key)]
        wrong += [f"{regime}.{key}: engine {one.get(key)}, slow oracle {two.get(key)}" for key in differ]
    return wrong


@pytest.mark.parametrize(("pack", "number", "count"), list(parts()))
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
