"""The market: pavilions, the offers that are shown, and the full-text index over them."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

#: SQLite: terms are separated by spaces, and every other character belongs to a term (`store.market_index`).
_SQLITE = "CREATE VIRTUAL TABLE store_markettext USING fts5(title, body, tokenize = 'ascii', prefix = '1 2 3')"
_POSTGRESQL = (
    "CREATE TABLE store_markettext (id bigint PRIMARY KEY, title tsvector NOT NULL, words tsvector NOT NULL)",
    "CREATE INDEX store_markettext_words ON store_markettext USING gin (words)",
)


def _make(_apps: Any, editor: Any) -> None:
    for statement in (_SQLITE,) if editor.connection.vendor == "sqlite" else _POSTGRESQL:
        editor.execute(statement)


def _drop(_apps: Any, editor: Any) -> None:
    editor.execute("DROP TABLE store_markettext")


class Migration(migrations.Migration):
    """Create three tables."""

    dependencies: ClassVar = [("store", "0010_ucp_and_publishable_keys")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Pavilion",
            fields=[
                ("slug", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("economy", models.CharField(blank=True, max_length=2)),
                ("titles", models.JSONField()),
                ("texts", models.JSONField(default=dict)),
                ("published", models.BooleanField(default=False)),
                ("closed_to", models.JSONField(default=list)),
                ("created", models.DateTimeField()),
                (
                    "operator",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.organization"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MarketOffer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("offer", models.CharField(max_length=60, unique=True)),
                ("pavilion", models.CharField(max_length=40)),
                ("economy", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=8)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["pavilion", "id"], name="market_of_pavilion"),
                    models.Index(fields=["economy", "id"], name="market_of_economy"),
                    models.Index(fields=["kind", "id"], name="market_of_kind"),
                ],
            },
        ),
        migrations.RunPython(_make, _drop),
    ]
