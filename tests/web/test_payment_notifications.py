"""A server whose payments go to the sandbox: its worker asks, the sandbox notifies, the ledger has it."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from server_process import Server, environment, run_server

from free_ports import free_port

pytest.importorskip("standardwebhooks", reason="the library of the standard is not installed")
from standardwebhooks import Webhook

from sandbox_process import Sandbox

TESTS = Path(__file__).parents[1]
HEAD = """
import json, sys, time
import django
django.setup()
from entrepot.trade_app.books import open_books
from entrepot.trade.payments import commands
from entrepot.trade.payments.commands import Due, Means
from trade.payment_steps import SHARES, TOTAL
books = open_books()
def wait(number, **wanted):
    until = time.monotonic() + 120
    while any(getattr(books.read(number), name) != value for name, value in wanted.items()):
        assert time.monotonic() < until, books.read(number)
        time.sleep(0.02)
    return books.read(number)
"""
STEPS = """
due = Due(order="or_1", amount=TOTAL, currency="CNY", shares=SHARES, owners=("og_a", "us_1"))
means = Means(provider="sandbox", currency="CNY", method="approved")
payment = books.run(lambda tx: commands.start_payment(tx, due, means, key="k"))
wait(payment.id, status="authorized")
books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
found = wait(payment.id, status="captured")
print(json.dumps({"reference": found.reference, "seller": books.balance("seller/og_a", "CNY")}), flush=True)
wait(payment.id, status="disputed")
print(json.dumps({"disputed": True}), flush=True)
sys.stdin.readline()
print(json.dumps({"reasons": sorted(each.reason for each in books.list_objects("no_")),
                  "sum": sum(amount for (_, unit), amount in books.balances("").items() if unit == "CNY")}))
"""


class Pair(NamedTuple):
    """A server and the sandbox of its payment provider. `secret`: of the sandbox's notifications."""

    server: Server
    sandbox: Sandbox
    secret: str

    @property
    def address(self) -> str:
        """Where notifications go."""
        return f"{self.server.url}/v1/payments/notifications/sandbox"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("sandbox")
    token, key = secrets.token_urlsafe(32), secrets.token_bytes(32)
    (folder / "control.token").write_text(token)
    (folder / "webhook.secret").write_text(base64.urlsafe_b64encode(key).decode().rstrip("="))
    port, secret = free_port(), f"whsec_{base64.b64encode(key).decode()}"
    more = {
        "ENTREPOT_PAYMENTS": f"sandbox:http://127.0.0.1:{port}",
        "ENTREPOT_PAYMENTS_KEY": token,
        "ENTREPOT_PAYMENTS_SECRET": secret,
    }
    with run_server(tmp_path_factory.mktemp("server"), workers=1, background=1, **more) as server:
        address = f"{server.url}/v1/payments/notifications/sandbox"
        options = ("--port", str(port), "--delay", "0", "--retry", "0.05", "--send-to", address)
        sandbox = Sandbox("payments", folder, *options)
        try:
            assert sandbox.start["webhook_secret"] == secret
            yield Pair(server, sandbox, secret)
        finally:
            sandbox.kill()


@contextmanager
def steps(server: Server) -> Iterator[subprocess.Popen[str]]:
    """A program that uses the books of a server, and prints a line after each of its steps."""
    env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    command = [sys.executable, "-c", HEAD + STEPS]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line of a program."""
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def signed(pair: Pair, body: bytes, number: str) -> dict[str, str]:
    """The headers of a notification that the provider signed."""
    at = dt.datetime.now(dt.UTC)
    signature = Webhook(pair.secret).sign(number, at, body.decode())
    return {"webhook-id": number, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def test_a_payment_is_asked_for_by_the_worker_and_notified(pair: Pair) -> None:
    with steps(pair.server) as program:
        paid = line(program)
        assert paid["seller"] == 9500
        pair.sandbox.post(f"/control/payments/{paid['reference']}", {"move": "dispute"}).raise_for_status()
        assert line(program) == {"disputed": True}  # which only the notification tells
        # Signed, and not to be understood: it is acknowledged and kept, and the books stay as they are.
        body = json.dumps({"type": "payment.updated", "data": {"id": "SP1"}}).encode()
        for number, sent in (("m1", body), ("m2", body.replace(b"SP1", b"SP2"))):
            answer = httpx.post(pair.address, content=sent, headers=signed(pair, sent, number), timeout=120)
            assert (answer.status_code, answer.json()) == (200, {"object": "notification", "outcome": "kept"})
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
        assert line(program) == {"reasons": ["unreadable", "unreadable"], "sum": 0}


def test_what_is_not_signed_or_too_large_or_for_another_provider_is_refused(pair: Pair) -> None:
    body = b'{"type": "payment.updated"}'
    headers = signed(pair, body, "m3")
    for sent, given, address, status, code in (
        (body + b" ", headers, pair.address, 400, "wrong_signature"),
        (body, {}, pair.address, 400, "wrong_signature"),
        (body, {**headers, "webhook-signature": "v1,AAAA"}, pair.address, 400, "wrong_signature"),
        (body, headers, pair.address.replace("sandbox", "stripe"), 404, "not_found"),
        (b" " * (300 << 10), headers, pair.address, 413, "too_large"),
        (b" " * (2 << 20), headers, pair.address, 413, "too_large"),
        (body, headers, f"{pair.address}?x=1", 422, "unknown_field"),
    ):
        answer = httpx.post(address, content=sent, headers=given, timeout=120)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert httpx.get(pair.address, timeout=60).status_code == 405


def test_a_server_without_a_provider_has_no_address_for_notifications(server: Server) -> None:
    answer = server.post("/v1/payments/notifications/stripe", content=b"{}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
