"""What the page of a table shows of its faults: of the first rows before it is calculated, of all rows afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from entrepot import app
from entrepot.batch import facade
from entrepot.language import translate
from entrepot.language.translate import N_, _
from entrepot.model.errors import TableError
from entrepot.store import jobs
from entrepot.store.goods_corrections import chosen_codes
from entrepot.web.pages import column_form
from entrepot.web.tables import uploaded

if TYPE_CHECKING:
    from entrepot.store.models import Job


#: The encodings by the languages that are written in them.
ENCODINGS = {
    "gb18030": N_("Chinese, simplified (GB 18030, GBK)"),
    "big5": N_("Chinese, traditional (Big5)"),
    "windows-874": N_("Thai (Windows-874, TIS-620)"),
    "windows-1258": N_("Vietnamese (Windows-1258)"),
    "shift-jis": N_("Japanese (Shift JIS)"),
    "euc-kr": N_("Korean (EUC-KR)"),
    "windows-1252": N_("Western European (Windows-1252)"),
    "windows-1250": N_("Central European (Windows-1250)"),
    "windows-1251": N_("Cyrillic (Windows-1251)"),
    facade.REPLACE: N_("UTF-8, with a mark for each character that cannot be read"),
}


class Group(NamedTuple):
    """Faults of one kind: the column and its field, what the first one says, its value, how many rows, the first."""

    code: str
    column: str
    field: str
    says: str
    value: str
    rows: int
    first: list[int]


def group_rows(summary: Sequence[Mapping[str, Any]]) -> list[Group]:
    """The faults of a summary, as the page shows them."""
    return [
        Group(
            each["code"],
            each["column"] or each["field"],
            facade.field_label(each["field"]) if each["field"] in facade.FIELD_TEXTS else "",
            each["first"][0]["message"],
            each["first"][0]["value"],
            each["rows"],
            [row["number"] for row in each["first"]],
        )
        for each in summary
        if each["first"]
    ]


def codes_of(job: Job) -> list[Group]:
    """The faults of a table of version 0.1.0, which counted them by code only."""
    faults: dict[str, int] = job.options.get("faults", {})
    return [Group(code, code, "", "", "", rows, []) for code, rows in sorted(faults.items(), key=lambda each: -each[1])]


def more_kinds(job: Job) -> str:
    """What says that a table has more kinds of faults than its page shows; empty if it shows all."""
    shown, kinds = len(job.options.get("summary", ())), job.options.get("kinds", 0)
    if kinds <= shown:
        return ""
    text = _(
        "These are the {n} most frequent of {kinds} kinds of errors. The files with the rows with errors have all."
    )
    return text.format(n=translate.number(str(shown)), kinds=translate.number(str(kinds)))


def check_of(job: Job, organization: str | None) -> dict[str, Any] | None:
    """The check of the first rows with the fields chosen so far, in the reader's language; None if some are missing.

    It is calculated once for each choice, language and organization, whose codes for descriptions are used. Raises
    TableError.
    """
    mapping, constants = column_form.last_choices(job)
    if column_form.missing_fields(mapping, constants):
        return None
    stored: dict[str, Any] | None = job.options.get("check")
    asked = translate.current_language(), organization
    if stored is None or (stored["language"], stored.get("organization")) != asked:
        stored = _checked(job, mapping, constants, organization)
        jobs.store_options(job, {"check": stored})
    text = _("Errors in {faulty} of the first {n} rows.") if stored["faulty"] else _("No errors in the first {n} rows.")
    says = text.format(faulty=translate.number(str(stored["faulty"])), n=translate.number(str(stored["rows"])))
    return {**stored, "says": says, "groups": group_rows(stored["groups"])}


def _checked(
    job: Job, mapping: Mapping[str, str | None], constants: Mapping[str, str], organization: str | None
) -> dict[str, Any]:
    kind, language = job.options["kind"], translate.current_language()
    fields = {name: field or None for name, field in mapping.items()}
    found = facade.check_rows(
        uploaded.source_file(job),
        "csv" if kind == "tsv" else kind,
        app.law_context(corrections=chosen_codes(organization)),
        mapping=fields,
        constants=constants,
        reading=uploaded.reading_of(job),
        language=language,
    )
    return {
        "language": language,
        "organization": organization,
        "rows": found.rows,
        "faulty": found.faulty,
        "groups": facade.summary_json(found.groups),
        "columns": found.columns,
        "first": [{"number": row.number, "cells": _marked(row), "message": row.message} for row in found.first],
    }


def _marked(row: Any) -> list[tuple[str, bool]]:
    """The cells of a row, and whether each is the one at fault."""
    return [(cell, place == row.place) for place, cell in enumerate(row.cells)]


def choose(job: Job, form: Any) -> None:
    """Store the fields that were chosen, to be checked. Raises TableError."""
    mapping, constants = column_form.read_mapping(job, form)
    draft = {"mapping": mapping, "constants": constants, "explain": "explain" in form}
    jobs.store_options(job, {"draft": draft, "check": None})


def reading_notes(job: Job) -> list[str]:
    """What the reader should know of how the file was read."""
    options, notes = job.options, list[str]()
    reading = uploaded.reading_of(job)
    if options.get("data") and not reading.header:
        notes.append(_("The first row looks like data, so the columns are numbered. Choose what each of them gives."))
    place, count = options.get("merged") or ("", 0)
    if count:
        text = _(
            "The sheet has merged cells below the names of the columns ({cells}; {n} in all). Only the first cell of "
            "each has its value, the others are empty. If a value is meant for all of its rows, unmerge the cells in "
            "the spreadsheet, fill each row, and upload the table again."
        )
        notes.append(text.format(cells=place, n=translate.number(str(count))))
    if options.get("replaced"):
        notes.append(_("This table already contains results: these columns are ignored and calculated again."))
    return notes


def quote_query(job: Job, row: Mapping[str, str]) -> dict[str, str]:
    """The quote form of a row, to correct it there."""
    mapping, constants = column_form.last_choices(job)
    names = {
        "ship_from_country": "from",
        "ship_to_country": "to",
        "ship_to_state": "state",
        "hs_code": "what",
        "buyer_kind": "for",
        "date": "on",
        "country_of_origin": "origin",
        "proof_of_origin": "proof",
        "shipping_cost": "shipping",
        "insurance_cost": "insurance",
        "discount_amount": "discount",
    }
    same = ("service", "amount", "currency", "quantity", "net_mass_kg", "incoterm", "transport", "channel", "tax_class")
    names |= {name: name for name in same}
    given = {**constants, **{field: row[column] for column, field in mapping.items() if field and row.get(column)}}
    return {names[field]: value for field, value in given.items() if field in names and value}


def samples_of(job: Job) -> list[tuple[str, str, list[str]]]:
    """The encodings that the file may have: name, description, and its first lines."""
    return [(name, _(ENCODINGS.get(name, name)), lines) for name, lines in job.options.get("samples", ())]


def require_rows(job: Job) -> None:
    """Raises TableError if the encoding of the file is not chosen yet."""
    if not job.options.get("chosen", True):
        raise TableError(_("Choose the encoding of the file first."))
