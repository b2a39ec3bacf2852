"""A table for the contents of lists of sanctions."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the table."""

    dependencies: ClassVar = [
        ("store", "0023_pavilions_of_other_nodes"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ScreeningList",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("added", models.DateTimeField()),
            ],
        ),
    ]
