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

COMPARED = {
    "status",
    "landed_low",
    "landed_high",
    "charges",
    "landed",
    "goods",
    "duties",
    "taxes",
    "fees",
    "charges_total",
    "treatments",
}


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


def major(ends: tuple[int | None, int | None], decimals: int) -> Fraction | None:
    """An amount in minor units in major ones; None where it is unknown, or a range."""
    low, high = ends
    return Fraction(low, 10**decimals) if low is not None and low == high else None


def figure(option: dict[str, Any], field: str, decimals: int) -> Any:
    """One field of a case's expectation, from an assessed regime."""
    if field in ("status", "treatments"):
        return option[field]
    if not option["subtotals"]:
        return None
    if field in ("landed_low", "landed_high"):
        return major((option["landed"][field == "landed_high"],) * 2, decimals)
    if field == "landed":
        return major(option["landed"], decimals)
    if field == "charges_total":
        parts = [major(option["subtotals"][key], decimals) for key in ("duties", "taxes", "fees")]
        return None if None in parts else sum(part or 0 for part in parts)
    return major(option["subtotals"][field], decimals)


def charge_differences(option: dict[str, Any], wanted: dict[str, Any], decimals: int) -> list[str]:
    """Where the charges of a regime are not those of a case: an amount, or the two of a range."""
    wrong = []
    for charge, amount in wanted.items():
        got: Any = [major((end, end), decimals) for end in option["charges"].get(charge, (None, None))]
        if isinstance(amount, list):
            right = got == [Fraction(end) for end in amount]
        else:
            right = got[1] is None if amount in ("", "unknown") else got == [Fraction(amount)] * 2
        if not right:
            wrong.append(f"{charge}: {amount} expected, {got} found")
    return wrong


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
            if field in ("charges", "ranges"):
                wrong += [f"{regime}.{each}" for each in charge_differences(option, value, found["decimals"])]
                continue
            if field == "at_least":
                open_above = option["landed"][1] is None or any(None in ends for ends in option["charges"].values())
                wrong += [] if open_above is value else [f"{regime}.at_least: {value} expected"]
                continue
            assert field in COMPARED, f"{regime}.{field} is a field this test does not know"
            got = figure(option, field, found["decimals"])
            if field == "treatments" and got is None:
                continue  # the candidates have different ones, and the oracle shows none of them
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
