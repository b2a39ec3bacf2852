"""Which rate a line bears under a charge, before any amount is computed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from .read import NoRate, Pack, Row, admits, names
from .sale import Case, Line, Sale

NIL_CLASSES = {"zero", "exempt"}
GENERAL_CLASSES = {"standard", "reduced", "zero", "exempt"}


@dataclass(frozen=True)
class Rate:
    """The rate of a line: alternatives in text (the least applies), or a class of a tax."""

    texts: tuple[str, ...] = ()
    tax: str = ""
    tax_class: str = ""
    floor: str = ""
    cap: str = ""


NOTHING = Rate(("free",))
NO_ROW = "no row"
UNKNOWN = Rate(("unknown",))


def agreed(line: Line, find: Callable[[str], Any]) -> tuple[Any, bool]:
    """What all the lines under a code say, and whether they agree."""
    found: list[Hashable] = [find(code) for code in line.leaves]
    return found[0], all(other == found[0] for other in found)


def tariff_text(pack: Pack, code: str, treatment: str, origin: str, day: str) -> str:
    """The text of a tariff rate; `unknown` where the pack is silent and may not be, `none` where there is none."""
    rows = pack.longest("tariff", code, {"treatment": treatment}, day, origin=origin)
    if rows:
        rows = sorted(rows, key=lambda row: (not row.get("origin"), not row.get("season")))
        return plain(rows[0]["rate"])
    return "none" if pack.complete("tariff", treatment) else "unknown"


def plain(text: str) -> str:
    """A rate's text without what makes no difference."""
    text = " ".join(text.split())
    return "free" if text in ("0 %", "0%") else text


def duty_rate(case: Case, line: Line, treatment: str) -> Rate | None:
    """The tariff rate of a line under a treatment; None where there is no such preference."""
    own = line_rate_of_caller(case, line, "duty", "duty")
    if own:
        return own
    pack, day = case.sale.pack, case.sale.day
    text, agree = agreed(line, lambda code: tariff_text(pack, code, treatment, line.origin, day))
    if not agree:
        return UNKNOWN
    if text == "none":
        return None
    texts = [text]
    if treatment != "general" and pack.by_goods.get("tariff"):
        other, agree = agreed(line, lambda code: provisional_text(pack, code, line.origin, day))
        if not agree:
            return UNKNOWN
        if other not in ("", "none"):
            texts.append(other)
    return Rate(tuple(texts))


def provisional_text(pack: Pack, code: str, origin: str, day: str) -> str:
    """The provisional rate for the whole line, empty where the pack has none."""
    rows = pack.longest("tariff", code, {"treatment": "provisional"}, day, origin=origin)
    return plain(rows[0]["rate"]) if rows else ""


def line_rate_of_caller(case: Case, line: Line, charge: str, kind: str) -> Rate | None:
    """The rate that the caller knows better, by the id of a charge or by its kind."""
    rates = line.raw.get("rates") or {}
    given = rates.get(charge)
    if given is None and means_by_kind(case, charge, kind):
        given = rates.get(kind)
    return Rate((plain(str(given)),)) if given is not None else None


def means_by_kind(case: Case, charge: str, kind: str) -> bool:
    """Whether the name of a kind means a charge: not where another charge of one of its regimes has that name as id."""
    charges = case.sale.pack.entries("charge", case.sale.day)
    mine, others = ([row for row in charges if row["id"] == name] for name in (charge, kind))
    regimes = [row["id"] for row in case.sale.pack.entries("regime", case.sale.day)]
    shared = [
        each
        for each in regimes
        if any(admits(row.get("regime"), each) for row in mine)
        and any(admits(row.get("regime"), each) for row in others)
    ]
    return charge == kind or not shared


def class_of(case: Case, index: int, code: str, tax: str, kind: str) -> str:
    """The class of a tax that goods fall in: empty where they bear none, `?` where it is not known."""
    pack = case.sale.pack
    rows = pack.longest("classes", code, {"tax": tax}, case.sale.day)
    fallback = [row for row in rows if not row.get("unit_value")]
    for row in rows:
        if row.get("unit_value"):
            holds = unit_value_holds(case, index, row["unit_value"])
            if holds is None and not spoken_for(case, index, tax, kind):
                holds = case.sale.fact(("dearer", index), (False, True))
            if holds is None:
                return "?"
            if holds:
                return str(row["class"])
    if fallback:
        return str(fallback[0]["class"])
    if kind == "vat":
        return "standard"
    return "" if pack.complete("classes", tax) else "?"


