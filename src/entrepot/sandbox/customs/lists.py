"""Import lists: declared, checked, decided. A list that was released is never released again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.answers import InventoryReturn
from entrepot.sandbox.customs import assessment, bills, papers
from entrepot.sandbox.customs.assessment import Papers, Unassessed
from entrepot.sandbox.customs.desk import Answers, Desk
from entrepot.sandbox.customs.papers import ENDED, was_received
from entrepot.trade.match.compare import Match

#: What each state is called, in the authority's words.
STATES = {
    "120": "海关入库",
    "300": "人工审核",
    "399": "海关审结",
    "500": "查验",
    "599": "其它扣留",
    "700": "退运",
    "800": "放行",
    "899": "结关",
    "100": "海关退单",
}
#: (state, decision) -> the receipts that follow, the last of which is the new state. 399 is given once.
DECISIONS = {
    ("120", "release"): ("399", "800"),
    ("120", "assess"): ("399",),
    ("120", "examine"): ("300",),
    ("120", "inspect"): ("500",),
    ("120", "refuse"): ("100",),
    ("120", "detain"): ("599",),
    ("300", "release"): ("399", "800"),
    ("300", "inspect"): ("500",),
    ("300", "refuse"): ("100",),
    ("300", "detain"): ("599",),
    ("399", "release"): ("800",),
    ("399", "inspect"): ("500",),
    ("500", "release"): ("399", "800"),
    ("500", "detain"): ("599",),
    ("500", "send_back"): ("700",),
    ("599", "release"): ("399", "800"),
    ("599", "send_back"): ("700",),
    ("800", "close"): ("899",),
}
#: Decisions that an officer has to give a reason for.
NEEDS_REASON = frozenset({"refuse", "detain", "send_back"})
#: States in which a list can be cancelled.
CANCELLABLE = ("120", "300", "399", "500")
RELEASED = ("800", "899")
#: Why a list that is decided is not released: it goes on with the entry-to-warehouse detail of its parcel.
WAITS_FOR_ENTRY = "waits for the entry to the warehouse (CEB711)"


class DecisionNotAllowed(Exception):
    """A list or an application cannot be decided so. The text says what is possible.

    `code`: `state` where its state does not allow it, `reason` where a reason is missing.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Keys(NamedTuple):
    """The keys of the papers of a list."""

    order: str
    payment: str
    waybill: str


class Checked(NamedTuple):
    """What the check of a list found. `code`: the authority's, if it is refused; `value`: the taxable one, in fen."""

    code: str
    info: str
    keys: Keys = Keys("", "", "")
    match: Match | None = None
    value: int = 0
    regime: str = ""


def receive(answers: Answers, document: m.Inventory, faults: Sequence[str], person: str) -> None:
    """Take a list: check it, store it, and do what the switches say. `person`: the buyer, as a keyed hash."""
    head = document.head
    order_key = f"{head.ebpCode}|{head.orderNo}"
    subject = f"declared/{order_key}|{head.copNo}"
    seen = was_received(answers, head, subject, document)
    if seen == "again":
        answers.repeat(head.guid)
        return
    pre = _pre_number(answers)
    if seen or faults:
        signature = any(each.startswith("signature") for each in faults)
        code = "-621029" if signature else "-621001"
        _answer(answers, document, pre, "", code, seen or "; ".join(faults))
        return
    if head.appStatus == "1":
        _answer(answers, document, pre, "", "1", "电子口岸已暂存")
        return
    _answer(answers, document, pre, "", "2", "电子口岸申报中")
    _answer(answers, document, pre, "", "3", "发送海关成功")
    checked = _check(answers.desk, document, order_key, person)
    if checked.code:
        if checked.match is not None:
            _store(answers, document, pre, pre, checked, person)
        _answer(answers, document, pre, "", checked.code, checked.info)
        return
    serial = answers.desk.series * 1_000_000 + answers.desk.count(answers.connection, "lists")
    number = f"{head.customsCode}{answers.desk.today().year}I{serial:09}"
    _store(answers, document, pre, number, checked, person)
    _post(answers.connection, person, answers.desk.today().year, number, checked.value, "declared")
    _answer(answers, document, pre, number, "120", STATES["120"])
    decide(answers, number, _decision(answers, head.orderNo), who="office")


def _decision(answers: Answers, order_number: str) -> str:
    """What the switches decide for a list that passed its checks."""
    switches = answers.desk.switches()
    passed = answers.desk.count(answers.connection, "passed")
    if order_number in switches.by_order:
        return switches.by_order[order_number]
    if switches.hold_every and passed % switches.hold_every == 0:
        return switches.hold_with
    return switches.mode


