"""What is done about peers from time to time: challenges, descriptions, checkpoints, keys whose time is over."""

from __future__ import annotations

import logging

from entrepot.model.errors import TradeError
from entrepot.trade.nodes.checkpoints import is_kept_of
from entrepot.trade.nodes.delivering import PeerRefused, Unreachable
from entrepot.trade.nodes.peers import ACTIVE, COMPARED, SUSPENDED, Peer
from entrepot.trade_app.nodes import identity, officers

LOG = logging.getLogger("entrepot.nodes")


def challenge_compared() -> int:
    """Challenge the peers that are compared and not active yet. Returns how many are active now."""
    return sum(_challenged(each) for each in officers.list_peers() if each.status == COMPARED)


def _challenged(peer: Peer) -> bool:
    """Whether a peer is active now. What fails with one peer does not stop the others."""
    try:
        return officers.challenge(peer.id).status == ACTIVE
    except TradeError as error:
        LOG.warning("node", extra={"fields": {"peer": peer.id, "why": error.message[:300]}})
        return False


def close_ended() -> int:
    """Close the capabilities that rest on an agreement, or a provision, that has ended. Returns with how many peers."""
    count = 0
    for each in officers.list_peers():
        if each.status in (ACTIVE, SUSPENDED) and officers.close_ended(each.id) != each:
            LOG.warning("node", extra={"fields": {"peer": each.id, "why": "agreement_ended"}})
            count += 1
    return count


def refresh_peers() -> int:
    """Read the descriptions of all peers again, and keep their checkpoints. Returns of how many."""
    count = identity.end_keys()
    for each in officers.list_peers():
        if each.status != ACTIVE:
            continue
        try:
            officers.refresh(each.id)
            if is_kept_of(each):
                officers.watch(each.id)
        except (TradeError, Unreachable, PeerRefused) as error:
            # The state of the peer shows what is wrong for long; here it is one line of the log.
            LOG.warning("node", extra={"fields": {"peer": each.id, "why": str(error)[:300]}})
            continue
        count += 1
    return count
