"""China's customs messages for tests: one valid message of each kind, strategies that draw others, and the schema.

The schema is the authority's own; it is not a part of this tree, and tests that need it are skipped without it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from entrepot.connect.customs.cn import Message
from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.answers import InventoryReturn
from entrepot.connect.customs.cn.codes import listed
from entrepot.connect.customs.cn.documents import (
    BaseSubscribe,
    BaseTransfer,
    ExtendMessage,
    InventoryHead,
    InventoryList,
)
from entrepot.connect.customs.cn.fields import Number, Text, Whole
from entrepot.connect.customs.cn.values import least_of
from official_files import DATA, needs

GUID = "4CDE1CFD-EDED-46B1-946C-B8022E42FC94"
#: A resident identity number with a valid check character, of a person who does not exist: the example of GB 11643.
IDENTITY = "11010519491231002X"
TRANSFER = BaseTransfer(copCode="1105910159", copName="东方物通科技", dxpMode="DXP", dxpId="DXPENT0000000001")
SCHEMA = DATA / "ceb" / "import_messages_202205.xsd"
needs_schema = needs(SCHEMA)


@cache
def official_schema() -> etree.XMLSchema:
    """The authority's schema of edition 202205, for tests marked `needs_schema`."""
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


#: A signature that the schema accepts, for messages that need one; it signs nothing.
PLACEHOLDER = (
    b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod'
    b' Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ds:SignatureMethod'
    b' Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><ds:Reference URI=""><ds:DigestMethod'
    b' Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>'
    b"</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
)


def with_placeholder(content: bytes) -> bytes:
    """A message of a company with a signature that only has the right form."""
    start = content.rindex(b"</")
    return content[:start] + PLACEHOLDER + content[start:]


def list_head(**changes: Any) -> InventoryHead:
    """The head of an import list: coffee from Viet Nam, direct purchase by air."""
    head = InventoryHead(
        guid=GUID,
        appType="1",
        appTime="20261101093000",
        appStatus="2",
        orderNo="OR20261101000001",
        ebpCode="1105910159",
        ebpName="东方物通平台",
        ebcCode="1105910160",
        ebcName="越南咖啡专营店",
        logisticsNo="SF1234567890",
        logisticsCode="1105910161",
        logisticsName="东方速运",
        copNo="7C4D8E5F60718293A4B5",
        assureCode="1105910159",
        ieFlag="I",
        declTime="20261101",
        customsCode="0100",
        portCode="0101",
        ieDate="20261101",
        buyerIdType="1",
        buyerIdNumber=IDENTITY,
        buyerName="张三",
        buyerTelephone="13800138000",
        consigneeAddress="北京市朝阳区建国路1号",
        agentCode="1105910160",
        agentName="越南咖啡专营店",
        tradeMode="9610",
        trafMode="5",
        trafNo="B-1234",
        voyageNo="VN512",
        billNo="738-12345675",
        country="141",
        freight=Decimal("12.00"),
        insuredFee=Decimal(0),
        currency="142",
        packNo=1,
        grossWeight=Decimal("1.2"),
        netWeight=Decimal("1.0"),
    )
    return replace(head, **changes)


def list_line(number: int = 1, **changes: Any) -> InventoryList:
    """A line of an import list: two bags of roasted coffee of 500 g."""
    line = InventoryList(
        gnum=number,
        itemNo="CF-500",
        gcode="0901210000",
        gname="烘焙咖啡豆",
        gmodel="烘焙咖啡豆|越南山|500克/袋|阿拉比卡100%",
        barCode="8934567890123",
        country="141",
        tradeCountry="141",
        currency="142",
        qty=Decimal(2),
        unit="136",
        qty1=Decimal("1.0"),
        unit1="035",
        price=Decimal("50.00"),
        totalPrice=Decimal("100.00"),
    )
    return replace(line, **changes)


def import_list(*lines: InventoryList, **changes: Any) -> Message[m.Inventory]:
    """A message with one import list of one to three lines."""
    document = m.Inventory(list_head(**changes), lines or (list_line(),))
    return Message(guid=GUID, documents=(document,), transfer=TRANSFER)


def list_receipt(code: str = "800", **changes: Any) -> Message[InventoryReturn]:
    """A message with one receipt for an import list."""
    receipt = InventoryReturn(
        guid=GUID,
        customsCode="0100",
        agentCode="1105910160",
        copNo="7C4D8E5F60718293A4B5",
        preNo="B20261101000000001",
        invtNo="01002026I000000001",
        returnStatus=code,
        returnTime="20261101100000123",
        returnInfo="放行",
    )
    return Message(guid=GUID, documents=(replace(receipt, **changes),))


# ---- strategies ----

