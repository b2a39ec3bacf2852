"""UCP over HTTP: the profile, checkouts from the first line to the order, who may ask, and what is refused.

Answers are read by the types of the protocol's authors (`ucp-sdk`). Amounts are derived beside them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from server_process import Server, run_server
from trade_market import Market, open_market
from ucp_platform import (
    ADDRESS,
    BUYER,
    IDENTITY,
    NODE,
    Buyer,
    Platform,
    Shopper,
    checked,
    codes,
    new_offer,
    order_of,
    platform,
)

from entrepot.connect.http_signatures import HttpMessage, covered, verify
from entrepot.connect.signing_keys import ED25519, new_key, read_jwk
from entrepot.connect.ucp.names import CHECKOUT, ORDER, VERSION

pytest.importorskip("ucp_sdk", reason="ucp-sdk, the types of the protocol, is not installed")

from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.shopping.order import Order
from ucp_sdk.models.schemas.ucp import BusinessSchema, ResponseOrderSchema

jsonschema = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs, which schemathesis uses, is not installed")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(
        tmp_path_factory.mktemp("ucp"),
        ENTREPOT_UCP="signed",
        ENTREPOT_URL=NODE,
        ENTREPOT_UCP_TERMS=f"{NODE}/terms",
        ENTREPOT_WEBHOOKS_LOOPBACK="true",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def market(node: Server) -> Market:
    return open_market(node)


@pytest.fixture(scope="module")
def agent() -> Iterator[Platform]:
    with platform() as running:
        yield running


@pytest.fixture(scope="module")
def shopper(node: Server, agent: Platform) -> Shopper:
    return Shopper(node.url, agent.profile(), agent.key)


@pytest.fixture(scope="module")
def offer(market: Market) -> str:
    return new_offer(market)


def error(answer: httpx.Response, code: str) -> Any:
    """An answer without a checkout, and the only message of it."""
    assert answer.status_code == 200, answer.text
    found = answer.json()
    ErrorResponse.model_validate(found)
    assert found["ucp"]["status"] == "error"
    (message,) = found["messages"]
    assert message["code"] == code
    return message


def refused(answer: httpx.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return str(answer.json()["content"])


def test_the_profile_can_be_read_cached_and_checked(node: Server) -> None:
    answer = node.get("/.well-known/ucp")
    found = answer.json()
    BusinessSchema.model_validate(found["ucp"])
    assert found["ucp"]["version"] == VERSION
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = found["keys"]
    assert found["signing_keys"] == found["keys"]
    assert read_jwk(key).thumbprint() == key["kid"]
    name = "example.node.shopping.landed_cost"
    (own,) = found["ucp"]["capabilities"][name]
    # A name belongs to the host that serves its schema: the reversed host begins it.
    assert own["schema"].startswith(f"{NODE}/ucp/schemas/")
    schema = node.get(own["schema"].removeprefix(NODE)).json()
    assert (schema["name"], schema["version"], schema["$id"]) == (name, own["version"], own["schema"])
    assert node.get("/ucp/schemas/nothing.json").status_code == 404


def test_a_node_without_the_setting_has_no_profile(server: Server) -> None:
    assert server.get("/.well-known/ucp").status_code == 404
    assert server.post("/ucp/v1/checkout-sessions", json={}).status_code == 404


def test_a_checkout_goes_from_the_first_line_to_the_order(node: Server, shopper: Shopper, offer: str) -> None:
    first = checked(shopper.create({"line_items": [{"item": {"id": offer}, "quantity": 2}]}), 201)
    assert first["status"] == "incomplete"
    assert set(codes(first)) == {"destination_required", "field_required"}
    assert {each["severity"] for each in first["messages"]} == {"recoverable"}
    assert [each["amount"] for each in first["totals"]] == [13600, 13600]
    ready = checked(shopper.update(first["id"], order_of(offer)))
    assert (ready["status"], ready["messages"]) == ("ready_for_complete", [])
    # 2 × 68.00, 12.00 for shipping, and 9 % GST on 148.00 = 13.32.
    assert {each["type"]: each["amount"] for each in ready["totals"]} == {
        "subtotal": 13600, "fulfillment": 1200, "tax": 1332, "total": 16132,
    }  # fmt: skip
    tax = next(each for each in ready["totals"] if each["type"] == "tax")
    assert tax["lines"] == [{"display_text": "Goods and Services Tax", "amount": 1332}]
    (landed,) = ready["landed_cost"]
    assert (landed["amount_landed"], landed["currency"], landed["line_item_ids"]) == ("161.32", "SGD", ["li_1"])
    (charge,) = landed["charges"]
    assert (charge["rate"], charge["due"], charge["collected_by"]) == ("9 %", "with_order", "seller")
    assert "Goods and Services Tax Act 1993" in charge["law"][0]["title"]
    done = shopper.complete(ready["id"])
    placed = checked(done)
    assert (placed["status"], placed["totals"]) == ("completed", ready["totals"])
    assert codes(placed) == ["payment_due"]  # this node has no payment provider
    assert "continue_url" not in placed
    assert shopper.read(ready["id"]) == placed
    signed_by_the_node(node, done)
    order = shopper.send("GET", f"/orders/{placed['order']['id']}").json()
    Order.model_validate(order)
    ResponseOrderSchema.model_validate(order["ucp"])
    assert (order["checkout_id"], order["totals"]) == (ready["id"], ready["totals"])
    (line,) = order["line_items"]
    assert (line["quantity"], line["status"]) == ({"original": 2, "total": 2, "fulfilled": 0}, "processing")
    assert order["fulfillment"]["expectations"][0]["destination"] == ADDRESS
    for answer in (shopper.update(ready["id"], order_of(offer)), shopper.complete(ready["id"])):
        refused(answer, 409, "checkout_not_modifiable")
    refused(shopper.cancel(ready["id"]), 409, "checkout_not_modifiable")


def signed_by_the_node(node: Server, answer: httpx.Response) -> None:
    """An answer is signed by a key of the node's profile, over the bytes that arrived."""
    assert "content-encoding" not in answer.headers
    message = HttpMessage(status=answer.status_code, headers=tuple(answer.headers.items()), body=answer.content)
    keys = {each["kid"]: read_jwk(each) for each in node.get("/.well-known/ucp").json()["keys"]}
    verify(message, keys.get, required=covered(message), now=time.time(), max_age=60)


