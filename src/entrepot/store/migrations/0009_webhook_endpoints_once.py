"""The creation of a webhook endpoint can be repeated with its Idempotency-Key."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add two columns."""

    dependencies: ClassVar = [("store", "0008_webhooks_and_timers")]

    operations: ClassVar = [
        migrations.AddField("webhookendpoint", "request", models.CharField(max_length=64, null=True, unique=True)),
        migrations.AddField("webhookendpoint", "asked", models.CharField(default="", max_length=64)),
    ]
