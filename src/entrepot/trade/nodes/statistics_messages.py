"""The messages about statistics: what another node has published about the trade of both, and how it counts the orders.

Both are answered at once and change nothing. Tables are those that its operator exported, after disclosure control. The
orders are those that both nodes have in common, without parties, for whom this is open: a capability of its own.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import Books

#: Orders that are asked for by their ids, and that are read for one answer at most.
MOST_ASKED, MOST_READ = 200, 200
_Minor = Annotated[int, Meta(ge=-(10**15), le=10**15)]
_Day = Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
_Code = Annotated[str, Meta(pattern=r"^[A-Z0-9]{0,6}$")]
_Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
_Common = Annotated[str, Meta(max_length=64)]


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


class OrdersAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`statistics.orders`: how a node counts the orders that it has in common with the one that asks.

    `period`, `currency`: as in `statistics.table`. `orders`: these, `xo_…`, whenever they count; without them those
    of which a line counts in the period, each with all of its lines. `before`: the list continues after this order, as
    the answer before said.
    """

    period: str
    currency: str
    orders: Annotated[tuple[_Common, ...], Meta(max_length=MOST_ASKED)] = ()
    before: _Common = ""


class LineCounted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A line of a common order as a node counts it, without parties. Amounts: in minor units of `currency`.

    `order`, `number`: of the line in the common order; `exports`: whether the node that answers exports it; `ordered`,
    `delivered`, `dip`: whether digitally, and by way of a platform, null where it is not known; `product`: six digits
    of the HS, or EBOPS of a service; `day`: in whose period it counts; `price`, `freight`, `insurance`, `valuation`:
    null or "" where they are not known; `back`, `freight_back`: what came back; `rate`: minor units of the currency
    that was asked for one, a whole number or a fraction such as `36/5`, "" where the node has none for the day.
    """

    order: _Common
    number: Annotated[int, Meta(ge=1, le=10_000)]
    exports: bool
    currency: _Currency
    day: _Day
    service: bool = False
    ordered: bool | None = None
    delivered: bool | None = None
    dip: bool | None = None
    product: _Code = ""
    price: _Minor | None = None
    freight: _Minor | None = None
    insurance: _Minor | None = None
    valuation: Annotated[str, Meta(pattern=r"^(FOB|CIF)?$")] = ""
    back: _Minor = 0
    freight_back: _Minor = 0
    rate: Annotated[str, Meta(pattern=r"^([1-9][0-9]{0,29}(/[1-9][0-9]{0,29})?)?$")] = ""


class OrdersCounted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The answer to `statistics.orders`. `before`: where the list continues, "" at its end."""

    reporter: str
    partner: str
    period: str
    currency: str
    lines: tuple[LineCounted, ...] = ()
    before: _Common = ""


def _answer(_books: Books, peer: Peer, message: NodeMessage, body: Any, node: Node) -> Any:
    return node.services[message.type](body, peer)


STATISTICS_TABLE: Final = MessageType(
    "statistics.table", "statistics", {1: Version(TableAsked)}, answer=_answer, reply=TablesPublished
)
STATISTICS_ORDERS: Final = MessageType(
    "statistics.orders", "statistics.orders", {1: Version(OrdersAsked)}, answer=_answer, reply=OrdersCounted
)
STATISTICS_TYPES: Final = (STATISTICS_TABLE, STATISTICS_ORDERS)
