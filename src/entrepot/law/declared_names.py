"""The names of places and schemes that a pack uses on any day; a request with another name has a spelling error."""

from __future__ import annotations

from entrepot.law.read import Pack
from entrepot.model.rule_kinds import CONDITION_TESTS


def places(pack: Pack) -> frozenset[str]:
    """The member states, states and provinces with charges of their own in the pack, on any day."""
    found = {row["place"] or "" for row in pack.rows("taxes")}
    return frozenset(found | {place for _, charge in pack.entries_of("charge") for place in charge.place}) - {""}


def schemes(pack: Pack) -> frozenset[str]:
    """The seller registration schemes that the pack names, on any day."""
    found = {name for _, charge in pack.entries_of("charge") for name in (charge.registered, charge.unregistered)}
    found |= {row[column] or "" for row in pack.rows("thresholds") for column in ("registered", "unregistered")}
    tests = [condition.test for _, condition in pack.entries_of("condition")]
    found |= {test[name] for test in tests for name in test if _of_schemes(name)}
    return frozenset(found - {""})


def _of_schemes(name: str) -> bool:
    """Whether a key of a test is a kind whose argument is a scheme."""
    return name in CONDITION_TESTS and CONDITION_TESTS[name].argument == "scheme"
