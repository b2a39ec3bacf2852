"""The list of offers that is kept of another node: when it was last read whole, and what of it was refused and why.

fresh --+-- read -- fresh
        +-- stale: no list came for a while; its copies are paused -- read -- fresh
        +-- ended: the node was revoked; its copies end
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import Transaction

MOVES: Moves = {
    ("fresh", "kept_list.read"): "fresh",
    ("stale", "kept_list.read"): "fresh",
    ("fresh", "kept_list.stale"): "stale",
    ("fresh", "kept_list.ended"): "ended",
    ("stale", "kept_list.ended"): "ended",
}
#: Refused offers that are named at most; all are counted.
MAX_NAMED = 50


class RefusedOffer(msgspec.Struct, frozen=True):
    """An offer that was refused: its id there, the code of the reason, and the field that is wrong."""

    offer: str
    code: str
    param: str


class KeptList(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A kept list. `read`: when it was read whole; `offers`: how many it had; `count_refused`, `refused`: of them."""

    id: str
    status: str
    peer: str
    read: str
    offers: int = 0
    count_refused: int = 0
    refused: tuple[RefusedOffer, ...] = ()


def apply(state: KeptList | None, event: Event) -> KeptList:
    """The list after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "kept_list.read")
        state = KeptList(id=event.stream, status="fresh", peer=given["peer"], read=event.time)
    status = after(MOVES, state.id, state.status, event.kind)
    if event.kind != "kept_list.read":
        return msgspec.structs.replace(state, status=status)
    return msgspec.structs.replace(
        state,
        status=status,
        read=event.time,
        offers=given["offers"],
        count_refused=given["count_refused"],
        refused=msgspec.convert(given["refused"], tuple[RefusedOffer, ...]),
    )


def reference(peer: str) -> str:
    """By which the list of a node is found."""
    return f"kept_list:{peer}"


def _references(state: KeptList) -> tuple[str, ...]:
    return (reference(state.peer),) if state.status != "ended" else ()


KEPT_LIST = Kind("kl_", "kept_list", KeptList, apply, lambda _state: (), _references)


def list_read(tx: Transaction, peer: str, offers: int, refused: Sequence[RefusedOffer]) -> KeptList:
    """The list of a node was read whole."""
    number = tx.lookup(reference(peer)) or tx.new_id("kl_")
    payload: dict[str, Any] = {
        "peer": peer,
        "offers": offers,
        "count_refused": len(refused),
        "refused": msgspec.to_builtins(refused[:MAX_NAMED]),
    }
    changed: KeptList = tx.append(number, "kept_list.read", payload)
    return changed


def list_stale(tx: Transaction, number: str) -> KeptList:
    """No list of a node came for a while."""
    found: KeptList = tx.get(number)
    return found if found.status != "fresh" else tx.append(number, "kept_list.stale", {})


def list_ended(tx: Transaction, number: str) -> KeptList:
    """The node of a list was revoked."""
    found: KeptList = tx.get(number)
    return found if found.status == "ended" else tx.append(number, "kept_list.ended", {})
