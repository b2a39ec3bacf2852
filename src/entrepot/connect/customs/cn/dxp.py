"""The transport envelope of the exchange platform: `DxpMsg` around a message, `DxpRep` as the platform's answer.

A company with its own software sends its signed message inside a `DxpMsg`; one that uses the client program of China
E-Port sends the message alone. The spellings `CreatTime` and `RecevierId` are those of the specification.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import NoReturn

from msgspec import Struct

from entrepot.connect.customs.cn.codes import rows
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.messages import SIGNATURE_NAMESPACE
from entrepot.connect.customs.cn.xml_tree import MOST_BYTES, Node, escaped, parse, quoted

NAMESPACE = "http://www.chinaport.gov.cn/dxp"
VERSION = "1.0"
#: The mailbox of China's customs for import messages, as others publish it; the specification does not name it.
IMPORT_RECEIVER = "DXPEDCCEB0000002"
MOST_RECEIVERS = MOST_KEYS = 5
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_SPACE = " \t\n\r"


class TransInfo(Struct, frozen=True):
    """Who sends what to whom. `created`: `2026-11-01T09:30:00`; `kind`: such as `CEB621Message`."""

    id: str
    sender: str
    receivers: tuple[str, ...]
    created: str
    kind: str


class DxpMsg(Struct, frozen=True, kw_only=True):
    """An envelope. `data`: the message; `keys`: names and values of the business; `encoding`: of a text."""

    info: TransInfo
    data: bytes
    file: str | None = None
    card: str | None = None
    keys: tuple[tuple[str, str], ...] = ()
    encoding: str | None = None
    map: str | None = None


class Result(Struct, frozen=True):
    """The result for one receiver."""

    receiver: str
    code: str
    info: str | None = None
    note: str | None = None


class Response(Struct, frozen=True, kw_only=True):
    """The answer to one envelope. `code`: see `error_codes`; `original`: its information."""

    code: str
    original: TransInfo
    time: str
    info: str | None = None
    node: str | None = None
    note: str | None = None
    results: tuple[Result, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the code is an error of the platform."""
        return any(row["code"] == self.code for row in rows("errors.csv") if row["level"] == "exchange")


class DxpRep(Struct, frozen=True):
    """The platform's answer."""

    receiver: str
    responses: tuple[Response, ...]
    node: str | None = None


def _fail(code: str, element: str, **values: object) -> NoReturn:
    raise MessageError((Fault(code, "DxpMsg", element, values),))


# ---- write ----


def write_envelope(envelope: DxpMsg) -> bytes:
    """The XML of an envelope, without a signature. Raises MessageError."""
    if not 1 <= len(envelope.info.receivers) <= MOST_RECEIVERS:
        _fail("too_many", "ReceiverId", count=len(envelope.info.receivers), most=MOST_RECEIVERS)
    if len(envelope.keys) > MOST_KEYS:
        _fail("too_many", "Key", count=len(envelope.keys), most=MOST_KEYS)
    data = base64.b64encode(envelope.data).decode()
    more = _additional(envelope)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<dxp:DxpMsg xmlns:dxp="{NAMESPACE}" ver="{VERSION}">'
        f"<dxp:TransInfo>{_trans_info(envelope.info)}</dxp:TransInfo><dxp:Data>{data}</dxp:Data>{more}</dxp:DxpMsg>"
    ).encode()


def _trans_info(info: TransInfo) -> str:
    receivers = "".join(_element("ReceiverId", each, 1, 16) for each in info.receivers)
    if not _TIME.fullmatch(info.created):
        _fail("form_time", "CreatTime", value=info.created)
    return (
        f"{_element('CopMsgId', info.id, 1, 255)}{_element('SenderId', info.sender, 1, 16)}"
        f"<dxp:ReceiverIds>{receivers}</dxp:ReceiverIds>{_element('CreatTime', info.created, 1, 40)}"
        f"{_element('MsgType', info.kind, 0, 30)}"
    )


