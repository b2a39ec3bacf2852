"""showcase: the command `demo`: three sales, each to a consumer and to a business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.price_bar import bar
from entrepot.cli.procedures import ways
from entrepot.cli.quote import ask, packs_of
from entrepot.cli.quote_context import Shown, joined
from entrepot.cli.quote_page import headline
from entrepot.cli.wrap import indented
from entrepot.language import translate
from entrepot.language.translate import _

#: Where from, where to, which goods, and the price to a consumer and to a business.
SALES = (
    ("VN", "CN", "0901.21", "168.00", "168000.00"),
    ("KH", "CN", "0801.32", "120.00", "240000.00"),
    ("TH", "CN", "0810.60", "260.00", "520000.00"),
)


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot demo`."""
    house = packs_of(given["packs"])
    screen = terminal.console()
    marks, width = terminal.marks_of(screen), terminal.width_of(screen)
    parts: list[list[Text]] = []
    quotes = []
    rule = Text(("─" if marks.arrow == "→" else "-") * width, style="dim")
    for seller, importer, code, retail, bulk in SALES:
        for buyer, amount in (("consumer", retail), ("business", bulk)):
            request = _request(seller, importer, code, buyer, amount)
            quote, law = ask(request, None, house, by_option=True)
            quotes.append({"sale": request, "quote": quote})
            if given["json"]:
                continue
            translate.use_law(law)
            shown = Shown(quote, request, law, house.world, marks, width, by_option=True)
            parts.append([rule, *headline(shown)])
            if quote.best is not None and quote.best.amount_subtotals is not None:
                parts.append(bar(quote.best.amount_subtotals, marks, width))
            parts.append(ways(shown))
            typed = (
                f'entrepot quote --from {seller} --to {importer} --hs {code} --amount "{amount} CNY" --buyer {buyer}'
            )
            parts.append(indented(typed, width, " $ ", "green", "dim"))
    if given["json"]:
        exit_codes.put_json({"object": "list", "data": quotes})
        return exit_codes.ANSWERED
    example = 'entrepot quote --from TH --to CN --amount "100 CNY" --service telemedicine'
    names = "online_education, collaborative_office, platform_intermediation"
    pointer = _("Services go the same road: {example} (or {names}).").format(example=example, names=names)
    parts.append([rule, *indented(pointer, width, " ")])
    terminal.put(screen, joined(parts))
    return exit_codes.ANSWERED


def _request(seller: str, importer: str, code: str, buyer: str, amount: str) -> dict[str, Any]:
    return {
        "ship_from": {"country": seller},
        "ship_to": {"country": importer},
        "buyer": {"kind": buyer},
        "currency": "CNY",
        "lines": [{"hs_code": code, "country_of_origin": seller, "amount": amount}],
    }
