"""The index of the resources of visits, by which they are searched."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Create a table."""

    dependencies: ClassVar = [("store", "0018_bounded_lists_and_troubles")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="HealthEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner", "kind", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=20)),
                ("number", models.CharField(max_length=64)),
                ("object", models.CharField(max_length=60)),
                ("record", models.CharField(max_length=60, default="", db_default="")),
                ("status", models.CharField(max_length=20, default="", db_default="")),
                ("start", models.CharField(max_length=30, default="", db_default="")),
                ("finish", models.CharField(max_length=30, default="", db_default="")),
                ("patient", models.CharField(max_length=64, default="", db_default="")),
                ("practitioner", models.CharField(max_length=64, default="", db_default="")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "kind", "start", "number"], name="health_by_time"),
                    models.Index(fields=["owner", "kind", "patient", "start"], name="health_of_patient"),
                    models.Index(fields=["owner", "kind", "practitioner", "start"], name="health_of_practitioner"),
                    models.Index(fields=["object"], name="health_of_object"),
                ],
            },
        ),
    ]
