"""Signed notes of visits: sealed with the key of this node, shown as HTML and as PDF."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.connect.documents import html, pdf
from entrepot.connect.documents.note_seal import seal_note
from entrepot.language.translate import _, current_language, place
from entrepot.language.zones import moment_in, period_in
from entrepot.model.errors import TradeError
from entrepot.trade.health.commands import Signature
from entrepot.trade.health.notes import NoteContent, Words, canonical, hash_of, note_sheet
from entrepot.trade.health.record import Record
from entrepot.trade.papers import keys
from entrepot.trade.ports import Transaction
from entrepot.trade_app import documents
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import health
from entrepot.trade_app.services.health import Person
from entrepot.trade_app.services.health_reads import log_reads

#: The files of a note and their media types.
FORMS: Mapping[str, str] = {"pdf": "application/pdf", "jose": "application/jose", "json": "application/json"}


def sign(who: Person, number: str, given: Mapping[str, str]) -> Record:
    """Sign the note of a visit, as its practitioner. Raises TradeError, NotFound, StoreError."""
    node = documents.this_node()

    def publish(tx: Transaction) -> None:
        published = keys.publish(tx, node.key.thumbprint, node.key.x)
        if published.status != "active":
            raise TradeError("key_retired", "The key of documents was replaced at this moment. Send the request again.")

    def seal(content: NoteContent, written: bytes) -> Signature:
        return seal_note(content, written, node)

    # Before the note, which names the key.
    open_books().run(publish)
    return health.sign_note(who, number, given, seal)


def article(content: NoteContent, note_id: str) -> str:
    """A note as an HTML element, in the reader's language."""
    sheet = note_sheet(content, _words())
    return html.article(sheet, notes=[f"{note_id} · SHA-256 {hash_of(content)}"])


def read(who: Person, number: str, part: int, *, how: str) -> tuple[NoteContent, str]:
    """A note of a visit with its signature; who reads it is logged. Raises TradeError where it was erased, NotFound."""
    chart, content, signature = health.note(who.organization, number, part)
    log_reads(who, [chart.record] if chart.record is not None else [], how)
    return content, signature


def file_of(who: Person, number: str, part: int, form: str, *, how: str) -> bytes:
    """A file of a note of a visit: the PDF with data and signature inside, the signature, or the data.

    Raises TradeError where it was erased, NotFound, and PdfNotAvailable.
    """
    content, signature = read(who, number, part, how=how)
    if form == "jose":
        return signature.encode()
    if form == "json":
        return canonical(content)
    name = f"{content.record}-{content.number}"
    attached = [
        pdf.Attached(f"{name}.json", canonical(content), f"{name} as JSON"),
        pdf.Attached(f"{name}.jwt", signature.encode(), f"{name}: the signature (vc+jwt)"),
    ]
    page = html.page([article(content, name)], title=_("Note of a video visit"), language=current_language())
    return pdf.render(page, attached)


def _words() -> Words:
    return Words(_, moment_in, period_in, place, current_language())
