"""known: the names that a pack speaks of on any day: who uses another has made a slip."""

from __future__ import annotations

from entrepot.law.read import Pack
from entrepot.model.rule_kinds import CONDITION_TESTS


def places(pack: Pack) -> frozenset[str]:
    """The members, states and provinces of which the pack has charges of their own, on any day."""
    found = {row["place"] or "" for row in pack.rows("taxes")}
    return frozenset(found | {place for _, charge in pack.each("charge") for place in charge.place}) - {""}


def schemes(pack: Pack) -> frozenset[str]:
    """The schemes of sellers that the pack speaks of, on any day."""
    found = {name for _, charge in pack.each("charge") for name in (charge.registered, charge.unregistered)}
    found |= {row[column] or "" for row in pack.rows("thresholds") for column in ("registered", "unregistered")}
    tests = [condition.test for _, condition in pack.each("condition")]
    found |= {test[name] for test in tests for name in test if _of_schemes(name)}
    return frozenset(found - {""})


def _of_schemes(name: str) -> bool:
    """Whether a key of a test is a kind that names a scheme."""
    return name in CONDITION_TESTS and CONDITION_TESTS[name].argument == "scheme"
