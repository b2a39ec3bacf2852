"""Offers that pavilions took out have rows of their own; documents are listed by their orders too.

The index of the events after which a payment may need somebody has cancellations that a provider refused.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import migrations, models

#: Rows that are written at once.
_BATCH = 1000


def _rows_of_lists(apps: Any, _editor: Any) -> None:
    closed = apps.get_model("store", "ClosedOffer")
    for slug, offers in apps.get_model("store", "Pavilion").objects.values_list("slug", "closed_to"):
        rows = [closed(pavilion=slug, offer=each) for each in dict.fromkeys(offers)]
        closed.objects.bulk_create(rows, batch_size=_BATCH)


def _orders_of_documents(apps: Any, _editor: Any) -> None:
    owners, event_owners = apps.get_model("store", "TradeObjectOwner"), apps.get_model("store", "LedgerEventOwner")
    events = apps.get_model("store", "LedgerEvent").objects.filter(kind__startswith="document.")
    documents = apps.get_model("store", "TradeObject").objects.filter(kind="do_")
    orders = {number: json.loads(state)["order"] for number, state in documents.values_list("id", "state").iterator()}
    owners.objects.bulk_create(
        [owners(owner=order, kind="do_", object=number) for number, order in orders.items()],
        batch_size=_BATCH,
        ignore_conflicts=True,
    )
    event_owners.objects.bulk_create(
        [
            event_owners(owner=orders[stream], position=position)
            for position, stream in events.values_list("position", "stream").iterator()
            if stream in orders
        ],
        batch_size=_BATCH,
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    """See above."""

    dependencies: ClassVar = [("store", "0012_payments_that_need_somebody")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ClosedOffer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "pavilion", "offer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pavilion", models.CharField(max_length=40)),
                ("offer", models.CharField(max_length=60)),
            ],
        ),
        migrations.RunPython(_rows_of_lists, migrations.RunPython.noop),
        migrations.RemoveField(model_name="pavilion", name="closed_to"),
        migrations.RemoveIndex("ledgerevent", "events_of_trouble"),
        migrations.AddIndex(
            "ledgerevent",
            models.Index(
                fields=["kind", "position"],
                name="events_of_trouble",
                condition=models.Q(kind="payment.refund_failed")
                | models.Q(kind="payment.capture_failed")
                | models.Q(kind="payment.cancel_failed"),
            ),
        ),
        migrations.RunPython(_orders_of_documents, migrations.RunPython.noop),
    ]
