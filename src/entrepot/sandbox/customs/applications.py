"""Applications to cancel a list that is not released (CEB623), and to return goods of a released one (CEB625)."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.answers import InvtCancelReturn, InvtRefundReturn
from entrepot.connect.customs.cn.documents import InvtCancel
from entrepot.sandbox.customs import assessment, bills, lists
from entrepot.sandbox.customs.assessment import LineTax
from entrepot.sandbox.customs.desk import Answers, Desk
from entrepot.sandbox.customs.papers import head_of, was_received
from entrepot.trade.return_rules import returned_share

#: Days after the release in which a return is applied for, and in which the goods are back (GACC 2020 No. 45).
APPLY_DAYS, ARRIVE_DAYS = 30, 45
#: The authority's codes: list unknown, state does not allow it, already declared, signature, other faults.
CODES = {
    "cancel": {"unknown": "-623003", "state": "-623005", "again": "-623009", "signature": "-623029", "fault": "100"},
    "return": {"unknown": "100", "state": "100", "again": "-625022", "signature": "100", "fault": "100"},
}
TYPES: dict[str, type] = {"cancel": InvtCancel, "return": m.InvtRefund}


class Refused(Exception):
    """An application is refused: the authority's code, and why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def receive(answers: Answers, document: Any, faults: Sequence[str], person: str) -> None:
    """Take an application: check it, store it, and do what the switches say."""
    kind = "cancel" if isinstance(document, InvtCancel) else "return"
    head = head_of(document)
    seen = was_received(answers, head, f"{kind}/{head.invtNo}|{head.copNo}", document)
    if seen == "again":
        answers.repeat(head.guid)
        return
    serial = answers.desk.series * 1_000_000 + answers.desk.count(answers.connection, "pre")
    pre = f"{'C' if kind == 'cancel' else 'T'}{answers.desk.today():%Y%m%d}{serial:09}"
    if seen or faults:
        signature = any(each.startswith("signature") for each in faults)
        code = CODES[kind]["signature" if signature else "fault"]
        _answer(answers, document, pre, code, seen or "; ".join(faults))
        return
    if head.appStatus == "1":
        _answer(answers, document, pre, "1", "电子口岸已暂存")
        return
    _answer(answers, document, pre, "2", "电子口岸申报中")
    _answer(answers, document, pre, "3", "发送海关成功")
    try:
        _check(answers.desk, kind, document, person)
    except Refused as refused:
        _answer(answers, document, pre, refused.code, str(refused))
        return
    answers.connection.execute(
        "INSERT INTO applications (pre, kind, guid, sender, list, state, reason, value) "
        "VALUES (?, ?, ?, ?, ?, '120', ?, ?)",
        (pre, kind, head.guid, answers.sender, head.invtNo, head.reason, msgspec.json.encode(document)),
    )
    _answer(answers, document, pre, "120", "海关入库")
    decision = answers.desk.switches().applications
    if decision != "examine":
        decide(answers, pre, decision, who="office", reason="" if decision == "approve" else "refused by the switch")


def _check(desk: Desk, kind: str, document: Any, person: str) -> None:
    """Raise Refused for an application that cannot be stored."""
    head, codes = head_of(document), CODES[kind]
    try:
        row = lists.read(desk, head.invtNo)
    except LookupError as error:
        raise Refused(codes["unknown"], str(error)) from None
    if row["person"] != person or row["order_number"] != head.orderNo:
        raise Refused(codes["fault"], "buyer or order is not that of the list")
    if desk.database.row(
        "SELECT 1 FROM applications WHERE list = ? AND kind = ? AND state = '120'", row["number"], kind
    ):
        raise Refused(codes["again"], "an application for this list is under examination")
    if kind == "cancel":
        if row["state"] not in lists.CANCELLABLE:
            raise Refused(codes["state"], f"the list is {row['state']}: only one that is not released is cancelled")
        return
    if row["state"] not in lists.RELEASED:
        raise Refused(codes["state"], f"the list is {row['state']}: only released goods are returned")
    last = dt.date.fromisoformat(row["released_on"]) + dt.timedelta(APPLY_DAYS)
    if desk.today() > last:
        raise Refused(codes["state"], f"a return is applied for within {APPLY_DAYS} days: until {last}")
    check_lines(lists.listed(row), document, returned(desk, row["number"]))


def check_lines(listed: m.Inventory, document: m.InvtRefund, before: dict[int, Decimal]) -> None:
    """Raise Refused where the lines of a return are not those of the list, or more comes back than was bought."""
    known = {line.gnum: line for line in listed.lines}
    seen = set()
    for line in document.lines:
        original = known.get(line.gnum)
        if original is None or (original.gcode, original.gname, original.unit) != (line.gcode, line.gname, line.unit):
            raise Refused("-625209", f"line {line.gnum} is not a line of the list with this code, name and unit")
        if line.gnum in seen:
            raise Refused("100", f"line {line.gnum} is given twice")
        seen.add(line.gnum)
        left = original.qty - before.get(line.gnum, Decimal(0))
        if not 0 < line.qty <= left:
            raise Refused("100", f"line {line.gnum}: {line.qty:f} cannot be returned, {left:f} is left")


