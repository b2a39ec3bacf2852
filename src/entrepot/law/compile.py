"""Compile the rows in force on a day into dense arrays, valid for the whole period in which nothing changes."""

from __future__ import annotations

import datetime as dt
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable
from itertools import accumulate, pairwise
from typing import Any

import msgspec

from entrepot.law import declared_names
from entrepot.law import records as L
from entrepot.law.check import in_force
from entrepot.law.compiled import Law
from entrepot.law.interning import Interner, source_record
from entrepot.law.rates import FLAT, UNIT
from entrepot.law.read import Pack, Row, dated_rows, validity
from entrepot.law.regimes import RegimeCompiler
from entrepot.law.toml_schema import LayerHead
from entrepot.law.transfers import transfer_rule
from entrepot.law.treaties import granted_treatments


def unchanged_period(pack: Pack, world: Pack, on: dt.date) -> tuple[dt.date, dt.date | None]:
    """The period around a day in which no law changes: first day, and the day after the last (None if open).

    The first and last days of seasons count as changes.
    """
    changes: set[dt.date] = set(pack.edges)
    for dated in [
        *dated_rows(pack, without=("transfers",)),
        *world.rows("members"),
        *(entry for _, entry in world.entries_of("treatment")),
    ]:
        changes.update(day for day in validity(dated) if day)
    for row in pack.rows("tariff"):
        if row["season"]:
            first, last = row["season"]
            for year in range(max(on.year - 1, 1), min(on.year + 1, 9998) + 1):
                changes.add(_day_in_year(year, first))
                changes.add(_day_in_year(year, last) + dt.timedelta(days=1))
    before = [day for day in changes if day <= on]
    after = [day for day in changes if day > on]
    return max(before, default=dt.date.min), min(after, default=None)


def _day_in_year(year: int, day: tuple[int, int]) -> dt.date:
    """A day of a year; 29 February means the last day of February in every year."""
    return dt.date(year, 3, 1) - dt.timedelta(days=1) if day == (2, 29) else dt.date(year, *day)


def compile_law(pack: Pack, world: Pack, on: dt.date) -> Law:
    """Compile the law of a checked pack around a day."""
    head = pack.head
    assert head is not None, "only a checked pack is compiled"
    since, until = unchanged_period(pack, world, on)
    rows = {name: [row for row in table if in_force(row, on)] for name, table in pack.tables.items()}
    interner = Interner(pack, {row["currency"]: row["decimals"] for row in world.rows("currencies")}[head.currency])
    codes, named = _codes(rows, pack)
    _columns(interner, rows, codes, on)
    granted = granted_treatments(interner, pack, world, on)
    regime_compiler = RegimeCompiler(interner, pack, rows, on)
    regimes = regime_compiler.regimes()
    return Law(
        pack=pack.id,
        title=head.title,
        hash="",  # the library sets it: it depends on all layers
        since=str(since),
        until=str(until) if until else None,
        economies=frozenset(head.economies),
        currency=head.currency,
        decimals=interner.decimals,
        language=head.language,
        limits=tuple(head.limits),
        words=pack.words,
        sources=_dated(_sources(pack, ""), pack.layers, on) | _sources(world, "world/", _cited_by_treatments(world)),
        exchange=_exchange(interner, rows),
        valuation=regime_compiler.valuation(),
        regimes=regimes,
        permits=regime_compiler.permits(),
        known_limits=regime_compiler.limits(),
        transfers=tuple(transfer_rule(row) for row in pack.rows("transfers")),
        treatments=granted,
        normal=frozenset(row["economy"] for row in rows.get("members", ()) if row["treatment"] == "mfn"),
        taxes=_taxes(interner, rows),
        bases=interner.bases,
        rates=interner.rates,
        groups=interner.groups,
        codes=codes,
        named=named,
        divided=_divided(rows.get("tariff", ()), named),
        bands=_bands(rows.get("goods", ())),
        naming=_naming(rows.get("goods", ()), codes),
        columns=interner.columns,
        foreign=_foreign(interner, regimes, granted, rows.get("goods", ()), head.currency),
        **_declared(pack),
        layers=tuple(each.used for each in pack.layers),
        read_on=str(head.read_on),
        first_day=_first_day(pack),
    )


def _first_day(pack: Pack) -> str:
    """The first day on which a pack has both an import procedure and a customs value; empty if it lacks one of them."""
    starts = [[validity(entry)[0] for _, entry in pack.entries_of(kind)] for kind in ("regime", "valuation")]
    return str(max(map(min, starts))) if all(starts) else ""


