"""The API of trade: a body or a parameter that is wrong is told with the field and with what is known."""

from __future__ import annotations

from typing import Any

import pytest
from trade_market import Market


@pytest.mark.parametrize(
    ("path", "body", "param", "says"),
    [
        ("/v1/orders", {"nothing_like_it": 1}, "nothing_like_it", "Known fields: items, ship_to, contact,"),
        ("/v1/orders", {"itemss": 1}, "itemss", 'Did you mean "items"?'),
        ("/v1/orders", {"ship_to": {"land": "CN"}}, "ship_to.land", "Known fields: country, state."),
        ("/v1/orders", {"ship_to": 7}, "ship_to", "Expected `object`, got `integer`."),
    ],
)
def test_a_wrong_field_is_named_with_what_is_known(market: Market, path: str, body: Any, param: str, says: str) -> None:
    error = market.buyer.post(path, body).json()["error"]
    assert error["param"] == param
    assert says in error["message"]


def test_an_empty_body_and_a_wrong_parameter_say_what_to_send(market: Market) -> None:
    empty = market.buyer.server.post("/v1/orders", headers={**market.buyer.key, "Content-Type": "application/json"})
    assert empty.json()["error"]["message"] == "The request is empty: send an object as JSON."
    month = market.seller.get("/v1/statements?month=March").json()["error"]
    assert month["message"] == 'The parameter "month" must be a month, for example 2026-03.'
    kind = market.seller.get("/v1/market/offers?kind=thing").json()["error"]
    assert "must be '', 'goods' or 'service'" in kind["message"]