def test_the_extension_has_the_schema_that_is_published(node: Server, shopper: Shopper, offer: str) -> None:
    schema = node.get("/ucp/schemas/landed_cost.json").json()
    own = {"$defs": {"landed_cost": schema["$defs"]["landed_cost"]}, "$ref": "#/$defs/landed_cost"}
    found = checked(shopper.create(order_of(offer)), 201)
    jsonschema.validate(own, found["landed_cost"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(own, [{**found["landed_cost"][0], "amount_landed": 161.32}])


def test_the_same_key_does_the_same_once(shopper: Shopper, offer: str) -> None:
    key = str(uuid.uuid4())
    first = shopper.create(order_of(offer), key=key)
    again = shopper.create(order_of(offer), key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    refused(shopper.create(order_of(offer, 3), key=key), 409, "idempotency_key_reused")
    number = first.json()["id"]
    key = str(uuid.uuid4())
    placed = shopper.complete(number, key=key)
    assert placed.json()["status"] == "completed"
    assert shopper.complete(number, key=key).json() == placed.json()
    refused(shopper.complete(number, "other", key=key), 409, "idempotency_key_reused")
    refused(shopper.send("POST", "/checkout-sessions", order_of(offer), key="k" * 300), 400, "idempotency_key_missing")


def test_a_signature_that_does_not_hold_is_refused_by_name(
    node: Server, agent: Platform, shopper: Shopper, offer: str
) -> None:
    body = order_of(offer)
    assert "Sign the request" in refused(
        Shopper(node.url, shopper.profile, None).create(body), 401, "signature_missing"
    )
    refused(Shopper(node.url, shopper.profile, new_key()).create(body), 401, "key_not_found")
    stranger = new_key()._replace(id=agent.key.id)
    refused(Shopper(node.url, shopper.profile, stranger).create(body), 401, "signature_invalid")
    refused(shopper.create(body, sent=b'{"line_items":[]}'), 400, "digest_mismatch")
    elsewhere = Shopper(node.url, shopper.profile, agent.key)
    elsewhere.signed_for = node.url  # what is signed for another shop is not accepted here, whatever Host says
    refused(elsewhere.create(body), 401, "signature_invalid")
    changed = {"UCP-Agent": f'profile="{agent.profile("/other")}"'}
    refused(shopper.create(body, **changed), 401, "signature_invalid")
    refused(shopper.create(body, **{"Idempotency-Key": "another"}), 401, "signature_invalid")
    odd = {**agent.key.public().jwk(), "kid": "p384", "crv": "P-384"}
    profile = agent.profile("/odd", keys=[odd, agent.key.public().jwk()])
    assert Shopper(node.url, profile, agent.key).create(body).status_code == 201
    refused(Shopper(node.url, profile, agent.key._replace(id="p384")).create(body), 400, "algorithm_unsupported")
    edwards = new_key(ED25519)
    profile = agent.profile("/edwards", keys=[edwards.public().jwk()])
    assert Shopper(node.url, profile, edwards).create(body).status_code == 201


def test_an_old_signature_is_refused_and_a_recorded_read_holds_five_minutes(
    node: Server, shopper: Shopper, agent: Platform
) -> None:
    from entrepot.connect.http_signatures import sign

    path, now = "/ucp/v1/checkout-sessions/uc_1", int(time.time())
    head = {"UCP-Agent": f'profile="{shopper.profile}"'}
    message = HttpMessage("GET", NODE + path, tuple(head.items()))

    def read(**times: Any) -> httpx.Response:
        signed = sign(message, agent.key, covered(message, ("ucp-agent",)), **times)
        return httpx.get(node.url + path, headers=head | signed, timeout=60)

    assert read(created=now - 200).status_code == 200
    assert read(created=now - 600, expires=now + 60).status_code == 200
    assert "expired" in refused(read(created=now - 600, expires=now - 300), 401, "signature_invalid")
    assert "older than 300 s" in refused(read(created=now - 400), 401, "signature_invalid")
    assert "add the parameter created" in refused(read(), 401, "signature_invalid")


@pytest.mark.parametrize(
    ("published", "status", "code"),
    [
        (b"{", 422, "profile_malformed"),
        (b'{"ucp":{}}', 422, "profile_malformed"),
        (b'{"ucp":{"version":7}}', 422, "profile_malformed"),
        (b'{"ucp":{"version":"2026-01-11","capabilities":{}}}', 422, "version_unsupported"),
        (b'{"ucp":{"version":"2099-01-01","capabilities":{}}}', 422, "version_unsupported"),
        (b'{"ucp":{"version":"2026-08-25","capabilities":{"x":5}}}', 422, "profile_malformed"),
        (b"[" * 300_000, 422, "profile_malformed"),
        (None, 424, "profile_unreachable"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(
    node: Server, agent: Platform, published: bytes | None, status: int, code: str
) -> None:
    path = f"/bad-{uuid.uuid4()}"
    if published is not None:
        agent.profiles[path] = published
    shopper = Shopper(node.url, agent.url + path, agent.key)
    answer = shopper.create({})
    refused(answer, status, code)
    assert answer.json()["continue_url"] == f"{NODE}/"
    fetched = agent.fetched
    refused(shopper.create({}), status, code)
    assert agent.fetched == fetched  # a profile that failed is not fetched again at once


@pytest.mark.parametrize(
    "header",
    ["", "profile", "profile=5", 'profile="', "%%"],
)
def test_an_agent_that_names_no_profile_is_refused(node: Server, header: str) -> None:
    answer = node.post("/ucp/v1/checkout-sessions", json={}, headers={"UCP-Agent": header})
    refused(answer, 400, "invalid_profile_url")
    answer = node.post("/ucp/v1/checkout-sessions", json={}, headers={"UCP-Agent": 'profile="x"; version="2099-01-01"'})
    assert VERSION in refused(answer, 400, "version_unsupported")


@pytest.mark.parametrize("profile", ["http://10.0.0.1/ucp", "ftp://a.example", "https://a b.example", "/ucp"])
def test_a_profile_at_no_public_address_is_not_fetched(node: Server, agent: Platform, profile: str) -> None:
    refused(Shopper(node.url, profile, agent.key).create({}), 400, "invalid_profile_url")


def test_capabilities_are_what_both_sides_have(node: Server, agent: Platform, offer: str) -> None:
    profile = agent.profile("/only-orders", capabilities={ORDER: [{"version": VERSION}]})
    message = error(Shopper(node.url, profile, agent.key).create(order_of(offer)), "capabilities_incompatible")
    assert message["severity"] == "unrecoverable"
    old = agent.profile("/old", capabilities={CHECKOUT: [{"version": "2026-01-11"}]})
    error(Shopper(node.url, old, agent.key).create(order_of(offer)), "capabilities_incompatible")
    plain = agent.profile("/plain", capabilities={CHECKOUT: [{"version": VERSION}, {"version": "2026-01-11"}]})
    shopper = Shopper(node.url, plain, agent.key)
    found = checked(shopper.create({**order_of(offer), "unknown": {"is": "ignored"}}), 201)
    assert list(found["ucp"]["capabilities"]) == [CHECKOUT]
    assert "fulfillment" not in found
    assert "landed_cost" not in found


def test_a_session_belongs_to_its_platform(node: Server, agent: Platform, shopper: Shopper, offer: str) -> None:
    number = checked(shopper.create(order_of(offer)), 201)["id"]
    other = Shopper(node.url, agent.profile("/second"), agent.key)
    assert error(other.send("GET", f"/checkout-sessions/{number}"), "not_found")["severity"] == "unrecoverable"
    for answer in (other.update(number, order_of(offer)), other.complete(number), other.cancel(number)):
        error(answer, "not_found")
    order = shopper.complete(number).json()["order"]["id"]
    error(other.send("GET", f"/orders/{order}"), "not_found")
    error(shopper.send("GET", "/orders/or_1"), "not_found")
    error(shopper.send("GET", "/checkout-sessions/uc_1"), "not_found")


def test_an_api_key_of_an_organization_is_accepted(node: Server, market: Market, agent: Platform, offer: str) -> None:
    key = market.buyer.key["Authorization"].removeprefix("Bearer ")
    keyed = Shopper(node.url, agent.profile(), None, **{"X-API-Key": key})
    number = checked(keyed.create(order_of(offer)), 201)["id"]
    bearer = Shopper(node.url, agent.profile(), None, **market.buyer.key)
    assert bearer.read(number)["id"] == number
    other = Shopper(node.url, agent.profile(), None, **market.other.key)
    error(other.send("GET", f"/checkout-sessions/{number}"), "not_found")
    refused(Shopper(node.url, agent.profile(), None, Authorization="Bearer no").create({}), 401, "no_key")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "line_items"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"item": {"id": "of_1"}, "quantity": "2"}]}, "quantity"),
        ({"line_items": [{"item": {"id": "of_1"}, "quantity": 1.5}]}, "quantity"),
        ({"line_items": [{"item": {"id": ""}, "quantity": 1}]}, "item.id"),
        ({"line_items": [{"item": {"id": "of_1"}, "quantity": 10**30}]}, "quantity"),
        ({"line_items": [{"item": {"id": "x"}, "quantity": 1}], "buyer": {"email": "a" * 300}}, "buyer.email"),
    ],
)
def test_a_body_that_is_not_a_checkout_is_refused_at_its_place(shopper: Shopper, body: Any, says: str) -> None:
    assert says in refused(shopper.create(body), 400, "invalid_request")


