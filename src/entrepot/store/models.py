"""The database tables. Rows have no methods and send no signals: decisions are made by the callers of `store`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from entrepot.store.background_models import BackgroundTimer
from entrepot.store.booking_models import BookedTime, DueTime
from entrepot.store.course_models import (
    CourseContent,
    CourseItem,
    CourseKey,
    CourseLaunch,
    CourseMember,
    CourseNonce,
    CourseScore,
    CourseStatement,
    CourseTool,
)
from entrepot.store.goods_models import GoodsCorrection
from entrepot.store.health_models import HealthEntry, HealthRead
from entrepot.store.ledger_models import (
    Balance,
    IncomingMessage,
    KeyCheck,
    LedgerCheckpoint,
    LedgerEvent,
    LedgerEventOwner,
    LedgerHead,
    LedgerNode,
    OutgoingMessage,
    PersonalRecord,
    TradeObject,
    TradeObjectOwner,
    TradeReference,
)
from entrepot.store.market_models import ClosedOffer, MarketOffer, Pavilion
from entrepot.store.office_models import Document, DocumentUpdate, DocumentVersion
from entrepot.store.people_models import (
    Invitation,
    Member,
    Organization,
    Person,
    RecoveryCode,
    WrongPasswords,
)
from entrepot.store.screening_models import ScreeningList
from entrepot.store.ucp_models import UcpCheckout, UcpRequest
from entrepot.store.webhook_models import LedgerFollower, WebhookDelivery, WebhookEndpoint

__all__ = [
    "BackgroundTimer",
    "Balance",
    "BookedTime",
    "ClosedOffer",
    "CourseContent",
    "CourseItem",
    "CourseKey",
    "CourseLaunch",
    "CourseMember",
    "CourseNonce",
    "CourseScore",
    "CourseStatement",
    "CourseTool",
    "Document",
    "DocumentUpdate",
    "DocumentVersion",
    "DueTime",
    "GoodsCorrection",
    "HealthEntry",
    "HealthRead",
    "IncomingMessage",
    "Invitation",
    "Job",
    "Key",
    "KeyCheck",
    "Law",
    "LedgerCheckpoint",
    "LedgerEvent",
    "LedgerEventOwner",
    "LedgerFollower",
    "LedgerHead",
    "LedgerNode",
    "MarketOffer",
    "Member",
    "Once",
    "Organization",
    "OutgoingMessage",
    "Pavilion",
    "Person",
    "PersonalRecord",
    "Quote",
    "RecoveryCode",
    "ScreeningList",
    "TradeObject",
    "TradeObjectOwner",
    "TradeReference",
    "UcpCheckout",
    "UcpRequest",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WrongPasswords",
]


class Key(models.Model):
    """An API key. Only the hash of its secret is stored. `organization`: None for a key that cannot trade.

    `origins`: of a publishable key, the web sites whose pages may use it, separated by spaces; None for any other.
    """

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64)
    scopes = models.CharField(max_length=200)
    per_minute = models.PositiveIntegerField()
    created = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True)
    origins = models.CharField(max_length=1000, null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-created"]


class Law(models.Model):
    """The compiled law of stored quotes, identified by the hash of its content: a quote can be calculated again.

    `form`: the format of `content`. A later release may not be able to read an older format.
    """

    id = models.CharField(primary_key=True, max_length=100)
    pack = models.CharField(max_length=40)
    hash = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField(null=True)
    form = models.CharField(max_length=40)
    content = models.BinaryField()


class Quote(models.Model):
    """A stored quote: the request and the response, byte for byte, until it expires.

    `packed`: the length of the response (4 bytes, big-endian) and the response compressed with Zstandard, to about a
    quarter.
    """

    id = models.CharField(primary_key=True, max_length=40)
    hash = models.CharField(max_length=64)
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    request = models.BinaryField()
    packed = models.BinaryField()
    law = models.ForeignKey(Law, on_delete=models.PROTECT)
    key = models.ForeignKey(Key, on_delete=models.SET_NULL, null=True)

    class Meta:
        """The index finds the newest quotes of a key; quotes without a key are not listed."""

        indexes: ClassVar = [
            models.Index(fields=["key", "created", "id"], name="quotes_of_key", condition=models.Q(key__isnull=False))
        ]


class Once(models.Model):
    """The use of an Idempotency-Key, inserted in the same transaction as its quote.

    `id`: the hash of the caller and the key; `fingerprint`: the hash of the request.
    """

    id = models.CharField(primary_key=True, max_length=64)
    fingerprint = models.CharField(max_length=64)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE)
    created = models.DateTimeField(db_index=True)


class Job(models.Model):
    """An uploaded table: its file, the meaning of its columns, and the progress of the calculation."""

    id = models.CharField(primary_key=True, max_length=40)
    created = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=200)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=20, db_index=True)
    rows = models.PositiveBigIntegerField(default=0)
    share = models.FloatField(default=0.0)
    fault = models.TextField(default="", blank=True)
    beat = models.DateTimeField(null=True)
