"""once: the Idempotency-Key: a request that is sent again gets the answer that it got, and nothing happens twice.

What a request does and the answer that it got are kept in one transaction: whoever is killed has done both or nothing.
Two at once: the second waits for the first, and gets its answer. The same key for another request is an error, as
Stripe has it. What is refused before anything was done is not kept: it may be sent again, mended.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from entrepot.desk.envelope import JSON, Refused
from entrepot.desk.keys import Caller
from entrepot.store.models import Once

LONGEST = 255
#: How long an answer is kept.
KEPT = dt.timedelta(hours=24)


def once(request: HttpRequest, caller: Caller, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Does something in a transaction, once for each Idempotency-Key of a caller. Raises Refused."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        with transaction.atomic():
            return do()
    if not 1 <= len(given) <= LONGEST or not given.isprintable():
        message = f"An Idempotency-Key has 1 to {LONGEST} printable signs."
        raise Refused(400, "idempotency_error", "idempotency_key_invalid", message, "Idempotency-Key")
    name = _digest(caller.name.encode(), given.encode())
    asked = _digest((request.method or "").encode(), request.get_full_path().encode(), request.body)
    if (found := _found(name)) is None:
        try:
            with transaction.atomic():
                # The row is claimed first: whoever else brings the key waits here until this one is done.
                row = Once.objects.create(id=name, fingerprint=asked, status=0, body=b"", created=timezone.now())
                answer = do()
                if answer.status_code >= 500:
                    raise _Undone(answer)
                row.status, row.body = answer.status_code, answer.content
                row.save(update_fields=["status", "body"])
        except _Undone as undone:
            return undone.answer
        except IntegrityError:
            found = _found(name)
            if found is None:  # the other one failed and took its row back
                return once(request, caller, do)
        else:
            return answer
    if found.fingerprint != asked:
        message = "This Idempotency-Key was used for another request: take a new one."
        raise Refused(400, "idempotency_error", "idempotency_key_reused", message, "Idempotency-Key")
    again = HttpResponse(bytes(found.body), content_type=JSON, status=found.status)
    again["Idempotent-Replayed"] = "true"
    return again


class _Undone(Exception):
    """Takes back what was done."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def _found(name: str) -> Once | None:
    """What is kept under a name; what is older than it is kept makes room."""
    found = Once.objects.filter(id=name).first()
    if found is not None and found.created <= timezone.now() - KEPT:
        Once.objects.filter(id=name, created=found.created).delete()
        return None
    return found


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
