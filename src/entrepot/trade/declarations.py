"""The declaration of one order to customs: its messages, the receipts for them, and what follows from each.

China's cross-border e-commerce retail import has four messages for an order: the order, the payment and the waybill,
which customs must have stored before the fourth, the list, is declared. Each has its own receipts. A receipt may come
twice, late or out of order: the receipts of a message are ordered by the time that customs wrote into them, and a list
never goes back from a final state.

Sources: the message specification of the unified system, edition 202205 (receipt codes: sections 3.2.4 to 3.16.4);
that the three documents are stored before the list is declared: GACC Announcement 194 of 2018, as published by others.
The moves between the states are ours: no official table of them is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, NotAllowed, check_first

#: The documents that customs matches against the list, and the list.
DOCUMENTS = ("order", "payment", "waybill")
LIST = "list"
#: That the consignee has signed for the parcel.
WAYBILL_STATUS = "waybill_status"
#: What each receipt code means for a message. A negative code is always a failure. Codes with no entry change nothing.
MEANINGS = {
    "2": "sent",
    "3": "sent",
    "4": "failed",
    "100": "refused",
    "120": "stored",
    "300": "held",
    "399": "assessed",
    "500": "held",
    "501": "detained",
    "502": "detained",
    "503": "detained",
    "599": "detained",
    "700": "returned_abroad",
    "800": "released",
    "899": "closed",
}
#: In place of the code of a receipt: a message that could not be read (CEB900), which has codes of its own.
UNREADABLE = "unreadable"
#: From which state a message may go to which. Anything else in a receipt is recorded and changes nothing.
MOVES: Mapping[str, frozenset[str]] = {
    "to_send": frozenset(
        {"sent", "stored", "held", "assessed", "released", "refused", "failed", "detained", "returned_abroad"}
    ),
    "sent": frozenset({"stored", "held", "assessed", "released", "refused", "failed", "detained", "returned_abroad"}),
    "stored": frozenset({"held", "assessed", "released", "refused", "failed", "detained", "returned_abroad"}),
    "held": frozenset({"held", "assessed", "released", "refused", "detained", "returned_abroad"}),
    "assessed": frozenset({"held", "released", "refused", "detained", "returned_abroad"}),
    "detained": frozenset({"held", "released", "returned_abroad"}),
    # A later receipt can overrule a refusal: what customs wrote last decides.
    "refused": frozenset({"sent", "stored", "held", "assessed", "released", "detained", "returned_abroad"}),
    "failed": frozenset({"sent", "stored", "held", "assessed", "released", "refused", "detained", "returned_abroad"}),
    "released": frozenset({"closed"}),
    "returned_abroad": frozenset(),
    "closed": frozenset(),
}
#: The word of the whole declaration for each state of its list, once the list is on its way.
_WORDS = {"sent": "declared", "stored": "declared", "failed": "refused"}
#: Words that customs' answer to a cancellation does not change any more: it has decided about the goods or the list.
_DECIDED = frozenset({"released", "closed", "returned_abroad", "refused"})


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to customs. `returned`: the time in the last receipt that counted; `code`, `info`: what it said.

    `tries`: how often it was sent; `early`: code, time and text of a receipt that closes a list whose release is not
    known yet: it takes effect after the receipt of the release; `taken`: a receipt said that the message was
    accepted, so that sending it again is a change of it. A negative code refuses it before that (unchecked: ours).
    """

    state: str = "to_send"
    code: str = ""
    returned: str = ""
    info: str = ""
    tries: int = 0
    early: tuple[str, str, str] | None = None
    taken: bool = False


class TaxBill(msgspec.Struct, frozen=True, omit_defaults=True):
    """An electronic tax bill, amounts in fen. `status`: made, collected or void; `paper`: the payment paper.

    The amounts are None where customs has told the status of a bill and not yet the bill.
    """

    number: str
    duty: int | None
    vat: int | None
    excise: int | None
    status: str
    returned: str
    paper: str = ""

    @property
    def total(self) -> int | None:
        """The tax of the bill, in fen; None where the bill has not come."""
        if self.duty is None or self.vat is None or self.excise is None:
            return None
        return self.duty + self.vat + self.excise


