"""Documents of this node: issue, withdraw and show them, sign them with its own key, and verify credentials."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from entrepot import app
from entrepot.connect.documents import credential, html, jose, multibase, pdf, ubl, verify
from entrepot.connect.documents.names import country_name
from entrepot.mail_settings import read_mail
from entrepot.model.errors import LawError, TradeError
from entrepot.store import key_files
from entrepot.store.people import organizations
from entrepot.trade.health.record import Record
from entrepot.trade.orders import Order, owners
from entrepot.trade.papers import issuing, keys
from entrepot.trade.papers.details import AskedDocument, read_details, read_lines
from entrepot.trade.papers.documents import Document
from entrepot.trade.papers.issuing import Desk, Issued, Sealed
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade.papers.kinds import KINDS
from entrepot.trade.papers.paper import Paper, Party
from entrepot.trade.papers.sheet import Sheet
from entrepot.trade.papers.sheets import sheet_of
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade_app.books import key_folder, open_books
from entrepot.trade_app.quotes import NodeQuotes

if TYPE_CHECKING:
    from entrepot.store.trade.books import StoreBooks

#: Documents of one PDF at most, which holds a worker for seconds, and keys that are published.
MAX_TOGETHER, MAX_KEYS = 200, 1000
QUOTES = NodeQuotes()
VERIFY = "Verify the credential inside this file at {url}/en/verify/ or with: entrepot documents verify FILE"


class Shown(NamedTuple):
    """A document with all that is shown of it."""

    issued: Issued
    sheet: Sheet
    article: str


def issue(organization: str, given: Mapping[str, Any], key: str) -> Document:
    """Issue a document. `given`: order, kind, shipment, return, details and lines. Raises TradeError, NotFound."""
    books = open_books()
    asked = read_asked(organization, given, books)
    node = this_node()
    return books.run(lambda tx: issuing.issue(tx, asked, desk(tx, node), by=organization, key=key))


def read_asked(organization: str, given: Mapping[str, Any], books: StoreBooks) -> AskedDocument:
    """The request of a document. Raises TradeError, and NotFound for an order of others or one that does not exist."""
    number = str(given.get("order", ""))
    if not number.startswith("or_"):
        raise NotFound(number)
    order: Order = books.read(number)
    if organization not in owners(order):
        raise NotFound(number)
    lines: dict[int, Mapping[str, Any]] = {}
    for each in given.get("lines", ()):
        lines[int(each["line"])] = each.get("details", {})
    return AskedDocument(
        order=number,
        kind=str(given.get("kind", "")),
        shipment=str(given.get("shipment", "")),
        returned=str(given.get("return", "")),
        details=read_details(given.get("details", {})),
        lines=read_lines(lines, order),
    )


def desk(tx: Transaction, node: credential.Node) -> Desk:
    """What issuing needs: organizations, law, and the key, which is published when it first signs."""

    def seal(paper: Paper, time: str) -> Sealed | None:
        if KINDS[paper.kind].days is None:
            return None
        published = keys.publish(tx, node.key.thumbprint, node.key.x)
        if published.status != "active":
            raise TradeError("key_retired", "The key of documents was replaced at this moment. Send the request again.")
        return credential.seal(paper, node, time, ubl.xml_of(paper))

    return Desk(party=party_of, decimals=QUOTES.decimals, members=members, seal=seal)


def party_of(organization: str) -> Party:
    """An organization as the node knows it: its name and country."""
    found = organizations.find_organization(organization)
    return Party(name=found.name, country=found.country) if found else Party()


def members(importer: str, agreement: str, day: str) -> Collection[str]:
    """The economies whose origin an importer prefers under an agreement on a day, by the law of this node."""
    try:
        law = app.library().law(importer, dt.date.fromisoformat(day))
    except LawError:
        return ()
    return next((tuple(each.members) for each in law.treatments if each.id == agreement), ())


def withdraw(organization: str, number: str, reason: str) -> Document:
    """Withdraw a document. Raises TradeError, NotFound."""
    if not number.startswith("do_"):
        raise NotFound(number)
    return open_books().run(lambda tx: issuing.withdraw(tx, number, reason, by=organization))


def read(document: Document) -> Issued:
    """What a document says. Raises TradeError where it was erased, ValueError where it was changed in the database."""
    return open_books().run(lambda tx: issuing.read(tx, document))


def show(document: Document) -> Shown:
    """A document as HTML. Raises as `read`."""
    issued = read(document)
    sheet = sheet_of(issued.paper, country_name)
    if document.status == "withdrawn":
        # On every page: a print of it looks like a valid one otherwise.
        mark = f"WITHDRAWN on {document.withdrawn[:10]}. This document is no longer valid."
        sheet = msgspec.structs.replace(sheet, mark=" ".join(each for each in (mark, sheet.mark) if each))
    return Shown(issued, sheet, html.article(sheet, notes=_notes(document)))


def credential_of(document: Document) -> str:
    """The credential of a document. Raises TradeError where it has none."""
    return open_books().run(lambda tx: issuing.credential(tx, document))


def has_xml(paper: Paper) -> bool:
    """Whether UBL has a type for a paper."""
    return ubl.xml_of(paper) is not None


def xml_of(document: Document) -> bytes:
    """A document as UBL. Raises TradeError where UBL has no type for it."""
    found = ubl.xml_of(read(document).paper)
    if found is None:
        raise TradeError(
            "document_no_xml",
            "UBL 2.1 has no type for {kind}. Its PDF contains its data as JSON.",
            "number",
            kind=document.kind,
        )
    return found


def pdf_of(documents: Sequence[Document]) -> bytes:
    """Documents as one PDF/A-3 with their data and credentials inside. Raises PdfNotAvailable and as `read`."""
    shown = [show(each) for each in documents]
    attached = [file for each in shown for file in _files(each.issued)]
    title = ", ".join(each.sheet.number for each in shown[:5])
    return pdf.render(html.page((each.article for each in shown), title=title), attached)


def _files(issued: Issued) -> Iterator[pdf.Attached]:
    """The data of a document, as UBL where it has a type, else as JSON; and its credential."""
    document, paper = issued.document, issued.paper
    name = f"{document.number}-{document.id}"
    xml = ubl.xml_of(paper)
    if xml is not None:
        yield pdf.Attached(f"{name}.xml", xml, f"{document.number} as UBL 2.1")
    else:
        yield pdf.Attached(f"{name}.json", msgspec.json.encode(paper), f"{document.number} as JSON")
    if document.key:
        token = credential_of(document)
        yield pdf.Attached(f"{name}.jwt", token.encode(), f"{document.number} as a verifiable credential (vc+jwt)")


def _notes(document: Document) -> list[str]:
    found = [f"{document.id} · SHA-256 {document.hash}"]
    if document.key:
        found.append(VERIFY.format(url=node_url() or "…"))
    return found


def of_day(organization: str, day: str) -> list[Document]:
    """The valid documents that an organization issued on a day (ISO), in the order in which it issued them."""
    found: list[Document] = []
    before = ""
    while page := open_books().list_objects("do_", owner=organization, status="issued", before=before, limit=100):
        found += [each for each in page if each.date == day and each.issuer == organization]
        before = page[-1].id
        if page[-1].date < day:
            break
    return sorted(found, key=lambda each: each.id)


def of_order(order: str, *, before: str = "", limit: int = 50) -> tuple[list[Document], bool]:
    """A page of the documents of an order, the newest first, and whether there are more. `before`: as in a list."""
    found = list(open_books().list_objects("do_", owner=order, before=before, limit=limit + 1))
    return found[:limit], len(found) > limit


def node_url() -> str:
    """The address under which others reach this node; "" where none is set."""
    return read_mail(os.environ).url or ""


def this_node() -> credential.Node:
    """Who signs: the address and the key of this node. Raises StoreError, ConfigurationError."""
    open_books()
    return credential.Node(node_url(), jose.SigningKey(key_files.open_document_seed(key_folder())))


def public_keys() -> list[DocumentKey]:
    """All keys that ever signed documents of this node."""
    return list(open_books().list_objects("dk_", limit=MAX_KEYS))


def replace_key() -> DocumentKey:
    """Replace the key that signs: the old one is retired, what it signed stays valid. Raises StoreError, TradeError."""
    old = this_node().key
    new = jose.SigningKey(key_files.replace_document_seed(key_folder()))

    def command(tx: Transaction) -> DocumentKey:
        keys.publish(tx, old.thumbprint, old.x)
        keys.retire(tx, old.thumbprint)
        return keys.publish(tx, new.thumbprint, new.x)

    return open_books().run(command)


def revoke_key(thumbprint: str) -> DocumentKey:
    """Revoke a key: what it signed proves nothing any more. The key that signs is replaced first.

    Raises StoreError, TradeError.
    """
    if this_node().key.thumbprint == thumbprint:
        replace_key()
    return open_books().run(lambda tx: keys.revoke(tx, thumbprint))


def verify_file(content: bytes, other: Mapping[str, DocumentKey] | None = None) -> tuple[verify.Verdict, ...]:
    """Verify a credential, or each one in a PDF: of this node by its ledger, of another one by its published keys."""
    books, now = open_books(), dt.datetime.now(dt.UTC)
    return tuple(_said_by_ledger(books, each) for each in verify.verify_file(content, key_of(other or {}), now))


def _said_by_ledger(books: StoreBooks, found: verify.Verdict) -> verify.Verdict:
    number = found.subject.get("document", "")
    if not found.valid or books.lookup(keys.key_reference(found.key)) is None or not isinstance(number, str):
        return found
    try:
        state = _signed_state(books, number)
    except NotFound:
        state = None
    return verify.said_by_ledger(found, state)


class _Signed(NamedTuple):
    """What the ledger has of what was signed: the hash of the content, its status, and when it was withdrawn."""

    hash: str
    status: str
    withdrawn: str = ""


def _signed_state(books: StoreBooks, number: str) -> _Signed | None:
    """What the ledger has of a document, or of a note of a visit (`hr_…/1`). Raises NotFound."""
    if number.startswith("do_"):
        document: Document = books.read(number)
        return _Signed(document.hash, document.status, document.withdrawn)
    record, _, part = number.partition("/")
    if not record.startswith("hr_"):
        return None
    found: Record = books.read(record)
    return next((_Signed(each.hash, "issued") for each in found.notes if str(each.number) == part), None)


def key_of(other: Mapping[str, DocumentKey]) -> Callable[[str, str], DocumentKey | None]:
    """The keys of this node by their names, and those that were given of another one by their ids."""
    own: list[DocumentKey] = []

    def key_of(issuer: str, named: str) -> DocumentKey | None:
        given = other.get(named)
        if given is not None:
            return given if named.startswith(f"{issuer}#") else None
        # What a key of this node signed, this node issued, also under an address that it had before.
        if not own:
            own.extend(public_keys())
        for each in own:
            multikey = multibase.multikey(each.x)
            names = (f"#{each.thumbprint}", f"#{multikey}")
            if named.endswith(names) or issuer in (credential.did_of("", each.x), f"did:key:{multikey}"):
                return each
        return None

    return key_of
