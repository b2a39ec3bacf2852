"""The market on pages: presented by a seller, found, priced for a viewer, put into a basket, ordered; its pictures."""

from __future__ import annotations

import html
import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, run_server
from test_trade_pages import Visitor
from trade_market import PAYMENTS, Market, open_market

PIL = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

CONTACT = {
    "name": "张伟",
    "telephone": "13800138000",
    "address": "北京市朝阳区建国路1号",
    "identity_number": "11010519491231002X",
}
COFFEE = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡", "vi": "Cà phê rang"},
    "hs_code": "0901.21",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "CNY",
    "shipping": "12.00",
    "measures": {"net_mass_kg": "0.5"},
    "stock": 100,
}
DURIAN = {
    **COFFEE,
    # HTML in a title; and one title in three scripts, one of them from right to left.
    "titles": {"en": "Fresh durian <b>bold</b>", "zh": "鲜榴莲 ทุเรียน دوريان", "th": "ทุเรียนสด", "km": "ធុរេនស្រស់"},
    "hs_code": "0810.60",
    "country_of_origin": "TH",
    "ship_from": "TH",
    "price": "128.00",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("market"), workers=1, background=0, **PAYMENTS) as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    return open_market(own)


@pytest.fixture(scope="module")
def offers(own: Server, market: Market) -> dict[str, str]:
    """Coffee of the seller in the pavilion of Viet Nam, and durian of the other one in that of Thailand: their ids."""
    operator = Visitor(own, market.sessions["operator"])
    made = {}
    for name, slug, title, given in (
        ("seller", "viet-nam", "Viet Nam", COFFEE),
        ("other", "thailand", "Thailand", DURIAN),
    ):
        party: Any = getattr(market, name)
        form = {"slug": slug, "title": title, "economy": given["ship_from"], "operator": party.id}
        assert operator.post("/en/pavilions/", form).url.path == f"/en/pavilions/{slug}/"
        visitor = Visitor(own, market.sessions[name])
        shown = {"title-en": title, "text-en": f"Goods of {title}.\nSecond line.", "published": "yes"}
        published = visitor.post(f"/en/pavilions/{slug}/", {"action": "texts", **shown})
        assert "published" in published.text
        number = party.post("/v1/offers", given).json()["id"]
        texts = {"text-en": "Grown at 1,200 m.\n\nSun-dried.", "text-th": "ปลูกบนที่สูง"}
        page = visitor.post(f"/en/offers/{number}/market/", {"action": "texts", "pavilion": slug, **texts})
        assert "in the market" in page.text, page.text
        picture = {"file": ("a.png", png(900, 600), "image/png")}
        page = visitor.post(f"/en/offers/{number}/market/", {"action": "upload"}, files=picture)
        assert page.status_code == 200
        made[name] = number
    return made


@pytest.fixture
def anybody(own: Server, offers: dict[str, str]) -> Visitor:
    """A browser that is not signed in, for a consumer in China."""
    visitor = Visitor(own, "")
    visitor.post("/en/market/deliver/", {"country": "CN", "kind": "consumer", "next": "/en/market/"}, at="/en/market/")
    return visitor


@pytest.fixture
def buyer(own: Server, market: Market, offers: dict[str, str]) -> Visitor:
    visitor = Visitor(own, market.sessions["buyer"])
    visitor.post("/en/market/deliver/", {"country": "CN", "kind": "consumer", "next": "/en/market/"}, at="/en/market/")
    return visitor


def png(width: int, height: int, **more: Any) -> bytes:
    stream = io.BytesIO()
    PIL.new("RGB", (width, height), (90, 60, 30)).save(stream, "PNG", **more)
    return stream.getvalue()


