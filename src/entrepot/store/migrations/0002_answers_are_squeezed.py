"""Responses are compressed; the row of an Idempotency-Key refers to its quote. Older rows are deleted."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """See above."""

    dependencies: ClassVar = [("store", "0001_initial")]

    operations: ClassVar = [
        migrations.DeleteModel("Once"),
        migrations.RunSQL("DELETE FROM store_quote", migrations.RunSQL.noop),
        migrations.RenameField("Quote", "answer", "packed"),
        migrations.CreateModel(
            "Once",
            [
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("created", models.DateTimeField(db_index=True)),
                ("quote", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.quote")),
            ],
        ),
    ]
