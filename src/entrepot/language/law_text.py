"""Rows of law as sentences in the reader's language: those in force for a code, and what changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from entrepot.language import translate
from entrepot.language.heading_names import heading_name
from entrepot.language.translate import LABELS, N_, _, label, number, pack_text, plural
from entrepot.law.compiled import Law, World
from entrepot.law.inventory import PackSummary
from entrepot.law.lookup import LawRow, Values
from entrepot.model.sources import TRUST

#: The titles of the parts that rows in force are grouped by.
PARTS = {
    "tariff": N_("Duty by treatment"),
    "additional": N_("Additional duties"),
    "taxes": N_("Taxes and their classes"),
    "lists": N_("Lists of goods"),
    "reliefs": N_("Reliefs"),
    "conditions": N_("Conditions of the import procedures"),
    "permits": N_("Documents, permits and prohibitions"),
}
#: The titles of the kinds of change.
CHANGES = {"changes": N_("Changes"), "begins": N_("Starts"), "ends": N_("Ends")}
#: Columns whose content is understood without the name of the column.
UNNAMED = ("rate", "says")
#: Digits of the codes that are shown by their short names: headings and subheadings.
SHORT_NAMED = (4, 6)
#: Origins of a row that are named, at most; of more, their codes are shown.
MAX_NAMED_ORIGINS = 3


def name(row: LawRow) -> str:
    """The name of what a row regulates."""
    return _TEXTS[row.name.key](row.name.values)


def says(row: LawRow) -> str:
    """The content of a row."""
    return ", ".join(_TEXTS[each.key](each.values) for each in row.says)


def as_json(law: Law, row: LawRow) -> dict[str, Any]:
    """A row as the API gives it, in the reader's language."""
    basis = row.basis
    cited = [
        {"source": cite, "title": pack_text(source.title), "authority": pack_text(source.authority)}
        for cite, source in ((cite, law.sources[cite]) for cite in basis.cites)
    ]
    dates = {"since": basis.since, "until": basis.until, "trust": TRUST[basis.trust], "row": basis.where}
    return {"part": row.part, "name": name(row), "says": says(row), **dates, "sources": cited}


def change(each: Mapping[str, Any]) -> str:
    """A change of `law.history`, in one line."""
    before, after = each["before"], each["after"]
    return _changed(before, after) if each["change"] == "changes" else _whole(before if after is None else after)


def name_of(law: Law, world: World, code: str) -> str:
    """The name of a code or a service, in the reader's language if the pack has it."""
    if code in world.services:
        return pack_text(world.services[code])
    under = law.lines_under(code) if code else []
    row = law.index[under[0]] if len(under) == 1 else law.row_of(code)
    names, language = law.names(row), translate.current_language()
    if language in names:
        return names[language]
    # The short name of a heading or subheading: a line keeps its legal name, before which its local one is shown.
    if code in world.headings and len(code) in SHORT_NAMED and (short := heading_name(code, "", language)):
        return short
    return names.get("en") or world.headings.get(code[:6]) or world.headings.get(code[:4], "")


def _column(values: Values) -> str:
    """A column of the schedule: a treatment, a charge, a tax or a list; or the name that a row of it has."""
    named = pack_text(values["name"]) if "name" in values else _title(values)
    return f"{values['line']} · {named}" if "line" in values else named


def _title(values: Values) -> str:
    column = values["column"]
    title = pack_text(values.get("title") or LABELS.get(column) or values.get("charge") or column.replace("_", " "))
    return f"{title} ({_('part of the line')})" if "part" in values else title


def _class(values: Values) -> str:
    place = f" {values['place']}" if "place" in values else ""
    return f"{_title(values)}, {label(values['class'])}{place}"


def _origins(codes: str) -> str:
    """The economies of some codes by their names; the codes if they are many.

    >>> _origins("CA US"), _origins("AT BE BG CY")
    ('Canada, United States', 'AT BE BG CY')
    """
    each = codes.split()
    return ", ".join(map(translate.place, each)) if len(each) <= MAX_NAMED_ORIGINS else codes


def _amount(values: Values) -> str:
    return f"{values['currency']} {translate.number(values['amount'])}"


def _below(template: str) -> Callable[[Values], str]:
    def text(values: Values) -> str:
        return f"{_(template).format(amount=_amount(values))}: {values['relieves']}"

    return text


#: The text of each key of a `Stated`.
_TEXTS: dict[str, Callable[[Values], str]] = {
    "column": _column,
    "class": _class,
    "regime": lambda values: pack_text(values["title"]),
    "permit": lambda values: f"{label(values['kind'])} · {pack_text(values['authority'])}",
    "text": lambda values: pack_text(values["text"]),
    "rate": lambda values: label(values["rate"]),
    "origin": lambda values: _("origin {codes}").format(codes=_origins(values["codes"])),
    "origin_not": lambda values: _("origin not {codes}").format(codes=_origins(values["codes"])),
    "unit_value": lambda values: _("from {amount} a unit of {unit}").format(
        amount=_amount(values), unit=values["unit"]
    ),
    "below": _below(N_("below {amount}")),
    "at_most": _below(N_("at most {amount}")),
}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What differs between two states of a row."""
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return ", ".join(
        f"{'' if name in UNNAMED else name + ' '}{_word(before.get(name), name)} → {_word(after.get(name), name)}"
        for name in names
    )


def _whole(said: Mapping[str, str]) -> str:
    return ", ".join(_word(text, name) if name in UNNAMED else f"{name} {text}" for name, text in said.items())


def _word(text: str | None, name: str = "") -> str:
    """A value of a column as it is shown; a rate with numbers in the reader's format.

    >>> _word("from free to 25 %", "rate"), _word(None)
    ('0 % to 25 %', '—')
    """
    if text and name == "rate":
        low, to, high = text.removeprefix("from ").partition(" to ")
        return translate.rate_text(f"{translate.lowest(low)} to {high}" if to else text)
    return pack_text(label(text)) if text else "—"


def range_facts(pack: PackSummary) -> list[tuple[str, str]]:
    """How many rates are known only as a range, and the older editions that rows come from; empty without any."""
    facts = [(_("ranges"), number(str(pack.ranges)))] if pack.ranges else []
    editions = [
        f"{pack_text(str(each['title']))} ({each['as_of']}): {plural(each['rows'], '{n} row', '{n} rows')}"
        for each in pack.vintages
    ]
    return facts + ([(_("rates as of"), "; ".join(editions))] if editions else [])