def _additional(envelope: DxpMsg) -> str:
    parts = []
    if envelope.file is not None:
        parts.append(_element("FileName", envelope.file, 1, 255))
    if envelope.card is not None:
        parts.append(_element("IcCard", envelope.card, 1, 13))
    if envelope.keys:
        keys = "".join(
            f"<dxp:Key name={quoted(_checked('name', name, 1, 32))}>{escaped(_checked('Key', value, 1, 64))}</dxp:Key>"
            for name, value in envelope.keys
        )
        parts.append(f"<dxp:BizKey>{keys}</dxp:BizKey>")
    if envelope.encoding is not None:
        parts.append(f"<dxp:IsText Encode={quoted(_checked('Encode', envelope.encoding, 0, 50))}></dxp:IsText>")
    if envelope.map is not None:
        parts.append(_element("RecMapId", envelope.map, 0, 255))
    return f"<dxp:AddInfo>{''.join(parts)}</dxp:AddInfo>" if parts else ""


def _element(name: str, text: str, least: int, most: int) -> str:
    return f"<dxp:{name}>{escaped(_checked(name, text, least, most))}</dxp:{name}>"


def _checked(name: str, text: str, least: int, most: int) -> str:
    if len(text) < least:
        _fail("empty", name)
    if len(text) > most:
        _fail("too_long", name, value=text, length=len(text), most=most)
    return text


def write_answer(answer: DxpRep) -> bytes:
    """The XML of a platform's answer, without a signature: for a platform, such as a sandbox. Raises MessageError."""
    node = _element("AdNodeId", answer.node, 1, 8) if answer.node is not None else ""
    if not answer.responses:
        _fail("too_few", "Response", count=0, least=1)
    receiver, responses = _element("RecevierId", answer.receiver, 1, 16), "".join(map(_response, answer.responses))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<dxp:DxpRep xmlns:dxp="{NAMESPACE}" ver="{VERSION}">'
        f"{receiver}{node}{responses}</dxp:DxpRep>"
    ).encode()


def _response(response: Response) -> str:
    results = "".join(
        f"<dxp:Result>{_element('RecId', each.receiver, 1, 16)}{_element('Code', each.code, 1, 9)}"
        f"{_optional('Info', each.info, 300)}{_optional('Note', each.note, 500)}</dxp:Result>"
        for each in response.results
    )
    node = _element("NodeId", response.node, 1, 8) if response.node is not None else ""
    return (
        f"<dxp:Response>{node}{_element('ResponseCode', response.code, 1, 9)}"
        f"{_optional('ResponseInfo', response.info, 300)}{f'<dxp:Results>{results}</dxp:Results>' if results else ''}"
        f"{_element('NoticeTime', response.time, 10, 10)}{_optional('Note', response.note, 500)}"
        f"<dxp:OriHead>{_trans_info(response.original)}</dxp:OriHead></dxp:Response>"
    )


def _optional(name: str, text: str | None, most: int) -> str:
    return "" if text is None else _element(name, text, 0, most)


# ---- read ----


class _Parts:
    """The child elements of an element, taken in order."""

    def __init__(self, node: Node) -> None:
        self._node, self._next = node, 0
        self._children = node.elements()
        if node.text().strip(_SPACE):
            _fail("text_between", node.name, value=node.text().strip(_SPACE)[:80])

    def many(self, name: str, least: int, most: int | None = None, namespace: str = NAMESPACE) -> list[Node]:
        found: list[Node] = []
        while self._next < len(self._children):
            child = self._children[self._next]
            if (child.namespace, child.name) != (namespace, name) or len(found) == most:
                break
            found.append(child)
            self._next += 1
        if len(found) < least:
            _fail("element_missing", f"{self._node.name}/{name}")
        return found

    def one(self, name: str) -> Node:
        return self.many(name, 1, 1)[0]

    def text(self, name: str, least: int, most: int) -> str:
        return _text(self.one(name), least, most)

    def optional(self, name: str, least: int, most: int) -> str | None:
        found = self.many(name, 0, 1)
        return _text(found[0], least, most) if found else None

    def end(self) -> None:
        self.many("Signature", 0, 1, SIGNATURE_NAMESPACE)
        if self._next < len(self._children):
            _fail("element_unknown", f"{self._node.name}/{self._children[self._next].name}")


def _text(node: Node, least: int, most: int) -> str:
    if node.elements():
        _fail("element_in_text", node.name)
    return _checked(node.name, node.text(), least, most)


