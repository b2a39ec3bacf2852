"""page: the answer on the terminal, from the total down to what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from entrepot.cli.exit_codes import option_of
from entrepot.cli.price_bar import bar
from entrepot.cli.procedures import ways
from entrepot.cli.quote_context import Shown, heading, joined
from entrepot.cli.symbols import COLOURS, Marks
from entrepot.cli.treatments import owed, treatments
from entrepot.cli.wrap import cell_len, indented, pad
from entrepot.language import translate
from entrepot.language.remarks import nearest, without_total
from entrepot.language.translate import _, label, money, of_pack
from entrepot.model.codes import dotted
from entrepot.model.quote import Option
from entrepot.model.sources import LayerUsed


def page(shown: Shown) -> list[Text]:
    """The whole answer as lines."""
    quote, best = shown.quote, shown.quote.best
    parts = [headline(shown)]
    if best is not None and best.amount_subtotals is not None:
        parts.append(bar(best.amount_subtotals, shown.marks, shown.width))
    if best is None:
        parts.append(notes(shown))
    parts.append(ways(shown))
    told = best or nearest(quote)
    if told is not None:
        if best is not None:
            parts.append(owed(told, shown.request, shown.width))
        parts.append(treatments(shown, told))
        parts.append(papers(told, shown.marks, shown.width))
    if best is not None:
        parts.append(notes(shown))
    parts.append(footer(shown))
    return joined(parts)


def headline(shown: Shown) -> list[Text]:
    """From where to where, the total, how sure it is, by which way and law."""
    quote, best, request = shown.quote, shown.quote.best, shown.request
    outcome = quote.assessment.outcome
    badge = f"{shown.marks.of[outcome]} {label(outcome)}"
    if best is None:
        strict = any(option.status == "open" for option in quote.options)
        total = _("Not complete: refused, as --strict asks") if strict else without_total(quote)
    else:
        amount = money(best.amount_landed, quote.currency)
        total = _("at least {amount}").format(amount=amount) if best.at_least else amount
    there = (
        _("landed in {place}").format(place=translate.place(request["ship_to"]["country"])) if best is not None else ""
    )
    space = shown.width - 2 - cell_len(f"{total}  {there}")
    lines = [*_what(shown), Text("")]
    if space > cell_len(badge):
        line = (
            Text(" ")
            .append(total, style="bold")
            .append(f"  {there}")
            .append(pad(badge, space, right=True), style=f"bold {COLOURS[outcome]}")
        )
        lines.append(line)
    else:
        lines.append(Text(" ").append(badge, style=f"bold {COLOURS[outcome]}"))
        lines += indented(f"{total}  {there}", shown.width, " ", "bold")
    if best is not None:
        recovered = best.amount_recoverable
        if recovered and recovered.strip("0."):
            text = _("{amount} of it is tax that a registered business recovers").format(
                amount=money(recovered, quote.currency)
            )
            lines += indented(text, shown.width, " ")
        lines += indented(_("by {way}").format(way=of_pack(best.title)), shown.width, " ")
    return lines


def _what(shown: Shown) -> list[Text]:
    """The sale in one line: places, buyer, goods, day."""
    request = shown.request
    ends = (translate.place(request[end]["country"]) for end in ("ship_from", "ship_to"))
    road = f" {shown.marks.arrow} ".join(ends)
    lines = request["lines"]
    if len(lines) == 1:
        code = str(lines[0].get("hs_code") or lines[0].get("service") or "").replace(".", "").replace(" ", "")
        name = shown.name(code)
        sold = f"{dotted(code)} {name}" if code.isdigit() else name
    else:
        sold = translate.plural(len(lines), "{n} line", "{n} lines")
    buyer = label((request.get("buyer") or {}).get("kind") or "consumer")
    on = _("law of {day}").format(day=translate.day(shown.quote.law.date))
    text = "  ·  ".join((road, sold, _("to {buyer}").format(buyer=buyer), on))
    return indented(text, shown.width, " ", "dim")


def papers(option: Option, marks: Marks, width: int) -> list[Text]:
    """The papers and permissions as a checklist, each with its authority."""
    wanted = [each for each in option.requirements if each.kind != "prohibition"]
    if not wanted:
        return []
    lines = [heading(_("Papers and permissions"))]
    authority = None
    for each in sorted(wanted, key=lambda each: each.authority):
        if each.authority != authority:
            authority = each.authority
            lines += indented(of_pack(authority), width, "   ", "dim")
        lines += indented(of_pack(each.says), width, f"   {marks.box} ")
    return lines


def notes(shown: Shown) -> list[Text]:
    """What was assumed and stands open, or why there is no answer, as numbered notes."""
    reasons = shown.quote.assessment.reasons
    if not reasons:
        return []
    refused = shown.quote.assessment.outcome == "refused"
    lines = [heading(_("Why not, and what would help") if refused else _("Assumed and open"))]
    for number, each in enumerate(reasons, 1):
        said = translate.reason(each)
        if refused and each.param:
            said += f" ({option_of(each.param) if shown.by_option else each.param})"
        lines += indented(said, shown.width, f" {number:>2} ", first_style="dim")
    return lines


def layers_of(layers: Iterable[LayerUsed], title: str) -> list[str]:
    """The schedules and overlays that lie over the law, each with its vintage and its trust."""
    said = {"schedule": _("Schedule of {place}, {id}, {trust}"), "overlay": _("overlay {id}, {trust}")}
    place = translate.place_of_law(title)
    return [said[each.kind].format(place=place, id=each.id, trust=label(each.trust)) for each in layers]


def footer(shown: Shown) -> list[Text]:
    """How far it can be trusted, which law it is, and where to read on."""
    law, trust, exchange = shown.quote.law, shown.quote.assessment.trust, shown.quote.exchange
    lines: list[Text] = []
    if exchange is not None:
        digits = exchange.rate.rstrip("0").rstrip(".") if "." in exchange.rate else exchange.rate
        rate = f"1 {exchange.currency} = {translate.number(digits)} {shown.quote.currency}"
        source = label(exchange.source) if exchange.source != "the caller" else _("as given")
        said = f"{rate} ({source}{', ' + translate.day(exchange.date) if exchange.date else ''})"
        lines += indented(said, shown.width, " ", "dim")
    spell = _("unchanged from {since} until {until}") if law.until else _("unchanged since {since}")
    words = [
        _("law of {place} ({pack} {hash})").format(
            place=translate.place_of_law(shown.law.title), pack=law.pack, hash=law.hash[:8]
        ),
        spell.format(since=translate.day(law.since), until=translate.day(law.until)),
    ]
    words += layers_of(law.layers, shown.law.title)
    if trust:
        words.append(_("weakest source: {trust}").format(trust=label(trust)))
    lines += indented(" · ".join(words), shown.width, " ", "dim")
    lines += indented(_("--explain shows the law behind each figure, --json everything."), shown.width, " ", "dim")
    return lines
