"""What the pages of nodes show beside the state of a peer: this node, agreements, messages, the kept list of offers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from entrepot import app
from entrepot.cooperation.agreements import Capability, in_force, opened
from entrepot.model.errors import TradeError, WordedError
from entrepot.store.people import persons
from entrepot.trade.checkout import MAX_QUANTITY
from entrepot.trade.ledger.events import is_timestamp
from entrepot.trade.nodes import copies
from entrepot.trade.nodes.delivering import PeerRefused, Unreachable
from entrepot.trade.nodes.kept_lists import KeptList
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.offer_bodies import PriceAsked, PriceIssued
from entrepot.trade.nodes.offer_messages import QUOTE_REQUEST
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.records import MessageRecord
from entrepot.trade.nodes.settlement import Settlement
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import identity, kept_offers, wire
from entrepot.trade_app.quotes import NodeQuotes

_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def own_node() -> Node | None:
    """The node itself; None where it has no economy, so that it meets no others."""
    return identity.node() if identity.settings().economy else None


def own_thumbprints() -> list[str]:
    """The thumbprints of the keys with which this node signs now."""
    return [each.thumbprint for each in identity.active_keys()]


def capabilities(peer: Peer, on: dt.date) -> dict[str, Capability]:
    """What the agreements between the economies of this node and of a peer open on a day, by capability."""
    return opened(app.library().agreements(), identity.node().economy, peer.economy, on)


def agreements(peer: Peer, on: dt.date) -> list[str]:
    """The ids of the agreements in force between the economies of this node and of a peer on a day."""
    links = in_force(app.library().agreements(), identity.node().economy, peer.economy, on)
    return [each.agreement.id for each in links]


def list_messages(peer: str, limit: int) -> Sequence[MessageRecord]:
    """The messages with a peer, the newest first."""
    return open_books().list_objects("nm_", owner=peer, limit=limit)


def list_settlements(peer: str, limit: int) -> Sequence[Settlement]:
    """The settlements with a peer, the newest first."""
    return open_books().list_objects("ns_", owner=peer, limit=limit)


def name_of_person(number: str) -> str:
    """The name of a person who proposed something; its id where it is not known, or was erased."""
    found = persons.find_person(number)
    return persons.name_of(found) if found is not None else number


def kept_list(peer: str) -> KeptList | None:
    """The list of offers that is kept of a peer."""
    return kept_offers.kept_list(peer)


def read_offers(peer: Peer) -> KeptList:
    """Read the offers of a peer now, and keep them. Raises EntrepotError."""
    return kept_offers.refresh(peer, ask, identity.now())


def ask_price(peer: Peer, number: str, quantity: int, buyer: str) -> PriceIssued:
    """Ask a peer what pieces of an offer of this node cost a buyer there. Raises TradeError, NotFound.

    `buyer`: `consumer` or `business`.
    """
    if not number.startswith("of_"):
        raise NotFound(number)
    offer: Offer = open_books().read(number)
    if offer.origin is not None:
        raise TradeError(
            "offer_of_another_economy", "The offer {offer} is a copy of one of another node.", offer=number
        )
    if not 1 <= quantity <= MAX_QUANTITY:
        raise TradeError(
            "field_invalid", "{value!r} is not a value of {field}.", "quantity", value=quantity, field="quantity"
        )
    places = NodeQuotes().decimals(offer.prices.currency) or 0
    asked = PriceAsked(terms=copies.terms_of(offer, places), quantity=quantity, buyer=buyer)
    issued: PriceIssued = ask(peer, QUOTE_REQUEST, asked)
    if not _can_be_shown(issued):
        raise TradeError("node_answer", "{name} does not answer with a price.", name=peer.name)
    return issued


def _can_be_shown(found: PriceIssued) -> bool:
    """Whether what another node answers has amounts, days and times where they belong.

    A node of an older version answers without rows, and without an end.
    """
    texts = (found.status, found.procedure, found.law_hash, found.trust, *found.reasons, *found.conditions)
    cited = (text for row in found.rows for text in (row.row, row.trust, *row.sources))
    amounts = (found.landed, found.charges, found.low, found.high)
    days = (found.law_date, *(day for row in found.rows for day in (row.since, row.until) if day))
    return (
        _CURRENCY.fullmatch(found.currency) is not None
        and not any(map(_CONTROL.search, (*texts, *cited)))  # it is shown in a terminal
        and all(each is None or _AMOUNT.fullmatch(each) for each in amounts)
        and all(_is_day(each) for each in days)
        and (not found.expires or is_timestamp(found.expires))
    )


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def keep_offers() -> int:
    """Read the offers of the peers that are due. Returns of how many."""
    return kept_offers.keep_all(ask, identity.now())


def ask(peer: Peer, kind: MessageType, body: Any) -> Any:
    """Ask a peer. Raises TradeError, also where it does not answer or refuses."""
    try:
        return wire.ask(peer.id, kind, body)
    except PeerRefused as error:
        # A refusal in words that this node has too is translated with the sentence around it.
        raise TradeError(error.code, "{name} refuses: {why}", name=peer.name, why=WordedError(str(error))) from None
    except Unreachable as error:
        raise TradeError("peer_unreachable", "{name} does not answer: {why}", name=peer.name, why=str(error)) from None
