"""The ledger of trade, what is computed from it, the outbox and the inbox, and personal data. The ledger is empty."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models


def insert_head(apps: Any, schema_editor: Any) -> None:
    """The end of an empty ledger."""
    heads = apps.get_model("store", "LedgerHead").objects.using(schema_editor.connection.alias)
    heads.create(id=1, size=0, frontier=b"", chain=bytes(32))


class Migration(migrations.Migration):
    """See above."""

    dependencies: ClassVar = [
        ("store", "0005_administrators_are_operators"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Balance",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "unit", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=255)),
                ("unit", models.CharField(max_length=60)),
                ("amount", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="IncomingMessage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "sender", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sender", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=255)),
                ("received", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="KeyCheck",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("check_value", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerCheckpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("note", models.TextField()),
                ("created", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEventOwner",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.CharField(max_length=60)),
                ("position", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("frontier", models.BinaryField()),
                ("chain", models.BinaryField()),
                ("epoch", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerNode",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="TradeObjectOwner",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner", "kind", "object", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=8)),
                ("object", models.CharField(db_index=True, max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="TradeReference",
            fields=[
                ("reference", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("object", models.CharField(db_index=True, max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEvent",
            fields=[
                ("position", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.CharField(max_length=40, unique=True)),
                ("stream", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=255, null=True, unique=True)),
                ("content", models.BinaryField()),
                ("chain", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["stream", "position"], name="events_of_stream")],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMessage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=60)),
                ("topic", models.CharField(max_length=100)),
                ("group", models.CharField(max_length=255)),
                ("key", models.CharField(max_length=255, unique=True)),
                ("body", models.TextField()),
                ("created", models.DateTimeField()),
                ("due", models.DateTimeField()),
                ("state", models.CharField(default="waiting", max_length=12)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("lease", models.CharField(blank=True, default="", max_length=60)),
                ("leased_until", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["channel", "due"], name="messages_due"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "dead"))),
                        fields=["channel", "group", "id"],
                        name="messages_unsent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=40, unique=True)),
                ("subject", models.CharField(db_index=True, max_length=60)),
                ("purpose", models.CharField(max_length=60)),
                ("content", models.BinaryField()),
                ("retain_until", models.DateField()),
                ("erase", models.BooleanField(default=False)),
                ("erased", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("erase", True), ("erased", False)),
                        fields=["retain_until"],
                        name="personal_to_erase",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TradeObject",
            fields=[
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("status", models.CharField(max_length=40)),
                ("state", models.TextField()),
                ("position", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "id"], name="objects_of_kind")],
            },
        ),
        migrations.RunPython(insert_head, migrations.RunPython.noop),
    ]
