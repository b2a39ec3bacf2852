"""changing: the command `law diff`: the rows that begin, end or change between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import day_of, packs_of
from entrepot.cli.quote_context import joined
from entrepot.cli.sale_options import country, sold
from entrepot.cli.wrap import indented
from entrepot.language import translate
from entrepot.language.law_text import CHANGES, change
from entrepot.language.translate import _
from entrepot.law.history import between

SIGNS = {"changes": ("~", "yellow"), "begins": ("+", "green"), "ends": ("-", "red")}


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot law diff …`."""
    words = given["words"]
    since, until = day_of(given["since"], "--from"), day_of(given["until"], "--to")
    if len(words) not in (1, 2) or since is None or until is None:
        raise Stop(
            exit_codes.USAGE,
            "missing",
            _("Write a country and two days, for example: entrepot law diff CN --from 2025-01-01 --to 2026-03-01."),
        )
    if since >= until:
        raise Stop(exit_codes.USAGE, "invalid", _("--from is the earlier day, --to the later one."), "--from")
    house = packs_of(given["packs"])
    pack = house.pack(house.pack_of(country(words[0], "COUNTRY", house.world)))
    code, service = sold(words[1], house.world.services) if len(words) == 2 else ("", "")
    found = list(between(pack, since, until, code or (f"service:{service}" if service else "")))
    if given["json"]:
        head = {
            "object": "law_diff",
            "pack": pack.id,
            "from": since.isoformat(),
            "to": until.isoformat(),
            "code": code or service or None,
        }
        exit_codes.put_json({**head, "rows": found})
        return exit_codes.ANSWERED
    title = pack.head.title if pack.head else pack.id
    if pack.head:
        translate.use_words(pack.head.language, pack.words, title, pack.head.economies)
    screen = terminal.console()
    terminal.put(screen, _page(title, since, until, found, terminal.width_of(screen)))
    return exit_codes.ANSWERED


def _page(title: str, since: dt.date, until: dt.date, found: list[dict[str, Any]], width: int) -> list[Text]:
    head = indented(translate.place_of_law(title), width, " ", "bold")
    head += indented(
        _("from {since} until {until}").format(
            since=translate.day(since.isoformat()), until=translate.day(until.isoformat())
        ),
        width,
        " ",
        "dim",
    )
    if not found:
        head += indented(_("Nothing begins, ends or changes."), width, " ")
    parts = [head]
    for kind, name in CHANGES.items():
        rows = [each for each in found if each["change"] == kind]
        if not rows:
            continue
        sign, colour = SIGNS[kind]
        lines = [Text(f" {_(name)} ({len(rows)})", style="bold cyan")]
        for each in rows:
            said = change(each)
            row = f"{each['table']} {each['key']}"
            lines += indented(f"{row}: {said}" if said else row, width, f"   {sign} ", first_style=colour)
            lines += indented(f"{translate.day(each['on'])} · {each['row']}", width, "     ", "dim")
        parts.append(lines)
    return joined(parts)
