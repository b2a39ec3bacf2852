"""The log of who reads health records."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Create a table."""

    dependencies: ClassVar = [("store", "0024_due_times")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="HealthRead",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "record", "day", "organization", "person", "how", blank=True, editable=False,
                        primary_key=True, serialize=False,
                    ),
                ),
                ("record", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("organization", models.CharField(max_length=60)),
                ("person", models.CharField(max_length=60)),
                ("how", models.CharField(max_length=10)),
                ("keep_until", models.DateField()),
            ],
            options={"indexes": [models.Index(fields=["keep_until"], name="health_reads_kept")]},
        ),
    ]  # fmt: skip
