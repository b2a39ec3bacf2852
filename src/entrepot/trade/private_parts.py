"""What of an event only the buyer sees: the keyed hash of an identity, and what the buyer declared of an annual limit.

The hash is the same in every order of a person, whoever sells; the floor of the limit's account and `year_to_date` say
what the person has bought elsewhere. A seller needs neither: it is told whether an order is within the limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.trade.ledger.events import Event

#: The names of these values in payloads.
NAMES = frozenset({"identity", "year_to_date", "keyed_hash", "buyer_hash", "payer_hash"})
#: How the accounts of annual limits, and of persons whose data left, begin: the hash is in their names.
_OF_PERSONS = ("limit/", "data/")


def has_private_parts(event: Event) -> bool:
    """Whether an event names what only the buyer sees."""
    return any(each.account.startswith(_OF_PERSONS) for each in event.postings) or _names_private(event.payload)


def without_private_parts(value: Any) -> Any:
    """A payload, or a value in it, without what only the buyer sees.

    >>> without_private_parts({"buyer": {"party": "og_1", "identity": "5e8f"}, "lines": [{"quantity": 1}]})
    {'buyer': {'party': 'og_1'}, 'lines': [{'quantity': 1}]}
    """
    if isinstance(value, Mapping):
        return {name: without_private_parts(each) for name, each in value.items() if name not in NAMES}
    if isinstance(value, (list, tuple)):
        return [without_private_parts(each) for each in value]
    return value


def buyer_of(state: Any) -> str:
    """The buyer of an order, or of an object of one: whose private parts its events have."""
    party = getattr(getattr(state, "buyer", None), "party", "")
    owners: Sequence[str] = getattr(state, "owners", ())
    return str(party or (owners[1] if len(owners) > 1 else ""))


def _names_private(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any((name in NAMES and each) or _names_private(each) for name, each in value.items())
    return isinstance(value, (list, tuple)) and any(_names_private(each) for each in value)
