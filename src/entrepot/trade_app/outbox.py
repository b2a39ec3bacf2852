"""The outbox of this node, for its operator."""

from __future__ import annotations

from entrepot.trade.outbox import OutboxQueue
from entrepot.trade_app.books import open_database


def open_outbox() -> OutboxQueue:
    """The outbox; missing tables are created. Raises StoreError."""
    open_database()
    from entrepot.store.outbox import DatabaseOutbox  # noqa: PLC0415  # it needs the settings

    return DatabaseOutbox()
