"""How China's customs messages travel: the envelope of the exchange platform, folders, and HTTP."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china_messages import TEXT, import_list, list_receipt
from entrepot.connect.customs.cn import MessageError, read, write
from entrepot.connect.customs.cn.dxp import (
    IMPORT_RECEIVER,
    NAMESPACE,
    DxpMsg,
    DxpRep,
    Response,
    Result,
    TransInfo,
    read_answer,
    read_envelope,
    unwrapped,
    write_answer,
    write_envelope,
)
from entrepot.connect.customs.cn.http_post import Http, checked_address
from entrepot.connect.customs.cn.transport import Folder, MemoryTransport, Received, Tally, Transport
from entrepot.trade.objects import NotAllowed
from entrepot.trade.outbox import Later, Refused

INFO = TransInfo("M1", "DXPENT0000000001", (IMPORT_RECEIVER,), "2026-11-01T09:30:00", "CEB621Message")


# ---- the envelope ----


def test_a_message_comes_out_of_its_envelope_as_it_went_in() -> None:
    content = write(import_list())
    envelope = DxpMsg(info=INFO, data=content, file="a.xml", card="1234567890123", keys=(("orderNo", "1 & 2"),))
    assert read_envelope(write_envelope(envelope)) == envelope
    assert unwrapped(write_envelope(envelope)) == content
    assert unwrapped(content) == content


def short(most: int, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(TEXT, min_size=least, max_size=most)


INFOS = st.builds(
    TransInfo,
    id=short(255),
    sender=short(16),
    receivers=st.lists(short(16), min_size=1, max_size=5).map(tuple),
    created=st.datetimes().map(lambda time: time.replace(microsecond=0).isoformat()),
    kind=short(30, 0),
)


@given(
    envelope=st.builds(
        DxpMsg,
        info=INFOS,
        data=st.binary(max_size=200),
        file=st.none() | short(255),
        card=st.none() | short(13),
        keys=st.lists(st.tuples(short(32), short(64)), max_size=5).map(tuple),
        encoding=st.none() | short(50, 0),
        map=st.none() | short(50, 0),
    )
)
def test_every_envelope_is_read_as_written(envelope: DxpMsg) -> None:
    assert read_envelope(write_envelope(envelope)) == envelope


RESULTS = st.builds(
    Result, receiver=short(16), code=short(9), info=st.none() | short(300, 0), note=st.none() | short(500, 0)
)
RESPONSES = st.builds(
    Response,
    code=short(9),
    original=INFOS,
    time=st.dates().map(lambda day: day.isoformat()),
    info=st.none() | short(300, 0),
    node=st.none() | short(8),
    note=st.none() | short(500, 0),
    results=st.lists(RESULTS, max_size=2).map(tuple),
)


@given(
    answer=st.builds(
        DxpRep,
        receiver=short(16),
        responses=st.lists(RESPONSES, min_size=1, max_size=2).map(tuple),
        node=st.none() | short(8),
    )
)
def test_every_answer_of_the_platform_is_read_as_written(answer: DxpRep) -> None:
    assert read_answer(write_answer(answer)) == answer


def test_the_spellings_and_the_order_of_the_envelope() -> None:
    content = write_envelope(DxpMsg(info=INFO, data=b"x")).decode()
    names = ("TransInfo", "CopMsgId", "SenderId", "ReceiverIds", "ReceiverId", "CreatTime", "MsgType", "Data")
    places = [content.index(f"<dxp:{name}>") for name in names]
    assert places == sorted(places)
    assert f'<dxp:DxpMsg xmlns:dxp="{NAMESPACE}" ver="1.0">' in content
    answer = write_answer(DxpRep("DXPENT0000000001", (Response(code="1001", original=INFO, time="2026-11-01"),)))
    assert b"<dxp:RecevierId>" in answer
    (response,) = read_answer(answer).responses
    assert response.failed
    assert not Response(code="0", original=INFO, time="2026-11-01").failed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b"dxp:Data>", b"dxp:Date>"), "element_missing"),
        ((b"<dxp:Data>eA==", b"<dxp:Data>e"), "not_base64"),
        ((b'ver="1.0"', b'ver="2.0"'), "fixed"),
        ((b"cn/dxp", b"cn/ceb"), "wrong_namespace"),
        ((b"DxpMsg", b"DxpMsgSv"), "element_unknown"),
        ((b"2026-11-01T09:30:00", b"20261101093000"), "form_time"),
        ((b"DXPENT0000000001", b"DXPENT00000000012"), "too_long"),
        ((b"<dxp:CopMsgId>M1", b"<dxp:CopMsgId>"), "empty"),
        ((b"</dxp:DxpMsg>", b"<dxp:More></dxp:More></dxp:DxpMsg>"), "element_unknown"),
    ],
)
def test_a_wrong_envelope_is_refused(change: tuple[bytes, bytes], code: str) -> None:
    content = write_envelope(DxpMsg(info=INFO, data=b"x"))
    changed = content.replace(*change)
    assert changed != content
    with pytest.raises(MessageError) as error:
        read_envelope(changed)
    assert error.value.code == code


def test_an_envelope_with_a_wrong_value_is_not_written() -> None:
    for info in (
        TransInfo("M1", "S", (), "2026-11-01T09:30:00", ""),
        TransInfo("M1", "S", ("R",) * 6, "2026-11-01T09:30:00", ""),
        TransInfo("M1", "S" * 17, ("R",), "2026-11-01T09:30:00", ""),
        TransInfo("M1", "S", ("R",), "yesterday", ""),
    ):
        with pytest.raises(MessageError):
            write_envelope(DxpMsg(info=info, data=b"x"))


# ---- every transport ----


@pytest.fixture(params=["memory", "folder"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    return MemoryTransport() if request.param == "memory" else Folder(tmp_path)


def test_a_message_that_is_sent_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    memory, folder = MemoryTransport(), Folder(tmp_path)
    for transport in (memory, folder):
        transport.send("de_1-list-1", b"<a>one signature</a>")
        transport.send("de_1-list-1", b"<a>another signature</a>")
    assert memory.sent == {"de_1-list-1": b"<a>another signature</a>"}
    assert [file.read_bytes() for file in (tmp_path / "send").iterdir()] == [b"<a>another signature</a>"]


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\0", "x" * 129, "清单"])
def test_a_name_that_is_not_safe_is_refused(transport: Transport, name: str) -> None:
    with pytest.raises(Refused, match="cannot be the name"):
        transport.send(name, b"<a/>")


# ---- folders ----


def put(folder: Path, name: str, content: bytes, age: float = 60.0) -> None:
    file = folder / "receive" / name
    file.write_bytes(content)
    os.utime(file, (time.time() - age,) * 2)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_sent_file_is_complete_and_nothing_else_is_left(tmp_path: Path) -> None:
    Folder(tmp_path).send("a", b"<a/>")
    assert names(tmp_path / "send") == ["a.xml"]
    assert (tmp_path / "send" / "a.xml").read_bytes() == b"<a/>"


def test_each_received_file_is_handled_once_the_oldest_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    put(tmp_path, "b.xml", write(list_receipt("120")), age=20)
    put(tmp_path, "a.xml", write(list_receipt("800")), age=10)
    put(tmp_path, "c.xml.tmp", b"half", age=60)
    put(tmp_path, ".d.xml", b"half", age=60)
    codes: list[str] = []

    def handle(received: Received) -> None:
        codes.extend(each.returnStatus for each in read(received.content).documents)  # type: ignore[union-attr]

    assert folder.receive(handle) == Tally(done=2)
    assert folder.receive(handle) == Tally()
    assert codes == ["120", "800"]
    assert names(tmp_path / "done") == ["a.xml", "b.xml"]
    assert names(tmp_path / "receive") == [".d.xml", "c.xml.tmp"]


def test_a_bad_file_is_refused_with_its_reason_and_the_others_are_handled(tmp_path: Path) -> None:
    folder = Folder(tmp_path, most_bytes=10_000)
    put(tmp_path, "a.xml", b"garbage")
    put(tmp_path, "b.xml", b"x" * 10_001)
    put(tmp_path, "c.xml", write(list_receipt()))
    (tmp_path / "receive" / "d.xml").symlink_to("/etc/passwd")
    assert folder.receive(lambda received: _ignore(read(received.content))) == Tally(done=1, refused=3)
    assert names(tmp_path / "receive") == []
    reasons = {
        file.name.removesuffix(".reason.json"): json.loads(file.read_bytes())["code"]
        for file in (tmp_path / "refused").glob("*.reason.json")
    }
    assert reasons == {"a.xml": "not_xml", "b.xml": "too_large", "d.xml": "not_a_file"}
    assert (tmp_path / "refused" / "a.xml").read_bytes() == b"garbage"


def test_a_receipt_that_does_not_follow_is_refused_with_its_code(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    put(tmp_path, "a.xml", b"1")

    def handle(_received: Received) -> None:
        raise NotAllowed("receipt_without_message", "de_1 has sent no list: customs answered one.")

    assert folder.receive(handle) == Tally(refused=1)
    reason = json.loads((tmp_path / "refused" / "a.xml.reason.json").read_bytes())
    assert reason == {"code": "receipt_without_message", "message": "de_1 has sent no list: customs answered one."}


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for content in (b"1", b"2"):
        put(tmp_path, "a.xml", content)
        folder.receive(_ignore)
    assert {file.read_bytes() for file in (tmp_path / "done").iterdir()} == {b"1", b"2"}


def test_a_file_stays_where_its_handling_failed(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    put(tmp_path, "a.xml", b"1", age=20)
    put(tmp_path, "b.xml", b"2", age=10)

    def handle(received: Received) -> None:
        if received.content == b"1":
            raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        folder.receive(handle)
    assert names(tmp_path / "receive") == ["a.xml"]
    assert names(tmp_path / "done") == ["b.xml"]
    assert folder.receive(_ignore) == Tally(done=1)


def test_a_file_that_another_process_has_moved_is_passed_over(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    put(tmp_path, "a.xml", b"1")
    assert folder.receive(lambda _received: (tmp_path / "receive" / "a.xml").unlink()) == Tally()


def test_a_young_file_is_left_where_files_are_written_in_place(tmp_path: Path) -> None:
    folder = Folder(tmp_path, settle=30)
    put(tmp_path, "a.xml", b"1", age=5)
    put(tmp_path, "b.xml", b"2", age=40)
    assert folder.receive(_ignore) == Tally(done=1, left=1)
    assert names(tmp_path / "receive") == ["a.xml"]


def _ignore(_value: object) -> None:
    pass


# ---- HTTP ----


class Platform(ThreadingHTTPServer):
    """A platform that answers as it is told; with `keep`, it keeps the connection open after the answer."""

    def __init__(self) -> None:
        self.status, self.headers, self.body, self.keep = 200, {"X": "y"}, b"<ok/>", False
        self.ended = threading.Event()
        self.asked: tuple[str, dict[str, str], bytes] = ("", {}, b"")
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    """Keeps the request and gives the answer."""

    server: Platform

    def do_POST(self) -> None:  # noqa: D102  # the standard library calls it
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = self.path, dict(self.headers), content
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)
        if self.server.keep:
            self.server.ended.wait(60)

    def log_message(self, *_: object) -> None:  # noqa: D102  # the standard library calls it
        pass


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Platform()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()


def http(platform: Platform, **more: float) -> Http:
    return Http(f"http://127.0.0.1:{platform.server_port}/ceb?x=1", headers={"Authorization": "Bearer k"}, **more)  # type: ignore[arg-type]


def test_a_message_is_posted_to_the_configured_address(platform: Platform) -> None:
    assert http(platform).send("de_1-list-1", b"<a/>") == b"<ok/>"
    path, headers, body = platform.asked
    assert (path, body) == ("/ceb?x=1", b"<a/>")
    assert headers["Idempotency-Key"] == "de_1-list-1"
    assert headers["Authorization"] == "Bearer k"


@pytest.mark.parametrize(
    ("status", "headers", "error", "after"),
    [
        (400, {}, Refused, 0.0),
        (401, {}, Refused, 0.0),
        (302, {"Location": "http://127.0.0.1:1/"}, Refused, 0.0),
        (503, {"Retry-After": "7"}, Later, 7.0),
        (429, {"Retry-After": "soon"}, Later, 0.0),
    ],
)
def test_an_answer_says_whether_to_try_again(
    platform: Platform, status: int, headers: dict[str, str], error: type[Exception], after: float
) -> None:
    platform.status, platform.headers = status, headers
    with pytest.raises(error, match=f"answered {status}") as raised:
        http(platform).send("a", b"<a/>")
    assert getattr(raised.value, "after", 0.0) == after


@pytest.mark.parametrize(("code", "error"), [("0", None), ("1001", Refused), ("0002", Refused), ("3003", Later)])
def test_an_error_code_of_the_exchange_platform_decides(
    platform: Platform, code: str, error: type[Exception] | None
) -> None:
    response = Response(code=code, original=INFO, time="2026-11-01", info="签名无效")
    platform.body = write_answer(DxpRep("DXPENT0000000001", (response,)))
    if error is None:
        assert http(platform).send("a", b"<a/>") == platform.body
    else:
        with pytest.raises(error, match=f"answered {code}: 签名无效"):
            http(platform).send("a", b"<a/>")


def test_an_answer_is_bounded_in_bytes_and_time(platform: Platform) -> None:
    platform.body = b"x" * 100
    with pytest.raises(Later, match="more than 99 bytes"):
        http(platform, most_bytes=99).send("a", b"<a/>")
    platform.keep = True
    with pytest.raises(Later, match="not within"):  # the platform never ends its answer
        http(platform, timeout=0.2).send("a", b"<a/>")


def test_a_platform_that_is_away_is_tried_again() -> None:
    with pytest.raises(Later, match="did not answer"):
        Http("http://127.0.0.1:1/").send("a", b"<a/>")


@pytest.mark.parametrize(
    "address",
    ["ftp://a/", "http://platform.example/", "https:///x", "https://user@a/", "https://a/#b", "https://a:x/", ""],
)
def test_only_an_encrypted_address_or_this_machine_is_taken(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each says what is wrong
        checked_address(address)


def test_the_addresses_of_this_machine_are_taken() -> None:
    taken: list[Callable[[], object]] = [
        lambda: checked_address("http://[::1]:8000/x"),
        lambda: Http("https://a.example"),
    ]
    assert all(each() for each in taken)
