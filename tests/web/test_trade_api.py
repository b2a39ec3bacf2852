"""The API of trade: shapes as documented, each organization its own objects, repeated requests, and refusals."""

from __future__ import annotations

import re
from typing import Any

import pytest
from server_process import Server
from trade_market import Market, check, delete

CONTACT = {
    "name": "张伟",
    "telephone": "13800138000",
    "address": "北京市朝阳区建国路1号",
    "identity_type": "1",
    "identity_number": "11010519491231002X",
}
COFFEE = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡"},
    "hs_code": "0901.21",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "CNY",
    "shipping": "12.00",
    "measures": {"net_mass_kg": "0.5"},
    "stock": 10,
}
#: What a declaration asks of an offer.
DECLARED = {
    "hs_code": "0901210000",
    "incoterm": "CIF",
    "unit": "BG",
    "legal_unit": "KGM",
    "specification": "500克/袋",
    "measures": {"net_mass_kg": "0.5", "gross_mass_kg": "0.6"},
}
#: What stands for the number in a path, by the first word after /v1/.
OF_PATH = {
    "offers": "of_", "orders": "or_", "returns": "re_", "payments": "py_", "shipments": "sh_", "declarations": "de_",
    "events": "ev_", "unmatched_answers": "ur_", "programmes": "pg_", "documents": "do_",
    "deliveries": "dl_", "payouts": "po_", "assets": "as_", "bookings": "bk_",
}  # fmt: skip


def ordered(market: Market, quantity: int = 1, **more: Any) -> Any:
    """The order of a new checkout of the buyer."""
    body = {"items": [{"offer": market.ids["of_"], "quantity": quantity}], "ship_to": {"country": "CN"}}
    answer = market.buyer.post("/v1/orders", {**body, "contact": CONTACT, **more})
    assert answer.status_code == 200, answer.text
    (order,) = answer.json()["orders"]
    return order


def test_each_object_has_the_shape_that_is_documented(market: Market, document: Any) -> None:
    names = {"offers": "OfferShown", "orders": "OrderShown", "payments": "PaymentShown", "shipments": "ShipmentShown",
             "declarations": "DeclarationShown", "returns": "ReturnShown", "events": "EventShown",
             "documents": "DocumentShown", "deliveries": "ServiceDeliveryShown",
             "payouts": "PayoutShown", "assets": "AssetShown", "bookings": "BookingShown"}  # fmt: skip
    for path, name in names.items():
        number = market.ids[OF_PATH[path]]
        answer = market.seller.get(f"/v1/{path}/{number}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "private, no-store"
        shown = answer.json()
        check(document, name, shown)
        assert (shown["id"], shown["object"]) == (number, {"deliveries": "delivery"}.get(path, path.removesuffix("s")))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["created"])
        if path in (
            "offers",
            "orders",
            "returns",
            "events",
            "documents",
            "deliveries",
            "payouts",
            "assets",
            "bookings",
        ):
            page = market.seller.get(f"/v1/{path}?limit=1").json()
            assert (page["object"], len(page["data"])) == ("list", 1)
            check(document, name, page["data"][0])


def test_no_answer_has_personal_data(market: Market) -> None:
    for path, prefix in OF_PATH.items():
        text = (
            (market.operator if prefix in ("ur_", "pg_") else market.seller)
            .get(f"/v1/{path}/{market.ids[prefix]}")
            .text
        )
        assert not [each for each in CONTACT.values() if len(each) > 1 and each in text], path


def test_only_the_seller_declares_an_order_again(market: Market) -> None:
    path = f"/v1/orders/{market.ids['or_']}/declare"
    before = market.seller.get(f"/v1/declarations/{market.ids['de_']}").json()
    answer = market.seller.post(path)
    assert (answer.status_code, answer.json()["id"]) == (200, market.ids["or_"])
    assert market.seller.get(f"/v1/declarations/{market.ids['de_']}").json() == before
    refused = market.buyer.post(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "not_the_seller")


