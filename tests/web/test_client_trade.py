"""The operations of trade of both clients: what they send, and webhooks that are not to be believed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from server_process import Server

from entrepot.client import AsyncClient, Client, NotAllowed, TradeCalls, WrongSignature, verify_webhook

NUMBER = "or_1/.."
OFFER = {"price": "1.00"}
#: A call of each method. Files of documents and the market are not in the client.
CALLS: dict[str, Callable[[TradeCalls[Any]], Any]] = {
    "createOffer": lambda trade: trade.create_offer(OFFER),
    "listOffers": lambda trade: trade.list_offers(limit=2, starting_after="of_1", status="active"),
    "getOffer": lambda trade: trade.offer(NUMBER),
    "updateOffer": lambda trade: trade.update_offer(NUMBER, OFFER),
    "quoteCheckout": lambda trade: trade.quote_checkout({"items": []}),
    "placeOrders": lambda trade: trade.place_orders({"items": []}, idempotency_key="order 17"),
    "listOrders": lambda trade: trade.list_orders(),
    "getOrder": lambda trade: trade.order(NUMBER),
    "getMatch": lambda trade: trade.match(NUMBER),
    "getGeneralDeclaration": lambda trade: trade.general_declaration(NUMBER),
    "payOrder": lambda trade: trade.pay_order(NUMBER, {"provider": "sandbox", "currency": "CNY"}),
    "quoteOrder": lambda trade: trade.quote_order(NUMBER),
    "acceptQuote": lambda trade: trade.accept_quote(NUMBER, "qt_1", "hash", ["positive_list"]),
    "cancelOrder": lambda trade: trade.cancel_order(NUMBER, "too_late"),
    "correctOrder": lambda trade: trade.correct_order(NUMBER, {"contact": {"telephone": "1"}}),
    "declareOrder": lambda trade: trade.declare_order(NUMBER),
    "listDeliveries": lambda trade: trade.list_deliveries(limit=1, status="ready"),
    "getDelivery": lambda trade: trade.delivery(NUMBER),
    "consentToDelivery": lambda trade: trade.consent_to_delivery(NUMBER, "2026-11", guardian=True),
    "acceptDelivery": lambda trade: trade.accept_delivery(NUMBER),
    "objectToDelivery": lambda trade: trade.object_to_delivery(NUMBER, "interrupted"),
    "cancelDelivery": lambda trade: trade.cancel_delivery(NUMBER),
    "reportNoShow": lambda trade: trade.report_no_show(NUMBER),
    "finishDelivery": lambda trade: trade.finish_delivery(NUMBER),
    "createDeliveryToken": lambda trade: trade.create_delivery_token(NUMBER, "visit"),
    "createAsset": lambda trade: trade.create_asset({"titles": {"en": "Bay"}}, idempotency_key="asset 17"),
    "listAssets": lambda trade: trade.list_assets(limit=1, status="active"),
    "getAsset": lambda trade: trade.asset(NUMBER),
    "updateAsset": lambda trade: trade.update_asset(NUMBER, {"status": "paused"}),
    "listFreeTimes": lambda trade: trade.free_times("as_1", since="2026-03-02", minutes=60),
    "holdTime": lambda trade: trade.hold_time({"asset": "as_1"}, idempotency_key="hold 17"),
    "listBookings": lambda trade: trade.list_bookings(limit=1, starting_after="bk_1"),
    "getBooking": lambda trade: trade.booking(NUMBER),
    "updateBooking": lambda trade: trade.update_booking(NUMBER, {"status": "cancelled"}),
    "recordUse": lambda trade: trade.record_use(NUMBER, {"quantity": "1", "unit": "KWH"}, idempotency_key="use 17"),
    "createDocument": lambda trade: trade.create_document({}),
    "listDocuments": lambda trade: trade.list_documents(limit=1),
    "getDocument": lambda trade: trade.document(NUMBER),
    "withdrawDocument": lambda trade: trade.withdraw_document(NUMBER, {}),
    "objectToService": lambda trade: trade.object_to_service(NUMBER, "dl_1", "not_as_described"),
    "acceptService": lambda trade: trade.accept_service(NUMBER, "dl_1"),
    "refundOrder": lambda trade: trade.refund_order(NUMBER, {"amount": "5.00"}, idempotency_key="refund 17"),
    "listPayouts": lambda trade: trade.list_payouts(limit=1, starting_after="po_1", status="paid"),
    "getPayout": lambda trade: trade.payout(NUMBER),
    "listStatements": lambda trade: trade.list_statements(month="2026-03"),
    "getStatement": lambda trade: trade.statement("2026-03", "CNY", limit=2, starting_after=2),
    "getPayment": lambda trade: trade.payment(NUMBER),
    "getDeclaration": lambda trade: trade.declaration(NUMBER),
    "getShipment": lambda trade: trade.shipment(NUMBER),
    "createShipment": lambda trade: trade.create_shipment({"order": "or_1", "carrier": "ZTO", "waybill": "1"}),
    "nameCrossing": lambda trade: trade.name_crossing(NUMBER, {"vehicle": "x"}),
    "listUnmatchedAnswers": lambda trade: trade.list_unmatched_answers(limit=1, status="open"),
    "getUnmatchedAnswer": lambda trade: trade.unmatched_answer(NUMBER),
    "retryUnmatchedAnswer": lambda trade: trade.retry_unmatched_answer(NUMBER),
    "closeUnmatchedAnswer": lambda trade: trade.close_unmatched_answer(NUMBER),
    "createProgramme": lambda trade: trade.create_programme({"field": "x"}, idempotency_key="programme 17"),
    "listCourses": lambda trade: trade.list_courses(limit=1, starting_after="cs_1"),
    "listEnrolments": lambda trade: trade.list_enrolments(limit=1, status="completed"),
    "listWorkspaces": lambda trade: trade.list_workspaces(limit=1),
    "listProgrammes": lambda trade: trade.list_programmes(limit=1, starting_after="pg_1"),
    "getProgramme": lambda trade: trade.programme(NUMBER),
    "updateProgramme": lambda trade: trade.update_programme(NUMBER, {"status": "running"}),
    "reportShipment": lambda trade: trade.report_shipment(NUMBER, "shipped"),
    "applyForReturn": lambda trade: trade.apply_for_return({"order": "or_1"}),
    "listReturns": lambda trade: trade.list_returns(limit=1),
    "getReturn": lambda trade: trade.return_(NUMBER),
    "receiveReturn": lambda trade: trade.receive_return(NUMBER, restocked=False),
    "refuseReturn": lambda trade: trade.refuse_return(NUMBER, "used"),
    "withdrawReturn": lambda trade: trade.withdraw_return(NUMBER),
    "listEvents": lambda trade: trade.list_events(type="order.*", subject="or_1"),
    "getEvent": lambda trade: trade.event(NUMBER),
    "createWebhookEndpoint": lambda trade: trade.create_webhook_endpoint("https://shop.example/", ["order.*"]),
    "listWebhookEndpoints": lambda trade: trade.list_webhook_endpoints(),
    "getWebhookEndpoint": lambda trade: trade.webhook_endpoint(NUMBER),
    "updateWebhookEndpoint": lambda trade: trade.update_webhook_endpoint(NUMBER, {"status": "enabled"}),
    "deleteWebhookEndpoint": lambda trade: trade.delete_webhook_endpoint(NUMBER),
    "replaceWebhookSecret": lambda trade: trade.replace_webhook_secret(NUMBER),
    "listWebhookDeliveries": lambda trade: trade.list_webhook_deliveries(NUMBER, limit=1, event="ev_1"),
    "resendWebhook": lambda trade: trade.resend_webhook(NUMBER, "ev_1"),
    "getStatisticsTable": lambda trade: trade.statistics_table("2026", partner="VN"),
    "getStatisticsMirror": lambda trade: trade.statistics_mirror("VN", "2026"),
    "getRanking": lambda trade: trade.ranking(2023, flow="both", first=5),
    "getCheckpoint": lambda trade: trade.checkpoint(),
    "proveEvent": lambda trade: trade.prove_event("ev_1"),
    "proveConsistency": lambda trade: trade.prove_consistency(1, 2),
}


def sent_by(call: Callable[[TradeCalls[Any]], Any]) -> tuple[httpx.Request, httpx.Request]:
    """What both clients send for a call. Each returns what the server answers."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"object": "answer"})

    with Client("http://node.example", "ek_1", http=httpx.Client(transport=httpx.MockTransport(answer))) as client:
        assert call(client.trade) == {"object": "answer"}

    async def ask() -> Any:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with AsyncClient("http://node.example", "ek_1", http=http) as other:
            return await call(other.trade)

    assert asyncio.run(ask()) == {"object": "answer"}
    return seen[0], seen[1]


