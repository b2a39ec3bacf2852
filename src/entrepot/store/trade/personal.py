"""Personal data at rest: encrypted rows apart from the ledger, with a key that is not in the database.

AES-256-GCM with a random nonce; the reference and the subject are authenticated, so a row cannot be exchanged for
another. On erasure the bytes are overwritten and the row stays: in SQLite a row of the same size is written in place,
and as rows are neither removed nor moved, no copy of it remains in another page.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from entrepot.store.trade import sql
from entrepot.trade.ports import PersonalData

TABLE = "store_personalrecord"
COLUMNS = ("reference", "subject", "purpose", "content", "retain_until", "erase", "erased")
NONCE_BYTES = 12
_VALUES = msgspec.json.Decoder(dict[str, str])


class DataKeyMismatch(Exception):
    """Personal data cannot be decrypted: the key is not the one that it was encrypted with, or the row was changed."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"The personal data {reference} cannot be decrypted: its row was changed, or the data key is another one. "
            "Restore the key file from a backup. Without the key the data is lost; the ledger is not affected."
        )


class Vault:
    """Encrypts and decrypts personal data with a key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, reference: str, data: PersonalData) -> bytes:
        """The values of personal data, encrypted."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, msgspec.json.encode(data.values), _bound(reference, data.subject))

    def decrypt(self, reference: str, subject: str, content: bytes) -> Mapping[str, str]:
        """The values. Raises DataKeyMismatch."""
        try:
            plain = self._cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], _bound(reference, subject))
        except InvalidTag:
            raise DataKeyMismatch(reference) from None
        return _VALUES.decode(plain)


def read_personal(cursor: Any, vault: Vault, reference: str) -> PersonalData | None:
    """Personal data by its reference."""
    return next(iter(_read(cursor, vault, "reference", reference).values()), None)


def read_by_subject(cursor: Any, vault: Vault, subject: str) -> dict[str, PersonalData]:
    """The personal data of a subject, by reference, in the order in which it was stored."""
    return _read(cursor, vault, "subject", subject)


def write_personal(cursor: Any, vault: Vault, changed: Mapping[str, PersonalData | None], known: set[str]) -> None:
    """Write what a command put, marked or erased. `known`: the references that have rows already."""
    new = [
        (number, each.subject, each.purpose, vault.encrypt(number, each), each.retain_until, each.erase, False)
        for number, each in changed.items()
        if each is not None and number not in known
    ]
    if new:
        sql.insert(cursor, TABLE, COLUMNS, new)
    for number, each in changed.items():
        if number in known and each is not None:
            cursor.execute(f"UPDATE {TABLE} SET erase = %s WHERE reference = %s", [each.erase, number])
    overwrite(cursor, [number for number, each in changed.items() if each is None and number in known])


def overwrite(cursor: Any, references: list[str]) -> None:
    """Erase rows: their bytes are overwritten with zeros."""
    zeros = "zeroblob(length(content))" if cursor.db.vendor == "sqlite" else "''"
    for number in references:
        cursor.execute(f"UPDATE {TABLE} SET content = {zeros}, erased = %s WHERE reference = %s", [True, number])


def clean_up(*, thoroughly: bool = False) -> None:
    """Remove the bytes of erased rows from where the database still has them, after the transaction was committed.

    SQLite: the journal of the transactions is written into the file and emptied. If a reader is at work, the next
    erasure, or the daily one, does it. PostgreSQL keeps old versions of rows until the table is rewritten, which is
    done `thoroughly` only: it locks the table for a moment.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchone()
        elif thoroughly:
            cursor.execute(f"DELETE FROM {TABLE} WHERE erased")
            if cursor.rowcount:
                cursor.execute(f"VACUUM FULL {TABLE}")


def due_references(cursor: Any, today: dt.date) -> list[str]:
    """What is to be erased: its erasure was requested, and its date is reached."""
    query = f"SELECT reference FROM {TABLE} WHERE erase AND NOT erased AND retain_until <= %s"
    return [str(number) for (number,) in sql.select(cursor, query, today)]


def _read(cursor: Any, vault: Vault, column: str, value: str) -> dict[str, PersonalData]:
    query = (
        f"SELECT reference, subject, purpose, content, retain_until, erase FROM {TABLE} "
        f"WHERE {column} = %s AND NOT erased ORDER BY id"
    )
    return {
        reference: PersonalData(
            subject, purpose, vault.decrypt(reference, subject, bytes(content)), as_day(until), bool(erase)
        )
        for reference, subject, purpose, content, until, erase in sql.select(cursor, query, value)
    }


def as_day(value: Any) -> dt.date:
    """A date of a row, which SQLite has as text."""
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def _bound(reference: str, subject: str) -> bytes:
    return f"{reference}\0{subject}".encode()
