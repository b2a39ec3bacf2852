"""An index that finds the newest quotes of an API key. No row changes."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """See above."""

    dependencies: ClassVar = [("store", "0002_answers_are_squeezed")]

    operations: ClassVar = [
        migrations.AddIndex(
            "Quote",
            models.Index(condition=models.Q(key__isnull=False), fields=["key", "created", "id"], name="quotes_of_key"),
        ),
    ]