def plain(page: httpx.Response) -> str:
    """The text of a page without tags, with plain spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("\xa0", " ").split())


def test_offers_have_the_landed_price_of_the_viewer_or_say_why_there_is_none(
    anybody: Visitor, offers: dict[str, str]
) -> None:
    page = plain(anybody.get("/en/market/"))
    # Coffee: 68.00 + 12.00, retail import: VAT 13 % × 70 % of 80.00 = 7.28.
    assert (
        "Roasted coffee Price of the seller CNY 68.00 Shipping: CNY 12.00 Delivered CNY 87.28 "
        "of which duties, taxes and fees: CNY 7.28" in page
    )
    # Durian: (128.00 + 12.00) with VAT 9 % × 70 % = 8.82, if it is on the list of goods for retail import.
    assert "Delivered, if you can confirm CNY 148.82" in page
    assert "The goods are on the list of goods for cross-border e-commerce retail import." in page
    assert "Fresh durian <b>bold</b>" in page, "HTML in a title is text"
    anybody.post("/en/market/deliver/", {"country": "VN", "kind": "business", "next": "/en/market/"}, at="/en/market/")
    page = plain(anybody.get("/en/market/"))
    assert "No price for delivery It is sent from Viet Nam: a sale within one economy is not an import" in page
    assert "Delivered to: Viet Nam · A business" in page


def test_the_api_searches_the_market_without_a_key(own: Server, market: Market, offers: dict[str, str]) -> None:
    found = own.get("/v1/market/offers?q=durian&to=cn&buyer=consumer").json()["data"]
    (durian,) = found
    assert (durian["id"], durian["seller_name"], durian["stock"]) == (offers["other"], "The other", durian["stock"])
    assert (durian["landed"]["status"], durian["landed"]["amount"]) == ("conditional", "148.82")
    assert [each["id"] for each in durian["landed"]["conditions"]] == ["positive_list"]
    assert "Grown" in durian["descriptions"]["en"]
    assert own.get("/v1/market/offers?pavilion=viet-nam&limit=1").json()["data"][0]["landed"] is None
    first = own.get("/v1/market/offers?limit=1").json()
    second = own.get(f"/v1/market/offers?limit=1&starting_after={first['data'][0]['id']}").json()
    assert first["has_more"]
    assert second["data"][0]["id"] != first["data"][0]["id"]
    pavilions = own.get("/v1/market/pavilions").json()["data"]
    assert [(each["id"], each["economy"]) for each in pavilions[:2]] == [("viet-nam", "VN"), ("thailand", "TH")]
    for query, param in (("to=QQ", "to"), ("kind=x", "kind"), ("limit=51", "limit"), ("buyer=me", "buyer")):
        answer = own.get(f"/v1/market/offers?{query}")
        assert (answer.status_code, answer.json()["error"]["param"]) == (422, param)
    sandbox = own.get("/v1/market/offers?to=CN", headers=own.key("quotes", sandbox=True))
    assert sandbox.status_code == 403


def test_the_seller_presents_an_offer_over_the_api(own: Server, market: Market, offers: dict[str, str]) -> None:
    path = f"/v1/offers/{offers['seller']}"
    changed = market.seller.post(path, {"descriptions": {"en": "From the highlands.", "lo": "ກາເຟ"}}).json()
    assert changed["descriptions"] == {"en": "From the highlands.", "lo": "ກາເຟ"}
    assert changed["pavilion"] == "viet-nam"
    for body, code in (
        ({"pavilion": "thailand"}, "pavilion_of_others"), ({"pavilion": "", "price": "1.00"}, "fields_apart"),
        ({"descriptions": {"en": "x" * 2001}}, "field_too_long"),
    ):  # fmt: skip
        answer = market.seller.post(path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert market.other.post(path, {"pavilion": ""}).status_code == 404
    assert market.seller.post(path, {"descriptions": {"en": "Grown at 1,200 m."}}).status_code == 200


def test_a_viewer_who_chose_nothing_sees_the_prices_of_sellers(own: Server, offers: dict[str, str]) -> None:
    page = plain(Visitor(own, "").get("/en/market/"))
    assert "Choose where the goods go, to see what they cost delivered" in page
    assert "CNY 68.00" in page
    assert "Delivered CNY" not in page


def test_goods_are_searched_in_five_languages_and_filtered(anybody: Visitor, offers: dict[str, str]) -> None:
    coffee, durian = (f"/market/offers/{offers[name]}/" for name in ("seller", "other"))
    for query, seen in (
        ("q=coffee", coffee), ("q=咖啡", coffee), ("q=ca+phe", coffee), ("q=0901", coffee), ("q=กาแฟ", coffee),
        ("q=榴莲", durian), ("q=دوريان", durian), ("q=ทุเรียน", durian), ("q=ធុរេន", durian), ("q=durian&from=TH", durian),
        ("from=VN", coffee), ("kind=goods&from=TH", durian),
    ):  # fmt: skip
        page = anybody.get(f"/en/market/?{query}").text
        assert seen in page, query
        assert (coffee if seen == durian else durian) not in page, query
    for query in ("q=durian&from=VN", "q=%22%27%3B", "kind=service", "q=" + "x" * 4000):
        nothing = anybody.get(f"/en/market/?{query}")
        assert nothing.status_code == 200
        assert "Nothing was found" in nothing.text, query
    assert "Nothing was found" not in anybody.get("/en/market/?from=%3Cscript%3E&kind=1").text
    assert anybody.get("/en/market/pavilions/thailand/").text.count("/market/offers/") == 1
    assert anybody.get("/en/market/pavilions/hidden/").status_code == 404


def test_an_offer_is_shown_with_its_texts_in_a_language_that_it_has(anybody: Visitor, offers: dict[str, str]) -> None:
    page = anybody.get(f"/th/market/offers/{offers['other']}/").text
    assert "ปลูกบนที่สูง" in page
    assert "ทุเรียนสด" in page
    assert '<span lang="zh">鲜榴莲 ทุเรียน دوريان</span>' in page
    page = anybody.get(f"/vi/market/offers/{offers['other']}/").text
    assert 'lang="en">Fresh durian &lt;b&gt;bold&lt;/b&gt;' in page
    for number in ("of_1", "or_019ca6b150007001bf7cc731665219a4", offers["other"] + "0", "x" * 300):
        assert anybody.get(f"/en/market/offers/{number}/").status_code == 404


def test_a_basket_of_two_sellers_in_two_economies_becomes_two_orders_and_says_why(
    buyer: Visitor, market: Market, offers: dict[str, str]
) -> None:
    buyer.post(f"/en/market/offers/{offers['seller']}/", {"quantity": "2"})
    text = plain(buyer.post(f"/en/market/offers/{offers['other']}/", {"quantity": "1"}))
    assert "2 orders" in text
    assert "An order has one seller." in text
    assert "Goods from different places travel in different parcels" in text
    # Both coffees: 136.00 + 12.00 for the first (no price for further pieces) and 9.1 % = 13.47.
    assert "CNY 161.47" in text
    checkout = buyer.get("/en/market/checkout/")
    text = plain(checkout)
    assert "Number of the resident identity card" in text
    assert "are kept until" in text
    (condition,) = re.findall(r'name="assertion" value="(\w+)"', checkout.text)
    answer = buyer.post("/en/market/checkout/", {"action": "price", **CONTACT})
    assert answer.status_code == 422
    assert "needs this to be confirmed" in plain(answer)
    answer = buyer.post("/en/market/checkout/", {"action": "price", "assertion": condition, **CONTACT})
    assert answer.status_code == 200, plain(answer)
    assert "To pay now: CNY 310.29" in plain(answer)  # 161.47 + 148.82
    mistyped = {"action": "price", "assertion": condition, **CONTACT, "identity_number": "110105194912310021"}
    refused = buyer.post("/en/market/checkout/", mistyped)
    assert (refused.status_code, "The identity number" in plain(refused)) == (422, True), "before the order is placed"
    assert "To pay now" in plain(buyer.post("/en/market/checkout/", {**mistyped, "identity_number": ""})), (
        "a price needs no identity"
    )
    found = re.findall(r'name="(quote|hash|total|key)" value="([^"]+)"', answer.text)
    form: dict[str, Any] = {"action": "place", "assertion": condition, **CONTACT}
    for name, value in found:
        form.setdefault(name, []).append(value)
    unfilled = buyer.post("/vi/market/checkout/", {**form, "telephone": "", "address": "", "identity_number": ""})
    assert "Hãy điền: Số chứng minh cư dân, Điện thoại, Địa chỉ." in plain(unfilled), "the fields by their labels"
    altered = buyer.post("/en/market/checkout/", {**form, "total": "1.00"})
    assert 'The orders cost 310.29 CNY, not "1.00".' in plain(altered)
    page = buyer.post("/en/market/checkout/", form)
    assert page.url.path.startswith("/en/orders/or_"), plain(page)
    assert "The checkout became several orders" in plain(page)
    assert "The basket is empty." in buyer.get("/en/market/basket/").text
    again = buyer.post("/en/market/checkout/", form, at="/en/market/basket/")
    assert again.url.path == page.url.path, "a form that is sent twice leads to what it did"
    orders = market.buyer.get("/v1/orders?limit=2").json()["data"]
    # It is a condition of the procedure of both.
    assert [[made["by"] for made in each["quote"]["assertions"]] for each in orders] == [[market.buyer.id]] * 2
    assert {each["seller"] for each in orders} == {market.seller.id, market.other.id}


def test_a_basket_says_what_is_wrong_with_it(buyer: Visitor, market: Market, offers: dict[str, str]) -> None:
    path = f"/en/market/offers/{offers['seller']}/"
    for quantity, says in (
        ("0", "Write how many pieces"), ("-1", "Write how many pieces"), ("1.5", "Write how many pieces"),
        ("", "Write how many pieces"), ("1e3", "Write how many pieces"), ("9" * 30, "Write how many pieces"),
        ("101", "pieces are left"),
    ):  # fmt: skip
        refused = buyer.post(path, {"quantity": quantity})
        assert (refused.status_code, says in plain(refused)) == (422, True), quantity
    own = market.seller.post("/v1/offers", COFFEE).json()["id"]
    Visitor(buyer.server, market.sessions["seller"]).post(
        f"/en/offers/{own}/market/", {"action": "texts", "pavilion": "viet-nam"}
    )
    buyer.post(f"/en/market/offers/{own}/", {"quantity": "1"})
    market.seller.post(f"/v1/offers/{own}", {"status": "paused"})
    page = buyer.get("/en/market/basket/")
    assert "This offer is not sold at the moment." in page.text
    assert "Go to the checkout" not in page.text
    assert "is paused: it cannot be ordered" in plain(
        buyer.post("/en/market/checkout/", {"action": "price", **CONTACT})
    )
    assert "Write a whole number" in plain(
        buyer.post("/en/market/basket/", {"action": "change", f"pieces-{own}": "many"})
    )
    page = buyer.post("/en/market/basket/", {"remove": own})
    assert "The basket is empty." in page.text
    assert buyer.post("/en/market/basket/", {"remove": own}).status_code == 200, "as from another tab"
    assert buyer.get(f"/en/market/offers/{own}/").status_code == 404
    assert buyer.client.post("/en/market/basket/", data={"remove": own}).status_code == 403, "without a token"


def test_the_basket_of_somebody_who_signs_in_at_the_checkout_stays(
    own: Server, anybody: Visitor, offers: dict[str, str]
) -> None:
    anybody.post(f"/en/market/offers/{offers['seller']}/", {"quantity": "3"})
    page = anybody.get("/en/market/checkout/")
    assert page.url.path == "/en/sign-in/"
    form = {"username": "buyer@market.example", "password": "tall trees 1985", "next": "/en/market/checkout/"}
    page = anybody.post("/en/sign-in/", form, at=f"{page.url.path}?{page.url.query.decode()}")
    assert page.url.path == "/en/market/checkout/", plain(page)
    assert "Roasted coffee × 3" in plain(page)
    assert 'value="3"' in anybody.get("/en/market/basket/").text
    anybody.post("/en/sign-out/", at="/en/account/")
    assert "The basket is empty." in anybody.get("/en/market/basket/").text


def test_the_states_of_trade_are_not_the_words_of_quotes(buyer: Visitor, market: Market) -> None:
    page = buyer.get(f"/zh/orders/{market.ids['or_']}/").text
    assert "新建" in page
    assert not any(word in page for word in ("不可行", "新建于", "不予报价", "运输方式"))


def test_an_order_whose_quote_expired_is_not_paid_and_says_so(
    own: Server, buyer: Visitor, market: Market, offers: dict[str, str]
) -> None:
    buyer.post(f"/en/market/offers/{offers['seller']}/", {"quantity": "1"})
    sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY"}
    kept = own.post("/v1/quotes", json={**sale, "lines": [{"hs_code": "0901.21", "amount": "68.00"}]}).json()
    own.ask(f"m.Quote.objects.filter(id='{kept['id']}').update(expires='2026-01-01T00:00:00Z')")
    form: dict[str, Any] = {"action": "place", "quote": kept["id"], "hash": kept["hash"], **CONTACT}
    refused = buyer.post("/en/market/checkout/", form)
    assert refused.status_code == 422
    assert "expired on 2026-01-01" in plain(refused)
    again = buyer.post("/en/market/checkout/", {"action": "price", **CONTACT})
    form |= dict(re.findall(r'name="(quote|hash|total|key)" value="([^"]+)"', again.text))
    placed = buyer.post("/en/market/checkout/", form)
    assert placed.url.path.startswith("/en/orders/or_"), plain(placed)


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has so many pixels, all of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((width // 8 + 1) * min(height, 4000)), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><script>alert(1)</script></svg>'
REFUSED = {
    "bomb": (bomb(60_000, 60_000), "million pixels"),
    "just too large": (bomb(6_000, 6_000), "million pixels"),
    "svg": (SVG, "not a picture that can be read"),
    "svg in disguise": (b"\x89PNG\r\n\x1a\n" + SVG, "not a picture that can be read"),
    "html": (b"<!doctype html><script>alert(1)</script>", "not a picture that can be read"),
    "gif": (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a picture that can be read"),
    "cut off": (png(400, 400)[:200], "not a picture that can be read"),
    "nothing": (b"", "Choose a picture|not a picture that can be read"),
    "a line": (png(4000, 40), "at most 25 times"),
    "a dot": (png(1, 1), "1 × 1 pixels"),
    "too many bytes": (b"\xff\xd8" + bytes(8_000_001), "larger than 8 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_plain_picture_is_refused(own: Server, market: Market, offers: dict[str, str], name: str) -> None:
    content, says = REFUSED[name]
    files = {"file": ("a.png", content, "image/png")}
    seller = Visitor(own, market.sessions["seller"])
    answer = seller.post(f"/en/offers/{offers['seller']}/market/", {"action": "upload"}, files=files)
    assert answer.status_code == 422
    assert re.search(says, plain(answer)), plain(answer)


def test_a_picture_is_written_again_without_what_it_carried_and_served_as_a_picture_only(
    own: Server, market: Market, offers: dict[str, str]
) -> None:
    stream = io.BytesIO()
    exif = PIL.Exif()
    exif[0x010E], exif[0x0112] = "SECRET-PLACE", 6  # a description, and: turn it by 90 degrees
    PIL.new("RGB", (1600, 800), "green").save(stream, "JPEG", exif=exif.tobytes(), comment=b"SECRET-COMMENT")
    path = f"/en/offers/{offers['seller']}/market/"
    seller = Visitor(own, market.sessions["seller"])
    before = market.seller.get(f"/v1/offers/{offers['seller']}").json()["pictures"]
    files = {"file": ("a.jpg", stream.getvalue() + b"<script>SECRET-TAIL</script>", "image/jpeg")}
    assert seller.post(path, {"action": "upload"}, files=files).status_code == 200
    (*others, added) = market.seller.get(f"/v1/offers/{offers['seller']}").json()["pictures"]
    assert others == before
    assert (added["width"], added["height"]) == (640, 1280)
    for size, longest in (("large", 1280), ("small", 400)):
        answer = own.get(added[size])
        assert answer.status_code == 200
        assert b"SECRET" not in answer.content
        found = PIL.open(io.BytesIO(answer.content))
        assert (found.format, max(found.size), found.getexif()) == ("WEBP", longest, {})
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'; sandbox" in answer.headers["content-security-policy"]
        assert "immutable" in answer.headers["cache-control"]
    number = added["large"].split("/")[-1].removesuffix("-large.webp")
    for name in (
        f"{number}.webp",
        "../desk.sqlite3",
        "..%2F..%2Fdesk.sqlite3",
        f"{'0' * 64}-large.webp",
        f"{number}-large.webp%00",
    ):
        assert own.get(f"/pictures/{name}").status_code == 404
    assert seller.post(path, {"action": "first", "picture": number}).status_code == 200
    assert market.seller.get(f"/v1/offers/{offers['seller']}").json()["pictures"][0] == added
    assert Visitor(own, market.sessions["other"]).get(path).status_code == 404
    assert seller.post(path, {"action": "remove", "picture": number}).status_code == 200
    assert own.get(added["large"]).status_code == 404, "no offer has it any more"


def test_an_offer_with_a_wrong_code_or_of_another_economy_is_not_shown(
    own: Server, market: Market, offers: dict[str, str]
) -> None:
    seller = Visitor(own, market.sessions["seller"])
    for change, pavilion, says in (
        ({"hs_code": "0999.99"}, "viet-nam", "099999 is not a code of the Harmonized System"),
        ({}, "thailand", "The pavilion thailand shows goods of TH."),
        ({}, "nowhere", 'There is no pavilion "nowhere".'),
        ({"price": "0"}, "viet-nam", "has no price"),
    ):
        number = market.seller.post("/v1/offers", {**COFFEE, **change}).json()["id"]
        answer = seller.post(f"/en/offers/{number}/market/", {"action": "texts", "pavilion": pavilion})
        assert (answer.status_code, says in plain(answer)) == (422, True), plain(answer)


def test_an_offer_in_a_pavilion_is_not_changed_into_what_the_pavilion_does_not_show(
    market: Market, offers: dict[str, str]
) -> None:
    path = f"/v1/offers/{offers['seller']}"
    for change, code in (
        ({"country_of_origin": "TH", "ship_from": "TH"}, "pavilion_of_others"),
        ({"hs_code": "0999.99"}, "hs_code_unknown"),
    ):
        refused = market.seller.post(path, change)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, code), refused.text
    assert market.seller.post(path, {"ship_from": "TH"}).status_code == 200, "its goods are still of Viet Nam"
    assert market.seller.post(path, {"ship_from": "VN"}).json()["ship_from"] == "VN"


def test_who_presents_a_pavilion_takes_offers_out_and_nobody_else(
    own: Server, market: Market, offers: dict[str, str]
) -> None:
    number = market.seller.post("/v1/offers", COFFEE).json()["id"]
    seller, other = (Visitor(own, market.sessions[name]) for name in ("seller", "other"))
    shown = {"action": "texts", "pavilion": "viet-nam"}
    seller.post(f"/en/offers/{number}/market/", shown)
    assert other.get("/en/pavilions/viet-nam/").status_code == 404
    assert other.get("/en/pavilions/").status_code == 404
    assert seller.post("/en/pavilions/viet-nam/", {"action": "take-out", "offer": number}).status_code == 200
    assert market.seller.get(f"/v1/offers/{number}").json()["pavilion"] == ""
    refused = seller.post(f"/en/offers/{number}/market/", shown)
    assert "took this offer out" in plain(refused)
    seller.post("/en/pavilions/viet-nam/", {"action": "admit", "offer": number})
    assert "in the market" in seller.post(f"/en/offers/{number}/market/", shown).text
    market.seller.post(f"/v1/offers/{number}", {"status": "ended"})
    refused = seller.post("/en/pavilions/viet-nam/", {"action": "texts", "published": "yes"})
    assert "The field titles is missing." in plain(refused)


def test_a_pavilion_is_made_with_a_title_and_an_address(own: Server, market: Market, offers: dict[str, str]) -> None:
    operator = Visitor(own, market.sessions["operator"])
    good = {"slug": "lao", "title": "Lao", "economy": "LA", "operator": market.other.id}
    for change, says in (
        ({"slug": "no way"}, "Give a title, and an address"), ({"slug": ""}, "Give a title"),
        ({"title": ""}, "Give a title"), ({"title": "x" * 101}, "at most 100"),
        ({"slug": "thailand"}, "Another pavilion"),
        ({"operator": "og_1"}, "There is no organization og_1."), ({"economy": "L"}, "Give a title"),
    ):  # fmt: skip
        answer = operator.post("/en/pavilions/", {**good, **change})
        assert (answer.status_code, says in plain(answer)) == (422, True), (change, plain(answer))


PATHS = (
    "market/",
    "market/?q=durian",
    "market/pavilions/viet-nam/",
    "market/offers/{seller}/",
    "market/offers/{other}/",
    "market/basket/",
    "market/checkout/",
    "offers/{seller}/market/",
    "pavilions/viet-nam/",
)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "km", "th", "vi", "zh"])
def test_the_pages_pass_axe_and_fit_a_telephone(
    own: Server, market: Market, offers: dict[str, str], language: str
) -> None:
    with browser() as chrome:
        for width in (360, 1440) if language in ("en", "km") else (360,):
            context = chrome.new_context(viewport={"width": width, "height": 800})  # type: ignore[attr-defined]  # Playwright's browser
            cookies = {"sessionid": market.sessions["seller"], "market": "CN.consumer"}
            context.add_cookies([{"name": name, "value": value, "url": own.url} for name, value in cookies.items()])
            page = context.new_page()
            for number in offers.values():
                page.goto(f"{own.url}/{language}/market/offers/{number}/")
                page.keyboard.press("Tab")
                page.get_by_role("textbox").last.press("Enter")  # the form is sent by the keyboard alone
                page.wait_for_url("**/market/basket/")
            for path in PATHS:
                response = page.goto(f"{own.url}/{language}/{path.format(**offers)}")
                assert response is not None
                assert response.status == 200, path
                shot(page, f"market-{path.partition('{')[0]}{path.partition('}')[2]}-{language}-{width}")
                assert len(page.content().encode()) < 150_000
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert_no_barriers(page, path, again=language != "en" or width != 360)
            context.close()
