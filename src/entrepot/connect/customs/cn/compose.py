"""The messages of one parcel, from what the node knows of its order and from who takes part in its declaration.

A parcel has one order, one payment, one waybill and one list. All amounts are in CNY, at most five decimals. The same
values go into every message, so what is sent is what is matched (`matching.documents_of`).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from entrepot.connect.customs.cn import codes
from entrepot.connect.customs.cn.documents import (
    BaseTransfer,
    InventoryHead,
    InventoryList,
    InvtCancel,
    InvtRefundHead,
    InvtRefundList,
    LogisticsHead,
    LogisticsStatus,
    OrderHead,
    OrderList,
    PaymentHead,
)
from entrepot.connect.customs.cn.messages import Document, Inventory, InvtRefund, Logistics, Message, Order, Payment

#: Times in the messages are those of China.
CHINA = ZoneInfo("Asia/Shanghai")
CNY = "142"
IDENTITY_CARD = "1"
#: What a list says where goods have no bar code.
NO_BAR_CODE = "无"


class Company(Struct, frozen=True, forbid_unknown_fields=True):
    """A company: its registration number at China's customs, and its registered name."""

    code: str
    name: str


class Transmitter(Struct, frozen=True, forbid_unknown_fields=True):
    """Who transmits the messages: company, and its user number at the exchange platform."""

    code: str
    name: str
    dxp: str