def test_every_method_sends_an_operation_as_the_document_describes_it(server: Server) -> None:
    document = server.get("/v1/openapi.json").json()
    described = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["tags"] == ["trade"]
    }
    assert not set(CALLS) - set(described)
    methods = {name for name in dir(TradeCalls) if callable(getattr(TradeCalls, name)) and not name.startswith("_")}
    assert len(methods) == len(CALLS)
    for name, call in CALLS.items():
        method, path, operation = described[name]
        blocking, awaited = sent_by(call)
        for request in (blocking, awaited):
            assert request.method == method, name
            found = request.url.raw_path.decode().partition("?")[0]
            pattern = re.sub(r"\{\w+\}", "[^/]+", path.replace("{number}", "or_1%2F.."))
            assert re.fullmatch(pattern, found), (name, found)
            assert set(request.url.params) <= {each["name"] for each in operation["parameters"]}, name
            keyed = any(each["name"] == "Idempotency-Key" for each in operation["parameters"])
            assert ("idempotency-key" in request.headers) == keyed, name
            assert request.headers["authorization"] == "Bearer ek_1"
        assert blocking.content == awaited.content
        assert bool(blocking.content) <= ("requestBody" in operation), name
        if blocking.content and name not in ("createOffer", "updateOffer"):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert set(json.loads(blocking.content)) <= set(document["components"]["schemas"][schema]["properties"])


