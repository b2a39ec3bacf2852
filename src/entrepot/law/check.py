"""Check a pack across its files: dates, sources, names, and the order of charges."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from entrepot.law.cells import READERS, read_money, read_rounding
from entrepot.law.check_agreements import check_agreements
from entrepot.law.condition_tests import faults_of_test
from entrepot.law.csv_schema import TABLES
from entrepot.law.grammar import rate_source, read_rate
from entrepot.law.rates import Rate
from entrepot.law.read import Pack, Row, validity
from entrepot.law.toml_schema import Charge, Condition, Entry
from entrepot.model.errors import PackFault, in_quotes, meant
from entrepot.model.rule_kinds import CHARGE_KINDS, RATE_SOURCES, TRANSPORTS, TREATMENT_MODES, unknown

VALUES = ("goods", "freight", "insurance", "cif", "customs_value")
#: Faults of overlapping rows that are looked for at most.
MAX_FAULTS = 10_000
BUILT_IN_TREATMENTS = ("mfn", "general", "provisional")

Fault = Callable[[str, str], None]


def check(pack: Pack, world: Pack, whole: Pack | None = None) -> list[PackFault]:
    """Every fault of a pack, including those found while reading it, sorted. The world pack defines the known names.

    `whole`: if `pack` holds the rows of a layer, the base pack with that layer applied, whose names are known too.
    """
    found, whole = list(pack.faults), whole or pack

    def at(where: str, line: int = 0) -> Fault:
        return lambda column, message: found.append(PackFault(where, line, column, message))

    for where, entry in _dated_entries(pack):
        _check_dates_and_sources(whole, entry.cite.split(), entry, at(where))
    for table, rows in pack.tables.items():
        for row in rows:
            _check_dates_and_sources(whole, row["cite"], row, at(row.file, row.line))
            _check_range(row["rate"], row["trust"], at(row.file, row.line))
        _check_overlaps(((_key(table, row), row) for row in rows), found)
    _check_entry_overlaps(pack, found)
    if pack.id != "world":
        if whole is pack:
            _check_head(pack, world, at(f"{pack.id}/pack.toml"))
        _check_coverage(pack, at(f"{pack.id}/pack.toml"))
        _check_vintages(pack, at(f"{pack.id}/pack.toml"))
        _check_regimes(whole, at)
        _check_tables(pack, whole, world, at)
    else:
        check_agreements(pack, at)
    mine = f"{pack.id}/"
    return sorted({fault for fault in found if fault.file.startswith(mine)} if whole is not pack else set(found))


def _dated_entries(pack: Pack) -> Iterator[tuple[str, Entry]]:
    for entries in pack.entries.values():
        yield from entries


def _check_dates_and_sources(pack: Pack, cites: Iterable[str], dated: Any, fault: Fault) -> None:
    since, until = validity(dated)
    if until and until <= since:
        fault("until", f"{until} is not after {since}. `until` is the first day on which the row no longer holds.")
    cites = list(cites)
    if not cites:
        fault("cite", "Every row of law cites a source of pack.toml.")
    for cite in cites:
        if cite not in pack.sources:
            hint = meant(cite, pack.sources) or f" Add it as [source.{cite}]."
            fault("cite", f"{in_quotes(cite)} is not a source of pack.toml.{hint}")


def _check_range(rate: object, trust: str, fault: Fault) -> None:
    """A range is what is known of a rate, never the rate that an authority states."""
    if trust == "official" and isinstance(rate, Rate) and rate.kind == "range":
        message = (
            f"{in_quotes(rate.text)} is a range, and no authority's text states one: it cannot be official. "
            "Write published or unchecked, or enter the rate of each line."
        )
        fault("trust", message)


def _check_vintages(pack: Pack, fault: Fault) -> None:
    """The `as_of` of each source is a day, a month or a year."""
    for name, source in pack.sources.items():
        if source.as_of is not None:
            _check_readable(_vintage, source.as_of, f"source.{name}.as_of", fault)


def _key(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(str(row[column] or "") for column in TABLES[table]["key"])


def _check_overlaps(keyed: Iterable[tuple[tuple[Any, ...], Row]], found: list[PackFault]) -> None:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for key, row in keyed:
        groups[key].append(row)
    for key, rows in groups.items():
        if len(found) > MAX_FAULTS:  # a file that repeats itself has one for each of its rows
            return
        rows.sort(key=lambda row: row["since"])
        for before, after in pairwise(rows):
            if before["until"] is None or after["since"] < before["until"]:
                name = " ".join(filter(None, key))
                way_out = f"End that row on {after['since']} or mend the dates."
                message = f"{in_quotes(name)} overlaps in time with {before.where}. {way_out}"
                found.append(PackFault(after.file, after.line, "since", message))


def _check_entry_overlaps(pack: Pack, found: list[PackFault]) -> None:
    for kind, entries in pack.entries.items():
        groups: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        for where, entry in entries:
            groups[getattr(entry, "id", kind)].append((where, entry))
        for name, group in groups.items():
            group.sort(key=lambda pair: pair[1].since)
            for (_, before), (where, after) in pairwise(group):
                # An id may occur several times at once if each entry applies to other regimes.
                apart = not set(getattr(before, "regime", [0])) & set(getattr(after, "regime", [0]))
                if not apart and (before.until is None or after.since < before.until):
                    found.append(
                        PackFault(
                            where, 0, "since", f"{in_quotes(name)} overlaps in time with the one since {before.since}."
                        )
                    )


def _check_head(pack: Pack, world: Pack, fault: Fault) -> None:
    known = {row["currency"] for row in world.rows("currencies")}
    places = {row["economy"] for row in world.rows("economies")}
    if not pack.head:
        fault("pack", "The file needs a [pack].")
        return
    if pack.head.currency not in known:
        fault(
            "pack.currency",
            f"{in_quotes(pack.head.currency)} is not a currency of the world pack.{meant(pack.head.currency, known)}",
        )
    for economy in pack.head.economies:
        if economy not in places:
            fault("pack.economies", f"{in_quotes(economy)} is not an economy of the world pack.")
    if not pack.head.economies:
        fault("pack.economies", "Name the economies whose law this is.")
    if not pack.entries_of("valuation"):
        fault("valuation", "A pack needs a [[valuation]]: are freight and insurance in the customs value?")


def _check_coverage(pack: Pack, fault: Fault) -> None:
    for name in pack.coverage:
        if name.split(".")[0] not in TABLES:
            fault(f"coverage.{name}", f"No table is called so.{meant(name, TABLES)}")


def _check_regimes(pack: Pack, at: Callable[..., Fault]) -> None:
    regimes = {entry.id for _, entry in pack.entries_of("regime")}
    charges = [(where, entry) for where, entry in pack.entries_of("charge")]
    taxes = {row["tax"] for row in pack.rows("taxes")}
    programmes = {row["programme"] for row in pack.rows("additional")}
    # A programme may have no row: [coverage] then says that its list is partial.
    programmes |= {name.partition(".")[2] for name in pack.coverage if name.startswith("additional.")}
    order: list[str] = []
    for where, charge in charges:
        fault = at(where)
        _check_names(charge.regime, regimes, "regime", fault)
        for term in charge.base:
            _check_term(term, order, {entry.id for _, entry in charges}, fault)
        _check_kinds(charge, fault)
        _check_rate(charge, taxes, programmes, fault)
        for column in ("round_base", "round_line", "round_total"):
            _check_readable(read_rounding, getattr(charge, column), column, fault)
        for column in ("factor", "inclusive_share"):
            _check_readable(_share, getattr(charge, column), column, fault)
        _check_readable(read_rate, charge.without_exchange, "without_exchange", fault)
        _check_names(charge.unless, order, "unless", fault, "an earlier charge")
        _check_lists(charge, fault)
        if charge.id not in order:
            order.append(charge.id)
    for where, regime in pack.entries_of("regime"):
        _check_kinds(regime, at(where))
        _check_names(regime.closes, regimes, "closes", at(where))
        _check_readable(_share, regime.value_factor, "value_factor", at(where))
    for where, value in pack.entries_of("valuation"):
        _check_readable(read_rounding, value.round, "round", at(where))
        for column in ("landing", "impute_insurance", "impute_freight"):
            _check_readable(_share, getattr(value, column), column, at(where))
    lists = {row["list"] for row in pack.rows("lists")}
    for where, condition in pack.entries_of("condition"):
        _check_condition(condition, regimes, lists, at(where))
        _check_lists(condition, at(where))
    for where, treatment in pack.entries_of("treatment"):
        _check_readable(read_money, treatment.waiver, "waiver", at(where))


def _check_lists(entry: Any, fault: Fault) -> None:
    """The lists of economies, places and goods of an entry."""
    readers = {"origin": "economies", "ship_from": "economies", "place": "place", "goods": "goods"}
    for column, kind in readers.items():
        words = " ".join(getattr(entry, column, [])).replace("!", "! ", 1).split()
        for word in words[1:] if words[:1] == ["!"] else words:
            _check_readable(READERS[kind], word, column, fault)


def _check_term(term: str, earlier: list[str], charges: set[str], fault: Fault) -> None:
    name, _, rule = term.partition(" ")
    if name in charges and name not in earlier:
        fault(
            "base",
            f"{in_quotes(name)} is charged later than this, so the charges would turn in a circle. Put it before.",
        )
    elif name not in VALUES and name not in charges:
        fault("base", f"{in_quotes(name)} is neither a value nor a charge.{meant(name, (*VALUES, *charges))}")
    if rule and not (rule == "before_factor" and name in charges):
        _check_readable(read_rounding, rule, "base", fault)


def _check_rate(charge: Charge, taxes: set[str], programmes: set[str], fault: Fault) -> None:
    source, name = rate_source(charge.rate)
    table = RATE_SOURCES[source].table
    if source == "literal":
        _check_readable(lambda text: _check_range(read_rate(text), charge.trust, fault), charge.rate, "rate", fault)
    elif table == "taxes":
        _check_names([name], taxes, "rate", fault, "a tax of taxes.csv")
    elif table == "additional":
        _check_names([name], programmes, "rate", fault, "a programme of additional.csv")


def _check_kinds(entry: Any, fault: Fault) -> None:
    """Check that the kinds of rule named by an entry are in `rule_kinds`."""
    kinds: tuple[tuple[str, Iterable[str], str], ...] = (
        ("kind", CHARGE_KINDS, "charge kind"),
        ("treatments", TREATMENT_MODES, "treatment mode"),
        ("transport", TRANSPORTS, "transport"),
    )
    for column, known, what in kinds:
        named = getattr(entry, column, ())
        for name in (named,) if isinstance(named, str) else named:
            if name not in known:
                fault(column, unknown(name, known, what))


def _check_condition(condition: Condition, regimes: set[str], lists: set[str], fault: Fault) -> None:
    _check_names(condition.regime, regimes, "regime", fault)
    for column, message in faults_of_test(condition.test, lists):
        fault(column, message)


def _check_tables(pack: Pack, whole: Pack, world: Pack, at: Callable[..., Fault]) -> None:
    regimes = {entry.id for _, entry in whole.entries_of("regime")} | {"*"}
    charges = {entry.id for _, entry in whole.entries_of("charge")}
    treatments = {entry.id for source in (whole, world) for _, entry in source.entries_of("treatment")}
    tariffs = treatments | set(BUILT_IN_TREATMENTS)
    classes = {(row["tax"], row["class"]) for row in whole.rows("taxes")}
    currencies = {row["currency"] for row in world.rows("currencies")}
    for row in pack.rows("tariff"):
        if row["treatment"] not in tariffs:
            _check_names([row["treatment"]], tariffs, "treatment", at(row.file, row.line))
    for row in pack.rows("classes"):
        if (row["tax"], row["class"]) not in classes:
            known = sorted(name for tax, name in classes if tax == row["tax"])
            at(row.file, row.line)(
                "class",
                f"taxes.csv has no class {in_quotes(row['class'])} of {in_quotes(row['tax'])}."
                f"{meant(row['class'], known)}",
            )
    for row in pack.rows("thresholds"):
        fault = at(row.file, row.line)
        _check_names(row["regime"], regimes, "regime", fault)
        _check_names(row["relieves"], charges | {"*"}, "relieves", fault, "a charge")
        _check_names([row["currency"]], currencies, "currency", fault)
        if row["without_exchange"]:
            _check_names(row["without_exchange"][2:], currencies, "without_exchange", fault, "a known currency")
        _check_names(row["tests"], charges | set(VALUES), "tests", fault, "a value or a charge")
        if len(row["tests"]) > 1:
            _check_names(row["tests"], charges, "tests", fault, "a charge")
    economies = frozenset(whole.head.economies if whole.head else ())
    for row in (*pack.rows("permits"), *pack.rows("limits")):
        fault = at(row.file, row.line)
        _check_names(row["regime"] or (), regimes, "regime", fault)
        _check_names(
            [each for each in row["ship_to"] or () if each != "!"], economies, "ship_to", fault, "of this pack"
        )
    for row in pack.rows("transfers"):
        _check_transfer(row, economies, at(row.file, row.line))
    for row in pack.rows("members"):
        _check_names([row["treatment"]], treatments | {"mfn"}, "treatment", at(row.file, row.line))


def _check_transfer(row: Row, economies: frozenset[str], fault: Fault) -> None:
    """What a rule on personal data that leave cannot say."""
    first, last = row["people_from"], row["people_to"]
    if last is not None and last <= (first or 0):
        fault("people_to", f"{last} is not above {first or 0}. `people_to` is the first number that is not included.")
    needs = row["outcome"] in {"mechanism", "assessment"}
    if needs and not row["mechanism"]:
        fault("mechanism", f"Name what makes the transfer lawful: the outcome is {in_quotes(row['outcome'])}.")
    if row["mechanism"] and not needs:
        fault("mechanism", f"A transfer with the outcome {in_quotes(row['outcome'])} needs no mechanism.")
    if row["due_within_days"] is not None and not needs:
        fault("due_within_days", "Only a mechanism or an assessment is due within days.")
    if row["outcome"] == "free" and row["trust"] == "unchecked" and not row["note"]:
        fault("note", "A free transfer that nobody checked says in `note` what it rests on.")
    _check_names([each for each in row["origin"] or () if each != "!"], economies, "origin", fault, "of this pack")


def _check_names(names: Iterable[str], known: Iterable[str], column: str, fault: Fault, what: str = "") -> None:
    for name in names:
        if name not in known:
            fault(column, f"{in_quotes(name)} is not {what or 'a known ' + column}.{meant(name, known)}")


def _check_readable(reader: Callable[[str], Any], text: str | None, column: str, fault: Fault) -> None:
    if text is not None:
        try:
            reader(text)
        except ValueError as error:
            fault(column, str(error))


def _vintage(text: str) -> None:
    try:
        if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
            raise ValueError
        dt.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        message = f"{in_quotes(text)} is not a day, a month or a year. Write it like 2022-08-15, 2022-08 or 2022."
        raise ValueError(message) from None


def _share(text: str) -> None:
    if read_rate(text).kind != "share":
        raise ValueError(f"{in_quotes(text)} is not a share. Write it like '70 %' or '22/78'.")


def in_force(dated: Any, on: dt.date) -> bool:
    """Whether a row or entry is in force on a day."""
    since, until = validity(dated)
    return bool(since <= on and (until is None or on < until))
