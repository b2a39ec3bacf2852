"""localstripe, an imitation of Stripe's API, as a process of its own on a free port of this machine."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import httpx

#: It listens on this machine only, on a free port, and writes no file: its own program does otherwise.
PROGRAM = """
import json, socket, sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
made = socket.socket()
made.bind(("127.0.0.1", 0))
made.listen()  # from now on a connection waits until it is accepted
print(json.dumps({"url": f"http://127.0.0.1:{made.getsockname()[1]}"}), flush=True)
web.run_app(server.app, sock=made, print=None, access_log=None)
"""
KEY = "sk_test_of_these_tests"
#: Cards by which it approves, or declines when it is charged; and one whose buyer must confirm.
APPROVED, DECLINED = "pm_card_visa", "pm_card_chargeCustomerFail"


class StripeServer:
    """A running localstripe."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, **values: object) -> httpx.Response:
        """POST with the secret key."""
        return httpx.post(self.url + path, json=values, headers={"Authorization": f"Bearer {KEY}"}, timeout=120)

    def card(self, number: str) -> str:
        """A card, as the buyer's browser would make one. Returns its token."""
        card = {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
        found: str = self.post("/v1/payment_methods", type="card", card=card).json()["id"]
        return found


def installed() -> bool:
    """Whether localstripe is installed."""
    return find_spec("localstripe") is not None


@contextlib.contextmanager
def run() -> Iterator[StripeServer]:
    """Run localstripe, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield StripeServer(json.loads(process.stdout.readline())["url"])
    finally:
        process.kill()
        process.wait(120)
        process.stdout.close()
