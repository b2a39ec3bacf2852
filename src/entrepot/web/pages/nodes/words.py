"""What states, capabilities and acts of nodes are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.cooperation.agreements import Capability
from entrepot.language.translate import N_, _
from entrepot.trade.nodes import meeting
from entrepot.trade.nodes.peers import Peer

_STATES: Mapping[str, tuple[str, str]] = {
    "met": (N_("new: the thumbprints are to be compared"), "waiting"),
    "compared": (N_("compared: the challenge is to be answered"), "waiting"),
    "active": (N_("connected"), "done"),
    "suspended": (N_("suspended"), "closed"),
    "revoked": (N_("has been revoked"), "closed"),
}
CAPABILITIES: Mapping[str, str] = {
    "offer.read": N_("Offers and pavilions"),
    "quote": N_("Prices by the importer's law"),
    "order": N_("Orders"),
    "documents": N_("Documents"),
    "delivery": N_("Services and their delivery"),
    "statistics": N_("Statistics"),
    "statistics.orders": N_("Statistics, order by order"),
}
_ACTS: Mapping[str, str] = {
    meeting.COMPARE: N_("The thumbprints are the same"),
    meeting.OPEN: N_("Open parts to the other node"),
    meeting.RESUME: N_("Resume the exchange"),
    meeting.GO_LIVE: N_("End the test: messages count from now on"),
    meeting.ADD_KEY: N_("Accept the new key"),
    meeting.FEE: N_("What it may keep of the price of goods"),
    meeting.AGREE: N_("The agreements on which the exchange rests"),
}
_HELD: Mapping[str, str] = {
    "open": N_("may be opened"),
    "withheld": N_("needs an agreement, and none is in force"),
    "closed": N_("closed by an agreement"),
}
_MESSAGE_STATES: Mapping[str, tuple[str, str]] = {
    "sent": (N_("waits to be delivered"), "waiting"),
    "delivered": (N_("delivered"), "done"),
    "received": (N_("received"), "done"),
    "failed": (N_("given up"), "closed"),
}
_SETTLEMENTS: Mapping[str, tuple[str, str]] = {
    "computed": (N_("computed here; the other node has not answered"), "waiting"),
    "differs": (N_("lines differ"), "closed"),
    "agreed": (N_("both agree; to be paid"), "waiting"),
    "paid": (N_("paid"), "done"),
}
_PRICES: Mapping[str, tuple[str, str]] = {
    "open": (N_("open"), "done"),
    "conditional": (N_("after the buyer has confirmed what is asked"), "waiting"),
    "refused": (N_("there is no answer"), "closed"),
}
_LISTS: Mapping[str, tuple[str, str]] = {
    "fresh": (N_("up to date"), "done"),
    "stale": (N_("not confirmed for a day: its offers are paused"), "closed"),
}


def state(peer: Peer) -> tuple[str, str]:
    """What the state of a node is called, and its look."""
    says, look = _STATES[peer.status]
    return _(says), look


def capability(name: str) -> str:
    """What a capability is called."""
    return _(CAPABILITIES[name])


def held(found: Capability) -> str:
    """What the agreements between the two economies say of opening a capability."""
    if found.agreements:
        return f"{_(_HELD[found.state])}: {', '.join(found.agreements)}"
    return _(_HELD[found.state])


def act(name: str) -> str:
    """What an act that two persons do is called."""
    return _(_ACTS[name])


def message_state(name: str) -> tuple[str, str]:
    """What the state of a message is called, and its look."""
    says, look = _MESSAGE_STATES[name]
    return _(says), look


def settlement_state(name: str) -> tuple[str, str]:
    """What the state of a settlement is called, and its look."""
    says, look = _SETTLEMENTS[name]
    return _(says), look


def price_state(name: str) -> tuple[str, str]:
    """What the state of a price of another node is called, and its look."""
    says, look = _PRICES.get(name, (name, "waiting"))
    return _(says), look


def list_state(name: str) -> tuple[str, str]:
    """What the state of a kept list of offers is called, and its look."""
    says, look = _LISTS[name]
    return _(says), look
