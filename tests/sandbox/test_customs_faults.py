"""The sandbox customs office: messages that it cannot take, its switches, its transports, and its end."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("django", reason="the server is not installed")

from msgspec.structs import replace

from entrepot.connect.customs.cn import compose, write
from entrepot.connect.customs.cn.answers import MessageReturn
from sandbox_process import Receiver, Sandbox, run, until
from sandbox_trader import PARTIES, Trader, parcel, sending


@pytest.mark.parametrize(
    ("content", "code", "kind"),
    [
        (b"", "0001", "Unknown"),
        (b"\xff\xfe", "0001", "Unknown"),
        (b"<ceb:CEB621Message", "0001", "Unknown"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "0002", "Unknown"),
        (b'<CEB621Message xmlns="http://www.chinaport.gov.cn/ceb" guid="x" version="1.0"/>', "0002", "CEB621Message"),
        (b'<CEB312Message xmlns="http://www.chinaport.gov.cn/ceb"></CEB312Message>', "0002", "CEB312Message"),
        (b"<a>" * 10_000, "0002", "Unknown"),
    ],
)
def test_a_message_that_cannot_be_read_is_refused_with_its_content(
    trader: Trader, content: bytes, code: str, kind: str
) -> None:
    before = len([each for each in trader.heard if isinstance(each, MessageReturn)])
    assert trader.send(content, name="M-1").status_code == 202
    found = until(lambda: [each for each in trader.heard if isinstance(each, MessageReturn)][before:])
    assert (found[0].oriMessageType, found[0].returnStatus, found[0].oriCopMsgId) == (kind, code, "M-1")
    assert found[0].oriBizMessage[:20] == content[:20].decode("utf-8", "replace")


def test_an_element_that_the_schema_does_not_know_is_refused(trader: Trader) -> None:
    content = write(compose.order(parcel(), PARTIES, sending())).replace(b"<ceb:note>", b"")
    content = content.replace(
        b"<ceb:orderType>I</ceb:orderType>", b"<ceb:orderType>I</ceb:orderType><ceb:extra>1</ceb:extra>"
    )
    before = len([each for each in trader.heard if isinstance(each, MessageReturn)])
    trader.send(content)
    found = until(lambda: [each for each in trader.heard if isinstance(each, MessageReturn)][before:])
    assert found[0].returnStatus == "0002"


def test_a_wrong_value_is_refused_without_saying_it(trader: Trader) -> None:
    sent = parcel()
    content = write(compose.order(sent, PARTIES, sending())).replace(
        sent.buyer.identity.encode(), b"110105190001010000"
    )
    trader.send(content)
    assert trader.until_code(sent.order, "-301008") == ["-301008"]
    assert "110105190001010000" not in str(
        [each for each in trader.heard if getattr(each, "orderNo", "") == sent.order]
    )


def test_only_xml_of_a_bounded_size_is_taken(trader: Trader) -> None:
    assert trader.send(b"a=1", "application/x-www-form-urlencoded").status_code == 415
    assert trader.send(b" " * ((16 << 20) + 1)).status_code == 413
    assert trader.office.get("/messages").status_code == 405


def test_answers_come_twice_and_in_another_order_if_that_is_switched(trader: Trader) -> None:
    trader.office.switch(repeat=2, reorder=True)
    sent = parcel()
    trader.three(sent)
    until(lambda: len(trader.codes(sent.waybill)) == 6)
    trader.office.until_all_is_sent()  # of the order and the payment too
    trader.office.switch(repeat=1, reorder=False)
    came = [each.returnStatus for each in trader.heard if getattr(each, "logisticsNo", "") == sent.waybill]
    assert sorted(came) == ["120", "120", "2", "2", "3", "3"]


def test_garbage_comes_before_an_answer_if_that_is_switched(trader: Trader) -> None:
    trader.office.switch(garbage=True)
    sent = parcel()
    before = len(trader.inbox.received)
    trader.give(compose.order(sent, PARTIES, sending()))
    until(lambda: len(trader.inbox.received) == before + 6)
    whole = [body.rstrip().endswith(b"Message>") for _, body in trader.inbox.received[before:]]
    del trader.inbox.received[before:]
    assert whole == [False, True] * 3


def test_an_office_that_is_absent_or_wrong_takes_nothing(trader: Trader) -> None:
    sent = parcel()
    content = write(compose.order(sent, PARTIES, sending()))
    trader.office.switch(absent=True)
    assert trader.send(content).status_code == 503
    trader.office.switch(absent=False, wrong=True)
    wrong = trader.send(content)
    assert (wrong.status_code, wrong.content[:2]) == (200, b"\x00\x01")
    trader.office.switch(wrong=False)
    assert trader.codes(sent.order) == []
    trader.send(content)
    assert trader.until_code(sent.order, "120") == ["2", "3", "120"]


def test_an_answer_is_sent_until_it_is_acknowledged(trader: Trader) -> None:
    trader.inbox.answers[:] = [500, 429, 503]
    sent = parcel()
    trader.give(compose.order(sent, PARTIES, sending()))
    assert trader.until_code(sent.order, "120") == ["2", "3", "120"]


def test_an_answer_that_is_refused_does_not_hold_up_the_others(trader: Trader) -> None:
    trader.inbox.answers[:] = [422]
    sent, before = parcel(), len(trader.inbox.received)
    trader.give(compose.order(sent, PARTIES, sending()))
    until(lambda: len(trader.inbox.received) == before + 3)
    came = [each.returnStatus for each in trader.heard if getattr(each, "orderNo", "") == sent.order]
    assert came == ["3", "120", "2"]


def test_every_answer_over_http_says_that_it_is_a_sandbox(trader: Trader) -> None:
    says = "sandbox: nothing released here is released by China Customs"
    for path in ("/health", "/officer/sign-in", "/nowhere", "/control/lists", "/style.css"):
        assert trader.office.get(path).headers["Entrepot-Sandbox"] == says
    assert trader.office.get("/control/lists?limit=1").json()["has_more"] in (True, False)


def test_control_needs_the_token(office: Sandbox) -> None:
    import httpx

    for path in ("switches", "lists", "lists/1", "applications", "applications/1", "account", "calendar"):
        assert httpx.get(f"{office.url}/control/{path}", timeout=120).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert httpx.post(f"{office.url}/control/{path}", json={}, headers=wrong, timeout=120).status_code == 401
    assert office.get("/control/lists/1").json()["error"]["code"] == "not_found"


@pytest.mark.long
def test_a_killed_office_keeps_what_it_said(tmp_path: Path, inbox: Receiver) -> None:
    options = ("--delay", "0", "--retry", "0.05", "--send-to", inbox.url)
    held, released = parcel(), parcel()
    with run("customs", tmp_path, *options) as first:
        trader = Trader(first, inbox)
        first.switch(by_order={held.order: "inspect"}, day="2026-03-02")
        trader.declare(held, "500")
        trader.declare(released, "800")
        content = write(compose.order(released, PARTIES, sending()))
        inbox.answers[:] = [500] * 1000
        trader.send(content)  # its answer is not acknowledged before the end
        first.kill()
    inbox.answers.clear()
    with run("customs", tmp_path, *options) as again:
        trader = Trader(again, inbox)
        assert trader.until_code(released.order, "-301010")[-1] == "-301010"
        assert "password" not in again.start
        assert trader.decide(released, "release").status_code == 409
        assert trader.decide(held, "release").json()["state"] == "800"
        assert trader.until_code(held.own, "800")[3:] == ["500", "399", "800"]
        assert (trader.used(held), trader.used(released)) == (11_100, 11_100)
        # A message that cannot be read goes back with its identity number, which is not kept.
        unreadable = write(compose.order(held, PARTIES, sending())).replace(b"<ceb:orderType>", b"<ceb:wrong>")
        trader.send(unreadable)
        until(lambda: any(held.buyer.identity in getattr(each, "oriBizMessage", "") for each in trader.heard))
        assert again.stop() == 0
    stored = b"".join(each.read_bytes() for each in tmp_path.iterdir() if each.is_file())
    assert held.own.encode() in stored
    for secret in (held.buyer.identity, released.buyer.identity):
        assert secret.encode() not in stored


def test_messages_come_and_go_through_folders(tmp_path: Path) -> None:
    from entrepot.connect.customs.cn.transport import Folder

    mail = Folder(tmp_path / "mail")
    options = ("--inbox", str(tmp_path / "mail" / "send"), "--send-to", str(tmp_path / "mail" / "receive"))
    sent, codes = parcel(), []
    with run("customs", tmp_path / "office", "--delay", "0", *options):
        mail.send("order", write(compose.order(sent, PARTIES, sending())))
        mail.send("bad", b"<a")

        def came() -> bool:
            mail.receive(lambda file: codes.append(file.name[:6]))
            return len(codes) == 4

        until(came)
    assert sorted(codes) == ["CEB312", "CEB312", "CEB312", "CEB900"]
    assert not list((tmp_path / "mail" / "send").iterdir())


def test_a_message_in_an_envelope_is_answered_in_envelopes(trader: Trader) -> None:
    from entrepot.connect.customs.cn.dxp import DxpMsg, TransInfo, read_answer, read_envelope, write_envelope

    sent = parcel()
    parties = replace(PARTIES, transmitter=replace(PARTIES.transmitter, code="330198E001"))
    content = write(compose.order(sent, parties, sending()))
    info = TransInfo("A1", "DXPENT0000000009", ("DXPEDCCEB0000002",), "2026-11-26T12:00:00", "CEB311Message")
    before = len(trader.inbox.received)
    answer = trader.send(write_envelope(DxpMsg(info=info, data=content)))
    assert read_answer(answer.content).responses[0].failed is False
    until(lambda: len(trader.inbox.received) == before + 3)
    bodies = [read_envelope(body) for _, body in trader.inbox.received[before:]]
    del trader.inbox.received[before:]
    assert {each.info.receivers for each in bodies} == {("DXPENT0000000009",)}
    assert {each.info.kind for each in bodies} == {"CEB312Message"}
