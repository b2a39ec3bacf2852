"""Tables of courses: tools, launches, grades, contents and statements."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the tables."""

    dependencies: ClassVar = [
        ("store", "0014_booked_times"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="CourseContent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "course", "version", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("course", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("content", models.TextField()),
                ("hash", models.CharField(max_length=64)),
                ("changed", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CourseItem",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("course", models.CharField(db_index=True, max_length=40)),
                ("label", models.CharField(max_length=200)),
                ("maximum", models.DecimalField(decimal_places=6, max_digits=20)),
                ("link", models.CharField(default="", max_length=100)),
                ("resource", models.CharField(default="", max_length=100)),
                ("tag", models.CharField(default="", max_length=100)),
                ("main", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="CourseKey",
            fields=[
                ("kid", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=10)),
                ("sealed", models.BinaryField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CourseMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "course", "subject", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("course", models.CharField(max_length=40)),
                ("tool", models.CharField(max_length=40)),
                ("subject", models.CharField(db_index=True, max_length=64)),
                ("enrolment", models.CharField(db_index=True, max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="CourseNonce",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("expires", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="CourseScore",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "item", "subject", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject", models.CharField(max_length=64)),
                ("given", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("maximum", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("activity", models.CharField(max_length=20)),
                ("grading", models.CharField(max_length=20)),
                ("time", models.DateTimeField()),
                ("item", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.courseitem")),
            ],
        ),
        migrations.CreateModel(
            name="CourseStatement",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.CharField(max_length=36, unique=True)),
                ("tool", models.CharField(max_length=40)),
                ("enrolment", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=64)),
                ("verb", models.CharField(max_length=500)),
                ("activity", models.CharField(max_length=500)),
                ("content", models.TextField()),
                ("chain", models.CharField(max_length=64)),
                ("stored", models.DateTimeField()),
                ("voided", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["enrolment", "number"], name="statements_of_enrolment"),
                    models.Index(fields=["tool", "number"], name="statements_of_tool"),
                    models.Index(fields=["stored"], name="statements_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseTool",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("client_id", models.CharField(max_length=40, unique=True)),
                ("deployment", models.CharField(max_length=40)),
                ("login_url", models.CharField(max_length=500)),
                ("launch_urls", models.JSONField()),
                ("linking_url", models.CharField(default="", max_length=500)),
                ("jwks_url", models.CharField(default="", max_length=500)),
                ("keys", models.TextField(default="")),
                ("status", models.CharField(max_length=10)),
                ("created", models.DateTimeField()),
                ("key_set", models.TextField(default="")),
                ("fetched", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="store.organization"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CourseLaunch",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("course", models.CharField(max_length=40)),
                ("enrolment", models.CharField(default="", max_length=40)),
                ("person", models.CharField(max_length=40)),
                ("state", models.CharField(max_length=10)),
                ("expires", models.DateTimeField(db_index=True)),
                ("tool", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.coursetool")),
            ],
        ),
    ]
