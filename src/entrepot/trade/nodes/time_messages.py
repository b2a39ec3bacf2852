"""The types of messages about times. Each is asked and answered at once, except that a time is given back.

What answers them is composed in `trade_app.nodes.times`: the zones of calendars are not pure. A hold is an event of the
node that holds it; the same key holds it once.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.trade.nodes.asset_times import AssetHeld, AssetHoldAsked, AssetTimesAsked, AssetTimesTold
from entrepot.trade.nodes.giving_back import TIME_GIVE_BACK
from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.times import HoldAsked, TimeHeld, TimesAsked, TimesTold
from entrepot.trade.ports import Books


def _answer(_books: Books, peer: Peer, message: NodeMessage, body: Any, node: Node) -> Any:
    return node.services[message.type](body, peer)


TIME_FREE: Final = MessageType("time.free", "order", {1: Version(TimesAsked)}, answer=_answer, reply=TimesTold)
TIME_HOLD: Final = MessageType("time.hold", "order", {1: Version(HoldAsked)}, answer=_answer, reply=TimeHeld)
ASSET_FREE: Final = MessageType(
    "asset.free", "order", {1: Version(AssetTimesAsked)}, answer=_answer, reply=AssetTimesTold
)
ASSET_HOLD: Final = MessageType("asset.hold", "order", {1: Version(AssetHoldAsked)}, answer=_answer, reply=AssetHeld)
TIME_TYPES: Final = (TIME_FREE, TIME_HOLD, ASSET_FREE, ASSET_HOLD, TIME_GIVE_BACK)
