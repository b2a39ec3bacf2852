"""The database table of lists of sanctions. As in `models`, rows have no methods and send no signals."""

from __future__ import annotations

from django.db import models


class ScreeningList(models.Model):
    """The entries of a version of a list, packed. `digest`: SHA-256 of the file that was added."""

    digest = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()
    added = models.DateTimeField()
