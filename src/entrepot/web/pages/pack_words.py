"""The tables of a pack by names that a reader knows: how many rows each has, and which of them are complete."""

from __future__ import annotations

import re
from collections.abc import Mapping

from entrepot.language.translate import N_, _, number, pack_text, place
from entrepot.law.read import Pack

#: What a table, or a kind of entry, of a pack has, by its name in the pack.
TABLES = {
    "valuation": N_("rules of the customs value"),
    "regime": N_("import procedures"),
    "charge": N_("duties, taxes and fees"),
    "condition": N_("conditions"),
    "treatment": N_("tariff preferences"),
    "additional": N_("additional duties"),
    "tariff": N_("rates of duty"),
    "taxes": N_("rates of tax"),
    "classes": N_("tax classes of goods and services"),
    "goods": N_("names of goods"),
    "lists": N_("lists of goods"),
    "members": N_("economies that a preference is for"),
    "permits": N_("permits and documents"),
    "thresholds": N_("thresholds"),
    "limits": N_("limits of the pack by goods"),
    "exchange": N_("exchange rates"),
    "transfers": N_("rules on personal data"),
}
#: The kinds of entries that a part of a table is named after.
_NAMING = ("treatment", "additional", "charge", "regime")


def table_name(name: str) -> str:
    """The name of a table in the reader's language.

    >>> table_name("tariff"), table_name("unheard_of")
    ('rates of duty', 'unheard of')
    """
    return _(TABLES.get(name, name.replace("_", " ")))


def tables_text(tables: Mapping[str, int]) -> str:
    """The tables with their rows, the largest first.

    >>> tables_text({"regime": 9, "tariff": 15532})
    'rates of duty 15,532, import procedures 9'
    """
    ordered = sorted(tables.items(), key=lambda item: -item[1])
    return ", ".join(f"{table_name(name)} {number(str(rows))}" for name, rows in ordered)


def complete_text(coverage: Mapping[str, str], pack: Pack | None) -> str:
    """The tables and parts of tables in which the absence of a row means that there is none.

    >>> complete_text({"taxes": "complete", "tariff.ldc": "complete", "tariff": "partial"}, None)
    'rates of tax; rates of duty (ldc)'
    """
    parts: dict[str, list[str]] = {}
    for name in (each for each, word in coverage.items() if word == "complete"):
        table, _dot, part = name.partition(".")
        parts.setdefault(table, []).extend([_part_name(part, pack)] if part else [])
    ordered = sorted(parts.items(), key=lambda item: len(item[1]))
    return "; ".join(f"{table_name(name)} ({', '.join(of)})" if of else table_name(name) for name, of in ordered)


def key_text(key: str, pack: Pack | None, name: str = "") -> str:
    """The key of a row in words: titles in place of the ids of the pack, and names of economies.

    `name`: of an additional duty, in place of its id, with which the key begins.

    >>> key_text("0901 CN", None), key_text("retaliation 03", None, "Additional duty")
    ('0901 · China', 'Additional duty · 03')
    """
    words = key.split(" ")
    named = [pack_text(name)] if name else []
    return " · ".join(
        [
            *named,
            *(
                place(each) if re.fullmatch("[A-Z]{2}", each) else _part_name(each, pack)
                for each in words[len(named) :]
            ),
        ]
    )


def names_of_rows(pack: Pack) -> dict[str, str]:
    """The names of the rows of additional duties, by where they stand."""
    return {row.where: row["name"] for row in pack.rows("additional")}


def _part_name(part: str, pack: Pack | None) -> str:
    """The title that a pack gives what a part of a table is about; otherwise its id in words."""
    entries = [entry for kind in _NAMING for _where, entry in pack.entries_of(kind)] if pack is not None else []
    for entry in entries:
        if entry.id == part:
            return pack_text(getattr(entry, "title", "") or getattr(entry, "name", "") or part)
    return part.replace("_", " ")
