"""Electronic tax bills: made when the examination closes, collected from day 31 after the release, void otherwise."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.answers import TaxHeadRd, TaxHeadStatus, TaxListRd
from entrepot.sandbox.customs.assessment import LineTax
from entrepot.sandbox.customs.desk import Answers, Desk

MADE, COLLECTED, VOID = "1", "2", "3"
#: The tax is collected from this day after the release on, if no return is open (GACC Announcement 194 of 2018).
COLLECT_AFTER = 31
#: On this day after the release the goods of a return are back, or it lapses (GACC Announcement 45 of 2020).
RETURN_BY = 45


def make(answers: Answers, row: sqlite3.Row, head: Any, lines: tuple[LineTax, ...]) -> str:
    """Make a bill for a list and send it (CEB816). Returns its number."""
    desk, connection = answers.desk, answers.connection
    number = f"{row['number']}{desk.count(connection, 'bills'):06}"
    connection.execute(
        "INSERT INTO bills (number, list, status, value) VALUES (?, ?, ?, ?)",
        (number, row["number"], MADE, msgspec.json.encode(lines)),
    )
    time = desk.stamp(connection)
    bill = m.TaxBill(
        TaxHeadRd(
            guid=row["guid"],
            returnTime=time,
            invtNo=row["number"],
            taxNo=number,
            customsTax=_yuan(sum(each.duty for each in lines)),
            valueAddedTax=_yuan(sum(each.vat for each in lines)),
            consumptionTax=_yuan(sum(each.excise for each in lines)),
            status=MADE,
            assureCode=head.assureCode,
            ebcCode=head.ebcCode,
            logisticsCode=head.logisticsCode,
            agentCode=head.agentCode,
            customsCode=head.customsCode,
        ),
        tuple(
            TaxListRd(
                gnum=each.number,
                gcode=each.code,
                taxPrice=_yuan(each.value),
                customsTax=_yuan(each.duty),
                valueAddedTax=_yuan(each.vat),
                consumptionTax=_yuan(each.excise),
            )
            for each in lines
        ),
    )
    answers.give(row["guid"], f"list/{row['number']}", MADE, bill, "tax bill", time)
    return number


def of_list(desk: Desk, number: str) -> list[sqlite3.Row]:
    """The bills of a list, the first first."""
    return desk.database.rows("SELECT * FROM bills WHERE list = ? ORDER BY rowid", number)


def lines_of(bill: sqlite3.Row) -> tuple[LineTax, ...]:
    """The lines of a bill."""
    return msgspec.json.decode(bill["value"], type=tuple[LineTax, ...])


def void(answers: Answers, row: sqlite3.Row, guarantor: str) -> None:
    """Declare every bill of a list void that is not collected (CEB818)."""
    for bill in of_list(answers.desk, row["number"]):
        if bill["status"] == MADE:
            tell(answers, row["number"], row["guid"], bill["number"], VOID, "", guarantor)


def due(desk: Desk, on: dt.date) -> list[sqlite3.Row]:
    """The bills to collect on a day, with the columns of their lists."""
    return desk.database.rows(
        "SELECT bills.number AS bill, lists.number AS list, lists.guid, lists.sender FROM bills JOIN lists "
        "ON lists.number = bills.list WHERE bills.status = ? AND lists.released_on <= ? AND NOT EXISTS ("
        "SELECT 1 FROM applications WHERE applications.list = lists.number AND applications.kind = 'return' AND "
        "applications.state = '120' AND lists.released_on >= ?) ORDER BY bills.rowid LIMIT 500",
        MADE,
        (on - dt.timedelta(COLLECT_AFTER)).isoformat(),
        (on - dt.timedelta(RETURN_BY)).isoformat(),
    )


def tell(answers: Answers, number: str, guid: str, bill: str, status: str, paper: str, guarantor: str) -> None:
    """Change the status of a bill of a list, and send it (CEB818)."""
    connection = answers.connection
    connection.execute("UPDATE bills SET status = ?, paper = ? WHERE number = ?", (status, paper, bill))
    time = answers.desk.stamp(connection)
    head = TaxHeadStatus(
        guid=guid,
        returnTime=time,
        invtNo=number,
        taxNo=bill,
        status=status,
        entDutyNo=paper or None,
        assureCode=guarantor or None,
    )
    info = "tax bill collected" if status == COLLECTED else "tax bill void"
    answers.give(guid, f"list/{number}", status, m.TaxBillStatus(head), info, time)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
