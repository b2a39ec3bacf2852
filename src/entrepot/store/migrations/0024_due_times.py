"""The table of what is due, so that a timer reads only that: filled from the states that are stored."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import migrations, models

#: Rows that are written at once.
_BATCH = 1000


def _fill(apps: Any, _editor: Any) -> None:
    objects = apps.get_model("store", "TradeObject").objects.filter(kind__in=("or_", "re_", "dl_"))
    row = apps.get_model("store", "DueTime")
    rows: list[Any] = []
    for number, kind, status, state in objects.values_list("id", "kind", "status", "state").iterator():
        rows += [row(object=number, what=what, at=at) for what, at in _due(kind, status, json.loads(state)) if at]
        if len(rows) >= _BATCH:
            row.objects.bulk_create(rows)
            rows = []
    row.objects.bulk_create(rows)


def _due(kind: str, status: str, state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if kind == "or_" and status in ("created", "requote", "awaiting_payment"):
        yield "end", state["expires"]
    if kind == "re_" and status in ("asked", "approved") and state.get("arrive_until"):
        yield "end", f"{state['arrive_until']}T10:00:00.000Z"
    if kind == "dl_":
        yield "end", _end_of_delivery(status, state)
        if status in ("waiting", "ready"):
            yield "start", state.get("starts", "")


def _end_of_delivery(status: str, state: dict[str, Any]) -> str:
    until = str(state.get("until", ""))
    if status == "delivered":
        return str(state.get("accept_until", ""))
    if status not in ("waiting", "ready", "started") or not until or state.get("session"):
        return ""
    if state.get("begun") or (status != "waiting" and state["kind"] in ("course", "workspace")):
        return until
    if state["kind"] != "visit":
        return ""
    term = dt.datetime.fromisoformat(until) + dt.timedelta(days=state["terms"].get("acceptance_days", 7))
    return term.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Migration(migrations.Migration):
    """Create a table and fill it."""

    dependencies: ClassVar = [("store", "0022_screening_lists")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="DueTime",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "object", "what", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object", models.CharField(max_length=60)),
                ("what", models.CharField(max_length=10)),
                ("at", models.CharField(max_length=30)),
            ],
            options={"indexes": [models.Index(fields=["what", "at", "object"], name="due_by_time")]},
        ),
        migrations.RunPython(_fill, migrations.RunPython.noop),
    ]
