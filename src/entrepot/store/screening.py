"""The contents of lists of sanctions: rows in, rows out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from entrepot.store.models import ScreeningList


def put_list(digest: str, content: bytes, added: dt.datetime) -> None:
    """Store the content of a version; a known one stays as it is."""
    ScreeningList.objects.get_or_create(digest=digest, defaults={"content": content, "added": added})


def get_list(digest: str) -> bytes:
    """The content of a version. Raises LookupError."""
    row = ScreeningList.objects.filter(digest=digest).first()
    if row is None:
        raise LookupError(digest)
    return bytes(row.content)


def delete_other_lists(digests: Collection[str]) -> int:
    """Delete the contents that are not in use. Returns how many."""
    return int(ScreeningList.objects.exclude(digest__in=list(digests)).delete()[0])
