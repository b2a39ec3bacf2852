"""The table of import procedures: their totals, what each still needs, or why it is closed."""

from __future__ import annotations

from rich.text import Text

from entrepot.cli.quote_context import QuoteView
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import cell_len, fold, indent_lines, pad
from entrepot.language import translate
from entrepot.language.remarks import condition
from entrepot.language.translate import _, label, pack_text
from entrepot.law.compiled import Law
from entrepot.model.quote import Option, Quote
from entrepot.model.rule_kinds import CHARGE_KINDS

INDENT = 5
#: A narrower terminal shows the total alone.
MIN_WIDTH = 64
#: A narrower column of names would break their words: the figures then stand below the names.
MIN_NAME = 20


def procedure_lines(view: QuoteView) -> list[Text]:
    """The table of procedures: the best first, then open, conditional and closed ones."""
    quote, width = view.quote, view.width
    if not quote.options:
        return []
    order = {"open": 0, "conditional": 1, "closed": 2}
    options = sorted(quote.options, key=lambda option: (not _is_best(quote, option), order[option.status]))
    rows = [_figures(option) for option in options]
    titles = [_("landed"), _("duties"), _("taxes"), _("fees")]
    widths = [max(cell_len(row[i]) for row in [titles, *rows]) + 2 for i in range(len(titles))]
    if width < MIN_WIDTH or sum(widths) + INDENT > width:
        widths = widths[:1]
    name_width = width - sum(widths) - 1
    title = Text(f" {_('Import procedures')}", style="bold cyan")
    if name_width < MIN_NAME:  # the figures stand below the names
        lines, head = [title], Text(" " * name_width)
    else:
        lines, head = [], title.append(" " * (name_width - cell_len(title.plain)))
    for name, size in zip(titles, widths, strict=False):
        head.append(pad(name, size, right=True), style="dim")
    lines.append(head)
    for option, row in zip(options, rows, strict=True):
        lines += _procedure(view, option, row, widths, name_width, best=_is_best(quote, option))
    return lines


def _is_best(quote: Quote, option: Option) -> bool:
    return quote.best is not None and option.regime == quote.best.regime


def _figures(option: Option) -> list[str]:
    money = option.amount_subtotals
    if money is None:
        return ["—"] * 4
    prefix = "≥ " if option.at_least and (option.amount_landed or option.amount_landed_high) else ""
    lowest = {
        CHARGE_KINDS[each.kind].subtotal for each in option.charges if each.amount is None or each.at_least is True
    }
    parts = [
        translate.at_least(amount)
        if prefix and name in lowest and (amount := getattr(money, name)) is not None
        else translate.figure(money, name)
        for name in ("duties", "taxes", "fees")
    ]
    return [prefix + translate.figure(option, "amount_landed"), *parts]


def _procedure(
    view: QuoteView, option: Option, row: list[str], widths: list[int], name_width: int, *, best: bool
) -> list[Text]:
    symbols, closed = view.symbols, option.status == "closed"
    style = "bold" if best else "dim" if closed else ""
    below = name_width < MIN_NAME
    figures = "".join(pad(text, size, right=True) for text, size in zip(row, widths, strict=False))
    lines = []
    for number_of, part in enumerate(fold(pack_text(option.title), (view.width - 1 if below else name_width) - INDENT)):
        line = Text()
        if number_of == 0:
            line.append(f" {symbols.best if best else ' '} ").append(
                f"{symbols.of[option.status]} ", style=COLOURS[option.status]
            )
            line.append(part if below else pad(part, name_width - INDENT) + figures, style=style)
        else:
            line.append(" " * INDENT + part, style=style)
        lines.append(line)
    if below:
        lines.append(Text(" " * name_width).append(figures, style=style))
    for sentence in obstacles(option, view.law):
        lines += indent_lines(sentence, view.width - 1, " " * INDENT, "dim")
    return lines


def obstacles(option: Option, law: Law) -> list[str]:
    """Why a procedure is closed, or which conditions it still needs."""
    if option.status == "open":
        return []
    reasons = []
    if option.status == "closed":
        failed = [each for each in option.conditions if each.state == "failed"]
        reasons += [condition(each, option.regime, law) for each in failed if each.id == "mandatory"]
        unmet = [condition(each, option.regime, law) for each in failed if each.id != "mandatory"]
        reasons += [_("not met: {says}").format(says=each) for each in unmet]
        reasons += [
            _("prohibited: {says}").format(says=pack_text(each.says))
            for each in option.requirements
            if each.kind == "prohibition"
        ]
        if not reasons:
            reasons += [
                translate.reason(each)
                for each in option.warnings
                if each.code.startswith(("rate.", "measure.", "exchange."))
            ]
        return reasons or [label("closed")]
    for each in option.conditions:
        if each.state == "asked":
            reasons.append(_("requires: {says} (--assert {id})").format(says=pack_text(each.says), id=each.id))
    return reasons
