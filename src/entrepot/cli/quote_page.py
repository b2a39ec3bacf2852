"""The page of a quote on the terminal: the total first, then procedures, charges, documents and sources."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from entrepot.cli.exit_codes import words_for
from entrepot.cli.price_bar import bar_lines
from entrepot.cli.procedures import procedure_lines
from entrepot.cli.quote_context import QuoteView, local_first
from entrepot.cli.symbols import COLOURS, Symbols
from entrepot.cli.treatments import charge_lines, treatment_lines
from entrepot.cli.wrap import cell_len, fold, heading, indent_lines, join_parts, pad
from entrepot.language import translate
from entrepot.language.economies import in_sentence
from entrepot.language.field_reasons import SENTENCES, field_reason
from entrepot.language.questions import Question, is_asked, known_part, questions
from entrepot.language.remarks import (
    can_be_chosen,
    candidate_name,
    fact_title,
    if_confirmed,
    nearest,
    open_facts,
    period_of_law,
    prohibited_by,
    total_text,
    without_total,
)
from entrepot.language.translate import _, label, money, pack_text
from entrepot.model.quote import Option, Reason
from entrepot.model.sources import LayerUsed

#: Values of one open fact that the terminal shows at most.
MAX_CANDIDATES = 14


def quote_lines(view: QuoteView) -> list[Text]:
    """The whole page as lines."""
    quote, best = view.quote, view.quote.best
    if banned := prohibited_by(quote):
        return join_parts([headline_lines(view), prohibition_lines(view, banned), footer_lines(view)])
    totalled = best or quote.best_conditional
    parts = [headline_lines(view)]
    if totalled is not None and totalled.amount_subtotals is not None and _is_exact(totalled):
        parts.append(bar_lines(totalled.amount_subtotals, view.symbols, view.width))
    if best is None:
        parts.append(reason_lines(view))
    parts.append(procedure_lines(view))
    option = best or nearest(quote)
    if option is not None:
        parts.append(candidate_lines(view, option))
        if totalled is not None:
            parts.append(charge_lines(option, view.request, view.width))
        parts.append(treatment_lines(view, option))
        parts.append(document_lines(option, view.symbols, view.width))
    if best is not None:
        parts.append(reason_lines(view))
    parts.append(footer_lines(view))
    return join_parts(parts)


def headline_lines(view: QuoteView) -> list[Text]:
    """The sale, the total, the outcome and the procedure."""
    quote, best, request = view.quote, view.quote.best, view.request
    waiting = quote.best_conditional
    outcome = quote.assessment.outcome if waiting is None else "conditional"
    badge = f"{view.symbols.of[outcome]} {label(outcome)}"
    if waiting is not None:
        total = if_confirmed(waiting, quote.currency, view.law)
    elif best is None:
        strict = any(option.status == "open" for option in quote.options)
        total = _("Estimated: refused because of --strict") if strict else without_total(quote)
    else:
        total = total_text(best, quote.currency)
    destination = (
        _("landed in {place}").format(place=in_sentence(translate.place(request["ship_to"]["country"])))
        if best is not None
        else ""
    )
    free = view.width - 2 - cell_len(f"{total}  {destination}")
    lines = [*_sale_line(view), Text("")]
    if free > cell_len(badge):
        line = (
            Text(" ")
            .append(total, style="bold")
            .append(f"  {destination}")
            .append(pad(badge, free, right=True), style=f"bold {COLOURS[outcome]}")
        )
        lines.append(line)
    else:
        lines.append(Text(" ").append(badge, style=f"bold {COLOURS[outcome]}"))
        lines += indent_lines(f"{total}  {destination}", view.width, " ", "bold")
    if best is not None:
        recovered = best.amount_recoverable
        if recovered and recovered.strip("0."):
            text = _("includes {amount} of tax that a registered business recovers").format(
                amount=money(recovered, quote.currency)
            )
            lines += indent_lines(text, view.width, " ")
    if (totalled := best or waiting) is not None:
        lines += indent_lines(_("under {way}").format(way=pack_text(totalled.title)), view.width, " ")
    return lines


def _sale_line(view: QuoteView) -> list[Text]:
    """The sale in one line: places, buyer, goods, day."""
    request = view.request
    places = (translate.place(request[end]["country"]) for end in ("ship_from", "ship_to"))
    route = f" {view.symbols.arrow} ".join(places)
    lines = request["lines"]
    if len(lines) == 1:
        code = str(lines[0].get("hs_code") or lines[0].get("service") or "").replace(".", "").replace(" ", "")
        name = view.name(code)
        sold = local_first(code, name) if code.isdigit() else name or str(lines[0].get("description") or "")
    else:
        sold = translate.plural(len(lines), "{n} line", "{n} lines")
    buyer = label((request.get("buyer") or {}).get("kind") or "consumer")
    law_date = _("law of {day}").format(day=translate.day(view.quote.law.date))
    text = "  ·  ".join((route, sold, _("to {buyer}").format(buyer=buyer), law_date))
    return indent_lines(text, view.width, " ", "dim")


def _is_exact(option: Option) -> bool:
    """Whether every part of the total is known: the shares of a lowest total would mislead."""
    return option.amount_landed is not None and not option.at_least


def prohibition_lines(view: QuoteView, banned: list[Reason]) -> list[Text]:
    """The prohibitions of the goods with their sources, and which were not checked; nothing else is of use here."""
    lines: list[Text] = []
    for text, title in dict.fromkeys((translate.reason(each), each.values["title"]) for each in banned):
        lines += indent_lines(text, view.width, " ")
        lines += indent_lines(_("Source: {title}").format(title=pack_text(title)), view.width, "   ", "dim")
    for each in view.quote.assessment.reasons:
        if each.code == "trust.unchecked":
            lines += indent_lines(translate.reason(each), view.width, " ", "dim")
    return lines


def candidate_lines(view: QuoteView, option: Option) -> list[Text]:
    """The facts that would change the landed amount, each with its values and the amount with each."""
    lines: list[Text] = []
    asked = questions(view.quote, view.request)
    if asked:
        lines += question_lines(view, asked)
    for settles, values in open_facts(option).items():
        if asked and not can_be_chosen(values):
            continue
        option_name = words_for(settles) if view.by_option else ""
        title = fact_title(settles) + (f" ({option_name})" if option_name.startswith("-") else "")
        lines += [Text(""), heading(title)] if lines else [heading(title)]
        amounts = [translate.figure(each, "amount_landed") for each in values]
        amount_width = max(map(cell_len, amounts)) + 2
        for each, amount in list(zip(values, amounts, strict=True))[:MAX_CANDIDATES]:
            names = fold(candidate_name(each, view.law, view.world), view.width - amount_width - 4)
            for row, part in enumerate(names):
                text = Text(pad(f"   {part}", view.width - amount_width - 1))
                text.append(pad("" if row else amount, amount_width, right=True)).rstrip()
                lines.append(text)
        if len(values) > MAX_CANDIDATES:
            more = _("… and {n} more: --json shows all.").format(n=len(values) - MAX_CANDIDATES)
            lines += indent_lines(more, view.width, "   ", "dim")
    return lines


def question_lines(view: QuoteView, asked: list[Question]) -> list[Text]:
    """The part that is known, and the fields that make the rest known, each with the charges that need it."""
    lines = [heading(part) for part in fold(known_part(view.quote), view.width - 2)]
    for each in asked:
        options = " ".join(map(words_for, each.params)) if view.by_option else ", ".join(each.params)
        lines += indent_lines(f"{each.title()} ({options})", view.width, "   ", "bold")
        for says in each.says:
            lines += indent_lines(says, view.width, "     ")
    return lines


def document_lines(option: Option, symbols: Symbols, width: int) -> list[Text]:
    """The documents and permits as a checklist, by authority."""
    documents = [each for each in option.requirements if each.kind != "prohibition"]
    if not documents:
        return []
    lines = [heading(_("Documents and permits"))]
    authority = None
    for each in sorted(documents, key=lambda each: each.authority):
        if each.authority != authority:
            authority = each.authority
            lines += indent_lines(pack_text(authority), width, "   ", "dim")
        lines += indent_lines(pack_text(each.says), width, f"   {symbols.box} ")
    return lines


def reason_lines(view: QuoteView) -> list[Text]:
    """What was assumed or is not known, or why there is no total, as numbered notes; each sentence once."""
    assessment = view.quote.assessment
    refused = assessment.outcome == "refused"
    title, assumed = _("Reasons, and what to provide"), _("Assumptions and open questions")
    shown = assessment.reasons
    told = {title: shown, assumed: assessment.assumptions} if refused else {assumed: shown}
    asked = questions(view.quote, view.request)
    lines: list[Text] = []
    number = 0
    for name, reasons in told.items():
        if reasons:
            lines += [Text(""), heading(name)] if lines else [heading(name)]
        left = [each for each in reasons if not is_asked(each, asked)]
        for text in dict.fromkeys(_reason_text(view, each, with_field=name == title) for each in left):
            number += 1
            lines += indent_lines(text, view.width, f" {number:>2} ", first_style="dim")
    return lines


def _reason_text(view: QuoteView, each: Reason, *, with_field: bool) -> str:
    """A reason; where the sale was typed as options, with the option instead of the field of the API."""
    if not view.by_option:
        return translate.reason(each) + (f" ({each.param})" if with_field and each.param else "")
    text = field_reason(each)
    if each.param and (with_field or each.code in SENTENCES):
        text += (
            f" ({words_for(each.param)} {each.values['id'] if each.code == 'condition.asked' else ''}".rstrip() + ")"
        )
    return text


def layer_texts(layers: Iterable[LayerUsed], title: str) -> list[str]:
    """The schedules and overlays that were applied to the law, each with its id and its trust."""
    templates = {"schedule": _("Schedule of {place}, {id}, {trust}"), "overlay": _("overlay {id}, {trust}")}
    place = translate.place_of_law(title)
    return [templates[each.kind].format(place=place, id=each.id, trust=label(each.trust)) for each in layers]


def footer_lines(view: QuoteView) -> list[Text]:
    """The exchange rate, the law and its trust."""
    law, trust, exchange = view.quote.law, view.quote.assessment.trust, view.quote.exchange
    lines: list[Text] = []
    if exchange is not None:
        digits = exchange.rate.rstrip("0").rstrip(".") if "." in exchange.rate else exchange.rate
        rate = f"1 {exchange.currency} = {translate.number(digits)} {view.quote.currency}"
        source = label(exchange.source) if exchange.source != "the caller" else _("as entered")
        text = f"{rate} ({source}{', ' + translate.day(exchange.date) if exchange.date else ''})"
        lines += indent_lines(text, view.width, " ", "dim")
    parts = [
        _("law of {place} ({pack} {hash})").format(
            place=in_sentence(translate.place_of_law(view.law.title)), pack=law.pack, hash=law.hash[:8]
        ),
        *period_of_law(view.quote),
    ]
    parts += layer_texts(law.layers, view.law.title)
    if trust:
        parts.append(_("weakest source: {trust}").format(trust=label(trust)))
    return lines + indent_lines(" · ".join(parts), view.width, " ", "dim")


def hint_lines(view: QuoteView) -> list[Text]:
    """The options that show more."""
    text = _("--explain shows the law behind each figure, --json shows everything.")
    return indent_lines(text, view.width, " ", "dim")
