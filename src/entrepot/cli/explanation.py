"""footnotes: the sum and the law behind each figure, for whoever wants to check it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from entrepot.cli.quote_context import Shown
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import indented
from entrepot.language import translate
from entrepot.language.remarks import condition, sum_of
from entrepot.language.translate import LABELS, _, label, money, of_pack
from entrepot.model.quote import Charge, Option, Treatment
from entrepot.model.sources import Citation


class Sources:
    """The sources cited so far, numbered in the order of their first mention."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.numbers: dict[str, int] = {}
        self.cited: list[Citation] = []

    def rows(self, citations: Iterable[Citation], inset: str = "     ") -> list[Text]:
        """Each row of a pack that decided, with its sources, its trust and its dates."""
        by_row: dict[str, list[Citation]] = {}
        for citation in citations:
            by_row.setdefault(citation.row, []).append(citation)
        lines = []
        for row, cited in by_row.items():
            numbers = " ".join(f"[{self._number(each)}]" for each in cited)
            dates = _since(cited[0])
            shown = indented(f"{row} {numbers} · {dates} · {label(cited[0].trust)}", self.width, inset, "dim")
            shown[-1].highlight_words([label(cited[0].trust)], style=COLOURS[cited[0].trust])
            lines += shown
        return lines

    def _number(self, citation: Citation) -> int:
        if citation.source not in self.numbers:
            self.numbers[citation.source] = len(self.numbers) + 1
            self.cited.append(citation)
        return self.numbers[citation.source]

    def bibliography(self) -> list[Text]:
        """The sources themselves."""
        lines = [Text(f" {_('Sources')}", style="bold cyan")]
        for number, each in enumerate(self.cited, 1):
            said = [of_pack(each.authority), of_pack(each.title), each.number or ""]
            if each.dated:
                said.append(_("of {day}").format(day=translate.day(each.dated)))
            said.append(_("read on {day}").format(day=translate.day(each.read)) if each.read else _("not read"))
            said.append(each.url or "")
            lines += indented(" · ".join(filter(None, said)), self.width, f" {f'[{number}]':>5} ", first_style="dim")
        return lines


def _since(citation: Citation) -> str:
    if citation.until:
        return _("from {since} until {until}").format(
            since=translate.day(citation.since), until=translate.day(citation.until)
        )
    return _("since {since}").format(since=translate.day(citation.since))


def footnotes(shown: Shown) -> list[Text]:
    """Of the best way, else of each way: charges, treatments, conditions, papers; then the sources."""
    sources = Sources(shown.width)
    quote = shown.quote
    lines = [Text(f" {_('The law behind each figure')}", style="bold cyan")]
    for option in (quote.best,) if quote.best is not None else quote.options:
        lines += _option(shown, option, sources)
    if not sources.cited:
        return []
    return [*lines, Text(""), *sources.bibliography()]


def _option(shown: Shown, option: Option, sources: Sources) -> list[Text]:
    width = shown.width
    lines = indented(of_pack(option.title), width, "   ", "bold") + sources.rows(option.citations)
    for charge in option.charges:
        lines += _charge(charge, shown.quote.currency, width) + sources.rows(charge.citations)
    for line in option.lines:
        for treatment in filter(None, (line.treatment, *line.treatments)):
            lines += _treatment(treatment, shown.quote.currency, width) + sources.rows(treatment.citations)
    for each in option.conditions:
        mark = shown.marks.passed[each.state]
        said = f"{condition(each, option.regime, shown.law)} ({label(each.state)})"
        lines += indented(said, width, f"   {mark} ") + sources.rows(each.citations)
    for paper in option.requirements:
        lines += indented(
            f"{of_pack(paper.says)} ({label(paper.kind)})", width, f"   {shown.marks.box} "
        ) + sources.rows(paper.citations)
    return lines


def _charge(charge: Charge, currency: str, width: int) -> list[Text]:
    amount = money(charge.amount, currency) if charge.amount is not None else label("unknown")
    said = f"{of_pack(charge.name)}: {amount}"
    if how := sum_of(charge):
        said += f" = {how}" if charge.reason == "rate" else f" ({how})"
    why = {"relief": _("relieved"), "waived": _("waived"), "caller": _("rate as given")}.get(charge.reason)
    return indented(said + (f", {why}" if why else ""), width, "   ", "bold")


def _treatment(treatment: Treatment, currency: str, width: int) -> list[Text]:
    title = of_pack(LABELS.get(treatment.title, treatment.title))
    return indented(f"{title}: {label(treatment.rate_details.text)}, {money(treatment.duty, currency)}", width, "   ")
