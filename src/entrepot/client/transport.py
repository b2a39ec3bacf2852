"""wire: how requests go through httpx, which is imported where a client is made."""

from __future__ import annotations

from typing import Any

from entrepot.client.requests import Ask

HOME = "http://127.0.0.1:8000"
#: Seconds that the desk may be silent; tries of a request; seconds after which no further try is begun.
SILENT, TRIES, PATIENCE = 10.0, 5, 60.0


def httpx_module() -> Any:
    """The library. Raises ImportError, saying what to install."""
    try:
        import httpx
    except ImportError:
        raise ImportError("The client needs httpx: install 'entrepot[client]'.") from None
    return httpx


def headers_of(key: str | None) -> dict[str, str]:
    """The headers of every request."""
    return {"Accept": "*/*"} | ({"Authorization": f"Bearer {key}"} if key else {})


def sent(ask: Ask[Any], headers: dict[str, str], timeout: float) -> dict[str, Any]:
    """What httpx is told of a request."""
    return {
        "params": dict(ask.params),
        "headers": headers | dict(ask.headers),
        "content": ask.content,
        "timeout": max(timeout, ask.seconds or 0.0),
    }
