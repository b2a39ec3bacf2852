"""logs: one line of JSON for each request and each fault. No address, key, body or query of anybody is in it."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import msgspec


class Lines(logging.Formatter):
    """A record as one line of JSON; `extra={"told": {…}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "of": record.name}
        line |= {"says": record.getMessage(), **getattr(record, "told", {})}
        if record.exc_info and record.exc_info[0] is not None:
            line["fault"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()
