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
