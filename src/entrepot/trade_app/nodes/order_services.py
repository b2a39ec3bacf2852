"""What the handlers and steps of orders of two nodes call: signatures, fees, links, and what may leave."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidSignature

from entrepot.connect.signing_keys import KeyUnsupported, SigningKey, read_jwk
from entrepot.model.money import half_up
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes import visitors
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.terms import Signature
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction
from entrepot.trade_app import payments_channel
from entrepot.trade_app.nodes import transfers
from entrepot.trade_app.quotes import NodeQuotes

#: What is signed begins with it, so that a signature of an order is none of anything else.
_CONTEXT = b"entrepot-order\n"
#: Kinds of deliveries that have a page for the buyer of another node.
LINKED = ("visit", "course", "workspace")


def services(economy: str, address: str, keys: Callable[[], Sequence[SigningKey]]) -> Mapping[str, Callable[..., Any]]:
    """The services of the node of an economy at an address. `keys`: with which it signs now, the older one first."""
    return {
        "sign": partial(sign, keys),
        "verify": verify_signature,
        "fee": fee,
        "link": partial(link, address),
        "rules": NodeQuotes().rules,
        "decimals": NodeQuotes().decimals,
        "transfer": transfers.service(economy),
    }


def sign(keys: Callable[[], Sequence[SigningKey]], content: bytes, time: str) -> Signature:
    """Sign the text of an order. While a key is replaced, the older one signs: every peer has pinned it."""
    key = keys()[0]
    value = base64.urlsafe_b64encode(key.sign(_CONTEXT + content)).decode().rstrip("=")
    return Signature(key=key.id, value=value, time=time)


def verify_signature(peer: Peer, signature: Signature, content: bytes) -> bool:
    """Whether a signature of the text of an order is that of a peer, by a key that is pinned."""
    pinned = peer.key(signature.key)
    if pinned is None or not pinned.signs_at(signature.time):
        return False
    try:
        key = read_jwk({**pinned.jwk, "kid": pinned.thumbprint})
        value = base64.b64decode(signature.value + "=" * (-len(signature.value) % 4), altchars=b"-_", validate=True)
        key.verify(value, _CONTEXT + content)
    except (KeyUnsupported, InvalidSignature, ValueError):  # also a text that is not base64
        return False
    return True


def fee(order: Order) -> int:
    """What this node keeps of the price of the goods of an order."""
    policy = payments_channel.open_delivery().policy
    return half_up(order.quote.amounts.goods * policy.fee_millionths, 1_000_000)


def link(address: str, tx: Transaction, found: Delivery) -> str | None:
    """The link to a service for the buyer of another node; None for a kind that has no page for visitors."""
    if found.kind not in LINKED:
        return None
    secret = secrets.token_urlsafe(24)
    visitors.invite(tx, found.id, secret)
    return f"{address}/en/visitors/{found.id}/{secret}/"
