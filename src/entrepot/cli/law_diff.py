"""The command `law diff`: the rows of law that begin, end or change between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs, read_day
from entrepot.cli.sale_options import country_code, goods_or_service
from entrepot.cli.wrap import indent_lines, join_parts
from entrepot.language import translate
from entrepot.language.law_text import CHANGES, change
from entrepot.language.translate import _
from entrepot.law.history import changes_between

SYMBOLS = {"changes": ("~", "yellow"), "begins": ("+", "green"), "ends": ("-", "red")}


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot law diff …`."""
    words = arguments["words"]
    since, until = read_day(arguments["since"], "--from"), read_day(arguments["until"], "--to")
    if len(words) not in (1, 2) or since is None or until is None:
        raise Stop(
            exit_codes.USAGE,
            "missing",
            _("Give a country and two dates, for example: entrepot law diff CN --from 2025-01-01 --to 2026-03-01."),
        )
    if since >= until:
        raise Stop(exit_codes.USAGE, "invalid", _("--from must be earlier than --to."), "--from")
    library = open_packs(arguments["packs"])
    pack = library.pack(library.pack_of(country_code(words[0], "COUNTRY", library.world)))
    code, service = goods_or_service(words[1], library.world.services) if len(words) == 2 else ("", "")
    found = list(changes_between(pack, since, until, code or (f"service:{service}" if service else "")))
    if arguments["json"]:
        head = {
            "object": "law_diff",
            "pack": pack.id,
            "from": since.isoformat(),
            "to": until.isoformat(),
            "code": code or service or None,
        }
        exit_codes.put_json({**head, "rows": found})
        return exit_codes.SUCCESS
    title = pack.head.title if pack.head else pack.id
    if pack.head:
        translate.use_words(pack.head.language, pack.words, title, pack.head.economies)
    screen = terminal.console()
    terminal.put_lines(screen, _page(title, since, until, found, terminal.width_of(screen)))
    return exit_codes.SUCCESS


def _page(title: str, since: dt.date, until: dt.date, found: list[dict[str, Any]], width: int) -> list[Text]:
    head = indent_lines(translate.place_of_law(title), width, " ", "bold")
    head += indent_lines(
        _("from {since} until {until}").format(
            since=translate.day(since.isoformat()), until=translate.day(until.isoformat())
        ),
        width,
        " ",
        "dim",
    )
    if not found:
        head += indent_lines(_("No row starts, ends or changes."), width, " ")
    parts = [head]
    for kind, name in CHANGES.items():
        rows = [each for each in found if each["change"] == kind]
        if not rows:
            continue
        symbol, colour = SYMBOLS[kind]
        lines = [Text(f" {_(name)} ({len(rows)})", style="bold cyan")]
        for each in rows:
            text = change(each)
            row = f"{each['table']} {each['key']}"
            lines += indent_lines(f"{row}: {text}" if text else row, width, f"   {symbol} ", first_style=colour)
            lines += indent_lines(f"{translate.day(each['on'])} · {each['row']}", width, "     ", "dim")
        parts.append(lines)
    return join_parts(parts)
