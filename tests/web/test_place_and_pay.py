"""The form that places an order and begins its payment, on a server with a payment provider."""

from __future__ import annotations

import re

from server_process import Server
from test_trade_pages import FORM, Visitor
from trade_market import Market


def test_an_order_is_placed_and_its_payment_begun_by_one_button(trade_server: Server, market: Market) -> None:
    buyer = Visitor(trade_server, market.sessions["buyer"])
    form = {**FORM, "offer": market.ids["of_"], "quantity": "1"}
    priced = buyer.post("/en/orders/new/", {**form, "action": "price"})
    assert 'value="place_and_pay">Place the order and pay</button>' in priced.text
    send = {
        **form,
        "action": "place_and_pay",
        **dict(re.findall(r'name="(quote|hash|key)" value="([^"]+)"', priced.text)),
    }
    placed, again = (buyer.post("/en/orders/new/", send) for _each in range(2))
    assert str(again.url) == str(placed.url)
    assert "The payment provider is asked." in again.text
    assert "Pay the order" not in again.text
    number = placed.url.path.split("/")[3]
    assert len(market.buyer.get(f"/v1/orders/{number}").json()["payments"]) == 1, "sent twice, it is paid once"
    # Orders that are refused are not paid, and say why.
    refused = buyer.post("/en/orders/new/", {**form, "quantity": "0", "action": "place_and_pay"})
    assert refused.status_code == 422


def test_what_is_paid_now_is_named_where_the_buyer_pays_the_tax_later(trade_server: Server, market: Market) -> None:
    """300 yuan for advice from Viet Nam; China's value added tax of 6 % on it, 18 yuan, is the buyer's to pay."""
    advice = {"titles": {"en": "Advice"}, "service": "consulting", "ship_from": "VN", "price": "300.00",
              "currency": "CNY", "delivery": {"kind": "visit", "minutes": 20}}  # fmt: skip
    offer = market.seller.post("/v1/offers", advice).json()["id"]
    buyer = Visitor(trade_server, market.sessions["buyer"])
    priced = buyer.post("/en/orders/new/", {**FORM, "offer": offer, "quantity": "1", "action": "price"}).text
    assert re.search(r"<strong>[^<]*318\.00</strong>", priced)
    assert re.search(r"Paid with the order: <strong>[^<]*300\.00</strong>", priced)
    goods = buyer.post("/en/orders/new/", {**FORM, "offer": market.ids["of_"], "quantity": "1", "action": "price"}).text
    assert "Paid with the order" not in goods, "all of it is paid with the order"