def _check(desk: Desk, document: m.Inventory, order_key: str, person: str) -> Checked:
    """Check a list against what is declared, its papers and the limits."""
    head = document.head
    if head.appType == "3":
        return Checked("-621012", "a list is cancelled with CEB623")
    before = desk.database.row(
        "SELECT state FROM lists WHERE order_key = ? AND state NOT IN (?, ?, ?)", order_key, *ENDED
    )
    if before is not None and head.appType == "2":
        return Checked("-621012", f"the list is {before['state']}: it cannot be changed")
    if before is not None:
        return Checked("-621004", f"the order is declared: its list is {before['state']}")
    order = papers.find(desk, m.Order, order_key)
    payment = papers.find_payment(desk, order_key, order.document.head.payTransactionId if order else None)
    waybill = papers.find(desk, m.Logistics, f"{head.logisticsCode}|{head.logisticsNo}")
    keys = Keys(order_key, payment.key if payment else "", waybill.key if waybill else "")
    used = desk.database.row(
        "SELECT number FROM lists WHERE waybill_key = ? AND waybill_key != '' AND state NOT IN (?, ?, ?)",
        keys.waybill,
        *ENDED,
    )
    if used is not None:
        return Checked("-621004", f"the waybill is declared by the list {used['number']}")
    found = assessment.match_papers(desk, document, Papers(order, payment, waybill))
    if refused := assessment.refusals(found):
        return Checked("100", "; ".join(refused), keys, found)
    try:
        limit, value = assessment.decide_limit(desk, document, person)
    except Unassessed as error:
        return Checked("-621013", str(error), keys, found)
    if code := assessment.limit_code(limit):
        return Checked(code, _limit_text(code, limit, value), keys, found, value)
    return Checked("", "", keys, found, value, limit.regime)


def _limit_text(code: str, limit: Any, value: int) -> str:
    if code == "-621018":
        return f"累计购买额度超限: 本次 {value / 100:.2f} 元, 剩余 {limit.remaining / 100:.2f} 元"
    return f"单次购买额度超限: 本次 {value / 100:.2f} 元"


def _store(answers: Answers, document: m.Inventory, pre: str, number: str, checked: Checked, person: str) -> None:
    """Store a list: one that passed under its number, one that was refused under that of the E-Port."""
    connection, head, keys = answers.connection, document.head, checked.keys
    today = answers.desk.today()
    values = {
        "number": number,
        "pre": pre,
        "guid": head.guid,
        "sender": answers.sender,
        "order_key": keys.order,
        "payment_key": keys.payment,
        "waybill_key": keys.waybill,
        "order_number": head.orderNo,
        "person": person,
        "year": today.year,
        "taxable": checked.value,
        "regime": checked.regime,
        "state": "100" if checked.code else "120",
        "reason": f"{checked.code}: {checked.info}" if checked.code else "",
        "declared_on": today.isoformat(),
        "value": msgspec.json.encode(document),
        "match": msgspec.json.encode(checked.match),
    }
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO lists ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608  # fixed names


def decide(answers: Answers, number: str, decision: str, *, who: str, reason: str = "") -> str:
    """Decide a list, and return its new state. Raises LookupError, DecisionNotAllowed."""
    row = read(answers.desk, number)
    steps = DECISIONS.get((row["state"], decision))
    if steps is None:
        able = ", ".join(possible(row["state"])) or "nothing more"
        raise DecisionNotAllowed("state", f"The list {number} is {row['state']}; possible: {able}.")
    if decision in NEEDS_REASON and not reason and who != "office":
        raise DecisionNotAllowed("reason", f"To {decision.replace('_', ' ')} a list, give a reason.")
    document = listed(row)
    log(answers, who, f"list/{number}", decision, reason)
    for code in steps:
        if code == "399" and _is_assessed(answers.desk, number):
            continue
        if code == "800" and not _may_leave(answers, row, document):
            answers.connection.execute("UPDATE lists SET reason = ? WHERE number = ?", (WAITS_FOR_ENTRY, number))
            break
        _enter(answers, row, document, code, reason)
    return str(read(answers.desk, number)["state"])


def _may_leave(answers: Answers, row: sqlite3.Row, document: m.Inventory) -> bool:
    """Whether the goods are where they are released: of direct purchase, at the supervised place, if that is asked."""
    if document.head.tradeMode != "9610" or answers.desk.switches().entry_lists == "assumed":
        return True
    if row["state"] in ("500", "599"):  # inspected or detained: the goods are there
        return True
    return has_entered(answers.desk, row["waybill_key"])


def has_entered(desk: Desk, waybill_key: str) -> bool:
    """Whether an entry-to-warehouse detail names a waybill."""
    return desk.database.row("SELECT 1 FROM entered WHERE waybill_key = ?", waybill_key) is not None


def enter_warehouse(answers: Answers, entry: m.Delivery) -> None:
    """Note which parcels are at the supervised place, and release those that waited for it."""
    for line in entry.lines:
        key = f"{entry.head.logisticsCode}|{line.logisticsNo}"
        answers.connection.execute("INSERT OR IGNORE INTO entered VALUES (?)", (key,))
        waiting = "SELECT * FROM lists WHERE waybill_key = ? AND state = '399' AND reason = ?"
        for row in answers.desk.database.rows(waiting, key, WAITS_FOR_ENTRY):
            own = Answers(answers.desk, answers.connection, row["sender"])
            decide(own, row["number"], "release", who="office")


