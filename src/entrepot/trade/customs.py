"""Commands about declarations: open one, send its messages, and act on what customs answers.

A message to customs goes through the outbox, channel `customs`. Its body names the declaration and the document: the
personal data in it is read when it is sent, so the outbox holds none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from entrepot.trade import accounts
from entrepot.trade.declarations import (
    DOCUMENTS,
    LIST,
    UNREADABLE,
    WAYBILL_STATUS,
    Bill,
    Declaration,
    Receipt,
    TaxBill,
    bill_after,
    collected,
    meaning,
    message_ids,
    message_key,
    own_number,
    ready_to_declare,
)
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.objects import Kind, NotAllowed
from entrepot.trade.offer_form import one_of
from entrepot.trade.ports import AlreadyRecorded, Transaction

#: Whose customs this is, and the currency of its bills.
CHINA, CNY = "CN", "CNY"
#: By which number a receipt for each document names the declaration, the surest first.
NAMED_BY = {
    "order": ("order",),
    "payment": ("payment",),
    "waybill": ("waybill",),
    "waybill_status": ("waybill",),
    "list": ("own", "list"),
    "cancellation": ("own", "list"),
    "return": ("own",),
    # The entry detail is the message of the operator of the supervised place.
    "entry": (),
}


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of customs that names no declaration that we know.

    `status`: open, matched after another try, or closed by an operator for a `reason` of `CLOSE_REASONS`.
    """

    id: str
    content: Mapping[str, Any]
    created: str
    status: str = "open"
    declaration: str = ""
    reason: str = ""


#: Why an operator closes an unmatched answer: it answers a message of another system, or a trial; it is known twice.
CLOSE_REASONS = ("other_system", "trial", "repeated", "settled", "other")


def apply_unmatched(state: Unmatched | None, event: Event) -> Unmatched:
    """The unmatched answer after an event. Raises NotAllowed."""
    if state is None and event.kind == "unmatched_receipt.created":
        return Unmatched(id=event.stream, content=event.payload, created=event.time)
    if state is not None and event.kind == "unmatched_receipt.matched" and state.status == "open":
        return msgspec.structs.replace(state, status="matched", declaration=event.payload["declaration"])
    if state is not None and event.kind == "unmatched_receipt.closed" and state.status == "open":
        return msgspec.structs.replace(state, status="closed", reason=event.payload["reason"])
    raise NotAllowed(
        "unmatched_receipt", "{event} does not follow for {object}.", event=event.kind, object=event.stream
    )


UNMATCHED = Kind("ur_", "unmatched_receipt", Unmatched, apply_unmatched, lambda _state: ())


def open_declaration(
    tx: Transaction,
    *,
    order: str,
    owners: Sequence[str],
    mode: str,
    numbers: Mapping[str, str],
    cause: str = "",
    attempt: int = 1,
) -> Declaration:
    """Open the declaration of an order and send its three documents. `mode`: 9610 or 1210.

    `numbers`: those of the order, the payment and the waybill; `attempt`: 2 after a list that customs cancelled. Raises
    AlreadyRecorded if the order has a declaration of this attempt.
    """
    missing = [each for each in DOCUMENTS if not numbers.get(each)]
    if missing:
        raise NotAllowed(
            "declaration_numbers",
            "{order} cannot be declared without the number of the {document}.",
            order=order,
            document=missing[0],
        )
    declaration = tx.new_id("de_")
    given = {"order": order, "owners": list(owners), "mode": mode, "numbers": dict(numbers)}
    tx.append(declaration, "declaration.created", given, key=f"declaration/{order}/{attempt}", cause=cause)
    state: Declaration = tx.get(declaration)
    for document in DOCUMENTS:
        state = send_message(tx, state, document, cause=cause)
    return state


def send_message(tx: Transaction, declaration: Declaration, document: str, *, cause: str = "") -> Declaration:
    """Put a message of a declaration into the outbox, the first time or after a refusal. Raises NotAllowed."""
    payload = {"document": document}
    changed: Declaration = tx.append(declaration.id, "declaration.message_queued", payload, cause=cause)
    _send(tx, changed, document, str(changed.messages[document].tries))
    return changed


def send_again(tx: Transaction, declaration: Declaration, *, cause: str = "") -> Declaration:
    """Send again the messages of a declaration that customs refused, or that could not be passed on to it."""
    for document, message in declaration.messages.items():
        if message.state in ("refused", "failed"):
            declaration = send_message(tx, declaration, document, cause=cause)
    return declaration


