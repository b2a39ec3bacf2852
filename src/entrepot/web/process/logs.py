"""logs: one line of JSON for each request and each fault. No address, key, body or query of anybody is in it.

Lines of requests are gathered and written together, ten times a second. To write each by itself makes all threads
change places: under load that took a twelfth of an answer's time. A warning or worse is written at once, with what was
gathered before it. A process that is killed (SIGKILL) loses the lines of its last tenth of a second.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import threading
from collections import deque
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import msgspec

#: Seconds that a line waits at most, and lines that wait: more of them are written by whoever comes.
PATIENCE, MOST = 0.1, 10_000
#: The id of the request that is answered: what goes wrong in it is found by it.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; `extra={"fields": {…}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "of": record.name}
        line |= {"says": record.getMessage()}
        if number := request_id.get():
            line["request"] = number
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["fault"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class BufferedHandler(logging.Handler):
    """Writes to the standard error, many lines at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque()
        self._process = 0
        self._ended = False

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a line; a warning, or what is worse, goes out now."""
        if self._process != os.getpid():  # the first line of this process: neither threads nor lines go to a child
            self._process = os.getpid()
            self._lines.clear()
            self._ended = False
            # Told not to be a daemon: it would be what the thread is that starts it, and be ended with lines unwritten.
            threading.Thread(target=self._write, name="entrepot-log", daemon=False).start()
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001  # as every handler does: a line that cannot be told ends no request
            self.handleError(record)
        if record.levelno >= logging.WARNING or len(self._lines) >= MOST or self._ended:
            self.flush()

    def flush(self) -> None:
        """Writes what was gathered. Where nobody takes it, it is lost, as with every log."""
        if self.lock is None or not self._lines:
            return
        with self.lock, suppress(OSError, ValueError):
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            sys.stderr.write("".join(f"{line}\n" for line in lines))
            sys.stderr.flush()

    def _write(self) -> None:
        """Writes while the main thread runs, and once more then; later lines are written as they come."""
        main = threading.main_thread()
        while main.is_alive():
            main.join(PATIENCE)
            self.flush()
        self._ended = True  # before the last look: a line that comes after it sees this
        self.flush()
