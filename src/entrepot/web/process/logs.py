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
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import msgspec

#: Seconds that a line waits at most, and the most lines that wait: then the thread of the next line writes them.
INTERVAL, MAX_LINES = 0.1, 10_000
LOG = logging.getLogger("entrepot.web")
_encode = msgspec.json.Encoder().encode
#: The id of the current request, by which its errors can be found.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, with the values of `extra={"fields": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            fields["fault"] = self.formatException(record.exc_info)
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        return _line(at, record.levelname.lower(), record.name, record.getMessage(), fields)


def _line(at: dt.datetime, level: str, of: str, says: str, fields: Mapping[str, Any]) -> str:
    """One line of JSON."""
    line: dict[str, Any] = {"at": at.isoformat(timespec="milliseconds"), "level": level, "of": of, "says": says}
    if number := request_id.get():
        line["request"] = number
    line.update(fields)
    return _encode(line).decode()


def log_answer(fields: Mapping[str, Any]) -> None:
    """Log an answered request: the line that `LOG.info("answered", …)` gives.

    A record of the logging library has the caller, the thread and the process, which the line does not show; collecting
    them takes longer than the line.
    """
    for handler in logging.getLogger().handlers:
        if isinstance(handler, BufferedHandler):
            if LOG.isEnabledFor(logging.INFO):
                handler.add(_line(dt.datetime.now(dt.UTC), "info", LOG.name, "answered", fields))
            return
    LOG.info("answered", extra={"fields": fields})


class BufferedHandler(logging.Handler):
    """Write to standard error, many lines at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque()
        self._process = 0
        self._main_ended = False

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line; write immediately if it is a warning or an error."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001  # as in every handler: a line that cannot be formatted must not end the request
            self.handleError(record)
        else:
            self.add(line, urgent=record.levelno >= logging.WARNING)

    def add(self, line: str, *, urgent: bool = False) -> None:
        """Add a line; write it and those before it immediately if it is urgent."""
        if self._process != os.getpid():  # the first line of this process, which may be a fork
            self._process = os.getpid()
            self._lines.clear()
            self._main_ended = False
            # Not a daemon, which it could inherit from the thread that starts it: it would end before its last lines.
            threading.Thread(target=self._write, name="entrepot-log", daemon=False).start()
        self._lines.append(line)
        if urgent or len(self._lines) >= MAX_LINES or self._main_ended:
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
