"""Every worked example of every pack, by the slow oracle."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from slow.assess import assess
from slow.read import Fault

PACKS = Path(__file__).resolve().parent.parent / "packs"

COMPARED = {"status", "charges", "landed", "goods", "duties", "taxes", "fees", "charges_total", "treatments"}


def cases() -> list[Any]:
    """The cases of all packs, each under its pack and id."""
    found = []
    for path in sorted(PACKS.glob("*/cases.toml")):
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("case", [])
        found += [pytest.param(case, id=f"{path.parent.name}/{case['id']}") for case in listed]
    return found


def test_there_are_cases() -> None:
    """The folder of packs is where it is looked for."""
    assert cases()


def major(amount: int | None, decimals: int) -> Fraction | None:
    """Minor units in major ones."""
    return None if amount is None else Fraction(amount, 10**decimals)


def figure(option: dict[str, Any], field: str, decimals: int) -> Any:
    """One field of a case's expectation, from an assessed regime."""
    if field in ("status", "treatments"):
        return option[field]
    if option["charges"] is None:
        return None
    if field == "landed":
        return major(option["landed"], decimals)
    if field == "charges_total":
        return major(sum(option["subtotals"][key] for key in ("duties", "taxes", "fees")), decimals)
    return major(option["subtotals"][field], decimals)


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Where an assessment is not what a case expects."""
    wrong = []
    if "best" in expected and (expected["best"] or None) != found["best"]:
        wrong.append(f"best: {expected['best']} expected, {found['best']} found")
    for regime, wanted in expected.get("options", {}).items():
        option = found["regimes"].get(regime)
        if option is None:
            if wanted != {"status": "closed"}:
                wrong.append(f"{regime}: not there")
            continue
        for field, value in wanted.items():
            if field == "charges":
                for charge, amount in value.items():
                    got = major((option["charges"] or {}).get(charge), found["decimals"])
                    if got != (None if amount in ("", "unknown") else Fraction(amount)):
                        wrong.append(f"{regime}.{charge}: {amount} expected, {got} found")
                continue
            if field == "ranges":
                continue  # the oracle assesses one rate; of a range it says that it is unknown
            assert field in COMPARED, f"{regime}.{field} is a field this test does not know"
            got = figure(option, field, found["decimals"])
            if got != (value if field in ("status", "treatments") else Fraction(value)):
                wrong.append(f"{regime}.{field}: {value} expected, {got} found")
    return wrong


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    """The slow oracle gives the figures of a case."""
    expected = case["expect"]
    if "error" in expected:
        pytest.skip("the shape of a faulty sale is the engine's to check, not the slow oracle's")
    try:
        found = assess(case["sale"], PACKS)
    except Fault as fault:
        pytest.fail(f"the sale is refused: {fault}")
    assert not differences(expected, found)
