"""A document of an order in the ledger: its kind, number and hash. What it says is stored as personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.papers.paper import Paper

MOVES: Moves = {("issued", "document.withdrawn"): "withdrawn"}
#: Why a document is withdrawn: codes, because a text of their own can hold personal data.
WITHDRAWAL_REASONS = ("wrong_data", "replaced", "order_cancelled", "other")
#: The unit of the accounts that number documents.
UNIT = "document"
_ENCODER = msgspec.json.Encoder(order="sorted")
_PAPER = msgspec.json.Decoder(Paper)


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document.

    `hash`: SHA-256 of its canonical content, which is personal data (`personal`); `shipment`, `returned`: to what of
    the order it belongs; `key`: of its credential, "" where it has none; `expires`: the end of the credential (RFC
    3339); `gaps`: what is to be filled in, and by whom; `checks`: the result of each rule of consistency.
    """

    id: str
    status: str
    order: str
    owners: tuple[str, ...]
    kind: str
    number: str
    date: str
    hash: str
    personal: str
    created: str
    shipment: str = ""
    returned: str = ""
    key: str = ""
    expires: str = ""
    gaps: Mapping[str, str] = {}
    checks: Mapping[str, str] = {}
    request: str = ""
    digest: str = ""
    why: str = ""
    withdrawn: str = ""

    @property
    def issuer(self) -> str:
        """The organization whose document it is: the first of its owners."""
        return self.owners[0]


def apply(state: Document | None, event: Event) -> Document:
    """The document after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "document.issued")
        return msgspec.convert(
            {**event.payload, "id": event.stream, "status": "issued", "created": event.time}, Document
        )
    status = after(MOVES, state.id, state.status, event.kind)
    return msgspec.structs.replace(state, status=status, why=event.payload["reason"], withdrawn=event.time)


def canonical(paper: Paper) -> bytes:
    """The content of a paper as canonical JSON (RFC 8785: sorted names, no floating-point numbers)."""
    return _ENCODER.encode(paper)


def hash_of(paper: Paper) -> str:
    """The SHA-256 of the content. The salt of the paper keeps others from guessing the content by it."""
    return hashlib.sha256(canonical(paper)).hexdigest()


def read_paper(content: str) -> Paper:
    """The paper of a stored content. Raises msgspec.DecodeError."""
    return _PAPER.decode(content)


def number_account(organization: str, kind: str) -> str:
    """The account whose balance is the number of the last document of a kind: numbers without gaps."""
    return f"documents/{organization}/{kind}"


def number_postings(organization: str, kind: str) -> tuple[Posting, ...]:
    """Take the next number.

    >>> [(each.account, each.amount) for each in number_postings("og_1", "packing_list")]
    [('documents', -1), ('documents/og_1/packing_list', 1)]
    """
    return Posting("documents", UNIT, -1), Posting(number_account(organization, kind), UNIT, 1)


def number_reference(organization: str, kind: str, number: str) -> str:
    """By which the document with a number is found."""
    return f"document:{organization}:{kind}:{number}"


def request_reference(organization: str, key: str) -> str:
    """By which a document is found whose request is sent again. A key may be long: its hash is not."""
    return f"document-request:{organization}:{hashlib.sha256(key.encode()).hexdigest()}"


def _references(state: Document) -> tuple[str, ...]:
    found: tuple[str, ...] = (number_reference(state.issuer, state.kind, state.number),)
    if state.request:
        found = (*found, state.request)
    if state.status == "issued":
        found = (*found, place_reference(state.order, state.kind, state.shipment or state.returned))
    return found


def place_reference(order: str, kind: str, part: str = "") -> str:
    """By which the valid document of a kind of an order, a parcel or a return is found: there is one at a time."""
    return f"paper:{order}:{kind}:{part}"


def details_of(state: Document, content: Mapping[str, Any]) -> Paper:
    """The paper of a document, whose hash is that of the ledger. Raises ValueError where it is not."""
    paper = read_paper(content["paper"])
    if hash_of(paper) != state.hash:
        raise ValueError(f"{state.id}: the content is not the one whose hash is in the ledger.")
    return paper


def _belongs_to(state: Document) -> tuple[str, ...]:
    """Its organizations, and the order: so the documents of an order are listed without reading those of others."""
    return (*state.owners, state.order)


DOCUMENT = Kind("do_", "document", Document, apply, _belongs_to, _references)
