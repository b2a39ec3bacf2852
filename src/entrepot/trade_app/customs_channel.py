"""The channel `customs` of the outbox, and what comes back: orders are matched and declared, receipts take effect.

    payment_data  send the payment data that customs asked for
    declare       match the documents of a paid order that has a waybill; open its declaration where no rule fails
    order, payment, waybill, list, waybill_status, cancellation, return
                  compose the message from the order and the personal data, sign it, and send it

A message is composed when it is sent, from the events that do not change any more; its id and its time are those of its
outbox entry. So a message that is sent again is the same, byte for byte, except for a signature with random numbers.

No message depends on an earlier one in the outbox: the list is put in when customs has stored the three documents, a
cancellation when it has stored the list, a return when it has released the goods. So one that was given up holds none
up. A message that was answered, or replaced, while it waited is not sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import msgspec

from entrepot.connect.customs.cn import read, write
from entrepot.connect.customs.cn.answers import MessageReturn
from entrepot.connect.customs.cn.checks import check
from entrepot.connect.customs.cn.compose import NoCode, Parcel, Sending
from entrepot.connect.customs.cn.dxp import DxpMsg, TransInfo, unwrapped, write_envelope
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.matching import documents_of
from entrepot.connect.customs.cn.receipts import bills, receipts
from entrepot.connect.customs.cn.settings import Settings
from entrepot.connect.customs.cn.signature import sign
from entrepot.connect.customs.cn.signers import Signer
from entrepot.connect.customs.cn.transport import Transport
from entrepot.trade import customs
from entrepot.trade.declarations import Declaration, cancellation_number, guid_of, own_number
from entrepot.trade.match.compare import FAILED, Match, hidden, match
from entrepot.trade.match.compare import Settings as MatchSettings
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import AlreadyRecorded, Books, NotFound, Transaction
from entrepot.trade.returns import Return
from entrepot.trade.screening.results import held
from entrepot.trade.shipments import Shipment
from entrepot.trade_app import payment_data_channel
from entrepot.trade_app.china import CannotDeclare, message_of, parcel_of

#: Tried for two days: an office can be closed over night.
BACKOFF = Backoff(first=2, factor=2, most=1800, attempts=110)
SENDER = "customs/cn"
#: Open answers that are read at a time; so many are tried again when a list gets its number.
MAX_UNMATCHED = 200


class Office(NamedTuple):
    """Where messages go: the books, the settings of the connection, who signs, and the transport."""

    books: Books
    settings: Settings
    signer: Signer | None
    transport: Transport


class _Papers(NamedTuple):
    """What one declaration is made from."""

    order: Order
    payment: Payment
    shipment: Shipment
    contact: Mapping[str, str]
    payer: Mapping[str, str]


def channel(office: Office) -> Channel:
    """How the messages of the channel `customs` are sent: those of one declaration one after the other."""
    return Channel(partial(send, office), BACKOFF, in_order=True, slots=4)


def send(office: Office, message: Message) -> None:
    """Send one message. Raises Later if it must be repeated, Refused if it can never be sent."""
    try:
        if message.topic == "declare":
            declare(office, str(message.body["order"]))
            return
        if message.topic == "payment_data":
            payment_data_channel.send(
                office.books, office.settings, office.signer, message.body, dt.datetime.now(dt.UTC)
            )
            return
        content = _composed(office, message)
        if content is None:
            return
    except CannotDeclare as error:
        raise Refused(f"{error} ({error.code}, {error.param})") from None
    except (MessageError, NoCode) as error:
        raise Refused(str(error)) from None
    except NotFound as error:
        raise Refused(f"{error} is not there any more: a message cannot be made without it.") from None
    office.transport.send(guid_of(message.key), content)


def declare(office: Office, number: str) -> Match | None:
    """Match the documents of an order, record the result, and open its declaration where no rule fails.

    None if the order has a declaration already or has ended, or if a document cannot be written: the order has the
    reason then, and its seller asks again once it is corrected. Raises NotFound.
    """
    try:
        return office.books.run(partial(_declared, office, number))
    except CannotDeclare as error:
        fault = {"rule": error.code, "says": str(error), "param": error.param}
    except MessageError as error:
        fault = {"rule": error.code, "says": str(error)}
    except NoCode as error:
        fault = {"rule": "country_without_code", "says": str(error)}
    office.books.run(partial(_not_declared, number, fault))
    return None


def _not_declared(number: str, fault: Mapping[str, str], tx: Transaction) -> None:
    order: Order = tx.get(number)
    if order.state == "placed":
        tx.append(number, "order.matched", {"outcome": FAILED, "failed": [dict(fault)]})


def match_order(office: Office, number: str) -> Match:
    """The match of the documents of an order, rule by rule, as they would be sent now. Nothing is recorded.

    Personal values are hidden. Raises CannotDeclare, NotFound.
    """

    def command(tx: Transaction) -> Match:
        order: Order = tx.get(number)
        return _matched(office, _parcel(_papers(tx, order), office.settings, own_number(order.id)), tx.time)

    return office.books.run(command)


def _declared(office: Office, number: str, tx: Transaction) -> Match | None:
    order: Order = tx.get(number)
    if order.state != "placed" or any(status != "cancelled" for status in order.declarations.values()):
        return None
    if held(tx, number):
        says = "The order waits for a check by the operator of this node. Ask again when it is cleared."
        raise CannotDeclare("order_held", says, "order")
    papers = _papers(tx, order)
    own, cause = own_number(order.id), papers.shipment.id
    parcel = _parcel(papers, office.settings, own)
    found = _matched(office, parcel, tx.time)
    failed = [msgspec.to_builtins(each) for each in found.of(FAILED)]
    tx.append(order.id, "order.matched", {"outcome": found.outcome, "failed": failed}, cause=cause)
    if failed:
        return found
    numbers = {"order": parcel.order, "payment": parcel.payment, "waybill": parcel.waybill}
    owners = (order.seller, order.buyer.party)
    attempt = len(order.declarations) + 1
    customs.open_declaration(
        tx, order=order.id, owners=owners, mode=parcel.mode, numbers=numbers, cause=cause, attempt=attempt
    )
    return found


def _matched(office: Office, parcel: Parcel, time: dt.datetime) -> Match:
    """The match of the four documents as they would be sent now. Raises MessageError where one cannot be written."""
    sending = Sending(guid=guid_of(parcel.order), time=time)
    empty = Declaration(id="", order=parcel.order, owners=(), mode=parcel.mode, numbers={}, messages={}, created="")
    parts: list[Any] = []
    for name in ("order", "payment", "waybill", "list"):
        message = message_of(name, parcel, empty, office.settings, sending, {})
        if faults := check(message):
            raise MessageError(faults)
        parts.append(message.documents[0])
    settings = MatchSettings(buyers_authenticated=office.settings.authenticated)
    return match(documents_of(*parts), mask=hidden, settings=settings)


def _papers(tx: Transaction, order: Order) -> _Papers:
    """The objects of a declaration. Raises CannotDeclare where the payment or the waybill is missing."""
    payment = next(
        (tx.get(each) for each in sorted(order.payments, reverse=True) if order.payments[each] == "captured"), None
    )
    if payment is None:
        raise CannotDeclare("declaration_payment", f"{order.id} is not paid: customs asks for its payment.", "payment")
    shipment = next((tx.get(each) for each in sorted(order.shipments) if order.shipments[each] != "cancelled"), None)
    if shipment is None:
        raise CannotDeclare("declaration_waybill", f"{order.id} has no waybill: customs asks for it.", "shipment")
    contact = tx.get_personal(order.buyer.personal)
    payer = tx.get_personal(payment.payer) if payment.payer else contact
    return _Papers(order, payment, shipment, contact, payer)


def _parcel(papers: _Papers, settings: Settings, own: str) -> Parcel:
    return parcel_of(papers.order, papers.payment, papers.shipment, papers.contact, papers.payer, settings, own=own)


def _composed(office: Office, message: Message) -> bytes | None:
    """The bytes of a message about a declaration; None if it has an answer already, or another one took its place."""
    declaration: Declaration = office.books.read(str(message.body["declaration"]))
    if not customs.is_to_send(declaration, message.topic, message.key, str(message.body.get("return", ""))):
        return None
    if message.topic in ("cancellation", "return") and not declaration.numbers.get("list"):
        raise Later("Customs has not told the number of the list yet.")
    declaration, papers, extra = office.books.run(partial(_read, message.body))
    parcel = _parcel(papers, office.settings, own_number(declaration.id))
    document = message.topic
    change = document in declaration.messages and declaration.messages[document].taken
    sending = Sending(guid=guid_of(message.key), time=message.created, change=change)
    composed = message_of(document, parcel, declaration, office.settings, sending, extra)
    content = write(composed)
    if office.signer is not None:
        content = sign(content, office.signer)
    return _wrapped(office, content, composed.kind, sending) if office.settings.transport.envelope else content


def _read(body: Mapping[str, Any], tx: Transaction) -> tuple[Declaration, _Papers, dict[str, Any]]:
    declaration: Declaration = tx.get(str(body["declaration"]))
    papers = _papers_of(tx, declaration)
    extra: dict[str, Any] = {"own": cancellation_number(declaration.id), "delivered": papers.shipment.changed}
    if number := body.get("return"):
        found: Return = tx.get(str(number))
        quantities = {each.line: Decimal(each.quantity) for each in found.lines}
        extra |= {"return": number, "reason": found.reason, "quantities": quantities}
    return declaration, papers, extra


def _papers_of(tx: Transaction, declaration: Declaration) -> _Papers:
    """The papers of a declaration that exists: a payment that was refunded since is still its payment."""
    order: Order = tx.get(declaration.order)
    payment = next(
        tx.get(each) for each in order.payments if tx.get(each).transaction == declaration.numbers["payment"]
    )
    shipment = next(tx.get(each) for each in order.shipments if tx.get(each).waybill == declaration.numbers["waybill"])
    contact = tx.get_personal(order.buyer.personal)
    payer = tx.get_personal(payment.payer) if payment.payer else contact
    return _Papers(order, payment, shipment, contact, payer)


def _wrapped(office: Office, content: bytes, kind: str, sending: Sending) -> bytes:
    created = sending.time.astimezone(dt.timezone(dt.timedelta(hours=8))).strftime("%Y-%m-%dT%H:%M:%S")
    transmitter, transport = office.settings.parties.transmitter, office.settings.transport
    info = TransInfo(
        id=sending.guid, sender=transmitter.dxp, receivers=(transport.receiver,), created=created, kind=kind
    )
    return write_envelope(DxpMsg(info=info, data=content))


def receive(office: Office, content: bytes) -> None:
    """Read a message of customs and let its receipts and tax bills take effect, once. Raises MessageError.

    The same message again changes nothing. What names no declaration that we know is kept as unmatched.
    """
    message = read(unwrapped(content))
    key = hashlib.sha256(content).hexdigest()[:40]  # its first 160 bits: as the cause of events it must be short
    found, billed = receipts(message), bills(message)
    refused = [each for each in message.documents if isinstance(each, MessageReturn)]
    if not (found or billed or refused):
        raise MessageError((Fault("not_from_customs", message.kind),))

    def command(tx: Transaction) -> None:
        if not tx.received(SENDER, key):
            return
        for receipt in found:
            customs.receive_receipt(tx, receipt, cause=key)
        for bill in billed:
            customs.receive_bill(tx, bill, cause=key)
        for each in refused:
            customs.receive_refusal(tx, _refusal(each), cause=key)

    office.books.run(command)
    if lists := {receipt.numbers["list"] for receipt in found if receipt.numbers.get("list")}:
        newest = office.books.list_objects("ur_", status="open", limit=MAX_UNMATCHED)
        _retry(office.books, [each for each in newest if each.content.get("bill", {}).get("list_number") in lists])


def retry_unmatched(books: Books) -> int:
    """Try all open answers again that named no known declaration. Returns how many found one."""
    done, before = 0, ""
    while page := books.list_objects("ur_", status="open", before=before, limit=MAX_UNMATCHED):
        before = page[-1].id
        # What customs says of a message that it could not read names no declaration.
        done += _retry(books, [each for each in page if "refusal" not in each.content])
    return done


def _retry(books: Books, unmatched: Sequence[customs.Unmatched]) -> int:
    done = 0
    for kept in unmatched:
        try:
            done += books.run(partial(customs.retry_unmatched, number=kept.id)).id != kept.id
        except AlreadyRecorded:
            continue
    return done


def _refusal(document: MessageReturn) -> dict[str, str]:
    """What customs says of a message that it could not read: never its content, which has personal data."""
    return {"message": document.oriCopMsgId, "code": document.returnStatus, "time": document.returnTime}
