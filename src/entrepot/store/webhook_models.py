"""The database tables of webhooks. As in `models`, rows have no methods and send no signals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from entrepot.store.people_models import Organization


class WebhookEndpoint(models.Model):
    """Where an organization receives events: see `trade.webhooks.Endpoint`.

    `secret`: encrypted, bound to the endpoint. `request`: the hash of the caller and the Idempotency-Key of its
    creation; `asked`: the hash of what was asked for.
    """

    id = models.CharField(primary_key=True, max_length=40)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    url = models.CharField(max_length=500)
    kinds = models.JSONField()
    description = models.CharField(max_length=200, default="")
    secret = models.BinaryField()
    created = models.DateTimeField()
    status = models.CharField(max_length=10)
    failing_since = models.DateTimeField(null=True)
    why = models.CharField(max_length=700, default="")
    request = models.CharField(max_length=64, unique=True, null=True)
    asked = models.CharField(max_length=64, default="")


class WebhookDelivery(models.Model):
    """One attempt to send an event to an endpoint. `status`: of the response, or None without one."""

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE)
    event = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    time = models.DateTimeField(db_index=True)
    attempt = models.PositiveIntegerField()
    ok = models.BooleanField()
    status = models.PositiveIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    detail = models.CharField(max_length=500)

    class Meta:
        """The log of an endpoint, the newest first."""

        indexes: ClassVar = [models.Index(fields=["endpoint", "id"], name="deliveries_of_endpoint")]


class LedgerFollower(models.Model):
    """How far something (`id`) has followed the ledger: the position of the last event that it has processed."""

    id = models.CharField(primary_key=True, max_length=40)
    position = models.BigIntegerField()
