"""Check an xAPI statement, and make those of built-in courses. The actor is a pseudonym: an account of this platform.

A statement that names anybody else, or has attachments, is refused: this store keeps no more than it must.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

VERSION = "2.0.0"
#: Bytes of a statement, and levels of its parts, at most.
MAX_BYTES = 20_000
VERBS = "http://adlnet.gov/expapi/verbs/"
VOIDED = f"{VERBS}voided"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>\"{}|\\^`]{1,1000}\Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
_PART = r"\d+(?:\.\d+)?"
_CLOCK = rf"T(?=.)(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?"
_DAYS = rf"(?:{_PART}Y)?(?:{_PART}M)?(?:{_PART}D)?"
_DURATION = re.compile(rf"P(?:{_PART}W|(?=.){_DAYS}(?:{_CLOCK})?)\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", re.IGNORECASE)
_STATEMENT = ("id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version")
_RESULT = ("score", "success", "completion", "response", "duration", "extensions")
_CONTEXT = (
    "registration", "contextActivities", "revision", "platform", "language", "statement", "extensions",
)  # fmt: skip
_DEFINITION = (
    "name", "description", "type", "moreInfo", "extensions", "interactionType", "correctResponsesPattern", "choices",
    "scale", "source", "target", "steps",
)  # fmt: skip
_INTERACTIONS = (
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric",
    "other",
)  # fmt: skip


class StatementFault(ValueError):
    """A statement is not valid. The text names the part, what it has, and what is allowed."""


def read(given: Any, *, home: str) -> dict[str, Any]:
    """A statement that was checked, with an id. `home`: the home page of accounts, the issuer.

    Raises StatementFault.
    """
    found = _object(given, "statement", (*_STATEMENT, "attachments"))
    if found.get("attachments"):
        raise StatementFault("attachments: this store keeps none.")
    if len(msgspec.json.encode(found)) > MAX_BYTES:
        raise StatementFault(f"statement: it has more than {MAX_BYTES} bytes.")
    for name in ("actor", "verb", "object"):
        if name not in found:
            raise StatementFault(f"{name} is missing.")
    _no_nulls(found)
    _check_actor(found["actor"], home)
    _check_verb(found["verb"])
    _check_object(found["object"], found["verb"]["id"])
    _check_result(found.get("result"))
    _check_context(found.get("context"), found["object"])
    checks: dict[str, Callable[[Any], bool]] = {
        "id": lambda value: bool(_UUID.match(value)),
        "timestamp": _is_time,
        "stored": _is_time,
        "version": lambda value: value.startswith(("1.0", "2.0")),
    }
    for name, fits in checks.items():
        if name in found and not (isinstance(found[name], str) and fits(found[name])):
            raise StatementFault(f"{name}: {str(found[name])[:60]!r} is not valid.")
    if "authority" in found:
        raise StatementFault("authority: it is set by the store. Leave it out.")
    kept = {name: value for name, value in found.items() if name not in ("stored", "attachments")}
    return {"id": str(uuid.uuid4()), **kept, "version": VERSION}


def subject_of(statement: Mapping[str, Any]) -> str:
    """The pseudonym of the actor."""
    return str(statement["actor"]["account"]["name"])


def voids(statement: Mapping[str, Any]) -> str:
    """The id of the statement that this one voids, or ""."""
    return str(statement["object"]["id"]) if statement["verb"]["id"] == VOIDED else ""


def make(
    verb: str,
    activity: str,
    kind: str,
    *,
    home: str,
    subject: str,
    time: dt.datetime,
    result: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A statement of a built-in course. `verb`: of ADL's vocabulary; `kind`: of the activity."""
    found: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": subject}},
        "verb": {"id": f"{VERBS}{verb}", "display": {"en": verb}},
        "object": {
            "objectType": "Activity",
            "id": activity,
            "definition": {"type": f"http://adlnet.gov/expapi/activities/{kind}"},
        },
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": VERSION,
    }
    return found | ({"result": dict(result)} if result else {})


def _check_actor(actor: Any, home: str) -> None:
    found = _object(actor, "actor", ("objectType", "account", "name", "mbox", "mbox_sha1sum", "openid", "member"))
    if set(found) - {"objectType", "account"} or found.get("objectType", "Agent") != "Agent":
        raise StatementFault("actor: give an Agent with an account, and no name, address or group: it is a pseudonym.")
    account = _object(found.get("account"), "actor.account", ("homePage", "name"))
    if account.get("homePage") != home or not isinstance(account.get("name"), str) or not account["name"]:
        raise StatementFault(f"actor.account: homePage is {home}, and name the sub of the launch.")


def _check_verb(verb: Any) -> None:
    found = _object(verb, "verb", ("id", "display"))
    _iri(found.get("id"), "verb.id")
    _languages(found.get("display"), "verb.display")


def _check_object(given: Any, verb: str) -> None:
    if not isinstance(given, Mapping):
        raise StatementFault("object: it is not a JSON object.")
    kind = given.get("objectType", "Activity")
    if verb == VOIDED and kind != "StatementRef":
        raise StatementFault("object: a voiding statement names a StatementRef.")
    if kind == "StatementRef":
        found = _object(given, "object", ("objectType", "id"))
        if not (isinstance(found.get("id"), str) and _UUID.match(found["id"])):
            raise StatementFault("object.id: a StatementRef has the UUID of a statement.")
        return
    if kind != "Activity":
        raise StatementFault(f"object.objectType: {str(kind)[:40]!r} is not kept here. Use Activity or StatementRef.")
    _check_activity(given, "object")