def ask_cancellation(tx: Transaction, declaration: Declaration, reason: str, *, cause: str = "") -> Declaration:
    """Ask customs to cancel a list that is not released (CEB623). Raises NotAllowed."""
    payload = {"reason": reason}
    changed: Declaration = tx.append(declaration.id, "declaration.cancellation_asked", payload, cause=cause)
    _send(tx, changed, "cancellation", timestamp(tx.time))
    return changed


def ask_return(tx: Transaction, declaration: Declaration, number: str, *, cause: str = "") -> Declaration:
    """Ask customs to approve the return of released goods (CEB625). `number`: the return, `re_…`. Raises NotAllowed."""
    payload = {"return": number}
    changed: Declaration = tx.append(declaration.id, "declaration.return_asked", payload, cause=cause)
    _send(tx, changed, "return", timestamp(tx.time), number)
    return changed


def is_to_send(declaration: Declaration, document: str, key: str, number: str = "") -> bool:
    """Whether a message of the outbox still has a purpose: it has no answer yet, and no later one took its place.

    `key`: of the message; `number`: of the return that it is about.
    """
    if document == "cancellation":
        return declaration.cancellation == "asked"
    if document == "return":
        return declaration.returns.get(number) == "asked"
    known = declaration.messages.get(document)
    return (
        known is not None
        and known.state == "to_send"
        and key == message_key(declaration.id, document, str(known.tries))
    )


def receive_receipt(tx: Transaction, receipt: Receipt, *, cause: str = "") -> Declaration | Unmatched:
    """Record a receipt and do what follows: when all three documents are stored, the list is sent.

    A receipt that was recorded before changes nothing. One for a declaration that we do not know, or for a message that
    it has not sent, is kept as unmatched.
    """
    declaration = _find(tx, _names(receipt))
    if declaration is None:
        return _keep(tx, {"receipt": _payload(receipt)}, cause)
    if not _sent(declaration, receipt):
        # A delivery report that the carrier sent itself: its receipt changes nothing.
        reported = receipt.document == WAYBILL_STATUS and meaning(receipt.code) not in ("refused", "failed")
        return declaration if reported else _keep(tx, {"receipt": _payload(receipt)}, cause)
    if receipt.document == "cancellation":
        return _append(tx, declaration, "declaration.cancellation_answered", receipt, {}, cause)
    if receipt.document == "return":
        more = {"return": _return_of(declaration, receipt)}
        return _append(tx, declaration, "declaration.return_answered", receipt, more, cause)
    changed = _append(tx, declaration, "declaration.receipt", receipt, {}, cause)
    return send_message(tx, changed, LIST, cause=cause) if ready_to_declare(changed) else changed


def receive_bill(tx: Transaction, bill: Bill, *, cause: str = "") -> Declaration | Unmatched:
    """Record a tax bill. What customs has collected is not owed to it any more.

    One for a list that we do not know is kept as unmatched: the list's number may come later.
    """
    declaration = _find(tx, [("list", bill.list_number)])
    if declaration is None:
        return _keep(tx, {"bill": _payload(bill)}, cause)
    payload = {**_payload(bill), "returned": bill.time}
    del payload["time"]
    key = f"bill/{bill.number}/{bill.status}/{bill.time}"
    before = declaration.bills.get(bill.number)
    given = {name: value for name, value in payload.items() if name != "list_number"}
    paid = collected(bill_after(before, msgspec.convert(given, TaxBill))) - collected(before)
    postings = (
        (Posting(accounts.customs(CHINA), CNY, -paid), Posting(accounts.collected(CHINA), CNY, paid)) if paid else ()
    )
    return _once(tx, declaration, "declaration.tax_bill", payload, key, cause, postings)


def receive_refusal(tx: Transaction, refusal: Mapping[str, str], *, cause: str = "") -> Declaration | Unmatched:
    """Record that customs could not read a message: it has failed. `refusal`: message (its id), code and time.

    The refusal of a message that we do not know is kept for the operator.
    """
    declaration = _find(tx, [("message", refusal["message"])])
    if declaration is None:
        return _keep(tx, {"refusal": dict(refusal)}, cause)
    document = message_ids(declaration)[refusal["message"]]
    receipt = Receipt(document=document, code=UNREADABLE, time=refusal["time"], info=refusal["code"])
    return _append(tx, declaration, "declaration.receipt", receipt, {}, cause)


