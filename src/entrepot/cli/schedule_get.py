"""fetching: the command `schedule get`: the authority's own file is fetched, kept and added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import steps
from entrepot.cli.quote import day_of, packs_of, today
from entrepot.cli.schedule import folder, pack_of, put
from entrepot.cli.wrap import indented
from entrepot.language.translate import _, number
from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules.fetch import Fetched, address_of, addresses, fetch


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot schedule get PACK [CODE…]`."""
    words, house = list(given["words"]), packs_of(given["packs"])
    pack = pack_of(house, words[0])
    template = address_of(house.pack(pack))
    if template is None:
        raise Stop(exit_codes.NO_LAW, "no_address", _by_hand(house, pack), "PACK")
    try:
        wanted = addresses(template, words[1:])
    except ScheduleError as error:
        raise Stop(exit_codes.USAGE, "invalid", error.message, error.file) from None
    day_of(given["since"], "--since")  # before the download: a slip costs no megabytes
    to = Path(given["folder"]) if given["folder"] else folder() / "downloads" / pack
    fetched = _fetched(wanted, to, pack, quiet=given["json"])
    if not given["json"]:
        screen = terminal.console()
        terminal.put(screen, [line for each in fetched for line in _said(each, terminal.width_of(screen))])
    # What an authority shows today holds today; of the days before it says nothing.
    since = given["since"] or today().isoformat()
    name = given["id"] or (_named(since, words[1:]) if words[1:] else None)
    url = given["url"] or (fetched[0].address if len(fetched) == 1 else None)
    return put(house, pack, [each.path for each in fetched], {**given, "since": since, "url": url, "id": name})


def _named(since: str, codes: Sequence[str]) -> str:
    """What a part of a schedule is called: its day and its first code, so that another part lies beside it."""
    first = "".join(sign for sign in codes[0] if sign.isdigit())
    return f"{since}-{first}" + (f"-and-{len(codes) - 1}" if len(codes) > 1 else "")


def _fetched(wanted: Mapping[str, str], to: Path, pack: str, *, quiet: bool) -> list[Fetched]:
    found = []
    with steps(quiet=quiet) as step:
        for code, address in wanted.items():
            name = code or f"{pack}_{today().isoformat()}"
            said = _("fetching {name}").format(name=name)
            step(said)

            def seen(size: int, said: str = said) -> None:
                step(f"{said} {size >> 10} kB")

            try:
                found.append(fetch(address, to, name, seen=seen))
            except ScheduleError as error:
                message = _("{address} could not be fetched. {why} Download it by hand, and type: {command}.")
                command = f"entrepot schedule add {pack} FILE"
                text = message.format(address=address, why=error.message, command=command)
                raise Stop(exit_codes.UNREACHED, "not_fetched", text) from None
            except OSError as error:
                message = _("{path} cannot be written: {why}.").format(path=to, why=error.strerror or error)
                raise Stop(exit_codes.NOT_WRITTEN, "not_written", message, "--to") from None
    return found


def _by_hand(house: Library, pack: str) -> str:
    """What to do where a pack names no file: its pages that may lead to one, and what to type then."""
    said = _("The pack {pack} names no file of the schedule's data. Download it by hand, and type: {command}.").format(
        pack=pack, command=f"entrepot schedule add {pack} FILE"
    )
    pages = [source for source in house.pack(pack).sources.values() if source.url and "tariff" in source.title.lower()]
    if pages:
        said += " " + _("A page of its sources: {pages}").format(pages=", ".join(str(page.url) for page in pages[:3]))
    return said


def _said(fetched: Fetched, width: int) -> list[Any]:
    lines = indented(fetched.address, width, " ")
    facts = [f"{number(str(fetched.size))} B", f"SHA-256 {fetched.sha256}", str(fetched.path)]
    if fetched.changed:
        facts.append(_("changed {when}").format(when=fetched.changed))
    return lines + indented(" · ".join(facts), width, "   ", "dim")
