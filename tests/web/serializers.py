"""How Schemathesis serializes bodies of tables: bytes are sent unchanged."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/jsonl", "application/x-ndjson", "application/vnd.apache.arrow.stream")
def serialize(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Bytes and texts unchanged, other values as JSON."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
