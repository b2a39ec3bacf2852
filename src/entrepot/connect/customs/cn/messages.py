"""The messages: which documents each contains, how many, and what follows them.

    Message                    what is written and read: the documents and what surrounds them
    ├── documents              one to a hundred of one class: `Order`, `Inventory`, `InventoryReturn` …
    ├── transfer               who transmits (only on messages to customs)
    ├── subscriptions          up to five further mailboxes
    └── extension              the company's own XML

The signature is not a value of the message: it is made over its bytes (`signature.sign`) and checked on them.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar, cast, get_type_hints

from msgspec import Struct

from entrepot.connect.customs.cn.answers import (
    DeliveryReturn,
    InventoryReturn,
    InvtCancelReturn,
    InvtRefundReturn,
    LogisticsReturn,
    LogisticsStatusReturn,
    MessageReturn,
    OrderReturn,
    PaymentReturn,
    TaxHeadRd,
    TaxHeadStatus,
    TaxListRd,
)
from entrepot.connect.customs.cn.documents import (
    BaseSubscribe,
    BaseTransfer,
    DeliveryHead,
    DeliveryList,
    ExtendMessage,
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
from entrepot.connect.customs.cn.fields import Kind, Record, kind_of

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"


class Order(Struct, frozen=True):
    """An order of a buyer on a platform (订单)."""

    head: OrderHead
    lines: tuple[OrderList, ...]


class Payment(Struct, frozen=True):
    """The payment of an order (支付单)."""

    head: PaymentHead


class Logistics(Struct, frozen=True):
    """The waybill of a parcel (运单)."""

    head: LogisticsHead


class Inventory(Struct, frozen=True):
    """An import list: the declaration of one parcel (进口清单)."""

    head: InventoryHead
    lines: tuple[InventoryList, ...]


class InvtRefund(Struct, frozen=True):
    """An application to return goods of a released list (退货申请单)."""

    head: InvtRefundHead
    lines: tuple[InvtRefundList, ...]


class Delivery(Struct, frozen=True):
    """An entry-to-warehouse detail (入库明细单)."""

    head: DeliveryHead
    lines: tuple[DeliveryList, ...]


class TaxBill(Struct, frozen=True):
    """An electronic tax bill (电子税单)."""

    head: TaxHeadRd
    lines: tuple[TaxListRd, ...]


class TaxBillStatus(Struct, frozen=True):
    """The status of an electronic tax bill (电子税单状态)."""

    head: TaxHeadStatus


Document = (
    Order
    | Payment
    | Logistics
    | LogisticsStatus
    | Inventory
    | InvtCancel
    | InvtRefund
    | Delivery
    | OrderReturn
    | PaymentReturn
    | LogisticsReturn
    | LogisticsStatusReturn
    | InventoryReturn
    | InvtCancelReturn
    | InvtRefundReturn
    | DeliveryReturn
    | TaxBill
    | TaxBillStatus
    | MessageReturn
)
D_co = TypeVar("D_co", bound=Document, covariant=True)


class Message(Struct, Generic[D_co], frozen=True, kw_only=True):
    """A message to or from China's customs. Its kind follows from the class of its documents."""

    guid: str
    documents: tuple[D_co, ...]
    version: str = "1.0"
    transfer: BaseTransfer | None = None
    subscriptions: tuple[BaseSubscribe, ...] = ()
    extension: ExtendMessage | None = None

    @property
    def kind(self) -> str:
        """The name of the root element, such as `CEB621Message`; empty where there is no document."""
        layout = LAYOUT_OF.get(type(self.documents[0])) if self.documents else None
        return layout.root if layout else ""


class Field(Struct, frozen=True):
    """One element of a record: its name, its type and whether it is mandatory."""

    name: str
    kind: Kind
    mandatory: bool


class Layout(Struct, frozen=True):
    """The structure of one kind of message.

    `element` is the element of a document; where the document is one record, `head` is None and `record` its class.
    `most` and `most_lines` are None where the schema sets no limit. `signature` is empty on messages from customs.
    """

    root: str
    title: str
    document: type
    element: str
    record: type[Record]
    line: type[Record] | None = None
    nested: bool = True
    most: int | None = 100
    most_lines: int | None = 99
    signature: Literal["", "optional", "mandatory"] = ""

    @property
    def sent(self) -> bool:
        """Whether companies send it to customs."""
        return bool(self.signature)


