"""The messages of one parcel: valid by the schema, matched by the rules, and with the same values in each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from china_messages import GUID, IDENTITY, needs_schema, official_schema, with_placeholder
from entrepot.connect.customs.cn import compose, read, write
from entrepot.connect.customs.cn.compose import Company, Consignee, Line, Parcel, Parties, Person, Sending, Transmitter
from entrepot.connect.customs.cn.matching import documents_of
from entrepot.trade.match.compare import Settings, hidden, match

TIME = dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC)  # 00:30 on 2 March in China
SENDING = Sending(guid=GUID, time=TIME)
PARTIES = Parties(
    platform=Company("330198T001", "示例平台"),
    payment_company=Company("330198P001", "示例支付"),
    carrier=Company("330198L001", "示例物流"),
    declarant=Company("330198D001", "示例报关"),
    guarantor="330198T001",
    office="2992",
    port="2991",
    transport="5",
    transmitter=Transmitter("330198T001", "示例平台", "DXPENT0000000001"),
    zone=Company("330198Z001", "示例仓库"),
    account_book="T2925W000001",
)
COFFEE = Line(
    number=1,
    sku="VN-COFFEE-500",
    name="烘焙咖啡豆",
    model="500克/袋",
    code="0901210000",
    origin="VN",
    unit="125",
    quantity=Decimal(2),
    price=Decimal("50.00"),
    total=Decimal("100.00"),
    legal_unit="035",
    legal_quantity=Decimal("1.0"),
)
PARCEL = Parcel(
    order="or_0192f0c1a2b37c4d8e5f60718293a4b5",
    payment="P20260301000001",
    waybill="W0000000001",
    own="7C4D8E5F60718293A4B5",
    mode="9610",
    seller=Company("330198S001", "示例卖家"),
    goods_value=Decimal("100.00"),
    freight=Decimal("10.00"),
    insurance=Decimal("1.00"),
    discount=Decimal(0),
    # 70 % of 13 % of 111.00
    tax=Decimal("10.10"),
    paid=Decimal("121.10"),
    paid_at=TIME,
    buyer=Person(name="张伟", identity=IDENTITY, telephone="13800138000", account="us_1"),
    payer=Person(name="张伟", identity=IDENTITY, telephone="13800138000"),
    consignee=Consignee(name="李娜", telephone="13900139000", address="浙江省杭州市上城区1号"),
    lines=(COFFEE,),
    gross_weight=Decimal("1.2"),
    net_weight=Decimal("1.0"),
    departure="VN",
    vehicle="VN-1",
    voyage="VN501",
    transport_document="73800000001",
)
BONDED = replace(PARCEL, mode="1210", lines=(replace(COFFEE, record="R1"),))
MAKERS: dict[str, Callable[..., Any]] = {
    "order": compose.order,
    "payment": compose.payment,
    "waybill": compose.waybill,
    "list": compose.listed,
    "delivered": lambda parcel, parties, sending: compose.delivered(parcel, parties, sending, TIME),
    "cancellation": lambda parcel, parties, sending: compose.cancellation(
        parcel, parties, sending, own=parcel.own, list_number="291020261000000001", reason="买家取消"
    ),
    "return": lambda parcel, parties, sending: compose.returned(
        parcel,
        parties,
        sending,
        own=parcel.own,
        list_number="291020261000000001",
        reason="退货",
        quantities={1: Decimal(1)},
    ),
}


@pytest.mark.parametrize("parcel", [PARCEL, BONDED], ids=["9610", "1210"])
@pytest.mark.parametrize("name", MAKERS)
def test_each_message_is_written_and_read_back(name: str, parcel: Parcel) -> None:
    message = MAKERS[name](parcel, PARTIES, SENDING)
    assert read(write(message)) == message


@needs_schema
@pytest.mark.parametrize("parcel", [PARCEL, BONDED], ids=["9610", "1210"])
@pytest.mark.parametrize("name", MAKERS)
def test_each_message_is_valid_by_the_schema_of_the_authority(name: str, parcel: Parcel) -> None:
    content = with_placeholder(write(MAKERS[name](parcel, PARTIES, SENDING)))
    official_schema().assertValid(etree.fromstring(content))


@pytest.mark.parametrize("parcel", [PARCEL, BONDED], ids=["9610", "1210"])
def test_what_is_sent_matches_by_every_rule(parcel: Parcel) -> None:
    parts = [MAKERS[name](parcel, PARTIES, SENDING).documents[0] for name in ("order", "payment", "waybill", "list")]
    found = match(documents_of(*parts), mask=hidden, settings=Settings(listed={"09012100": True}))
    assert found.of("failed") == ()


def test_another_payer_and_a_cent_do_not_match() -> None:
    other = replace(PARCEL, payer=replace(PARCEL.payer, name="王芳"))
    parts = [MAKERS[name](other, PARTIES, SENDING).documents[0] for name in ("order", "payment", "waybill", "list")]
    assert match(documents_of(*parts), mask=hidden).of("failed") != ()
    cent: Any = compose.payment(replace(PARCEL, paid=Decimal("121.11")), PARTIES, SENDING).documents[0]
    order: Any = compose.order(PARCEL, PARTIES, SENDING).documents[0]
    assert "amount.payment" in [
        each.rule for each in match(documents_of(order, cent, None, None), mask=hidden).of("failed")
    ]


def test_times_are_those_of_china_and_a_change_says_so() -> None:
    head: Any = compose.listed(PARCEL, PARTIES, replace(SENDING, change=True)).documents[0]
    assert (head.head.appTime, head.head.declTime, head.head.appType) == ("20260302003000", "20260302", "2")


def test_a_country_without_a_code_is_refused() -> None:
    with pytest.raises(compose.NoCode, match="XX has no code"):
        compose.order(replace(PARCEL, lines=(replace(COFFEE, origin="XX"),)), PARTIES, SENDING)
