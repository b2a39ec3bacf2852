"""The documents that are sent to China's customs: order, payment, waybill, import list, cancellation, return, entry.

One definition of every element: its exact spelling, its place in the order, its type, whether it is mandatory. The
writer, the reader and the checks are made from it. Edition 202205; where its schema and its description differ, the
schema decides.
"""

from __future__ import annotations

from entrepot.connect.customs.cn.fields import (
    C10,
    C18,
    C19,
    C20,
    C30,
    C32,
    C37,
    C50,
    C60,
    C100,
    C200,
    C250,
    C510,
    C1000,
    N19,
    Address,
    AppStatus,
    AppType,
    C30Empty,
    C100Empty,
    Country,
    Currency,
    Day,
    District,
    DxpMode,
    GoodsCode,
    Guid,
    IdNumber,
    IdType,
    Import,
    LineNumber,
    Office,
    OrderType,
    OwnXml,
    Package,
    Parcels,
    Person60,
    Person100,
    Record,
    Seconds,
    SignedFor,
    Subscription,
    Telephone30,
    Telephone50,
    Telephone60,
    TradeCountry,
    TradeMode,
    Transport,
    Unit,
)


class OrderHead(Record, frozen=True, kw_only=True):
    """The head of an order."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    orderType: OrderType
    orderNo: C60
    ebpCode: C18
    ebpName: C100
    ebcCode: C18
    ebcName: C100
    goodsValue: N19
    freight: N19
    discount: N19
    taxTotal: N19
    acturalPaid: N19
    currency: Currency
    buyerRegNo: C60
    buyerName: Person60
    buyerTelephone: Telephone30
    buyerIdType: IdType
    buyerIdNumber: IdNumber
    payCode: C18 | None = None
    payName: C100 | None = None
    payTransactionId: C60 | None = None
    batchNumbers: C100 | None = None
    consignee: Person100
    consigneeTelephone: Telephone50
    consigneeAddress: Address
    consigneeDistrict: District | None = None
    note: C1000 | None = None


class OrderList(Record, frozen=True, kw_only=True):
    """A line of an order."""

    gnum: LineNumber
    itemNo: C30 | None = None
    itemName: C250
    gmodel: C510
    itemDescribe: C1000 | None = None
    barCode: C50 | None = None
    unit: Unit
    qty: N19
    price: N19
    totalPrice: N19
    currency: Currency
    country: Country
    note: C1000 | None = None


class PaymentHead(Record, frozen=True, kw_only=True):
    """A payment."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    payCode: C18
    payName: C100
    payTransactionId: C60
    orderNo: C60
    ebpCode: C18
    ebpName: C100
    payerIdType: IdType
    payerIdNumber: IdNumber
    payerName: Person60
    telephone: Telephone60 | None = None
    amountPaid: N19
    currency: Currency
    payTime: Seconds
    note: C1000 | None = None


class LogisticsHead(Record, frozen=True, kw_only=True):
    """A waybill."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    logisticsCode: C18
    logisticsName: C100
    logisticsNo: C60
    billNo: C37 | None = None
    orderNo: C60
    freight: N19 | None = None
    insuredFee: N19 | None = None
    currency: Currency
    weight: N19
    packNo: Parcels
    goodsInfo: C200 | None = None
    consignee: Person100
    consigneeAddress: Address
    consigneeTelephone: Telephone50
    note: C1000 | None = None


class LogisticsStatus(Record, frozen=True, kw_only=True):
    """A waybill whose parcel the consignee has signed for."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    logisticsCode: C18
    logisticsName: C100
    logisticsNo: C60
    logisticsStatus: SignedFor
    logisticsTime: Seconds
    note: C1000 | None = None


