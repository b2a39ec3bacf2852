"""A node in memory that answers the operations that the plugin calls, with the rules of the plugin's tests.

It stands in for the HTTP answers only; `tests/plugins` of the repository runs the plugin with a real node.
Taxes are 10 % of goods and carriage, so that expected amounts can be written down.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx

import entrepot

TAX = Decimal("0.10")


class NodeDouble:
    """The node. `down`: the statuses of the next answers, 0 for no answer; `calls`: methods and paths."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.shipments: dict[str, dict[str, Any]] = {}
        self.returns: dict[str, dict[str, Any]] = {}
        self.known: dict[str, Any] = {}
        self.calls: list[str] = []
        self.bodies: list[tuple[str, Any]] = []
        self.down: list[int] = []
        self.refuse: dict[str, tuple[str, str, str | None]] = {}
        self.divided = False
        self.identity = True
        self.quote: dict[str, Any] | None = None
        self.on_read: Callable[[], None] | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path, body = request.url.path, json.loads(request.content or b"null")
        self.calls.append(f"{request.method} {path}")
        self.bodies.append((path, body))
        assert request.headers["authorization"] == "Bearer ek_of_the_shop"
        if self.down:
            status = self.down.pop(0)
            if not status:
                raise httpx.ConnectError("refused")
            error = {"type": "api_error", "code": "unavailable", "message": "Not now."}
            return httpx.Response(status, json={"error": error})
        if path in self.refuse:
            code, message, param = self.refuse[path]
            error = {"type": "invalid_request_error", "code": code, "message": message, "param": param}
            return httpx.Response(422, json={"error": error})
        key = request.headers.get("idempotency-key")
        if key is None or key not in self.known:
            found = self._do(request.method, path.removeprefix("/v1/").split("/"), body)
            if key is None:
                return httpx.Response(200, json=found)
            self.known[key] = (body, found)
        before, found = self.known[key]
        if before != body:
            error = {"type": "idempotency_error", "code": "idempotency_key_reused", "message": "Reused."}
            return httpx.Response(400, json={"error": error})
        return httpx.Response(200, json=found)

    def _do(self, method: str, words: list[str], body: Any) -> Any:
        kind, number, action = (*words, "", "")[:3]
        if method == "GET":
            return self._read(kind, number)
        return {
            "offers": self._offer,
            "checkouts": self._checkout,
            "orders": self._order,
            "quotes": lambda *_: self.quote,
            "shipments": self._shipment,
            "returns": self._return,
        }[kind](number, action, body)

    def _read(self, kind: str, number: str) -> Any:
        if kind == "quotes":
            return {**QUOTE, **KEPT, "id": number}
        found = json.loads(json.dumps(getattr(self, kind)[number]))
        if self.on_read and kind == "orders":
            hook, self.on_read = self.on_read, None
            hook()
        return found

    def _offer(self, number: str, _action: str, body: Any) -> Any:
        if number:
            self.offers[number].update(body)
            return self.offers[number]
        made = {"id": f"of_{len(self.offers) + 1}", "status": "active", **body}
        self.offers[made["id"]] = made
        return made

    def _groups(self, items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        return [[each] for each in items] if self.divided else [items]

    def _checkout(self, _number: str, _action: str, body: Any) -> Any:
        orders = [self._quoted(group, at) for at, group in enumerate(self._groups(body["items"]))]
        total = sum(Decimal(each["amounts"]["total"]) for each in orders)
        return {"object": "checkout_quote", "currency": "CNY", "total": str(total), "orders": orders}

    def _quoted(self, items: list[dict[str, Any]], at: int) -> dict[str, Any]:
        offers = [self.offers[each["offer"]] for each in items]
        assert all(each["status"] == "active" for each in offers)
        goods = sum(
            (Decimal(offer["price"]) * each["quantity"] for offer, each in zip(offers, items, strict=True)), Decimal(0)
        )
        shipping = max(Decimal(each["shipping"]) for each in offers)
        taxes = ((goods + shipping) * TAX).quantize(Decimal("0.01"))
        amounts = {
            "goods": goods, "shipping": shipping, "insurance": Decimal(0), "duties": Decimal(0), "taxes": taxes,
            "fees": Decimal(0), "total": goods + shipping + taxes,
        }  # fmt: skip
        quote = {
            "id": f"qt_{at}", "hash": "h", "option": "retail", "currency": "CNY",
            "charges": [
                {"id": "duty", "kind": "duty", "amount": "3.00", "collected_by": "customs", "with_order": False}
            ],
        }  # fmt: skip
        shown = {name: format(value, "f") for name, value in amounts.items()}
        return {
            "items": items, "amounts": shown, "currency": "CNY", "quote": quote, "title": "Retail import",
            "identity": self.identity, "reasons": [], "supply": "direct",
        }  # fmt: skip

    def _order(self, number: str, action: str, body: Any) -> Any:
        if action == "pay":
            made = {
                "id": f"py_{len(self.payments) + 1}", "status": "created", "order": number, "amount_captured": "0.00",
                "currency": "CNY", "refunds": [],
            }  # fmt: skip
            self.payments[made["id"]] = made
            self.orders[number]["payments"].append({"id": made["id"], "status": "created"})
            return made
        if action == "cancel":
            self.orders[number]["status"] = "cancelled"
            return self.orders[number]
        placed = []
        for group in self._groups(body["items"]):
            lines = [{"number": at, **each} for at, each in enumerate(group, 1)]
            made = {
                "id": f"or_{len(self.orders) + 1}", "status": "created", "currency": "CNY", "lines": lines,
                "attention": [], "payments": [], "declarations": [], "shipments": [], "returns": [],
            }  # fmt: skip
            self.orders[made["id"]] = made
            placed.append(json.loads(json.dumps(made)))
        return {"object": "checkout", "id": "co_1", "orders": placed}

    def _shipment(self, number: str, action: str, body: Any) -> Any:
        if action == "report":
            self.shipments[number]["status"] = body["status"]
            return self.shipments[number]
        made = {"id": f"sh_{len(self.shipments) + 1}", "status": "created", "reporter": "seller", **body}
        self.shipments[made["id"]] = made
        self.orders[body["order"]]["shipments"].append({"id": made["id"], "status": "created"})
        return made

    def _return(self, number: str, action: str, body: Any) -> Any:
        if action == "receive":
            self.returns[number]["status"] = "received"
            return self.returns[number]
        made = {"id": f"re_{len(self.returns) + 1}", "status": "asked", "amount_refunded": "0.00", **body}
        self.returns[made["id"]] = made
        self.orders[body["order"]]["returns"].append({"id": made["id"], "status": "asked"})
        return json.loads(json.dumps(made))

    # What happens at the node

    def capture(self, number: str, amount: str) -> None:
        """The provider has captured the payment of an order."""
        payment = self.payments[self.orders[number]["payments"][-1]["id"]]
        payment |= {"status": "captured", "amount_captured": amount}
        self.orders[number]["status"] = "paid"

    def carry(self, number: str, pieces: dict[int, int], status: str = "shipped") -> str:
        """The carrier of the node has a parcel of an order."""
        made = {
            "id": f"sh_{len(self.shipments) + 1}", "status": status, "reporter": "carrier", "carrier": "SF",
            "waybill": "1", "pieces": [{"line": line, "quantity": quantity} for line, quantity in pieces.items()],
        }  # fmt: skip
        self.shipments[made["id"]] = made
        self.orders[number]["shipments"].append({"id": made["id"], "status": status})
        self.orders[number]["status"] = status
        return made["id"]

    def refund(self, number: str, amount: str, reason: str = "return") -> None:
        """The provider has paid something of an order back."""
        payment = self.payments[self.orders[number]["payments"][-1]["id"]]
        refund = {"id": f"rf_{len(payment['refunds']) + 1}", "amount": amount, "status": "succeeded", "reason": reason}
        payment["refunds"].append(refund)
        for each in self.orders[number]["returns"]:
            self.returns[each["id"]] |= {"status": "completed", "amount_refunded": amount}


#: A quote as a node answers it, of the library with the client.
QUOTE: dict[str, Any] = json.loads(
    entrepot.quote(
        {
            "ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01", "currency": "CNY",
            "channel": "ecommerce", "buyer": {"kind": "consumer"}, "shipping_cost": "12.00", "insurance_cost": "0",
            "lines": [{"hs_code": "0901.21", "amount": "136.00", "country_of_origin": "VN", "quantity": "2"}],
        }
    ).to_json()
)  # fmt: skip
KEPT = {"hash": "h", "created": "2026-03-01T00:00:00Z", "expires_at": "2099-03-31T00:00:00Z"}
