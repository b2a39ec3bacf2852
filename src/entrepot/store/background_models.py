"""The database table of the background workers' times. Their jobs have tables of `django-tasks-db`."""

from __future__ import annotations

from django.db import models


class BackgroundTimer(models.Model):
    """Something that happens from time to time (`id`), and when it is due next."""

    id = models.CharField(primary_key=True, max_length=60)
    due = models.DateTimeField()
