"""models: the tables. A row has no methods and sends no signals: what is decided about it is decided elsewhere."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Key(models.Model):
    """A key of the API. Of its secret only the hash is here."""

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64)
    scopes = models.CharField(max_length=200)
    per_minute = models.PositiveIntegerField()
    created = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-created"]


class Law(models.Model):
    """The compiled law that a quote was made by, under the hash of what it says: so a quote can be made again.

    `form`: which form of compiled law the bytes are; another release may read none of an older one.
    """

    id = models.CharField(primary_key=True, max_length=100)
    pack = models.CharField(max_length=40)
    hash = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField(null=True)
    form = models.CharField(max_length=40)
    content = models.BinaryField()


class Quote(models.Model):
    """A quote that was given: what was asked and what was answered, byte for byte, until it expires.

    `packed`: the answer: how long it is (4 bytes), and what Zstandard makes of it: a fourteenth, for its citations
    repeat themselves.
    """

    id = models.CharField(primary_key=True, max_length=40)
    hash = models.CharField(max_length=64)
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    request = models.BinaryField()
    packed = models.BinaryField()
    law = models.ForeignKey(Law, on_delete=models.PROTECT)
    key = models.ForeignKey(Key, on_delete=models.SET_NULL, null=True)


class Once(models.Model):
    """That a quote was given under an Idempotency-Key, put there in the transaction of the quote itself.

    `id`: the hash of the caller and the key; `fingerprint`: that of the request.
    """

    id = models.CharField(primary_key=True, max_length=64)
    fingerprint = models.CharField(max_length=64)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE)
    created = models.DateTimeField(db_index=True)


class Job(models.Model):
    """A table that was handed in to be answered: its file, what its columns mean, and how far the work is."""

    id = models.CharField(primary_key=True, max_length=40)
    created = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=200)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=20, db_index=True)
    rows = models.PositiveBigIntegerField(default=0)
    share = models.FloatField(default=0.0)
    fault = models.TextField(default="", blank=True)
    beat = models.DateTimeField(null=True)
