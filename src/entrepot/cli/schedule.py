"""The commands `schedule add`, `list`, `show` and `remove`: install official schedules and list them."""

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
from entrepot.cli.quote import open_packs, read_day
from entrepot.cli.sale_options import country_code
from entrepot.language.translate import _
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.errors import PackError, PackFault, in_quotes
from entrepot.schedules import formats, report
from entrepot.schedules.install import Installed, InstalledSchedule, find_installed, install, remove
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions

#: Faults that are printed at most; a file in the wrong format has one in every row.
MAX_FAULTS = 20


def add(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot schedule add PACK FILE…`."""
    words = list(arguments["words"])
    if len(words) < 2:
        example = "entrepot schedule add jp tariff_2026-07-09.csv"
        raise Stop(
            exit_codes.USAGE,
            "missing",
            _("Give a pack and its files, for example: {example}.").format(example=example),
        )
    library = open_packs(arguments["packs"])
    pack, files = pack_id(library, words[0]), [_existing_file(word) for word in words[1:]]
    return add_files(library, pack, files, arguments)


def add_files(library: Library, pack: str, files: list[Path], arguments: Mapping[str, Any]) -> int:
    """Reads the files of a schedule, checks and installs it, and prints the result. Raises Stop."""
    options = ReadOptions(
        pack=pack,
        since=read_day(arguments["since"], "--since"),
        until=read_day(arguments["until"], "--until"),
        id=arguments["id"],
    )
    with steps(quiet=arguments["json"]) as step:
        step(_("reading"))
        format_name = formats.format_of(files, pack, arguments["format"])
        reading = _with_source(formats.read(files, options, format_name), arguments)
        if arguments["report"]:
            _write_report(Path(arguments["report"]), reading)
        step(_("checking and installing"))
        try:
            added = install(reading, required_data_folder(), library.check, replace=arguments["replace"])
        except PackError as error:
            return _report_faults(list(error.faults), arguments["json"])
        except OSError as error:
            message = _("The schedule could not be written to {path}: {why}. Set ENTREPOT_DATA to use another folder.")
            text = message.format(path=required_data_folder(), why=error.strerror or error)
            raise Stop(exit_codes.NOT_WRITTEN, "not_written", text, "ENTREPOT_DATA") from None
    app.library.cache_clear()  # the next quote of this process uses it
    _report_added(added, reading, format_name, arguments)
    return exit_codes.SUCCESS


def _with_source(reading: ParsedSchedule, arguments: Mapping[str, Any]) -> ParsedSchedule:
    """The reading, with the title, authority and address of its source that the user gave."""
    changes = {name: arguments[name] for name in ("title", "authority", "url") if arguments[name]}
    if not changes:
        return reading
    return msgspec.structs.replace(reading, source=msgspec.structs.replace(reading.source, **changes))


def _write_report(path: Path, reading: ParsedSchedule) -> None:
    try:
        path.write_text(report.unread_csv(reading), "utf-8")
    except OSError as error:
        message = _("{path} cannot be written: {why}.").format(path=path, why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "not_written", message, "--report") from None


def _report_faults(faults: list[PackFault], as_json: bool) -> int:
    """Prints the faults of a schedule that was not installed."""
    if as_json:
        data = [{"file": each.file, "row": each.row, "column": each.column, "message": each.message} for each in faults]
        exit_codes.put_json({"object": "list", "kept": False, "data": data})
        return exit_codes.PACK_FAULTS
    screen = terminal.console()
    terminal.put_lines(screen, schedule_pages.fault_lines(faults, MAX_FAULTS, terminal.width_of(screen)))
    return exit_codes.PACK_FAULTS


def _report_added(added: Installed, reading: ParsedSchedule, format_name: str, arguments: Mapping[str, Any]) -> None:
    if arguments["json"]:
        exit_codes.put_json(
            {
                **schedule_pages.as_json(added.layer),
                "how": added.how,
                "format": format_name,
                "reading": report.as_json(reading),
            }
        )
        return
    screen = terminal.console()
    terminal.put_lines(screen, schedule_pages.added_lines(added, reading, format_name, terminal.width_of(screen)))


def list_schedules(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot schedule list`."""
    library = open_packs(arguments["packs"])
    found = find_installed(data_folder(), library.ids())
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [schedule_pages.listed_json(each) for each in found]})
        return exit_codes.SUCCESS
    screen = terminal.console()
    terminal.put_lines(screen, schedule_pages.table_lines(found, data_folder(), terminal.width_of(screen)))
    return exit_codes.SUCCESS


def show(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot schedule show ID`."""
    library = open_packs(arguments["packs"])
    schedule = find_schedule(library, arguments["name"])
    if schedule.layer is None:
        raise Stop(exit_codes.PACK_FAULTS, "pack_faults", schedule.fault, "ID")
    if arguments["json"]:
        exit_codes.put_json({**schedule_pages.as_json(schedule.layer), "path": str(schedule.path)})
        return exit_codes.SUCCESS
    screen = terminal.console()
    terminal.put_lines(screen, schedule_pages.schedule_lines(schedule.layer, terminal.width_of(screen)))
    return exit_codes.SUCCESS


def remove_schedule(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot schedule remove ID`."""
    library = open_packs(arguments["packs"])
    schedule = find_schedule(library, arguments["name"])
    label = f"{schedule.pack}/{schedule.id}"
    if not arguments["yes"] and not _confirmed(label):
        raise Stop(
            exit_codes.USAGE,
            "not_removed",
            _("{id} was not removed. Answer y, or use --yes.").format(id=label),
            "--yes",
        )
    try:
        remove(schedule)
    except OSError as error:
        message = _("{path} cannot be removed: {why}.").format(path=schedule.path, why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "not_written", message) from None
    app.library.cache_clear()
    if arguments["json"]:
        exit_codes.put_json({"object": "schedule", "id": label, "removed": True})
    else:
        exit_codes.put_text(_("{id} was removed; quotes use the pack again.").format(id=label) + "\n")
    return exit_codes.SUCCESS


def _confirmed(label: str) -> bool:
    sys.stderr.write(_("Remove the schedule {id}? [y/N] ").format(id=label))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def find_schedule(library: Library, text: str) -> InstalledSchedule:
    """The installed schedule of an id: `jp/2026-07-09`, or `2026-07-09` where only one has it. Raises Stop."""
    found = find_installed(data_folder(), library.ids())
    name = text.strip().lower()
    matching = [each for each in found if name in (f"{each.pack}/{each.id}", each.id)]
    if len(matching) == 1:
        return matching[0]
    if not found:
        raise Stop(exit_codes.NO_LAW, "no_schedule", schedule_pages.none_installed(), "ID")
    known = ", ".join(f"{each.pack}/{each.id}" for each in (matching or found))
    message = (
        _("Several schedules are named {text}: {known}.")
        if matching
        else _("Schedule {text} is not installed. Installed: {known}.")
    )
    raise Stop(exit_codes.NO_LAW, "no_schedule", message.format(text=in_quotes(text), known=known), "ID")


def pack_id(library: Library, text: str) -> str:
    """The id of a pack, from itself or the code or name of an economy. Raises LawError or Stop if none is meant."""
    name = text.strip().lower()
    return name if name in library.ids() else library.pack_of(country_code(text, "PACK", library.world))


def required_data_folder() -> Path:
    """The folder of installed schedules. Raises Stop if there is none."""
    folder = data_folder()
    if folder is None:
        message = _("No home directory found. Set ENTREPOT_DATA to the folder for schedules.")
        raise Stop(exit_codes.NOT_WRITTEN, "no_folder", message, "ENTREPOT_DATA")
    return folder


def _existing_file(word: str) -> Path:
    path = Path(word)
    if not path.is_file():
        message = _("File {path} does not exist.").format(path=word)
        raise Stop(exit_codes.USAGE, "no_file", message, "FILE")
    return path
