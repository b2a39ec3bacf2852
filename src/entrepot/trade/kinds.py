"""All kinds of objects of this node, by the prefix of their ids."""

from __future__ import annotations

from entrepot.trade.objects import Kind

KINDS: dict[str, Kind] = {}