def _declared(pack: Pack) -> dict[str, frozenset[str]]:
    """The names that a sale may have, by the field of the law, also those that are no longer in force.

    They are not spelling errors of the caller.
    """
    return {
        "classes": frozenset(row["class"] for row in pack.rows("taxes")),
        "conditions": frozenset(entry.id for _, entry in pack.entries_of("condition")),
        "schemes": declared_names.schemes(pack),
        "places": declared_names.places(pack),
        "proofs": _proofs(pack),
    }


def _proofs(pack: Pack) -> frozenset[str]:
    return frozenset(name for _, entry in pack.entries_of("treatment") for name in (entry.id, *entry.proofs))


def _exchange(interner: Interner, rows: dict[str, list[Row]]) -> dict[str, tuple[str, int]]:
    """The customs exchange rates of the day by currency, each with the index of its basis."""
    found = rows.get("exchange", ())
    return {row["currency"]: (format(row["rate"], "f"), interner.basis(row, row.where)) for row in found}


def _codes(rows: dict[str, list[Row]], pack: Pack) -> tuple[list[str], list[str]]:
    """Every code that any table names, and the codes that are lines of the schedule.

    A code of which only a source with a vintage has a rate is not a line where the law has lines under it.
    """
    keyed = {
        row["goods"]
        for name in ("goods", "tariff", "classes", "additional", "lists")
        for row in rows.get(name, ())
        if row["goods"][0].isdigit()
    }
    dated = {name for name, source in pack.sources.items() if source.as_of}
    named: set[str] = set()
    summed: set[str] = set()
    for row in (*rows.get("goods", ()), *rows.get("tariff", ())):
        if row["goods"][0].isdigit():
            (named if dated.isdisjoint(row["cite"]) else summed).add(row["goods"])
    divided = {line[:length] for line in (*named, *summed) for length in range(2, len(line))}
    return sorted(keyed), sorted(named | (summed - divided))


def _divided(rows: Iterable[Row], named: list[str]) -> frozenset[str]:
    """The codes under which the law has as many lines as the row of the code itself states, or more."""
    stated = {row["goods"]: row["lines"] for row in rows if row["lines"]}
    found = set()
    for code, lines in stated.items():
        under = named[bisect_right(named, code) : bisect_left(named, code + ":")]  # ":" sorts after the digits
        have = sum(not after.startswith(line) for line, after in pairwise([*under, ""]))
        if have >= lines:
            found.add(code)
    return frozenset(found)


def _bands(rows: Iterable[Row]) -> dict[str, tuple[L.UnitBound, ...]]:
    """The bounds of the value of a unit of the lines that are only for goods between them."""
    return {
        row["goods"]: tuple(
            L.UnitBound(compare=word, num=each.numerator, den=each.denominator, currency=currency, unit=unit)
            for word, each, currency, unit in row["unit_value"]
        )
        for row in rows
        if row["unit_value"]
    }


