"""The command `demo`: three sales, each to a consumer and to a business."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.price_bar import bar_lines
from entrepot.cli.procedures import procedure_lines
from entrepot.cli.quote import open_packs, quote_with_law
from entrepot.cli.quote_context import QuoteView
from entrepot.cli.quote_page import headline_lines
from entrepot.cli.treatments import treatment_lines
from entrepot.cli.wrap import indent_lines, join_parts
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.quote import Option

#: Country of the seller, country of import, HS code, price to a consumer, price to a business.
SALES = (
    ("VN", "CN", "0901.21", "168.00", "168000.00"),
    ("KH", "CN", "0801.32", "120.00", "240000.00"),
    ("TH", "CN", "0810.60", "260.00", "520000.00"),
)


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot demo`."""
    library = open_packs(arguments["packs"])
    screen = terminal.console()
    symbols, width = terminal.symbols_of(screen), terminal.width_of(screen)
    parts: list[list[Text]] = []
    quotes = []
    rule = Text(("─" if symbols.arrow == "→" else "-") * width, style="dim")
    for seller, importer, code, retail, bulk in SALES:
        for buyer, amount in (("consumer", retail), ("business", bulk)):
            request = _request(seller, importer, code, buyer, amount)
            quote, law = quote_with_law(request, None, library, by_option=True)
            quotes.append({"sale": request, "quote": quote.document(complete=False)})
            if arguments["json"]:
                continue
            translate.use_law(law)
            view = QuoteView(quote, request, law, library.world, symbols, width, by_option=True)
            parts.append([rule, *headline_lines(view)])
            option = quote.best or quote.best_conditional
            if option is not None and option.amount_subtotals is not None and option.amount_landed is not None:
                parts.append(bar_lines(option.amount_subtotals, symbols, width))
            parts.append(procedure_lines(view))
            if option is not None and _has_cheaper_treatment(option):
                parts.append(treatment_lines(view, option))
            typed = (
                f'entrepot quote --from {seller} --to {importer} --hs {code} --amount "{amount} CNY" --buyer {buyer}'
            )
            parts.append(indent_lines(typed, width, " $ ", "green", "dim"))
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": quotes})
        return exit_codes.SUCCESS
    example = 'entrepot quote --from TH --to CN --amount "100 CNY" --service telemedicine'
    names = "online_education, collaborative_office, platform_intermediation"
    pointer = _("Services work the same way: {example} (or {names}).").format(example=example, names=names)
    parts.append([rule, *indent_lines(pointer, width, " ")])
    terminal.put_lines(screen, join_parts(parts))
    return exit_codes.SUCCESS


def _has_cheaper_treatment(option: Option) -> bool:
    """Whether a preference that is not used, such as one that needs Form E, would make a line cheaper."""
    return any(
        line.treatment is not None
        and line.treatment.charges is not None
        and each.charges is not None
        and Decimal(each.charges) < Decimal(line.treatment.charges)
        for line in option.lines
        for each in line.treatments
    )


def _request(seller: str, importer: str, code: str, buyer: str, amount: str) -> dict[str, Any]:
    return {
        "ship_from": {"country": seller},
        "ship_to": {"country": importer},
        "buyer": {"kind": buyer},
        "currency": "CNY",
        "lines": [{"hs_code": code, "country_of_origin": seller, "amount": amount}],
    }
