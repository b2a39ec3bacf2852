"""Assignment and Grade Services 2.0: line items, scores and results, and what makes a score impossible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.connect.lti.faults import LtiFault
from entrepot.trade.courses.tools import Item, Score

ACTIVITY = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
GRADING = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
MAX_LABEL, MAX_TAG, MAX_GRADE = 200, 100, Decimal(10) ** 9


def read_item(given: Any, number_of: str, course: str) -> Item:
    """A line item of a tool. Raises LtiFault."""
    if not isinstance(given, Mapping):
        raise LtiFault("invalid_request", "A line item is a JSON object.")
    label, maximum = given.get("label"), number(given.get("scoreMaximum"), "scoreMaximum")
    if not isinstance(label, str) or not 0 < len(label) <= MAX_LABEL:
        raise LtiFault("invalid_request", f"A line item has a label of at most {MAX_LABEL} characters.")
    if maximum is None or maximum <= 0:
        raise LtiFault("invalid_request", "scoreMaximum is a number that is more than 0.")
    link, resource, tag = (_text(given, name) for name in ("resourceLinkId", "resourceId", "tag"))
    return Item(number_of, course, label, maximum, link, resource, tag)


def shown_item(item: Item, address: str) -> dict[str, Any]:
    """A line item as tools read it. `address`: of the line items of its course."""
    found: dict[str, Any] = {
        "id": f"{address}/{item.id}",
        "label": item.label,
        "scoreMaximum": json_number(item.maximum),
    }
    more = {"resourceLinkId": item.link, "resourceId": item.resource, "tag": item.tag}
    return found | {name: value for name, value in more.items() if value}


def read_score(given: Any) -> Score:
    """A score that a tool sends. Raises LtiFault: a grade above the maximum is refused, and nothing of it is kept.

    The comment that a tool may send is not read: it would be content.
    """
    if not isinstance(given, Mapping):
        raise LtiFault("invalid_request", "A score is a JSON object.")
    subject, activity, grading = given.get("userId"), given.get("activityProgress"), given.get("gradingProgress")
    if not isinstance(subject, str) or not subject:
        raise LtiFault("invalid_request", "userId is missing: it is the sub of the launch.")
    if activity not in ACTIVITY:
        raise LtiFault("invalid_request", f"activityProgress is one of: {', '.join(ACTIVITY)}.")
    if grading not in GRADING:
        raise LtiFault("invalid_request", f"gradingProgress is one of: {', '.join(GRADING)}.")
    score, maximum = number(given.get("scoreGiven"), "scoreGiven"), number(given.get("scoreMaximum"), "scoreMaximum")
    if score is not None:
        if maximum is None or maximum <= 0:
            raise LtiFault("invalid_request", "A scoreGiven needs a scoreMaximum that is more than 0.")
        if score < 0:
            raise LtiFault("invalid_request", "scoreGiven is 0 or more.")
        if score > maximum:
            raise LtiFault(
                "score_above_maximum", f"scoreGiven {score:f} is above scoreMaximum {maximum:f}: it is refused.", 422
            )
    return Score(subject, score, maximum, activity, grading, _time(given.get("timestamp")))


def shown_result(item: Item, address: str, score: Score) -> dict[str, Any]:
    """The result of a learner, on the scale of the line item."""
    found: dict[str, Any] = {
        "id": f"{address}/{item.id}/results/{score.subject}",
        "scoreOf": f"{address}/{item.id}",
        "userId": score.subject,
    }
    if score.given is not None and score.maximum:
        scaled = (score.given * item.maximum / score.maximum).quantize(Decimal("0.0001")).normalize()
        found |= {"resultScore": json_number(scaled), "resultMaximum": json_number(item.maximum)}
    return found


def number(value: Any, name: str) -> Decimal | None:
    """A number of JSON; None where it is missing. Raises LtiFault.

    >>> number(89.5, "scoreGiven"), number(None, "scoreGiven")
    (Decimal('89.5'), None)
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_GRADE:
        raise LtiFault("invalid_request", f"{name} is a number of at most {MAX_GRADE:f}.")
    return Decimal(str(value))


def json_number(value: Decimal) -> int | float:
    """A number for JSON."""
    return int(value) if value == value.to_integral_value() else float(value)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str) or len(value) > MAX_TAG:
        raise LtiFault("invalid_request", f"{name} is a text of at most {MAX_TAG} characters.")
    return value


def _time(value: Any) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise LtiFault(
            "invalid_request", "timestamp is a time with its zone (ISO 8601), such as 2026-11-26T10:00:00.5Z."
        )
    return found
