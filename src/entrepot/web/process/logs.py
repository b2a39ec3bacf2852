"""The log: one line of JSON for each request and each error, without client addresses, keys, bodies and queries.

Lines of requests are buffered and written together, ten times a second: writing each line makes the threads of a
process switch, which took a twelfth of the response time under load. A warning or an error is written immediately, with
the lines before it. A process that is killed (SIGKILL) loses the lines of its last tenth of a second.
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

#: Seconds that a line waits at most, and the most lines that wait: then the thread of the next line writes them.
INTERVAL, MAX_LINES = 0.1, 10_000
#: The id of the current request, by which its errors can be found.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, with the values of `extra={"fields": {…}}`."""

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
    """Write to standard error, many lines at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque()
        self._process = 0
        self._main_ended = False

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line; write immediately if it is a warning or an error."""
        if self._process != os.getpid():  # the first line of this process, which may be a fork
            self._process = os.getpid()
            self._lines.clear()
            self._main_ended = False
            # Not a daemon, which it could inherit from the thread that starts it: it would end before its last lines.
            threading.Thread(target=self._write, name="entrepot-log", daemon=False).start()
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001  # as in every handler: a line that cannot be formatted must not end the request
            self.handleError(record)
        if record.levelno >= logging.WARNING or len(self._lines) >= MAX_LINES or self._main_ended:
            self.flush()

    def flush(self) -> None:
        """Write the buffered lines. If standard error is closed, they are lost."""
        if self.lock is None or not self._lines:
            return
        with self.lock, suppress(OSError, ValueError):
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            sys.stderr.write("".join(f"{line}\n" for line in lines))
            sys.stderr.flush()

    def _write(self) -> None:
        """Write while the main thread runs, and once after it has ended; later lines are written immediately."""
        main = threading.main_thread()
        while main.is_alive():
            main.join(INTERVAL)
            self.flush()
        self._main_ended = True  # before the last flush: a line after it is written immediately
        self.flush()
