"""The buyer of another node at a service of this one: it comes with the secret of a link, and needs no account.

It acts for that node on the one delivery that the link is for: it consents, enters, and leaves.
"""

from __future__ import annotations

import hmac
from typing import Final

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import make_token
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound, Transaction

#: How the names of visitors begin that a course or a workspace knows.
_VISITOR: Final = "visitor:"


def invite(tx: Transaction, number: str, secret: str) -> CommonOrder:
    """Let the holder of a secret come to a delivery. The ledger has a keyed hash of it. A new one replaces the old."""
    found: Delivery = tx.get(number)
    order: Order = tx.get(found.order)
    payload = {"delivery": number, "personal": _holder(tx, number, secret)}
    invited: CommonOrder = tx.append(order.common, "common.grant", payload)
    return invited


def _holder(tx: Transaction, number: str, secret: str) -> str:
    return tx.keyed_hash(f"visitor:{number}:{secret}")


def key_of(tx: Transaction, number: str, secret: str) -> str:
    """What a session keeps in place of the secret of a link. Raises as `visitor_of`."""
    visitor_of(tx, number, secret)
    return _holder(tx, number, secret)


def visitor_of(tx: Transaction, number: str, secret: str) -> Delivery:
    """The delivery to which the holder of a secret may come. Raises NotFound.

    Also TradeError where this node has closed the exchange with the node of the buyer.
    """
    return visitor_with(tx, number, _holder(tx, number, secret))


def visitor_with(tx: Transaction, number: str, key: str) -> Delivery:
    """As `visitor_of`, for who came by a link before. `key`: of `key_of`."""
    found = tx.find(number) if number.startswith("dl_") else None
    order: Order | None = tx.find(found.order) if isinstance(found, Delivery) else None
    if not isinstance(found, Delivery) or order is None or not order.common:
        raise NotFound(number)
    common: CommonOrder = tx.get(order.common)
    known = common.grants.get(number, "")
    if not known or not hmac.compare_digest(known.encode(), key.encode()):
        raise NotFound(number)
    peer: Peer = tx.get(common.peer)
    if not peer.may_visit:
        raise TradeError(
            "exchange_closed",
            "This node has closed the exchange of services with {name}. Ask the seller or the operator of your node.",
            name=peer.name,
        )
    return found


def consent(tx: Transaction, number: str, secret: str) -> Delivery:
    """The visitor consents to what the delivery asks for. Raises TradeError, NotFound."""
    return consent_with(tx, number, _holder(tx, number, secret))


def consent_with(tx: Transaction, number: str, key: str) -> Delivery:
    """As `consent`, for who came by a link before. `key`: of `key_of`."""
    found = visitor_with(tx, number, key)
    return commands.consent(tx, number, by=found.buyer, person="visitor")


def learner(number: str, seat: int) -> str:
    """By which a course knows a visitor: the node of its buyer has told no name.

    >>> learner("dl_1", 2)
    'visitor:dl_1:2'
    """
    return f"{_VISITOR}{number}:{seat}"


def worker(number: str, browser: str) -> str:
    """By which a workspace knows the browser of a visitor, which takes a seat.

    >>> worker("dl_1", "5e8f"), is_worker("visitor:dl_1:5e8f"), is_worker("us_1")
    ('visitor:dl_1:5e8f', True, False)
    """
    return f"{_VISITOR}{number}:{browser}"


def is_worker(person: str) -> bool:
    """Whether the person of a seat of a workspace came by the link of another node's buyer."""
    return person.startswith(_VISITOR)


def enter(tx: Transaction, number: str, secret: str) -> str:
    """A token with which the visitor enters now. Raises TradeError, NotFound."""
    found = visitor_of(tx, number, secret)
    return make_token(tx, commands.own_grant(tx, number, by=found.buyer).id, found.kind)
