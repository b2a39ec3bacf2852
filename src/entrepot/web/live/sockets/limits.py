"""Counting: how fast a client sends, and how many connections there are of an address."""

from __future__ import annotations

from collections import Counter

#: Connections of the process; of one address (a company or a school may have one address); and of one address that
#: have not yet sent their token.
MAX_OPEN, MAX_OF_ADDRESS, MAX_NEW_OF_ADDRESS = 4_000, 500, 50


class Allowance:
    """So much per second on average; what is not used is saved up for some seconds.

    >>> allowance = Allowance(per_second=10, seconds=2, now=0)
    >>> allowance.take(20, now=0), allowance.take(1, now=0), allowance.take(5, now=0.5)
    (True, False, True)
    """

    def __init__(self, per_second: float, seconds: float, now: float) -> None:
        self._per_second, self._most = per_second, per_second * seconds
        self._left, self._at = self._most, now

    def take(self, amount: float, now: float) -> bool:
        """Take an amount, if it is left."""
        self._left = min(self._left + (now - self._at) * self._per_second, self._most)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


class Places:
    """The connections of the process by their address.

    >>> places = Places(most=3, of_address=2, new=1)
    >>> places.enter("a"), places.enter("a")
    (True, False)
    >>> places.admitted("a"); places.enter("a"), places.enter("b"), places.enter("c")
    (True, True, False)
    >>> places.leave("a", admitted=True); places.enter("c")
    True
    """

    def __init__(self, most: int = MAX_OPEN, of_address: int = MAX_OF_ADDRESS, new: int = MAX_NEW_OF_ADDRESS) -> None:
        self._most, self._of_address, self._most_new = most, of_address, new
        self._open: Counter[str] = Counter()
        self._new: Counter[str] = Counter()
        self.count = 0

    def enter(self, address: str) -> bool:
        """Take a place, if one is free."""
        if self.count >= self._most or self._open[address] >= self._of_address or self._new[address] >= self._most_new:
            return False
        self._open[address] += 1
        self._new[address] += 1
        self.count += 1
        return True

    def admitted(self, address: str) -> None:
        """A connection has sent its token."""
        _subtract(self._new, address)

    def leave(self, address: str, *, admitted: bool) -> None:
        """Give a place back."""
        _subtract(self._open, address)
        if not admitted:
            _subtract(self._new, address)
        self.count -= 1


def _subtract(counts: Counter[str], address: str) -> None:
    counts[address] -= 1
    if not counts[address]:
        del counts[address]
