"""searching: the command `goods`: goods and their codes, by words or by the beginning of a code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import day_of, packs_of
from entrepot.cli.sale_options import country
from entrepot.cli.wrap import indented, pad
from entrepot.goods.index import Goods, GoodsFound
from entrepot.language import catalogue, translate
from entrepot.language.translate import _, place

#: Cells of a code with its dots, and the space after it.
CODE = 16
#: Signs of a line's own name that are shown; what tells it apart stands at the end.
LONGEST = 160


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot goods …`."""
    limit, on, house = _limit(given["limit"]), day_of(given["on"], "--on"), packs_of(given["packs"])
    economy = country(given["economy"], "--to", house.world) if given["economy"] else None
    # What is printed follows the reader; JSON is the same in every language.
    language = "en" if given["json"] else translate.spoken()
    found = app.goods(" ".join(given["words"]), economy, language, limit, on=on, packs=house)
    if given["json"]:
        exit_codes.put_json(msgspec.json.encode(found))
    else:
        screen = terminal.console()
        terminal.put(screen, _page(found, terminal.width_of(screen)))
    return exit_codes.ANSWERED if found.data else exit_codes.REFUSED


def _limit(text: str | None) -> int:
    if text is None:
        return 20
    if not re.fullmatch(r"[1-9]\d?|100", text.strip(), re.ASCII):
        message = _("{option} is a number from 1 to 100, not {text}.").format(option="--limit", text=repr(text))
        raise Stop(exit_codes.USAGE, "invalid", message, "--limit")
    return int(text)


def _page(found: GoodsFound, width: int) -> list[Text]:
    title = place(found.economy) if found.economy else _("Headings of the Harmonized System")
    lines = indented(f"{title} · {found.query}", width, " ", "bold")
    for each in found.data:
        lines += _goods(each, width)
    if not found.data:
        names = ", ".join(catalogue.LANGUAGES.get(each, each) for each in found.languages)
        lines += indented(
            _("Nothing is called so. There are names in: {languages}.").format(languages=names), width, " "
        )
    return lines


def _goods(each: Goods, width: int) -> list[Text]:
    """The code and the name of goods; what can be declared stands out from what only stands above it."""
    style, code_style = ("", "bold") if each.declarable else ("dim", "dim")
    lines = indented(each.name, width, pad(f"   {each.dotted}", CODE), style, code_style)
    if each.names and each.name_language not in each.names:
        # Several lines have the name of their six digits: what tells them apart is said in their own language.
        own = next(iter(each.names.values()))
        lines += indented(own if len(own) <= LONGEST else f"… {own[-LONGEST:]}", width, " " * CODE, "dim")
    if each.called and each.name_language != translate.spoken():
        lines += indented(each.called, width, " " * CODE, "dim")
    return lines