LAYOUTS: dict[str, Layout] = {
    layout.root: layout
    for layout in (
        Layout("CEB311Message", "订单", Order, "Order", OrderHead, OrderList, signature="optional"),
        Layout("CEB312Message", "订单回执", OrderReturn, "OrderReturn", OrderReturn, nested=False),
        Layout("CEB411Message", "支付单", Payment, "Payment", PaymentHead, signature="optional"),
        Layout("CEB412Message", "支付单回执", PaymentReturn, "PaymentReturn", PaymentReturn, nested=False),
        Layout("CEB511Message", "运单", Logistics, "Logistics", LogisticsHead, signature="optional"),
        Layout("CEB512Message", "运单回执", LogisticsReturn, "LogisticsReturn", LogisticsReturn, nested=False),
        Layout(
            "CEB513Message",
            "运单状态",
            LogisticsStatus,
            "LogisticsStatus",
            LogisticsStatus,
            nested=False,
            signature="optional",
        ),
        Layout(
            "CEB514Message",
            "运单状态回执",
            LogisticsStatusReturn,
            "LogisticsStatusReturn",
            LogisticsStatusReturn,
            nested=False,
        ),
        Layout(
            "CEB621Message", "进口清单", Inventory, "Inventory", InventoryHead, InventoryList, signature="mandatory"
        ),
        Layout("CEB622Message", "进口清单回执", InventoryReturn, "InventoryReturn", InventoryReturn, nested=False),
        Layout(
            "CEB623Message",
            "撤销申请单",
            InvtCancel,
            "InvtCancel",
            InvtCancel,
            nested=False,
            signature="mandatory",
        ),
        Layout("CEB624Message", "撤销申请单回执", InvtCancelReturn, "InvtCancelReturn", InvtCancelReturn, nested=False),
        Layout(
            "CEB625Message",
            "退货申请单",
            InvtRefund,
            "InvtRefund",
            InvtRefundHead,
            InvtRefundList,
            signature="mandatory",
        ),
        Layout("CEB626Message", "退货申请单回执", InvtRefundReturn, "InvtRefundReturn", InvtRefundReturn, nested=False),
        Layout(
            "CEB711Message",
            "入库明细单",
            Delivery,
            "Delivery",
            DeliveryHead,
            DeliveryList,
            most=1,
            most_lines=None,
            signature="mandatory",
        ),
        Layout("CEB712Message", "入库明细单回执", DeliveryReturn, "DeliveryReturn", DeliveryReturn, nested=False),
        Layout("CEB816Message", "电子税单", TaxBill, "Tax", TaxHeadRd, TaxListRd, most=None),
        Layout("CEB818Message", "电子税单状态", TaxBillStatus, "Tax", TaxHeadStatus, most=None),
        Layout(
            "CEB900Message", "报文格式校验回执", MessageReturn, "MessageReturn", MessageReturn, nested=False, most=1
        ),
    )
}
LAYOUT_OF: dict[type, Layout] = {layout.document: layout for layout in LAYOUTS.values()}


def fields_of(record: type[Record]) -> tuple[Field, ...]:
    """The elements of a record in their order.

    >>> [field.name for field in fields_of(BaseTransfer)]
    ['copCode', 'copName', 'dxpMode', 'dxpId', 'note']
    """
    hints: dict[str, Any] = get_type_hints(record, include_extras=True)
    return tuple(Field(name, *kind_of(hints[name])) for name in record.__struct_fields__)


#: The elements of each record class.
FIELDS: dict[type[Record], tuple[Field, ...]] = {
    record: fields_of(record)
    for record in cast(
        "tuple[type[Record], ...]",
        (
            *(layout.record for layout in LAYOUTS.values()),
            *(layout.line for layout in LAYOUTS.values() if layout.line),
            BaseTransfer,
            BaseSubscribe,
            ExtendMessage,
        ),
    )
}
