"""Rows of courses: tools, launches, line items, scores, members and contents. Statements are in `store.statements`."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from entrepot.store.ids import new_id
from entrepot.store.models import (
    CourseContent,
    CourseItem,
    CourseKey,
    CourseLaunch,
    CourseMember,
    CourseNonce,
    CourseScore,
    CourseTool,
)
from entrepot.trade.courses.tools import Item, Launch, Score, Tool

#: Tools of an organization, and line items of a course.
MAX_TOOLS, MAX_ITEMS = 20, 200
#: The version of a content that is not published yet.
DRAFT = 0


class TooMany(Exception):
    """There are as many tools or line items as there may be."""


class OlderScore(Exception):
    """The score that is known is of the same time or later."""


class SealedKey(NamedTuple):
    """A key that signs, encrypted."""

    kid: str
    sealed: bytes
    since: dt.datetime
    until: dt.datetime | None


def create_tool(organization: str, fields: Mapping[str, Any], now: dt.datetime) -> Tool:
    """Register a tool. Raises TooMany."""
    with transaction.atomic():
        if CourseTool.objects.filter(organization=organization).count() >= MAX_TOOLS:
            raise TooMany
        row = CourseTool.objects.create(
            id=new_id("lt"),
            organization_id=organization,
            client_id=secrets.token_hex(16),
            deployment="1",
            status="enabled",
            created=now,
            **{**fields, "launch_urls": list(fields["launch_urls"])},
        )
    return _tool(row)


def put_tool(tool: Tool, now: dt.datetime) -> Tool:
    """Write the registration of a tool that belongs to nobody: that of built-in courses."""
    fields = {
        "name": tool.name,
        "deployment": tool.deployment,
        "login_url": tool.login_url,
        "launch_urls": list(tool.launch_urls),
        "jwks_url": tool.jwks_url,
        "keys": tool.keys,
        "status": tool.status,
    }
    row, _made = CourseTool.objects.update_or_create(
        id=tool.id, defaults=fields, create_defaults={**fields, "client_id": tool.client_id, "created": now}
    )
    return _tool(row)


def list_tools(organization: str) -> list[Tool]:
    """The tools of an organization, the newest first."""
    return [_tool(row) for row in CourseTool.objects.filter(organization=organization).order_by("-id")]


def find_tool(number: str = "", *, client_id: str = "", organization: str | None = None) -> Tool | None:
    """A tool by its id or its client id; only one of the organization, if that is given."""
    rows = CourseTool.objects.filter(**({"client_id": client_id} if client_id else {"id": number}))
    row = (rows if organization is None else rows.filter(organization=organization)).first()
    return _tool(row) if row else None


def change_tool(number: str, organization: str, **changed: Any) -> bool:
    """Change columns of a tool; its key set is read again. False if the organization has no such tool."""
    found = CourseTool.objects.filter(id=number, organization=organization)
    return bool(found.update(**changed, key_set="", fetched=None))


def delete_tool(number: str, organization: str) -> bool:
    """Delete a tool with its launches. False if the organization has no such tool."""
    return bool(CourseTool.objects.filter(id=number, organization=organization).delete()[0])


def key_set_of(number: str) -> tuple[str, dt.datetime | None]:
    """The key set of a tool as it was read last, and when."""
    found = CourseTool.objects.filter(id=number).values_list("key_set", "fetched").first()
    return found or ("", None)


def keep_key_set(number: str, text: str, now: dt.datetime) -> None:
    """Keep the key set of a tool."""
    CourseTool.objects.filter(id=number).update(key_set=text, fetched=now)


def keys_of(purpose: str) -> list[SealedKey]:
    """The keys of a purpose, the newest first."""
    rows = CourseKey.objects.filter(purpose=purpose).order_by("-since", "kid")
    return [SealedKey(row.kid, bytes(row.sealed), row.since, row.until) for row in rows]


def add_key(purpose: str, key: SealedKey, *, ends: dt.datetime | None, first: bool) -> None:
    """Add a key. `ends`: until when those before it are published; `first`: only if there is none yet."""
    with transaction.atomic():
        if first and CourseKey.objects.select_for_update().filter(purpose=purpose).exists():
            return
        CourseKey.objects.filter(purpose=purpose, until=None).update(until=ends)
        CourseKey.objects.create(kid=key.kid, purpose=purpose, sealed=key.sealed, since=key.since)


def begin_launch(digest: str, launch: Launch, expires: dt.datetime) -> None:
    """Record a launch by the hash of its hint."""
    CourseLaunch.objects.create(
        id=digest,
        tool_id=launch.tool,
        course=launch.course,
        enrolment=launch.enrolment,
        person=launch.person,
        state="begun",
        expires=expires,
    )


def find_launch(digest: str, now: dt.datetime) -> tuple[Launch, str] | None:
    """A launch that has not expired, and its state."""
    row = CourseLaunch.objects.filter(id=digest, expires__gt=now).first()
    return (Launch(row.tool_id, row.course, row.enrolment, row.person), row.state) if row else None


def advance_launch(digest: str, before: str, after: str, now: dt.datetime) -> bool:
    """Move a launch on, once: False if it was not in the state before."""
    return bool(CourseLaunch.objects.filter(id=digest, state=before, expires__gt=now).update(state=after))


def accept_once(digest: str, expires: dt.datetime) -> bool:
    """Whether a message is accepted for the first time. `digest`: of its sender and number."""
    try:
        with transaction.atomic():
            CourseNonce.objects.create(id=digest, expires=expires)
    except IntegrityError:
        return False
    return True


def create_item(item: Item) -> Item:
    """Insert a line item; one that is the grade of the course only once. Raises TooMany."""
    with transaction.atomic():
        rows = CourseItem.objects.filter(course=item.course)
        if item.main and (known := rows.filter(main=True).first()) is not None:
            return _item(known)
        if rows.count() >= MAX_ITEMS:
            raise TooMany
        made = item._replace(id=new_id("li"))
        CourseItem.objects.create(**made._asdict())
    return made


def change_item(item: Item) -> None:
    """Change a line item."""
    fields = {"label": item.label, "maximum": item.maximum, "resource": item.resource, "tag": item.tag}
    CourseItem.objects.filter(id=item.id, course=item.course).update(**fields)


def delete_item(course: str, number: str) -> bool:
    """Delete a line item with its scores; not the grade of the course. False if there is none."""
    return bool(CourseItem.objects.filter(id=number, course=course, main=False).delete()[0])


def list_items(course: str, wanted: Mapping[str, str], *, after: str = "", limit: int = 100) -> list[Item]:
    """The line items of a course, by `link`, `resource` or `tag` where given, in order after an id."""
    rows = CourseItem.objects.filter(course=course, id__gt=after, **wanted).order_by("id")
    return [_item(row) for row in rows[:limit]]


def find_item(course: str, number: str) -> Item | None:
    """A line item of a course."""
    row = CourseItem.objects.filter(id=number, course=course).first()
    return _item(row) if row else None


def main_item(course: str) -> Item | None:
    """The line item that is the grade of a course."""
    row = CourseItem.objects.filter(course=course, main=True).first()
    return _item(row) if row else None


def put_score(item: str, score: Score) -> bool:
    """Keep a score. False if it says what was known; raises OlderScore for one that is not newer."""
    known = CourseScore.objects.select_for_update().filter(item=item, subject=score.subject).first()
    fields = {
        "given": score.given,
        "maximum": score.maximum,
        "activity": score.activity,
        "grading": score.grading,
        "time": score.time,
    }
    if known is None:
        CourseScore.objects.create(item_id=item, subject=score.subject, **fields)
        return True
    if known.time >= score.time:
        raise OlderScore
    CourseScore.objects.filter(item=item, subject=score.subject).update(**fields)
    return any(getattr(known, name) != value for name, value in fields.items() if name != "time")


def scores_of(item: str, *, subject: str = "", after: str = "", limit: int = 100) -> list[Score]:
    """The scores in a line item, by subject, in order after one."""
    rows = CourseScore.objects.filter(item=item, subject__gt=after).order_by("subject")
    rows = rows.filter(subject=subject) if subject else rows
    return [Score(row.subject, row.given, row.maximum, row.activity, row.grading, row.time) for row in rows[:limit]]


def put_member(course: str, tool: str, subject: str, enrolment: str) -> None:
    """Remember by which pseudonym the tool of a course knows an enrolment."""
    known = CourseMember.objects.filter(course=course, subject=subject)
    if not known.update(enrolment=enrolment):
        CourseMember.objects.create(course=course, tool=tool, subject=subject, enrolment=enrolment)


def enrolment_of(course: str, subject: str) -> str | None:
    """The enrolment of a pseudonym in a course."""
    return CourseMember.objects.filter(course=course, subject=subject).values_list("enrolment", flat=True).first()


def enrolment_of_subject(tool: str, subject: str) -> str | None:
    """The newest enrolment of a pseudonym, which is another one for each tool."""
    rows = CourseMember.objects.filter(tool=tool, subject=subject).order_by("-enrolment")
    return rows.values_list("enrolment", flat=True).first()


def subject_of(enrolment: str) -> str:
    """The pseudonym of an enrolment; "" before its first launch."""
    return CourseMember.objects.filter(enrolment=enrolment).values_list("subject", flat=True).first() or ""


def members_of(course: str, *, after: str = "", limit: int = 100) -> list[tuple[str, str]]:
    """The pseudonyms of a course and their enrolments, in order after one."""
    rows = CourseMember.objects.filter(course=course, subject__gt=after).order_by("subject")
    return list(rows.values_list("subject", "enrolment")[:limit])


def put_content(course: str, version: int, text: str, digest: str, now: dt.datetime) -> None:
    """Write a content. Published versions are written once."""
    fields = {"content": text, "hash": digest, "changed": now}
    if not CourseContent.objects.filter(course=course, version=version).update(**fields):
        CourseContent.objects.create(course=course, version=version, **fields)


def content_of(course: str, version: int) -> tuple[str, str] | None:
    """A content and its hash."""
    return CourseContent.objects.filter(course=course, version=version).values_list("content", "hash").first()


def _tool(row: CourseTool) -> Tool:
    return Tool(
        id=row.id,
        organization=row.organization_id or "",
        name=row.name,
        client_id=row.client_id,
        deployment=row.deployment,
        login_url=row.login_url,
        launch_urls=tuple(row.launch_urls),
        linking_url=row.linking_url,
        jwks_url=row.jwks_url,
        keys=row.keys,
        status=row.status,
    )


def _item(row: CourseItem) -> Item:
    return Item(row.id, row.course, row.label, row.maximum, row.link, row.resource, row.tag, row.main)
