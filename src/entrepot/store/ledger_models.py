"""The database tables of trade: the ledger, what is computed from it, messages, and personal data apart from it.

As in `models`, rows have no methods and send no signals. They are written by `store.trade` only.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LedgerEvent(models.Model):
    """An event of the ledger. Rows are inserted and never changed.

    `content`: its canonical JSON, byte for byte; `id`, `stream`, `kind` and `key` repeat parts of it for queries.
    `chain`: the SHA-256 hash of the `chain` of the event before it (32 zero bytes before the first) and of its leaf
    hash in the Merkle tree: it shows which event was changed, removed or moved.
    """

    position = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=40, unique=True)
    stream = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=255, unique=True, null=True)
    content = models.BinaryField()
    chain = models.BinaryField()

    class Meta:
        """The indexes find the events of an object, and the few of payments that need somebody."""

        indexes: ClassVar = [
            models.Index(fields=["stream", "position"], name="events_of_stream"),
            models.Index(
                fields=["kind", "position"],
                name="events_of_trouble",
                condition=models.Q(kind="payment.refund_failed")
                | models.Q(kind="payment.capture_failed")
                | models.Q(kind="payment.cancel_failed"),
            ),
        ]


class LedgerEventOwner(models.Model):
    """An organization or person to whom the object of an event belonged: the events that it may read."""

    pk = models.CompositePrimaryKey("owner", "position")
    owner = models.CharField(max_length=60)
    position = models.BigIntegerField()


class LedgerHead(models.Model):
    """The end of the ledger, one row. It is locked before events are appended.

    `frontier`: the hashes of the full subtrees of the Merkle tree; `chain`: that of the last event. `epoch` changes if
    the rows that are computed from the ledger are written anew, so that no process keeps what it has read before.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    size = models.BigIntegerField()
    frontier = models.BinaryField()
    chain = models.BinaryField()
    epoch = models.PositiveIntegerField(default=0)


class LedgerNode(models.Model):
    """The hash of a full subtree of 2^8, 2^16 … leaves, so that a proof reads few rows."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField()


class LedgerCheckpoint(models.Model):
    """A signed checkpoint of the ledger: the note as it was signed."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()
    created = models.DateTimeField()


class TradeObject(models.Model):
    """The state of an object as its events give it. `kind`: the prefix of its id; `position`: of its last event."""

    id = models.CharField(primary_key=True, max_length=60)
    kind = models.CharField(max_length=8)
    status = models.CharField(max_length=40)
    state = models.TextField()
    position = models.BigIntegerField()

    class Meta:
        """The index lists the objects of a kind, the newest first."""

        indexes: ClassVar = [models.Index(fields=["kind", "id"], name="objects_of_kind")]


class TradeObjectOwner(models.Model):
    """An organization or person to whom an object belongs."""

    pk = models.CompositePrimaryKey("owner", "kind", "object")
    owner = models.CharField(max_length=60)
    kind = models.CharField(max_length=8)
    object = models.CharField(max_length=60, db_index=True)


class TradeReference(models.Model):
    """A number that others give to an object, such as that of a waybill."""

    reference = models.CharField(primary_key=True, max_length=255)
    object = models.CharField(max_length=60, db_index=True)


class Balance(models.Model):
    """The balance of an account in a unit: the sum of its postings."""

    pk = models.CompositePrimaryKey("account", "unit")
    account = models.CharField(max_length=255)
    unit = models.CharField(max_length=60)
    amount = models.BigIntegerField()


class OutgoingMessage(models.Model):
    """A message of the outbox. See `entrepot.trade.outbox.Message`; `body` is JSON."""

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=60)
    topic = models.CharField(max_length=100)
    group = models.CharField(max_length=255)
    key = models.CharField(max_length=255, unique=True)
    body = models.TextField()
    created = models.DateTimeField()
    due = models.DateTimeField()
    state = models.CharField(max_length=12, default="waiting")
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=60, default="", blank=True)
    leased_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        """The indexes find what is due, what is open or being sent, the messages of a group, and what is old."""

        indexes: ClassVar = [
            models.Index(fields=["channel", "due"], name="messages_due", condition=models.Q(state="waiting")),
            models.Index(
                fields=["channel", "group", "id"],
                name="messages_unsent",
                condition=models.Q(state__in=("waiting", "dead")),
            ),
            models.Index(
                fields=["channel", "leased_until"],
                name="messages_leased",
                condition=models.Q(leased_until__isnull=False),
            ),
            models.Index(fields=["group", "id"], name="messages_of_group"),
            models.Index(fields=["state", "due"], name="messages_finished"),
        ]


class IncomingMessage(models.Model):
    """A message that was received, so that it takes effect once."""

    pk = models.CompositePrimaryKey("sender", "key")
    sender = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    received = models.DateTimeField()


class PersonalRecord(models.Model):
    """Personal data, encrypted. `content` is overwritten in place on erasure, and the row stays: see `trade.personal`.

    `erase`: erasure was requested, and happens on `retain_until`.
    """

    id = models.BigAutoField(primary_key=True)
    reference = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=60, db_index=True)
    purpose = models.CharField(max_length=60)
    content = models.BinaryField()
    retain_until = models.DateField()
    erase = models.BooleanField(default=False)
    erased = models.BooleanField(default=False)

    class Meta:
        """The index finds what is to be erased on a day."""

        indexes: ClassVar = [
            models.Index(
                fields=["retain_until"], name="personal_to_erase", condition=models.Q(erase=True, erased=False)
            )
        ]


class KeyCheck(models.Model):
    """A value computed with a key that is outside of the database: it shows whether the key is still the same."""

    name = models.CharField(primary_key=True, max_length=40)
    check_value = models.CharField(max_length=200)
