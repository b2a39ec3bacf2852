"""scheduling: the commands `schedule add`, `list`, `show` and `remove`: official schedules that the user keeps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from entrepot import app
from entrepot.cli import exit_codes, schedule_pages, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import steps
from entrepot.cli.quote import day_of, packs_of
from entrepot.language.translate import _
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.errors import PackError, PackFault
from entrepot.schedules import formats, report
from entrepot.schedules.install import Kept, Lying, keep, lying, remove
from entrepot.schedules.parsed import Asked, Reading

#: So many faults are printed; a file of another kind has one for each of its rows.
PRINTED = 20


def add(given: Mapping[str, Any]) -> int:
    """Answers `entrepot schedule add PACK FILE…`."""
    words = list(given["words"])
    if len(words) < 2:
        example = "entrepot schedule add jp tariff_2026-07-09.csv"
        raise Stop(
            exit_codes.USAGE,
            "missing",
            _("Write a pack and its files, for example: {example}.").format(example=example),
        )
    house = packs_of(given["packs"])
    pack, files = pack_of(house, words[0]), [_file(word) for word in words[1:]]
    return put(house, pack, files, given)


def put(house: Library, pack: str, files: list[Path], given: Mapping[str, Any]) -> int:
    """Reads files, checks and keeps what they say, and tells it."""
    asked = Asked(
        pack=pack, since=day_of(given["since"], "--since"), until=day_of(given["until"], "--until"), id=given["id"]
    )
    with steps(quiet=given["json"]) as step:
        step(_("reading"))
        named = formats.format_of(files, pack, given["format"])
        reading = _sourced(formats.read(files, asked, named), given)
        if given["report"]:
            _report(Path(given["report"]), reading)
        step(_("checking and keeping"))
        try:
            done = keep(reading, folder(), house.check, replace=given["replace"])
        except PackError as error:
            return _faulty(list(error.faults), given["json"])
        except OSError as error:
            message = _("The schedule could not be kept in {path}: {why}. ENTREPOT_DATA names another folder.")
            text = message.format(path=folder(), why=error.strerror or error)
            raise Stop(exit_codes.NOT_WRITTEN, "not_written", text, "ENTREPOT_DATA") from None
    app.library.cache_clear()  # who asks next in this process finds it
    _told(done, reading, named, given)
    return exit_codes.ANSWERED


def _sourced(reading: Reading, given: Mapping[str, Any]) -> Reading:
    """The reading, its source called as the user says."""
    said = {name: given[name] for name in ("title", "authority", "url") if given[name]}
    if not said:
        return reading
    return msgspec.structs.replace(reading, source=msgspec.structs.replace(reading.source, **said))


def _report(path: Path, reading: Reading) -> None:
    try:
        path.write_text(report.unread_csv(reading), "utf-8")
    except OSError as error:
        message = _("{path} cannot be written: {why}.").format(path=path, why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "not_written", message, "--report") from None


def _faulty(faults: list[PackFault], as_json: bool) -> int:
    """Tells the faults of a schedule; nothing was kept."""
    if as_json:
        data = [{"file": each.file, "row": each.row, "column": each.column, "message": each.message} for each in faults]
        exit_codes.put_json({"object": "list", "kept": False, "data": data})
        return exit_codes.PACK_FAULTS
    screen = terminal.console()
    terminal.put(screen, schedule_pages.faults(faults, PRINTED, terminal.width_of(screen)))
    return exit_codes.PACK_FAULTS


def _told(done: Kept, reading: Reading, named: str, given: Mapping[str, Any]) -> None:
    if given["json"]:
        exit_codes.put_json(
            {**schedule_pages.as_json(done.layer), "how": done.how, "format": named, "reading": report.told(reading)}
        )
        return
    screen = terminal.console()
    terminal.put(screen, schedule_pages.added(done, reading, named, terminal.width_of(screen)))


def listing(given: Mapping[str, Any]) -> int:
    """Answers `entrepot schedule list`."""
    house = packs_of(given["packs"])
    found = lying(data_folder(), house.ids())
    if given["json"]:
        exit_codes.put_json({"object": "list", "data": [schedule_pages.lying_json(each) for each in found]})
        return exit_codes.ANSWERED
    screen = terminal.console()
    terminal.put(screen, schedule_pages.table(found, data_folder(), terminal.width_of(screen)))
    return exit_codes.ANSWERED


def show(given: Mapping[str, Any]) -> int:
    """Answers `entrepot schedule show ID`."""
    house = packs_of(given["packs"])
    lain = one(house, given["name"])
    if lain.layer is None:
        raise Stop(exit_codes.PACK_FAULTS, "pack_faults", lain.fault, "ID")
    if given["json"]:
        exit_codes.put_json({**schedule_pages.as_json(lain.layer), "path": str(lain.path)})
        return exit_codes.ANSWERED
    screen = terminal.console()
    terminal.put(screen, schedule_pages.one(lain.layer, terminal.width_of(screen)))
    return exit_codes.ANSWERED


def take_away(given: Mapping[str, Any]) -> int:
    """Answers `entrepot schedule remove ID`."""
    house = packs_of(given["packs"])
    lain = one(house, given["name"])
    label = f"{lain.pack}/{lain.id}"
    if not given["yes"] and not _agreed(label):
        raise Stop(
            exit_codes.USAGE,
            "not_removed",
            _("{id} was not removed: answer y, or say --yes.").format(id=label),
            "--yes",
        )
    try:
        remove(lain)
    except OSError as error:
        message = _("{path} cannot be removed: {why}.").format(path=lain.path, why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "not_written", message) from None
    app.library.cache_clear()
    if given["json"]:
        exit_codes.put_json({"object": "schedule", "id": label, "removed": True})
    else:
        exit_codes.put_text(_("{id} is removed; quotes use the pack again.").format(id=label) + "\n")
    return exit_codes.ANSWERED


def _agreed(label: str) -> bool:
    sys.stderr.write(_("Remove the schedule {id}? [y/N] ").format(id=label))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def one(house: Library, text: str) -> Lying:
    """The schedule of a name: `jp/2026-07-09`, or `2026-07-09` where only one is called so."""
    found = lying(data_folder(), house.ids())
    wanted = text.strip().lower()
    mine = [each for each in found if wanted in (f"{each.pack}/{each.id}", each.id)]
    if len(mine) == 1:
        return mine[0]
    known = ", ".join(f"{each.pack}/{each.id}" for each in (mine or found)) or "—"
    message = (
        _("Several schedules are called {text}: {known}.")
        if mine
        else _("There is no schedule {text}. Kept are: {known}.")
    )
    raise Stop(exit_codes.NO_LAW, "no_schedule", message.format(text=repr(text), known=known), "ID")


def pack_of(house: Library, text: str) -> str:
    """The pack of an id, or of an economy. Raises LawError where there is none."""
    name = text.strip()
    return name.lower() if name.lower() in house.ids() else house.pack_of(name.upper())


def folder() -> Path:
    """Where schedules are kept."""
    found = data_folder()
    if found is None:
        message = _("Nobody's home is known here: set ENTREPOT_DATA to the folder in which schedules are to be kept.")
        raise Stop(exit_codes.NOT_WRITTEN, "no_folder", message, "ENTREPOT_DATA")
    return found


def _file(word: str) -> Path:
    path = Path(word)
    if not path.is_file():
        message = _("There is no file {path}.").format(path=word)
        raise Stop(exit_codes.USAGE, "no_file", message, "FILE")
    return path
