"""All kinds of objects of this node, by the prefix of their ids."""

from __future__ import annotations

from entrepot.trade.customs import UNMATCHED
from entrepot.trade.declarations import DECLARATION
from entrepot.trade.objects import Kind

KINDS: dict[str, Kind] = {each.prefix: each for each in (DECLARATION, UNMATCHED)}