def returned(desk: Desk, number: str) -> dict[int, Decimal]:
    """What was returned of a list before, by line, in approved applications."""
    found: dict[int, Decimal] = {}
    rows = desk.database.rows(
        "SELECT value FROM applications WHERE list = ? AND kind = 'return' AND state = '399'", number
    )
    for row in rows:
        for line in msgspec.json.decode(row["value"], type=m.InvtRefund).lines:
            found[line.gnum] = found.get(line.gnum, Decimal(0)) + line.qty
    return found


def decide(answers: Answers, pre: str, decision: str, *, who: str, reason: str = "") -> str:
    """Approve or refuse an application, and return its new state. Raises LookupError, DecisionNotAllowed."""
    row = read(answers.desk, pre)
    if row["state"] != "120" or decision not in ("approve", "refuse"):
        able = "approve, refuse" if row["state"] == "120" else "nothing more"
        raise lists.DecisionNotAllowed("state", f"The application {pre} is {row['state']}; possible: {able}.")
    if decision == "refuse" and not reason:
        raise lists.DecisionNotAllowed("reason", "To refuse an application, give a reason.")
    document = document_of(row)
    listed = lists.read(answers.desk, row["list"])
    lists.log(answers, who, f"{row['kind']}/{pre}", decision, reason)
    code, why = ("399", "海关审结") if decision == "approve" else ("100", reason)
    if decision == "approve" and (late := _too_late(answers.desk, row["kind"], listed)):
        code, why = "100", late
    answers.connection.execute("UPDATE applications SET state = ? WHERE pre = ?", (code, pre))
    _answer(answers, document, pre, code, why)
    if code == "399":
        own = Answers(answers.desk, answers.connection, listed["sender"])
        if row["kind"] == "cancel":
            lists.cancel(own, listed)
        else:
            _take_back(own, listed, document)
    return code


def _too_late(desk: Desk, kind: str, listed: sqlite3.Row) -> str:
    """Why an application cannot be approved any more; "" if it can."""
    if kind == "cancel":
        return "" if listed["state"] in lists.CANCELLABLE else f"the list is {listed['state']}"
    last = dt.date.fromisoformat(listed["released_on"]) + dt.timedelta(ARRIVE_DAYS)
    return "" if desk.today() <= last else f"the goods were to be back within {ARRIVE_DAYS} days: until {last}"


def _take_back(answers: Answers, listed: sqlite3.Row, document: m.InvtRefund) -> None:
    """Take the value of returned goods off the account, and make the tax bill again for what stays."""
    desk = answers.desk
    inventory = lists.listed(listed)
    quantities = {line.gnum: line.qty for line in inventory.lines}
    now = {line.gnum: line.qty for line in document.lines}
    after = returned(desk, listed["number"])
    taxed = _first_bill(desk, listed["number"])
    values = {each.number: each.value for each in taxed} or {
        line.gnum: assessment.fen(line.totalPrice) for line in inventory.lines
    }
    amount = sum(
        returned_share(values[number], quantities[number], after[number] - quantity, quantity)
        for number, quantity in now.items()
    )
    if all(after.get(number) == quantity for number, quantity in quantities.items()):
        amount = lists.balance(answers.connection, listed["number"])  # what was rounded away comes back too
    lists.give_back(answers, listed, amount)
    bills.void(answers, listed, inventory.head.assureCode)
    kept = tuple(_kept(each, quantities[each.number], after.get(each.number, Decimal(0))) for each in taxed)
    kept = tuple(each for each in kept if each.value)
    if kept:
        bills.make(answers, listed, inventory.head, kept)


def _first_bill(desk: Desk, number: str) -> tuple[LineTax, ...]:
    found = bills.of_list(desk, number)
    return bills.lines_of(found[0]) if found else ()


def _kept(line: LineTax, quantity: Decimal, back: Decimal) -> LineTax:
    """What stays of a line's value and taxes after some of it was returned."""
    if not back:
        return line

    def stays(amount: int) -> int:
        return amount - returned_share(amount, quantity, Decimal(0), back)

    return LineTax(line.number, line.code, *map(stays, (line.value, line.duty, line.vat, line.excise)))


def read(desk: Desk, pre: str) -> sqlite3.Row:
    """An application. Raises LookupError."""
    row = desk.database.row("SELECT * FROM applications WHERE pre = ?", pre)
    if row is None:
        raise LookupError(f"There is no application {pre[:40]}.")
    return row


def document_of(row: sqlite3.Row) -> Any:
    """The document of an application."""
    return msgspec.json.decode(row["value"], type=TYPES[row["kind"]])


def _answer(answers: Answers, document: Any, pre: str, code: str, info: str) -> None:
    head, time = head_of(document), answers.desk.stamp(answers.connection)
    kind = InvtCancelReturn if isinstance(document, InvtCancel) else InvtRefundReturn
    shown = f"[Code:{code};Desc:{info}]"[:1000]
    receipt = kind(
        guid=head.guid,
        customsCode=head.customsCode,
        agentCode=head.agentCode,
        ebpCode=head.ebpCode,
        ebcCode=head.ebcCode,
        copNo=head.copNo or "-",
        preNo=pre,
        invtNo=head.invtNo if len(head.invtNo) == 18 else None,
        returnStatus=code,
        returnTime=time,
        returnInfo=shown,
    )
    answers.give(head.guid, f"application/{pre}", code, receipt, shown, time)