def test_the_border_crossing_and_the_proof_of_delivery_of_a_parcel(market: Market) -> None:
    body = {"order": market.paid, "carrier": "VNPOST", "waybill": "EE1", "gross_mass_kg": "0.62", "vehicle": "VN 1"}
    made = market.seller.post("/v1/shipments", body).json()
    assert (made["gross_mass_kg"], made["vehicle"], made["voyage"]) == ("0.62", "VN 1", "")
    where = f"/v1/shipments/{made['id']}"
    crossing = {"vehicle": "VN 2", "voyage": "7", "transport_document": "BL1"}
    assert market.buyer.post(f"{where}/crossing", crossing).json()["error"]["code"] == "not_the_seller"
    empty = market.seller.post(f"{where}/crossing", {**crossing, "voyage": " "})
    assert (empty.status_code, empty.json()["error"]["param"]) == (422, "voyage")
    named = market.seller.post(f"{where}/crossing", crossing).json()
    assert (named["vehicle"], named["voyage"], named["transport_document"]) == ("VN 2", "7", "BL1")
    future = market.seller.post(f"{where}/report", {"status": "delivered", "time": "2999-01-01T00:00:00Z"})
    assert (future.status_code, future.json()["error"]["code"]) == (422, "time_invalid")
    done = market.seller.post(f"{where}/report", {"status": "delivered", "proof": "signed"}).json()
    assert (done["status"], done["proof"]) == ("delivered", "signed")
    assert market.buyer.get(where).json() == done


def test_an_order_is_corrected_by_its_buyer_and_its_seller(market: Market) -> None:
    order = ordered(market)
    where = f"/v1/orders/{order['id']}/correct"
    told = market.buyer.post(where, {"contact": {"telephone": "13900139000"}})
    assert told.status_code == 200, told.text
    assert "13900139000" not in told.text
    assert market.buyer.post(where, {"lines": [{"line": 1, "hs_code": "0901210000"}]}).json()["error"]["code"] == (
        "not_the_seller"
    )
    assert market.seller.post(where, {"contact": {"name": "x"}}).json()["error"]["code"] == "not_the_buyer"
    done = market.seller.post(where, {"lines": [{"line": 1, "hs_code": "0901210000", "title_zh": "咖啡"}]}).json()
    assert (done["lines"][0]["hs_code"], done["lines"][0]["titles"]["zh"]) == ("0901210000", "咖啡")
    assert done["amounts"] == order["amounts"]
    dear = market.seller.post(where, {"lines": [{"line": 1, "hs_code": "2204210000", "measures": {"litres": "0.7"}}]})
    assert (dear.status_code, dear.json()["error"]["code"]) == (422, "correction_changes_price")
    double = market.seller.post(where, {"lines": [{"line": 1}, {"line": 1}]})
    assert (double.status_code, double.json()["error"]["param"]) == (422, "lines[1].line")
    typed = market.seller.post(where, {"lines": [{"line": 1, "hscode": "0901210000"}]})
    assert (typed.status_code, typed.json()["error"]["code"]) == (422, "unknown_field")


def test_a_return_at_customs_is_refused_when_the_goods_are_back(market: Market) -> None:
    where = f"/v1/returns/{market.ids['re_']}/refuse"
    assert market.buyer.post(where, {"reason": "used"}).json()["error"]["code"] == "not_the_seller"
    waits = market.seller.post(where, {"reason": "used"})
    assert (waits.status_code, waits.json()["error"]["code"]) == (422, "return_at_customs")
    unknown = market.seller.post(where, {"reason": "because"})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (422, "reason")


