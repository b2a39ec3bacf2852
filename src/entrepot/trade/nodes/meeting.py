"""The life of a peer, as commands: meet, compare, activate, open, close, suspend, resume, revoke, replace a key.

What opens something needs two persons (`decide`); what closes something needs one, and holds at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade import approvals
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.description import DescribedKey, Description
from entrepot.trade.nodes.peers import (
    CAPABILITIES,
    DIRECTIONS,
    MOVES,
    AnnouncedKey,
    Peer,
    PeerKey,
    did_reference,
    key_reference,
)
from entrepot.trade.objects import NotAllowed, after
from entrepot.trade.ports import Transaction

COMPARE, OPEN, RESUME, GO_LIVE, ADD_KEY, FEE, AGREE = ACTS = (
    "peer.compare",
    "peer.open",
    "peer.resume",
    "peer.go_live",
    "peer.add_key",
    "peer.fee",
    "peer.agree",
)
#: Agreements on which one exchange rests, and characters of the name of one, at most.
MAX_BASIS, MAX_AGREEMENT = 20, 200
#: The whole price, in millionths.
MAX_FEE: Final = 1_000_000


def meet(tx: Transaction, described: Description, legal_basis: Sequence[str], *, by: str, test: bool = True) -> Peer:
    """Record a node whose description was fetched and whose signatures hold. Nothing is open to it.

    `legal_basis`: the agreements between the two operators; without one no node is met. Raises TradeError where the
    node is known, or one of its keys belongs to another one, also to one that was revoked.
    """
    basis = read_basis(legal_basis)
    if tx.lookup(did_reference(described.did)) is not None:
        raise TradeError(
            "node_known", "{did} is known already. Revoke it first, to meet it again.", "address", did=described.did
        )
    for each in described.keys:
        if tx.lookup(key_reference(each.thumbprint)) is not None:
            raise TradeError(
                "key_known",
                "The key {thumbprint} belongs to a node that was met before. A node that is met again has new keys.",
                "address",
                thumbprint=each.thumbprint,
            )
    payload = {
        "economy": described.economy,
        "name": described.name,
        "operator": described.operator,
        "address": described.address,
        "did": described.did,
        "keys": [msgspec.to_builtins(_pinned(each)) for each in described.keys],
        "legal_basis": list(basis),
        "messages": {name: list(versions) for name, versions in described.messages.items()},
        "ledger_key": described.ledger_key,
        "test": test,
    }
    found: Peer = tx.append(tx.new_id("pn_"), "peer.met", payload, cause=by)
    return found


def read_basis(names: Sequence[str]) -> tuple[str, ...]:
    """The names of the agreements on which an exchange rests. Raises TradeError.

    >>> read_basis([" memorandum-2026 ", "", "memorandum-2026"])
    ('memorandum-2026',)
    """
    basis = tuple(dict.fromkeys(each.strip() for each in names if each.strip()))
    if not 1 <= len(basis) <= MAX_BASIS:
        raise TradeError(
            "legal_basis_missing",
            "Name the agreement on which the exchange rests: it exists before the first meeting.",
            "legal_basis",
        )
    for each in basis:
        if len(each) > MAX_AGREEMENT or not each.isprintable():
            raise TradeError(
                "field_invalid",
                "{value!r} is not a value of {field}.",
                "legal_basis",
                value=each[:60],
                field="agreement",
            )
    return basis


def _pinned(key: DescribedKey) -> PeerKey:
    return PeerKey(thumbprint=key.thumbprint, jwk=key.jwk, since=key.since, until=key.until)


class _Act(NamedTuple):
    """What two persons do. `check` raises TradeError where it is not possible; `says`: what the event has."""

    event: str
    check: Callable[[Peer, Mapping[str, Any]], None]
    says: Callable[[Peer, Mapping[str, Any]], Mapping[str, Any]] = lambda _peer, what: what


def _same_thumbprints(peer: Peer, what: Mapping[str, Any]) -> None:
    if sorted(what["thumbprints"]) != sorted(each.thumbprint for each in peer.keys):
        raise TradeError(
            "thumbprints_differ",
            "These are not the thumbprints of the keys that {address} shows to this node. Stop here: somebody may "
            "be intercepting the connection. Ask the other operator over the second channel.",
            "thumbprints",
            address=peer.address,
        )


def _can_open(_peer: Peer, what: Mapping[str, Any]) -> None:
    capabilities = what["capabilities"]
    if not capabilities:
        raise TradeError("capability_missing", "Name a capability.", "capabilities")
    for name, directions in capabilities.items():
        check_capability(name, directions)


def check_capability(name: str, directions: Sequence[str]) -> None:
    """Raise TradeError for what is not a capability with its directions."""
    if name not in CAPABILITIES:
        known = ", ".join(CAPABILITIES)
        raise TradeError(
            "capability_unknown",
            "{name!r} is not a capability. Capabilities: {known}.",
            "capabilities",
            name=name,
            known=known,
        )
    if not directions or not set(directions) <= set(DIRECTIONS):
        raise TradeError("direction_unknown", "A direction is in, out or both.", "capabilities")


def _is_announced(peer: Peer, what: Mapping[str, Any]) -> None:
    if peer.announced is None or peer.announced.key.thumbprint != what["thumbprint"]:
        raise TradeError("key_not_announced", "{name} has announced no such key.", "thumbprint", name=peer.name)


def _is_fee(_peer: Peer, what: Mapping[str, Any]) -> None:
    if not 0 <= what["millionths"] <= MAX_FEE:
        raise TradeError("fee_invalid", "A fee is a percentage from 0 to 100, such as 2.5.", "most")


def _is_basis(peer: Peer, what: Mapping[str, Any]) -> None:
    if read_basis(what["legal_basis"]) == peer.legal_basis:
        raise TradeError(
            "legal_basis_same",
            "The exchange with {name} rests on these agreements already.",
            "legal_basis",
            name=peer.name,
        )


def _added(peer: Peer, _what: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(peer.announced)
    return found


_ACTS: Final[Mapping[str, _Act]] = {
    COMPARE: _Act("peer.compared", _same_thumbprints),
    OPEN: _Act("peer.opened", _can_open),
    RESUME: _Act("peer.resumed", lambda _peer, _what: None, lambda _peer, _what: {}),
    GO_LIVE: _Act("peer.made_live", lambda _peer, _what: None, lambda _peer, _what: {}),
    ADD_KEY: _Act("peer.key_added", _is_announced, _added),
    FEE: _Act("peer.fee_agreed", _is_fee),
    AGREE: _Act("peer.agreed", _is_basis, lambda _peer, what: {"legal_basis": list(read_basis(what["legal_basis"]))}),
}


def decide(tx: Transaction, number: str, act: str, what: Mapping[str, Any], *, by: str) -> Peer:
    """Propose what needs two persons, or approve it where another person has proposed exactly this.

    What both approve includes the agreements on which the exchange rests, as they were named when the first one
    proposed it.

    Returns the peer: changed after the second person. Raises TradeError, also for what its state does not allow yet.
    """
    peer: Peer = tx.get(number)
    does = _ACTS[act]
    after(MOVES, number, peer.status, does.event)
    does.check(peer, what)
    exact = {"node": number, "rests_on": list(peer.legal_basis), **what}
    known = peer.proposals.get(act)
    if known is not None and _is_second(known, approvals.digest_of(act, exact), by, tx.time):
        proposal = approvals.approve(known, act, exact, by=by, at=tx.time)
        payload = {**does.says(peer, what), "proposal": msgspec.to_builtins(proposal)}
        approved: Peer = tx.append(number, does.event, payload)
        return approved
    proposal = approvals.propose(act, exact, by=by, at=tx.time)
    payload = {"proposal": msgspec.to_builtins(proposal), "what": dict(what)}
    proposed: Peer = tx.append(number, "peer.proposed", payload)
    return proposed


def _is_second(known: approvals.Proposal, digest: str, by: str, now: dt.datetime) -> bool:
    return known.digest == digest and known.proposed_by != by and not approvals.has_expired(known, now)


def activate(tx: Transaction, number: str, *, challenge: str) -> Peer:
    """Make a compared peer active, after it answered the challenge with its pinned key. No capability is open yet."""
    peer: Peer = tx.get(number)
    if peer.status != "compared":
        return peer
    found: Peer = tx.append(number, "peer.activated", {"challenge": challenge})
    return found


def close(tx: Transaction, number: str, capabilities: Mapping[str, Sequence[str]], *, by: str) -> Peer:
    """Close capabilities in directions, at once."""
    for name, directions in capabilities.items():
        check_capability(name, directions)
    closed = {name: list(directions) for name, directions in capabilities.items()}
    found: Peer = tx.append(number, "peer.closed", {"capabilities": closed, "by": _person(by)})
    return found


def close_ended(tx: Transaction, number: str, allowed: Collection[str]) -> Peer:
    """Close, in both directions, what is open and not among `allowed`: the capabilities that agreements open today.

    The event names no person, and `agreement_ended` as the reason. Nothing happens where all is allowed.
    """
    peer: Peer = tx.get(number)
    ended = {
        name: [each for each in DIRECTIONS if directions.get(each)]
        for name, directions in sorted(peer.capabilities.items())
        if name not in allowed and any(directions.values())
    }
    if not ended:
        return peer
    found: Peer = tx.append(number, "peer.closed", {"capabilities": ended, "by": "", "reason": "agreement_ended"})
    return found


def suspend(tx: Transaction, number: str, why: str, *, by: str) -> Peer:
    """Suspend a peer: nothing is received from it and nothing is sent to it until it is resumed."""
    found: Peer = tx.append(number, "peer.suspended", {"why": why[:500], "by": _person(by)})
    return found


def revoke(tx: Transaction, number: str, why: str, *, by: str) -> Peer:
    """End the exchange with a peer, at once and for good. What was received stays."""
    found: Peer = tx.append(number, "peer.revoked", {"why": why[:500], "by": _person(by)})
    return found


def describe_again(tx: Transaction, number: str, described: Description) -> Peer:
    """Take over a newer description of a peer, whose signature by a pinned key holds: its name and what it knows.

    Its address and its DID do not change: that needs another meeting.
    """
    peer: Peer = tx.get(number)
    fixed = ("did", "address", "economy", "ledger_key")
    if [getattr(described, name) for name in fixed] != [getattr(peer, name) for name in fixed]:
        # The key of its checkpoints, too: with another one it could show another history.
        raise TradeError(
            "identity_changed",
            "{name} now names another address, economy or key of its ledger. Such a node is met again.",
            name=peer.name,
        )
    messages = {name: list(versions) for name, versions in described.messages.items()}
    new = {"name": described.name, "operator": described.operator, "messages": messages}
    if all(msgspec.to_builtins(getattr(peer, name)) == value for name, value in new.items()):
        return peer
    found: Peer = tx.append(number, "peer.described", new)
    return found


def announce_key(tx: Transaction, number: str, key: DescribedKey) -> Peer:
    """Record a new key of a peer that its pinned key has signed. Two persons approve it (`ADD_KEY`)."""
    peer: Peer = tx.get(number)
    if peer.key(key.thumbprint) is not None or (
        peer.announced is not None and peer.announced.key.thumbprint == key.thumbprint
    ):
        return peer
    if key.endorsement is None or (by := peer.key(key.endorsement.by)) is None:
        raise NotAllowed("key_not_endorsed", "The new key of {name} is not signed by a pinned one.", name=peer.name)
    if not by.signs_at(timestamp(tx.time)):
        raise NotAllowed("key_ended", "The key that signs the new one is not accepted any more. The nodes meet again.")
    if tx.lookup(key_reference(key.thumbprint)) is not None:
        raise NotAllowed("key_known", "The new key of {name} belongs to another node.", name=peer.name)
    announced = AnnouncedKey(
        key=_pinned(key), previous=key.endorsement.by, previous_until=key.endorsement.previous_until
    )
    found: Peer = tx.append(number, "peer.key_announced", msgspec.to_builtins(announced))
    return found


def _person(by: str) -> str:
    if not by:
        raise TradeError("person_missing", "Say who you are.", "by")
    return by[:60]
