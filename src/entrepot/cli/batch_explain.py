"""The command `batch explain`: one row of a processed table, with the law behind each figure of its sale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs, print_quote, read_day
from entrepot.cli.table_options import read_constants, read_mapping
from entrepot.cli.wrap import indent_lines
from entrepot.language import translate
from entrepot.language.translate import _

if TYPE_CHECKING:
    from entrepot.batch.rows.run_metadata import RunMetadata
    from entrepot.batch.run.lookup import CheckedRow


def explain_row(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot batch explain OUT --row N`. Exit code 4 if the row is refused or its figures are different now."""
    from entrepot.batch.formats.readers import open_source
    from entrepot.batch.run.lookup import check_row, request_of, to_json
    from entrepot.batch.run.paths import parse_location

    number = _row_number(arguments)
    library = open_packs(arguments["packs"], arguments["overlays"])
    place = parse_location(arguments["words"][0], arguments["format_in"])
    if place.path is None:
        raise Stop(exit_codes.USAGE, "invalid", _("The output table must be a file, not a standard stream."))
    if not place.path.is_file():
        raise Stop(exit_codes.USAGE, "no_file", _("File {path} does not exist.").format(path=place.path))
    found = check_row(open_source(place.path, place.kind), number, app.law_context(library), _typed_request(arguments))
    refused = exit_codes.REFUSED if found.differences or found.fault else exit_codes.SUCCESS
    if arguments["json"]:
        document = found.quote[0].document(complete=False) if found.quote else None
        exit_codes.put_json({"object": "row", "row": number, **to_json(found), "quote": document})
        return refused
    if found.quote is not None:
        quote, law = found.quote
        print_quote(quote, request_of(found), law, library.world, explain=True, by_option=False)
    screen = terminal.console()
    terminal.put_lines(screen, _agreement(found, number, place.path, terminal.width_of(screen)))
    return refused


def _row_number(arguments: Mapping[str, Any]) -> int:
    if len(arguments["words"]) != 1 or arguments["row"] is None or not str(arguments["row"]).strip().isdecimal():
        message = _("Give the output file and the row: entrepot batch explain OUT --row 12.")
        raise Stop(exit_codes.USAGE, "missing", message, "--row")
    return int(arguments["row"])


def _typed_request(arguments: Mapping[str, Any]) -> RunMetadata | None:
    """The mapping and the constants of the run, if they are typed again; None to read them from the table."""
    from entrepot.batch.rows.run_metadata import RunMetadata

    if not (arguments["map"] or arguments["set"] or arguments["on"]):
        return None
    mapping = read_mapping(arguments)
    return RunMetadata(mapping, read_constants(arguments), read_day(arguments["on"], "--on"))


def _agreement(found: CheckedRow, number: int, path: Path, width: int) -> list[Text]:
    """Whether the figures of the table agree with today's quote, and the differences."""
    lines = [Text("")]
    if found.fault and found.message:
        message = found.message if found.error is None else translate.error_text(found.error)
        lines += indent_lines(_("Error {code}: {message}").format(code=found.fault, message=message), width, " ")
    if not found.differences:
        lines += indent_lines(
            _("Row {n} of {path} has the same values.").format(n=number, path=path.name), width, " ", "green"
        )
        return lines
    before, now = found.law
    if before and now and before != now:
        text = _("The law has changed: {before} then, {now} now.").format(before=before, now=now)
        lines += indent_lines(text, width, " ", "yellow")
    lines += indent_lines(
        _("Row {n} of {path} has other values:").format(n=number, path=path.name), width, " ", "yellow"
    )
    for name, (table, today) in found.differences.items():
        text = _("{column}: {before} in the table, {now} now").format(
            column=name, before=table or "—", now=today or "—"
        )
        lines += indent_lines(text, width, "   ")
    return lines
