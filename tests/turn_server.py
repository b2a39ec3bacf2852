"""A TURN server for tests: coturn with the configuration of the guide."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot.turn_settings import TurnSettings
from free_ports import free_port

SECRET = "a secret of coturn and the node"
GUIDE = Path(__file__).parents[1] / "docs" / "how-to" / "hold-video-visits.md"
#: Settings of the guide that name the machine of a node.
PLACES = (
    "listening-port", "tls-listening-port", "cert", "pkey", "external-ip", "min-port", "max-port", "log-file",
    "static-auth-secret",
)  # fmt: skip
#: What lets a relay reach this machine, which the guide refuses.
LOOPBACK = "allow-loopback-peers\nallowed-peer-ip=127.0.0.1\n"


def installed() -> bool:
    """Whether coturn is installed."""
    return shutil.which("turnserver") is not None


def documented() -> str:
    """The configuration in the guide, without what names its machine."""
    found = re.search(r"```ini\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return re.sub(rf"^({'|'.join(PLACES)})=.*\n", "", found[1], flags=re.MULTILINE)


@contextmanager
def coturn(folder: Path, *, loopback: bool = False) -> Iterator[TurnSettings]:
    """Coturn on a free port of this machine. `loopback`: it may pass on to this machine."""
    folder.mkdir(exist_ok=True)
    port, file = free_port(), folder / "turnserver.conf"
    file.write_text(
        f"{documented()}\n{LOOPBACK if loopback else ''}listening-port={port}\nlistening-ip=127.0.0.1\n"
        f"relay-ip=127.0.0.1\nno-tls\nno-dtls\nstatic-auth-secret={SECRET}\nlog-file={folder}/turn.log\n"
        f"pidfile={folder}/pid\nuserdb={folder}/db\n"
    )
    process = subprocess.Popen(
        ["turnserver", "-c", str(file)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 120
        while not _listens(port):
            assert process.poll() is None, (folder / "turn.log").read_text()
            assert time.monotonic() < until, "turnserver does not listen"
            time.sleep(0.05)
        yield TurnSettings((f"turn:127.0.0.1:{port}?transport=udp",), SECRET)
    finally:
        process.terminate()
        process.wait(120)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
