"""Sends requests through httpx, which is imported when a client is created."""

from __future__ import annotations

from typing import Any

from entrepot.client.requests import ApiRequest

HOME = "http://127.0.0.1:8000"
#: Seconds without data from the server; attempts for a request; seconds after which no new attempt starts.
SILENT, TRIES, PATIENCE = 10.0, 5, 60.0


def httpx_module() -> Any:
    """The module httpx. Raises ImportError that names the extra to install."""
    try:
        import httpx
    except ImportError:
        raise ImportError("The client needs httpx: install 'entrepot[client]'.") from None
    return httpx


def headers_of(key: str | None, language: str | None) -> dict[str, str]:
    """The headers of every request."""
    spoken = {"Accept-Language": language} if language else {}
    return {"Accept": "*/*"} | spoken | ({"Authorization": f"Bearer {key}"} if key else {})


def request_arguments(ask: ApiRequest[Any], headers: dict[str, str], timeout: float) -> dict[str, Any]:
    """The arguments of a request for httpx."""
    return {
        "params": dict(ask.params),
        "headers": headers | dict(ask.headers),
        "content": ask.content,
        "timeout": max(timeout, ask.seconds or 0.0),
    }
