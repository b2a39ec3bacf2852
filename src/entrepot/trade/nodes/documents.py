"""Documents of the exporter as credentials: kept for the importer, and checked against the key of their issuer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.trade.ids import is_id
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import DeliveredDocument
from entrepot.trade.nodes.common_orders import IMPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order, owners
from entrepot.trade.placing import DEFAULT_TERMS
from entrepot.trade.ports import NotFound, Transaction

#: Documents of one order at most.
MAX_DOCUMENTS = 50


def deliver(
    tx: Transaction, peer: Peer, message: NodeMessage, body: DeliveredDocument, node: Node  # noqa: ARG001  # the signature of a handler
) -> Mapping[str, Any]:  # fmt: skip
    """Handle `documents.deliver`: keep the credential, encrypted. It proves nothing before it was checked."""
    found = common_of(tx, peer, message, IMPORTER)
    if not is_id(body.document, "do_") or len(found.documents) >= MAX_DOCUMENTS:
        raise refused("part_unknown", order=found.id, part=f"document {body.document[:40]!r}")
    known = found.documents.get(body.document)
    if known is not None and known.hash == body.hash:
        return {"document": "known"}
    order: Order = tx.get(found.order)
    until = (tx.time + DEFAULT_TERMS.retention).date()
    values = {"credential": body.credential}
    payload = {
        "document": body.document,
        "kind": body.kind[:40],
        "number": body.number[:60],
        "date": body.date[:10],
        "hash": body.hash[:64],
        "personal": tx.put_personal(order.buyer.party, "document", values, retain_until=until),
    }
    tx.append(found.id, "common.document", payload)
    next_step(tx, found.id, "check", f"{body.document}/{body.hash[:16]}", document=body.document)
    return {"document": "kept"}


def record_check(tx: Transaction, number: str, document: str, *, code: str, key: str) -> CommonOrder:
    """Record what the check of a credential gave: `valid`, or why not. `key`: the thumbprint that signed it."""
    found: CommonOrder = tx.get(number)
    known = found.documents.get(document)
    if known is None or (known.code, known.key) == (code, key):
        return found
    checked: CommonOrder = tx.append(
        number, "common.checked", {"document": document, "code": code[:40], "key": key[:64]}
    )
    return checked


def credential_of(tx: Transaction, number: str, document: str, *, by: str) -> str:
    """The credential of a document of an order, for whoever the order belongs to. Raises NotFound."""
    order: Order = tx.get(number)
    if by not in owners(order) or not order.common:
        raise NotFound(number)
    found: CommonOrder = tx.get(order.common)
    if document not in found.documents:
        raise NotFound(document)
    return tx.get_personal(found.documents[document].personal)["credential"]
