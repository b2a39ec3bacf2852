"""The command `law`: every row of law in force for a code, as a page or as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs, read_day, today
from entrepot.cli.quote_context import local_first
from entrepot.cli.quote_page import layer_texts
from entrepot.cli.sale_options import country_code, goods_or_service
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import indent_lines, join_parts
from entrepot.language import translate
from entrepot.language.law_text import PARTS, as_json, name, name_of, says
from entrepot.language.translate import _, label, pack_text
from entrepot.law.compiled import Law, World
from entrepot.law.lookup import LawRow, rows_of
from entrepot.model.codes import id_of
from entrepot.model.sources import TRUST


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot law …`."""
    words = list(arguments["words"])
    if id_of(words[0]) == "diff":
        from entrepot.cli.law_diff import run as changes

        if arguments["overlays"]:
            raise Stop(exit_codes.USAGE, "invalid", _("--overlay is not valid with diff."), "--overlay")
        return changes({**arguments, "words": words[1:]})
    if arguments["since"] or arguments["until"]:
        raise Stop(
            exit_codes.USAGE,
            "invalid",
            " ".join(
                (
                    _("--from and --to are only valid with diff: entrepot law diff CN --from DATE --to DATE."),
                    _("Give a country and a code, for example: entrepot law CN 0901.21."),
                )
            ),
            "--from",
        )
    if len(words) != 2:
        raise Stop(exit_codes.USAGE, "missing", _("Give a country and a code, for example: entrepot law CN 0901.21."))
    library, on = open_packs(arguments["packs"], arguments["overlays"]), read_day(arguments["on"], "--on") or today()
    law = library.law(country_code(words[0], "COUNTRY", library.world), on)
    translate.use_law(law)
    code, service = goods_or_service(words[1], library.world.services)
    found = list(rows_of(law, code, service))
    if arguments["json"]:
        head: dict[str, Any] = {
            "object": "law",
            "pack": law.pack,
            "date": on.isoformat(),
            "code": code or service,
            "since": law.since,
            "until": law.until,
        }
        head |= {"hash": law.hash, "layers": law.layers}
        exit_codes.put_json({**head, "rows": [as_json(law, each) for each in found]})
    else:
        screen = terminal.console()
        terminal.put_lines(screen, _page(law, library.world, code, service, on, found, terminal.width_of(screen)))
    return exit_codes.SUCCESS if found else exit_codes.REFUSED


def _page(law: Law, world: World, code: str, service: str, on: dt.date, found: list[LawRow], width: int) -> list[Text]:
    goods_name = pack_text(world.services[service]) if service else local_first(code, name_of(law, world, code))
    head = indent_lines(f"{translate.place_of_law(law.title)} · {goods_name}", width, " ", "bold")
    head += indent_lines(_("law of {day}").format(day=translate.day(on.isoformat())), width, " ", "dim")
    if not found:
        head += indent_lines(
            _("The pack has no row for this code. Its limits: entrepot packs show {pack}").format(pack=law.pack),
            width,
            " ",
        )
    for text in layer_texts(law.layers, law.title):
        head += indent_lines(text, width, " ", "dim")
    parts = [head]
    for part, title in PARTS.items():
        rows = [each for each in found if each.part == part]
        if rows:
            parts.append(
                [Text(f" {_(title)}", style="bold cyan"), *(line for each in rows for line in _row(law, each, width))]
            )
    return join_parts(parts)


def _row(law: Law, found: LawRow, width: int) -> list[Text]:
    basis = found.basis
    text = says(found)
    lines = indent_lines(f"{name(found)}: {text}", width, "   ")
    if len(lines) == 1:
        lines[0].stylize("bold", len(lines[0]) - len(text))
    template = _("from {since} until {until}") if basis.until else _("since {since}")
    dates = template.format(since=translate.day(basis.since), until=translate.day(basis.until))
    trust = label(TRUST[basis.trust])
    source = law.sources[basis.cites[0]] if basis.cites else None
    named = filter(None, (translate.publisher(source.authority), pack_text(source.title))) if source else ()
    cited = " · " + ": ".join(named) if source else ""
    source_lines = indent_lines(f"{trust} · {dates} · {basis.where}{cited}", width, "     ", "dim")
    source_lines[0].highlight_words([trust], style=COLOURS[TRUST[basis.trust]])
    return lines + source_lines