#: Characters with which an XML writer may fail: markup, line ends, quotes, spaces, signs outside the basic plane.
TEXT = st.characters(
    codec="utf-8",
    categories=["L", "N", "P", "S", "Zs"],
    include_characters="&<>\"'\r\n\t \u2028😀",
    exclude_characters="\ufffe\uffff",
)
FORMS: dict[str, st.SearchStrategy[str]] = {
    "guid": st.text("0123456789ABCDEFGXYZ-", min_size=36, max_size=36),
    "day": st.dates().map(lambda day: day.strftime("%Y%m%d").zfill(8)),
    "seconds": st.datetimes().map(lambda time: time.strftime("%Y%m%d%H%M%S").zfill(14)),
    "milliseconds": st.datetimes().map(lambda time: time.strftime("%Y%m%d%H%M%S").zfill(14) + "123"),
    "integer": st.sampled_from(["1", "2", "100", "800", "-621018"]),
    "identity": st.just(IDENTITY),
}
SMALL = st.integers(0, 10**9).map(lambda value: Decimal(value).scaleb(-2))


def value_of(field: m.Field) -> st.SearchStrategy[Any]:
    """The values that an element may have."""
    kind = field.kind
    if isinstance(kind, Number):
        return SMALL
    if isinstance(kind, Whole):
        return st.integers(kind.least, min(kind.most, 10**6))
    if not isinstance(kind, Text):
        return st.sampled_from(["", '<a xmlns="urn:x" b="1">2<c xmlns="">&lt;</c></a>'])
    if kind.read_only:
        return st.none()
    if kind.fixed:
        return st.just(kind.fixed)
    if kind.codes:
        return st.sampled_from(sorted(listed(kind.codes)))
    if kind.form == "digits":
        return st.text("0123456789", min_size=kind.most or 0, max_size=kind.most)
    if kind.form:
        return FORMS[kind.form]
    least = least_of(kind, mandatory=field.mandatory)
    # No long texts: they make the examples slow and show nothing.
    text = st.text(TEXT, min_size=least, max_size=min(kind.most or 40, max(least, 40)))
    return text.filter(lambda drawn: not drawn.isspace()) if field.mandatory else text


def records(record: type, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Records of a class, each element valid by itself."""
    values = {}
    for field in m.FIELDS[record]:
        drawn = fixed.get(field.name, value_of(field))
        values[field.name] = drawn if field.mandatory or field.name in fixed else st.none() | drawn
    return st.builds(record, **values)


@st.composite
def documents(draw: st.DrawFn, layout: m.Layout) -> Any:
    """A document of a kind of message that every rule allows."""
    fixed = {"appType": st.just("1")} if layout.root == "CEB623Message" else {}
    record = draw(records(layout.record, **fixed))
    if not layout.nested:
        return record
    if layout.line is None:
        if hasattr(record, "packNo"):
            record = replace(record, packNo=1)
        return layout.document(record)
    lines = [draw(records(layout.line)) for _ in range(draw(st.integers(1, 3)))]
    lines = [replace(line, gnum=place + 1) for place, line in enumerate(lines)]
    if hasattr(lines[0], "totalPrice"):
        lines = [replace(line, qty=Decimal(int(line.qty))) for line in lines]
        lines = [replace(line, totalPrice=line.price * line.qty) for line in lines]
    if layout.document is m.Order:
        goods = sum((line.totalPrice for line in lines), Decimal(0))
        paid = goods + record.freight + record.taxTotal
        record = replace(record, goodsValue=goods, discount=Decimal(0), acturalPaid=paid)
    if layout.document is m.Inventory:
        record, lines = _of_procedure(record, lines)
    return layout.document(record, tuple(lines))


def _of_procedure(head: Any, lines: list[Any]) -> tuple[Any, list[Any]]:
    lines = [replace(line, qty2=None, unit2=None) if None in (line.qty2, line.unit2) else line for line in lines]
    head = replace(head, packNo=1, netWeight=min(head.netWeight, head.grossWeight))
    if head.tradeMode == "9610":
        return replace(head, emsNo=None, trafNo="B-1", voyageNo="VN1", billNo="1"), lines
    head = replace(
        head, trafNo=None, voyageNo=None, billNo=None, emsNo="T1", areaCode="A1", areaName="A", country="142"
    )
    return head, [replace(line, itemRecordNo="R1") for line in lines]


@st.composite
def drawn_messages(draw: st.DrawFn) -> Message[Any]:
    """A valid message of any kind."""
    layout = draw(st.sampled_from(list(m.LAYOUTS.values())))
    count = draw(st.integers(1, min(2, layout.most or 2)))
    found: dict[str, Any] = {"documents": tuple(draw(documents(layout)) for _ in range(count))}
    if layout.sent:
        found["transfer"] = draw(records(BaseTransfer))
        found["subscriptions"] = tuple(draw(st.lists(records(BaseSubscribe), max_size=2)))
        found["extension"] = draw(st.none() | records(ExtendMessage))
    return Message(guid=draw(FORMS["guid"]), **found)
