"""The message of the benchmark: its handler only answers."""

from __future__ import annotations

import msgspec

from entrepot.trade.nodes.messages import MessageType, Version


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note of the size of a message about an order."""

    text: str


NOTE = MessageType("bench.note", "order", {1: Version(Note)}, handle=lambda *_given: {"noted": True})
