"""The output of `--explain`: the calculation and the law behind each figure, and the list of sources."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from entrepot.cli.quote_context import QuoteView
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import indent_lines
from entrepot.language import translate
from entrepot.language.rate_words import short_rate_words
from entrepot.language.remarks import condition, sum_of
from entrepot.language.translate import LABELS, _, label, pack_text
from entrepot.model.quote import Charge, LawUsed, Option, Treatment
from entrepot.model.sources import CitedRow


class Sources:
    """The sources cited so far, numbered in the order of their first mention."""

    def __init__(self, law: LawUsed, width: int) -> None:
        self.law, self.width = law, width
        self.numbers: dict[str, int] = {}

    def rows(self, citations: Iterable[str], indentation: str = "     ") -> list[Text]:
        """Each row of law that was applied, with its sources, its dates and its trust."""
        lines = []
        for name in citations:
            row = self.law.rows[name]
            numbers = " ".join(f"[{self._number(source)}]" for source in row.sources)
            text = f"{name} {numbers} · {_period(row)} · {label(row.trust)}"
            row_lines = indent_lines(text, self.width, indentation, "dim")
            row_lines[-1].highlight_words([label(row.trust)], style=COLOURS[row.trust])
            lines += row_lines
        return lines

    def _number(self, source: str) -> int:
        return self.numbers.setdefault(source, len(self.numbers) + 1)

    def bibliography(self) -> list[Text]:
        """The numbered list of sources."""
        lines = [Text(f" {_('Sources')}", style="bold cyan")]
        for source, number in self.numbers.items():
            each = self.law.sources[source]
            parts = [translate.publisher(each.authority), pack_text(each.title), each.number or ""]
            if each.dated:
                parts.append(_("of {day}").format(day=translate.day(each.dated)))
            parts.append(_("read on {day}").format(day=translate.day(each.read)) if each.read else _("not read"))
            parts.append(each.url or "")
            lines += indent_lines(
                " · ".join(filter(None, parts)), self.width, f" {f'[{number}]':>5} ", first_style="dim"
            )
        return lines


def _period(row: CitedRow) -> str:
    if row.until:
        return _("from {since} until {until}").format(since=translate.day(row.since), until=translate.day(row.until))
    return _("since {since}").format(since=translate.day(row.since))


def explanation_lines(view: QuoteView) -> list[Text]:
    """Charges, treatments, conditions and documents of the best procedure, else of each; then the sources."""
    quote = view.quote
    sources = Sources(quote.law, view.width)
    lines = [Text(f" {_('The law behind each figure')}", style="bold cyan")]
    for option in (quote.best,) if quote.best is not None else quote.options:
        lines += _option(view, option, sources)
    if not sources.numbers:
        return []
    return [*lines, Text(""), *sources.bibliography()]


def _option(view: QuoteView, option: Option, sources: Sources) -> list[Text]:
    width = view.width
    lines = indent_lines(pack_text(option.title), width, "   ", "bold") + sources.rows(option.citations)
    for charge in option.charges:
        lines += _charge(charge, view.quote.currency, width) + sources.rows(charge.citations)
    for line in option.lines:
        for treatment in filter(None, (line.treatment, *line.treatments)):
            lines += _treatment(treatment, view.quote.currency, width) + sources.rows(treatment.citations)
    for each in option.conditions:
        mark = view.symbols.passed[each.state]
        text = f"{condition(each, option.regime, view.law)} ({label(each.state)})"
        lines += indent_lines(text, width, f"   {mark} ") + sources.rows(each.citations)
    for document in option.requirements:
        lines += indent_lines(
            f"{pack_text(document.says)} ({label(document.kind)})", width, f"   {view.symbols.box} "
        ) + sources.rows(document.citations)
    return lines


def _charge(charge: Charge, currency: str, width: int) -> list[Text]:
    known = charge.amount is not None or charge.amount_low
    amount = translate.figure(charge, "amount", currency) if known else label("unknown")
    text = f"{pack_text(charge.name)}: {amount}"
    if formula := sum_of(charge):
        text += f" = {formula}" if charge.reason == "rate" else f" ({formula})"
    why = {"relief": _("relieved"), "waived": _("waived"), "caller": _("rate you gave")}.get(charge.reason)
    return indent_lines(text + (f", {why}" if why else ""), width, "   ", "bold")


def _treatment(treatment: Treatment, currency: str, width: int) -> list[Text]:
    title = pack_text(LABELS.get(treatment.title, treatment.title))
    return indent_lines(
        f"{title}: {short_rate_words(treatment.rate_details.text)}, {translate.figure(treatment, 'duty', currency)}",
        width,
        "   ",
    )
