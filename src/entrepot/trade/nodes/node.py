"""The node itself, as others see it, and what the handlers of messages may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Node(NamedTuple):
    """The node itself. `economy`: ISO 3166-1 alpha-2; `address`: its origin; `did`: how messages name it.

    `services`: what handlers call that is not pure, by name, such as `quote`; composed in `trade_app.nodes`.
    """

    economy: str
    name: str
    operator: str
    address: str
    did: str
    services: Mapping[str, Any] = {}


def did_of(address: str) -> str:
    """The name of a node by the DID method `did:web`.

    >>> did_of("https://vn.example"), did_of("http://127.0.0.1:8001")
    ('did:web:vn.example', 'did:web:127.0.0.1%3A8001')
    """
    return f"did:web:{address.partition('://')[2].rstrip('/').lower().replace(':', '%3A')}"
