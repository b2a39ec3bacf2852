"""Client of the HTTP API: `Client`, and `AsyncClient` for asyncio. Needs the extra `client`.

Requests and answers have the types of the library. Requests that fail on the network are repeated, within limits; a
quote is stored with an Idempotency-Key, so that it is stored once.
"""

from __future__ import annotations

from entrepot.client.async_client import AsyncClient
from entrepot.client.errors import (
    ApiError,
    InvalidRequest,
    KeyInUse,
    KeyReused,
    NotAllowed,
    ServerError,
    TooMany,
    Unreachable,
)
from entrepot.client.requests import Check, KeptQuote
from entrepot.client.sync_client import Client
from entrepot.client.trade_calls import TradeCalls
from entrepot.client.webhooks import WrongSignature, secret_bytes, verify_webhook

#: The name of `ServerError` in 0.1.0.
DeskFault = ServerError

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
    "ServerError",
    "TooMany",
    "TradeCalls",
    "Unreachable",
    "WrongSignature",
    "secret_bytes",
    "verify_webhook",
]
