"""An index of the few events after which a payment may need somebody."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add an index, which costs nothing for other events."""

    dependencies: ClassVar = [("store", "0011_market")]

    operations: ClassVar = [
        migrations.AddIndex(
            "ledgerevent",
            models.Index(
                fields=["kind", "position"],
                name="events_of_trouble",
                condition=models.Q(kind="payment.refund_failed") | models.Q(kind="payment.capture_failed"),
            ),
        ),
    ]
