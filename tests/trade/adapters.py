"""Every adapter of the books, for the tests that all of them pass."""

from __future__ import annotations

import os
from collections.abc import Callable

from entrepot.trade.memory import MemoryBooks
from entrepot.trade.ports import Books
from trade.tally import KINDS, Clock

HASH_KEY = b"the key of the tests".ljust(32, b".")


def memory(clock: Clock) -> Books:
    """The books in memory."""
    return MemoryBooks(KINDS, now=clock, random=os.urandom, hash_key=HASH_KEY)


#: Each makes empty books.
ADAPTERS: dict[str, Callable[[Clock], Books]] = {"memory": memory}
