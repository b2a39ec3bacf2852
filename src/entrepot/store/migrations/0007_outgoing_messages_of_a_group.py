"""Indexes of the outbox: the messages of a group, and those that were finished before a time."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add two indexes."""

    dependencies: ClassVar = [("store", "0006_ledger")]

    operations: ClassVar = [
        migrations.AddIndex("outgoingmessage", models.Index(fields=["group", "id"], name="messages_of_group")),
        migrations.AddIndex("outgoingmessage", models.Index(fields=["state", "due"], name="messages_finished")),
    ]
