"""xAPI statements put together: checked, kept for their learner, read back by the tool that sent them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.lti.launches import Platform
from entrepot.connect.xapi import statements as xapi
from entrepot.model import json as untrusted
from entrepot.store import courses as rows
from entrepot.store import statements
from entrepot.trade.courses.tools import Statement

#: Statements of one request, and bytes of its body.
MAX_TOGETHER, MAX_BODY = 50, 400_000
#: How long statements are kept after they were stored.
KEPT = dt.timedelta(days=730)


def put(tool: str, body: bytes, platform: Platform, now: dt.datetime, *, number: str = "") -> list[str]:
    """Keep the statements of a body. Returns their ids. Raises LtiFault: all of them are kept, or none is checked in.

    `number`: the id that the address names, for one statement.
    """
    if len(body) > MAX_BODY:
        raise LtiFault("invalid_request", f"The body has more than {MAX_BODY} bytes.", 413)
    try:
        given = untrusted.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LtiFault("invalid_request", f"The body is not JSON: {error}.") from None
    sent = given if isinstance(given, list) and not number else [given]
    if not 0 < len(sent) <= MAX_TOGETHER:
        raise LtiFault("invalid_request", f"Send between 1 and {MAX_TOGETHER} statements.")
    found = [_read(tool, each, platform, number) for each in sent]
    return [_keep(each, now) for each in found]


def keep_made(tool: str, made: Mapping[str, Any], platform: Platform, now: dt.datetime) -> str:
    """Keep a statement of a built-in course, checked like those of others. Raises LtiFault."""
    return _keep(_read(tool, dict(made), platform, ""), now)


def get(tool: str, query: Mapping[str, str]) -> dict[str, Any]:
    """One statement, or those that a query names, as the standard shows them. Raises LtiFault."""
    for name, voided in (("statementId", False), ("voidedStatementId", True)):
        if name in query:
            found = statements.find(tool, query[name].lower()[:36], voided=voided)
            if found is None:
                raise LtiFault("not_found", "There is no such statement of this tool.", 404)
            return _shown(*found)
    return _list(tool, query)


def _list(tool: str, query: Mapping[str, str]) -> dict[str, Any]:
    limit = query.get("limit", "0")
    most = min(int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 6 else 0, 100) or 100
    ascending = query.get("ascending") == "true"
    wanted: dict[str, Any] = {name: query[name] for name in ("verb", "activity") if name in query}
    for name in ("since", "until"):
        if name in query:
            wanted[name] = _time(query[name], name)
    if "agent" in query:
        wanted["subject"] = _subject(query["agent"])
    before = query.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    found = statements.search(tool, wanted, ascending=ascending, before=number, limit=most + 1)
    more = found[most - 1][0] if len(found) > most else None
    return {"statements": [_shown(content, stored) for _n, content, stored in found[:most]], "more": more}


def _read(tool: str, given: Any, platform: Platform, number: str) -> Statement:
    if number and isinstance(given, dict):
        if given.get("id", number) != number:
            raise LtiFault("invalid_request", "The id of the statement is not the statementId of the address.")
        given = {**given, "id": number}
    try:
        found = xapi.read(given, home=platform.issuer)
    except xapi.StatementFault as fault:
        raise LtiFault("invalid_statement", str(fault)) from None
    found["id"] = found["id"].lower()
    subject = xapi.subject_of(found)
    enrolment = rows.enrolment_of_subject(tool, subject)
    if enrolment is None:
        raise LtiFault(
            "unknown_user", "The actor is not a learner of a course of this tool: send the sub of the launch.", 403
        )
    return Statement(
        id=found["id"],
        tool=tool,
        enrolment=enrolment,
        subject=subject,
        verb=str(found["verb"]["id"]),
        activity=str(found["object"]["id"]),
        content=msgspec.json.encode(found, order="sorted").decode(),
        voids=xapi.voids(found),
    )


def _keep(statement: Statement, now: dt.datetime) -> str:
    try:
        statements.keep(statement, now)
    except statements.Conflict:
        raise LtiFault("conflict", "Another statement has this id.", 409) from None
    except statements.TooMany:
        most = statements.MAX_STATEMENTS
        raise LtiFault("too_many", f"The enrolment has {most} statements, the most that are kept.", 413) from None
    return statement.id


def _shown(content: str, stored: dt.datetime) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(content)
    return {**found, "stored": stored.isoformat().replace("+00:00", "Z")}


def _time(text: str, name: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise LtiFault("invalid_request", f"{name} is a time with its zone (RFC 3339).")
    return found


def _subject(text: str) -> str:
    try:
        agent = untrusted.decode(text)
        return str(agent["account"]["name"])
    except (msgspec.DecodeError, KeyError, TypeError):
        raise LtiFault("invalid_request", "agent is the JSON of an Agent with an account.") from None
