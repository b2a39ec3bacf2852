"""Signed messages that a node accepts a second, beside a bare endpoint that inserts the same bytes.

    .venv/bin/python bench/nodes/accept.py [--seconds 5] [--rounds 3] [--json FILE]

Both are WSGI servers with two workers and SQLite, whose commits are synced. The bare endpoint (django-ninja without
middleware) inserts the body. The node verifies the signature and the nonce, receives the message in its ledger, and
signs its answer. The same requests are sent to both by 16 connections, and the sides alternate: each round of the node
is compared with that of the bare endpoint beside it. The processor time of both servers is counted too: a busy machine
changes it little. At the end the node must have recorded each message that it acknowledged.

The loops of tables are compiled before, as after an installation: a server that has to compile them does so beside its
requests, for half a minute of processor time. A request that either side refuses ends the run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder
sys.path.insert(0, str(Path(__file__).resolve().parent))

import clock

HERE = Path(__file__).resolve().parent
CONNECTIONS, WORKERS = 16, 2
#: Bytes of a message about an order.
TEXT = "x" * 700


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="Signed messages accepted a second.")
    asked.add_argument("--seconds", type=float, default=5.0)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    subprocess.run([sys.executable, "-m", "entrepot.batch.run.compile_loops"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), options)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if found["lost"] == 0 else 1


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The rates of both sides."""
    ports = {"bare": free_port(), "node": free_port()}
    for name, port in ports.items():
        (folder / name).mkdir()
        os.environ[f"BENCH_{name.upper()}"] = str(port)
    os.environ |= environment(folder / "node", ports["node"])
    sender = Sender(ports["node"])
    print(f"verification {sender.verification():.3f} ms of a processor")
    servers = {name: serve(name, folder / name, port) for name, port in ports.items()}
    try:
        for port in ports.values():
            wait(port)
            send(sender, port, 2.0)  # both processes of each have compiled what they need
        begun = sender.recorded()
        rates: dict[str, list[float]] = {name: [] for name in ports}
        counts, used = dict.fromkeys(ports, 0), dict.fromkeys(ports, 0.0)
        for _ in range(options.rounds):
            for name, port in ports.items():
                before = processor_seconds(servers[name].pid)
                count, seconds = send(sender, port, options.seconds)
                rates[name].append(count / seconds)
                counts[name] += count
                used[name] += processor_seconds(servers[name].pid) - before
        best = {name: max(each) for name, each in rates.items()}
        for name, value in best.items():
            print(f"{name:6} {value:8,.0f} a second  (each round: {', '.join(f'{one:,.0f}' for one in rates[name])})")
        for name in ports:
            print(f"{name:6} {used[name] / counts[name] * 1000:8.2f} ms of a processor a message")
        beside = [node / bare for node, bare in zip(rates["node"], rates["bare"], strict=True)]
        print(f"ratio  {median(beside):8.0%} (median of the rounds; best {best['node'] / best['bare']:.0%})")
        print(f"load   {clock.load()}")
    finally:
        for each in servers.values():
            each.terminate()
            each.wait()
    recorded = sender.recorded() - begun
    accepted = counts["node"]
    print(f"accepted {accepted:,}, recorded {recorded:,}")
    return {"rates": rates, "best": best, "accepted": accepted, "lost": max(accepted - recorded, 0)}


