"""Rules between the values of a document, from the field notes of the specification.

Each function yields the faults of one document. What compares the documents of one sale with each other (order,
payment, waybill and list) is not here: these rules need one document only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from entrepot.connect.customs.cn.documents import InvtCancel
from entrepot.connect.customs.cn.messages import Delivery, Inventory, InvtRefund, Logistics, Order

#: A fault without its message: code, path in the document, values of the sentence.
Found = tuple[str, str, dict[str, Any]]

#: What a list needs, and what it leaves out, by its customs procedure.
DIRECT = ("trafNo", "voyageNo", "billNo")
BONDED = ("emsNo", "areaCode", "areaName")
BONDED_MODES = ("1210", "1239")
#: The country on the head of a bonded list: the goods leave from a zone in China.
CHINA = "142"
#: Amounts have five decimals; a product of two numbers is compared at that precision.
FIVE_PLACES = Decimal("0.00001")


def order(document: Order) -> Iterator[Found]:
    """The amount paid is the sum of its parts, and each line's total is price times quantity."""
    head = document.head
    paid = head.goodsValue + head.freight + head.taxTotal - head.discount
    if head.acturalPaid != paid:
        yield "sum", "OrderHead/acturalPaid", _sum(head.acturalPaid, "goodsValue + freight + taxTotal - discount", paid)
    goods = sum((line.totalPrice for line in document.lines), Decimal(0))
    if head.goodsValue != goods:
        yield "sum", "OrderHead/goodsValue", _sum(head.goodsValue, "the sum of the lines' totalPrice", goods)
    yield from _numbered(document.lines, "OrderList")
    yield from _totals(document.lines, "OrderList")


def waybill(document: Logistics) -> Iterator[Found]:
    """One waybill is one parcel."""
    if document.head.packNo != 1:
        yield "one_parcel", "LogisticsHead/packNo", {"value": document.head.packNo}


def import_list(document: Inventory) -> Iterator[Found]:
    """One parcel, net weight within gross weight, the elements of its procedure, totals and units of the lines."""
    head = document.head
    if head.packNo != 1:
        yield "one_parcel", "InventoryHead/packNo", {"value": head.packNo}
    if head.netWeight > head.grossWeight:
        values = {"value": str(head.netWeight), "other": "grossWeight", "limit": str(head.grossWeight)}
        yield "at_most", "InventoryHead/netWeight", values
    bonded = head.tradeMode in BONDED_MODES
    needed, left_out = (BONDED, DIRECT) if bonded else (DIRECT, ())
    mode: dict[str, Any] = {"other": "tradeMode", "value": head.tradeMode}
    for name in needed:
        if not getattr(head, name):
            yield "required_with", f"InventoryHead/{name}", mode
    for name in left_out:
        if getattr(head, name):
            yield "not_allowed_with", f"InventoryHead/{name}", mode
    if bonded and head.country != CHINA:
        values = {"value": head.country, "other": "tradeMode", "mode": head.tradeMode, "allowed": CHINA}
        yield "only_with", "InventoryHead/country", values
    yield from _numbered(document.lines, "InventoryList")
    yield from _totals(document.lines, "InventoryList")
    for place, line in enumerate(document.lines):
        if (line.qty2 is None) != (line.unit2 is None):
            yield "both_or_none", f"InventoryList[{place}]/qty2", {"other": "unit2"}
        if bonded and not line.itemRecordNo:
            yield "required_with", f"InventoryList[{place}]/itemRecordNo", mode


def cancellation(document: InvtCancel) -> Iterator[Found]:
    """A cancellation can only be new."""
    if document.appType != "1":
        yield "only_new", "appType", {"value": document.appType}


def return_application(document: InvtRefund) -> Iterator[Found]:
    """Each line of a return names a line of the list once; not all lines need to be there."""
    yield from _once(document.lines, "InvtRefundList")


def entry(document: Delivery) -> Iterator[Found]:
    """The parcels are numbered from 1."""
    yield from _numbered(document.lines, "DeliveryList")


def _sum(value: Decimal, formula: str, result: Decimal) -> dict[str, Any]:
    return {"value": str(value), "formula": formula, "result": str(result)}


def _numbered(lines: Sequence[Any], element: str) -> Iterator[Found]:
    for place, line in enumerate(lines):
        if line.gnum != place + 1:
            yield "line_numbers", f"{element}[{place}]/gnum", {"value": line.gnum, "place": place + 1}


def _once(lines: Sequence[Any], element: str) -> Iterator[Found]:
    seen = set()
    for place, line in enumerate(lines):
        if line.gnum in seen:
            yield "line_repeated", f"{element}[{place}]/gnum", {"value": line.gnum}
        seen.add(line.gnum)


def _totals(lines: Sequence[Any], element: str) -> Iterator[Found]:
    for place, line in enumerate(lines):
        result = (line.price * line.qty).quantize(FIVE_PLACES, ROUND_HALF_UP)
        if line.totalPrice != result:
            yield "sum", f"{element}[{place}]/totalPrice", _sum(line.totalPrice, "price * qty", result)


#: The rules of each class of documents.
RULES: Mapping[type, Callable[[Any], Iterator[Found]]] = {
    Order: order,
    Logistics: waybill,
    Inventory: import_list,
    InvtCancel: cancellation,
    InvtRefund: return_application,
    Delivery: entry,
}
