"""Double entries. What an event moves sums to zero in each unit; an account may have a floor that it never passes.

A unit is an ISO 4217 currency (in minor units) or another countable: pieces of an offer (the unit is the id of the
offer), or what a person may still buy under an annual limit (`limit:CNY`, in fen). So stock that is not oversold, a
limit that is not exceeded and books that balance are one rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec


class Posting(msgspec.Struct, frozen=True, omit_defaults=True):
    """An amount added to (positive) or taken from (negative) an account, in whole minor units of `unit`.

    `floor`: the balance of the account may not be below it after the event; None: no bound.
    """

    account: str
    unit: str
    amount: int
    floor: int | None = None


class Unbalanced(Exception):
    """The postings of an event do not sum to zero in a unit: a fault of the code."""


class Insufficient(Exception):
    """An account would be below its floor: not enough stock, or a limit would be exceeded.

    `balance`: what it has, `amount`: what was to be added, `floor`: what must remain.
    """

    def __init__(self, posting: Posting, balance: int) -> None:
        self.account, self.unit, self.amount = posting.account, posting.unit, posting.amount
        self.balance, self.floor = balance, posting.floor or 0
        super().__init__(f"{self.account} has {balance} {self.unit}; {self.amount} would pass its floor {self.floor}.")

    @property
    def available(self) -> int:
        """How much can still be taken."""
        return max(self.balance - self.floor, 0)


def check_balanced(postings: Iterable[Posting]) -> None:
    """Raise Unbalanced unless the amounts of each unit sum to zero.

    >>> check_balanced([Posting("stock/of_1", "of_1", -2, floor=0), Posting("reserved/or_1", "of_1", 2)])
    >>> check_balanced([Posting("buyer/or_1", "CNY", -100), Posting("seller/og_1", "CNY", 99)])
    Traceback (most recent call last):
    entrepot.trade.ledger.entries.Unbalanced: The postings sum to -1 CNY instead of 0.
    """
    sums: dict[str, int] = {}
    for each in postings:
        sums[each.unit] = sums.get(each.unit, 0) + each.amount
    for unit, amount in sums.items():
        if amount:
            raise Unbalanced(f"The postings sum to {amount} {unit} instead of 0.")


def post(balances: Mapping[tuple[str, str], int], postings: Iterable[Posting]) -> dict[tuple[str, str], int]:
    """The new balances of the accounts that the postings touch, by account and unit. Raises Unbalanced, Insufficient.

    An account that is not in `balances` has 0. The floors hold after all postings of the event.

    >>> post({("stock/of_1", "of_1"): 5}, [Posting("stock/of_1", "of_1", -2, 0), Posting("reserved/or_1", "of_1", 2)])
    {('stock/of_1', 'of_1'): 3, ('reserved/or_1', 'of_1'): 2}
    """
    postings = tuple(postings)
    check_balanced(postings)
    found: dict[tuple[str, str], int] = {}
    for each in postings:
        key = (each.account, each.unit)
        found[key] = found.get(key, balances.get(key, 0)) + each.amount
    for each in postings:
        # Only what takes is refused: an account that is below a floor that was lowered since can be refilled.
        if each.floor is not None and each.amount < 0 and found[each.account, each.unit] < each.floor:
            raise Insufficient(each, balances.get((each.account, each.unit), 0))
    return found
