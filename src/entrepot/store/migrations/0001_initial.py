"""The first tables."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """See above."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("created", models.DateTimeField(db_index=True)),
                ("name", models.CharField(max_length=200)),
                ("options", models.JSONField(default=dict)),
                ("state", models.CharField(db_index=True, max_length=20)),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("share", models.FloatField(default=0.0)),
                ("fault", models.TextField(blank=True, default="")),
                ("beat", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Key",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("secret_hash", models.CharField(max_length=64)),
                ("scopes", models.CharField(max_length=200)),
                ("per_minute", models.PositiveIntegerField()),
                ("created", models.DateTimeField()),
                ("revoked", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="Law",
            fields=[
                ("id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("pack", models.CharField(max_length=40)),
                ("hash", models.CharField(max_length=64)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("form", models.CharField(max_length=40)),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Once",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("body", models.BinaryField()),
                ("created", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField(db_index=True)),
                ("request", models.BinaryField()),
                ("answer", models.BinaryField()),
                ("key", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="store.key")),
                ("law", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.law")),
            ],
        ),
    ]
