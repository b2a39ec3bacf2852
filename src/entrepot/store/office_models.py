"""The database tables of shared documents: names, updates and versions. Nothing of it is in the ledger.

A document is the sequence of its updates. `Document.state` is what the updates up to `Document.merged` amount to; those
after it are rows of `DocumentUpdate`.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Document(models.Model):
    """A folder, a text or a sheet of a workspace.

    `id`: `fd_`, `tx_` or `sh_`; `parent`: its folder, "" at the top; `bytes`: of its state, updates and versions;
    `removed`: when it was put into the bin.
    """

    id = models.CharField(primary_key=True, max_length=40)
    workspace = models.CharField(max_length=40)
    parent = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    created = models.DateTimeField()
    changed = models.DateTimeField()
    removed = models.DateTimeField(null=True)
    state = models.BinaryField(default=b"")
    merged = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    class Meta:
        """The index lists the documents of a folder."""

        indexes: ClassVar = [models.Index(fields=["workspace", "parent"], name="documents_of_folder")]


class DocumentUpdate(models.Model):
    """An update that was acknowledged."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    content = models.BinaryField()


class DocumentVersion(models.Model):
    """The whole state of a document at a moment. `automatic`: kept after a session, not by a person."""

    id = models.CharField(primary_key=True, max_length=40)
    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    created = models.DateTimeField()
    automatic = models.BooleanField()
    state = models.BinaryField()
