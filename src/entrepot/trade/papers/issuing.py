"""Commands of documents: issue one for an order, withdraw it, and read what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order
from entrepot.trade.papers import documents
from entrepot.trade.papers.build import Head, Members, Sources, build
from entrepot.trade.papers.checks import Case, Finding, check, refuse_contradictions
from entrepot.trade.papers.details import AskedDocument
from entrepot.trade.papers.documents import Document
from entrepot.trade.papers.kinds import INVOICE, KINDS, RETURN_SLIP, kind_of
from entrepot.trade.papers.paper import Paper, Party, Reference
from entrepot.trade.papers.sheets import codes, missing_of_credential, sheet_of
from entrepot.trade.placing import DEFAULT_TERMS, Terms
from entrepot.trade.ports import NotFound, PersonalData, Transaction, key_reused
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment

#: The purposes of personal data: what a document says, and who an exporter is.
PURPOSE, EXPORTER = "document", "exporter"


class Sealed(NamedTuple):
    """A credential: the signed text, the id of its key, and its end (RFC 3339)."""

    text: str
    key: str
    expires: str


#: Signs what a paper says, at a time (RFC 3339); None where its kind has no credential.
Seal = Callable[[Paper, str], Sealed | None]


class Desk(NamedTuple):
    """What issuing needs from outside.

    `party`: what the node knows of an organization; `decimals`: of a currency; `members`: of an agreement; `seal`:
    signs; `terms`: how long personal data is kept.
    """

    party: Callable[[str], Party]
    decimals: Callable[[str], int | None]
    members: Members
    seal: Seal
    terms: Terms = DEFAULT_TERMS


class Issued(NamedTuple):
    """A document, what it says, and how it agrees with the others."""

    document: Document
    paper: Paper
    findings: tuple[Finding, ...]


def issue(tx: Transaction, asked: AskedDocument, desk: Desk, *, by: str, key: str = "") -> Document:
    """Issue a document. The same `key` issues it once. Raises TradeError, and NotFound for another's order.

    A paper that contradicts another one of the order is not issued; neither is a second one of a kind while the first
    is valid.
    """
    digest = tx.keyed_hash(msgspec.json.encode(msgspec.to_builtins(asked, str_keys=True), order="sorted").decode())
    reference = documents.request_reference(by, key) if key else ""
    if reference and (known := tx.lookup(reference)) is not None:
        return _issued_before(tx.get(known), digest)
    order = _order(tx, asked, by)
    _refuse_second(tx, asked, order)
    number, last = tx.new_id("do_"), tx.balance(documents.number_account(by, asked.kind), documents.UNIT)
    head = Head(
        id=number,
        number=f"{kind_of(asked.kind).prefix}-{last + 1:06d}",
        date=timestamp(tx.time)[:10],
        salt=tx.keyed_hash(f"document:{number}"),
    )
    others = valid_papers(tx, order, asked.shipment)
    paper = build(asked, _sources(tx, asked, order, others, desk), head)
    findings = check(Case(paper, others, _declared(order)))
    refuse_contradictions(findings)
    sealed = None if missing_of_credential(paper) else desk.seal(paper, timestamp(tx.time))
    _remember(tx, by, paper, desk)
    payload = _payload(asked, order, paper, by) | {
        "checks": {each.rule: each.result for each in findings},
        "digest": digest,
        "personal": _store(tx, order, paper, findings, sealed, desk),
        **({"request": reference} if reference else {}),
        **({"key": sealed.key, "expires": sealed.expires} if sealed else {}),
    }
    postings = documents.number_postings(by, asked.kind)
    issued: Document = tx.append(number, "document.issued", payload, postings=postings, key=reference)
    return issued


def _payload(asked: AskedDocument, order: Order, paper: Paper, by: str) -> dict[str, Any]:
    """What the ledger has of a paper: nothing of what it says."""
    gaps = sheet_of(paper, codes).gaps
    found = {
        "order": order.id,
        "owners": list(dict.fromkeys((by, order.seller, order.buyer.party))),
        "kind": asked.kind,
        "number": paper.number,
        "date": paper.date,
        "hash": documents.hash_of(paper),
        "gaps": {f"{each.key}.{each.line}" if each.line else each.key: each.by for each in gaps},
    }
    parts = {"shipment": asked.shipment, "returned": asked.returned}
    return found | {name: value for name, value in parts.items() if value}


def _store(
    tx: Transaction, order: Order, paper: Paper, findings: tuple[Finding, ...], sealed: Sealed | None, desk: Desk
) -> str:
    """Store what a paper says as personal data of the buyer. Returns its reference."""
    content = {"paper": documents.canonical(paper).decode(), "checks": msgspec.json.encode(findings).decode()}
    if sealed:
        content["credential"] = sealed.text
    retain = (tx.time + desk.terms.retention).date()
    return tx.put_personal(order.buyer.party, PURPOSE, content, retain_until=retain)


def withdraw(tx: Transaction, number: str, reason: str, *, by: str) -> Document:
    """Withdraw a document: its number stays used, and whoever verifies it here is told. Raises TradeError, NotFound."""
    found: Document = tx.get(number)
    if found.issuer != by:
        if by in found.owners:
            raise TradeError("not_the_issuer", "Only the issuer of {document} can withdraw it.", document=number)
        raise NotFound(number)
    if found.status == "withdrawn":
        raise NotAllowed(
            "document_withdrawn",
            "{document} was withdrawn already, on {time}.",
            document=number,
            time=found.withdrawn[:10],
        )
    if reason not in documents.WITHDRAWAL_REASONS:
        raise TradeError(
            "reason_unknown",
            "{value!r} is not a reason. Use one of: {known}.",
            "reason",
            value=reason,
            known=", ".join(documents.WITHDRAWAL_REASONS),
        )
    withdrawn: Document = tx.append(number, "document.withdrawn", {"reason": reason})
    return withdrawn


def read(tx: Transaction, document: Document) -> Issued:
    """What a document says. Raises TradeError where its personal data was erased, ValueError where it was changed."""
    content = _content(tx, document)
    paper = documents.details_of(document, content)
    return Issued(document, paper, msgspec.json.decode(content["checks"], type=tuple[Finding, ...]))


def credential(tx: Transaction, document: Document) -> str:
    """The credential of a document. Raises TradeError where it has none."""
    found = _content(tx, document).get("credential", "")
    if not found:
        raise TradeError(
            "credential_none",
            "{document} has no credential: its kind has none, or it lacks what is to be filled in.",
            document=document.id,
        )
    return found


def _content(tx: Transaction, document: Document) -> Mapping[str, str]:
    try:
        return tx.get_personal(document.personal)
    except NotFound:
        raise TradeError(
            "document_erased",
            "The content of {document} was erased with the personal data of the buyer. Its hash and number remain.",
            document=document.id,
        ) from None


def valid_papers(tx: Transaction, order: Order, shipment: str = "") -> dict[str, Paper]:
    """The papers that are not withdrawn, one of each kind: of this parcel, else of the whole order.

    What is said of one parcel does not hold for another one; an order with one parcel has the papers of it, too.
    """
    parcels = [number for number, state in order.shipments.items() if state != "cancelled"]
    only = parcels if len(parcels) == 1 else []
    found: dict[str, Paper] = {}
    for kind in KINDS:
        for part in dict.fromkeys((shipment, "", *only)):
            number = tx.lookup(documents.place_reference(order.id, kind, part))
            if number is None:
                continue
            try:
                found.setdefault(kind, read(tx, tx.get(number)).paper)
            except TradeError:
                continue  # erased: nothing to compare
    return found


def _declared(order: Order) -> str:
    """The day of the declaration as customs wrote it (ISO); "" where nothing is released."""
    digits = "".join(each for each in order.released if each.isdigit())[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 else ""


def _issued_before(document: Document, digest: str) -> Document:
    if document.digest != digest:
        raise key_reused()
    return document


def _order(tx: Transaction, asked: AskedDocument, by: str) -> Order:
    """The order, if this organization may issue this document for it. Raises TradeError, NotFound."""
    kind_of(asked.kind)
    order: Order = tx.get(asked.order)
    if by not in (order.seller, order.buyer.party):
        raise NotFound(asked.order)
    if by != order.seller and asked.kind != RETURN_SLIP:
        raise TradeError("not_the_seller", "Only the seller of {order} can do this.", order=order.id)
    if not order.paid:
        raise NotAllowed(
            "order_not_paid",
            "{order} is {status}: its documents are issued after the payment.",
            "order",
            order=order.id,
            status=order.status,
        )
    if order.state == "cancelled":
        raise NotAllowed(
            "order_ended", "{order} is cancelled: no document is issued for it any more.", "order", order=order.id
        )
    if asked.shipment and asked.shipment not in order.shipments:
        raise TradeError(
            "shipment_unknown",
            "{order} has no parcel {shipment}.",
            "shipment",
            order=order.id,
            shipment=asked.shipment[:40],
        )
    if (asked.kind == RETURN_SLIP) != (asked.returned in order.returns):
        raise TradeError(
            "return_needed",
            "A return slip names a return of the order, and no other document does. Returns of {order}: {known}.",
            "return",
            order=order.id,
            known=", ".join(order.returns) or "—",
        )
    return order


def _refuse_second(tx: Transaction, asked: AskedDocument, order: Order) -> None:
    """Raise NotAllowed for a second document of a kind, and for a second invoice of the same goods."""
    parts = [asked.shipment or asked.returned]
    if asked.kind == INVOICE:
        parts += [""] if asked.shipment else order.shipments
    for part in parts:
        if (known := tx.lookup(documents.place_reference(asked.order, asked.kind, part))) is not None:
            first: Document = tx.get(known)
            raise NotAllowed(
                "document_exists",
                "{order} has this document already: {number} ({document}). Withdraw it before you issue another one.",
                "kind",
                order=asked.order,
                number=first.number,
                document=first.id,
            )


def _sources(tx: Transaction, asked: AskedDocument, order: Order, others: Mapping[str, Paper], desk: Desk) -> Sources:
    if not order.buyer.personal:
        raise NotAllowed(
            "buyer_not_here",
            "The name and address of the buyer of {order} are not here: the other node sends them after the payment, "
            "for a parcel only.",
            "order",
            order=order.id,
        )
    try:
        contact = tx.get_personal(order.buyer.personal)
    except NotFound:
        raise TradeError(
            "buyer_erased",
            "The personal data of the buyer of {order} was erased: no document can be issued any more.",
            "order",
            order=order.id,
        ) from None
    shipments: list[Shipment] = [tx.get(number) for number, state in order.shipments.items() if state != "cancelled"]
    returned: Return | None = tx.get(asked.returned) if asked.returned else None
    invoice = others.get(INVOICE)
    return Sources(
        order=order,
        shipments=sorted(shipments, key=lambda each: each.id),
        contact=contact,
        exporter=_exporter(tx, order.seller, desk),
        places=desk.decimals(order.quote.amounts.currency) or 0,
        members=desk.members,
        invoice=Reference(number=invoice.number, date=invoice.date) if invoice else None,
        returned=returned,
    )


def _exporter(tx: Transaction, seller: str, desk: Desk) -> Party:
    """The seller as its last document named it, else as the node knows it."""
    known = _remembered(tx, seller)
    return msgspec.structs.replace(desk.party(seller), **known) if known else desk.party(seller)


def _remembered(tx: Transaction, seller: str) -> Mapping[str, str]:
    found: list[PersonalData] = [each for each in tx.personal_of(seller).values() if each.purpose == EXPORTER]
    return found[-1].values if found else {}


def _remember(tx: Transaction, by: str, paper: Paper, desk: Desk) -> None:
    """Keep what was given on the exporter for the next document, apart from the ledger.

    Where a third party invoices, the exporter on the proof is not the seller of the next invoice.
    """
    if by != paper.seller or paper.details.get("third_party_invoicing"):
        return
    values = {name: text for name, text in msgspec.to_builtins(paper.party("exporter")).items() if text}
    known = msgspec.to_builtins(_exporter(tx, by, desk))
    if values != known:
        tx.put_personal(by, EXPORTER, values, retain_until=(tx.time + desk.terms.retention).date())
