"""Checkout sessions of UCP with their requests, and the web sites whose pages may use a publishable key."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Create two tables and add a column."""

    dependencies: ClassVar = [("store", "0009_webhook_endpoints_once")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="UcpCheckout",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("platform", models.CharField(max_length=64)),
                ("status", models.CharField(max_length=24)),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField(db_index=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="UcpRequest",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("created", models.DateTimeField(db_index=True)),
                ("status", models.PositiveIntegerField(null=True)),
                ("content", models.BinaryField(null=True)),
            ],
        ),
        migrations.AddField("key", "origins", models.CharField(blank=True, max_length=1000, null=True)),
    ]
