"""A pavilion can be one of another node: it has no organization here, but a peer."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Let a pavilion have a peer in place of an organization."""

    dependencies: ClassVar = [("store", "0016_shared_documents")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="pavilion",
            name="operator",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="store.organization"),
        ),
        migrations.AddField(
            model_name="pavilion", name="peer", field=models.CharField(blank=True, default="", max_length=60)
        ),
        migrations.AddField(
            model_name="pavilion", name="presenter", field=models.CharField(blank=True, default="", max_length=150)
        ),
    ]
