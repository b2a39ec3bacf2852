"""The database tables of UCP: checkout sessions and the requests that were answered. Rows have no methods."""

from __future__ import annotations

from django.db import models


class UcpCheckout(models.Model):
    """A checkout session. `platform`: the hash of who may use it; `version`: grows with each change.

    `content`: the session, encrypted and bound to its id: it has the name and the address of the buyer.
    """

    id = models.CharField(primary_key=True, max_length=40)
    platform = models.CharField(max_length=64)
    status = models.CharField(max_length=24)
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    version = models.PositiveIntegerField(default=1)
    content = models.BinaryField()


class UcpRequest(models.Model):
    """The use of an Idempotency-Key. `id`: the hash of the platform, the operation and the key; `digest`: of the body.

    `status`: of the answer, None while the request is processed; `content`: the answer, encrypted.
    """

    id = models.CharField(primary_key=True, max_length=64)
    digest = models.CharField(max_length=64)
    created = models.DateTimeField(db_index=True)
    status = models.PositiveIntegerField(null=True)
    content = models.BinaryField(null=True)
