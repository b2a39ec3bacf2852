"""A platform of a test: its profile on the loopback, its key, signed requests, and the orders that it is sent."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from entrepot.connect.http_signatures import HttpMessage, content_digest, covered, sign
from entrepot.connect.signing_keys import SigningKey, new_key
from entrepot.connect.ucp.names import CHECKOUT, FULFILLMENT, ORDER, OWN_VERSION, VERSION, landed_cost_name

#: The address of the node in these tests, as its profile names it.
NODE = "https://node.example"


class Platform:
    """A platform. `profiles`: what is at each path; `received`: the webhooks that arrived."""

    def __init__(self) -> None:
        self.url, self.key = "", new_key()
        self.profiles: dict[str, Any] = {}
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.fetched = 0
        self.arrived = threading.Condition()

    def profile(self, path: str = "/ucp", **changes: Any) -> str:
        """Publish a profile, and return its address. `changes`: members of `ucp`; `keys`, `webhook`."""
        keys = changes.pop("keys", [self.key.public().jwk()])
        webhook = changes.pop("webhook", f"{self.url}/hooks")
        capabilities: dict[str, Any] = {
            CHECKOUT: [{"version": VERSION}],
            FULFILLMENT: [{"version": VERSION}],
            ORDER: [{"version": VERSION, "config": {"webhook_url": webhook}}],
            landed_cost_name(NODE): [{"version": OWN_VERSION}],
        }
        ucp = {"version": VERSION, "services": {}, "payment_handlers": {}, "capabilities": capabilities, **changes}
        self.profiles[path] = {"ucp": ucp, "keys": keys}
        return self.url + path

    def wait_for(self, count: int, seconds: float = 30) -> list[tuple[dict[str, str], bytes]]:
        """Wait until so many webhooks have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, seconds), len(self.received)
        return self.received


@contextmanager
def platform() -> Iterator[Platform]:
    """A platform on a free port."""
    made = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.fetched += 1
            found = made.profiles.get(self.path)
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Cache-Control", "public, max-age=60")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with made.arrived:
                made.received.append((dict(self.headers.items()), body))
                made.arrived.notify_all()
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        made.profile()
        yield made
    finally:
        server.shutdown()
        server.server_close()


class Shopper:
    """Sends requests of a platform to a node. `signing`: its key; None to sign nothing."""

    def __init__(self, node: str, profile: str, signing: SigningKey | None, **headers: str) -> None:
        self.node, self.profile, self.signing, self.headers = node, profile, signing, headers

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", sent: bytes | None = None, **more: str
    ) -> httpx.Response:
        """Send a request. `sent`: another body than the one that is signed; `more`: headers after the signature."""
        url = f"{self.node}/ucp/v1{path}"
        content = b"" if body is None else json.dumps(body).encode()
        head = {"UCP-Agent": f'profile="{self.profile}"', "Request-Id": str(uuid.uuid4()), **self.headers}
        if method != "GET":
            head["Idempotency-Key"] = key or str(uuid.uuid4())
        if content:
            head |= {"Content-Type": "application/json", "Content-Digest": content_digest(content)}
        if self.signing is not None:
            message = HttpMessage(method, url, tuple(head.items()), content)
            also = ("ucp-agent", "idempotency-key")
            head |= sign(message, self.signing, covered(message, also), created=int(time.time()))
        return httpx.request(
            method, url, headers={**head, **more}, content=content if sent is None else sent, timeout=60
        )

    def create(self, body: Any, **more: Any) -> httpx.Response:
        """Create a checkout."""
        return self.send("POST", "/checkout-sessions", body, **more)

    def read(self, number: str) -> Any:
        """Read a checkout."""
        return self.send("GET", f"/checkout-sessions/{number}").json()

    def update(self, number: str, body: Any, **more: Any) -> httpx.Response:
        """Replace a checkout."""
        return self.send("PUT", f"/checkout-sessions/{number}", body, **more)

    def complete(self, number: str, token: str = "approved", **more: Any) -> httpx.Response:
        """Complete a checkout with a token of the sandbox."""
        instrument = {"id": "i1", "handler_id": "sandbox", "type": "token", "selected": True}
        body = {"payment": {"instruments": [{**instrument, "credential": {"type": "token", "token": token}}]}}
        return self.send("POST", f"/checkout-sessions/{number}/complete", body, **more)

    def cancel(self, number: str, **more: Any) -> httpx.Response:
        """Cancel a checkout."""
        return self.send("POST", f"/checkout-sessions/{number}/cancel", **more)
