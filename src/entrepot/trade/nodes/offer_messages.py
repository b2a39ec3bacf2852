"""The types of messages about offers. Each is asked and answered at once, and changes nothing at who answers.

The answers are composed in `trade_app.nodes.offers`, since the market and the law are not pure: a node has them among
its `services`.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.offer_bodies import ListAsked, OffersListed, PriceAsked, PriceIssued, QueryAsked
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import Books


def _answer(_books: Books, peer: Peer, message: NodeMessage, body: Any, node: Node) -> Any:
    return node.services[message.type](body, peer)


OFFER_LIST: Final = MessageType("offer.list", "offer.read", {1: Version(ListAsked)}, answer=_answer, reply=OffersListed)
OFFER_QUERY: Final = MessageType(
    "offer.query", "offer.read", {1: Version(QueryAsked)}, answer=_answer, reply=OffersListed
)
QUOTE_REQUEST: Final = MessageType(
    "quote.request", "quote", {1: Version(PriceAsked)}, answer=_answer, reply=PriceIssued
)
OFFER_TYPES: Final = (OFFER_LIST, OFFER_QUERY, QUOTE_REQUEST)