def _enter(answers: Answers, row: sqlite3.Row, document: m.Inventory, code: str, reason: str) -> None:
    """Bring a list into a state, with what follows from it, and answer."""
    connection, number = answers.connection, row["number"]
    connection.execute("UPDATE lists SET state = ?, reason = ? WHERE number = ?", (code, reason, number))
    if code == "800":
        connection.execute(
            "UPDATE lists SET released_on = ? WHERE number = ?", (answers.desk.today().isoformat(), number)
        )
    _answer(answers, document, row["pre"], number, code, reason or STATES[code])
    if code == "399":
        _make_bill(answers, row, document)
    if code in ("100", "700"):
        _post(connection, row["person"], row["year"], number, -balance(connection, number), f"ended with {code}")
        bills.void(answers, row, document.head.assureCode)


def _make_bill(answers: Answers, row: sqlite3.Row, document: m.Inventory) -> None:
    try:
        lines = assessment.taxes(document, row["regime"], answers.desk.today())
    except Unassessed as error:
        log(answers, "office", f"list/{row['number']}", "no tax bill", str(error))
        return
    bills.make(answers, row, document.head, lines)


def cancel(answers: Answers, row: sqlite3.Row) -> None:
    """Make a list void whose cancellation is approved: the account and the tax bill too."""
    connection, number = answers.connection, row["number"]
    connection.execute("UPDATE lists SET state = 'cancelled' WHERE number = ?", (number,))
    _post(connection, row["person"], row["year"], number, -balance(connection, number), "cancelled")
    bills.void(answers, row, listed(row).head.assureCode)


def give_back(answers: Answers, row: sqlite3.Row, amount: int) -> None:
    """Take the value of returned goods off the person's account, in the year in which it was used."""
    _post(answers.connection, row["person"], row["year"], row["number"], -amount, "returned")


def read(desk: Desk, number: str) -> sqlite3.Row:
    """A list. Raises LookupError."""
    row = desk.database.row("SELECT * FROM lists WHERE number = ?", number)
    if row is None:
        raise LookupError(f"There is no list {number[:40]}.")
    return row


def listed(row: sqlite3.Row) -> m.Inventory:
    """The document of a list."""
    return msgspec.json.decode(row["value"], type=m.Inventory)


def possible(state: str) -> list[str]:
    """The decisions that a state allows."""
    return [decision for at, decision in DECISIONS if at == state]


def receipts(desk: Desk, row: sqlite3.Row) -> list[dict[str, Any]]:
    """What was answered about a list: before it had its number, and after."""
    found = desk.database.rows(
        "SELECT kind, code, info, time FROM answers WHERE subject IN (?, ?) ORDER BY id",
        f"list/{row['number']}",
        f"list/{row['pre']}",
    )
    return [dict(each) for each in found]


def log(answers: Answers, who: str, subject: str, decision: str, reason: str) -> None:
    """Keep who decided what, and when."""
    answers.connection.execute(
        "INSERT INTO decisions (time, who, subject, decision, reason) VALUES (?, ?, ?, ?, ?)",
        (answers.desk.now().isoformat(timespec="seconds"), who, subject, decision, reason),
    )


def balance(connection: sqlite3.Connection, number: str) -> int:
    """What a list has taken of its person's account and not given back."""
    return int(
        connection.execute("SELECT coalesce(sum(amount), 0) FROM account WHERE list = ?", (number,)).fetchone()[0]
    )


def _post(connection: sqlite3.Connection, person: str, year: int, number: str, amount: int, why: str) -> None:
    connection.execute(
        "INSERT INTO account (person, year, list, amount, why) VALUES (?, ?, ?, ?, ?)",
        (person, year, number, amount, why),
    )


def _is_assessed(desk: Desk, number: str) -> bool:
    found = desk.database.row("SELECT 1 FROM answers WHERE subject = ? AND code = '399' LIMIT 1", f"list/{number}")
    return found is not None


def _pre_number(answers: Answers) -> str:
    """A number of the E-Port: a letter, the day and a serial of nine digits."""
    serial = answers.desk.series * 1_000_000 + answers.desk.count(answers.connection, "pre")
    return f"B{answers.desk.today():%Y%m%d}{serial:09}"


def _answer(answers: Answers, document: m.Inventory, pre: str, number: str, code: str, info: str) -> None:
    head, time = document.head, answers.desk.stamp(answers.connection)
    shown = f"[Code:{code};Desc:{info}]"[:1000]
    receipt = InventoryReturn(
        guid=head.guid,
        customsCode=head.customsCode,
        ebpCode=head.ebpCode,
        ebcCode=head.ebcCode,
        agentCode=head.agentCode,
        copNo=head.copNo or "-",
        preNo=pre,
        invtNo=number or None,
        returnStatus=code,
        returnTime=time,
        returnInfo=shown,
    )
    subject = f"list/{number or pre}"
    answers.give(head.guid, subject, code, receipt, shown, time)
