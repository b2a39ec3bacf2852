"""xAPI statements: what the standard allows, and what this store does not keep."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest

from entrepot.connect.xapi import statements
from entrepot.connect.xapi.statements import StatementFault

HOME = "https://node.example"
NOW = dt.datetime(2026, 11, 26, 10, tzinfo=dt.UTC)


def said(**changed: Any) -> dict[str, Any]:
    made = statements.make(
        "passed", f"{HOME}/courses/cs_1/quiz", "assessment", home=HOME, subject="s1", time=NOW,
        result={"score": {"scaled": 0.5, "raw": 1, "min": 0, "max": 2}, "success": True},
    )  # fmt: skip
    return {name: each for name, each in {**made, **changed}.items() if each != "left out"}


def test_what_a_built_in_course_says_is_valid() -> None:
    found = statements.read(said(), home=HOME)
    assert (statements.subject_of(found), found["version"], statements.voids(found)) == ("s1", "2.0.0", "")
    assert statements.read(said(id="left out"), home=HOME)["id"]


def test_more_of_the_standard_is_accepted() -> None:
    number = said()["id"]
    context = {
        "registration": number, "language": "vi", "platform": "p", "extensions": {"https://a.example/x": None},
        "contextActivities": {"parent": [{"id": "https://a.example/course"}]},
        "statement": {"objectType": "StatementRef", "id": number},
    }  # fmt: skip
    result = {"duration": "PT1H2.5S", "response": "b", "extensions": {"https://a.example/x": [1]}}
    assert statements.read(said(context=context, result=result), home=HOME)
    verb = {"id": statements.VOIDED}
    voiding = said(verb=verb, object={"objectType": "StatementRef", "id": number}, result="left out")
    assert statements.voids(statements.read(voiding, home=HOME)) == number


ACTOR = {"account": {"homePage": HOME, "name": "s1"}}


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": "left out"},
        {"verb": "left out"},
        {"object": "left out"},
        {"more": 1},
        {"id": "1"},
        {"actor": {"mbox": "mailto:lan@example.org"}},
        {"actor": {**ACTOR, "name": "Lan"}},
        {"actor": {**ACTOR, "objectType": "Group"}},
        {"actor": {"account": {"homePage": "https://other.example", "name": "s1"}}},
        {"verb": {"id": "passed"}},
        {"verb": {"id": "https://a.example/v", "display": {"not a tag": "x"}}},
        {"verb": {"id": statements.VOIDED}},
        {"object": {"id": "quiz"}},
        {"object": {"objectType": "Agent", "mbox": "mailto:lan@example.org"}},
        {"object": {"id": "https://a.example/q", "definition": {"interactionType": "riddle"}}},
        {"result": {"score": {"scaled": 1.5}}},
        {"result": {"score": {"raw": 3, "min": 0, "max": 2}}},
        {"result": {"score": {"min": 2, "max": 2}}},
        {"result": {"score": {"raw": True}}},
        {"result": {"success": "yes"}},
        {"result": {"duration": "an hour"}},
        {"result": {"duration": "P"}},
        {"result": {"extensions": {"x": 1}}},
        {"result": {"success": None}},
        {"context": {"registration": "1"}},
        {"context": {"instructor": ACTOR}},
        {"context": {"contextActivities": {"parent": {"id": "x"}}}},
        {"timestamp": "2026-11-26"},
        {"timestamp": "2026-11-26T10:00:00-00:00"},
        {"timestamp": "2026-13-26T10:00:00Z"},
        {"authority": ACTOR},
        {"attachments": [{}]},
        {"version": "3.0.0"},
    ],
    ids=lambda changed: repr(changed)[:60],
)
def test_what_is_not_valid_or_names_somebody_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(StatementFault):
        statements.read(copy.deepcopy(said(**changed)), home=HOME)


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(StatementFault):
        statements.read(value, home=HOME)


def test_a_statement_that_is_too_large_is_refused() -> None:
    with pytest.raises(StatementFault, match="bytes"):
        statements.read(said(result={"response": "x" * statements.MAX_BYTES}), home=HOME)
