"""What the answers of customs mean: receipts and tax bills as values of trade, and the meaning of each code.

    receipts(message)   -> the receipts of a CEB312, 412, 512, 514, 622, 624, 626 or 712
    bills(message)      -> the tax bills of a CEB816, and the statuses of a CEB818
    meaning(code)       -> what a receipt code means, with its source and trust

A receipt may come twice, late or out of order; `trade.declarations` says what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec import Struct, convert

from entrepot.connect.customs.cn import answers as a
from entrepot.connect.customs.cn.codes import rows
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.forms import is_integer, is_milliseconds
from entrepot.connect.customs.cn.messages import Document, Message, TaxBill, TaxBillStatus
from entrepot.trade.declarations import Bill, Receipt

#: Which document a receipt answers.
DOCUMENT_OF: Mapping[type, str] = {
    a.OrderReturn: "order",
    a.PaymentReturn: "payment",
    a.LogisticsReturn: "waybill",
    a.LogisticsStatusReturn: "waybill_status",
    a.InventoryReturn: "list",
    a.InvtCancelReturn: "cancellation",
    a.InvtRefundReturn: "return",
    a.DeliveryReturn: "entry",
}
#: The elements that name a document, and the words of trade for them.
NUMBERS: Mapping[str, str] = {
    "orderNo": "order",
    "payTransactionId": "payment",
    "logisticsNo": "waybill",
    "copNo": "own",
    "preNo": "pre",
    "invtNo": "list",
    "rkdNo": "entry",
}
#: The status of a tax bill in the words of trade.
BILL_STATUS: Mapping[str, str] = {"1": "made", "2": "collected", "3": "void"}


class Meaning(Struct, frozen=True):
    """What a receipt code means. `state`: the word of trade; `effect`: what follows; `messages`: where it occurs."""

    code: str
    zh: str
    en: str
    messages: tuple[str, ...]
    state: str
    effect: str
    cite: str
    trust: str
    state_trust: str


class ErrorCode(Struct, frozen=True):
    """An error code. `level`: `exchange` for the transport envelope, `message` for the message in it."""

    code: str
    level: str
    en: str
    cite: str
    trust: str


@cache
def meanings() -> dict[str, Meaning]:
    """Every receipt code; `negative` stands for all codes below zero."""
    return {row["code"]: convert({**row, "messages": row["messages"].split()}, Meaning) for row in rows("statuses.csv")}


@cache
def error_codes() -> dict[str, ErrorCode]:
    """Every error code."""
    return {row["code"]: convert(row, ErrorCode) for row in rows("errors.csv")}


def meaning(code: str) -> Meaning | None:
    """What a receipt code means; None if the specification does not have it.

    >>> meaning("800").en, meaning("-621018").en, meaning("600")
    ('released', 'used annual amount + this purchase would exceed the annual limit', None)
    """
    if not is_integer(code) or not code.startswith("-"):
        return meanings().get(code)
    negative, error = meanings()["negative"], error_codes().get(code)
    return convert({**_mapping(negative), "code": code, "en": error.en if error else negative.en}, Meaning)


def receipts(message: Message[Document]) -> tuple[Receipt, ...]:
    """The receipts of a message; none where it has none. Raises MessageError for a code or time that cannot be read."""
    return tuple(
        _receipt(document, DOCUMENT_OF[type(document)], f"{type(document).__name__}[{place}]", message.kind)
        for place, document in enumerate(message.documents)
        if type(document) in DOCUMENT_OF
    )


def _receipt(document: Any, answers_to: str, path: str, kind: str) -> Receipt:
    _formed(is_integer, "form_integer", document.returnStatus, kind, f"{path}/returnStatus")
    _formed(is_milliseconds, "form_milliseconds", document.returnTime, kind, f"{path}/returnTime")
    numbers = {word: getattr(document, element, None) for element, word in NUMBERS.items()}
    return Receipt(
        document=answers_to,
        code=document.returnStatus,
        time=document.returnTime,
        info=document.returnInfo,
        numbers={word: number for word, number in numbers.items() if number},
    )


def bills(message: Message[Document]) -> tuple[Bill, ...]:
    """The tax bills of a message, or their statuses, which have no amounts; none where it has none."""
    found = []
    for place, document in enumerate(message.documents):
        if isinstance(document, TaxBill | TaxBillStatus):
            found.append(_bill(document, f"Tax[{place}]/{type(document.head).__name__}", message.kind))
    return tuple(found)


def _bill(document: TaxBill | TaxBillStatus, path: str, kind: str) -> Bill:
    head = document.head
    _formed(is_milliseconds, "form_milliseconds", head.returnTime, kind, f"{path}/returnTime")
    _formed(BILL_STATUS.__contains__, "bill_status", head.status, kind, f"{path}/status")
    amounts: dict[str, int | None] = {"duty": None, "vat": None, "excise": None}
    if isinstance(head, a.TaxHeadRd):
        amounts = {
            "duty": _fen(head.customsTax, kind, f"{path}/customsTax"),
            "vat": _fen(head.valueAddedTax, kind, f"{path}/valueAddedTax"),
            "excise": _fen(head.consumptionTax, kind, f"{path}/consumptionTax"),
        }
    return Bill(
        list_number=head.invtNo,
        number=head.taxNo,
        status=BILL_STATUS[head.status],
        time=head.returnTime,
        paper=head.entDutyNo or "",
        **amounts,
    )


def _fen(amount: Decimal, kind: str, path: str) -> int:
    """An amount in yuan as whole fen: a tax is paid in whole fen, so anything else is an error of the message."""
    fen = amount.scaleb(2)
    if fen != fen.to_integral_value():
        raise MessageError((Fault("not_whole_fen", kind, path, {"value": str(amount)}),))
    return int(fen)


def _formed(form: Callable[[str], bool], code: str, value: str, kind: str, path: str) -> None:
    if not form(value):
        raise MessageError((Fault(code, kind, path, {"value": value}),))


def _mapping(value: Struct) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}
