"""A table for the codes that organizations chose for descriptions of goods."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the table."""

    dependencies: ClassVar = [
        ("store", "0025_health_reads"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="GoodsCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=32)),
                ("text", models.TextField()),
                ("code", models.CharField(max_length=6)),
                ("created", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.organization"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "digest"), name="one_code")],
            },
        ),
    ]
