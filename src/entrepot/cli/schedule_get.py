"""The command `schedule get`: download the authority's own file and install it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import steps
from entrepot.cli.quote import open_packs, read_day, today
from entrepot.cli.schedule import add_files, pack_id, required_data_folder
from entrepot.cli.wrap import indent_lines
from entrepot.language.translate import _, number
from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules.fetch import Download, addresses, fetch, templates_of
from entrepot.schedules.publishers import published


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot schedule get PACK [CODE…]`."""
    words, library = list(arguments["words"]), open_packs(arguments["packs"])
    pack = pack_id(library, words[0])
    templates = templates_of(library.pack(pack))
    if not templates:
        raise Stop(exit_codes.NO_LAW, "no_address", _download_by_hand(library, pack), "PACK")
    try:
        wanted = addresses(templates, words[1:])
    except ScheduleError as error:
        whole = "" if words[1:] or published(pack) is None else " " + _download_by_hand(library, pack)
        raise Stop(exit_codes.USAGE, "invalid", error.message + whole, error.file) from None
    read_day(arguments["since"], "--since")  # checked before the download
    to = Path(arguments["folder"]) if arguments["folder"] else required_data_folder() / "downloads" / pack
    fetched = _fetch_all(wanted, to, pack, quiet=arguments["json"])
    if not arguments["json"]:
        screen = terminal.console()
        terminal.put_lines(
            screen, [line for each in fetched for line in _fetched_lines(each, terminal.width_of(screen))]
        )
    # The authority's file of today is valid from today; it does not say since when its rates apply.
    since = arguments["since"] or today().isoformat()
    name = arguments["id"] or (_part_id(since, words[1:]) if words[1:] else None)
    url = arguments["url"] or (fetched[0].address if len(fetched) == 1 else None)
    return add_files(
        library, pack, [each.path for each in fetched], {**arguments, "since": since, "url": url, "id": name}
    )


def _part_id(since: str, codes: Sequence[str]) -> str:
    """The id of a part of a schedule: its day and its first code, so that parts do not replace each other."""
    first = "".join(character for character in codes[0] if character.isdigit())
    return f"{since}-{first}" + (f"-and-{len(codes) - 1}" if len(codes) > 1 else "")


def _fetch_all(urls: Mapping[str, str], to: Path, pack: str, *, quiet: bool) -> list[Download]:
    fetched = []
    with steps(quiet=quiet) as step:
        for code, address in urls.items():
            name = code or f"{pack}_{today().isoformat()}"
            text = _("downloading {name}").format(name=name)
            step(text)

            def report_size(size: int, text: str = text) -> None:
                step(f"{text} {size >> 10} kB")

            try:
                fetched.append(fetch(address, to, name, on_progress=report_size))
            except ScheduleError as error:
                message = _("{address} could not be downloaded. {why} Download it yourself, then run: {command}.")
                command = f"entrepot schedule add {pack} FILE"
                text = message.format(address=address, why=error.message, command=command)
                raise Stop(exit_codes.NOT_FETCHED, "not_fetched", text) from None
            except OSError as error:
                message = _("{path} cannot be written: {why}.").format(path=to, why=error.strerror or error)
                raise Stop(exit_codes.NOT_WRITTEN, "not_written", message, "--to") from None
    return fetched


def _download_by_hand(library: Library, pack: str) -> str:
    """What to do where a pack names no file: who publishes which file on which page, and what to type then."""
    command, found = f"entrepot schedule add {pack} FILE", published(pack)
    if library.pack(pack).coverage.get("tariff") == "complete":
        return _("The pack {pack} has the duties of all goods: there is no schedule to download.").format(pack=pack)
    if found is None:
        text = _("The pack {pack} does not name a file of the schedule. Download it yourself, then run: {command}.")
        return text.format(pack=pack, command=command)
    if found.readable:
        text = _("Download the schedule yourself: {page} ({publisher}: {what}). Then run: {command}.")
    else:
        text = _(
            "{publisher} publishes the schedule as {what}, which Entrepot does not read: {page}. Write its rates as a "
            "CSV with the columns goods, treatment and rate, then run: {command}."
        )
    return text.format(publisher=found.publisher, what=found.what, page=found.page, command=command)


def _fetched_lines(fetched: Download, width: int) -> list[Any]:
    lines = indent_lines(fetched.address, width, " ")
    facts = [f"{number(str(fetched.size))} B", f"SHA-256 {fetched.sha256}", str(fetched.path)]
    if fetched.changed:
        facts.append(_("changed {when}").format(when=fetched.changed))
    return lines + indent_lines(" · ".join(facts), width, "   ", "dim")