class Declaration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The declaration of an order. `numbers`: by which others know it: order, payment, waybill, own and list number.

    `cancellation`: "", asked, approved or refused; `returns`: the same words for each return, by its id; `released`:
    when customs released the goods, as customs wrote it.
    """

    id: str
    order: str
    owners: tuple[str, ...]
    mode: str
    numbers: Mapping[str, str]
    messages: Mapping[str, Message]
    created: str
    status: str = "created"
    cancellation: str = ""
    returns: Mapping[str, str] = {}
    released: str = ""
    bills: Mapping[str, TaxBill] = {}
    reason: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer of customs to one message. `document`: order, payment, waybill, list, cancellation or return.

    `time`: as customs wrote it, `YYYYMMDDhhmmssSSS`, which sorts as text; `numbers`: those that the answer names.
    """

    document: str
    code: str
    time: str
    info: str = ""
    numbers: Mapping[str, str] = {}


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A tax bill, or the status of one, as customs sent it. `list_number`: the number that customs gave the list.

    Amounts are in fen. The message of a status (CEB818) has none: they are None.
    """

    list_number: str
    number: str
    duty: int | None
    vat: int | None
    excise: int | None
    status: str
    time: str
    paper: str = ""


def meaning(code: str) -> str | None:
    """What a receipt code means; None if it is not known.

    >>> meaning("800"), meaning("-621018"), meaning("600")
    ('released', 'failed', None)
    """
    if code == UNREADABLE or (code.startswith("-") and code[1:].isdigit()):
        return "failed"
    return MEANINGS.get(code)


def after_receipt(message: Message, code: str, time: str, info: str = "") -> Message:
    """A message after a receipt. It stays as it was if the receipt is older than the last one, or does not follow.

    The receipt that closes a list may come before that of its release: it takes effect after that.

    >>> released = after_receipt(Message("stored", "120", "20260301090000000"), "800", "20260301100000000")
    >>> after_receipt(released, "399", "20260301093000000") == released, after_receipt(released, "300", "9").state
    (True, 'released')
    """
    found = meaning(code)
    if found is None or time < message.returned:
        return message
    if found not in MOVES[message.state]:
        early = found == "closed" and bool(MOVES[message.state])
        return msgspec.structs.replace(message, early=(code, time, info)) if early else message
    taken = message.taken or not code.startswith("-")
    after = msgspec.structs.replace(message, state=found, code=code, returned=time, info=info, taken=taken)
    return after_receipt(after, *message.early) if message.early and "closed" in MOVES[found] else after


def status_of(messages: Mapping[str, Message], cancellation: str) -> str:
    """The word of a declaration, from its messages (`node_state_map` in the reference of the objects of trade).

    >>> status_of({"order": Message("stored"), "payment": Message("stored"), "waybill": Message("sent")}, "")
    'documents_sent'
    """
    if cancellation == "approved":
        return "cancelled"
    listed = messages.get(LIST)
    if listed is not None and listed.state != "to_send":
        word = _WORDS.get(listed.state, listed.state)
        return "cancel_asked" if cancellation == "asked" and word not in _DECIDED else word
    states = [messages[each].state for each in DOCUMENTS if each in messages]
    if any(state in ("refused", "failed") for state in states):
        return "refused"
    if states and all(state == "stored" for state in states):
        return "documents_stored"
    return "documents_sent" if any(state in ("sent", "stored") for state in states) else "created"


def ready_to_declare(declaration: Declaration) -> bool:
    """Whether the list can be sent now: customs has stored all three documents, and no list is on its way."""
    stored = all(declaration.messages[each].state == "stored" for each in DOCUMENTS)
    return stored and LIST not in declaration.messages and not declaration.cancellation


def apply(state: Declaration | None, event: Event) -> Declaration:
    """The declaration after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "declaration.created")
        return _created(event)
    change = _CHANGES.get(event.kind)
    if change is None:
        able = ", ".join(sorted(_CHANGES))
        raise NotAllowed(
            "declaration_event",
            "{event} is not an event of a declaration. It can have {able}.",
            event=event.kind,
            able=able,
        )
    changed = change(state, event.payload, event)
    return msgspec.structs.replace(changed, status=status_of(changed.messages, changed.cancellation))


def _created(event: Event) -> Declaration:
    given = event.payload
    return Declaration(
        id=event.stream,
        order=given["order"],
        owners=tuple(given["owners"]),
        mode=given["mode"],
        numbers=dict(given["numbers"]),
        messages={each: Message() for each in DOCUMENTS},
        created=event.time,
    )


