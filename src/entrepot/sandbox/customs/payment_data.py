"""The office asks a platform for the raw payment data of an order (GACC announcements 2018 No. 165 and No. 179).

The platform acknowledges the request at once and sends the signed data afterwards. The office compares them with the
payment that it has; it keeps what it found, and not the data.
"""

from __future__ import annotations

import http.client
import time
import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

import msgspec

from entrepot.connect.customs.cn import MessageError
from entrepot.connect.customs.cn.payment_data import ACCEPTED, FAILED, Response, read_response
from entrepot.sandbox.customs import lists, papers
from entrepot.sandbox.customs.desk import Desk
from entrepot.sandbox.outgoing import NotAcknowledged, post

#: States of a request: the platform was asked, it refused or did not answer, its data agree with the payment or differ.
ASKED, REFUSED, AGREES, DIFFERS = "asked", "refused", "agrees", "differs"


class NotPossible(Exception):
    """The platform cannot be asked; the text says why."""


def ask(desk: Desk, number: str, address: str) -> str:
    """Ask for the payment data of a list's order. Returns the state. Raises LookupError, NotPossible."""
    if not address:
        raise NotPossible("No platform is known. Start the office with --payment-data-at ADDRESS.")
    row = lists.read(desk, number)
    session = str(uuid.uuid4())
    with desk.database.transaction() as connection:
        connection.execute(
            "INSERT INTO payment_requests (session, list, state, why) VALUES (?, ?, ?, '')", (session, number, ASKED)
        )
    asked = {"orderNo": row["order_number"], "sessionID": session, "serviceTime": int(time.time() * 1000)}
    body = urlencode({"openReq": msgspec.json.encode(asked).decode()}).encode()
    try:
        answer = post(address, body, {"Content-Type": "application/x-www-form-urlencoded"})
        code = msgspec.json.decode(answer, type=dict[str, Any]).get("code")
        why = "" if code == ACCEPTED else f"the platform answered with the code {code}"
    except (OSError, http.client.HTTPException, NotAcknowledged, msgspec.MsgspecError, UnicodeDecodeError) as error:
        why = f"the platform did not answer as agreed: {str(error) or type(error).__name__}"
    if why:
        _note(desk, session, REFUSED, why[:300], only=ASKED)
    return str(desk.database.value("SELECT state FROM payment_requests WHERE session = ?", session))


def receive(desk: Desk, body: bytes, certificates: Mapping[str, bytes]) -> dict[str, Any]:
    """Take payment data, and answer with the announcement's codes. The same data again get the same answer."""
    try:
        found = read_response(body, certificates)
    except MessageError as error:
        return _answer(FAILED, str(error))
    row = desk.database.row("SELECT * FROM payment_requests WHERE session = ?", found.session)
    if row is None:
        return _answer(FAILED, "the session is unknown")
    wrong = _differences(desk, lists.read(desk, row["list"]), found)
    _note(desk, found.session, DIFFERS if wrong else AGREES, "; ".join(wrong))
    return _answer(FAILED, "; ".join(wrong)) if wrong else _answer(ACCEPTED, "", len(found.orders))


def requests(desk: Desk, number: str) -> list[dict[str, Any]]:
    """The requests for a list, the first first."""
    rows = desk.database.rows("SELECT session, state, why FROM payment_requests WHERE list = ? ORDER BY id", number)
    return [dict(row) for row in rows]


def _differences(desk: Desk, row: Any, found: Response) -> list[str]:
    """What differs between the data and the payment that the office has. It names no value."""
    wrong = []
    if row["order_number"] not in [each.get("orderNo") for each in found.orders]:
        wrong.append("the order that was asked for is missing")
    payment = papers.find_payment(desk, row["order_key"], None)
    if payment is None:
        return [*wrong, "the payment is not at customs"]
    head = payment.document.head
    for name, given in (
        ("payCode", head.payCode),
        ("payTransactionId", head.payTransactionId),
        ("ebpCode", head.ebpCode),
    ):
        if found.head.get(name) != given:
            wrong.append(f"{name} is another than that of the payment")
    if found.head.get("currency") != head.currency:
        wrong.append("currency is another than that of the payment")
    try:
        total = Decimal(str(found.head.get("totalAmount")))
    except InvalidOperation:
        total = Decimal("NaN")
    if total != head.amountPaid:
        wrong.append("totalAmount is another than the amount of the payment")
    return wrong


def _note(desk: Desk, session: str, state: str, why: str, *, only: str = "") -> None:
    with desk.database.transaction() as connection:
        connection.execute(
            "UPDATE payment_requests SET state = ?, why = ? WHERE session = ? AND (? = '' OR state = ?)",
            (state, why, session, only, only),
        )


def _answer(code: str, message: str, total: int = 0) -> dict[str, Any]:
    return {"code": code, "message": message[:500], "total": total, "serviceTime": int(time.time() * 1000)}
