"""The database table of the codes that organizations chose for descriptions of goods.

As in `models`, rows have no methods and send no signals.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from entrepot.store.people_models import Organization


class GoodsCorrection(models.Model):
    """The code that an organization chose for a description. `digest`: of what all its spellings have in common."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    digest = models.CharField(max_length=32)
    text = models.TextField()
    code = models.CharField(max_length=6)
    created = models.DateTimeField()

    class Meta:
        """Each description of an organization has one code."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "digest"], name="one_code")]
