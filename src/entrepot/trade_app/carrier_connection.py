"""The carrier of this node, by its settings: `ENTREPOT_CARRIER` names it."""

from __future__ import annotations

import os
from functools import lru_cache

from entrepot.carrier_settings import read_carrier
from entrepot.trade_app.books import open_books
from entrepot.trade_app.carrier_channel import Carriage


@lru_cache(maxsize=1)
def open_carriage() -> Carriage | None:
    """The carrier; None where none is set. Raises ConfigurationError, StoreError."""
    given = read_carrier(os.environ)
    if given is None:
        return None
    from entrepot.connect.carrier.sandbox import SandboxCarrier  # noqa: PLC0415  # only the one that is set

    return Carriage(open_books(), SandboxCarrier(given.address, given.key, given.secret))