def test_what_cannot_be_bought_is_named(shopper: Shopper, market: Market, offer: str) -> None:
    few = new_offer(market, stock=1)
    assert "not found" in error(shopper.create(order_of("of_" + "0" * 32)), "item_unavailable")["content"]
    error(shopper.create(order_of("../etc")), "item_unavailable")
    assert "Insufficient stock" in error(shopper.create(order_of(few, 2)), "out_of_stock")["content"]
    for quantity in (0, -3, 10**12):
        error(shopper.create(order_of(offer, quantity)), "quantity_invalid")
    number = checked(shopper.create(order_of(offer)), 201)["id"]
    mixed = order_of(offer)
    mixed["line_items"].append({"item": {"id": few}, "quantity": 5, "id": "second"})
    found = checked(shopper.update(number, mixed))
    (message,) = found["messages"]
    assert (message["code"], message["path"]) == ("out_of_stock", "$.line_items[1].quantity")
    assert (found["status"], len(found["line_items"])) == ("incomplete", 2)
    kept = checked(shopper.complete(number))
    assert (kept["status"], codes(kept)) == ("incomplete", ["out_of_stock"])
    assert market.seller.get(f"/v1/offers/{few}").json()["stock"] == 1
    market.seller.post(f"/v1/offers/{few}", {"status": "ended"})
    error(shopper.create(order_of(few, 1)), "item_unavailable")