def test_the_operator_looks_at_unmatched_answers_and_closes_them(market: Market, document: Any) -> None:
    number = market.ids["ur_"]
    page = market.operator.get("/v1/unmatched_answers").json()
    assert [each["id"] for each in page["data"]] == [number]
    where = f"/v1/unmatched_answers/{number}"
    shown = market.operator.get(where).json()
    check(document, "UnmatchedShown", shown)
    assert (shown["kind"], shown["document"], shown["code"]) == ("receipt", "list", "120")
    assert shown["numbers"] == {"own": "of nobody"}
    assert market.operator.post(f"{where}/retry").json()["status"] == "open"
    wrong = market.operator.post(f"{where}/close", {"reason": "no"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (422, "reason")
    for _ in range(2):
        closed = market.operator.post(f"{where}/close", {"reason": "other_system"}).json()
        assert (closed["status"], closed["reason"]) == ("closed", "other_system")
    again = market.operator.post(f"{where}/close", {"reason": "trial"})
    assert again.status_code == 409
    assert market.operator.get("/v1/unmatched_answers").json()["data"] == []
    assert market.operator.get("/v1/unmatched_answers?status=gone").status_code == 422


def bodies_of(market: Market) -> dict[str, Any]:
    """A body of each operation that needs one."""
    return {
        "updateOffer": {"price": "1.00"},
        "updateBooking": {"status": "cancelled"},
        "recordUse": {"quantity": "1", "unit": "KWH"},
        "nameCrossing": {"vehicle": "x", "voyage": "x", "transport_document": "x"},
        "refuseReturn": {"reason": "other"},
        "acceptQuote": {"quote": "qt_1", "hash": "x"},
        "refundOrder": {"amount": "1.00"},
        "objectToService": {"delivery": "dl_1", "reason": "other"},
        "acceptService": {"delivery": "dl_1"},
        "payOrder": {"provider": "sandbox", "currency": "CNY"},
        "updateWebhookEndpoint": {"status": "disabled"},
        "resendWebhook": {"event": market.ids["ev_"]},
        "reportShipment": {"status": "shipped"},
        "consentToDelivery": {"text": "2026-11"},
        "objectToDelivery": {"reason": "other"},
    }


def test_every_object_of_another_organization_is_not_found(market: Market, document: Any) -> None:
    """Every operation of trade that names an object, as the document lists them; nothing changes by the attempts."""
    endpoint = market.seller.post("/v1/webhook_endpoints", {"url": "https://shop.example/hook"}).json()["id"]
    ids = {**market.ids, "we_": endpoint}
    bodies = bodies_of(market)
    tried = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"] != ["trade"] or "{number}" not in path:
                continue
            name = operation["operationId"]
            number = ids[{**OF_PATH, "webhook_endpoints": "we_"}[path.split("/")[2]]]
            where = path.replace("{number}", number)
            for party in (market.other, market.seller):
                if party is market.seller:
                    where = path.replace("{number}", number[:3] + "0" * 32)  # the same answer as for what is not there
                if method == "get":
                    answer = party.get(where)
                elif method == "delete":
                    answer = delete(party, where)
                else:
                    answer = party.post(where, bodies.get(name, {} if "requestBody" in operation else None))
                assert answer.status_code == 404, f"{name}: {answer.text}"
                assert answer.json()["error"]["code"] == "not_found"
            tried.add(name)
    assert len(tried) == 54, sorted(tried)
    # By a field of a body: a return for somebody else's order.
    body = {"order": market.ids["or_"], "lines": [{"line": 1, "quantity": 1}], "reason": "other"}
    assert market.other.post("/v1/returns", body).status_code == 404
    parcel = {"order": market.several, "carrier": "ZTO", "waybill": "STOLEN"}
    assert market.other.post("/v1/shipments", parcel).status_code == 404
    assert market.seller.get("/v1/unmatched_answers").status_code == 404
    # Lists have nothing of others, and their cursors tell nothing.
    lists = ("offers", "orders", "returns", "events", "documents", "deliveries", "payouts", "webhook_endpoints")
    for path in lists:
        assert market.other.get(f"/v1/{path}").json()["data"] == []
        if path != "webhook_endpoints":
            refused = market.other.get(f"/v1/{path}?starting_after={market.ids[OF_PATH[path]]}")
            assert (refused.status_code, refused.json()["error"]["param"]) == (422, "starting_after")
    assert market.seller.get(f"/v1/webhook_endpoints/{endpoint}").json()["status"] == "enabled"


def test_trade_needs_the_key_of_an_organization_with_the_scope(trade_server: Server, market: Market) -> None:
    assert trade_server.get("/v1/orders").status_code == 401
    assert trade_server.get("/v1/orders", headers=trade_server.key("quotes")).status_code == 403
    answer = trade_server.get("/v1/orders", headers=trade_server.key("quotes", "trade"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "organization_missing")


def test_the_seller_and_the_buyer_see_the_order(market: Market) -> None:
    for party in (market.seller, market.buyer):
        assert party.get(f"/v1/orders/{market.ids['or_']}").json()["id"] == market.ids["or_"]
    # The buyer does not see the seller's offers, and only the seller takes goods back.
    assert market.buyer.get("/v1/offers").json()["data"] == []
    refused = market.buyer.post(f"/v1/returns/{market.ids['re_']}/receive")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "not_the_seller")


def test_an_offer_is_created_once_changed_paused_and_ended(market: Market, document: Any) -> None:
    made = market.seller.post("/v1/offers", COFFEE, **{"Idempotency-Key": "offer-1"})
    assert made.status_code == 200, made.text
    offer = made.json()
    check(document, "OfferShown", offer)
    assert (offer["hs_code"], offer["price"], offer["stock"], offer["status"]) == ("090121", "68.00", 10, "active")
    again = market.seller.post("/v1/offers", COFFEE, **{"Idempotency-Key": "offer-1"}).json()
    assert again["id"] == offer["id"]
    other = market.seller.post("/v1/offers", {**COFFEE, "price": "70.00"}, **{"Idempotency-Key": "offer-1"})
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")
    where = f"/v1/offers/{offer['id']}"
    changed = market.seller.post(where, {"price": "72.50", "stock": 4, "status": "paused"}).json()
    assert (changed["price"], changed["stock"], changed["status"], changed["version"]) == ("72.50", 4, "paused", 2)
    assert market.seller.post(where, {"status": "ended"}).json()["status"] == "ended"
    refused = market.seller.post(where, {"status": "active"})
    assert (refused.status_code, refused.json()["error"]["type"]) == (409, "invalid_request_error")
    unknown = market.seller.post("/v1/offers", {**COFFEE, "prise": "1"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "unknown_field")


def test_only_a_seller_offers(market: Market) -> None:
    price = {"currency": "CNY", "price": "5.00", "stock": 1}
    given = {"titles": {"en": "Tea"}, "hs_code": "0902.10", "ship_from": "VN", **price}
    answer = market.buyer.post("/v1/offers", given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_a_seller")
    assert "only a seller can offer" in answer.json()["error"]["message"]
    assert market.buyer.get("/v1/offers").json()["data"] == []


def test_an_order_is_placed_from_a_kept_quote_once_and_cancelled(market: Market, document: Any) -> None:
    # CNY 68 + 12 of freight; VAT 13 % x 70 % of 80: 7.28 (Notice Caiguanshui 2016 No. 18); no duty.
    body = {
        "items": [{"offer": market.ids["of_"], "quantity": 1}],
        "ship_to": {"country": "CN"},
        "contact": CONTACT,
        "total": "87.28",
    }
    placed = market.buyer.post("/v1/orders", body, **{"Idempotency-Key": "order-1"})
    assert placed.status_code == 200, placed.text
    check(document, "CheckoutShown", placed.json())
    (order,) = placed.json()["orders"]
    assert order["amounts"]["total"] == "87.28"
    assert (order["status"], order["limit"]["amount"], order["limit"]["status"]) == ("created", "80.00", "reserved")
    again = market.buyer.post("/v1/orders", body, **{"Idempotency-Key": "order-1"})
    assert again.json() == placed.json()
    quote = market.buyer.get(f"/v1/quotes/{order['quote']['id']}").json()
    assert quote["hash"] == order["quote"]["hash"]
    shown = {"id": quote["id"], "hash": quote["hash"]}
    by_quote = ordered(market, quotes=[shown])
    assert by_quote["quote"]["hash"] == quote["hash"]
    wrong = market.buyer.post("/v1/orders", {**body, "quotes": [{**shown, "hash": "0" * 64}]})
    assert wrong.status_code == 422, wrong.text
    cent = market.buyer.post("/v1/orders", {**body, "total": "87.27"})
    assert (cent.status_code, cent.json()["error"]["code"]) == (422, "amount_differs")
    cancelled = market.buyer.post(f"/v1/orders/{order['id']}/cancel").json()
    assert (cancelled["status"], cancelled["limit"]["status"]) == ("cancelled", "given_back")
    listed = market.buyer.get("/v1/orders?status=cancelled").json()["data"]
    assert [each["id"] for each in listed] == [order["id"]]


def test_a_checkout_is_quoted_as_it_would_be_placed(market: Market, document: Any) -> None:
    bonded = {"supply": "bonded", "warehouse": "W1", "record_number": "B-1"}
    other = market.seller.post("/v1/offers", {**COFFEE, **bonded, "price": "30.00"}).json()["id"]
    asked = {
        "items": [{"offer": market.ids["of_"], "quantity": 1}, {"offer": other, "quantity": 2}],
        "ship_to": {"country": "CN"},
    }
    answer = market.buyer.post("/v1/checkouts", asked)
    assert answer.status_code == 200, answer.text
    quoted = answer.json()
    check(document, "CheckoutQuoted", quoted)
    first, second = quoted["orders"]
    # As in the test of an order above; and 2 x 30 + 12 with 70 % of 13 % of 72: 6.552, half up.
    assert (first["amounts"]["taxes"], first["amounts"]["total"]) == ("7.28", "87.28")
    assert (second["amounts"]["taxes"], second["amounts"]["total"]) == ("6.55", "78.55")
    assert (quoted["total"], quoted["currency"]) == ("165.83", "CNY")
    assert [each["supply"] for each in quoted["orders"]] == ["direct", "bonded"]
    assert "split.supply" in [each["code"] for each in second["reasons"]]
    assert second["items"] == [{"offer": other, "quantity": 2}]
    shown = [{name: each["quote"][name] for name in ("id", "hash")} for each in quoted["orders"]]
    placed = market.buyer.post(
        "/v1/orders", {**asked, "contact": CONTACT, "quotes": shown, "total": quoted["total"]}
    ).json()
    assert [each["status"] for each in placed["orders"]] == ["created", "created"]
    assert [each["quote"]["id"] for each in placed["orders"]] == [each["id"] for each in shown]
    refused = market.buyer.post("/v1/checkouts", {**asked, "option": "post"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "option_unknown")
    assert all(each["identity"] for each in quoted["orders"])
    assert market.buyer.post("/v1/checkouts", {**asked, "contact": CONTACT}).status_code == 200
    wrong = market.buyer.post("/v1/checkouts", {**asked, "contact": {**CONTACT, "identity_number": "1"}})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (422, "contact.identity_number")
    extra = market.buyer.post("/v1/checkouts", {**asked, "total": "1.00"})
    assert (extra.status_code, extra.json()["error"]["code"]) == (422, "unknown_field")


def test_a_seller_ships_with_its_own_carrier_in_parts_and_reports(market: Market, document: Any) -> None:
    some = [{"line": 1, "quantity": 2}]
    parcel = {"order": market.several, "carrier": "ZTO", "waybill": "OWN-1", "pieces": some}
    refused = market.buyer.post("/v1/shipments", parcel)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "not_the_seller")
    twice = market.seller.post("/v1/shipments", {**parcel, "pieces": some * 2})
    assert (twice.status_code, twice.json()["error"]["param"]) == (422, "pieces[1].line")
    made = market.seller.post("/v1/shipments", parcel)
    assert made.status_code == 200, made.text
    check(document, "ShipmentShown", made.json())
    first = made.json()["id"]
    assert (made.json()["reporter"], made.json()["pieces"]) == ("seller", [{"line": 1, "quantity": 2}])
    assert market.seller.post("/v1/shipments", parcel).json()["id"] == first
    rest = market.seller.post("/v1/shipments", {"order": market.several, "carrier": "ZTO", "waybill": "OWN-2"}).json()
    assert rest["pieces"] == [{"line": 1, "quantity": 3}]

    def report(number: str, **body: str) -> Any:
        return market.seller.post(f"/v1/shipments/{number}/report", body)

    moved = report(first, status="delivered", time="2026-03-01T08:00:00Z").json()
    assert (moved["status"], moved["changed_at"]) == ("delivered", "2026-03-01T08:00:00.000Z")
    assert market.seller.get(f"/v1/orders/{market.several}").json()["status"] == "shipped"
    assert report(rest["id"], status="shipped").json()["status"] == "shipped"
    assert market.seller.get(f"/v1/orders/{market.several}").json()["status"] == "shipped"
    late = report(first, status="cancelled")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "shipment_state")
    other = report(market.ids["sh_"], status="lost")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "reported_by_carrier")
    foreign = market.buyer.post(f"/v1/shipments/{first}/report", {"status": "lost"})
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (422, "not_the_seller")


def test_a_new_quote_is_made_and_accepted(market: Market) -> None:
    order = ordered(market)
    quote = market.buyer.post(f"/v1/orders/{order['id']}/quote").json()
    assert market.seller.post(f"/v1/orders/{order['id']}/quote").status_code == 404
    body = {"quote": quote["id"], "hash": quote["hash"]}
    accepted = market.buyer.post(f"/v1/orders/{order['id']}/accept", body)
    assert accepted.status_code == 200, accepted.text
    # The law is the same: the order keeps its quote, which has the same hash.
    assert accepted.json()["quote"] == order["quote"]
    assert quote["hash"] == order["quote"]["hash"]


def test_a_payment_begins_once(market: Market, document: Any) -> None:
    order = ordered(market)
    payer = {name: CONTACT[name] for name in ("name", "identity_type", "identity_number", "telephone")}
    body = {"provider": "sandbox", "currency": "CNY", "payer": payer}
    began = market.buyer.post(f"/v1/orders/{order['id']}/pay", body, **{"Idempotency-Key": "pay-1"})
    assert began.status_code == 200, began.text
    check(document, "PaymentShown", began.json())
    again = market.buyer.post(f"/v1/orders/{order['id']}/pay", body, **{"Idempotency-Key": "pay-1"})
    assert again.json()["id"] == began.json()["id"]
    foreign = market.buyer.post(f"/v1/orders/{order['id']}/pay", {**body, "currency": "USD"})
    assert foreign.status_code in (409, 422)
    unknown = market.buyer.post(f"/v1/orders/{ordered(market)['id']}/pay", {**body, "provider": "other"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "provider_unknown")
    assert unknown.json()["error"]["param"] == "provider"


def test_only_the_buyer_is_told_how_to_pay(market: Market) -> None:
    path = f"/v1/payments/{market.waiting}"
    assert market.buyer.get(path).json()["action"] == {"url": "https://pay.example/SP1"}
    assert market.seller.get(path).json()["action"] == {}
    assert market.other.get(path).status_code == 404
    assert market.buyer.get(f"/v1/payments/{market.ids['py_']}").json()["action"] == {}  # it is paid


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"items": []}, "invalid", "items"),
        ({"items": [{"offer": "of_1", "quantity": 1}]}, "offer_not_found", "items[0].offer"),
        ({"items": [{"offer": "OFFER", "quantity": 0}]}, "invalid", "items[0].quantity"),
        ({"items": [{"offer": "OFFER", "quantity": 5000}]}, None, None),
        ({"contact": {}}, None, None),
        ({"ship_to": {"country": "XX"}}, None, None),
        ({"kinds": 1}, "unknown_field", "kinds"),
        ({"quotes": [{"id": "qt_no", "hash": "x"}]}, None, None),
    ],
)
def test_an_order_that_is_not_possible_says_why(market: Market, change: Any, code: str, param: str) -> None:
    text = {"items": [{"offer": market.ids["of_"], "quantity": 1}], "ship_to": {"country": "CN"}, "contact": CONTACT}
    body = {**text, **change}
    for each in body["items"]:
        if each["offer"] == "OFFER":
            each["offer"] = market.ids["of_"]
    answer = market.buyer.post("/v1/orders", body)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["message"]
    if code:
        assert error["code"] == code
    if param:
        assert error["param"] == param