def _queued(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    """A message is put into the outbox, for the first time or again."""
    document = given["document"]
    before = state.messages.get(document)
    if before is not None and before.state not in ("to_send", "refused", "failed"):
        raise NotAllowed(
            "message_under_way",
            "The {document} of {declaration} is {state}: it is not sent again.",
            document=document,
            declaration=state.id,
            state=before.state,
        )
    # A receipt for the message as it was before is older than `returned`, which stays.
    before = before or Message()
    sent = Message("to_send", returned=before.returned, tries=before.tries + 1, taken=before.taken)
    return _with_message(state, document, sent)


def _received(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    document, numbers = given["document"], {**state.numbers, **given.get("numbers", {})}
    before = state.messages.get(document)
    if before is None:
        raise NotAllowed(
            "receipt_without_message",
            "{declaration} has sent no {document}: customs answered one.",
            declaration=state.id,
            document=document,
        )
    after = after_receipt(before, given["code"], given["time"], given.get("info", ""))
    changed = msgspec.structs.replace(_with_message(state, document, after), numbers=numbers)
    if document == LIST and meaning(given["code"]) == "released" and after.state != before.state:
        changed = msgspec.structs.replace(changed, released=given["time"])
    return changed


def _given_up(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    """A message that is not sent after all: it has failed, as one that could not be passed on to customs."""
    document = given["document"]
    before = state.messages.get(document)
    if before is None or before.state != "to_send":
        raise NotAllowed(
            "message_answered",
            "The {document} of {declaration} is {state}: it is not given up.",
            document=document,
            declaration=state.id,
            state=before.state if before else "not sent",
        )
    return _with_message(state, document, msgspec.structs.replace(before, state="failed", code=given["reason"]))


def _billed(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    bill = msgspec.convert({name: value for name, value in given.items() if name != "list_number"}, TaxBill)
    return msgspec.structs.replace(
        state, bills={**state.bills, bill.number: bill_after(state.bills.get(bill.number), bill)}
    )


def bill_after(before: TaxBill | None, bill: TaxBill) -> TaxBill:
    """A tax bill after another message about it: the newer one holds, and what is void stays void.

    A status has no amounts: they are those of the bill, whichever of the two came first.
    """
    if before is None:
        return bill
    newer, older = (before, bill) if before.returned > bill.returned or before.status == "void" else (bill, before)
    known = newer if newer.total is not None else older
    return msgspec.structs.replace(newer, duty=known.duty, vat=known.vat, excise=known.excise)


def collected(bill: TaxBill | None) -> int:
    """What customs has collected by a bill, in fen: nothing before it says so, or where its amounts are not known."""
    return (bill.total or 0) if bill is not None and bill.status == "collected" else 0


def _cancellation_asked(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    listed = state.messages.get(LIST)
    if listed is None or listed.state not in ("stored", "held", "assessed"):
        found = listed.state if listed else "not declared"
        raise NotAllowed(
            "cancellation_not_possible",
            "The list of {declaration} is {state}: customs cancels a list that it has stored and not released.",
            declaration=state.id,
            state=found,
        )
    if state.cancellation in ("asked", "approved"):
        raise NotAllowed(
            "cancellation_asked",
            "The cancellation of {declaration} is {state} already.",
            declaration=state.id,
            state=state.cancellation,
        )
    return msgspec.structs.replace(state, cancellation="asked", reason=given["reason"])


def _cancellation_answered(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    if not state.cancellation:
        raise NotAllowed(
            "receipt_without_message",
            "{declaration} has asked for no cancellation: customs answered one.",
            declaration=state.id,
        )
    return msgspec.structs.replace(state, cancellation=_answered(state.cancellation, given["code"]))


def _cancellation_given_up(state: Declaration, _given: Mapping[str, Any], _event: Event) -> Declaration:
    """Customs is not asked for a cancellation after all."""
    if state.cancellation != "asked":
        raise NotAllowed(
            "cancellation_answered",
            "No cancellation of {declaration} waits for an answer.",
            declaration=state.id,
        )
    return msgspec.structs.replace(state, cancellation="refused")


def _return_asked(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    number = given["return"]
    if not state.released or state.cancellation == "approved":
        raise NotAllowed(
            "return_not_possible",
            "The goods of {declaration} were not released: there is nothing to return. Ask for a cancellation.",
            declaration=state.id,
        )
    if state.returns.get(number) in ("asked", "approved"):
        raise NotAllowed(
            "return_asked", "The return {number} is {state} already.", number=number, state=state.returns[number]
        )
    return msgspec.structs.replace(state, returns={**state.returns, number: "asked"})


def _return_answered(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    number = given["return"]
    if number not in state.returns:
        raise NotAllowed(
            "receipt_without_message",
            "{declaration} has asked for no return {number}: customs answered it.",
            declaration=state.id,
            number=number,
        )
    return msgspec.structs.replace(
        state, returns={**state.returns, number: _answered(state.returns[number], given["code"])}
    )


def _return_given_up(state: Declaration, given: Mapping[str, Any], _event: Event) -> Declaration:
    """Customs is not asked for a return after all."""
    number = given["return"]
    if state.returns.get(number) != "asked":
        raise NotAllowed("return_answered", "The return {number} waits for no answer of customs.", number=number)
    return msgspec.structs.replace(state, returns={**state.returns, number: "refused"})


def _answered(before: str, code: str) -> str:
    """The word of a cancellation or return after a receipt. What is approved stays approved."""
    found = {"assessed": "approved", "refused": "refused", "failed": "refused"}.get(meaning(code) or "")
    return before if found is None or before == "approved" else found


def _with_message(state: Declaration, document: str, message: Message) -> Declaration:
    return msgspec.structs.replace(state, messages={**state.messages, document: message})


_CHANGES = {
    "declaration.message_queued": _queued,
    "declaration.message_given_up": _given_up,
    "declaration.receipt": _received,
    "declaration.tax_bill": _billed,
    "declaration.cancellation_asked": _cancellation_asked,
    "declaration.cancellation_answered": _cancellation_answered,
    "declaration.cancellation_given_up": _cancellation_given_up,
    "declaration.return_asked": _return_asked,
    "declaration.return_answered": _return_answered,
    "declaration.return_given_up": _return_given_up,
}


def own_number(number: str) -> str:
    """The number of at most 20 characters that our messages carry (`copNo`), from the id of a declaration or return.

    >>> own_number("de_0192f0c1a2b37c4d8e5f60718293a4b5")
    '7C4D8E5F60718293A4B5'
    """
    # The last 80 bits of a UUIDv7: 74 of them are random.
    return number[-20:].upper()


def cancellation_number(number: str) -> str:
    """The own number of the application to cancel a declaration."""
    return "C" + own_number(number)[1:]


def message_key(declaration: str, document: str, attempt: str, number: str = "") -> str:
    """The key of a message in the outbox. `attempt`: tells repetitions apart; `number`: of a return."""
    return f"{declaration}/{document}/{number or '-'}/{attempt}"


def guid_of(key: str) -> str:
    """The id of a message (36 characters, capitals), the same each time the message is sent, from its outbox key.

    >>> guid_of("de_1/order/-/1")
    'CBBBD663-DF28-54AA-A28B-69EE0C239CC2'
    """
    # A UUID of version 5 (RFC 9562).
    found = bytearray(hashlib.sha1(_GUIDS + key.encode(), usedforsecurity=False).digest()[:16])
    found[6], found[8] = found[6] & 0x0F | 0x50, found[8] & 0x3F | 0x80
    text = found.hex().upper()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


#: The namespace of the ids of our messages: the UUID of version 5 of https://entrepot.example/customs/cn.
_GUIDS = bytes.fromhex("697a90c1cb635db1aed1356d19a9824c")


def message_ids(state: Declaration) -> dict[str, str]:
    """The documents of a declaration by the ids of their messages as they were sent last."""
    return {guid_of(message_key(state.id, name, str(each.tries))): name for name, each in state.messages.items()}


def references(state: Declaration) -> tuple[str, ...]:
    """The numbers by which receipts name a declaration: `customs/list:291020261000000001`, `customs/own:…`."""
    owns = [own_number(state.id), *([cancellation_number(state.id)] if state.cancellation else [])]
    owns += [own_number(each) for each in state.returns]
    # After a cancellation another list may be declared for the same order, payment and waybill.
    own = DOCUMENTS if state.cancellation == "approved" else ()
    named = [f"customs/{name}:{each}" for name, each in sorted(state.numbers.items()) if each and name not in own]
    sent = (f"customs/message:{each}" for each in message_ids(state))
    return (*named, *(f"customs/own:{number}" for number in owns), *sent)


DECLARATION = Kind("de_", "declaration", Declaration, apply, lambda state: state.owners, references)