def _check_activity(given: Any, where: str) -> None:
    found = _object(given, where, ("objectType", "id", "definition"))
    if found.get("objectType", "Activity") != "Activity":
        raise StatementFault(f"{where}.objectType: it must be Activity.")
    _iri(found.get("id"), f"{where}.id")
    if "definition" not in found:
        return
    definition = _object(found["definition"], f"{where}.definition", _DEFINITION)
    for name in ("name", "description"):
        _languages(definition.get(name), f"{where}.definition.{name}")
    for name in ("type", "moreInfo"):
        if name in definition:
            _iri(definition[name], f"{where}.definition.{name}")
    if "interactionType" in definition and definition["interactionType"] not in _INTERACTIONS:
        raise StatementFault(f"{where}.definition.interactionType: use one of {', '.join(_INTERACTIONS)}.")
    _extensions(definition.get("extensions"), f"{where}.definition.extensions")


def _check_result(given: Any) -> None:
    if given is None:
        return
    found = _object(given, "result", _RESULT)
    for name in ("success", "completion"):
        if not isinstance(found.get(name, True), bool):
            raise StatementFault(f"result.{name}: it must be true or false.")
    if not isinstance(found.get("response", ""), str):
        raise StatementFault("result.response: it must be a text.")
    duration = found.get("duration", "PT0S")
    if not (isinstance(duration, str) and _DURATION.match(duration)):
        raise StatementFault("result.duration: it must be a duration of ISO 8601, such as PT5M30S.")
    _extensions(found.get("extensions"), "result.extensions")
    if "score" in found:
        _check_score(_object(found["score"], "result.score", ("scaled", "raw", "min", "max")))


def _check_score(score: Mapping[str, Any]) -> None:
    for name, value in score.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise StatementFault(f"result.score.{name}: it must be a number.")
    if not -1 <= score.get("scaled", 0) <= 1:
        raise StatementFault("result.score.scaled: it must be between -1 and 1.")
    least, most = score.get("min"), score.get("max")
    if least is not None and most is not None and least >= most:
        raise StatementFault("result.score: min must be less than max.")
    raw = score.get("raw")
    if raw is not None and ((least is not None and raw < least) or (most is not None and raw > most)):
        raise StatementFault("result.score.raw: it must be between min and max.")


def _check_context(given: Any, about: Mapping[str, Any]) -> None:
    if given is None:
        return
    people = ("instructor", "team", "contextAgents", "contextGroups")
    found = _object(given, "context", (*_CONTEXT, *people))
    if any(name in found for name in people):
        raise StatementFault(f"context: {', '.join(people)} name people, and are not kept here.")
    if not (
        isinstance(found.get("registration", ""), str)
        and _UUID.match(found.get("registration") or str(uuid.UUID(int=0, version=4)))
    ):
        raise StatementFault("context.registration: it must be a UUID.")
    if about.get("objectType", "Activity") != "Activity" and ("revision" in found or "platform" in found):
        raise StatementFault("context: revision and platform are for activities only.")
    for name in ("revision", "platform"):
        if not isinstance(found.get(name, ""), str):
            raise StatementFault(f"context.{name}: it must be a text.")
    if "language" in found and not (isinstance(found["language"], str) and _LANGUAGE.match(found["language"])):
        raise StatementFault("context.language: it must be a language tag (RFC 5646).")
    _extensions(found.get("extensions"), "context.extensions")
    activities = _object(
        found.get("contextActivities", {}), "context.contextActivities", ("parent", "grouping", "category", "other")
    )
    for name, each in activities.items():
        for activity in each if isinstance(each, list) else [each]:
            _check_activity(activity, f"context.contextActivities.{name}")
    if "statement" in found:
        _check_object(found["statement"], VOIDED)


def _object(value: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StatementFault(f"{where}: it is missing, or not a JSON object.")
    unknown = sorted(set(value) - set(allowed))
    if unknown:
        raise StatementFault(f"{where}: {unknown[0][:60]!r} is not known. It has: {', '.join(allowed)}.")
    return value


def _no_nulls(value: Any, where: str = "statement") -> None:
    """Nothing is null, except in extensions."""
    if isinstance(value, dict):
        for name, each in value.items():
            if each is None:
                raise StatementFault(f"{where}.{name}: null is not allowed. Leave it out.")
            if name != "extensions":
                _no_nulls(each, f"{where}.{name}")
    elif isinstance(value, list):
        for each in value:
            _no_nulls(each, where)


def _iri(value: Any, where: str) -> None:
    if not (isinstance(value, str) and _IRI.match(value)):
        raise StatementFault(f"{where}: {str(value)[:60]!r} is not an IRI, such as https://example.org/verbs/read.")


def _languages(value: Any, where: str) -> None:
    if value is None:
        return
    if not isinstance(value, dict) or not all(
        _LANGUAGE.match(name) and isinstance(text, str) for name, text in value.items()
    ):
        raise StatementFault(f"{where}: it must be texts by language tag (RFC 5646).")


def _extensions(value: Any, where: str) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        raise StatementFault(f"{where}: it must be a JSON object.")
    for name in value:
        _iri(name, where)


def _is_time(text: str) -> bool:
    """A time of RFC 3339. An unknown zone (-00:00) is none."""
    if not _TIME.match(text) or text.endswith("-00:00"):
        return False
    try:
        dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True
