"""The database tables of times that are booked, and of what is due. Rows have no methods; `store.trade` writes them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class BookedTime(models.Model):
    """The time of a unit of a resource that an object occupies. See `entrepot.trade.occupied.Occupied`.

    Seconds since 1970, UTC. PostgreSQL has an exclusion constraint besides, `booked_times_apart`.
    """

    object = models.CharField(primary_key=True, max_length=60)
    resource = models.CharField(max_length=60)
    unit = models.PositiveIntegerField()
    since = models.BigIntegerField()
    until = models.BigIntegerField()
    expires = models.BigIntegerField(default=0)

    class Meta:
        """The indexes find what has a part of a time, what has ended, and holds that lapse."""

        indexes: ClassVar = [
            models.Index(fields=["resource", "until"], name="booked_of_resource"),
            models.Index(fields=["until"], name="booked_until"),
            models.Index(fields=["expires"], name="booked_expires", condition=models.Q(expires__gt=0)),
        ]


class DueTime(models.Model):
    """When something of an object is due by itself. See `entrepot.trade.objects.Kind.due`. `at`: RFC 3339, UTC."""

    pk = models.CompositePrimaryKey("object", "what")
    object = models.CharField(max_length=60)
    what = models.CharField(max_length=10)
    at = models.CharField(max_length=30)

    class Meta:
        """The index finds what is due."""

        indexes: ClassVar = [models.Index(fields=["what", "at", "object"], name="due_by_time")]
