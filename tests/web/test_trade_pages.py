"""The pages of trade: orders are priced, placed, followed and cancelled; offers, webhooks and the outbox."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, run_server
from trade_market import Market, open_market
from waiting_programs import REFUSED, SUCCEEDED, WAITING

import sizes

FORM = {
    "country": "CN",
    "kind": "consumer",
    "name": "张伟",
    "telephone": "13800138000",
    "address": "北京市朝阳区建国路1号",
    "identity_number": "11010519491231002X",
}
PAGES = (
    "orders/", "orders/new/", "documents/", "offers/", "organization/webhooks/", "statements/", "todo/", "returns/",
    "services/", "payouts/",
)  # fmt: skip
OPERATOR_PAGES = (
    "outbox/", "operator/", "operator/limits/", "operator/sellers/", "operator/erasures/", "operator/programmes/",
)  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("trade"), background=1, ENTREPOT_WEBHOOKS_LOOPBACK="true") as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    return open_market(own)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while Visitor.opened:
        Visitor.opened.pop().close()


class Visitor:
    """A browser that is signed in as somebody of an organization. `opened`: to be closed after each test."""

    opened: ClassVar[list[httpx.Client]] = []

    def __init__(self, server: Server, session: str) -> None:
        self.server = server
        cookies = {"sessionid": session} if session else {}
        self.client = httpx.Client(base_url=server.url, cookies=cookies, follow_redirects=True, timeout=60)
        self.opened.append(self.client)

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, data: Any = None, *, at: str = "", **more: Any) -> httpx.Response:
        """Send a form of a page, with its token. `at`: the page with the form, if it is another."""
        page = self.get(at or path)
        (token, *_others) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        form = {"csrfmiddlewaretoken": token, **(data or {})}
        return self.client.post(path, data=form, headers={"Referer": str(page.url)}, **more)


@pytest.fixture
def visitors(own: Server, market: Market) -> Iterator[dict[str, Visitor]]:
    found = {name: Visitor(own, session) for name, session in market.sessions.items()}
    yield found
    for each in found.values():
        each.client.close()


@pytest.mark.parametrize("number", ["x" * 36, "0" * 36, "", "00000000-0000-0000-0000-000000000000"])
def test_an_import_that_does_not_exist_is_not_shown(visitors: dict[str, Visitor], number: str) -> None:
    page = visitors["seller"].get(f"/en/offers/?job={number}")
    assert page.status_code == 200
    assert 'role="status"' not in page.text


@pytest.mark.long
def test_an_import_is_shown_to_its_seller_only(visitors: dict[str, Visitor], own: Server, market: Market) -> None:
    program = (
        "from entrepot.store import background\nprint(background.enqueue('import_offers', file='x.csv', seller=%r))"
    )
    path = f"/en/offers/?job={own.ask(program % market.seller.id)}"
    assert 'role="status"' in visitors["seller"].get(path).text
    assert 'role="status"' not in visitors["other"].get(path).text


def test_a_seller_cannot_fill_the_disk_with_files_to_import(
    visitors: dict[str, Visitor], own: Server, market: Market
) -> None:
    folder = own.data / "offer-files"
    folder.mkdir(exist_ok=True)
    made = [folder / f"{market.other.id}-{number}.csv" for number in range(5)]
    for each in made:
        each.write_bytes(b"x")
    sent = {"file": ("offers.csv", b"title_en\n", "text/csv")}
    refused = visitors["other"].post("/en/offers/", {"action": "upload"}, files=sent)
    assert refused.status_code == 422
    assert "5 files of the organization wait" in refused.text
    # What is left over of jobs that failed is deleted, and holds nothing up.
    for each in made:
        os.utime(each, (0, 0))
    assert visitors["other"].post("/en/offers/", {"action": "upload"}, files=sent).status_code == 200
    assert not any(each.exists() for each in made)


@pytest.mark.long
def test_a_clerk_does_not_cancel_an_order(visitors: dict[str, Visitor], own: Server, market: Market) -> None:
    path, role = (
        f"/en/orders/{market.ids['or_']}/",
        "m.Member.objects.filter(person__user__username=%r).update(role=%r)",
    )
    page = visitors["buyer"].get(path).text
    (token, *_others) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    form = {"csrfmiddlewaretoken": token, "action": "cancel", "reason": "other"}
    try:
        own.ask(role % ("buyer@market.example", "clerk"))
        assert visitors["buyer"].client.post(path, data=form).status_code == 403
    finally:
        own.ask(role % ("buyer@market.example", "owner"))
    # The order was delivered: it is not cancelled any more, whoever asks.
    assert visitors["buyer"].client.post(path, data=form).status_code == 422


def test_only_a_seller_uploads_offers(visitors: dict[str, Visitor]) -> None:
    sent = {"file": ("offers.csv", b"title_en\n", "text/csv")}
    page = visitors["buyer"].get("/en/orders/new/").text
    (token, *_others) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    form = {"csrfmiddlewaretoken": token, "action": "upload"}
    assert visitors["buyer"].client.post("/en/offers/", data=form, files=sent).status_code == 404


def test_an_order_is_priced_placed_at_this_price_followed_and_cancelled(
    visitors: dict[str, Visitor], market: Market
) -> None:
    buyer = visitors["buyer"]
    form = {**FORM, "offer": market.ids["of_"], "quantity": "1"}
    priced = buyer.post("/en/orders/new/", {**form, "action": "price"})
    assert priced.status_code == 200, priced.text
    # CNY 68 + 12 of freight; VAT 13 % x 70 % of 80: 7.28 (Notice Caiguanshui 2016 No. 18); no duty.
    assert "CNY\xa087.28" in priced.text
    quotes = re.findall(r'name="(quote|hash|key)" value="([^"]+)"', priced.text)
    placed = buyer.post("/en/orders/new/", {**form, "action": "place", **dict(quotes)})
    assert placed.status_code == 200
    assert re.search(r"/en/orders/or_\w+/$", str(placed.url)), placed.text
    assert "The order was placed." in placed.text
    # The form sent again with its key is the same order.
    again = buyer.post("/en/orders/new/", {**form, "action": "place", **dict(quotes)})
    assert str(again.url) == str(placed.url)
    path = placed.url.path
    assert path.split("/")[3] in buyer.get("/en/orders/").text
    offered = buyer.post(path, {"action": "quote"})
    accept = dict(re.findall(r'name="(quote|hash)" value="([^"]+)"', offered.text))
    assert buyer.post(path, {"action": "accept", **accept}).status_code == 200
    refused = buyer.post(path, {"action": "cancel", "reason": "no such reason"})
    assert refused.status_code == 422
    ended = buyer.post(path, {"action": "cancel", "reason": "changed_mind"})
    assert 'class="chip ">cancelled' in ended.text
    assert "I changed my mind" in ended.text


def test_a_form_that_is_not_possible_says_why_and_keeps_what_was_typed(
    visitors: dict[str, Visitor], market: Market
) -> None:
    given = {**FORM, "offer": market.ids["of_"], "quantity": "1", "identity_number": "110105194912310021"}
    refused = visitors["buyer"].post("/vi/orders/new/", {**given, "action": "place"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert "张伟" in html.unescape(refused.text)


def test_the_timeline_shows_payment_customs_and_transport(visitors: dict[str, Visitor], market: Market) -> None:
    page = ""
    for name in ("buyer", "seller"):
        page = visitors[name].get(f"/en/orders/{market.ids['or_']}/").text
        (timeline,) = re.findall(r"<ol.*?</ol>", page, re.DOTALL)
        for line, word in (("Payment", "paid"), ("Customs", "released by customs"), ("Transport", "delivered")):
            assert re.search(rf"<strong>{line}</strong>: <span[^>]*>{word}", timeline), (line, timeline)
        assert "CNY" in page
        assert market.ids["sh_"] in page
        assert ">0901.21<" in page  # the code of the goods, as other pages write it
    for secret in ("11010519491231002X", "13800138000"):
        assert secret not in page


def test_only_the_buyer_is_shown_the_way_to_pay(visitors: dict[str, Visitor], market: Market) -> None:
    number = market.buyer.get(f"/v1/payments/{market.waiting}").json()["order"]
    shown = visitors["buyer"].get(f"/en/orders/{number}/")
    assert (
        '<a class="button" href="https://pay.example/SP1" rel="noreferrer">Pay at the payment provider</a>'
        in shown.text
    )
    seller = visitors["seller"].get(f"/en/orders/{number}/")
    assert (seller.status_code, "pay.example" in seller.text) == (200, False)
    assert "pay.example" not in visitors["buyer"].get(f"/en/orders/{market.ids['or_']}/").text  # it is paid


def test_pieces_are_sent_back_and_the_seller_receives_them(visitors: dict[str, Visitor], market: Market) -> None:
    path = f"/en/orders/{market.ids['or_']}/"
    applied = visitors["buyer"].post(path, {"action": "return", "line-1": "1", "reason": "damaged", "key": "page-1"})
    assert applied.status_code == 200, applied.text
    assert applied.text.count(">Return<") >= 2
    received = visitors["seller"].post(path, {"action": "receive", "return": market.ids["re_"], "restocked": "yes"})
    assert "goods are back" in received.text


def test_offers_are_uploaded_and_imported_by_the_background_worker(visitors: dict[str, Visitor]) -> None:
    rows = (
        "title_en,hs_code,ship_from,price,currency,stock\nCashew nuts,080132,KH,45.00,CNY,7\n"
        + 2 * "No code,,KH,1,CNY,1\n"
    )
    seller = visitors["seller"]
    page = seller.post("/en/offers/", {"action": "upload"}, files={"file": ("offers.csv", rows.encode(), "text/csv")})
    until = time.monotonic() + 120
    while "Offers imported" not in page.text:
        assert time.monotonic() < until, page.text
        time.sleep(0.2)
        page = seller.get(str(page.url).split("/", 3)[3].join(["/", ""]))
    assert "Offers imported: 1" in page.text
    assert "Rows with a fault: 2" in page.text
    assert re.search(r"<li>Row 2, 3: [^<]+</li>", page.text), "what is wrong with several rows is said once"
    assert "Cashew nuts" in page.text
    offer = re.findall(r"of_\w{32}", page.text)[0]
    paused = seller.post("/en/offers/", {"action": "status", "offer": offer, "status": "paused"})
    assert ">paused<" in paused.text
    wrong = seller.post("/en/offers/", {"action": "upload"}, files={"file": ("offers.exe", b"x", "text/csv")})
    assert wrong.status_code == 422


def test_a_seller_changes_the_price_and_the_stock_of_an_offer(visitors: dict[str, Visitor], market: Market) -> None:
    offer, seller = market.ids["of_"], visitors["seller"]
    form = {"action": "change", "offer": offer, "price": "69.50", "stock": "33"}
    page = seller.post("/en/offers/", form)
    assert "CNY\xa069.50" in page.text
    changed = market.seller.get(f"/v1/offers/{offer}").json()
    assert (changed["price"], changed["stock"]) == ("69.50", 33)
    wrong = seller.post("/en/offers/", {**form, "price": "cheap"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (422, True)
    assert visitors["other"].post("/en/offers/", form).status_code == 404
    seller.post("/en/offers/", {**form, "price": "68.00", "stock": "90"})


def test_a_seller_packs_an_order_and_reports_its_parcel(visitors: dict[str, Visitor], market: Market) -> None:
    seller, path = visitors["seller"], f"/en/orders/{market.paid}/pack/"
    assert f"orders/{market.paid}/pack/" in seller.get("/en/todo/?next=pack").text
    page = seller.get(path)
    assert "13800138000" not in page.text
    address = seller.post(path, {"action": "address"})
    assert "北京市朝阳区建国路1号" in address.text
    assert "11010519491231002X" not in address.text
    seller.post(path, {"action": "address"})
    shown = market.buyer.get(f"/v1/events?subject={market.paid}&type=order.contact_shown").json()["data"]
    assert len(shown) == 1
    assert (shown[0]["data"]["by"], shown[0]["data"]["person"][:3]) == (market.seller.id, "us_")
    wrong = seller.post(path, {"action": "pack", "carrier": "VNPOST", "waybill": "EE9", "gross_mass_kg": "heavy"})
    assert (wrong.status_code, 'value="EE9"' in wrong.text) == (422, True)
    made = seller.post(path, {"action": "pack", "carrier": "VNPOST", "waybill": "EE9", "gross_mass_kg": "0.6"})
    assert re.search(r"/en/shipments/sh_\w+/$", str(made.url)), made.text
    parcel = made.url.path
    assert market.paid not in seller.get("/en/todo/?next=pack").text
    crossing = {"vehicle": "VN 1", "voyage": "7", "transport_document": "BL1"}
    assert "The border crossing was named." in seller.post(parcel, {"action": "crossing", **crossing}).text
    late = seller.post(parcel, {"action": "report", "state": "shipped", "time": "2999-01-01T00:00"})
    assert late.status_code == 422
    done = seller.post(parcel, {"action": "report", "state": "delivered", "time": "2026-03-01T08:00", "proof": "P1"})
    assert "Mar 1, 2026 08:00 UTC" in done.text
    assert 'value="report"' not in done.text  # nothing can follow
    assert "P1" in visitors["buyer"].get(parcel).text
    assert visitors["seller"].post(path, {"action": "address"}).status_code == 422


def test_an_order_of_a_business_is_packed_in_parts(visitors: dict[str, Visitor], market: Market) -> None:
    seller, path = visitors["seller"], f"/en/orders/{market.several}/pack/"
    form = {"action": "pack", "carrier": "ZTO", "waybill": "PART1", "line-1": "2"}
    for wrong in ("9", "x", ""):
        assert seller.post(path, {**form, "line-1": wrong}).status_code == 422
    assert "PART1" in seller.post(path, form).text
    assert re.search(r'name="line-1" value="3"', seller.get(path).text)
    assert f"orders/{market.several}/pack/" in seller.get(f"/en/orders/{market.several}/").text


def test_an_order_is_corrected_on_its_page(visitors: dict[str, Visitor], market: Market) -> None:
    body = {"items": [{"offer": market.ids["of_"], "quantity": 1}], "ship_to": {"country": "CN"}}
    contact = {name: FORM[name] for name in ("name", "telephone", "address", "identity_number")}
    (order,) = market.buyer.post("/v1/orders", {**body, "contact": {**contact, "identity_type": "1"}}).json()["orders"]
    path = f"/en/orders/{order['id']}/correct/"
    told = visitors["buyer"].post(path, {"action": "contact", "telephone": "13900139000"})
    assert "The data of the order were corrected." in told.text
    assert "13900139000" not in told.text
    goods = {"hs_code-1": "0901.21.0000", "title_zh-1": "咖啡", "unit-1": "H87"}
    assert visitors["buyer"].post(path, {"action": "goods", **goods}).status_code == 422
    done = visitors["seller"].post(path, {"action": "goods", **goods})
    assert done.status_code == 200, done.text
    assert market.seller.get(f"/v1/orders/{order['id']}").json()["lines"][0]["hs_code"] == "0901210000"
    wrong = visitors["seller"].post(path, {"action": "goods", **goods, "hs_code-1": "2204"})
    assert (wrong.status_code, 'value="2204"' in wrong.text) == (422, True)


def test_a_return_is_received_and_refused_on_its_page(visitors: dict[str, Visitor], market: Market) -> None:
    body = {"order": market.ids["or_"], "lines": [{"line": 1, "quantity": 1}], "reason": "other"}
    seller, number = visitors["seller"], market.buyer.post("/v1/returns", body).json()["id"]
    waits = seller.post("/en/returns/", {"action": "refuse", "return": number, "reason": "used"})
    assert waits.status_code == 422
    taken = {"action": "receive", "return": number}
    assert visitors["other"].post("/en/returns/", taken, at="/en/orders/new/").status_code == 404
    back = seller.post("/en/returns/", {"action": "receive", "return": number, "restocked": "no"})
    assert "goods are back" in back.text
    seller.post("/en/returns/", {"action": "refuse", "return": number, "reason": "used"})
    assert number not in seller.get("/en/returns/").text
    assert "the goods came back used" in seller.get("/en/returns/?all=1").text


def test_a_statement_is_downloaded_by_its_seller_and_by_the_operator(
    visitors: dict[str, Visitor], market: Market
) -> None:
    month = market.month
    own = visitors["seller"].get(f"/en/statements/file/?month={month}")
    assert own.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(own.text)))
    assert (rows[0]["kind"], rows[-1]["kind"]) == ("opening", "closing")
    # What is owed now is what was owed before and all lines, to the cent.
    assert sum(Decimal(each["amount"]) for each in rows[:-1]) == Decimal(rows[-1]["amount"])
    assert next(each["amount"] for each in rows if each["kind"] == "sale") == "408.00"
    operator = visitors["operator"]
    assert f"?seller={market.seller.id}" in operator.get("/en/operator/sellers/").text
    assert operator.get(f"/en/statements/file/?month={month}&seller={market.seller.id}").text == own.text
    assert operator.get(f"/en/statements/?month={month}&seller={market.buyer.id}").status_code == 404


def test_the_operator_closes_an_unmatched_answer(visitors: dict[str, Visitor], market: Market) -> None:
    operator, number = visitors["operator"], market.ids["ur_"]
    assert number in operator.get("/en/operator/").text
    assert number in operator.post("/en/operator/", {"action": "look", "number": number}).text
    wrong = operator.post("/en/operator/", {"action": "close", "number": number, "reason": "no"})
    assert wrong.status_code == 422
    done = operator.post("/en/operator/", {"action": "close", "number": number, "reason": "trial"})
    assert number not in done.text
    for form in ({"action": "close", "number": "ur_1", "reason": "trial"}, {"action": "burn", "number": number}):
        assert operator.post("/en/operator/", form).status_code == 404


def test_the_operator_looks_up_an_annual_limit_and_the_number_is_not_kept(
    own: Server, visitors: dict[str, Visitor]
) -> None:
    operator = visitors["operator"]
    page = operator.post("/en/operator/limits/", {"identity_number": "11010519491231002x"})
    assert "CNY\xa026,000.00" in page.text
    assert "11010519491231002X" not in page.text
    wrong = operator.post("/en/operator/limits/", {"identity_number": "110105194912310021"})
    assert (wrong.status_code, "110105194912310021" not in wrong.text) == (422, True)
    log = own.log()
    assert "looked up an annual limit" in log
    assert "11010519491231002" not in log


def test_an_endpoint_is_created_with_its_secret_shown_once(visitors: dict[str, Visitor]) -> None:
    seller = visitors["seller"]
    made = seller.post("/en/organization/webhooks/", {"url": "https://shop.example/in", "kinds": "order.*"})
    (secret,) = re.findall(r"whsec_[\w+/=]+", made.text)
    assert secret not in seller.get("/en/organization/webhooks/").text
    path = re.findall(r'href="(/en/organization/webhooks/we_\w+/)"', made.text)[0]
    assert "disabled" in seller.post(path, {"action": "disabled"}).text
    assert re.search(r"whsec_[\w+/=]+", seller.post(path, {"action": "secret"}).text)
    assert visitors["other"].get(path).status_code == 404
    assert "shop.example" not in seller.post(path, {"action": "delete"}).text
    refused = seller.post("/en/organization/webhooks/", {"url": "https://a:b@shop.example/"})
    assert refused.status_code == 422


def test_a_statement_shows_what_the_seller_is_owed(visitors: dict[str, Visitor], market: Market) -> None:
    page = visitors["seller"].get(f"/en/statements/?month={market.month}")
    assert page.status_code == 200
    # Six bags at CNY 68 were paid: 408 for the goods.
    assert "sale" in page.text
    assert "CNY\xa0408.00" in page.text
    assert visitors["seller"].get("/en/statements/?month=2026-13").status_code == 404
    assert "408.00" not in visitors["other"].get("/en/statements/").text


def test_pages_of_others_do_not_exist_and_nobody_sees_them_without_signing_in(
    own: Server, visitors: dict[str, Visitor], market: Market
) -> None:
    order = f"/en/orders/{market.ids['or_']}/"
    assert visitors["other"].get(order).status_code == 404
    assert visitors["other"].client.post(order, data={"action": "cancel"}).status_code == 403  # without a token
    assert market.ids["or_"] not in visitors["other"].get("/en/orders/").text
    nobody = Visitor(own, "")
    for path in (*PAGES, f"orders/{market.ids['or_']}/"):
        assert "/en/sign-in/" in str(nobody.get(f"/en/{path}").url)
    for path in OPERATOR_PAGES:
        assert visitors["seller"].get(f"/en/{path}").status_code == 404, path
        assert visitors["operator"].get(f"/en/{path}").status_code == 200, path
    shipment = f"shipments/{market.ids['sh_']}/"
    for path in (f"{order[4:]}pack/", f"{order[4:]}correct/", shipment):
        assert visitors["other"].get(f"/en/{path}").status_code == 404, path
        assert "/en/sign-in/" in str(nobody.get(f"/en/{path}").url)
    assert visitors["buyer"].get(f"{order}pack/").status_code == 404
    for path in ("todo/", "payouts/"):
        assert visitors["buyer"].get(f"/en/{path}").status_code == 404
    for path in ("statements/", "statements/file/"):
        assert visitors["other"].get(f"/en/{path}?seller={market.seller.id}").status_code == 404
    assert visitors["operator"].get("/en/outbox/?state=waiting").status_code == 200


def test_what_an_order_waits_for_is_shown_on_it_and_to_the_operator(
    visitors: dict[str, Visitor], own: Server, market: Market
) -> None:
    order, declaration = market.ids["or_"], market.ids["de_"]
    assert "What the order waits for" not in visitors["seller"].get(f"/en/orders/{order}/").text
    own.ask(REFUSED % market.ids["py_"])
    own.ask(WAITING % (declaration, order, declaration, order))
    path = f"/en/orders/{order}/"
    refused = "The payment provider refused the refund of 12.34 CNY (card_closed). It is owed to the buyer."
    for name in ("seller", "buyer"):
        page = html.unescape(visitors[name].get(path).text)
        assert refused in page
        assert "Customs has not accepted a message (State of the waybill) since" in page
        assert ("port.example" in page) == (name == "seller"), "why it failed is for the seller"
    shown = market.seller.get(f"/v1/orders/{order}").json()
    assert [(each["channel"], each["topic"], each["status"]) for each in shown["waits_for"]] == [
        ("customs", "waybill_status", "waiting"),
        ("carrier", "book", "waiting"),
    ]
    assert "waits for an answer" in visitors["seller"].get("/en/orders/").text
    # The operator asks the provider again; nobody else sees the page.
    assert visitors["seller"].get("/en/operator/").status_code == 404
    assert "card_closed" in visitors["operator"].get("/en/operator/").text
    again = visitors["operator"].post("/en/operator/", {"action": "refund", "number": market.ids["py_"]})
    assert (again.status_code, "card_closed" in again.text) == (200, False)
    # What the buyer has back is a figure of the page, for both sides, once the provider has paid it.
    paid_back = re.compile(r"<dt>Paid back</dt><dd><strong>CNY\s12\.34</strong></dd>")
    assert not any(paid_back.search(visitors[name].get(path).text) for name in ("seller", "buyer"))
    own.ask(SUCCEEDED % market.ids["py_"])
    assert all(paid_back.search(visitors[name].get(path).text) for name in ("seller", "buyer"))
    # A message that is discarded does not hold the order up any more.
    (waiting, *_others) = own.ask(
        "from entrepot.trade_app.outbox import open_outbox\n"
        f"print([each.id for each in open_outbox().listed(group={order!r}) if each.key.endswith('/test')][0])"
    ).split()
    visitors["operator"].post("/en/outbox/?state=waiting", {"action": "discard", "message": waiting})
    after = market.seller.get(f"/v1/orders/{order}").json()
    assert [each["channel"] for each in after["waits_for"]] == ["customs"]


@pytest.mark.parametrize("language", ["en", *(pytest.param(name, marks=pytest.mark.long) for name in ("km", "th"))])
def test_the_pages_pass_axe_and_fit_a_telephone(own: Server, market: Market, language: str) -> None:
    with browser() as chrome:
        # What a page is without scripts is the same template in each language: with middle sizes it is opened in one.
        both = sizes.ALL and (language == "en" or not sizes.MIDDLE)
        for script in (True, False) if both else (True,):
            orders = tuple(f"orders/{market.paid}/{each}" for each in ("", "pack/", "correct/"))
            seller = (*PAGES, *orders, f"shipments/{market.ids['sh_']}/")
            buyer = (f"orders/{market.paid}/correct/",)
            parties = {"seller": seller, "buyer": buyer, "operator": OPERATOR_PAGES}
            if not sizes.ALL:  # the quick run sees the pages with the most in them
                parties = {"seller": ("offers/", "returns/", *orders[:2]), "operator": ("operator/",)}
            for name, paths in parties.items():
                context = chrome.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=script)  # type: ignore[attr-defined]  # Playwright's browser
                context.add_cookies([{"name": "sessionid", "value": market.sessions[name], "url": own.url}])
                page = context.new_page()
                for path in paths:
                    response = page.goto(f"{own.url}/{language}/{path}")
                    assert response is not None
                    assert response.status == 200, path
                    shot(page, f"trade-{path}-{language}")
                    assert len(page.content()) < 150_000
                    if script:
                        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
                        assert_no_barriers(page, path, again=language != "en")
                context.close()