def test_two_currencies_and_a_wish_for_another_one(shopper: Shopper, market: Market, offer: str) -> None:
    other = new_offer(market, currency="USD")
    both = order_of(offer)
    both["line_items"].append({"item": {"id": other}, "quantity": 1})
    found = checked(shopper.create(both), 201)
    assert (found["status"], codes(found)) == ("incomplete", ["currency_differs"])
    found = checked(shopper.create(order_of(offer, context={"currency": "EUR"})), 201)
    assert (found["status"], codes(found), found["currency"]) == ("ready_for_complete", ["currency_not_offered"], "SGD")


def test_lines_of_one_item_are_put_together(shopper: Shopper, offer: str) -> None:
    body = order_of(offer, 1)
    body["line_items"] *= 2
    found = checked(shopper.create(body), 201)
    assert ([each["quantity"] for each in found["line_items"]], codes(found)) == ([2], ["lines_merged"])


def test_a_destination_is_chosen_and_can_be_wrong(shopper: Shopper, offer: str) -> None:
    found = checked(shopper.create(order_of(offer)), 201)
    body = order_of(offer)
    method = body["fulfillment"]["methods"][0]
    method["destinations"] = [{**ADDRESS, "id": "home"}, {**ADDRESS, "id": "work", "street_address": "2 Side St"}]
    chosen = checked(shopper.update(found["id"], body))
    assert codes(chosen) == ["destination_required"]
    method["selected_destination_id"] = "work"
    chosen = checked(shopper.update(found["id"], body))
    assert (chosen["status"], chosen["fulfillment"]["methods"][0]["selected_destination_id"]) == (
        "ready_for_complete", "work",
    )  # fmt: skip
    method["selected_destination_id"] = "moon"
    kept = checked(shopper.update(found["id"], body))
    assert codes(kept) == ["destination_unknown"]
    assert kept["fulfillment"] == chosen["fulfillment"]
    assert shopper.read(found["id"])["status"] == "ready_for_complete"
    method |= {"selected_destination_id": "home", "groups": [{"id": "parcel_1", "selected_option_id": "rocket"}]}
    assert codes(checked(shopper.update(found["id"], body))) == ["option_unknown"]
    nowhere = checked(shopper.update(found["id"], order_of(offer, country="XX")))
    assert (nowhere["status"], codes(nowhere)) == ("incomplete", ["address_undeliverable"])


