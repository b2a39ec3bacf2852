"""The public keys with which a node signs documents, in its ledger: since when each signs, and whether it is revoked.

The private key is a file and never here. A key that was retired no longer signs, but what it signed stays valid; what
a revoked key signed proves nothing from then on: somebody else may have signed with it.
"""

from __future__ import annotations

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import Transaction

MOVES: Moves = {
    ("active", "document_key.retired"): "retired",
    ("active", "document_key.revoked"): "revoked",
    ("retired", "document_key.revoked"): "revoked",
}


class DocumentKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A public key (Ed25519). `thumbprint`: RFC 7638, by which signatures name it; `x`: the key, base64url."""

    id: str
    status: str
    thumbprint: str
    x: str
    created: str
    changed: str = ""


def apply(state: DocumentKey | None, event: Event) -> DocumentKey:
    """The key after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "document_key.published", code="key_unknown")
        return DocumentKey(
            id=event.stream,
            status="active",
            thumbprint=event.payload["thumbprint"],
            x=event.payload["x"],
            created=event.time,
        )
    status = after(MOVES, state.id, state.status, event.kind)
    return msgspec.structs.replace(state, status=status, changed=event.time)


def key_reference(thumbprint: str) -> str:
    """By which a key is found."""
    return f"document-key:{thumbprint}"


def publish(tx: Transaction, thumbprint: str, x: str) -> DocumentKey:
    """Publish the key that signs from now on. One that is known is not published again."""
    known = tx.lookup(key_reference(thumbprint))
    if known is not None:
        found: DocumentKey = tx.get(known)
        return found
    number = tx.new_id("dk_")
    published: DocumentKey = tx.append(number, "document_key.published", {"thumbprint": thumbprint, "x": x})
    return published


def retire(tx: Transaction, thumbprint: str) -> DocumentKey:
    """Retire a key: it signs no more. Raises TradeError, NotAllowed."""
    retired: DocumentKey = tx.append(_number(tx, thumbprint), "document_key.retired", {})
    return retired


def revoke(tx: Transaction, thumbprint: str) -> DocumentKey:
    """Revoke a key: what it signed proves nothing any more. Raises TradeError, NotAllowed."""
    revoked: DocumentKey = tx.append(_number(tx, thumbprint), "document_key.revoked", {})
    return revoked


def _number(tx: Transaction, thumbprint: str) -> str:
    known = tx.lookup(key_reference(thumbprint))
    if known is None:
        raise TradeError("key_unknown", "This node has never signed with the key {key!r}.", "key", key=thumbprint[:60])
    return known


DOCUMENT_KEY = Kind(
    "dk_", "document_key", DocumentKey, apply, lambda _state: (), lambda state: (key_reference(state.thumbprint),)
)
