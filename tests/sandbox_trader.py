"""A company that sends China's messages to the sandbox customs office, and reads what comes back."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
from msgspec.structs import replace

from china_messages import IDENTITY
from entrepot.connect.customs.cn import compose, read, write
from entrepot.connect.customs.cn.compose import Company, Consignee, Line, Parcel, Parties, Person, Sending, Transmitter
from entrepot.connect.customs.cn.messages import TaxBill, TaxBillStatus
from sandbox_process import Receiver, Sandbox, until

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
    number=1, sku="VN-COFFEE-500", name="烘焙咖啡豆", model="500克/袋", code="0901210000", origin="VN", unit="125",
    quantity=Decimal(2), price=Decimal("50.00"), total=Decimal("100.00"), legal_unit="035",
    legal_quantity=Decimal("1.0"),
)  # fmt: skip
_COUNTER = itertools.count(1)
#: Weights and check characters of a resident identity number (GB 11643-1999).
_WEIGHTS, _CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def identity(serial: int) -> str:
    """A resident identity number of the year 1900, which nobody has, with its check character."""
    day = serial // 1000
    digits = f"1101051900{day // 28 % 12 + 1:02}{day % 28 + 1:02}{serial % 1000:03}"
    return digits + _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]


def parcel(price: str = "50.00", quantity: str = "2", **changes: Any) -> Parcel:
    """A parcel of coffee that no other test has, of a person of its own, with consistent amounts."""
    number = next(_COUNTER)
    total = Decimal(price) * Decimal(quantity)
    line = replace(COFFEE, quantity=Decimal(quantity), price=Decimal(price), total=total)
    person = Person(name="张伟", identity=identity(number), telephone="13800138000", account=f"us_{number}")
    made = Parcel(
        order=f"or_{number:032}",
        payment=f"P{number:014}",
        waybill=f"W{number:010}",
        own=f"{number:020}",
        mode="9610",
        seller=Company("330198S001", "示例卖家"),
        goods_value=total,
        freight=Decimal("10.00"),
        insurance=Decimal("1.00"),
        discount=Decimal(0),
        tax=Decimal("10.10"),
        paid=total + Decimal("21.10"),
        paid_at=dt.datetime.now(dt.UTC),
        buyer=person,
        payer=person,
        consignee=Consignee(name="李娜", telephone="13900139000", address="浙江省杭州市上城区1号"),
        lines=(line,),
        gross_weight=Decimal("1.2"),
        net_weight=Decimal("1.0"),
        departure="VN",
        vehicle="VN-1",
        voyage="VN501",
        transport_document="73800000001",
    )
    return replace(made, **changes)


def sending(**changes: Any) -> Sending:
    """A sending with a record number of its own."""
    return replace(Sending(guid=str(uuid.uuid4()).upper(), time=dt.datetime.now(dt.UTC)), **changes)


@cache
def _documents(body: bytes) -> tuple[Any, ...]:
    return read(body).documents


class Trader:
    """Sends messages and keeps the answers. `heard`: every answer, parsed, in the order in which it came."""

    def __init__(self, office: Sandbox, inbox: Receiver) -> None:
        self.office, self.inbox = office, inbox

    def send(self, content: bytes, kind: str = "application/xml", name: str = "") -> httpx.Response:
        """POST a message."""
        headers = {"Content-Type": kind} | ({"Idempotency-Key": name} if name else {})
        return httpx.post(f"{self.office.url}/messages", content=content, headers=headers, timeout=120)

    def give(self, message: Any) -> bytes:
        """Write and send a message; returns its XML."""
        content = write(message)
        answer = self.send(content)
        assert answer.status_code == 202, answer.text
        return content

    @property
    def heard(self) -> list[Any]:
        """Every document that the office sent."""
        found: list[Any] = []
        for _, body in list(self.inbox.received):
            found += _documents(body)
        return found

    def codes(self, own: str) -> list[str]:
        """The statuses in the receipts with an own, order, payment or waybill number, in order of their times."""
        names = ("copNo", "orderNo", "payTransactionId", "logisticsNo")
        found = [
            (each.returnTime, each.returnStatus)
            for each in self.heard
            if any(getattr(each, name, None) == own for name in names)
        ]
        return [code for _, code in sorted(found)]

    def until_code(self, own: str, code: str) -> list[str]:
        """The statuses once one of them has come."""
        return until(lambda: each if code in (each := self.codes(own)) else None)  # type: ignore[no-any-return]

    def list_number(self, own: str) -> str:
        """The number that the office gave to a list."""
        return next(str(each.invtNo) for each in self.heard if getattr(each, "copNo", "") == own and each.invtNo)

    def bills(self, number: str) -> list[TaxBill | TaxBillStatus]:
        """The tax bills of a list, and their statuses."""
        bills = [each for each in self.heard if isinstance(each, TaxBill | TaxBillStatus)]
        return sorted((each for each in bills if each.head.invtNo == number), key=lambda each: each.head.returnTime)

    def three(self, sent: Parcel) -> None:
        """Send order, payment and waybill."""
        for make in (compose.order, compose.payment, compose.waybill):
            self.give(make(sent, PARTIES, sending()))

    def declare(self, sent: Parcel, ends: str = "899", **changes: Any) -> list[str]:
        """Send the three papers and the list; the statuses of the list once one has come."""
        self.three(sent)
        self.give(compose.listed(sent, PARTIES, sending(**changes)))
        return self.until_code(sent.own, ends)

    def cancel(self, sent: Parcel, own: str, number: str = "") -> None:
        """Apply for a cancellation."""
        number = number or self.list_number(sent.own)
        self.give(compose.cancellation(sent, PARTIES, sending(), own=own, list_number=number, reason="买家取消"))

    def give_back(self, sent: Parcel, own: str, quantities: dict[int, Decimal]) -> None:
        """Apply for a return."""
        number = self.list_number(sent.own)
        self.give(
            compose.returned(
                sent, PARTIES, sending(), own=own, list_number=number, reason="退货", quantities=quantities
            )
        )

    def used(self, sent: Parcel) -> int:
        """What the office's account says about the buyer, in fen."""
        return int(self.office.post("/control/account", {"identity": sent.buyer.identity}).json()["used"])

    def decide(self, sent: Parcel, decision: str, reason: str = "") -> httpx.Response:
        """Decide a list over the control interface."""
        number = self.list_number(sent.own)
        return self.office.post(f"/control/lists/{number}", {"decision": decision, "reason": reason})


Make = Callable[..., Any]
__all__ = ["IDENTITY", "PARTIES", "Make", "Trader", "identity", "parcel", "sending"]
