"""serializers: how schemathesis sends a body of a kind that it does not know: its bytes as they are."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/jsonl", "application/x-ndjson", "application/vnd.apache.arrow.stream")
def as_it_is(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Bytes and texts as they are, anything else as JSON."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
