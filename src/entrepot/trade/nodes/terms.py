"""The text of an order that two nodes agree on: what both sign. It holds no personal data.

Each node has its own ledger; the same text, with the signatures of both, is in each of them.
"""

from __future__ import annotations

import hashlib

import msgspec

from entrepot.trade.ledger.events import check_value

#: The form of the text. A node refuses a text of another form.
FORM = "entrepot.order/1"
#: The form of the text of a refund that a seller gives without a return.
REFUND_FORM = "entrepot.refund/1"
_ENCODER = msgspec.json.Encoder(order="sorted")


class TermsLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A line: an offer of the exporter's node, by its id and version there, and what so many pieces of it cost.

    `booking`: of a service at a time, the booking that is held there for the importer's node.
    """

    number: int
    offer: str
    version: int
    quantity: int
    price: int
    amount: int
    booking: str = ""


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is agreed. Amounts are in minor units of `currency`.

    `order`: the id of the order in both ledgers (`xo_…`); `importer`, `exporter`: the DIDs of the nodes; `seller`: the
    organization on the exporter's node; `buyer`: a keyed hash of the importer's node, by which only it knows the buyer;
    `fee`: what the importer's node keeps of the price of the goods; `procedure`, `law_date`, `law_hash`: the import
    procedure and the law of the quote that the buyer accepted; `declared`: whether the importer's node declares the
    goods to its customs, and tells their release; `placed`, `expires`: RFC 3339; it is not accepted after `expires`;
    `test`: the two nodes exchange it as a test.
    """

    form: str = FORM
    order: str
    importer: str
    exporter: str
    seller: str
    buyer: str
    buyer_kind: str
    ship_to: str
    ship_to_state: str = ""
    incoterm: str = ""
    lines: tuple[TermsLine, ...]
    currency: str
    goods: int
    shipping: int
    insurance: int
    fee: int = 0
    procedure: str
    law_date: str
    law_hash: str
    declared: bool = False
    placed: str
    expires: str
    test: bool = False

    @property
    def owed(self) -> int:
        """What the importer's node owes the exporter's for the whole order, once its buyer has paid."""
        return self.goods + self.shipping + self.insurance - self.fee


class RefundTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a seller gives back of the price of an order without a return. The exporter's node signs it.

    `order`, `digest`: the id and the digest of the text that both nodes signed; `refund`: its id in the ledger of the
    exporter's node; `amount`: in minor units of `currency`; `reason`: a code; `given`: when (RFC 3339).
    """

    form: str = REFUND_FORM
    order: str
    digest: str
    refund: str
    currency: str
    amount: int
    reason: str
    given: str


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature of the text by a node. `key`: the thumbprint (RFC 7638); `value`: base64url; `time`: RFC 3339."""

    key: str
    value: str
    time: str


def canonical(terms: OrderTerms | RefundTerms) -> bytes:
    """The text as canonical JSON (RFC 8785): what is signed. Raises ValueError for what has no exact form."""
    value = msgspec.to_builtins(terms)
    check_value(value)
    return _ENCODER.encode(value)


def digest_of(terms: OrderTerms) -> str:
    """The SHA-256 of the text, by which both nodes name it.

    >>> terms = OrderTerms(order="xo_1", importer="did:web:cn.example", exporter="did:web:vn.example", seller="og_1",
    ...     buyer="5e8f", buyer_kind="consumer", ship_to="CN", lines=(), currency="CNY", goods=0, shipping=0,
    ...     insurance=0, procedure="", law_date="2026-11-01", law_hash="", placed="", expires="")
    >>> len(digest_of(terms))
    64
    """
    return hashlib.sha256(canonical(terms)).hexdigest()