def test_what_is_canceled_stays_canceled(shopper: Shopper, offer: str) -> None:
    number = checked(shopper.create(order_of(offer)), 201)["id"]
    found = checked(shopper.cancel(number))
    assert (found["status"], "continue_url" in found) == ("canceled", False)
    refused(shopper.cancel(number), 409, "checkout_not_modifiable")
    refused(shopper.update(number, order_of(offer)), 409, "checkout_not_modifiable")
    refused(shopper.complete(number), 409, "checkout_not_modifiable")
    assert shopper.read(number)["status"] == "canceled"


def test_a_price_that_changed_is_shown_before_it_is_ordered(shopper: Shopper, market: Market) -> None:
    own = new_offer(market)
    number = checked(shopper.create(order_of(own)), 201)["id"]
    market.seller.post(f"/v1/offers/{own}", {"price": "70.00"})
    shown = checked(shopper.complete(number))
    assert (shown["status"], codes(shown)) == ("incomplete", ["price_changed"])
    # 2 × 70.00 + 12.00 = 152.00, and 9 % of it: 13.68.
    assert shown["totals"][-1]["amount"] == 16568
    assert market.seller.get(f"/v1/offers/{own}").json()["stock"] == 1000
    assert checked(shopper.complete(number))["status"] == "completed"


def test_a_price_that_only_the_other_side_was_shown_is_not_ordered(shopper: Shopper, market: Market) -> None:
    own = new_offer(market)
    found = checked(shopper.create(order_of(own)), 201)
    with Buyer(found["continue_url"].replace(NODE, shopper.node)) as buyer:
        assert "161.32" in buyer.text
        market.seller.post(f"/v1/offers/{own}", {"price": "70.00"})
        shown = shopper.read(found["id"])  # the platform sees the new price, and the buyer has the old one on the page
        assert shown["totals"][-1]["amount"] == 16568
        assert buyer.send({}, action="place").status_code == 422
        assert "165.68" in buyer.text
        market.seller.post(f"/v1/offers/{own}", {"price": "72.00"})
        buyer.open()  # now the buyer sees it first
    assert codes(checked(shopper.complete(found["id"]))) == ["price_changed"]
    assert checked(shopper.complete(found["id"]))["status"] == "completed"


