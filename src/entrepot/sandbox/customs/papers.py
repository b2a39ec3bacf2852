"""Order, payment, waybill, delivery report and entry detail: the office stores them and answers with their receipts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.answers import (
    DeliveryReturn,
    LogisticsReturn,
    LogisticsStatusReturn,
    OrderReturn,
    PaymentReturn,
)
from entrepot.connect.customs.cn.documents import LogisticsStatus
from entrepot.sandbox.customs.desk import Answers, Desk, digest

#: States of a list after which its documents are free for another list.
ENDED = ("100", "700", "cancelled")


class Paper(NamedTuple):
    """A kind of paper: how it is named, and the authority's codes for what can be wrong with it.

    `key`: of the paper; `order`: that of its order, if it names one with its platform; `exists`, `used`, `older`,
    `unknown`, `invalid`: error codes. The codes of a payment have none for invalid values: 100 stands for it.
    """

    name: str
    document: type
    key: Callable[[Any], str]
    order: Callable[[Any], str]
    exists: str
    used: str
    older: str
    unknown: str
    invalid: str
    answer: Callable[[Any, str, str, str, str], Any]


class StoredPaper(NamedTuple):
    """A paper as stored. `code`: the status of the last answer about it."""

    key: str
    code: int
    document: Any


def _order_key(head: Any) -> str:
    return f"{head.ebpCode}|{head.orderNo}"


def _waybill_key(head: Any) -> str:
    return f"{head.logisticsCode}|{head.logisticsNo}"


PAPERS: dict[type, Paper] = {
    m.Order: Paper(
        "order", m.Order, _order_key, _order_key, "-301010", "-301011", "-301014", "-301009", "-301008",
        lambda head, guid, code, time, info: OrderReturn(
            guid=guid, ebpCode=head.ebpCode, ebcCode=head.ebcCode, orderNo=head.orderNo, returnStatus=code,
            returnTime=time, returnInfo=info,
        ),
    ),
    m.Payment: Paper(
        "payment", m.Payment, lambda head: f"{head.payCode}|{head.payTransactionId}", _order_key, "-401007", "-401008",
        "-401012", "-401006", "100",
        lambda head, guid, code, time, info: PaymentReturn(
            guid=guid, payCode=head.payCode, payTransactionId=head.payTransactionId, returnStatus=code,
            returnTime=time, returnInfo=info,
        ),
    ),
    m.Logistics: Paper(
        "waybill", m.Logistics, _waybill_key, lambda _head: "", "-504012", "-504016", "-504012", "-504014", "-504011",
        lambda head, guid, code, time, info: LogisticsReturn(
            guid=guid, logisticsCode=head.logisticsCode, logisticsNo=head.logisticsNo, returnStatus=code,
            returnTime=time, returnInfo=info,
        ),
    ),
    LogisticsStatus: Paper(
        "waybill_status", LogisticsStatus, _waybill_key, lambda _head: "", "-505012", "-505012", "-505016", "-505012",
        "100",
        lambda head, guid, code, time, info: LogisticsStatusReturn(
            guid=guid, logisticsCode=head.logisticsCode, logisticsNo=head.logisticsNo,
            logisticsStatus=head.logisticsStatus, returnStatus=code, returnTime=time, returnInfo=info,
        ),
    ),
    m.Delivery: Paper(
        "entry", m.Delivery, lambda head: f"{head.operatorCode}|{head.copNo or head.guid}", lambda _head: "",
        "-800003", "-800003", "-800005", "-800003", "-800001",
        lambda head, guid, code, time, info: DeliveryReturn(
            guid=guid, customsCode=head.customsCode, operatorCode=head.operatorCode, copNo=head.copNo or None,
            preNo=None, rkdNo=head.rkdNo or None, returnStatus=code, returnTime=time, returnInfo=info,
        ),
    ),
}  # fmt: skip


def head_of(document: Any) -> Any:
    """The record with the numbers of a document."""
    return getattr(document, "head", document)


def receive(answers: Answers, document: Any, faults: Sequence[str]) -> bool:
    """Take a paper. Returns whether it was stored now."""
    paper, head = PAPERS[type(document)], head_of(document)
    key = paper.key(head)
    subject = f"{paper.name}/{key}"
    seen = was_received(answers, head, subject, document)
    if seen == "again":
        answers.repeat(head.guid)
        return False
    code, info = ("", "")
    if seen or faults:
        code, info = paper.invalid, seen or "; ".join(faults)
    elif head.appStatus != "2":
        code, info = paper.invalid, "appStatus is not 2: a draft is not declared"
    if not code:
        _answer(answers, paper, head, subject, "2", "电子口岸申报中")
        _answer(answers, paper, head, subject, "3", "发送海关成功")
        code, info = _refusal(answers.connection, paper, head, key, subject)
    if code:
        _answer(answers, paper, head, subject, code, info)
        return False
    connection = answers.connection
    if paper.name == "entry":
        number = answers.desk.series * 1_000_000 + answers.desk.count(connection, "entries")
        head = msgspec.structs.replace(head, rkdNo=f"{head.customsCode}{answers.desk.today().year}I{number:09}")
    if head.appType == "3":
        connection.execute("DELETE FROM papers WHERE kind = ? AND key = ?", (paper.name, key))
    else:
        connection.execute(
            "INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?, ?, 120, ?)",
            (paper.name, key, paper.order(head), head.guid, head.appTime, msgspec.json.encode(document)),
        )
    _answer(answers, paper, head, subject, "120", "海关入库")
    if paper.name == "entry":
        _answer(answers, paper, head, subject, "399", "海关审结")
    return bool(head.appType != "3")


def was_received(answers: Answers, head: Any, subject: str, document: Any) -> str:
    """Whether a document came before: "" if not; "again" if it is the same; else what is wrong with its number."""
    found, connection = digest(document), answers.connection
    row = connection.execute("SELECT * FROM guids WHERE guid = ?", (head.guid,)).fetchone()
    if row is None or (row["subject"] == subject and row["digest"] != found and head.appType != "1"):
        connection.execute("INSERT OR REPLACE INTO guids VALUES (?, ?, ?)", (head.guid, subject, found))
        return ""
    if (row["subject"], row["digest"]) == (subject, found):
        return "again"
    return "the guid was used for another document"


def _answer(answers: Answers, paper: Paper, head: Any, subject: str, code: str, info: str) -> None:
    time = answers.desk.stamp(answers.connection)
    shown = f"[Code:{code};Desc:{info}]"[:1000]
    answers.give(head.guid, subject, code, paper.answer(head, head.guid, code, time, shown), shown, time)


def _refusal(connection: sqlite3.Connection, paper: Paper, head: Any, key: str, subject: str) -> tuple[str, str]:
    """The authority's code for a paper that cannot be stored, and why; ("", "") for one that can.

    A change of a paper that was refused before stores it: the sender corrects what it sent.
    """
    before = connection.execute("SELECT * FROM papers WHERE kind = ? AND key = ?", (paper.name, key)).fetchone()
    if before is None:
        known = connection.execute(
            "SELECT 1 FROM guids WHERE subject = ? AND guid != ?", (subject, head.guid)
        ).fetchone()
        changes = head.appType == "2" and known is not None
        return ("", "") if changes or head.appType == "1" else (paper.unknown, "there is nothing to change")
    if head.appType == "1":
        return paper.exists, "it exists: send a change (appType 2)"
    if _is_used(connection, paper.name, key):
        return paper.used, "a list that is not ended uses it"
    if head.appTime < before["app_time"]:
        return paper.older, "it is older than what is stored"
    return "", ""


def _is_used(connection: sqlite3.Connection, name: str, key: str) -> bool:
    column = {"order": "order_key", "payment": "payment_key", "waybill": "waybill_key"}.get(name)
    if column is None:
        return False
    query = f"SELECT 1 FROM lists WHERE {column} = ? AND state NOT IN (?, ?, ?) LIMIT 1"  # noqa: S608  # a fixed name
    return connection.execute(query, (key, *ENDED)).fetchone() is not None


def find(desk: Desk, kind: type, key: str) -> StoredPaper | None:
    """A stored paper by its key."""
    row = desk.database.row("SELECT * FROM papers WHERE kind = ? AND key = ?", PAPERS[kind].name, key)
    return _stored(row, kind)


def find_payment(desk: Desk, order_key: str, number: str | None) -> StoredPaper | None:
    """The payment of an order: the one that the order names, else the last one for it."""
    rows = desk.database.rows(
        "SELECT * FROM papers WHERE kind = 'payment' AND order_key = ? ORDER BY app_time DESC", order_key
    )
    named = [row for row in rows if number and str(row["key"]).endswith(f"|{number}")]
    return _stored(next(iter(named or rows), None), m.Payment)


def _stored(row: sqlite3.Row | None, kind: type) -> StoredPaper | None:
    if row is None:
        return None
    return StoredPaper(row["key"], row["code"], msgspec.json.decode(row["value"], type=kind))
