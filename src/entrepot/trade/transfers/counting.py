"""How many distinct persons' data left an economy in a calendar year.

The count is in the books, so that two messages at once never pass a number together. A person is counted once for a
year and category, by a keyed hash: the count and the mark of the person are moved together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from entrepot.trade.ledger.entries import Posting

UNIT: Final = "person"
_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")


class PeopleAccount(msgspec.Struct, frozen=True):
    """The accounts of a year. `keyed_hash`: the HMAC of the person, never the person."""

    origin: str
    year: int
    category: str
    keyed_hash: str

    def __post_init__(self) -> None:
        if not _HASH.match(self.keyed_hash):
            raise ValueError("The account of a person needs a keyed hash of 64 hexadecimal digits, not a name.")

    @property
    def total(self) -> str:
        """The account from which each new person takes one: 0 at the start of the year, then below."""
        return total_account(self.origin, self.year, self.category)

    @property
    def person(self) -> str:
        """The account of the person: 1 once counted.

        >>> PeopleAccount("CN", 2026, "sensitive", "0" * 64).total
        'data/CN/2026/sensitive'
        """
        return f"{self.total}/{self.keyed_hash}"


def total_account(origin: str, year: int, category: str) -> str:
    """The account of a year: minus the number of persons.

    >>> total_account("CN", 2026, "ordinary")
    'data/CN/2026/ordinary'
    """
    return f"data/{origin}/{year}/{category}"


def counted(account: PeopleAccount, balance: Callable[[str, str], int]) -> tuple[int, bool]:
    """How many persons are counted, and whether this one is among them.

    >>> counted(PeopleAccount("CN", 2026, "ordinary", "0" * 64), lambda name, unit: -7 if name.count("/") == 3 else 0)
    (7, False)
    """
    return -balance(account.total, UNIT), balance(account.person, UNIT) > 0


def count_person(account: PeopleAccount, most: int | None) -> tuple[Posting, ...]:
    """Postings that count a new person. The ledger refuses them (Insufficient) where more than `most` would be counted.

    >>> [each.floor for each in count_person(PeopleAccount("CN", 2026, "ordinary", "0" * 64), 99_999)]
    [-99999, None]
    """
    floor = None if most is None else -most
    return Posting(account.total, UNIT, -1, floor), Posting(account.person, UNIT, 1)
