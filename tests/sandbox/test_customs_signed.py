"""The sandbox customs office with certificates: signed lists, and the payment data of a platform."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("gmalg", reason="the server is not installed")

from msgspec.structs import replace

from china_messages import GUID
from entrepot.connect.customs.cn import compose, write
from entrepot.connect.customs.cn.payment_data import (
    Goods,
    Head,
    PaidOrder,
    Recipient,
    read_request,
    write_acknowledgement,
    write_response,
)
from entrepot.connect.customs.cn.signature import sign
from entrepot.connect.customs.cn.signers import Signer, make_rsa_signer, make_sm2_signer
from sandbox_process import Receiver, Sandbox, receiver, run, until
from sandbox_trader import PARTIES, Trader, parcel, sending

SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Platform:
    """A platform that is asked for payment data. `asked`: the requests; `code`: of its acknowledgement."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.accepts = True
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                platform.asked.append(read_request(self.rfile.read(int(self.headers["Content-Length"]))))
                body = write_acknowledgement(1, "" if platform.accepts else "closed")
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_given: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/platDataOpen"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    running = Platform()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture(scope="module")
def signers() -> dict[str, Signer]:
    made = {"rsa": make_rsa_signer, "sm2": make_sm2_signer, "stranger": make_rsa_signer}
    return {
        name: make("东方物通平台", 0x1691FE0 + number, since=SINCE)[0]
        for number, (name, make) in enumerate(made.items())
    }


@pytest.fixture(scope="module")
def inbox() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, inbox: Receiver, signers: dict[str, Signer], platform: Platform
) -> Iterator[Sandbox]:
    folder: Path = tmp_path_factory.mktemp("signed")
    (folder / "certificates").mkdir()
    for name in ("rsa", "sm2"):
        (folder / "certificates" / f"{name}.cer").write_bytes(signers[name].certificate)
    options = ("--certificates", str(folder / "certificates"), "--payment-data-at", platform.url)
    with run("customs", folder, "--delay", "0", "--send-to", inbox.url, *options) as running:
        yield running


@pytest.fixture
def trader(office: Sandbox, inbox: Receiver) -> Trader:
    office.switch(day="2026-03-02")
    return Trader(office, inbox)


@pytest.mark.parametrize("name", ["rsa", "sm2"])
def test_a_signed_list_is_released(trader: Trader, signers: dict[str, Signer], name: str) -> None:
    sent = parcel()
    trader.three(sent)  # the schema asks for no signature on these
    trader.send(sign(write(compose.listed(sent, PARTIES, sending())), signers[name]))
    assert trader.until_code(sent.own, "800") == ["2", "3", "120", "399", "800"]


def test_a_list_without_a_valid_signature_is_refused(trader: Trader, signers: dict[str, Signer]) -> None:
    sent = parcel()
    trader.three(sent)

    def content() -> bytes:
        return write(compose.listed(sent, PARTIES, sending()))

    changed = sign(content(), signers["rsa"]).replace(b"<ceb:netWeight>1.0", b"<ceb:netWeight>1.1")
    for refused in (content(), sign(content(), signers["stranger"]), changed):
        trader.send(refused)
    until(lambda: len(trader.codes(sent.own)) == 3)
    assert set(trader.codes(sent.own)) == {"-621029"}
    assert trader.used(sent) == 0


def test_the_office_asks_a_platform_for_payment_data(
    trader: Trader, signers: dict[str, Signer], platform: Platform
) -> None:
    sent = parcel()
    trader.three(sent)
    trader.send(sign(write(compose.listed(sent, PARTIES, sending())), signers["rsa"]))
    trader.until_code(sent.own, "800")
    number = trader.list_number(sent.own)
    address = f"/control/lists/{number}/payment-data"
    assert trader.office.post(address).json()["state"] == "asked"
    request = platform.asked[-1]
    assert request.order == sent.order
    head = Head(
        guid=GUID, initalRequest="pay", initalResponse="paid", ebpCode=PARTIES.platform.code,
        payCode=PARTIES.payment_company.code, payTransactionId=sent.payment, totalAmount=sent.paid, currency="142",
        verDept="3", tradingTime="20260302120000",
    )  # fmt: skip
    order = PaidOrder(
        sent.order,
        (Goods(gname="咖啡", itemLink="https://shop.example/1"),),
        Recipient(recpAccount="1", recpName="示例卖家"),
    )

    def give(signer: str, asked: Any = request, **changes: Any) -> dict[str, Any]:
        body = write_response(
            asked, replace(head, **changes), (order,), service_time=int(time.time() * 1000), signer=signers[signer]
        )
        assert "payExInfoStr" in parse_qs(body.decode())
        answer = httpx.post(f"{trader.office.url}/payment-data", content=body, timeout=120)
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def states() -> list[str]:
        return [each["state"] for each in trader.office.get(f"/control/lists/{number}").json()["payment_data"]]

    assert give("stranger")["code"] == "20000"
    assert give("rsa", replace(request, session="unknown"))["code"] == "20000"
    assert states() == ["asked"]
    cent = give("rsa", totalAmount=sent.paid + Decimal("0.01"))
    assert (cent["code"], cent["message"]) == ("20000", "totalAmount is another than the amount of the payment")
    assert states() == ["differs"]
    assert [give("sm2")["code"], give("sm2")["total"]] == ["10000", 1]
    assert states() == ["agrees"]
    platform.accepts = False
    assert trader.office.post(address).json()["state"] == "refused"
    platform.accepts = True