def spoken_for(case: Case, index: int, tax: str, kind: str) -> bool:
    """Whether the caller gives the rate or the class of a tax, so that its class is not asked for."""
    line = case.sale.lines[index]
    return kind in (line.raw.get("rates") or {}) or stated_rate(case, line.raw.get("tax_class"), tax, kind) is not None


def unit_value_holds(case: Case, index: int, text: str) -> bool | None:
    """Whether the customs value of one of the measures given reaches what a class asks; None where none is given."""
    line, value = case.sale.lines[index], case.values[index].customs_value
    words = text.split()
    if words[0] != "at_least":
        raise ValueError(f"unit_value {text!r}")
    answers = []
    for number, unit in zip(words[1::2], words[2::2], strict=True):
        currency, measure = unit.split("/")
        amount = line.measures[measure]
        if measure in ("item", "dozen") and line.raw.get("items") is None:
            amount = None
        if amount:
            try:
                answers.append(value / amount >= case.sale.money(Fraction(number), currency))
            except NoRate:
                continue
    return any(answers) if answers else None


def tax_rate(case: Case, index: int, tax: str, charge: str, kind: str) -> Rate:
    """The rate of a tax on a line, still to be read from `taxes.csv` at its base.

    A rate by kind that the caller knows better takes the place of a row, or of one not known; it makes no tax that the
    goods do not bear. One by the charge's id holds in any case.
    """
    line = case.sale.lines[index]
    own = line_rate_of_caller(case, line, charge, kind)
    found, agree = agreed(line, lambda code: class_of(case, index, code, tax, kind))
    mine = Rate(tax=tax, tax_class=found) if found else NOTHING
    result = stated_rate(case, line.raw.get("tax_class"), tax, kind) or (mine if agree and found != "?" else UNKNOWN)
    if own and (result != NOTHING or (charge != kind and charge in (line.raw.get("rates") or {}))):
        return own
    return result


def stated_rate(case: Case, stated: str | None, tax: str, kind: str) -> Rate | None:
    """The class that the caller states, as a rate; None where it says nothing of this tax.

    The general classes are of VAT alone; a class that only the pack names is of every tax that names it.
    """
    if not stated:
        return None
    rows = [row for row in case.sale.pack.rows("taxes", case.sale.day) if row["class"] == stated]
    if any(row["tax"] == tax for row in rows) and (kind == "vat" or stated not in GENERAL_CLASSES):
        return Rate(tax=tax, tax_class=stated)
    if kind != "vat":
        return None
    if stated in NIL_CLASSES:
        return NOTHING
    return None if rows else UNKNOWN


def additional_rate(case: Case, line: Line, programme: str, charge: str, kind: str) -> Rate:
    """The rate of a programme of additional duties on a line; what the caller knows better takes the place of a row."""
    pack, day = case.sale.pack, case.sale.day
    text, agree = agreed(line, lambda code: additional_text(pack, code, programme, line.origin, day))
    own = line_rate_of_caller(case, line, charge, kind)
    if own and (text != NO_ROW or (charge != kind and charge in (line.raw.get("rates") or {}))):
        return own
    return Rate(("free" if text == NO_ROW else text,)) if agree else UNKNOWN


def additional_text(pack: Pack, code: str, programme: str, origin: str, day: str) -> str:
    """The text of an additional duty on goods of an origin; a line that no row names bears none."""
    rows = pack.longest("additional", code, {"programme": programme}, day, origin=origin)
    rows = sorted(rows, key=lambda row: not row.get("origin"))
    return plain(rows[0]["rate"]) if rows else NO_ROW


