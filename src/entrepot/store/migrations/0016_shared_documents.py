"""Shared documents: folders, texts and sheets of workspaces, with their updates and versions."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the tables of documents."""

    dependencies: ClassVar = [("store", "0019_courses")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("workspace", models.CharField(max_length=40)),
                ("parent", models.CharField(blank=True, max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("created", models.DateTimeField()),
                ("changed", models.DateTimeField()),
                ("removed", models.DateTimeField(null=True)),
                ("state", models.BinaryField(default=b"")),
                ("merged", models.BigIntegerField(default=0)),
                ("bytes", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "parent"], name="documents_of_folder")],
            },
        ),
        migrations.CreateModel(
            name="DocumentUpdate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                (
                    "document",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.document"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DocumentVersion",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("automatic", models.BooleanField()),
                ("state", models.BinaryField()),
                (
                    "document",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.document"),
                ),
            ],
        ),
    ]
