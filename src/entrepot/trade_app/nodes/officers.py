"""What the officers of this node do about peers: meet, compare, open, close, end. For the pages and the command line.

`by`: the id of the person (`us_…`), or `cli:NAME` for a command on the machine of the node.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from entrepot import app
from entrepot.connect.nodes.descriptions import DescriptionInvalid, check_endorsement, fetch
from entrepot.cooperation.agreements import opened
from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import checkpoints, delivering, meeting
from entrepot.trade.nodes.challenge import CHALLENGE, Challenge
from entrepot.trade.nodes.delivering import PeerRefused, Unreachable
from entrepot.trade.nodes.description import Description
from entrepot.trade.nodes.peers import COMPARED, REVOKED, Peer, did_reference
from entrepot.trade.nodes.thumbprints import read as read_thumbprint
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import identity, wire


def find(name: str) -> Peer:
    """A peer by its id, its address or its DID, or its economy where only one of it is known. Raises NotFound."""
    books = open_books()
    if name.startswith("pn_"):
        found: Peer = books.read(name)
        return found
    if (number := books.lookup(did_reference(name))) is not None:
        return books.read(number)  # type: ignore[no-any-return]  # a peer has this reference
    known = [each for each in list_peers() if each.status != REVOKED]
    same = [each for each in known if name.rstrip("/") in (each.address, each.economy)]
    if len(same) != 1:
        raise NotFound(name)
    return same[0]


def list_peers(limit: int = 1000) -> Sequence[Peer]:
    """All peers, the newest first."""
    return open_books().list_objects("pn_", limit=limit)


def described(address: str) -> Description:
    """The description of the node at an address, whose own signatures hold. Raises TradeError."""
    try:
        return fetch(address.rstrip("/"), identity.now(), allow_loopback=identity.loopback()).description
    except DescriptionInvalid as error:
        raise TradeError("description_invalid", "{why}", "address", why=str(error)) from None


def meet(address: str, legal_basis: Sequence[str], *, by: str, test: bool = True) -> Peer:
    """Fetch the description of a node and record it. Nothing is open to it. Raises TradeError."""
    own = identity.node()
    found = described(address)
    if found.did == own.did:
        raise TradeError("own_node", "This is the address of this node itself.", "address")
    command = partial(meeting.meet, described=found, legal_basis=tuple(legal_basis), by=by, test=test)
    return open_books().run(command)


def compare(number: str, thumbprints: Sequence[str], *, by: str) -> Peer:
    """Record the thumbprints that an officer of the other node read out. The second officer pins them.

    Then the challenge is sent at once; where the other side has not compared yet, it is repeated later (`challenge`).
    """
    what = {"thumbprints": sorted(read_thumbprint(each) for each in thumbprints)}
    peer = open_books().run(partial(meeting.decide, number=number, act=meeting.COMPARE, what=what, by=by))
    return challenge(number) if peer.status == COMPARED else peer


def challenge(number: str) -> Peer:
    """Challenge a compared peer. It is active once it has answered; until then it is asked again from time to time."""
    peer: Peer = open_books().read(number)
    if peer.status != COMPARED:
        return peer
    nonce = base64.urlsafe_b64encode(os.urandom(24)).decode()
    try:
        answer = wire.ask(number, CHALLENGE, Challenge(nonce=nonce))
    except (Unreachable, PeerRefused):
        return peer
    if (answer.nonce, answer.did) != (nonce, peer.did):
        return peer
    return open_books().run(partial(meeting.activate, number=number, challenge=nonce))


def allowed(peer: Peer) -> list[str]:
    """The capabilities that the agreements between the two economies open today."""
    found = opened(app.library().agreements(), identity.node().economy, peer.economy, identity.now().date())
    return [name for name, each in found.items() if each.state == "open"]


def open_capabilities(number: str, capabilities: Mapping[str, Sequence[str]], *, by: str) -> Peer:
    """Propose to open capabilities in directions, or open what another person has proposed.

    Raises TradeError, also for what the agreements between the two economies do not open.
    """
    books = open_books()
    peer: Peer = books.read(number)
    may = allowed(peer)
    if closed := [each for each in capabilities if each not in may]:
        raise TradeError(
            "not_in_agreement",
            "The agreements with {name} do not open: {names}.",
            "capabilities",
            name=peer.name,
            names=", ".join(closed),
        )
    what = {"capabilities": {name: sorted(each) for name, each in sorted(capabilities.items())}}
    return books.run(partial(meeting.decide, number=number, act=meeting.OPEN, what=what, by=by))


def decide(number: str, act: str, *, by: str, **what: Any) -> Peer:
    """Propose another act that needs two persons, or do it as the second one, such as RESUME or FEE."""
    return open_books().run(partial(meeting.decide, number=number, act=act, what=what, by=by))


def close(number: str, capabilities: Mapping[str, Sequence[str]], *, by: str) -> Peer:
    """Close capabilities in directions, at once."""
    return open_books().run(partial(meeting.close, number=number, capabilities=capabilities, by=by))


def close_ended(number: str) -> Peer:
    """Close what the agreements between the two economies, or their provisions, do not open any more."""
    books = open_books()
    peer: Peer = books.read(number)
    return books.run(partial(meeting.close_ended, number=number, allowed=frozenset(allowed(peer))))


def suspend(number: str, why: str, *, by: str) -> Peer:
    """Suspend a peer, at once."""
    return open_books().run(partial(meeting.suspend, number=number, why=why, by=by))


def revoke(number: str, why: str, *, by: str) -> Peer:
    """End the exchange with a peer, at once and for good."""
    return open_books().run(partial(meeting.revoke, number=number, why=why, by=by))


def refresh(number: str) -> Peer:
    """Fetch the description of a peer again: what it knows, and a new key that its pinned key has signed.

    Raises TradeError.
    """
    books = open_books()
    peer: Peer = books.read(number)
    moment = identity.now()
    try:
        fetched = fetch(peer.address, moment, allow_loopback=identity.loopback())
        pinned = [each for each in fetched.signers if (key := peer.key(each)) and key.signs_at(timestamp(moment))]
        if not pinned:
            raise DescriptionInvalid(
                f"The description of {peer.name} is signed with no key that is pinned here. The operators meet again."
            )
        new = [each for each in fetched.description.keys if peer.key(each.thumbprint) is None]
        for each in new:
            check_endorsement(peer, each, timestamp(moment))
    except DescriptionInvalid as error:
        raise TradeError("description_invalid", "{why}", "address", why=str(error)) from None
    peer = books.run(partial(meeting.describe_again, number=number, described=fetched.description))
    for each in new[:1]:
        peer = books.run(partial(meeting.announce_key, number=number, key=each))
    return peer


def watch(number: str) -> checkpoints.Kept:
    """Ask a peer for its newest checkpoint, and keep it if it continues the last one.

    Raises Unreachable, PeerRefused, TradeError.
    """
    books = open_books()
    peer: Peer = books.read(number)
    size = checkpoints.size_of(peer)
    shown = delivering.ask(wire.post(), number, checkpoints.READ, checkpoints.CheckpointAsked(size=size))
    return books.run(partial(checkpoints.keep, node=identity.node(), number=number, shown=shown, asked=peer))