def at_base(case: Case, rate: Rate, base: Fraction) -> Rate:
    """The row of `taxes.csv` that holds for a class at a base, as a rate in text."""
    if not rate.tax:
        return rate
    sale = case.sale
    places = [*sale.places, ""]
    rows, finer = rows_of_class(sale, rate.tax, rate.tax_class)
    rows = [row for row in rows if row.get("place", "") in places]
    if finer and not any(is_finer(sale, row) for row in rows) and all(row["rate"] == "unknown" for row in rows):
        ask_place(sale)
        return UNKNOWN
    if sale.foreign and any(row.get(key) for row in rows for key in ("over", "up_to", "floor", "cap")):
        return UNKNOWN
    rows = [row for row in rows if in_band(row, base, sale.minor)]
    if rows:
        row = min(rows, key=lambda row: places.index(row.get("place", "")))
        return Rate((plain(row["rate"]),), floor=row.get("floor", ""), cap=row.get("cap", ""))
    return NOTHING if rate.tax_class in NIL_CLASSES else UNKNOWN


def rows_of_class(sale: Sale, tax: str, tax_class: str) -> tuple[list[Row], list[Row]]:
    """The rows of a class of a tax, and those of them that are of a part of the buyer's economy."""

    def find() -> tuple[list[Row], list[Row]]:
        every = sale.pack.rows("taxes", sale.day)
        rows = [row for row in every if (row["tax"], row["class"]) == (tax, tax_class)]
        return rows, [row for row in rows if is_finer(sale, row)]

    found: tuple[list[Row], list[Row]] = sale.pack.once(sale.day, ("class", tax, tax_class, sale.country), find)
    return found


def is_finer(sale: Sale, row: Row) -> bool:
    """Whether a row is of a part of the buyer's economy."""
    return any(place.startswith(f"{sale.country}-") for place in names(row.get("place")))


def parts_of(sale: Sale) -> list[str]:
    """The parts of the buyer's economy that the law of the day names."""
    rows = sale.pack.rows("taxes", sale.day) + sale.pack.entries("charge", sale.day)
    found = {place for row in rows for place in names(row.get("place"))}
    return sorted(place for place in found if place.startswith(f"{sale.country}-"))


def ask_place(sale: Sale) -> None:
    """Ask for the buyer's state or province, unless the sale gives one that the law knows."""
    parts = parts_of(sale)
    if sale.places[0] not in parts:
        sale.fact(("place", -1), parts)


def are_all(sale: Sale) -> bool:
    """Whether the parts are the whole economy: then some tax has no known rate for the rest of it."""
    rows = sale.pack.rows("taxes", sale.day)
    finer = {(row["tax"], row["class"]) for row in rows if is_finer(sale, row)}
    rest = [row for row in rows if not names(row.get("place")) and row["rate"] == "unknown"]
    return any((row["tax"], row["class"]) in finer for row in rest)


def in_band(row: Row, base: Fraction, minor: int) -> bool:
    """Whether a base lies above `over` and is at most `up_to`."""
    scale = 10**minor
    over, up_to = row.get("over"), row.get("up_to")
    return (not over or base > Fraction(over) * scale) and (not up_to or base <= Fraction(up_to) * scale)


def bears(case: Case, charge: Row, index: int) -> bool:
    """Whether a charge is one for such a sale and such a line."""
    sale = case.sale
    held = sale.registrations
    return (
        admits(charge.get("buyer"), sale.buyer)
        and admits(charge.get("channel"), sale.channel)
        and admits(charge.get("transport"), sale.transport)
        and admits(charge.get("place"), *sale.places)
        and admits(charge.get("origin"), sale.lines[index].origin)
        and registered(charge, held)
    )


def bears_elsewhere(case: Case, charge: Row, index: int) -> bool:
    """Whether a charge is one for such a line in some parts of the economy, and the sale gives no part."""
    sale = case.sale
    parts = [place for place in names(charge.get("place")) if place.startswith(f"{sale.country}-")]
    if not parts or len(sale.places) > 1 or not are_all(sale):
        return False
    return bears(replace(case, sale=replace(sale, places=parts)), charge, index)


def registered(row: Row, held: list[str]) -> bool:
    """Whether the seller's registrations are what a row asks for."""
    wanted, barred = names(row.get("registered")), names(row.get("unregistered"))
    return (not wanted or any(item in held for item in wanted)) and not any(item in held for item in barred)
