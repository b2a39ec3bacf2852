"""The command `goods`: find goods and their codes by words or by the beginning of a code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs, read_day
from entrepot.cli.sale_options import country_code
from entrepot.cli.wrap import indent_lines, pad
from entrepot.goods.index import Goods, GoodsFound
from entrepot.language import catalogue, translate
from entrepot.language.translate import N_, _, place
from entrepot.model.codes import code_of
from entrepot.model.errors import in_quotes

#: Width of the column of codes, in cells.
CODE_WIDTH = 16
#: What to try where nothing is found.
TRY_WORDS = N_(
    "Try a more general word (shoes instead of a brand), the material or the use (plastic box), or another language."
)
TRY_CODE = N_("Or list the goods of a chapter by its two digits, for example 64 for footwear.")
#: Characters of a line's own name that are shown: the last ones, which distinguish it from other lines.
MAX_OWN_NAME = 160


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot goods …`."""
    limit, on, library = _limit(arguments["limit"]), read_day(arguments["on"], "--on"), open_packs(arguments["packs"])
    economy = country_code(arguments["economy"], "--to", library.world) if arguments["economy"] else None
    # The page is in the user's language; JSON is the same in every language.
    language = "en" if arguments["json"] else translate.current_language()
    found = app.goods(" ".join(arguments["words"]), economy, language, limit, on=on, packs=library)
    if arguments["json"]:
        exit_codes.put_json(msgspec.json.encode(found))
    else:
        screen = terminal.console()
        terminal.put_lines(screen, _goods_page(found, terminal.width_of(screen)))
    return exit_codes.SUCCESS if found.data else exit_codes.REFUSED


def _limit(text: str | None) -> int:
    if text is None:
        return 20
    if not re.fullmatch(r"[1-9]\d?|100", text.strip(), re.ASCII):
        message = _("{option} must be a number from 1 to 100, not {text}.").format(
            option="--limit", text=in_quotes(text)
        )
        raise Stop(exit_codes.USAGE, "invalid", message, "--limit")
    return int(text)


def _goods_page(found: GoodsFound, width: int) -> list[Text]:
    title = place(found.economy) if found.economy else _("Headings of the Harmonized System")
    lines = indent_lines(f"{title} · {found.query}", width, " ", "bold")
    if found.corrected:
        text = _("No goods match {typed}. Results for {words}:")
        lines += indent_lines(text.format(typed=in_quotes(found.query), words=in_quotes(found.corrected)), width, " ")
    unfolded = bool(found.data) and found.data[0].code == code_of(found.query)
    for each in found.data:
        lines += _goods_lines(each, width, unfolded=unfolded)
    if not found.data:
        names = ", ".join(catalogue.LANGUAGES.get(each, each) for each in found.languages)
        lines += indent_lines(_("No goods found. Names exist in: {languages}.").format(languages=names), width, " ")
        lines += indent_lines(_(TRY_WORDS), width, " ")
        lines += indent_lines(_(TRY_CODE), width, " ")
    return lines


def _goods_lines(each: Goods, width: int, *, unfolded: bool) -> list[Text]:
    """The code, the name and the MFN rate of goods; codes that can be declared are bold, headings above them are dim.

    `unfolded`: the heading of the goods is shown above them, so that the words in which they differ are enough.
    """
    style, code_style = ("", "bold") if each.declarable else ("dim", "dim")
    name = each.differs if unfolded and each.differs else each.name
    rates = f" · {' | '.join(map(translate.label, each.duty))}" if each.duty else ""
    lines = indent_lines(name + rates, width, pad(f"   {each.dotted}", CODE_WIDTH), style, code_style)
    if each.names and each.name_language not in each.names:
        # Several lines share the name of their six digits: their own names, in another language, distinguish them.
        own = next(iter(each.names.values()))
        lines += indent_lines(
            own if len(own) <= MAX_OWN_NAME else f"… {own[-MAX_OWN_NAME:]}", width, " " * CODE_WIDTH, "dim"
        )
    if each.called and each.name_language != translate.current_language():
        lines += indent_lines(each.called, width, " " * CODE_WIDTH, "dim")
    return lines
