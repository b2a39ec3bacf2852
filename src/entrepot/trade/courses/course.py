"""A course that a seller offers: its own pages and quiz on this node, or a tool of the seller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import NotFound, Transaction

#: Where the content is: pages and a quiz of this node, or a tool of the seller.
PAGES, TOOL = "pages", "tool"
LANGUAGES = ("en", "zh", "vi", "th", "km")
MAX_TITLE, MAX_SUMMARY = 120, 1000
MOVES: Moves = {
    ("draft", "course.changed"): "draft",
    ("draft", "course.published"): "open",
    ("open", "course.changed"): "open",
    ("open", "course.published"): "open",
    ("open", "course.closed"): "closed",
    ("closed", "course.changed"): "closed",
    ("closed", "course.published"): "open",
}


class Course(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A course.

    `source`: `pages` or `tool`; `tool`: the id of the tool; `pass_percent`: from which score a learner passes;
    `version` and `content`: how often it was published, and the SHA-256 of what was published last.
    """

    id: str
    status: str
    seller: str
    title: str
    summary: str
    language: str
    source: str
    pass_percent: int
    created: str
    tool: str = ""
    version: int = 0
    content: str = ""


def apply(state: Course | None, event: Event) -> Course:
    """The course after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "course.created")
        made = {**event.payload, "id": event.stream, "status": "draft", "created": event.time}
        return msgspec.convert(made, Course)
    changed = {**event.payload, "status": after(MOVES, state.id, state.status, event.kind)}
    if event.kind == "course.published":
        changed["version"] = state.version + 1
    return msgspec.structs.replace(state, **changed)


def read_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a course from a form. Raises TradeError, which names the field."""
    title, summary = _text(given, "title", MAX_TITLE), _text(given, "summary", MAX_SUMMARY)
    if not title:
        raise TradeError("field_missing", "{field} is missing.", "title", field="title")
    language, source = str(given.get("language", "")), str(given.get("source", ""))
    if language not in LANGUAGES:
        raise _invalid("language", ", ".join(LANGUAGES), language)
    if source not in (PAGES, TOOL):
        raise _invalid("source", f"{PAGES}, {TOOL}", source)
    percent = str(given.get("pass_percent", "")).strip()
    if not (percent.isascii() and percent.isdigit() and int(percent[:4]) <= 100):
        raise _invalid("pass_percent", "0 … 100", percent)
    return {
        "title": title,
        "summary": summary,
        "language": language,
        "source": source,
        "pass_percent": int(percent),
        "tool": str(given.get("tool", "")) if source == TOOL else "",
    }


def create(tx: Transaction, fields: Mapping[str, Any], *, seller: str) -> Course:
    """Create a course as a draft. `fields`: as `read_fields` gives them. Raises TradeError."""
    _check_tool(fields)
    course: Course = tx.append(tx.new_id("cs_"), "course.created", {"seller": seller, **fields})
    return course


def change(tx: Transaction, number: str, fields: Mapping[str, Any], *, seller: str) -> Course:
    """Change the fields of a course. Where its content is cannot change once it is published. Raises TradeError."""
    found = owned(tx, number, seller)
    _check_tool(fields)
    if found.version and (fields["source"], fields["tool"]) != (found.source, found.tool):
        raise TradeError(
            "course_published",
            "{course} is published: its learners are in one tool. Create another course for another tool.",
            "source",
            course=number,
        )
    differs = {name: value for name, value in fields.items() if value != getattr(found, name)}
    if not differs:
        return found
    changed: Course = tx.append(number, "course.changed", differs)
    return changed


def publish(tx: Transaction, number: str, content: str, *, seller: str) -> Course:
    """Publish a course, or what was changed in it. `content`: its SHA-256. Raises TradeError and NotFound."""
    found = owned(tx, number, seller)
    if found.status == "open" and found.content == content:
        return found
    published: Course = tx.append(number, "course.published", {"content": content})
    return published


def close(tx: Transaction, number: str, *, seller: str) -> Course:
    """Close a course for new learners; those who are in it finish it. Raises TradeError and NotFound."""
    owned(tx, number, seller)
    closed: Course = tx.append(number, "course.closed", {})
    return closed


def owned(tx: Transaction, number: str, seller: str) -> Course:
    """A course of a seller. Raises NotFound."""
    found = tx.find(number) if number.startswith("cs_") else None
    if not isinstance(found, Course) or found.seller != seller:
        raise NotFound(number)
    return found


def _check_tool(fields: Mapping[str, Any]) -> None:
    if fields["source"] == TOOL and not fields["tool"]:
        raise TradeError("field_missing", "{field} is missing.", "tool", field="tool")


def _text(given: Mapping[str, Any], name: str, most: int) -> str:
    value = str(given.get(name, "")).strip()
    if not all(sign.isprintable() or sign in "\r\n" for sign in value):
        raise TradeError("field_invalid", "The field {field} has characters that cannot be printed.", name, field=name)
    if len(value) > most:
        raise TradeError(
            "field_invalid",
            "The field {field} has {length} characters; at most {most} are allowed.",
            name,
            field=name,
            length=len(value),
            most=most,
        )
    return value


def _invalid(field: str, known: str, value: str) -> TradeError:
    return TradeError(
        "field_invalid",
        "{value!r} is not a value of {field}. Use one of: {known}.",
        field,
        value=value[:60],
        field=field,
        known=known,
    )


COURSE = Kind("cs_", "course", Course, apply, lambda state: (state.seller,))