def _naming(rows: Iterable[Row], codes: list[str]) -> tuple[L.Naming, ...]:
    """The names of each code by language; the name of a later layer replaces an earlier one."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        for column, text in row.cells.items():
            if text and column.startswith("name_"):
                found[column[5:]][row["goods"]] = text
    made = []
    for language, names in found.items():
        texts = [names.get(code, "").encode() for code in codes]
        ends = array("I", accumulate(map(len, texts)))
        made.append(L.Naming(language=language, ends=ends.tobytes(), texts=b"".join(texts)))
    return tuple(made)


def _columns(interner: Interner, rows: dict[str, list[Row]], codes: list[str], on: dt.date) -> None:
    entries: dict[str, dict[str, list[L.Entry]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.get("tariff", ()):
        if _in_season(row["season"], on):
            name = f"tariff:{row['treatment']}" + (":part" if row["scope"] else "")
            entry = interner.entry(row)
            # The first entry that fits applies, so seasonal entries come first; `_column` moves entries for an origin
            # to the front.
            if row["season"]:
                entries[name][row["goods"]].insert(0, entry)
            else:
                entries[name][row["goods"]].append(entry)
    for row in rows.get("classes", ()):
        values = tuple(
            (each.numerator, each.denominator, currency, unit) for each, currency, unit in row["unit_value"] or ()
        )
        entries[f"class:{row['tax']}"][row["goods"]].append(
            L.Entry(basis=interner.shared_basis(row), name=row["class"], unit_value=values)
        )
    for row in rows.get("lists", ()):
        entries[f"list:{row['list']}"][row["goods"]].append(
            L.Entry(basis=interner.shared_basis(row), name=row["member"])
        )
    for row in rows.get("additional", ()):
        entries[f"additional:{row['programme']}"][row["goods"]].append(interner.entry(row, row["name"] or ""))
    parents = _parents(codes)
    for name in sorted(entries):
        interner.by_name[name] = len(interner.columns)
        interner.columns.append(_column(interner, name, entries[name], codes, parents))


def _in_season(season: Any, on: dt.date) -> bool:
    if not season:
        return True
    first, last = season
    today = (on.month, on.day)
    return bool(first <= today <= last if first <= last else today >= first or today <= last)


def _parents(codes: list[str]) -> list[int]:
    """For each sorted code, the index of the longest other code that it begins with, or -1."""
    parents, stack = [], []  # type: list[int], list[int]
    for i, code in enumerate(codes):
        while stack and not code.startswith(codes[stack[-1]]):
            stack.pop()
        parents.append(stack[-1] if stack else -1)
        stack.append(i)
    return parents


def _column(
    interner: Interner, name: str, entries: dict[str, list[L.Entry]], codes: list[str], parents: list[int]
) -> L.Column:
    def own(key: str) -> tuple[L.Entry, ...]:
        # The first entry that fits applies: those for certain origins and unit values come first.
        return tuple(sorted(entries.get(key, ()), key=lambda entry: (entry.origin is None, not entry.unit_value)))

    everywhere = own("*")
    anyway = own("service:*")
    services = {key[8:]: own(key) + anyway for key in entries if key.startswith("service:") and key != "service:*"}
    services["*"] = anyway
    groups: list[tuple[L.Entry, ...]] = []
    cells = array("i")
    for code, parent in zip(codes, parents, strict=True):
        inherited = groups[parent] if parent >= 0 else everywhere
        mine = own(code) if code in entries else ()
        group = mine if mine and interner.ends_lookup(mine[-1]) else mine + inherited
        groups.append(group)
        cells.append(interner.group(group) if group else -1)
    kind, _, part = name.partition(":")
    table = {"tariff": "tariff", "class": "classes", "list": "lists", "additional": "additional"}[kind]
    return L.Column(
        name=name,
        complete=interner.pack.complete(f"{table}.{part}"),
        default=interner.group(everywhere) if everywhere else -1,
        services={key: interner.group(group) for key, group in services.items() if group},
        cells=cells.tobytes(),
    )


def _taxes(interner: Interner, rows: dict[str, list[Row]]) -> dict[str, tuple[L.TaxRow, ...]]:
    taxes: dict[str, list[L.TaxRow]] = defaultdict(list)
    for row in rows.get("taxes", ()):
        taxes[f"{row['tax']}:{row['class']}"].append(
            L.TaxRow(
                place=row["place"] or "",
                over=interner.minor(row["over"]),
                up_to=interner.minor(row["up_to"]),
                rate=interner.rate(row["rate"]),
                floor=interner.minor(row["floor"]),
                cap=interner.minor(row["cap"]),
                basis=interner.basis(row, row.where),
            )
        )
    return {name: tuple(found) for name, found in taxes.items()}


def _sources(pack: Pack, prefix: str, cited: Container[str] | None = None) -> dict[str, L.Source]:
    """The sources of a pack; if `cited` is given, only these."""
    return {
        prefix + name: source_record(source) for name, source in pack.sources.items() if cited is None or name in cited
    }


def _dated(sources: dict[str, L.Source], layers: Iterable[LayerHead], on: dt.date) -> dict[str, L.Source]:
    """The sources, those of schedules that are more than a year old with their first day as the vintage."""
    for layer in layers:
        if layer.old_from is not None and layer.old_from <= on:
            for name, source in sources.items():
                if name.rpartition("/")[0] == layer.label and not source.as_of:
                    sources[name] = msgspec.structs.replace(source, as_of=str(layer.since))
    return sources


def _cited_by_treatments(world: Pack) -> frozenset[str]:
    """The sources of the world pack that a law may cite: those of its treatments and of their members."""
    rows = {cite for row in world.rows("members") for cite in row["cite"]}
    return frozenset(rows.union(*(entry.cite.split() for _, entry in world.entries_of("treatment"))))


def _foreign(
    interner: Interner,
    regimes: tuple[L.Regime, ...],
    treatments: tuple[L.Treatment, ...],
    goods: Iterable[Row],
    own: str,
) -> tuple[str, ...]:
    """The currencies, other than the pack's own, in which the law states rates and limits."""
    found = {
        step.currency for rate in interner.rates for end in rate.ends for step in end.program if step.op in (UNIT, FLAT)
    }
    found.update(threshold.currency for regime in regimes for threshold in regime.thresholds)
    found.update(threshold.known_currency for regime in regimes for threshold in regime.thresholds)
    found.update(condition.currency for regime in regimes for condition in regime.conditions)
    found.update(treatment.waiver_currency for treatment in treatments)
    found.update(currency for group in interner.groups for entry in group for _, _, currency, _ in entry.unit_value)
    found.update(currency for row in goods for _, _, currency, _ in row["unit_value"] or ())
    return tuple(sorted(found - {"", own}))
