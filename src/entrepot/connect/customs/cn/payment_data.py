"""The payment data that a platform gives to customs on request: GACC announcements 2018 No. 165 and No. 179.

    1. Customs asks for one order: a POST to the platform with the form field `openReq`       read_request
    2. The platform answers at once                                                           write_acknowledgement
    3. The platform sends the raw payment data, signed: the form field `payExInfoStr`         write_response
    4. Customs answers with a code                                                            read_result

`initalRequest`, `initalResponse` and `payExchangeInfoLists` are spelled so in the example of the announcement and in
practice; its table has `payExchangeInfoList`. The data are raw and are kept for at least three years.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, NoReturn, TypeVar
from urllib.parse import parse_qs, urlencode

import msgspec
from msgspec import Struct

from entrepot.connect.customs.cn import der
from entrepot.connect.customs.cn.checks import faults_of
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.fields import C18, C60, C100, C250, C1000, N19, Record, Seconds, Text
from entrepot.connect.customs.cn.signers import Signer, is_signed
from entrepot.connect.customs.cn.writer import number_text

T = TypeVar("T")
#: Bytes of a request or a result that are read.
MOST_BYTES = 1 << 20
#: The result codes: accepted, and failed; 20001 to 21000 are exceptions.
ACCEPTED, FAILED = "10000", "20000"
_NAME = "payExInfoStr"


class DataRequest(Struct, frozen=True):
    """What customs asks for. `service_time`: milliseconds since 1970."""

    order: str = msgspec.field(name="orderNo")
    session: str = msgspec.field(name="sessionID")
    service_time: int = msgspec.field(name="serviceTime")


class Head(Record, frozen=True, kw_only=True):
    """The payment. `initalRequest` and `initalResponse`: exactly what was sent to the payment company and back."""

    guid: Annotated[str, Text(36)]
    initalRequest: Annotated[str, Text(8000)]
    initalResponse: Annotated[str, Text(8000)]
    ebpCode: C18
    payCode: C18
    payTransactionId: C60
    totalAmount: N19
    currency: Annotated[str, Text(4)]
    verDept: Annotated[str, Text(1, 1, codes="verDept")]
    payType: Annotated[str, Text(1, codes="payType")] | None = None
    tradingTime: Seconds
    note: C1000 | None = None


class Goods(Record, frozen=True, kw_only=True):
    """Goods of an order. `itemLink`: the addresses of the pages where they are shown, joined by semicolons."""

    gname: C250
    itemLink: Annotated[str, Text(3000)]


class Recipient(Record, frozen=True, kw_only=True):
    """Who receives the money of an order. `recpCode`: not needed for a foreign company."""

    recpAccount: C60
    recpCode: C18 | None = None
    recpName: C100


class PaidOrder(Struct, frozen=True):
    """An order that the payment paid. All orders of one payment are given."""

    order: str
    goods: tuple[Goods, ...]
    recipient: Recipient


class Result(Struct, frozen=True):
    """The answer of customs to the data. `accepted`: whether it took them."""

    code: str
    message: str = ""
    total: int = 0
    service_time: int = msgspec.field(name="serviceTime", default=0)

    @property
    def accepted(self) -> bool:
        """Whether customs took the data."""
        return self.code == ACCEPTED


def _fail(code: str, element: str, **values: object) -> NoReturn:
    raise MessageError((Fault(code, _NAME, element, values),))


def read_request(body: bytes, *, most_bytes: int = MOST_BYTES) -> DataRequest:
    """The request of customs, from the body of its POST. Raises MessageError.

    >>> read_request(b"openReq=%7B%22orderNo%22:%22o1%22,%22sessionID%22:%22s1%22,%22serviceTime%22:15%7D").order
    'o1'
    """
    found = _decoded(_form_field(body, "openReq", most_bytes), DataRequest, "openReq")
    for name, value in (("orderNo", found.order), ("sessionID", found.session)):
        if not 1 <= len(value) <= 60 or not value.isprintable():
            _fail("request_value", f"openReq/{name}", most=60)
    return found


def write_acknowledgement(service_time: int, problem: str = "") -> bytes:
    """The immediate answer to a request: accepted, or what the problem is."""
    answer = {"code": FAILED if problem else ACCEPTED, "message": problem, "serviceTime": service_time}
    return json.dumps(answer, ensure_ascii=False).encode()


def write_response(
    request: DataRequest, head: Head, orders: Sequence[PaidOrder], *, service_time: int, signer: Signer
) -> bytes:
    """The body of the POST with the payment data, signed. Raises MessageError with every fault of the values."""
    if faults := _faults(head, orders):
        raise MessageError(faults)
    head_text, orders_text = _object(head), f"[{','.join(map(_order, orders))}]"
    signed = signer.sign(string_to_sign(request.session, head_text, orders_text, service_time).encode())
    certificate = der.read_certificate(signer.certificate)
    text = (
        f'{{"sessionID":{_quoted(request.session)},"payExchangeInfoHead":{head_text},'
        f'"payExchangeInfoLists":{orders_text},"serviceTime":{service_time},'
        f'"certNo":"{certificate.number}","signValue":"{base64.b64encode(signed).decode()}"}}'
    )
    return urlencode({_NAME: text}).encode()


def string_to_sign(session: str, head: str, orders: str, service_time: int) -> str:
    """What is signed: the members of the first level joined by `||`; head and orders are JSON inside plain quotes.

    >>> string_to_sign("s1", '{"guid":"g"}', "[]", 5)
    '"sessionID":"s1"||"payExchangeInfoHead":"{"guid":"g"}"||"payExchangeInfoLists":"[]"||"serviceTime":"5"'
    """
    members = (("sessionID", session), ("payExchangeInfoHead", head), ("payExchangeInfoLists", orders))
    return "||".join(f'"{name}":"{value}"' for name, value in (*members, ("serviceTime", str(service_time))))


def read_result(body: bytes) -> Result:
    """The answer of customs to the data. Raises MessageError."""
    if len(body) > MOST_BYTES:
        raise MessageError((Fault("too_large", values={"size": len(body), "most": MOST_BYTES}),))
    return _decoded(body, Result, "result")


class Response(Struct, frozen=True):
    """The payment data as customs reads them: JSON values, and the number of the certificate that signed them."""

    session: str
    head: Mapping[str, Any]
    orders: tuple[Mapping[str, Any], ...]
    service_time: int
    certificate: str


class _Signed(Struct, frozen=True, forbid_unknown_fields=True):
    session: str = msgspec.field(name="sessionID")
    head: msgspec.Raw = msgspec.field(name="payExchangeInfoHead")
    orders: msgspec.Raw = msgspec.field(name="payExchangeInfoLists")
    service_time: int = msgspec.field(name="serviceTime")
    certificate: str = msgspec.field(name="certNo")
    signature: str = msgspec.field(name="signValue")


def read_response(body: bytes, certificates: Mapping[str, bytes], *, most_bytes: int = MOST_BYTES) -> Response:
    """The payment data in the body of a POST, after its signature was verified: for a customs office, as in a sandbox.

    `certificates`: those that are known, as DER, by their number. Raises MessageError.
    """
    found = _decoded(_form_field(body, _NAME, most_bytes), _Signed, _NAME)
    known = certificates.get(found.certificate)
    if known is None:
        _fail("sig_certificate", "certNo", number=found.certificate[:64])
    text = string_to_sign(found.session, _text(found.head), _text(found.orders), found.service_time)
    try:
        signature = base64.b64decode(found.signature, validate=True)
    except (binascii.Error, ValueError):
        _fail("sig_base64", "signValue", name="signValue")
    if not is_signed(der.read_certificate(known), text.encode(), signature):
        _fail("sig_wrong", "signValue", number=found.certificate)
    head = _decoded(bytes(found.head), dict[str, Any], "payExchangeInfoHead")
    orders = _decoded(bytes(found.orders), tuple[dict[str, Any], ...], "payExchangeInfoLists")
    return Response(found.session, head, orders, found.service_time, found.certificate)


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


def _form_field(body: bytes, name: str, most_bytes: int) -> bytes:
    if len(body) > most_bytes:
        raise MessageError((Fault("too_large", values={"size": len(body), "most": most_bytes}),))
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20).get(name, [])
    except (UnicodeDecodeError, ValueError) as error:
        _fail("not_a_form", name, reason=str(error))
    if len(found) != 1:
        _fail("form_field", name, count=len(found))
    return found[0].encode(errors="replace")


def _decoded(content: bytes, kind: type[T], element: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        _fail("not_json", element, reason=str(error))


def _faults(head: Head, orders: Sequence[PaidOrder]) -> list[Fault]:
    found = list(faults_of(head, Head, _NAME, "payExchangeInfoHead"))
    if not orders:
        found.append(Fault("too_few", _NAME, "payExchangeInfoLists", {"count": 0, "least": 1}))
    for place, order in enumerate(orders):
        path = f"payExchangeInfoLists[{place}]"
        if not 1 <= len(order.order) <= 60:
            found.append(Fault("request_value", _NAME, f"{path}/orderNo", {"most": 60}))
        if not order.goods:
            found.append(Fault("too_few", _NAME, f"{path}/goodsInfo", {"count": 0, "least": 1}))
        for line, goods in enumerate(order.goods):
            found += faults_of(goods, Goods, _NAME, f"{path}/goodsInfo[{line}]")
        found += faults_of(order.recipient, Recipient, _NAME, path)
    return found


def _order(order: PaidOrder) -> str:
    goods = ",".join(map(_object, order.goods))
    recipient = _object(order.recipient)[1:]
    return f'{{"orderNo":{_quoted(order.order)},"goodsInfo":[{goods}],{recipient}'


def _object(record: Record) -> str:
    members = ((name, getattr(record, name)) for name in record.__struct_fields__)
    return f"{{{','.join(f'{_quoted(name)}:{_value(value)}' for name, value in members if value is not None)}}}"


def _value(value: str | Decimal) -> str:
    return number_text(value) if isinstance(value, Decimal) else _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
