"""For each line of a schedule and each group of origins, the treatments that can decide, as columns.

This is the table that somebody who knows the law would load before a long job: MFN (or general) first, then in the
order of the law each agreement of which the origin is a member and which can be lower. What is left out can never be
chosen, whatever the sale: no rate at all, or a percentage that is not below the MFN percentage.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import forms
from forms import Form

from entrepot.law.compiled import Law
from entrepot.law.records import Entry, Treatment

UNKNOWN = ((), -1)  # no rate and no row


class Slot(NamedTuple):
    """One treatment of one line: its id, its rate (None: not known), the row that says so, its waiver in minor units.

    `waiver`: the customs value up to which no proof is asked for; -1 where one always is.
    """

    treatment: str
    form: Form | None
    row: int
    waiver: int


Limit = Callable[[Treatment], int]


class Claims(NamedTuple):
    """`groups[origin]` is a number; `slots[group][line]` the treatments."""

    groups: dict[str, int]
    slots: list[list[tuple[Slot, ...]]]


def claims(law: Law, codes: list[str], origins: list[str], limit: Limit) -> Claims:
    """The treatments of all lines from all origins. `limit` gives a treatment's waiver in minor units."""
    who = _asked(law)
    seen: dict[tuple[object, ...], int] = {}
    groups, chosen = {}, []
    for origin in origins:
        base = "general" if law.normal and origin not in law.normal else "mfn"
        mine = tuple(each for each in law.treatments if origin in each.members)
        key = (base, tuple(each.id for each in mine), tuple(each.has(origin) for each in who))
        if key not in seen:
            seen[key] = len(seen)
            chosen.append((origin, base, mine))
        groups[origin] = seen[key]
    known: dict[int, Form | None] = {}
    rows = [law.index[code] for code in codes]
    slots = [[_slots(law, known, row, *each, limit) for row in rows] for each in chosen]
    return Claims(groups, slots)


def _asked(law: Law) -> list[Any]:
    """Every group of origins that some row speaks of."""
    found = [entry.origin for group in law.groups for entry in group]
    found += [who for permit in law.permits for who in (permit.origin, permit.ship_from)]
    for regime in law.regimes:
        found += [each.origin for each in regime.charges]
        found += [who for each in (*regime.thresholds, *regime.conditions) for who in (each.origin, each.ship_from)]
    return list(dict.fromkeys(each for each in found if each is not None))


def _slots(
    law: Law,
    known: dict[int, Form | None],
    row: int,
    origin: str,
    base: str,
    mine: tuple[Treatment, ...],
    limit: Limit,
) -> tuple[Slot, ...]:
    other = None if base == "general" else _first(law, law.by_name.get("tariff:provisional", -1), row, origin)
    first = Slot(base, *_rate(law, known, _first(law, law.by_name.get(f"tariff:{base}", -1), row, origin), other), -1)
    found, normal = [first], forms.share(first.form)
    for each in mine:
        own = _first(law, each.column, row, origin)
        if own is None:
            continue
        form, basis = _rate(law, known, own, other)
        part = forms.share(form)
        if form is None or (normal is not None and part is not None and part >= normal):
            continue
        found.append(Slot(each.id, form, basis, limit(each)))
    return tuple(found)


def _first(law: Law, column: int, row: int, origin: str) -> Entry | None:
    for entry in law.group(column, row) if column >= 0 else ():
        if entry.origin is None or entry.origin.has(origin):
            return None if law.rates[entry.rate].kind == "none" else entry
    return None


def _rate(law: Law, known: dict[int, Form | None], own: Entry | None, other: Entry | None) -> tuple[Form | None, int]:
    """The lower of a row and the provisional one, which an ad valorem schedule settles once for all."""
    if own is None:
        return None, -1
    for entry in (own, other):
        if entry is not None and entry.rate not in known:
            known[entry.rate] = forms.form(law.rates[entry.rate], law)
    form = known[own.rate]
    if other is None:
        return form, own.basis
    second = known[other.rate]
    if form is None or second is None:
        return None, own.basis
    parts = forms.share(form), forms.share(second)
    if None in parts:
        raise ValueError("a provisional rate that only the value can compare")
    return (second, other.basis) if _less(parts[1], parts[0]) else (form, own.basis)


def _less(left: Fraction | None, right: Fraction | None) -> bool:
    return left is not None and right is not None and left < right
