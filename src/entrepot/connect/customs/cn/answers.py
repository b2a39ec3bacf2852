"""What China's customs and China E-Port send back: receipts, tax bills and refusals of format. Edition 202205.

Receipts arrive with a default namespace and no prefix. `preNo` is mandatory by the schema and optional by the
description: it may be absent when read.
"""

from __future__ import annotations

from entrepot.connect.customs.cn.fields import (
    C18,
    C20,
    C50,
    C60,
    C64,
    C1000,
    N19,
    C15Empty,
    C18Fixed,
    C18NotEmpty,
    C255Empty,
    C5000Empty,
    GoodsCode,
    Guid,
    LineNumber,
    Milliseconds,
    Office,
    PreNo,
    ReadOnly60,
    Record,
    ReturnStatus,
    SignedFor,
    TaxStatus,
    Unlimited,
)


class OrderReturn(Record, frozen=True, kw_only=True):
    """The receipt of an order."""

    guid: Guid
    ebpCode: C18
    ebcCode: C18
    orderNo: C60
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class PaymentReturn(Record, frozen=True, kw_only=True):
    """The receipt of a payment."""

    guid: Guid
    payCode: C18
    payTransactionId: C60
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class LogisticsReturn(Record, frozen=True, kw_only=True):
    """The receipt of a waybill."""

    guid: Guid
    logisticsCode: C18
    logisticsNo: C60
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class LogisticsStatusReturn(Record, frozen=True, kw_only=True):
    """The receipt of a waybill status."""

    guid: Guid
    logisticsCode: C18
    logisticsNo: C60
    logisticsStatus: SignedFor
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class InventoryReturn(Record, frozen=True, kw_only=True):
    """The receipt of an import list."""

    guid: Guid
    customsCode: Office | None = None
    ebpCode: C18NotEmpty | None = None
    ebcCode: C18NotEmpty | None = None
    agentCode: C18NotEmpty | None = None
    copNo: C20
    preNo: PreNo | None = None
    invtNo: C18Fixed | None = None
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class InvtCancelReturn(Record, frozen=True, kw_only=True):
    """The receipt of a cancellation."""

    guid: Guid
    customsCode: Office | None = None
    agentCode: C18NotEmpty | None = None
    ebpCode: C18NotEmpty | None = None
    ebcCode: C18NotEmpty | None = None
    copNo: C20
    preNo: PreNo | None = None
    invtNo: C18Fixed | None = None
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class InvtRefundReturn(Record, frozen=True, kw_only=True):
    """The receipt of a return application."""

    guid: Guid
    customsCode: Office | None = None
    agentCode: C18NotEmpty | None = None
    ebpCode: C18NotEmpty | None = None
    ebcCode: C18NotEmpty | None = None
    copNo: C20
    preNo: PreNo | None = None
    invtNo: C18Fixed | None = None
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class DeliveryReturn(Record, frozen=True, kw_only=True):
    """The receipt of an entry-to-warehouse detail."""

    guid: Guid
    customsCode: Office | None = None
    operatorCode: C18NotEmpty | None = None
    copNo: C20 | None = None
    preNo: C18 | None = None
    rkdNo: C18 | None = None
    returnStatus: ReturnStatus
    returnTime: Milliseconds
    returnInfo: C1000


class TaxHeadRd(Record, frozen=True, kw_only=True):
    """The head of an electronic tax bill.

    The description of edition 202205 has the last two elements, its schema does not: they are read and never written.
    """

    guid: Guid
    returnTime: Milliseconds
    invtNo: C18
    taxNo: C50
    customsTax: N19
    valueAddedTax: N19
    consumptionTax: N19
    status: TaxStatus
    entDutyNo: C50 | None = None
    note: C1000 | None = None
    assureCode: C64 | None = None
    ebcCode: C64 | None = None
    logisticsCode: C64 | None = None
    agentCode: C18NotEmpty | None = None
    customsCode: Office | None = None
    orderNo: ReadOnly60 | None = None
    logisticNo: ReadOnly60 | None = None


class TaxListRd(Record, frozen=True, kw_only=True):
    """A line of an electronic tax bill."""

    gnum: LineNumber
    gcode: GoodsCode
    taxPrice: N19
    customsTax: N19
    valueAddedTax: N19
    consumptionTax: N19


class TaxHeadStatus(Record, frozen=True, kw_only=True):
    """The status of an electronic tax bill."""

    guid: Guid
    returnTime: Milliseconds
    invtNo: C18
    taxNo: C50
    status: TaxStatus
    entDutyNo: C50 | None = None
    assureCode: C64 | None = None


class MessageReturn(Record, frozen=True, kw_only=True):
    """The refusal of a message that could not be read or checked."""

    guid: Guid
    returnStatus: ReturnStatus
    returnInfo: C5000Empty
    returnTime: Milliseconds
    oriCopMsgId: C255Empty
    oriMessageType: C15Empty
    oriBizMessage: Unlimited
