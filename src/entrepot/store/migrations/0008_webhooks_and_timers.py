"""Webhooks: endpoints and their log; how far the ledger was followed; what is due at times."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create four tables, and an index of the messages that are being sent."""

    dependencies: ClassVar = [("store", "0007_outgoing_messages_of_a_group")]

    operations: ClassVar = [
        migrations.AddIndex(
            "outgoingmessage",
            models.Index(
                fields=["channel", "leased_until"],
                name="messages_leased",
                condition=models.Q(("leased_until__isnull", False)),
            ),
        ),
        migrations.CreateModel(
            name="BackgroundTimer",
            fields=[
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("due", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerFollower",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("url", models.CharField(max_length=500)),
                ("kinds", models.JSONField()),
                ("description", models.CharField(default="", max_length=200)),
                ("secret", models.BinaryField()),
                ("created", models.DateTimeField()),
                ("status", models.CharField(max_length=10)),
                ("failing_since", models.DateTimeField(null=True)),
                ("why", models.CharField(default="", max_length=700)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.organization"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("event", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=60)),
                ("time", models.DateTimeField(db_index=True)),
                ("attempt", models.PositiveIntegerField()),
                ("ok", models.BooleanField()),
                ("status", models.PositiveIntegerField(null=True)),
                ("milliseconds", models.PositiveIntegerField()),
                ("detail", models.CharField(max_length=500)),
                (
                    "endpoint",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.webhookendpoint"),
                ),
            ],
            options={"indexes": [models.Index(fields=["endpoint", "id"], name="deliveries_of_endpoint")]},
        ),
    ]
