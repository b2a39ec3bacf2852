"""The payment data that China's customs asks a platform for, signed and read again."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from china_messages import GUID
from entrepot.connect.customs.cn import MessageError
from entrepot.connect.customs.cn.payment_data import (
    DataRequest,
    Goods,
    Head,
    PaidOrder,
    Recipient,
    read_request,
    read_response,
    read_result,
    string_to_sign,
    write_acknowledgement,
    write_response,
)
from entrepot.connect.customs.cn.signers import Signer, make_rsa_signer, make_sm2_signer

SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
REQUEST = DataRequest("ord201800002", "fe2374-8fnejf97-32839218", 1533271903898)
HEAD = Head(
    guid=GUID,
    initalRequest='https://payments.example/pay?amount=88.08&goods="coffee"',
    initalResponse='{"code":"10000","trade_no":"2013112011001004330000121536"}',
    ebpCode="44069679AS",
    payCode="4403160BUF",
    payTransactionId="201808010XTOO180881108351",
    totalAmount=Decimal("88.08"),
    currency="142",
    verDept="3",
    payType="1",
    tradingTime="20180705133320",
)
ORDER = PaidOrder(
    "ord201800002",
    (Goods(gname="咖啡", itemLink="https://shop.example/1;https://shop.example/2"),),
    Recipient(recpAccount="6217850100007893905", recpCode="1105910159", recpName="东方物通平台"),
)
NUMBER = "1691fe9"


@pytest.fixture(scope="module", params=[make_rsa_signer, make_sm2_signer])
def signer(request: pytest.FixtureRequest) -> Signer:
    made: tuple[Signer, bytes] = request.param("东方物通平台", int(NUMBER, 16), since=SINCE)
    return made[0]


def response(signer: Signer, *orders: PaidOrder, **changes: Any) -> bytes:
    return write_response(
        REQUEST, replace(HEAD, **changes), orders or (ORDER,), service_time=1533282603450, signer=signer
    )


def test_the_request_of_the_announcement_is_read() -> None:
    # The example in section 1.6.1.2 of annex 3.
    text = (
        '{\n\t"orderNo":"ord201800002",\n\t"sessionID": "fe2374-8fnejf97-32839218",\n\t"serviceTime":1533271903898\n}'
    )
    assert read_request(urlencode({"openReq": text}).encode()) == REQUEST


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "form_field"),
        (b"openReq", "not_a_form"),
        (b"a=1", "form_field"),
        (b"openReq=1&openReq=2", "form_field"),
        (b"openReq=%7B", "not_json"),
        (b"openReq=" + quote('{"orderNo":5,"sessionID":"s","serviceTime":1}').encode(), "not_json"),
        (b"openReq=" + quote('{"orderNo":"","sessionID":"s","serviceTime":1}').encode(), "request_value"),
        (b"openReq=" + quote('{"orderNo":"a\\nb","sessionID":"s","serviceTime":1}').encode(), "request_value"),
        (
            b"openReq=" + quote('{"orderNo":"a","sessionID":"' + "s" * 61 + '","serviceTime":1}').encode(),
            "request_value",
        ),
        (b"openReq=" + b"x" * 2**20, "too_large"),
        (b"openReq=" + b"[" * 10_000, "not_json"),
    ],
)
def test_a_wrong_request_is_an_error_with_a_code(body: bytes, code: str) -> None:
    with pytest.raises(MessageError) as error:
        read_request(body)
    assert error.value.code == code


def test_the_immediate_answer_has_the_code_of_the_announcement() -> None:
    assert json.loads(write_acknowledgement(5)) == {"code": "10000", "message": "", "serviceTime": 5}
    assert json.loads(write_acknowledgement(5, "订单不存在"))["code"] == "20000"


def test_the_string_to_sign_joins_the_members_of_the_first_level() -> None:
    # As others publish it: section 1.4 of annex 3 joins them by || and shows no escaping inside the quotes.
    assert string_to_sign("fe2374", '{"guid":"G","totalAmount":88.08}', '[{"orderNo":"1"}]', 1553047681) == (
        '"sessionID":"fe2374"||"payExchangeInfoHead":"{"guid":"G","totalAmount":88.08}"'
        '||"payExchangeInfoLists":"[{"orderNo":"1"}]"||"serviceTime":"1553047681"'
    )


def test_the_response_is_verified_and_has_the_members_in_their_order(signer: Signer) -> None:
    body = response(signer)
    found = read_response(body, {"01691fe9": signer.certificate})
    assert found.session == REQUEST.session
    assert found.head["initalRequest"] == HEAD.initalRequest
    assert found.orders[0]["goodsInfo"] == [
        {"gname": "咖啡", "itemLink": "https://shop.example/1;https://shop.example/2"}
    ]
    (text,) = parse_qs(body.decode())["payExInfoStr"]
    members = json.loads(text)
    assert list(members) == [
        "sessionID",
        "payExchangeInfoHead",
        "payExchangeInfoLists",
        "serviceTime",
        "certNo",
        "signValue",
    ]
    assert list(members["payExchangeInfoHead"]) == [name for name in Head.__struct_fields__ if name != "note"]
    assert list(members["payExchangeInfoLists"][0]) == ["orderNo", "goodsInfo", "recpAccount", "recpCode", "recpName"]
    assert members["payExchangeInfoHead"]["totalAmount"] == 88.08


def test_a_changed_response_or_an_unknown_certificate_is_refused(signer: Signer) -> None:
    known = {"01691fe9": signer.certificate}
    body = response(signer)
    for changed, certificates, code in (
        (body.replace(b"88.08%2C%22currency", b"88.09%2C%22currency"), known, "sig_wrong"),
        (body.replace(b"fe2374-8", b"fe2374-9"), known, "sig_wrong"),
        (body, {}, "sig_certificate"),
        (body.replace(b"signValue%22%3A%22", b"signValue%22%3A%22%2A"), known, "sig_base64"),
        (body.replace(b"%22certNo%22", b"%22certNr%22"), known, "not_json"),
    ):
        assert changed != body or not certificates
        with pytest.raises(MessageError) as error:
            read_response(changed, certificates)
        assert error.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"initalRequest": "x" * 8001}, "too_long"),
        ({"verDept": "4"}, "code"),
        ({"payType": "5"}, "code"),
        ({"tradingTime": "1551634298"}, "wrong_length"),
        ({"totalAmount": Decimal("0.000001")}, "too_many_digits"),
        ({"payTransactionId": None}, "missing"),
    ],
)
def test_a_wrong_value_is_not_sent(changes: dict[str, Any], code: str) -> None:
    signer, _ = make_rsa_signer("x", 1, since=SINCE)
    with pytest.raises(MessageError) as error:
        response(signer, **changes)
    assert error.value.code == code


def test_every_order_of_the_payment_has_goods_and_a_recipient() -> None:
    signer, _ = make_rsa_signer("x", 1, since=SINCE)
    for order, code in (
        (replace(ORDER, goods=()), "too_few"),
        (replace(ORDER, order="x" * 61), "request_value"),
        (replace(ORDER, recipient=replace(ORDER.recipient, recpName="")), "empty"),
    ):
        with pytest.raises(MessageError) as error:
            response(signer, order)
        assert error.value.code == code
    with pytest.raises(MessageError):
        write_response(REQUEST, HEAD, (), service_time=1, signer=signer)


def test_the_result_says_whether_customs_took_the_data() -> None:
    # The examples of section 1.3.1 of annex 3.
    accepted = read_result('{"code":"10000","message":"上传成功","total":0,"serviceTime":1542337661665}'.encode())
    failed = read_result('{"code":"20000","message":"上传失败","total":0,"serviceTime":1542338687081}'.encode())
    assert (accepted.accepted, failed.accepted, failed.message) == (True, False, "上传失败")
    with pytest.raises(MessageError):
        read_result(b"<html>")


SIGNER, _ = make_rsa_signer("x", 1, since=SINCE)


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=50))
def test_any_text_is_read_as_it_was_sent(text: str) -> None:
    if text.isspace():
        return
    body = response(SIGNER, initalResponse=text)
    assert read_response(body, {"00000001": SIGNER.certificate}).head["initalResponse"] == text