def test_an_item_that_comes_back_is_not_ordered_at_a_price_that_was_never_shown(
    shopper: Shopper, market: Market
) -> None:
    own = new_offer(market, stock=1)
    found = checked(shopper.create(order_of(own, 1)), 201)
    changed = checked(shopper.update(found["id"], order_of(own, 2, buyer={**BUYER, "first_name": "Eve"})))
    assert codes(changed) == ["out_of_stock"]
    market.seller.post(f"/v1/offers/{own}", {"stock": 10})
    assert codes(checked(shopper.complete(found["id"]))) == ["price_changed"]
    assert checked(shopper.complete(found["id"]))["status"] == "completed"


def test_customs_that_asks_for_the_buyer_sends_the_buyer_to_a_page(shopper: Shopper, market: Market) -> None:
    own = new_offer(market, currency="CNY")
    found = checked(shopper.create(order_of(own, 1, "CN")), 201)
    assert (found["status"], codes(found)) == ("requires_escalation", ["identity_required"])
    assert found["messages"][0]["severity"] == "requires_buyer_input"
    assert found["continue_url"].startswith(f"{NODE}/en/checkout/{found['id']}/")
    # 68.00 + 12.00 = 80.00; retail import of coffee: 13 % VAT at 70 % = 7.28, no duty.
    assert {each["type"]: each["amount"] for each in found["totals"]} == {
        "subtotal": 6800, "fulfillment": 1200, "tax": 728, "total": 8728,
    }  # fmt: skip
    again = checked(shopper.complete(found["id"]))
    assert (again["status"], again["totals"]) == ("requires_escalation", found["totals"])
    with Buyer(found["continue_url"].replace(NODE, shopper.node)) as buyer:
        assert "烘焙咖啡" not in buyer.text
        assert "87.28" in buyer.text
        assert buyer.send(IDENTITY, identity_number="110105194912310021").status_code == 422
        assert buyer.send(IDENTITY).status_code == 200
        # The platform has the address of this page too: it does not repeat what the buyer gave, and keeps it.
        assert not [each for each in IDENTITY.values() if each in buyer.text]
        assert buyer.send({}).status_code == 200
        # The platform sees that nothing is missing, and not what the buyer gave.
        ready = shopper.send("GET", f"/checkout-sessions/{found['id']}")
        assert checked(ready)["status"] == "ready_for_complete"
        assert IDENTITY["identity_number"] not in ready.text
        placed = shopper.complete(found["id"])
        assert (checked(placed)["status"], placed.json()["totals"]) == ("completed", found["totals"])
        buyer.open()
        assert placed.json()["order"]["id"] in buyer.text
        assert IDENTITY["identity_number"] not in buyer.text


def test_a_buyer_places_the_order_on_the_page(shopper: Shopper, offer: str) -> None:
    found = checked(shopper.create(order_of(offer)), 201)
    address = found["continue_url"].replace(NODE, shopper.node)
    with Buyer(address) as buyer:
        assert "161.32" in buyer.text
        assert buyer.send({}, action="place").status_code == 200
    done = shopper.read(found["id"])
    assert done["status"] == "completed"
    assert httpx.get(address, timeout=60).headers["referrer-policy"] == "no-referrer"
    for wrong in (address.replace(found["id"], "uc_" + "0" * 32), address[:-3] + "x/", address.replace("/en/", "/zh/")):
        assert httpx.get(wrong, timeout=60).status_code == (200 if "/zh/" in wrong else 404)


def test_an_answer_speaks_the_language_of_the_request(shopper: Shopper, offer: str) -> None:
    body = {"line_items": [{"item": {"id": offer}, "quantity": 1}]}
    found = checked(shopper.create(body, **{"Accept-Language": "zh"}), 201)
    assert found["line_items"][0]["item"]["title"] == "烘焙咖啡"
    assert not found["messages"][0]["content"].isascii()
    assert "/zh/checkout/" in found["continue_url"]


def test_other_methods_and_types_are_refused(node: Server, shopper: Shopper) -> None:
    answer = shopper.send("DELETE", "/checkout-sessions/uc_1")
    assert answer.headers["allow"] == "GET, PUT"
    refused(answer, 405, "method_not_allowed")
    refused(node.post("/ucp/v1/checkout-sessions", content=b"a", headers={"Content-Type": "text/plain"}), 415,
            "unsupported_media_type")  # fmt: skip
    refused(shopper.send("POST", "/checkout-sessions", "x" * 300_000), 413, "too_large")
