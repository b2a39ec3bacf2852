"""The node of the benchmark: Entrepot's own server, with one more type of message."""

from __future__ import annotations

from note import NOTE

from entrepot.trade.nodes import types

types.TYPES[NOTE.name] = NOTE  # type: ignore[index]  # the benchmark alone adds a type

from entrepot.web.site.wsgi import application  # noqa: E402  # after the type was added

__all__ = ["application"]
