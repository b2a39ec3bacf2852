"""A peer: the node of another economy, from the first meeting to the end, with its pinned keys and open capabilities.

    met ── two officers compare the thumbprints ──> compared ── challenge answered ──> active <──> suspended
     └──────────────────────────── revoked, from every state, at once ────────────────────────────────┘

Nothing is open at first. Each capability is opened by two persons, in each direction, and closed by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from entrepot.trade.approvals import Proposal
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first

#: What can be opened between two nodes, each in two directions.
CAPABILITIES: Final = ("offer.read", "quote", "order", "documents", "delivery", "statistics", "statistics.orders")
#: Directions: what the peer may ask of this node, and what this node sends to the peer.
IN, OUT = DIRECTIONS = ("in", "out")
MET, COMPARED, ACTIVE, SUSPENDED, REVOKED = STATES = ("met", "compared", "active", "suspended", "revoked")

MOVES: Moves = {
    (MET, "peer.compared"): COMPARED,
    (COMPARED, "peer.activated"): ACTIVE,
    (ACTIVE, "peer.suspended"): SUSPENDED,
    (SUSPENDED, "peer.resumed"): ACTIVE,
    **{(state, "peer.revoked"): REVOKED for state in STATES[:-1]},
    **{(state, f"peer.{kind}"): state for state in STATES[:-1] for kind in ("proposed", "described")},
    **{
        (state, f"peer.{kind}"): state
        for state in (COMPARED, ACTIVE, SUSPENDED)
        for kind in ("key_announced", "key_added", "checkpoint_kept", "fork_reported")
    },
    **{
        (state, f"peer.{kind}"): state
        for state in (ACTIVE, SUSPENDED)
        for kind in ("opened", "closed", "made_live", "fee_agreed", "agreed")
    },
    **{(state, "peer.forked"): SUSPENDED for state in (COMPARED, ACTIVE, SUSPENDED)},
}


class PeerKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A public key of a peer. `thumbprint`: RFC 7638; `jwk`: the key; `until`: "" while its end is not known.

    What it signs is accepted from `since` up to, not including, `until`.
    """

    thumbprint: str
    jwk: dict[str, str]
    since: str
    until: str = ""

    def signs_at(self, time: str) -> bool:
        """Whether the key is accepted at a time.

        >>> key = PeerKey(thumbprint="a", jwk={}, since="2026-03-01T00:00:00.000Z", until="2026-04-01T00:00:00.000Z")
        >>> [key.signs_at(f"2026-0{month}-01T00:00:00.000Z") for month in (2, 3, 4)]
        [False, True, False]
        """
        return self.since <= time and (not self.until or time < self.until)


class AnnouncedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key that a pinned one has signed. `previous`: its thumbprint; it ends at `previous_until`."""

    key: PeerKey
    previous: str
    previous_until: str


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that a peer has rewritten its ledger: two notes that it signed and that cannot both be true.

    `code`: `same_size`, `not_continued` or `shorter`; `first`, `second`: the notes; `found`: when.
    """

    code: str
    first: str
    second: str
    found: str


