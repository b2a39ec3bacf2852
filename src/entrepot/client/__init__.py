"""Client of the HTTP API: `Client`, and `AsyncClient` for asyncio. Needs the extra `client`.

Requests and answers have the types of the library. Requests that fail on the network are repeated, within limits; a
quote is stored with an Idempotency-Key, so that it is stored once.
"""

from __future__ import annotations

from entrepot.client.asking import Check, KeptQuote
from entrepot.client.awaited import AsyncClient
from entrepot.client.blocking import Client
from entrepot.client.refusals import (
    ApiError,
    DeskFault,
    InvalidRequest,
    KeyInUse,
    KeyReused,
    NotAllowed,
    TooMany,
    Unreachable,
)

__all__ = [
    "ApiError",
    "AsyncClient",
    "Check",
    "Client",
    "DeskFault",
    "InvalidRequest",
    "KeptQuote",
    "KeyInUse",
    "KeyReused",
    "NotAllowed",
    "TooMany",
    "Unreachable",
]
