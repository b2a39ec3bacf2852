"""A platform of a test: its profile, its key, signed requests and the orders that it is sent; and a buyer."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx
from trade_market import Market

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

    def wait_for(self, count: int, seconds: float = 120) -> list[tuple[dict[str, str], bytes]]:
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
    """Sends requests of a platform to a node. `signing`: its key, None to sign nothing; `signed_for`: which node."""

    signed_for = NODE

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
            message = HttpMessage(method, f"{self.signed_for}/ucp/v1{path}", tuple(head.items()), content)
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


COFFEE = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡"},
    "hs_code": "0901.21",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "SGD",
    "shipping": "12.00",
    "measures": {"net_mass_kg": "0.5"},
    "stock": 1000,
}
BUYER = {"email": "ann@buyer.example", "first_name": "Ann", "last_name": "Lee", "phone_number": "+6581234567"}
ADDRESS = {
    "street_address": "1 Main St",
    "address_locality": "Singapore",
    "address_country": "SG",
    "postal_code": "018956",
}


def new_offer(market: Market, **changes: Any) -> str:
    """A new offer of coffee."""
    answer = market.seller.post("/v1/offers", {**COFFEE, **changes})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def order_of(offer: str, quantity: int = 2, country: str = "SG", **changes: Any) -> dict[str, Any]:
    """A checkout that can be completed."""
    destination = {**ADDRESS, "address_country": country}
    return {
        "line_items": [{"item": {"id": offer}, "quantity": quantity}],
        "buyer": BUYER,
        "fulfillment": {"methods": [{"type": "shipping", "destinations": [destination]}]},
        **changes,
    }


def checked(answer: httpx.Response, status: int = 200) -> Any:
    """A checkout that the SDK can read, with each destination as it should be."""
    from ucp_sdk.models.schemas.shopping.fulfillment import Checkout
    from ucp_sdk.models.schemas.shopping.types.shipping_destination import ShippingDestination
    from ucp_sdk.models.schemas.ucp import ResponseCheckoutSchema

    assert answer.status_code == status, answer.text
    found = answer.json()
    Checkout.model_validate(found)
    ResponseCheckoutSchema.model_validate(found["ucp"])
    for method in found.get("fulfillment", {}).get("methods", []):
        for each in method.get("destinations", []):
            ShippingDestination.model_validate(each)
    total = {each["type"]: each["amount"] for each in found["totals"]}
    assert sum(value for name, value in total.items() if name != "total") == total["total"]
    for each in found["totals"]:
        if "lines" in each:
            assert sum(line["amount"] for line in each["lines"]) == each["amount"]
    return found


def codes(checkout: Any) -> list[str]:
    """The codes of the messages."""
    return [each["code"] for each in checkout["messages"]]


IDENTITY = {
    "name": "张伟",
    "telephone": "13800138000",
    "identity_number": "11010519491231002X",
}


class Buyer:
    """A browser without script on the page of a checkout."""

    def __init__(self, address: str) -> None:
        self.address, self.text = address, ""
        self.client = httpx.Client(timeout=60, follow_redirects=True)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_given: object) -> None:
        self.client.close()

    def open(self) -> None:
        """Read the page."""
        answer = self.client.get(self.address)
        assert answer.status_code == 200, answer.text
        self.text = answer.text

    def send(self, form: dict[str, str], **more: str) -> httpx.Response:
        """Send the form."""
        token = self.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        price = self.text.split('name="price" value="')[1].split('"')[0]
        data = {"csrfmiddlewaretoken": token, "price": price, "action": "save", **form, **more}
        answer = self.client.post(self.address, data=data, headers={"Referer": self.address})
        self.text = answer.text
        return answer