def retry_unmatched(tx: Transaction, number: str) -> Declaration | Unmatched:
    """Try an unmatched answer again, for instance after customs has named the number of a list."""
    kept: Unmatched = tx.get(number)
    if kept.status != "open":
        return kept
    receipt = msgspec.convert(kept.content["receipt"], Receipt) if "receipt" in kept.content else None
    bill = msgspec.convert(kept.content["bill"], Bill) if "bill" in kept.content else None
    named = _names(receipt) if receipt else [("list", bill.list_number)] if bill else []
    found = _find(tx, named)
    if found is None or (receipt is not None and not _sent(found, receipt)):
        return kept
    tx.append(number, "unmatched_receipt.matched", {"declaration": found.id})
    if receipt is not None:
        return receive_receipt(tx, receipt, cause=number)
    assert bill is not None  # noqa: S101  # an unmatched answer is one or the other
    return receive_bill(tx, bill, cause=number)


def close_unmatched(tx: Transaction, number: str, reason: str, *, by: str) -> Unmatched:
    """Close an unmatched answer, as an operator: nothing follows from it. Raises TradeError and NotAllowed."""
    one_of("reason", reason, CLOSE_REASONS)
    kept: Unmatched = tx.get(number)
    if (kept.status, kept.reason) == ("closed", reason):
        return kept
    closed: Unmatched = tx.append(number, "unmatched_receipt.closed", {"reason": reason, "by": by})
    return closed


def _sent(declaration: Declaration, receipt: Receipt) -> bool:
    """Whether a declaration has sent the message that a receipt answers."""
    if receipt.document == "cancellation":
        return bool(declaration.cancellation)
    if receipt.document == "return":
        return _return_of(declaration, receipt) is not None
    return receipt.document in declaration.messages


def _return_of(declaration: Declaration, receipt: Receipt) -> str | None:
    """The return of a declaration that a receipt answers."""
    own = receipt.numbers.get("own", "")
    return next((each for each in declaration.returns if own_number(each) == own), None)


def _send(tx: Transaction, declaration: Declaration, document: str, attempt: str, number: str = "") -> None:
    body = {"declaration": declaration.id, "document": document, **({"return": number} if number else {})}
    tx.send("customs", document, body, key=message_key(declaration.id, document, attempt, number))


def _names(receipt: Receipt) -> list[tuple[str, str]]:
    """The numbers by which a receipt may name its declaration."""
    return [(name, receipt.numbers.get(name, "")) for name in NAMED_BY.get(receipt.document, ())]


def _find(tx: Transaction, numbers: Sequence[tuple[str, str]]) -> Declaration | None:
    """The declaration that is known by one of these numbers."""
    for name, number in numbers:
        found = tx.lookup(f"customs/{name}:{number}") if number else None
        if found is not None:
            state: Declaration = tx.get(found)
            return state
    return None


def _append(
    tx: Transaction, declaration: Declaration, kind: str, receipt: Receipt, more: Mapping[str, Any], cause: str
) -> Declaration:
    key = f"receipt/{declaration.id}/{receipt.document}/{more.get('return', '')}/{receipt.code}/{receipt.time}"
    numbers = {name: each for name, each in receipt.numbers.items() if name in ("pre", "list") and each}
    payload = {"document": receipt.document, "code": receipt.code, "time": receipt.time, "info": receipt.info}
    return _once(tx, declaration, kind, {**payload, **more, "numbers": numbers}, key, cause)


def _once(  # what an event has
    tx: Transaction, declaration: Declaration, kind: str, payload: Mapping[str, Any], key: str, cause: str,
    postings: Sequence[Posting] = (),
) -> Declaration:  # fmt: skip
    """Append an event; if it was recorded before, change nothing."""
    try:
        changed: Declaration = tx.append(declaration.id, kind, payload, postings=postings, key=key, cause=cause)
    except AlreadyRecorded:
        return declaration
    return changed


def _keep(tx: Transaction, content: Mapping[str, Any], cause: str) -> Unmatched:
    state: Unmatched = tx.append(tx.new_id("ur_"), "unmatched_receipt.created", content, cause=cause)
    return state


def _payload(value: Receipt | Bill) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found
