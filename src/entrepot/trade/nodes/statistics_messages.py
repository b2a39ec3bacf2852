"""The message about statistics: one node asks another for the tables that it has published about their trade.

It is answered at once from what the other's operator exported, after disclosure control, and changes nothing there.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import Books


class TableAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`statistics.table`: what a node published about its trade with the one that asks.

    `period`: a year, a quarter or a month, as SDMX writes it; `currency`: ISO 4217.
    """

    period: str
    currency: str


class PublishedCell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A figure of the whole economy. `flow`: `exports` or `imports`; `measure`: of the template, in small letters.

    `value`: a decimal in major units, "" where there is none; `status`: as in CL_OBS_STATUS of SDMX, A, O (not known)
    or Q (held back); `at_least`: a part is not known.
    """

    flow: str
    measure: str
    value: str
    status: str = "A"
    at_least: bool = False


class PublishedTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table as it was published last. `valuation`: of goods, FOB, CIF or price; `made`: when (RFC 3339)."""

    valuation: str
    made: str
    cells: tuple[PublishedCell, ...]


class TablesPublished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The answer to `statistics.table`. `partner`: the economy of the node that asked.

    Without tables nothing was published for this period and currency.
    """

    reporter: str
    partner: str
    period: str
    currency: str
    tables: tuple[PublishedTable, ...] = ()


def _answer(_books: Books, peer: Peer, message: NodeMessage, body: Any, node: Node) -> Any:
    return node.services[message.type](body, peer)


STATISTICS_TABLE: Final = MessageType(
    "statistics.table", "statistics", {1: Version(TableAsked)}, answer=_answer, reply=TablesPublished
)
STATISTICS_TYPES: Final = (STATISTICS_TABLE,)
