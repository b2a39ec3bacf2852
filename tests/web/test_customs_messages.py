"""A server that is connected to China's customs: receipts come by HTTP with a token, and through a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from msgspec.structs import replace
from server_process import Server, run_server

pytest.importorskip("gmalg", reason="the libraries of signatures are not installed")

from china_messages import import_list, list_receipt
from entrepot.configuration import ConfigurationError
from entrepot.connect.customs.cn import write
from entrepot.connect.customs.cn.http_post import Http
from entrepot.connect.customs.cn.settings import read_settings
from entrepot.connect.customs.cn.transport import Folder
from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from entrepot.trade_app import customs_connection
from sandbox_process import until
from trade.tally import Clock

TOKEN = "a-token-of-a-test-which-is-long-enough"
SETTINGS = """
sandbox = true
[parties]
guarantor = "330198T001"
office = "2992"
port = "2991"
transport = "5"
platform = { code = "330198T001", name = "示例平台" }
payment_company = { code = "330198P001", name = "示例支付" }
carrier = { code = "330198L001", name = "示例物流" }
declarant = { code = "330198D001", name = "示例报关" }
transmitter = { code = "330198T001", name = "示例平台", dxp = "DXPENT0000000001" }
[transport]
"""


def written(folder: Path, transport: str) -> Path:
    path = folder / "customs.toml"
    path.write_text(SETTINGS + transport, encoding="utf-8")
    return path


class Connected(NamedTuple):
    """A server and the folder that it exchanges with customs."""

    server: Server
    folder: Path

    def post(self, content: bytes, token: str = TOKEN) -> tuple[int, str]:
        """Post a message; the status, and the code of the error or the outcome."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.post(f"{self.server.url}/v1/customs/cn/messages", content=content, headers=headers, timeout=120)
        found = answer.json()
        return answer.status_code, found["error"]["code"] if "error" in found else found["outcome"]


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    folder = tmp_path_factory.mktemp("customs")
    path = written(folder, f'kind = "folder"\npath = "exchange"\ntoken = "{TOKEN}"\n')
    data = tmp_path_factory.mktemp("server")
    with run_server(data, workers=1, background=1, ENTREPOT_CUSTOMS_CN=str(path)) as server:
        yield Connected(server, folder / "exchange")


def test_messages_with_the_token_are_taken_and_others_are_refused(connected: Connected) -> None:
    receipt = write(list_receipt())
    assert connected.post(receipt, token="") == (401, "wrong_token")
    assert connected.post(receipt, token=TOKEN[:-1]) == (401, "wrong_token")
    assert connected.post(receipt) == (200, "taken")
    assert connected.post(receipt) == (200, "taken")  # again, which changes nothing
    assert connected.post(b"garbage") == (422, "not_xml")
    assert connected.post(receipt.replace(b"20261101100000123", b"2026110110000012x")) == (422, "form_milliseconds")
    assert connected.post(b" " * (2 << 20)) == (413, "too_large")
    assert connected.post(write(import_list())) == (422, "not_from_customs")


@pytest.mark.long
def test_a_worker_reads_the_folder(connected: Connected) -> None:
    receive, done, refused = (connected.folder / name for name in ("receive", "done", "refused"))
    for name, content in (("a.xml", write(list_receipt("120"))), ("b.xml", b"garbage")):
        (receive / f".{name}.tmp").write_bytes(content)
        (receive / f".{name}.tmp").rename(receive / name)
    until(lambda: not list(receive.iterdir()))
    until(lambda: [each.name for each in done.iterdir()] == ["a.xml"])
    until(lambda: sorted(each.name for each in refused.iterdir()) == ["b.xml", "b.xml.reason.json"])


def test_a_server_without_a_connection_has_no_address_for_messages(server: Server) -> None:
    answer = server.post("/v1/customs/cn/messages", content=b"<a/>")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("transport", "loopback", "authorization", "allowed"),
    [
        ("", True, "", True),
        ("", False, "", False),
        (f'token = "{TOKEN}"', True, "", False),
        (f'token = "{TOKEN}"', False, f"Bearer {TOKEN}", True),
        (f'token = "{TOKEN}"', False, f"bearer {TOKEN}", False),
        (f'token = "{TOKEN}"', False, "Bearer 令牌", False),
    ],
)
def test_without_a_token_only_a_sandbox_on_this_machine_may_send(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    transport: str,
    loopback: bool,
    authorization: str,
    allowed: bool,
) -> None:
    settings = read_settings(written(tmp_path, f'kind = "http"\naddress = "http://127.0.0.1:1/"\n{transport}\n'))
    made = customs_connection.office(MemoryBooks(KINDS, now=Clock(), random=os.urandom), settings)
    monkeypatch.setattr(customs_connection, "open_office", lambda: made)
    assert customs_connection.may_send(authorization, loopback=loopback) is allowed
    real = made._replace(settings=replace(settings, sandbox=False))
    monkeypatch.setattr(customs_connection, "open_office", lambda: real)
    assert customs_connection.may_send(authorization, loopback=loopback) is (allowed and bool(transport))


@pytest.mark.long
def test_neither_a_page_in_a_browser_nor_a_proxy_is_a_sandbox_on_this_machine(server: Server) -> None:
    program = """
from django.test import RequestFactory
from entrepot.web.api.customs_messages import _is_loopback
asked = ({}, {"origin": "https://evil.example"}, {"origin": "null"}, {"x-forwarded-for": "203.0.113.9"})
print([_is_loopback(RequestFactory().post("/", headers=head)) for head in asked])
"""
    assert server.ask(program) == "[True, False, False, False]"


def test_the_transport_follows_the_settings(tmp_path: Path) -> None:
    folder = read_settings(written(tmp_path, 'kind = "folder"\npath = "exchange"\n'))
    assert isinstance(customs_connection.transport_of(folder), Folder)
    assert (tmp_path / "exchange" / "receive").is_dir()
    http = read_settings(written(tmp_path, 'kind = "http"\naddress = "https://platform.example/"\n'))
    assert isinstance(customs_connection.transport_of(http), Http)


@pytest.mark.parametrize(
    ("transport", "message"),
    [
        ('kind = "http"\naddress = "http://platform.example/"\n', "is not encrypted"),
        ('kind = "folder"\npath = "exchange"\ntoken = "short"\n', "fewer than 32 characters"),
        ("kind = 5\n", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_stop_the_start(tmp_path: Path, transport: str, message: str) -> None:
    path = written(tmp_path, transport)
    with pytest.raises(ConfigurationError, match=message):
        customs_connection.read_connection({"ENTREPOT_CUSTOMS_CN": str(path)})
    with pytest.raises(ConfigurationError, match="ENTREPOT_CUSTOMS_CN"):
        customs_connection.read_connection({"ENTREPOT_CUSTOMS_CN": str(tmp_path / "none.toml")})
    assert customs_connection.read_connection({}) is None
