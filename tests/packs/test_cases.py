"""Every worked example of every pack: its figures come from the source or derivation that it names."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

import entrepot
from entrepot.law.library import packs_folder
from entrepot.model.quote import Option

FIELDS = ("goods", "shipping", "insurance", "duties", "taxes", "fees")


def _cases() -> list[Any]:
    found = []
    for path in sorted(packs_folder().glob("*/cases.toml")):
        for case in tomllib.loads(path.read_text())["case"]:
            found.append(pytest.param(case, id=f"{path.parent.name}:{case['id']}"))  # noqa: PERF401  # reads better so
    return found


CASES = _cases()


def test_there_are_sixty_cases_and_each_has_a_source() -> None:
    assert len(CASES) >= 60
    for param in CASES:
        case = param.values[0]
        assert case["basis"] in ("official", "published", "derivation"), case["id"]
        assert len(case["source"]) > 15, case["id"]


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    expect = case["expect"]
    if "error" in expect:
        with pytest.raises(entrepot.SaleError) as error:
            entrepot.quote(case["sale"])
        assert error.value.param == expect["error"]["param"]
        assert error.value.code == expect["error"].get("code", error.value.code)
        return
    quote = entrepot.quote(case["sale"])
    if "outcome" in expect:
        assert quote.assessment.outcome == expect["outcome"], [reason.message for reason in quote.assessment.reasons]
    codes = {reason.code for reason in quote.assessment.reasons}
    assert codes >= set(expect.get("reasons", [])), codes
    if "best" in expect:
        assert (quote.best.regime if quote.best else None) == (expect["best"] or None)
    options = {option.regime: option for option in quote.options}
    for regime, wanted in expect.get("options", {}).items():
        assert regime in options, f"no option {regime!r} among {sorted(options)}"
        assert _seen(options[regime], wanted) == wanted, regime


def _seen(option: Option, wanted: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name in wanted:
        if name == "status":
            seen[name] = option.status
        elif name == "landed":
            seen[name] = option.amount_landed
        elif name in ("landed_low", "landed_high"):
            seen[name] = getattr(option, f"amount_{name}") or None  # absent where there is no range
        elif name in FIELDS:
            seen[name] = getattr(option.amount_subtotals, name) if option.amount_subtotals else None
        elif name == "charges_total":
            seen[name] = option.amount_charges
        elif name == "recoverable":
            seen[name] = option.amount_recoverable
        elif name == "at_least":
            seen[name] = option.at_least
        elif name == "charges":
            found = {charge.id: charge.amount for charge in option.charges}
            seen[name] = {charge: found.get(charge) for charge in wanted["charges"]}
        elif name == "ranges":
            ranges = {charge.id: [charge.amount_low, charge.amount_high] for charge in option.charges}
            seen[name] = {charge: ranges.get(charge) for charge in wanted["ranges"]}
        elif name == "treatments":
            seen[name] = [line.treatment.id if line.treatment else None for line in option.lines]
        else:
            raise AssertionError(f"a case expects {name!r}, which the format does not know")
    return seen
