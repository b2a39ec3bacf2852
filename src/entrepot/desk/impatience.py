"""impatience: whoever takes nothing of what is sent to him is let go, by the system itself.

What is sent holds a thread of the server until it was taken. Only the system knows whether anything is: it ends a
connection on which nothing went through for so long. On Linux; elsewhere that is left to a proxy.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.signals import request_started

#: Seconds. Some send a large table in whole before they take anything of its answer.
PATIENCE = 600
#: Where a process finds what it has open.
_OPEN = Path("/proc/self/fd")


def begin() -> None:
    """With the first request the sockets of this process are told: the server opens them after all else."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and _OPEN.is_dir():
        request_started.connect(_first)


def _first(**_: Any) -> None:
    request_started.disconnect(_first)
    told(PATIENCE)


def told(seconds: float) -> None:
    """Tells the sockets that listen, from which connections take it over, and the connections that are open already."""
    found = list(_sockets())
    ports = {each.getsockname()[1] for each in found if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}
    for each in found:
        with each:
            if each.getsockname()[1] in ports:
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


def _sockets() -> Iterator[socket.socket]:
    """Other handles of the sockets of TCP that this process has open."""
    for number in [int(path.name) for path in _OPEN.iterdir()]:
        with suppress(OSError):  # it was closed meanwhile
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            handle = os.dup(number)
            try:
                found = socket.socket(fileno=handle)
            except OSError:
                os.close(handle)
                raise
            if found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM:
                yield found
            else:
                found.close()
