"""Fixtures of the server tests: one running server for all tests that do not need their own, and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("granian", reason="the server is not installed")
pytest.importorskip("httpx", reason="the HTTP client of the tests is not installed")

from hostile_requests import assert_still_serving
from postgres import Postgres, postgres
from server_process import RUNNING, Server, forget_request_counts, run_server
from trade_market import PAYMENTS, Market, open_market
from upload_page import Browser, Browsers

#: The modules that start a server with organizations where ENTREPOT_TRADE_SERVERS is "few": every page of every role,
#: the API of trade and its client, and orders and payments of a protocol.
FEW = {f"test_{name}" for name in ("client_trade", "navigation", "trade_api", "trade_pages", "ucp_trade")}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("server"), own_tables=True) as running:
        yield running


@pytest.fixture(scope="module")
def trade_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with organizations that trade. One for each module: what its tests do is not seen by those of others."""
    if os.environ.get("ENTREPOT_TRADE_SERVERS") == "few" and request.path.stem not in FEW:
        pytest.skip("ENTREPOT_TRADE_SERVERS=few: this module starts no server with organizations")
    with run_server(
        tmp_path_factory.mktemp("trade"), workers=1, background=0, ENTREPOT_WEBHOOKS_LOOPBACK="true", **PAYMENTS
    ) as running:
        yield running


@pytest.fixture(scope="module")
def market(trade_server: Server) -> Market:
    return open_market(trade_server)


@pytest.fixture(scope="module")
def document(trade_server: Server) -> Any:
    """The document of the API of that server."""
    return trade_server.get("/v1/openapi.json").json()


@pytest.fixture(autouse=True)
def _forget_request_counts() -> None:
    """Empty the rate limits of all servers, so that a test does not depend on how many pages others loaded."""
    for each in RUNNING:
        forget_request_counts(each)


@pytest.fixture(scope="session")
def database_server() -> Iterator[Postgres]:
    with postgres() as server:
        if server is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        yield server


@pytest.fixture(scope="session")
def kept(server: Server) -> str:
    """The path of a stored quote, after the language."""
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
    }
    return f"quotes/{server.post('/v1/quotes', json=sale).json()['id']}"


@pytest.fixture(scope="module")
def key(server: Server) -> dict[str, str]:
    return server.key()


@pytest.fixture(scope="module")
def still_serving(server: Server) -> Iterator[None]:
    yield
    assert_still_serving(server)


@pytest.fixture
def browsers() -> Iterator[Browsers]:
    made: list[Browser] = []

    def make(server: Server) -> Browser:
        made.append(Browser(server))
        return made[-1]

    yield make
    for each in made:
        each.client.close()