class Peer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A peer. `address`: its origin; `did`: how messages name it; `keys`: those that are pinned, or to be compared.

    `legal_basis`: the ids of the agreements on which the exchange rests. `capabilities`: by name, `{"in", "out"}`.
    `fee_most`: what its node may keep of the price of our sellers' goods, in millionths.
    `test`: its messages are marked as tests. `messages`: the versions of each type of message that it knows.
    `proposals`, `proposed`: what one person proposed, by act. `announced`: a new key, signed by a pinned one, that two
    persons have not approved yet. `ledger_key`: the public key of its checkpoints; `checkpoint`: the last note that was
    kept; `fork`: its rewritten history. `reported`: what it says of the history of this node.
    """

    id: str
    status: str
    economy: str
    name: str
    operator: str
    address: str
    did: str
    keys: tuple[PeerKey, ...]
    created: str
    legal_basis: tuple[str, ...] = ()
    capabilities: dict[str, dict[str, bool]] = {}
    fee_most: int = 0
    test: bool = True
    messages: dict[str, tuple[int, ...]] = {}
    proposals: dict[str, Proposal] = {}
    proposed: dict[str, dict[str, Any]] = {}
    announced: AnnouncedKey | None = None
    ledger_key: str = ""
    checkpoint: str = ""
    fork: Fork | None = None
    reported: Fork | None = None
    changed: str = ""
    why: str = ""

    def allows(self, capability: str, direction: str) -> bool:
        """Whether a capability is open in a direction. What belongs to no capability is open to a peer.

        >>> peer = Peer(id="pn_1", status=ACTIVE, economy="VN", name="", operator="", address="", did="", keys=(),
        ...     created="", capabilities={"quote": {"in": True, "out": False}})
        >>> peer.allows("quote", IN), peer.allows("quote", OUT), peer.allows("order", IN), peer.allows("", IN)
        (True, False, False, True)
        """
        return not capability or self.capabilities.get(capability, {}).get(direction, False)

    def was_open(self, capability: str) -> bool:
        """Whether a capability is open, or was once: what was begun under it is settled.

        >>> peer = Peer(id="pn_1", status=ACTIVE, economy="VN", name="", operator="", address="", did="", keys=(),
        ...     created="", capabilities={"order": {"in": False, "out": False}})
        >>> peer.was_open("order"), peer.was_open("quote")
        (True, False)
        """
        return capability in self.capabilities

    @property
    def may_visit(self) -> bool:
        """Whether its buyers may come to services of this node.

        >>> peer = Peer(id="pn_1", status=ACTIVE, economy="VN", name="", operator="", address="", did="", keys=(),
        ...     created="", capabilities={"delivery": {"in": False, "out": True}})
        >>> peer.may_visit, msgspec.structs.replace(peer, status=SUSPENDED).may_visit
        (True, False)
        """
        return self.status == ACTIVE and self.allows("delivery", OUT)

    @property
    def announced_thumbprint(self) -> str:
        """The thumbprint of the key that waits for two persons; "" if none does."""
        return self.announced.key.thumbprint if self.announced is not None else ""

    def key(self, thumbprint: str) -> PeerKey | None:
        """A pinned key."""
        return next((each for each in self.keys if each.thumbprint == thumbprint), None)


def did_reference(did: str) -> str:
    """By which a peer is found by its name in messages."""
    return f"node:{did}"


def key_reference(thumbprint: str) -> str:
    """By which a peer is found by its key: a key belongs to one peer for ever, also after it was revoked."""
    return f"node-key:{thumbprint}"


def references(peer: Peer) -> tuple[str, ...]:
    """The references of a peer. A revoked one gives its name free: it can be met again, with other keys."""
    keys = tuple(key_reference(each.thumbprint) for each in peer.keys)
    return keys if peer.status == REVOKED else (did_reference(peer.did), *keys)


def apply(state: Peer | None, event: Event) -> Peer:
    """The peer after an event. Raises NotAllowed."""
    what = event.payload
    if state is None:
        check_first(event, "peer.met")
        return msgspec.convert({**what, "id": event.stream, "status": MET, "created": event.time}, Peer)
    status = after(MOVES, state.id, state.status, event.kind)
    changed = _CHANGES[event.kind](state, what)
    return msgspec.structs.replace(state, status=status, changed=event.time, **changed)


def _proposed(state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    proposal = msgspec.convert(what["proposal"], Proposal)
    return {
        "proposals": {**state.proposals, proposal.act: proposal},
        "proposed": {**state.proposed, proposal.act: dict(what["what"])},
    }


def _approved(state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    """What was approved is no proposal any more: the event has it."""
    act = what["proposal"]["act"]
    return {
        "proposals": {each: found for each, found in state.proposals.items() if each != act},
        "proposed": {each: found for each, found in state.proposed.items() if each != act},
    }


def _resumed(state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    """Two persons go on with a ledger that was rewritten: its next checkpoints continue the note that it showed."""
    kept = state.fork.second if state.fork is not None else state.checkpoint
    return {"why": "", "fork": None, "checkpoint": kept, **_approved(state, what)}


def _opened(state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    return {"capabilities": _with(state, what["capabilities"], value=True), **_approved(state, what)}


def _closed(state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    return {"capabilities": _with(state, what["capabilities"], value=False)}


def _with(state: Peer, changed: Mapping[str, Any], *, value: bool) -> dict[str, dict[str, bool]]:
    found = {name: dict(each) for name, each in state.capabilities.items()}
    for name, directions in changed.items():
        found.setdefault(name, {IN: False, OUT: False}).update(dict.fromkeys(directions, value))
    return found


def _described(_state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: what[name] for name in ("name", "operator") if name in what}
    return {**found, "messages": {name: tuple(each) for name, each in what["messages"].items()}}


def _key_added(state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    added = msgspec.convert(what["key"], PeerKey)
    ended = tuple(
        msgspec.structs.replace(each, until=what["previous_until"]) if each.thumbprint == what["previous"] else each
        for each in state.keys
    )
    return {"keys": (*ended, added), "announced": None, **_approved(state, what)}


def _forked(_state: Peer, what: Mapping[str, Any]) -> dict[str, Any]:
    """What was proposed before the ledger was rewritten, such as to resume the exchange, is proposed again."""
    return {"fork": msgspec.convert(what["fork"], Fork), "why": what["why"], "proposals": {}, "proposed": {}}


def _unchanged(_state: Peer, _what: Mapping[str, Any]) -> dict[str, Any]:
    return {}


_CHANGES: Final[Mapping[str, Callable[[Peer, Mapping[str, Any]], dict[str, Any]]]] = {
    "peer.proposed": _proposed,
    "peer.compared": _approved,
    "peer.activated": _unchanged,
    "peer.suspended": lambda _state, what: {"why": what["why"]},
    "peer.resumed": _resumed,
    "peer.revoked": lambda _state, what: {"why": what["why"], "capabilities": {}, "proposals": {}, "proposed": {}},
    "peer.opened": _opened,
    "peer.closed": _closed,
    "peer.made_live": lambda state, what: {"test": False, **_approved(state, what)},
    "peer.agreed": lambda state, what: {"legal_basis": tuple(what["legal_basis"]), **_approved(state, what)},
    "peer.fee_agreed": lambda state, what: {"fee_most": what["millionths"], **_approved(state, what)},
    "peer.described": _described,
    "peer.key_announced": lambda _state, what: {"announced": msgspec.convert(what, AnnouncedKey)},
    "peer.key_added": _key_added,
    "peer.checkpoint_kept": lambda _state, what: {"checkpoint": what["note"]},
    "peer.fork_reported": lambda _state, what: {"reported": msgspec.convert(what["fork"], Fork)},
    "peer.forked": _forked,
}


PEER = Kind("pn_", "node", Peer, apply, lambda _state: (), references)
