"""The store of xAPI statements: apart from the ledger, which has a hash over those of an enrolment."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction

from entrepot.store.models import CourseStatement
from entrepot.trade.courses.tools import Statement

#: Statements of an enrolment at most.
MAX_STATEMENTS = 2000


class Conflict(Exception):
    """Another statement has this id."""


class TooMany(Exception):
    """The enrolment has as many statements as it may have."""


class Tally(NamedTuple):
    """How many statements of an enrolment were kept, and the hash over all of them in their order."""

    number: int
    chain: str


def keep(statement: Statement, now: dt.datetime) -> bool:
    """Keep a statement. False if it is known already; raises Conflict if another one has its id, and TooMany."""
    with transaction.atomic():
        known = CourseStatement.objects.filter(id=statement.id).first()
        if known is not None:
            if (known.content, known.tool) != (statement.content, statement.tool):
                raise Conflict(statement.id)
            return False
        rows = CourseStatement.objects.select_for_update().filter(enrolment=statement.enrolment)
        before = tally(statement.enrolment)
        if before.number >= MAX_STATEMENTS:
            raise TooMany(statement.enrolment)
        digest = hashlib.sha256(statement.content.encode()).hexdigest()
        CourseStatement.objects.create(
            id=statement.id,
            tool=statement.tool,
            enrolment=statement.enrolment,
            subject=statement.subject,
            verb=statement.verb[:500],
            activity=statement.activity[:500],
            content=statement.content,
            chain=hashlib.sha256(f"{before.chain}{digest}".encode()).hexdigest(),
            stored=now,
        )
        if statement.voids:
            rows.filter(id=statement.voids, tool=statement.tool).update(voided=True)
    return True


def tally(enrolment: str) -> Tally:
    """The count of the statements of an enrolment, and the hash over them."""
    rows = CourseStatement.objects.filter(enrolment=enrolment)
    last = rows.order_by("-number").values_list("chain", flat=True).first()
    return Tally(rows.count(), last or "")


def find(tool: str, number: str, *, voided: bool = False) -> tuple[str, dt.datetime] | None:
    """A statement of a tool by its id, as it was sent, and when it was stored."""
    rows = CourseStatement.objects.filter(tool=tool, id=number, voided=voided)
    return rows.values_list("content", "stored").first()


def search(
    tool: str, wanted: Mapping[str, Any], *, ascending: bool, before: int | None, limit: int
) -> list[tuple[int, str, dt.datetime]]:
    """Statements of a tool with their numbers, the newest first unless `ascending`.

    `wanted`: enrolment, subject, verb, activity, since, until; `before`: the number after which the list continues.
    """
    named = {"since": "stored__gt", "until": "stored__lte"}
    rows = CourseStatement.objects.filter(tool=tool, voided=False)
    rows = rows.filter(**{named.get(name, name): value for name, value in wanted.items()})
    if before is not None:
        rows = rows.filter(**({"number__gt": before} if ascending else {"number__lt": before}))
    return list(rows.order_by("number" if ascending else "-number").values_list("number", "content", "stored")[:limit])


def of_enrolment(enrolment: str) -> list[str]:
    """The statements of an enrolment in their order: what an export shows."""
    rows = CourseStatement.objects.filter(enrolment=enrolment).order_by("number")
    return list(rows.values_list("content", flat=True))
