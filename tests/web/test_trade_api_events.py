"""The API of trade: events, endpoints of webhooks, proofs of the ledger, and the money of a seller."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from server_process import Server, environment
from trade_market import Market, check, delete

from entrepot.trade.ledger.checkpoints import Verifier, open_checkpoint
from entrepot.trade.ledger.proofs import check_consistency, check_inclusion, check_leaf


def test_events_are_filtered_by_kind_and_by_object(market: Market) -> None:
    order = market.ids["or_"]
    of_order = market.buyer.get(f"/v1/events?subject={order}&limit=100").json()["data"]
    assert {each["subject"] for each in of_order} == {order}
    assert of_order[-1]["type"] == "order.placed"
    placed = market.buyer.get("/v1/events?type=order.placed").json()["data"]
    assert {each["type"] for each in placed} == {"order.placed"}
    of_kind = market.buyer.get("/v1/events?type=return.*").json()["data"]
    assert {each["type"].split(".")[0] for each in of_kind} == {"return"}
    assert market.buyer.get("/v1/events?type=nothing").json()["error"]["param"] == "type"
    # The offer is the seller's alone: the buyer does not see its events.
    assert market.buyer.get(f"/v1/events?subject={market.ids['of_']}").json()["data"] == []


def test_an_endpoint_is_made_changed_and_deleted_and_its_secret_is_shown_once(market: Market, document: Any) -> None:
    made = market.seller.post("/v1/webhook_endpoints", {"url": "https://shop.example/in", "kinds": ["order.*"]})
    assert made.status_code == 200, made.text
    endpoint = made.json()
    check(document, "EndpointCreated", endpoint)
    assert endpoint["secret"].startswith("whsec_")
    body, key = {"url": "https://shop.example/once"}, {"Idempotency-Key": "endpoint-1"}
    first, again = (market.seller.post("/v1/webhook_endpoints", body, **key).json() for _ in range(2))
    assert first == again
    other = market.seller.post("/v1/webhook_endpoints", {"url": "https://shop.example/2"}, **key)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")
    where = f"/v1/webhook_endpoints/{endpoint['id']}"
    read = market.seller.get(where)
    check(document, "EndpointShown", read.json())
    assert endpoint["secret"] not in read.text + market.seller.get("/v1/webhook_endpoints").text
    changed = market.seller.post(where, {"status": "disabled", "description": "old"}).json()
    assert (changed["status"], changed["description"], changed["kinds"]) == ("disabled", "old", ["order.*"])
    fresh = market.seller.post(f"{where}/secret").json()
    assert fresh["secret"] != endpoint["secret"]
    assert market.seller.get(f"{where}/deliveries").json() == {"object": "list", "has_more": False, "data": []}
    assert market.seller.post(f"{where}/resend", {"event": market.ids["ev_"]}).status_code == 404
    assert delete(market.seller, where).json() == {"object": "webhook_endpoint", "id": endpoint["id"], "deleted": True}
    assert market.seller.get(where).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://shop.example/"}, None),
        ({"url": "https://user:pw@shop.example/"}, "unsafe_address"),
        ({"url": "ftp://shop.example/"}, "unsafe_address"),
        ({"url": "https://shop.example/", "kinds": ["orders"]}, "invalid"),
        ({"url": "https://shop.example/", "kinds": []}, "invalid"),
        ({"kinds": ["*"]}, "invalid"),
        ({"url": "https://shop.example/", "secret": "x"}, "unknown_field"),
    ],
)
def test_an_endpoint_that_is_not_valid_is_refused(market: Market, body: Any, code: str | None) -> None:
    answer = market.other.post("/v1/webhook_endpoints", body)
    if code is None:  # allowed on this server only because the loopback is: it is refused when the name is resolved
        assert answer.status_code == 200
        delete(market.other, f"/v1/webhook_endpoints/{answer.json()['id']}")
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), answer.text


def test_an_event_is_proved_with_the_signed_checkpoint(trade_server: Server, market: Market, document: Any) -> None:
    event = market.ids["ev_"]
    checkpoint = trade_server.get("/v1/ledger/checkpoint").json()
    check(document, "Checkpoint", checkpoint)
    signed = open_checkpoint(checkpoint["note"], Verifier.read(checkpoint["key"]))
    assert (signed.size, signed.root.hex()) == (checkpoint["size"], checkpoint["root"])
    proof = market.buyer.get(f"/v1/ledger/proofs/inclusion?event={event}").json()
    check(document, "Proof", proof)
    proved, _ = check_inclusion(proof, checkpoint["key"])
    assert (proved.id, proved.stream) == (event, market.buyer.get(f"/v1/events/{event}").json()["subject"])
    later = open_checkpoint(proof["checkpoint"], Verifier.read(checkpoint["key"]))
    between = trade_server.get(f"/v1/ledger/proofs/consistency?first={signed.size}&second={later.size}").json()
    check(document, "ConsistencyProof", between)
    check_consistency(checkpoint["note"], proof["checkpoint"], between["proof"], checkpoint["key"])


def test_a_seller_learns_neither_the_identity_of_a_buyer_nor_what_was_bought_elsewhere(market: Market) -> None:
    event = market.ids["ev_"]  # the order was placed: it reserved a part of the annual limit
    whole = market.buyer.get(f"/v1/ledger/proofs/inclusion?event={event}").json()
    (account,) = [each["account"] for each in whole["event"]["postings"] if each["account"].endswith("/reserved")]
    keyed_hash = account.split("/")[3]
    assert (len(keyed_hash), whole["event"]["payload"]["buyer"]["identity"]) == (64, keyed_hash)
    hidden = market.seller.get(f"/v1/ledger/proofs/inclusion?event={event}").json()
    assert (hidden["event"], hidden["leaf"], hidden["position"]) == (None, whole["leaf"], whole["position"])
    assert check_leaf(hidden, whole["key"]).size >= whole["position"]
    events = market.seller.get("/v1/events?limit=100")
    assert {"order.placed", "payment.captured", "order.customs_changed"} <= {
        each["type"] for each in events.json()["data"]
    }
    for text in (json.dumps(hidden), events.text, market.seller.get(f"/v1/events/{event}").text):
        assert keyed_hash not in text
        assert '_hash":' not in text.replace("law_hash", "")
        assert "year_to_date" not in text
    # What names no buyer is shown whole.
    shipped = next(each["id"] for each in events.json()["data"] if each["type"] == "shipment.delivered")
    assert market.seller.get(f"/v1/ledger/proofs/inclusion?event={shipped}").json()["event"]["id"] == shipped


def test_proofs_that_do_not_exist(trade_server: Server, market: Market) -> None:
    event = market.ids["ev_"]
    for number, party in ((event, market.other), ("ev_1", market.buyer), ("x", market.buyer), ("1", market.buyer)):
        answer = party.get(f"/v1/ledger/proofs/inclusion?event={number}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), number
    assert trade_server.get(f"/v1/ledger/proofs/inclusion?event={event}").status_code in (401, 403)
    assert market.buyer.get("/v1/ledger/proofs/inclusion").status_code == 422
    for query, status in (
        ("first=2&second=1", 404),
        ("first=1&second=9007199254740991", 404),
        ("first=-1&second=1", 422),
    ):
        assert trade_server.get(f"/v1/ledger/proofs/consistency?{query}").status_code == status, query


def test_the_ledger_of_the_market_is_verified(trade_server: Server, market: Market) -> None:
    command = [sys.executable, "-m", "entrepot", "ledger", "verify", "--json"]
    env = environment(trade_server.data, **trade_server.settings)
    found = json.loads(subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout)
    assert (found["verified"], found["problems"]) == (True, [])
    assert found["events"] > 10


def test_a_seller_pays_a_part_back_and_reads_what_it_is_owed(market: Market, document: Any) -> None:
    path = f"/v1/orders/{market.several}/refund"
    for body, status, code in (
        ({"amount": "0"}, 422, "refund_amount"),
        ({"amount": "1.005"}, 422, "amount_invalid"),
        ({"amount": "-1"}, 422, "invalid"),
        ({"amount": "1.00", "reason": "because"}, 422, "invalid"),
    ):
        answer = market.seller.post(path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), body
    assert market.buyer.post(path, {"amount": "1.00"}).json()["error"]["code"] == "not_the_seller"
    body = {"amount": "1.50", "reason": "damaged"}
    first, again = (market.seller.post(path, body, **{"Idempotency-Key": "refund-1"}) for _ in range(2))
    assert first.json() == again.json(), first.text
    check(document, "PaymentShown", first.json())
    assert [(each["amount"], each["reason"]) for each in first.json()["refunds"]] == [("1.50", "damaged")]
    month = f"{dt.datetime.now(dt.UTC):%Y-%m}"
    (listed,) = market.seller.get(f"/v1/statements?month={month}").json()["data"]
    check(document, "StatementShown", listed)
    lines: list[Any] = []
    page: dict[str, Any] = {"has_more": True}
    while page["has_more"]:
        after = lines[-1]["number"] if lines else 0
        page = market.seller.get(f"/v1/statements/{month}/CNY?limit=2&starting_after={after}").json()
        check(document, "StatementRead", page)
        lines += page["lines"]
    assert ("refund", "-1.50") in [(each["kind"], each["amount"]) for each in lines]
    assert len(lines) == listed["count"] == page["count"]
    # The opening and all lines are the closing, to the cent.
    assert Decimal(listed["opening"]) + sum(Decimal(each["amount"]) for each in lines) == Decimal(listed["closing"])
    for wrong, status in (("2026-13/CNY", 422), ("2026-03/XXX", 404), (f"{month}/CNY?limit=0", 422)):
        assert market.seller.get(f"/v1/statements/{wrong}").status_code == status, wrong
    assert market.seller.get("/v1/statements?month=March").status_code == 422
    assert market.other.get(f"/v1/statements?month={month}").json()["data"] == []
    for path in ("payouts", "statements", f"statements/{month}/CNY"):
        assert market.buyer.get(f"/v1/{path}").status_code == 404
