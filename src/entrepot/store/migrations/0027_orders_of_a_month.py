"""Orders of two nodes and settlements are listed by month, so that a settlement reads those of its month only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import migrations

#: Rows that are written at once.
_BATCH = 1000


def _fill(apps: Any, _editor: Any) -> None:
    objects = apps.get_model("store", "TradeObject").objects
    owners, event_owners = apps.get_model("store", "TradeObjectOwner"), apps.get_model("store", "LedgerEventOwner")
    events = apps.get_model("store", "LedgerEvent").objects
    for number, state in objects.filter(kind="ns_").values_list("id", "state").iterator():
        found = json.loads(state)
        owner = f"{found['peer']}/{found['period']}"
        owners.objects.create(owner=owner, kind="ns_", object=number)
        positions = events.filter(stream=number).values_list("position", flat=True)
        event_owners.objects.bulk_create([event_owners(owner=owner, position=each) for each in positions])
    for number, state in objects.filter(kind="xo_").values_list("id", "state").iterator():
        found = json.loads(state)
        if not found.get("entries"):
            continue
        months = dict.fromkeys(f"{found['peer']}/{each['at'][:7]}" for each in found["entries"])
        owners.objects.bulk_create([owners(owner=each, kind="xo_", object=number) for each in months])
        rows = events.filter(stream=number).order_by("position").values_list("position", "kind", "content")
        made = [event_owners(owner=owner, position=at) for owner, at in _of_events(found["peer"], rows)]
        event_owners.objects.bulk_create(made, batch_size=_BATCH)


def _of_events(peer: str, rows: Any) -> Iterator[tuple[str, int]]:
    """The months of an order after each of its events."""
    months: dict[str, None] = {}
    for position, kind, content in rows:
        if kind == "common.entries":
            given = json.loads(bytes(content))["payload"]["entries"]
            months |= dict.fromkeys(f"{peer}/{each['at'][:7]}" for each in given)
        yield from ((owner, position) for owner in months)


class Migration(migrations.Migration):
    """See above."""

    dependencies: ClassVar = [("store", "0026_goods_corrections")]

    operations: ClassVar = [migrations.RunPython(_fill, migrations.RunPython.noop)]
