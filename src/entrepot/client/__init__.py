"""client: asks a desk of Entrepot over HTTP: `Client`, and `AsyncClient` for asyncio. Needs `entrepot[client]`.

What is asked and answered are the shapes of the library. What fails on the way is sent again, within bounds; a quote
that is kept goes under an Idempotency-Key, so that it is kept once. The errors are drawn at the head of `refusals`.
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
