"""All types of messages that this node knows, by their names. Each part lists its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.trade.nodes import checkpoints, exchange
from entrepot.trade.nodes.challenge import CHALLENGE
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.offer_messages import OFFER_TYPES
from entrepot.trade.nodes.statistics_messages import STATISTICS_TYPES
from entrepot.trade.nodes.time_messages import TIME_TYPES

TYPES: Final[Mapping[str, MessageType]] = {
    each.name: each
    for each in (CHALLENGE, *checkpoints.TYPES, *OFFER_TYPES, *STATISTICS_TYPES, *TIME_TYPES, *exchange.MESSAGES)
}


def known_versions(types: Mapping[str, MessageType] = TYPES) -> dict[str, tuple[int, ...]]:
    """The versions of each type, as the description of a node says them.

    >>> known_versions()["node.challenge"]
    (1,)
    """
    return {name: tuple(sorted(each.versions)) for name, each in sorted(types.items())}
