"""Ports of the loopback for the servers of tests: each belongs to one process of tests until that process ends.

A port that the system names as free may be given to another connection before the server of a test listens there, or
while it is started again. So these are outside of those that systems give out, and the file of each is locked.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from contextlib import closing
from pathlib import Path

#: Below what Linux (32768 to 60999) and others (from 49152) give to connections, and to servers that name no port; and
#: not those that the demonstrations take.
PORTS = range(12_000, 20_000)

#: The locked files of this process, by their ports. They stay open until it ends.
_HELD: dict[int, int] = {}


def free_port() -> int:
    """A free port, which no other process of tests on this machine gets as long as this one runs."""
    folder = Path(tempfile.gettempdir()) / f"entrepot-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    first = os.getpid() * 97  # other processes begin elsewhere
    for at in range(len(PORTS)):
        port = PORTS[(first + at) % len(PORTS)]
        if port not in _HELD and _hold(port, folder / str(port)):
            return port
    raise AssertionError("no port is free")


def _hold(port: int, file: Path) -> bool:
    """Lock the file of a port where nobody has it and nothing listens there."""
    held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        os.close(held)
        return False
    _HELD[port] = held
    return True
