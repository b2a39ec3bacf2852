"""Charges that differ by the state or province of the buyer, where the sale does not give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from entrepot.engine.case import Case
from entrepot.engine.rules.line_charge import applies
from entrepot.engine.rules.reasons import reason
from entrepot.law.compiled import Law, Memo, World
from entrepot.law.records import Charge
from entrepot.law.subdivisions import LONGEST, find_elsewhere, find_subdivision
from entrepot.model.errors import PlaceName, SaleError, nearest
from entrepot.model.quote import Reason

#: Letters and digits of the code of a state or province, at most (ISO 3166-2).
LONGEST_CODE = 3


@dataclass(slots=True)
class _Derived:
    """What is stored with a law, by economy: its states and provinces, whether they are all, which taxes differ.

    `named`: the names of states by code, whether or not the law has them. `unused`: see `_without_effect`.
    """

    parts: Memo[str, tuple[str, ...]] = field(default_factory=Memo)
    whole: Memo[str, bool] = field(default_factory=Memo)
    differing: Memo[tuple[str, str], bool] = field(default_factory=Memo)
    named: Memo[str, dict[str, str]] = field(default_factory=Memo)
    unused: Memo[tuple[str, str], Reason] = field(default_factory=Memo)


def parts_of(law: Law, economy: str) -> tuple[str, ...]:
    """The states or provinces of an economy that its law names, as `CA-ON`."""
    memo = law.derived(_Derived).parts
    known = memo.get(economy)
    if known is None:
        known = memo.store(economy, tuple(sorted(place for place in law.places if place.startswith(f"{economy}-"))))
    return known


def are_all(law: Law, economy: str) -> bool:
    """Whether an economy has no place besides its states and provinces: a tax has no known rate for the rest."""
    memo, begin = law.derived(_Derived).whole, f"{economy}-"
    known = memo.get(economy)
    if known is None:
        found = any(
            any(row.place.startswith(begin) for row in rows)
            and any(row.place in (economy, "") and law.rates[row.rate].kind == "unknown" for row in rows)
            for rows in law.taxes.values()
        )
        known = memo.store(economy, found)
    return known


def lacks_place(case: Case) -> bool:
    """Whether the sale gives no state or province, and has to be in one of those that the law names."""
    return len(case.places) == 2 and are_all(case.law, case.importer)


def is_assumed(case: Case) -> bool:
    """Whether the rates of the rest of the economy are assumed: the sale gives no state or province of the law."""
    parts = parts_of(case.law, case.importer)
    return bool(parts) and case.places[0] not in parts


def tax_differs(case: Case, charge: Charge) -> bool:
    """Whether a tax has other rates in some states or provinces than in the rest of the economy."""
    if charge.source != "tax":
        return False
    memo, key = case.law.derived(_Derived).differing, (case.importer, charge.tax)
    known = memo.get(key)
    if known is None:
        begin, tax = f"{case.importer}-", f"{charge.tax}:"
        rows = (row for name, of_class in case.law.taxes.items() if name.startswith(tax) for row in of_class)
        known = memo.store(key, any(row.place.startswith(begin) for row in rows))
    return known


def applies_elsewhere(case: Case, charge: Charge, i: int) -> bool:
    """Whether a charge applies to a line only in some states or provinces, and the sale does not give one."""
    if not charge.place or not lacks_place(case):
        return False
    there = tuple(place for place in charge.place if place.startswith(f"{case.importer}-"))
    return bool(there) and applies(msgspec.structs.replace(case, places=there), charge, i)


def state_code(text: str, economy: str) -> str:
    """A state or province as its code with the economy: `CA-ON` for `on` and for `CA-ON`.

    >>> state_code("on", "CA"), state_code("CA-ON", "CA")
    ('CA-ON', 'CA-ON')
    """
    begin = f"{economy}-"
    return begin + text.strip().upper().removeprefix(begin)


def check_state(case: Case, world: World) -> None:
    """Says which state or province a name was read as; raises SaleError for one that does not exist.

    Where the law does not name all states, one that it does not name has no effect: that is said.
    """
    if len(case.places) < 3:
        return
    law, place, word = case.law, case.places[0], case.sale.ship_to.state or ""
    if place in (parts := parts_of(law, case.importer)):
        if place != state_code(word, case.importer):
            part = place.partition("-")[2]
            case.reasons.append(reason("place.read", "ship_to.state", word=word.strip(), part=part))
        return
    if not are_all(law, case.importer):
        case.reasons.append(_without_effect(case, world, word))
        return
    named = {part.partition("-")[2]: world.subdivisions.get(part, {}) for part in parts}
    raise SaleError(
        "unknown_state",
        "{word!r} is not a state or province of {place}. Known: {known}.",
        "ship_to.state",
        _similar(word, {code: names.get("en", "") for code, names in named.items()}),
        word=word,
        place=place_of_law(law),
        known=tuple(_listed(code, names) for code, names in named.items()),
    )


def place_of_law(law: Law) -> PlaceName:
    """The place of a law as a value of an error: its title, and its economy if it is of a single one."""
    return PlaceName(law.title, code=next(iter(law.economies)) if len(law.economies) == 1 else "")


def _listed(code: str, names: Mapping[str, str]) -> PlaceName:
    """A state or province in a list: its code with its name, in each language that has one.

    >>> _listed("QC", {"en": "Quebec", "zh": "魁北克"}).names["zh"], _listed("X", {})
    ('QC (魁北克)', 'X')
    """
    shown = {language: f"{code} ({name})" for language, name in names.items()}
    return PlaceName(shown.get("en", code), names={"en": code, **shown})


def _without_effect(case: Case, world: World, word: str) -> Reason:
    """That a state has no effect; and that it is another economy's, or similar to one of this economy, if it is."""
    if len(word) > LONGEST:
        return reason("place.unused", "ship_to.state", place=case.law.title)
    memo = case.law.derived(_Derived).unused
    known = memo.get((case.importer, word))
    return memo.store((case.importer, word), _unused(case, world, word)) if known is None else known


def _unused(case: Case, world: World, word: str) -> Reason:
    place = case.law.title
    if find_subdivision(world, case.importer, word) is None:
        known = _names_by_code(case, world)
        # Where the states are not known, a short text may be the code of one of them.
        if (known or len(word.strip()) > LONGEST_CODE) and (other := find_elsewhere(world, word)):
            # The name as it was typed is in the buyer's language; the table has English names for most.
            return reason("place.elsewhere", "ship_to.state", place=place, word=word.strip(), other=other, of=other[:2])
        if near := _similar(word, known):
            return reason("place.similar", "ship_to.state", place=place, near=near)
    return reason("place.unused", "ship_to.state", place=place)


def _names_by_code(case: Case, world: World) -> dict[str, str]:
    """The English names of the states and provinces of the importer, by their codes."""
    memo, begin = case.law.derived(_Derived).named, f"{case.importer}-"
    known = memo.get(case.importer)
    if known is None:
        found = {place: names.get("en", "") for place, names in world.subdivisions.items() if place.startswith(begin)}
        known = memo.store(case.importer, {place.removeprefix(begin): name for place, name in found.items()})
    return known


def _similar(word: str, known: Mapping[str, str]) -> str:
    """The code or the name that is most similar to a word; empty if none is. `known`: names by code."""
    if len(word) > LONGEST:
        return ""
    names = {name.casefold(): name for name in known.values() if name}
    near = nearest(word.strip().casefold(), names)
    return names.get(near, "") or nearest(word.strip().upper(), known)