def processor_seconds(server: int) -> float:
    """What the processes of a server have used of the processors: the one that was started, and its children."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if server in (int(stat.parent.name), int(fields[1])):
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


class Sender:
    """The peer that sends: it has met the node, whose books this process opens."""

    def __init__(self, port: int) -> None:
        from note import NOTE

        from entrepot.connect.nodes.transport import HttpTransport
        from entrepot.connect.signing_keys import ED25519, new_key
        from entrepot.trade.nodes import meeting
        from entrepot.trade.nodes.description import DescribedKey, Description
        from entrepot.trade.nodes.memory import new_node
        from entrepot.trade_app.books import open_books

        self.books = open_books()
        from entrepot.trade_app.nodes import identity, wire  # the database is open now

        identity.active_keys()
        self.own, self.peer = identity.node(), new_node("CN")
        self.kind = NOTE
        self.key = new_key(ED25519)
        jwk = identity.public_jwk(self.key)
        described = Description(
            object="node_description", version=1, economy="CN", name="China", operator="China", did=self.peer.did,
            address=self.peer.address, keys=(DescribedKey(thumbprint=self.key.id, jwk=jwk, since="2026"),),
            capabilities=(), messages={NOTE.name: (1,)}, ledger_key="", issued="", expires="",
        )  # fmt: skip
        met = self.books.run(lambda tx: meeting.meet(tx, described, ["bench"], by="us_1", test=False))
        for by in ("us_1", "us_2"):
            self._decide(met.id, meeting.COMPARE, {"thumbprints": [self.key.id]}, by)
        self.books.run(lambda tx: meeting.activate(tx, met.id, challenge="bench"))
        for by in ("us_1", "us_2"):
            self._decide(met.id, meeting.OPEN, {"capabilities": {"order": ["in"]}}, by)
        self.transport = HttpTransport(lambda: [self.key], identity.now, wire.new_nonce, allow_loopback=True)
        self.to: Any = type("To", (), {"address": f"http://127.0.0.1:{port}"})()

    def _decide(self, number: str, act: str, what: dict[str, Any], by: str) -> None:
        from entrepot.trade.nodes import meeting

        self.books.run(partial(meeting.decide, number=number, act=act, what=what, by=by))

    def request(self) -> tuple[bytes, dict[str, str]]:
        """A new signed request: its body and headers."""
        from entrepot.trade.ids import new_id
        from entrepot.trade.ledger.events import timestamp
        from entrepot.trade.nodes.messages import NodeMessage, encode

        now = dt.datetime.now(dt.UTC)
        message = NodeMessage(
            id=new_id("nm_", now, os.urandom(8)), type=self.kind.name, version=1, sender=self.peer.did,
            recipient=self.own.did, sent=timestamp(now), expires=timestamp(now + dt.timedelta(days=7)),
            body={"text": TEXT},
        )  # fmt: skip
        made = self.transport.request(self.to, encode(message))
        return made.body, dict(made.headers)

    def verification(self) -> float:
        """Milliseconds of a processor to verify one request."""
        from entrepot.connect.http_signatures import HttpMessage
        from entrepot.connect.nodes.profile import verify_request

        body, headers = self.request()
        message = HttpMessage("POST", f"{self.to.address}/nodes/messages", tuple(headers.items()), body)
        find, now, best = {self.key.id: self.key.public()}.get, time.time(), 1e9
        for _ in range(20):
            begin = time.process_time()
            for _ in range(100):
                verify_request(message, find, now=now)
            best = min(best, (time.process_time() - begin) * 10)
        return best

    def recorded(self) -> int:
        """How many messages the ledger of the node has."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM store_ledgerevent WHERE kind = 'node_message.received'")
            return int(cursor.fetchone()[0])


def send(sender: Sender, port: int, seconds: float) -> tuple[int, float]:
    """Send requests that were signed before. Returns how many were accepted, and in which time."""
    ready = [[sender.request() for _ in range(int(seconds * 150))] for _ in range(CONNECTIONS)]
    counts, refused, until = [0] * CONNECTIONS, [], time.perf_counter() + seconds

    def run(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for body, headers in ready[place]:
            if time.perf_counter() >= until:
                break
            connection.request("POST", "/nodes/messages", body, headers)
            response = connection.getresponse()
            text = response.read()
            if response.status != 200:
                refused.append(f"{response.status}: {text[:300]!r}")
                break
            counts[place] += 1

    begin = time.perf_counter()
    threads = [Thread(target=run, args=(place,)) for place in range(CONNECTIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if refused:
        raise SystemExit(refused[0])
    return sum(counts), time.perf_counter() - begin


def environment(data: Path, port: int) -> dict[str, str]:
    """The settings of the node."""
    return {
        "ENTREPOT_DATA": str(data),
        "ENTREPOT_NODE": "VN",
        "ENTREPOT_URL": f"http://127.0.0.1:{port}",
        "ENTREPOT_WEBHOOKS_LOOPBACK": "true",
        "ENTREPOT_SOCKETS": "off",
    }


def serve(name: str, data: Path, port: int) -> subprocess.Popen[bytes]:
    """Start one of the two servers."""
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--workers", str(WORKERS), "--blocking-threads", "16", "--no-log", f"served_{name}:application"]
    settings = {**os.environ, "ENTREPOT_DATA": str(data)}
    settings["PYTHONPATH"] = f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with (data / "log").open("wb") as log:
        return subprocess.Popen(words, env=settings, cwd=HERE, stdout=log, stderr=log)


def wait(port: int) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", "/nodes/messages", b"")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"The server on port {port} did not start.")


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