class InventoryHead(Record, frozen=True, kw_only=True):
    """The head of an import list, the declaration of one parcel."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    orderNo: C60
    ebpCode: C18
    ebpName: C100
    ebcCode: C18
    ebcName: C100
    logisticsNo: C60
    logisticsCode: C18
    logisticsName: C100
    copNo: C20 | None = None
    preNo: C18 | None = None
    assureCode: C30
    emsNo: C30 | None = None
    invtNo: C18 | None = None
    ieFlag: Import
    declTime: Day
    customsCode: Office
    portCode: Office
    ieDate: Day | None = None
    buyerIdType: IdType
    buyerIdNumber: IdNumber
    buyerName: Person60
    buyerTelephone: Telephone30
    consigneeAddress: Address
    agentCode: C18
    agentName: C100
    areaCode: C18 | None = None
    areaName: C100 | None = None
    tradeMode: TradeMode
    trafMode: Transport
    trafNo: C100 | None = None
    voyageNo: C32 | None = None
    billNo: C37 | None = None
    loctNo: C10 | None = None
    licenseNo: C19 | None = None
    country: Country
    freight: N19
    insuredFee: N19
    currency: Currency
    wrapType: Package | None = None
    packNo: Parcels
    grossWeight: N19
    netWeight: N19
    note: C1000 | None = None


class InventoryList(Record, frozen=True, kw_only=True):
    """A line of an import list."""

    gnum: LineNumber
    itemRecordNo: C30 | None = None
    itemNo: C20 | None = None
    itemName: C250 | None = None
    gcode: GoodsCode
    gname: C250
    gmodel: C510
    barCode: C50 | None = None
    country: Country
    tradeCountry: TradeCountry | None = None
    currency: Currency
    qty: N19
    unit: Unit
    qty1: N19
    unit1: Unit
    qty2: N19 | None = None
    unit2: Unit | None = None
    price: N19
    totalPrice: N19
    note: C1000 | None = None


class InvtCancel(Record, frozen=True, kw_only=True):
    """An application to cancel an import list that is not released."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    customsCode: Office
    orderNo: C60
    ebpCode: C18
    ebpName: C100
    ebcCode: C18
    ebcName: C100
    logisticsNo: C60
    logisticsCode: C18
    logisticsName: C100
    copNo: C20 | None = None
    preNo: C18 | None = None
    invtNo: C18
    buyerIdType: IdType
    buyerIdNumber: IdNumber
    buyerName: Person60
    buyerTelephone: Telephone30
    agentCode: C18
    agentName: C100
    reason: C1000
    note: C1000 | None = None


class InvtRefundHead(Record, frozen=True, kw_only=True):
    """The head of an application to return goods of a released list."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    customsCode: Office
    orderNo: C60
    ebpCode: C18
    ebpName: C100
    ebcCode: C18
    ebcName: C100
    logisticsNo: C60
    logisticsCode: C18
    logisticsName: C100
    copNo: C20 | None = None
    preNo: C18 | None = None
    invtNo: C18
    buyerIdType: IdType
    buyerIdNumber: IdNumber
    buyerName: Person60
    buyerTelephone: Telephone30
    agentCode: C18
    agentName: C100
    reason: C1000
    note: C1000 | None = None


class InvtRefundList(Record, frozen=True, kw_only=True):
    """A line of a return application."""

    gnum: LineNumber
    gcode: GoodsCode
    gname: C250
    qty: N19
    unit: Unit
    note: C1000 | None = None


class DeliveryHead(Record, frozen=True, kw_only=True):
    """The head of an entry-to-warehouse detail, sent by the operator of the supervised place."""

    guid: Guid
    appType: AppType
    appTime: Seconds
    appStatus: AppStatus
    customsCode: Office
    copNo: C20 | None = None
    preNo: C18 | None = None
    rkdNo: C18 | None = None
    operatorCode: C18
    operatorName: C100
    ieFlag: Import
    trafMode: Transport
    trafNo: C100
    voyageNo: C32
    billNo: C37
    logisticsCode: C18
    logisticsName: C100
    unloadLocation: C100 | None = None
    note: C1000 | None = None


class DeliveryList(Record, frozen=True, kw_only=True):
    """A parcel of an entry-to-warehouse detail."""

    gnum: LineNumber
    logisticsNo: C60
    note: C1000 | None = None


class BaseTransfer(Record, frozen=True, kw_only=True):
    """Who transmits the message, and through which mailbox."""

    copCode: C18
    copName: C100Empty
    dxpMode: DxpMode
    dxpId: C30Empty
    note: C1000 | None = None


class BaseSubscribe(Record, frozen=True, kw_only=True):
    """Another mailbox that receives the data or the receipts."""

    status: Subscription
    dxpMode: DxpMode
    dxpAddress: C100Empty
    note: C1000 | None = None


class ExtendMessage(Record, frozen=True, kw_only=True):
    """The company's own extension."""

    name: C30Empty
    version: C30Empty
    Message: OwnXml
