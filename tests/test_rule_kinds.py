"""The list of the kinds of rule is complete: each kind has its function, and a kernel code or none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from entrepot.cli import options, sale_options
from entrepot.engine.rules.conditions import TESTS
from entrepot.law.csv_schema import MULTIPLE_CHOICES
from entrepot.model import rule_kinds
from entrepot.model.sale import Sale

HERE = Path(__file__).resolve().parent


def test_transports_are_one_list() -> None:
    """The API's type, the packs' cells, and the command's words are those of the list; its help names each."""
    assert set(get_args(rule_kinds.Transport)) == set(rule_kinds.TRANSPORTS)
    assert get_args(get_type_hints(Sale)["transport"]) == (rule_kinds.Transport, type(None))
    assert MULTIPLE_CHOICES["transports"] == rule_kinds.TRANSPORTS
    assert sale_options.CHOICES["transport"] == rule_kinds.TRANSPORTS
    option = next(each for each in options.QUOTE if each.name == "transport")
    assert option.choices == rule_kinds.TRANSPORTS
    assert (
        option.help == f"The mode of transport: {', '.join(rule_kinds.TRANSPORTS[:-1])} or {rule_kinds.TRANSPORTS[-1]}."
    )


def test_the_form_of_a_table_offers_the_same_transports() -> None:
    pytest.importorskip("numpy", reason="tables are not installed")
    from entrepot.batch.rows import field_texts

    assert field_texts.FIELD_VALUES["transport"] == rule_kinds.TRANSPORTS
    for transport in rule_kinds.TRANSPORTS:
        assert transport in field_texts.FIELD_TEXTS["transport"]


def test_a_missing_or_extra_function_of_a_kind_is_named() -> None:
    fewer = {name: test for name, test in TESTS.items() if name != "annual"}
    with pytest.raises(LookupError, match=r"rules\.conditions\.TESTS lacks annual\."):
        rule_kinds.require_same(rule_kinds.CONDITION_TESTS, fewer, "rules.conditions.TESTS")
    with pytest.raises(LookupError, match=r"only rules\.conditions\.TESTS has weekly\."):
        rule_kinds.require_same(rule_kinds.CONDITION_TESTS, {**TESTS, "weekly": None}, "rules.conditions.TESTS")


def test_the_kernel_has_codes_for_exactly_the_kinds_it_supports() -> None:
    codes = pytest.importorskip("entrepot.batch.plans.kernel_codes", reason="the batch is not installed")
    from entrepot.batch.plans.plan_buffer import NotInKernel

    for name in ("CHARGE_KINDS", "RATE_SOURCES", "CONDITION_TESTS", "TREATMENT_MODES"):
        assert set(getattr(codes, name)) == rule_kinds.in_kernel(getattr(rule_kinds, name)), name
    assert set(codes.REASONS) == {key for key, known in rule_kinds.REASONS.items() if known}
    with pytest.raises(NotInKernel):
        codes.code_of(codes.CONDITION_TESTS, "even_pieces")


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `added_kinds` finds: a kind of each sort, that the engine knows and the kernel does not."""
    pytest.importorskip("numba", reason="the batch is not installed")
    folder = tmp_path_factory.mktemp("added")
    done = subprocess.run(
        [sys.executable, str(HERE / "added_kinds.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "ENTREPOT_DATA": str(folder / "data")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


SORTS = ["none", "charge kind", "transport", "condition test", "treatment mode"]


@pytest.mark.parametrize("sort", SORTS)
def test_a_table_and_single_quotes_agree_about_a_new_kind(added: dict[str, Any], sort: str) -> None:
    assert added[sort]["differ"] == []


@pytest.mark.parametrize(("sort", "by_kernel"), list(zip(SORTS, (True, False, True, False, False), strict=True)))
def test_rows_that_the_kernel_does_not_support_are_assessed_one_by_one(
    added: dict[str, Any], sort: str, by_kernel: bool
) -> None:
    """A transport is settled before the kernel runs; a kind without a code keeps all rows of its procedures out."""
    assert bool(added[sort]["kernel"]) is by_kernel


def test_the_new_kinds_change_the_results(added: dict[str, Any]) -> None:
    """Else agreement would say nothing: 3 % more everywhere, a fee by drone, and odd numbers of pieces turned away."""
    before = added["none"]["landed"]
    assert "levy" in added["charge kind"]["kinds"]
    assert all(float(new) > float(old) for new, old in zip(added["charge kind"]["landed"], before, strict=True))
    assert before != added["transport"]["landed"]
    assert None in added["condition test"]["landed"]
    assert None not in before


def test_rows_with_a_reason_that_the_kernel_cannot_give_are_assessed_one_by_one(added: dict[str, Any]) -> None:
    assert "date.weekend" in added["none"]["reasons"]
    assert added["none"]["kernel_weekend"] == 0
