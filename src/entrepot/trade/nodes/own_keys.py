"""The keys with which this node signs, in its ledger: the first, and each that replaced another one.

    proposed ── a second person approves, the key before signs it ──> active ── its time is over ──> ended
                                                                        └── lost: the peers meet this node again

The private keys are files and never here. While a key is replaced, both sign.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import msgspec

from entrepot.trade import approvals
from entrepot.trade.approvals import Proposal
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.nodes.description import DescribedKey, Endorsement
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import Transaction

PROPOSED, ACTIVE, ENDED, LOST = STATES = ("proposed", "active", "ended", "lost")
#: How long the key before still signs, and is accepted: time for two persons at each peer to approve the new one.
OVERLAP: Final = dt.timedelta(days=14)
REPLACE: Final = "node_key.replace"
MOVES: Moves = {
    (PROPOSED, "node_key.proposed"): PROPOSED,
    (PROPOSED, "node_key.published"): ACTIVE,
    (ACTIVE, "node_key.ending"): ACTIVE,
    (ACTIVE, "node_key.ended"): ENDED,
    **{(state, "node_key.lost"): LOST for state in (PROPOSED, ACTIVE)},
}


class OwnKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key of this node. `previous`: the id of the one that it replaces, whose signature is `endorsement`."""

    id: str
    status: str
    thumbprint: str
    jwk: dict[str, str]
    created: str
    since: str = ""
    until: str = ""
    previous: str = ""
    endorsement: Endorsement | None = None
    proposal: Proposal | None = None

    def described(self) -> DescribedKey:
        """The key as the description of this node has it."""
        return DescribedKey(
            thumbprint=self.thumbprint,
            jwk=self.jwk,
            since=self.since,
            until=self.until,
            endorsement=self.endorsement,
        )


def apply(state: OwnKey | None, event: Event) -> OwnKey:
    """The key after an event. Raises NotAllowed."""
    what = event.payload
    if state is None:
        check_first(event, "node_key.published", "node_key.proposed", code="node_key_unknown")
        status = ACTIVE if event.kind == "node_key.published" else PROPOSED
        return msgspec.convert({**what, "id": event.stream, "status": status, "created": event.time}, OwnKey)
    status = after(MOVES, state.id, state.status, event.kind)
    fields = {name: what[name] for name in ("since", "until") if name in what}
    for name, kind in (("endorsement", Endorsement), ("proposal", Proposal)):
        if name in what:
            fields[name] = msgspec.convert(what[name], kind)
    return msgspec.structs.replace(state, status=status, **fields)


def own_reference(thumbprint: str) -> str:
    """By which a key of this node is found."""
    return f"node-own-key:{thumbprint}"


def publish_first(tx: Transaction, thumbprint: str, jwk: Mapping[str, str], *, lost: int = 0) -> OwnKey:
    """Publish the first key, or the first one after so many were lost. Raises AlreadyRecorded for a second one."""
    payload = {"thumbprint": thumbprint, "jwk": dict(jwk), "since": timestamp(tx.time)}
    found: OwnKey = tx.append(tx.new_id("nk_"), "node_key.published", payload, key=f"node_key.first/{lost}")
    return found


def propose(tx: Transaction, previous: str, thumbprint: str, jwk: Mapping[str, str], *, by: str) -> OwnKey:
    """Propose to replace a key."""
    proposal = approvals.propose(REPLACE, _what(previous, thumbprint), by=by, at=tx.time)
    payload = {
        "thumbprint": thumbprint,
        "jwk": dict(jwk),
        "previous": previous,
        "proposal": msgspec.to_builtins(proposal),
    }
    found: OwnKey = tx.append(tx.new_id("nk_"), "node_key.proposed", payload)
    return found


def propose_again(tx: Transaction, number: str, *, by: str) -> OwnKey:
    """Propose a key anew whose proposal has expired."""
    key: OwnKey = tx.get(number)
    proposal = approvals.propose(REPLACE, _what(key.previous, key.thumbprint), by=by, at=tx.time)
    found: OwnKey = tx.append(number, "node_key.proposed", {"proposal": msgspec.to_builtins(proposal)})
    return found


def approve(tx: Transaction, number: str, endorsement: Endorsement, *, since: str, by: str) -> OwnKey:
    """Publish a proposed key, with the signature of the one before it, which ends at `endorsement.previous_until`."""
    key: OwnKey = tx.get(number)
    proposal = approvals.approve(key.proposal, REPLACE, _what(key.previous, key.thumbprint), by=by, at=tx.time)
    tx.append(key.previous, "node_key.ending", {"until": endorsement.previous_until})
    payload = {
        "since": since,
        "endorsement": msgspec.to_builtins(endorsement),
        "proposal": msgspec.to_builtins(proposal),
    }
    found: OwnKey = tx.append(number, "node_key.published", payload)
    return found


def end(tx: Transaction, number: str) -> OwnKey:
    """End a key whose time is over: it signs no more."""
    found: OwnKey = tx.append(number, "node_key.ended", {})
    return found


def lose(tx: Transaction, number: str, *, by: str) -> OwnKey:
    """Record that a key was lost or that somebody else has it: it signs no more, at once."""
    found: OwnKey = tx.append(number, "node_key.lost", {"by": by[:60]})
    return found


def _what(previous: str, thumbprint: str) -> dict[str, str]:
    return {"previous": previous, "thumbprint": thumbprint}


NODE_KEY = Kind("nk_", "node_key", OwnKey, apply, lambda _state: (), lambda state: (own_reference(state.thumbprint),))
