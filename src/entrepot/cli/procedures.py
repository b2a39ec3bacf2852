"""ways: every lawful way in, side by side, and what each would still need or why it is closed."""

from __future__ import annotations

from rich.text import Text

from entrepot.cli.quote_context import Shown
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import cell_len, fold, indented, pad
from entrepot.language import translate
from entrepot.language.remarks import condition
from entrepot.language.translate import _, label, number, of_pack
from entrepot.law.compiled import Law
from entrepot.model.quote import Option, Quote

INSET = 5


def ways(shown: Shown) -> list[Text]:
    """The table of ways: the best first, then open, conditional and closed ones."""
    quote, width = shown.quote, shown.width
    if not quote.options:
        return []
    order = {"open": 0, "conditional": 1, "closed": 2}
    options = sorted(quote.options, key=lambda option: (not _is_best(quote, option), order[option.status]))
    rows = [_figures(option) for option in options]
    titles = [_("landed"), _("duties"), _("taxes"), _("fees")]
    count = len(titles) if width >= 64 else 1
    sizes = [max(cell_len(row[i]) for row in [titles, *rows]) + 2 for i in range(count)]
    space = width - sum(sizes) - 1
    title = Text(pad(f" {_('Ways in')}", space), style="bold cyan")
    for name, size in zip(titles, sizes, strict=False):
        title.append(pad(name, size, right=True), style="dim")
    lines = [title]
    for option, row in zip(options, rows, strict=True):
        lines += _way(shown, option, row, sizes, space, best=_is_best(quote, option))
    return lines


def _is_best(quote: Quote, option: Option) -> bool:
    return quote.best is not None and option.regime == quote.best.regime


def _figures(option: Option) -> list[str]:
    money = option.amount_subtotals
    if money is None or option.amount_landed is None:
        return ["—"] * 4
    more = "≥ " if option.at_least else ""
    return [more + number(option.amount_landed), number(money.duties), number(money.taxes), number(money.fees)]


def _way(shown: Shown, option: Option, row: list[str], sizes: list[int], space: int, *, best: bool) -> list[Text]:
    marks, closed = shown.marks, option.status == "closed"
    style = "bold" if best else "dim" if closed else ""
    lines = []
    for number_of, part in enumerate(fold(of_pack(option.title), space - INSET)):
        line = Text()
        if number_of == 0:
            line.append(f" {marks.best if best else ' '} ").append(
                f"{marks.of[option.status]} ", style=COLOURS[option.status]
            )
            line.append(pad(part, space - INSET), style=style)
            for text, size in zip(row, sizes, strict=False):
                line.append(pad(text, size, right=True), style=style)
        else:
            line.append(" " * INSET + part, style=style)
        lines.append(line)
    for sentence in obstacles(option, shown.law):
        lines += indented(sentence, shown.width - 1, " " * INSET, "dim")
    return lines


def obstacles(option: Option, law: Law) -> list[str]:
    """Why a way is closed, or what it waits for."""
    if option.status == "open":
        return []
    said = []
    if option.status == "closed":
        failed = [each for each in option.conditions if each.state == "failed"]
        said += [condition(each, option.regime, law) for each in failed if each.id == "mandatory"]
        unmet = [condition(each, option.regime, law) for each in failed if each.id != "mandatory"]
        said += [_("not met: {says}").format(says=each) for each in unmet]
        said += [
            _("prohibited: {says}").format(says=of_pack(each.says))
            for each in option.requirements
            if each.kind == "prohibition"
        ]
        if not said:
            said += [
                translate.reason(each)
                for each in option.warnings
                if each.code.startswith(("rate.", "measure.", "exchange."))
            ]
        return said or [label("closed")]
    for each in option.conditions:
        if each.state == "asked":
            said.append(_("needs: {says} (--assert {id})").format(says=of_pack(each.says), id=each.id))
    return said