class Parties(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes part in the declarations of a node, and where they are made.

    `guarantor`: whose guarantee covers the tax; `office`, `port`: the four digits of the customs offices of declaration
    and of the border; `transport`: the digit or letter of the mode of transport; `zone`, `account_book`: for goods from
    a bonded warehouse (1210).
    """

    platform: Company
    payment_company: Company
    carrier: Company
    declarant: Company
    guarantor: str
    office: str
    port: str
    transport: str
    transmitter: Transmitter
    zone: Company | None = None
    account_book: str | None = None
    place: str | None = None


class Person(Struct, frozen=True, kw_only=True):
    """A buyer or payer: name, identity card, telephone, and for the buyer the account on the platform."""

    name: str
    identity: str
    telephone: str
    account: str = ""


class Consignee(Struct, frozen=True, kw_only=True):
    """To whom the parcel goes. `district`: the six digits of the administrative division."""

    name: str
    telephone: str
    address: str
    district: str | None = None


class Line(Struct, frozen=True, kw_only=True):
    """A line. `code`: ten digits; `model`: specification; `origin`: ISO 3166-1; units: three digits of customs.

    `second_unit` and `second_quantity` are given together or not at all; `record`: the number of the goods in the
    account book (1210).
    """

    number: int
    sku: str
    name: str
    model: str
    code: str
    origin: str
    unit: str
    quantity: Decimal
    price: Decimal
    total: Decimal
    legal_unit: str
    legal_quantity: Decimal
    second_unit: str | None = None
    second_quantity: Decimal | None = None
    bar_code: str | None = None
    record: str | None = None


class Parcel(Struct, frozen=True, kw_only=True):
    """A parcel: numbers, amounts in CNY, weights in kg, people and lines. `mode`: 9610 or 1210; `paid_at`: with a zone.

    `departure`: the country (ISO 3166-1) from which direct purchases (9610) leave; for 1210 it is China. `vehicle`,
    `voyage` and `transport_document` are those of the border crossing of a direct purchase.
    """

    order: str
    payment: str
    waybill: str
    own: str
    mode: str
    seller: Company
    goods_value: Decimal
    freight: Decimal
    insurance: Decimal
    discount: Decimal
    tax: Decimal
    paid: Decimal
    paid_at: dt.datetime
    buyer: Person
    payer: Person
    consignee: Consignee
    lines: tuple[Line, ...]
    gross_weight: Decimal
    net_weight: Decimal
    departure: str = "CN"
    vehicle: str | None = None
    voyage: str | None = None
    transport_document: str | None = None


class Sending(Struct, frozen=True, kw_only=True):
    """One sending of a message: its unique id (36 characters), its time, and whether it is a first one or a change."""

    guid: str
    time: dt.datetime
    change: bool = False

    @property
    def kind(self) -> str:
        """`appType`: 1 new, 2 change."""
        return "2" if self.change else "1"


class NoCode(LookupError):
    """Customs' list of countries has no code for a country."""


def order(parcel: Parcel, parties: Parties, sending: Sending) -> Message[Document]:
    """CEB311: the order."""
    head = OrderHead(
        guid=sending.guid,
        appType=sending.kind,
        appTime=_seconds(sending.time),
        appStatus="2",
        orderType="I",
        **_sold(parcel, parties),
        goodsValue=parcel.goods_value,
        # The order has one field for freight and insurance together.
        freight=parcel.freight + parcel.insurance,
        discount=parcel.discount,
        taxTotal=parcel.tax,
        acturalPaid=parcel.paid,
        currency=CNY,
        buyerRegNo=parcel.buyer.account,
        **_buyer(parcel.buyer),
        payCode=parties.payment_company.code,
        payName=parties.payment_company.name,
        payTransactionId=parcel.payment,
        consignee=parcel.consignee.name,
        consigneeTelephone=parcel.consignee.telephone,
        consigneeAddress=parcel.consignee.address,
        consigneeDistrict=parcel.consignee.district,
    )
    return _message(Order(head, tuple(_order_line(each) for each in parcel.lines)), parties, sending)


def payment(parcel: Parcel, parties: Parties, sending: Sending) -> Message[Document]:
    """CEB411: the payment."""
    head = PaymentHead(
        guid=sending.guid,
        appType=sending.kind,
        appTime=_seconds(sending.time),
        appStatus="2",
        payCode=parties.payment_company.code,
        payName=parties.payment_company.name,
        payTransactionId=parcel.payment,
        orderNo=parcel.order,
        ebpCode=parties.platform.code,
        ebpName=parties.platform.name,
        payerIdType=IDENTITY_CARD,
        payerIdNumber=parcel.payer.identity,
        payerName=parcel.payer.name,
        telephone=parcel.payer.telephone or None,
        amountPaid=parcel.paid,
        currency=CNY,
        payTime=_seconds(parcel.paid_at),
    )
    return _message(Payment(head), parties, sending)


def waybill(parcel: Parcel, parties: Parties, sending: Sending) -> Message[Document]:
    """CEB511: the waybill."""
    head = LogisticsHead(
        guid=sending.guid,
        appType=sending.kind,
        appTime=_seconds(sending.time),
        appStatus="2",
        logisticsCode=parties.carrier.code,
        logisticsName=parties.carrier.name,
        logisticsNo=parcel.waybill,
        billNo=parcel.transport_document,
        orderNo=parcel.order,
        freight=parcel.freight,
        insuredFee=parcel.insurance,
        currency=CNY,
        weight=parcel.gross_weight,
        packNo=1,
        goodsInfo="; ".join(each.name for each in parcel.lines)[:200],
        consignee=parcel.consignee.name,
        consigneeAddress=parcel.consignee.address,
        consigneeTelephone=parcel.consignee.telephone,
    )
    return _message(Logistics(head), parties, sending)


def delivered(parcel: Parcel, parties: Parties, sending: Sending, at: dt.datetime) -> Message[Document]:
    """CEB513: the consignee has signed for the parcel."""
    status = LogisticsStatus(
        guid=sending.guid,
        appType=sending.kind,
        appTime=_seconds(sending.time),
        appStatus="2",
        logisticsCode=parties.carrier.code,
        logisticsName=parties.carrier.name,
        logisticsNo=parcel.waybill,
        logisticsStatus="S",
        logisticsTime=_seconds(at),
    )
    return _message(status, parties, sending)


def listed(parcel: Parcel, parties: Parties, sending: Sending) -> Message[Document]:
    """CEB621: the import list, which is the declaration."""
    head = InventoryHead(
        guid=sending.guid,
        appType=sending.kind,
        appTime=_seconds(sending.time),
        appStatus="2",
        **_sold(parcel, parties),
        logisticsNo=parcel.waybill,
        logisticsCode=parties.carrier.code,
        logisticsName=parties.carrier.name,
        copNo=parcel.own,
        assureCode=parties.guarantor,
        ieFlag="I",
        declTime=_seconds(sending.time)[:8],
        customsCode=parties.office,
        portCode=parties.port,
        **_buyer(parcel.buyer),
        consigneeAddress=parcel.consignee.address,
        agentCode=parties.declarant.code,
        agentName=parties.declarant.name,
        **_way(parcel, parties),
        tradeMode=parcel.mode,
        trafMode=parties.transport,
        loctNo=parties.place,
        country=_country(parcel.departure if parcel.mode == "9610" else "CN"),
        freight=parcel.freight,
        insuredFee=parcel.insurance,
        currency=CNY,
        packNo=1,
        grossWeight=parcel.gross_weight,
        netWeight=parcel.net_weight,
    )
    lines = tuple(_list_line(each, bonded=parcel.mode != "9610") for each in parcel.lines)
    return _message(Inventory(head, lines), parties, sending)


def cancellation(
    parcel: Parcel, parties: Parties, sending: Sending, *, own: str, list_number: str, reason: str
) -> Message[Document]:
    """CEB623: the application to cancel a list that is not released."""
    named = _named(parcel, parties, sending, own, list_number, reason)
    return _message(InvtCancel(**named), parties, sending)


def returned(
    parcel: Parcel,
    parties: Parties,
    sending: Sending,
    *,
    own: str,
    list_number: str,
    reason: str,
    quantities: dict[int, Decimal],
) -> Message[Document]:
    """CEB625: the application to return goods of a released list. `quantities`: by line number."""
    lines = tuple(
        InvtRefundList(gnum=each.number, gcode=each.code, gname=each.name, qty=quantities[each.number], unit=each.unit)
        for each in parcel.lines
        if quantities.get(each.number)
    )
    head = InvtRefundHead(**_named(parcel, parties, sending, own, list_number, reason))
    return _message(InvtRefund(head, lines), parties, sending)


def _way(parcel: Parcel, parties: Parties) -> dict[str, Any]:
    """The elements of the border crossing of a direct purchase, or of the bonded warehouse."""
    if parcel.mode == "9610":
        return {"trafNo": parcel.vehicle, "voyageNo": parcel.voyage, "billNo": parcel.transport_document}
    zone = parties.zone
    code, name = (zone.code, zone.name) if zone else (None, None)
    return {"emsNo": parties.account_book, "areaCode": code, "areaName": name}


def _sold(parcel: Parcel, parties: Parties) -> dict[str, str]:
    """The elements of order, platform and seller."""
    return {
        "orderNo": parcel.order,
        "ebpCode": parties.platform.code,
        "ebpName": parties.platform.name,
        "ebcCode": parcel.seller.code,
        "ebcName": parcel.seller.name,
    }


def _buyer(buyer: Person) -> dict[str, str]:
    """The elements of the buyer."""
    return {
        "buyerIdType": IDENTITY_CARD,
        "buyerIdNumber": buyer.identity,
        "buyerName": buyer.name,
        "buyerTelephone": buyer.telephone,
    }


def _named(
    parcel: Parcel, parties: Parties, sending: Sending, own: str, list_number: str, reason: str
) -> dict[str, str]:
    """The elements that an application to cancel and one to return share."""
    return {
        "guid": sending.guid,
        "appType": "1",
        "appTime": _seconds(sending.time),
        "appStatus": "2",
        "customsCode": parties.office,
        **_sold(parcel, parties),
        "logisticsNo": parcel.waybill,
        "logisticsCode": parties.carrier.code,
        "logisticsName": parties.carrier.name,
        "copNo": own,
        "invtNo": list_number,
        **_buyer(parcel.buyer),
        "agentCode": parties.declarant.code,
        "agentName": parties.declarant.name,
        "reason": reason,
    }


def _order_line(line: Line) -> OrderList:
    return OrderList(
        gnum=line.number,
        itemNo=line.sku,
        itemName=line.name,
        gmodel=line.model,
        barCode=line.bar_code,
        unit=line.unit,
        qty=line.quantity,
        price=line.price,
        totalPrice=line.total,
        currency=CNY,
        country=_country(line.origin),
    )


def _list_line(line: Line, *, bonded: bool) -> InventoryList:
    return InventoryList(
        gnum=line.number,
        itemRecordNo=line.record if bonded else None,
        itemNo=line.sku[:20],
        itemName=line.name,
        gcode=line.code,
        gname=line.name,
        gmodel=line.model,
        barCode=line.bar_code or NO_BAR_CODE,
        country=_country(line.origin),
        currency=CNY,
        qty=line.quantity,
        unit=line.unit,
        qty1=line.legal_quantity,
        unit1=line.legal_unit,
        qty2=line.second_quantity,
        unit2=line.second_unit,
        price=line.price,
        totalPrice=line.total,
    )


def _message(document: Document, parties: Parties, sending: Sending) -> Message[Document]:
    who = parties.transmitter
    transfer = BaseTransfer(copCode=who.code, copName=who.name, dxpMode="DXP", dxpId=who.dxp)
    return Message(guid=sending.guid, documents=(document,), transfer=transfer)


def _country(iso: str) -> str:
    """The three digits of a country. Raises NoCode."""
    found = codes.country_code(iso)
    if found is None:
        raise NoCode(f"{iso} has no code in the list of countries of China's customs messages.")
    return found


def _seconds(time: dt.datetime) -> str:
    """A time as the messages write it: seconds, in China's zone."""
    return time.astimezone(CHINA).strftime("%Y%m%d%H%M%S")
