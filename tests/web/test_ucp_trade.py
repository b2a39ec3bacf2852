"""UCP with a payment provider: paid and declined completions, and the signed orders that platforms are sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from server_process import Server, run_server
from trade_market import Market, open_market
from ucp_platform import ADDRESS, NODE, Buyer, Platform, Shopper, checked, codes, new_offer, order_of, platform

from entrepot.connect.http_signatures import HttpMessage, covered, verify
from entrepot.connect.signing_keys import read_jwk
from free_ports import free_port
from sandbox_process import Sandbox, run, until

pytest.importorskip("ucp_sdk", reason="ucp-sdk, the types of the protocol, is not installed")

from ucp_sdk.models.schemas.shopping.order import Order

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def payments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("payments")
    notices = f"http://127.0.0.1:{free_port()}/unused"
    with run("payments", folder, "--delay", "0", "--retry", "0.2", "--send-to", notices) as running:
        yield running


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, payments: Sandbox) -> Iterator[Server]:
    with run_server(
        tmp_path_factory.mktemp("ucp-trade"),
        background=1,
        ENTREPOT_UCP="sandbox",
        ENTREPOT_URL=NODE,
        ENTREPOT_WEBHOOKS_LOOPBACK="true",
        ENTREPOT_PAYMENTS=f"sandbox:{payments.url}",
        ENTREPOT_PAYMENTS_KEY=str(payments.start["control_token"]),
        ENTREPOT_PAYMENTS_SECRET=str(payments.start["webhook_secret"]),
    ) as running:
        yield running


@pytest.fixture(scope="module")
def market(node: Server) -> Market:
    return open_market(node)


@pytest.fixture(scope="module")
def agent() -> Iterator[Platform]:
    with platform() as running:
        yield running


@pytest.fixture
def shopper(node: Server, agent: Platform) -> Shopper:
    return Shopper(node.url, agent.profile(), None)  # the node is a sandbox: nothing is signed


def test_a_paid_checkout_is_completed_and_the_platform_is_sent_its_order(
    node: Server, market: Market, agent: Platform, shopper: Shopper
) -> None:
    offer = new_offer(market)
    found = checked(shopper.create(order_of(offer)), 201)
    (handlers,) = found["ucp"]["payment_handlers"].values()
    assert handlers[0]["id"] == "sandbox"
    assert codes(checked(shopper.send("POST", f"/checkout-sessions/{found['id']}/complete", {}))) == [
        "payment_required"
    ]
    placed = finished(shopper, found["id"], shopper.complete(found["id"], "approved"))
    assert (placed["status"], codes(placed)) == ("completed", [])
    order = placed["order"]["id"]
    assert market.seller.get(f"/v1/orders/{order}").json()["status"] in ("authorized", "paid")
    assert market.seller.get(f"/v1/offers/{offer}").json()["stock"] == 998
    agent.wait_for(1)
    waybill = {"order": order, "carrier": "SF", "waybill": "SF100200300", "gross_mass_kg": "1.2"}
    made = market.seller.post("/v1/shipments", waybill)
    assert made.status_code == 200, made.text
    told = market.seller.post(f"/v1/shipments/{made.json()['id']}/report", {"status": "shipped"})
    assert told.status_code == 200, told.text
    shown = until(lambda: line if (line := last(agent, order))["status"] == "fulfilled" else None)
    assert shown["quantity"] == {"original": 2, "total": 2, "fulfilled": 2}
    (event,) = json.loads(agent.received[-1][1])["fulfillment"]["events"]
    assert (event["type"], event["tracking_number"]) == ("shipped", "SF100200300")
    for head, body in agent.received:
        check_webhook(node, agent, head, body)
    assert {json.loads(body)["id"] for _head, body in agent.received} == {order}
    ids = [head["Webhook-Id"] for head, _body in agent.received]
    assert len(ids) == len(set(ids))


def finished(shopper: Shopper, number: str, answer: httpx.Response) -> Any:
    """The checkout after its payment, which a slow machine may answer later than the completion."""
    assert answer.status_code == 200, answer.text
    return until(lambda: found if (found := shopper.read(number))["status"] != "complete_in_progress" else None)


def last(agent: Platform, order: str) -> Any:
    """The only line of the last snapshot of an order."""
    shown = [json.loads(body) for _head, body in agent.received]
    return next(each for each in reversed(shown) if each["id"] == order)["line_items"][0]


def check_webhook(node: Server, agent: Platform, head: dict[str, str], body: bytes) -> None:
    """A webhook is the whole order, signed by a key of the profile that it names."""
    Order.model_validate(json.loads(body))
    assert head["UCP-Agent"] == f'profile="{NODE}/.well-known/ucp"'
    keys = {each["kid"]: read_jwk(each) for each in node.get("/.well-known/ucp").json()["keys"]}
    message = HttpMessage("POST", f"{agent.url}/hooks", tuple(head.items()), body)
    required = covered(message, ("ucp-agent", "webhook-id", "webhook-timestamp"))
    assert "webhook-id" in verify(message, keys.get, required=required, now=time.time(), max_age=300).components
    assert json.loads(body)["fulfillment"]["expectations"][0]["destination"] == ADDRESS


def test_in_the_sandbox_a_test_need_not_say_who_buys(node: Server, market: Market, agent: Platform) -> None:
    agent.profiles["/no-profile"] = {"agent": {"id": "a test"}}
    for profile in ("...", f"{agent.url}/nothing"):
        assert Shopper(node.url, profile, None).create({"line_items": []}).json()["code"] == "invalid_request"
    shopper = Shopper(node.url, f"{agent.url}/no-profile", None)
    destination = {"id": "dest_1", "address_country": "SG", "postal_code": "018956"}
    body = {
        "line_items": [{"item": {"id": new_offer(market)}, "quantity": 1}],
        "fulfillment": {"methods": [{"type": "shipping", "destinations": [destination]}]},
    }
    found = checked(shopper.create(body), 201)
    assert (found["status"], codes(found)) == ("ready_for_complete", ["sandbox_buyer"])
    (group,) = found["fulfillment"]["methods"][0]["groups"]
    assert group["line_item_ids"] == ["li_1"]
    assert finished(shopper, found["id"], shopper.complete(found["id"], "approved"))["status"] == "completed"


def test_a_payment_that_is_declined_gives_everything_back(market: Market, shopper: Shopper) -> None:
    offer = new_offer(market)
    number = checked(shopper.create(order_of(offer)), 201)["id"]
    failed = finished(shopper, number, shopper.complete(number, "declined"))
    assert (failed["status"], codes(failed)) == ("incomplete", ["payment_failed"])
    assert failed["messages"][0]["severity"] == "recoverable"
    until(lambda: market.seller.get(f"/v1/offers/{offer}").json()["stock"] == 1000)
    unknown = shopper.send(
        "POST",
        f"/checkout-sessions/{number}/complete",
        {"payment": {"instruments": [{"handler_id": "other", "credential": {"type": "token", "token": "x"}}]}},
    )
    assert "payment_handler_unknown" in codes(checked(unknown))
    assert finished(shopper, number, shopper.complete(number, "approved"))["status"] == "completed"


def test_a_buyer_who_has_to_confirm_pays_on_the_page_of_the_provider(market: Market, shopper: Shopper) -> None:
    number = checked(shopper.create(order_of(new_offer(market))), 201)["id"]
    waiting = shopper.complete(number, "").json()
    assert codes(waiting) == ["payment_required"]
    shopper.complete(number, "card_of_a_buyer")
    waiting = until(lambda: found if codes(found := shopper.read(number)) == ["payment_action"] else None)
    assert (waiting["status"], "order" in waiting) == ("complete_in_progress", False)
    kept = checked(shopper.update(number, order_of("of_" + "0" * 32)))
    assert (kept["status"], "checkout_in_progress" in codes(kept)) == ("complete_in_progress", True)
    with Buyer(waiting["continue_url"].replace(NODE, shopper.node)) as buyer:
        assert "/pay/" in buyer.text
    canceled = checked(shopper.cancel(number))
    assert canceled["status"] == "canceled"
