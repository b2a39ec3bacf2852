"""rowing: the command `batch explain`: one row of an answered table, with the law behind each figure of its sale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot import app, tongue
from entrepot.cli import exits, terminal
from entrepot.cli.asked import library_of, pairs
from entrepot.cli.exits import Stop
from entrepot.cli.fold import indented
from entrepot.cli.quoting import day_of, show
from entrepot.tongue import _

if TYPE_CHECKING:
    from entrepot.fleet.lookup import Seen
    from entrepot.fleet.memo import Memo


def explain(given: Mapping[str, Any]) -> int:
    """Answers `entrepot batch explain OUT --row N`. Exit code 4 where the figures are others now, or it is refused."""
    from entrepot.fleet.lookup import as_json, request_of, seen
    from entrepot.fleet.places import place_of
    from entrepot.fleet.readers import source_of

    number = _number(given)
    house = library_of(given)
    place = place_of(given["words"][0], given["format_in"])
    if place.path is None:
        raise Stop(exits.USAGE, "invalid", _("An answered table is a file, not a standard stream."))
    if not place.path.is_file():
        raise Stop(exits.USAGE, "no_file", _("There is no file {path}.").format(path=place.path))
    found = seen(source_of(place.path, place.kind), number, app.fleet_house(house), _asked(given))
    refused = exits.REFUSED if found.differs or found.fault else exits.ANSWERED
    quote = found.quote[0] if found.quote else None
    if given["json"]:
        exits.put_json({"object": "row", "row": number, **as_json(found), "quote": quote})
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
        raise Stop(exits.USAGE, "missing", message, "--row")
    return int(given["row"])


def _asked(given: Mapping[str, Any]) -> Memo | None:
    """What the run was asked, where it is typed again; else the table may say it."""
    from entrepot.fleet.memo import Memo

    if not (given["map"] or given["set"] or given["on"]):
        return None
    mapping = {name: ours or None for name, ours in pairs(given["map"], "--map", "code=hs_code")}
    return Memo(mapping, dict(pairs(given["set"], "--set", "ship_to_country=JP")), day_of(given["on"], "--on"))


def _check(found: Seen, number: int, path: Path, width: int) -> list[Text]:
    """Whether the table says the same."""
    lines = [Text("")]
    if found.fault and found.message:
        message = found.message if found.error is None else tongue.told(found.error)
        lines += indented(_("Fault {code}: {message}").format(code=found.fault, message=message), width, " ")
    if not found.differs:
        lines += indented(_("Row {n} of {path} says the same.").format(n=number, path=path.name), width, " ", "green")
        return lines
    before, now = found.law
    if before and now and before != now:
        said = _("The law changed since: {before} then, {now} now.").format(before=before, now=now)
        lines += indented(said, width, " ", "yellow")
    lines += indented(_("Row {n} of {path} says otherwise:").format(n=number, path=path.name), width, " ", "yellow")
    for name, (table, today) in found.differs.items():
        said = _("{column}: {before} in the table, {now} now").format(
            column=name, before=table or "—", now=today or "—"
        )
        lines += indented(said, width, "   ")
    return lines