def test_trade_of_a_server_without_a_key_is_not_allowed(server: Server) -> None:
    with Client(server.url) as client, pytest.raises(NotAllowed) as refused:
        client.trade.list_orders()
    assert refused.value.status == 401


SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four by.").decode()
NOW = 1_800_000_000


def signed(body: bytes, secret: str = SECRET, moment: int = NOW, number: str = "ev_1") -> dict[str, str]:
    """The headers of a webhook, made here from the text of the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{number}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": number,
        "Webhook-Timestamp": str(moment),
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def test_a_webhook_is_verified_also_while_its_secret_is_replaced() -> None:
    body = '{"type": "order.placed", "subject": "or_1", "data": {"name": "咖啡"}}'.encode()
    other = "whsec_" + base64.b64encode(b"another key of 24 bytes.").decode()
    old = signed(body, other)["Webhook-Signature"]
    headers = signed(body)
    headers["Webhook-Signature"] = f"{old} v2,unknown v1,!! {headers['Webhook-Signature']}"
    assert verify_webhook(SECRET, headers, body, now=NOW + 299)["subject"] == "or_1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Webhook-Signature": ""}, "not made with this secret"),
        ({"Webhook-Signature": "v1,"}, "not made with this secret"),
        ({"Webhook-Signature": "v1a,AAAA"}, "not made with this secret"),
        ({"Webhook-Id": "ev_2"}, "not made with this secret"),
        ({"Webhook-Id": ""}, "missing"),
        ({"Webhook-Timestamp": ""}, "missing"),
        ({"Webhook-Timestamp": "٣"}, "missing"),
        ({"Webhook-Timestamp": "9" * 30}, "missing"),
        ({"Webhook-Timestamp": str(NOW + 1)}, "not made with this secret"),
        ({"Webhook-Timestamp": str(NOW - 301)}, "301 seconds"),
        ({"Webhook-Timestamp": str(NOW + 301)}, "301 seconds"),
    ],
)
def test_a_webhook_that_was_changed_is_refused(change: dict[str, str], says: str) -> None:
    body = b'{"type": "order.placed"}'
    with pytest.raises(WrongSignature, match=says):
        verify_webhook(SECRET, {**signed(body), **change}, body, now=NOW)


def test_a_signed_body_that_is_no_event_is_refused_and_a_wrong_secret_says_so() -> None:
    for body in (b"[]", b"\xff", b"", b'{"a": 1'):
        with pytest.raises(WrongSignature, match="is signed, and is not an event"):
            verify_webhook(SECRET, signed(body), body, now=NOW)
    body = b"{}"
    with pytest.raises(WrongSignature, match="not made with this secret"):
        verify_webhook(SECRET, signed(body), body + b" ", now=NOW)
    for secret in ("", "whsec_", "whsec_é", "secret", "whsec_!!"):
        with pytest.raises(ValueError, match="begins with whsec_"):
            verify_webhook(secret, signed(body), body, now=NOW)
