"""The payment data that customs asks for: acknowledged at once, sent signed, and noted in the ledger."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

pytest.importorskip("lxml", reason="the server is not installed")

from entrepot.connect.customs.cn import der
from entrepot.connect.customs.cn.faults import MessageError
from entrepot.connect.customs.cn.payment_data import read_response
from entrepot.connect.customs.cn.settings import PaymentData, Settings, SignerFiles, Transport
from entrepot.connect.customs.cn.signers import make_rsa_signer
from entrepot.trade.outbox import Refused
from entrepot.trade_app import payment_data_channel
from sandbox_trader import PARTIES
from trade.market import Market

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
SIGNER = make_rsa_signer("platform", 7, since=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))[0]


class Clearance:
    """Where payment data are sent: keeps them and answers with `code`."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.code = "10000"
        clearance = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                clearance.received.append(self.rfile.read(int(self.headers["Content-Length"])))
                answer = json.dumps({"code": clearance.code, "message": "said", "total": 1, "serviceTime": 1}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_given: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def clearance() -> Iterator[Clearance]:
    running = Clearance()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def market() -> Market:
    return Market()


def settings(clearance: Clearance, **changes: Any) -> Settings:
    given = PaymentData(
        address=f"http://127.0.0.1:{clearance.server.server_port}/",
        link="https://shop.example/offers/{offer}",
        account="6222000000000000",
        name="示例平台",
    )
    return Settings(
        parties=PARTIES,
        transport=Transport(kind="folder", path="x"),
        signer=SignerFiles(certificate="c"),
        sandbox=True,
        payment_data=given,
        folder=Path(),
        **changes,
    )


def asked(order: str, session: str = "s1") -> bytes:
    return urlencode({"openReq": json.dumps({"orderNo": order, "sessionID": session, "serviceTime": 1})}).encode()


def test_the_data_of_a_paid_order_are_sent_signed(market: Market, clearance: Clearance) -> None:
    order = market.pay(market.order())
    for _ in range(2):  # the same question again asks once
        answer = json.loads(payment_data_channel.ask(market.books, asked(order.id), NOW))
        assert (answer["code"], answer["message"]) == ("10000", "")
    queue = market.books.outbox
    (message,) = [each for each in queue.listed() if each.topic == "payment_data"]
    payment_data_channel.send(market.books, settings(clearance), SIGNER, message.body, NOW)
    certificate = der.read_certificate(SIGNER.certificate)
    found = read_response(clearance.received[0], {certificate.number: SIGNER.certificate})
    payment = market.books.read(max(market.read(order).payments))
    assert found.session == "s1"
    assert found.head["payTransactionId"] == payment.transaction
    # What was paid, in yuan, as a number: the same as in the voucher.
    assert str(found.head["totalAmount"]) == f"{payment.captured / 100:.2f}".rstrip("0").rstrip(".")
    assert found.head["initalRequest"]
    assert found.orders[0]["orderNo"] == order.id
    events = [event for _, event in market.books.events(stream=order.id) if event.kind == "order.payment_data_given"]
    assert [dict(event.payload) for event in events] == [{"session": "s1", "code": "10000"}]


def test_customs_refusal_is_told(market: Market, clearance: Clearance) -> None:
    order = market.pay(market.order())
    clearance.code = "20004"
    body = {"order": order.id, "session": "s1"}
    with pytest.raises(Refused, match="20004: said"):
        payment_data_channel.send(market.books, settings(clearance), SIGNER, body, NOW)


@pytest.mark.parametrize("number", ["or_missing", "of_1", "", "x" * 61])
def test_an_order_that_is_not_paid_or_not_there_is_not_told_apart(market: Market, number: str) -> None:
    unpaid = market.order().id
    try:
        answer = json.loads(payment_data_channel.ask(market.books, asked(number), NOW))
    except MessageError:
        assert not number or len(number) > 60
        return
    assert answer == json.loads(payment_data_channel.ask(market.books, asked(unpaid), NOW))
    assert answer["code"] == "20000"


def test_only_the_registered_address_or_a_sandbox_here_may_ask(clearance: Clearance) -> None:
    open_here = settings(clearance)
    assert payment_data_channel.may_ask(open_here, "", loopback=True)
    assert not payment_data_channel.may_ask(open_here, "", loopback=False)
    assert not payment_data_channel.may_ask(open_here, "guess", loopback=True)
