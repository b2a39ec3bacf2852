"""Webhooks: signed, once, in any order, and never more than an order is read again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser

from conftest import Buyer
from entrepot_oscar.models import NodeOrder, WebhookSeen
from entrepot_oscar.work import work
from node_double import NodeDouble

PATH = "/entrepot/webhooks/"


def send(event: dict[str, Any], number: str = "ev_1", *, late: int = 0, body: bytes | None = None, **more: str) -> Any:
    """Send a signed webhook, made here from the text of the specification."""
    content = json.dumps(event).encode()
    moment = str(int(time.time()) - late)
    key = base64.b64decode(settings.ENTREPOT_WEBHOOK_SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{number}.{moment}.".encode() + content, hashlib.sha256).digest()
    headers = {
        "webhook-id": number, "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}", **more,
    }  # fmt: skip
    # A site with CSRF protection: the node has no token of it.
    browser = Browser(enforce_csrf_checks=True)
    return browser.post(PATH, content if body is None else body, content_type="application/json", headers=headers)


@pytest.fixture
def order(node: NodeDouble, buyer: Buyer) -> Any:
    order = buyer.buy(coffee=1)
    work()
    work()
    NodeOrder.objects.update(stale=False)
    return order


def event(subject: str = "or_1", **data: Any) -> dict[str, Any]:
    return {"object": "event", "type": "order.customs_changed", "subject": subject, "data": data}


def test_an_event_has_its_order_read_and_the_same_one_again_does_nothing(node: NodeDouble, order: Any) -> None:
    answer = send(event())
    assert (answer.status_code, answer.json()) == (200, {"status": "received"})
    assert NodeOrder.objects.get().stale
    node.orders["or_1"]["status"] = "declared"
    work()
    order.refresh_from_db()
    assert order.status == "Customs"
    again = send(event())
    assert (again.status_code, again.json()) == (200, {"status": "repeated"})
    assert not NodeOrder.objects.get().stale
    assert WebhookSeen.objects.count() == 1


def test_events_in_any_order_end_in_the_state_of_the_node(node: NodeDouble, order: Any) -> None:
    node.carry("or_1", {1: 1}, "delivered")
    for number in ("ev_9", "ev_2", "ev_5"):
        assert send(event(), number).status_code == 200
        work()
        order.refresh_from_db()
        assert order.status == "Delivered"
    assert order.shipping_events.count() == 2


def test_an_event_of_an_object_of_the_order_counts(node: NodeDouble, order: Any) -> None:
    node.carry("or_1", {1: 1})
    NodeOrder.objects.update(stale=True)
    work()
    for at, given in enumerate((event("sh_1"), event("re_1", order="or_1"))):
        NodeOrder.objects.update(stale=False)
        send(given, f"ev_{at}")
        assert NodeOrder.objects.get().stale
    NodeOrder.objects.update(stale=False)
    for at, given in enumerate((event("sh_9"), event("or_9"), event(""), {"subject": None, "data": []})):
        assert send(given, f"ev_x{at}").status_code == 200
        assert not NodeOrder.objects.get().stale


@pytest.mark.parametrize(
    "more",
    [
        {"body": b'{"subject": "or_1"}'},
        {"late": 301},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-id": ""},
        {"webhook-timestamp": "soon"},
    ],
)
def test_what_is_not_from_the_node_is_refused(order: Any, more: dict[str, Any]) -> None:
    answer = send(event(), **more)
    assert answer.status_code == 400
    assert not NodeOrder.objects.get().stale
    assert not WebhookSeen.objects.exists()


def test_a_large_body_and_another_method_are_refused(order: Any) -> None:
    assert send({"x": "y" * 300_000}).status_code == 413
    assert Browser().get(PATH).status_code == 405


def test_a_webhook_whose_order_could_not_be_marked_comes_again(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_event: Any) -> None:
        raise RuntimeError("the database is locked")

    with monkeypatch.context() as patched:
        patched.setattr("entrepot_oscar.webhooks._mark", fail)
        with pytest.raises(RuntimeError):
            send(event())
    assert send(event()).json() == {"status": "received"}
