"""rowing: the command `batch explain`: one row of an answered table, with the law behind each figure of its sale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import day_of, show
from entrepot.cli.table_arguments import library_of, pairs
from entrepot.cli.wrap import indented
from entrepot.language import translate
from entrepot.language.translate import _

if TYPE_CHECKING:
    from entrepot.batch.rows.run_metadata import RunMetadata
    from entrepot.batch.run.lookup import CheckedRow


def explain(given: Mapping[str, Any]) -> int:
    """Answers `entrepot batch explain OUT --row N`. Exit code 4 where the figures are others now, or it is refused."""
    from entrepot.batch.formats.readers import source_of
    from entrepot.batch.run.lookup import check_row, request_of, to_json
    from entrepot.batch.run.paths import parse_location

    number = _number(given)
    house = library_of(given)
    place = parse_location(given["words"][0], given["format_in"])
    if place.path is None:
        raise Stop(exit_codes.USAGE, "invalid", _("An answered table is a file, not a standard stream."))
    if not place.path.is_file():
        raise Stop(exit_codes.USAGE, "no_file", _("There is no file {path}.").format(path=place.path))
    found = check_row(source_of(place.path, place.kind), number, app.law_context(house), _asked(given))
    refused = exit_codes.REFUSED if found.differences or found.fault else exit_codes.ANSWERED
    quote = found.quote[0] if found.quote else None
    if given["json"]:
        exit_codes.put_json({"object": "row", "row": number, **to_json(found), "quote": quote})
        return refused
    if found.quote is not None:
        quote, law = found.quote
        show(quote, request_of(found), law, house.world, explain=True, by_option=False)
    screen = terminal.console()
    terminal.put(screen, _check(found, number, place.path, terminal.width_of(screen)))
    return refused


def _number(given: Mapping[str, Any]) -> int:
    if len(given["words"]) != 1 or given["row"] is None or not str(given["row"]).strip().isdecimal():
        message = _("Say which row of which answered table: entrepot batch explain OUT --row 12.")
        raise Stop(exit_codes.USAGE, "missing", message, "--row")
    return int(given["row"])


def _asked(given: Mapping[str, Any]) -> RunMetadata | None:
    """What the run was asked, where it is typed again; else the table may say it."""
    from entrepot.batch.rows.run_metadata import RunMetadata

    if not (given["map"] or given["set"] or given["on"]):
        return None
    mapping = {name: ours or None for name, ours in pairs(given["map"], "--map", "code=hs_code")}
    return RunMetadata(mapping, dict(pairs(given["set"], "--set", "ship_to_country=JP")), day_of(given["on"], "--on"))


def _check(found: CheckedRow, number: int, path: Path, width: int) -> list[Text]:
    """Whether the table says the same."""
    lines = [Text("")]
    if found.fault and found.message:
        message = found.message if found.error is None else translate.told(found.error)
        lines += indented(_("Fault {code}: {message}").format(code=found.fault, message=message), width, " ")
    if not found.differences:
        lines += indented(_("Row {n} of {path} says the same.").format(n=number, path=path.name), width, " ", "green")
        return lines
    before, now = found.law
    if before and now and before != now:
        said = _("The law changed since: {before} then, {now} now.").format(before=before, now=now)
        lines += indented(said, width, " ", "yellow")
    lines += indented(_("Row {n} of {path} says otherwise:").format(n=number, path=path.name), width, " ", "yellow")
    for name, (table, today) in found.differences.items():
        said = _("{column}: {before} in the table, {now} now").format(
            column=name, before=table or "—", now=today or "—"
        )
        lines += indented(said, width, "   ")
    return lines