def _read(content: bytes, name: str, most_bytes: int) -> _Parts:
    root = parse(content, most_bytes=most_bytes)
    if root.namespace != NAMESPACE:
        _fail("wrong_namespace", name, value=root.namespace, allowed=NAMESPACE)
    if root.name != name:
        _fail("element_unknown", root.name)
    if root.attributes.get("ver") != VERSION:
        _fail("fixed", "@ver", value=root.attributes.get("ver", ""), allowed=VERSION)
    return _Parts(root)


def read_envelope(content: bytes, *, most_bytes: int = MOST_BYTES) -> DxpMsg:
    """The envelope of an XML document. Raises MessageError."""
    parts = _read(content, "DxpMsg", most_bytes)
    info = _read_info(parts.one("TransInfo"))
    data = _decoded(parts.one("Data"))
    added = parts.many("AddInfo", 0, 1)
    parts.end()
    if not added:
        return DxpMsg(info=info, data=data)
    more = _Parts(added[0])
    file, card = more.optional("FileName", 1, 255), more.optional("IcCard", 1, 13)
    keys: list[tuple[str, str]] = []
    for holder in more.many("BizKey", 0, 1):
        inside = _Parts(holder)
        keys = [(each.attributes.get("name", ""), _text(each, 1, 64)) for each in inside.many("Key", 1, MOST_KEYS)]
        inside.end()
    encodings = [each.attributes.get("Encode", "") for each in more.many("IsText", 0, 1)]
    mapped = more.optional("RecMapId", 0, 255)
    more.end()
    encoding = encodings[0] if encodings else None
    return DxpMsg(info=info, data=data, file=file, card=card, keys=tuple(keys), encoding=encoding, map=mapped)


def _decoded(node: Node) -> bytes:
    text = "".join(_text(node, 0, MOST_BYTES * 2).split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        _fail("not_base64", node.name, reason=str(error))


def _read_info(node: Node) -> TransInfo:
    parts = _Parts(node)
    number, sender = parts.text("CopMsgId", 1, 255), parts.text("SenderId", 1, 16)
    inside = _Parts(parts.one("ReceiverIds"))
    receivers = tuple(_text(each, 1, 16) for each in inside.many("ReceiverId", 1, MOST_RECEIVERS))
    inside.end()
    created = parts.text("CreatTime", 1, 40).strip(_SPACE)
    if not _TIME.fullmatch(created):
        _fail("form_time", "CreatTime", value=created)
    kind = parts.text("MsgType", 0, 30)
    parts.end()
    return TransInfo(number, sender, receivers, created, kind)


def read_answer(content: bytes, *, most_bytes: int = MOST_BYTES) -> DxpRep:
    """The platform's answer in an XML document. Raises MessageError."""
    parts = _read(content, "DxpRep", most_bytes)
    receiver, node = parts.text("RecevierId", 1, 16), parts.optional("AdNodeId", 1, 8)
    responses = tuple(map(_read_response, parts.many("Response", 1)))
    parts.end()
    return DxpRep(receiver, responses, node)


def _read_response(node: Node) -> Response:
    parts = _Parts(node)
    where = parts.optional("NodeId", 1, 8)
    code, info = parts.text("ResponseCode", 1, 9), parts.optional("ResponseInfo", 0, 300)
    results: Sequence[Result] = ()
    for holder in parts.many("Results", 0, 1):
        inside = _Parts(holder)
        results = [_read_result(each) for each in inside.many("Result", 1)]
        inside.end()
    time, note = parts.text("NoticeTime", 1, 40).strip(_SPACE), parts.optional("Note", 0, 500)
    original = _read_info(parts.one("OriHead"))
    parts.end()
    return Response(code=code, original=original, time=time, info=info, node=where, note=note, results=tuple(results))


def _read_result(node: Node) -> Result:
    parts = _Parts(node)
    found = Result(
        parts.text("RecId", 1, 16),
        parts.text("Code", 1, 9),
        parts.optional("Info", 0, 300),
        parts.optional("Note", 0, 500),
    )
    parts.end()
    return found


def unwrapped(content: bytes, *, most_bytes: int = MOST_BYTES) -> bytes:
    """The message inside an envelope; a message that comes without one is itself. Raises MessageError."""
    root = parse(content, most_bytes=most_bytes)
    return read_envelope(content, most_bytes=most_bytes).data if root.namespace == NAMESPACE else content