def all_pages(party: Any, path: str, limit: int) -> list[str]:
    """The ids of a list, from pages of so many."""
    found: list[str] = []
    more = True
    while more:
        after = f"&starting_after={found[-1]}" if found else ""
        page = party.get(f"/v1/{path}?limit={limit}{after}").json()
        found += [each["id"] for each in page["data"]]
        more = page["has_more"]
    return found


def test_pages_of_a_list_have_everything_once(market: Market) -> None:
    for path, limit in (("orders", 2), ("events", 7)):
        found = all_pages(market.buyer, path, limit)
        assert found == all_pages(market.buyer, path, 100)
        assert len(set(found)) == len(found) > 2


def test_the_data_of_a_general_declaration_names_what_the_broker_adds(market: Market) -> None:
    complete = {**COFFEE, **DECLARED}
    offer = market.seller.post("/v1/offers", complete).json()["id"]
    contact = {name: CONTACT[name] for name in ("name", "telephone", "address")}
    body = {
        "items": [{"offer": offer, "quantity": 2}],
        "ship_to": {"country": "CN"},
        "kind": "business",
        "contact": contact,
    }
    placed = market.buyer.post("/v1/orders", body)
    assert placed.status_code == 200, placed.text
    (order,) = placed.json()["orders"]
    shown = market.seller.get(f"/v1/orders/{order['id']}/general_declaration").json()
    boxes = {each["key"]: each for each in shown["lines"][0]}
    assert [each["value"] for each in boxes.values() if each["value"] == "0901210000"]
    assert shown["to_add"]["broker"]
    text = market.seller.get(f"/v1/orders/{order['id']}/general_declaration?file=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert text.text.splitlines()[0] == "box,zh,en,elements,value,status,note,trust"
    retail = market.seller.get(f"/v1/orders/{market.ids['or_']}/general_declaration")
    assert (retail.status_code, retail.json()["error"]["code"]) == (422, "no_general_declaration")
    short = market.seller.post("/v1/offers", {**complete, "hs_code": "0901.21"}).json()["id"]
    body["items"] = [{"offer": short, "quantity": 1}]
    (order,) = market.buyer.post("/v1/orders", body).json()["orders"]
    refused = market.seller.get(f"/v1/orders/{order['id']}/general_declaration")
    assert refused.json()["error"]["code"] == "declaration_code", refused.text
