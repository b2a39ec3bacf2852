"""The charges of a procedure, and the duty of each line under each tariff treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.text import Text

from entrepot.cli.quote_context import QuoteView
from entrepot.cli.wrap import cell_len, fold, indent_lines, pad
from entrepot.language import translate
from entrepot.language.rate_words import short_rate_words
from entrepot.language.remarks import lacks, remarks, saved_by, sum_of
from entrepot.language.translate import LABELS, _, label, number, pack_text
from entrepot.model.codes import dotted
from entrepot.model.quote import Charge, Option, OptionLine, Treatment

#: Lines of a sale that the terminal shows at most.
MAX_LINES = 12
#: Cells of the column of rates; a longer rate is folded.
MAX_RATE_WIDTH = 20


def charge_lines(option: Option, request: Mapping[str, Any], width: int) -> list[Text]:
    """Each charge of the consignment with its calculation."""
    charges = [charge for charge in option.charges if charge.reason]
    if not charges:
        return []
    business = (request.get("buyer") or {}).get("kind") == "business"
    rows = [
        (pack_text(charge.name), sum_of(charge), _amount(charge), _remark_text(charge, business)) for charge in charges
    ]
    amount_width = max(cell_len(row[2]) for row in rows) + 2
    free = width - amount_width - 1
    name_width = min(max(cell_len(row[0]) for row in rows) + 3, free // 2)
    lines = [Text(f" {_('Duties, taxes and fees')}", style="bold cyan")]
    for name, calculation, amount, remark in rows:
        names = fold(name, name_width - 3)
        calculations = fold(f"{calculation}  {remark}".strip(), free - name_width - 3)
        for i in range(max(len(names), len(calculations))):
            line = Text(pad("   " + (names[i] if i < len(names) else ""), name_width + 2))
            line.append(pad(calculations[i] if i < len(calculations) else "", free - name_width - 2), style="dim")
            lines.append(line.append(pad(amount, amount_width, right=True)) if i == 0 else line)
    for line in lines:
        line.rstrip()
    return lines


def _amount(charge: Charge) -> str:
    return label("unknown") if charge.amount is None and not charge.amount_low else translate.figure(charge, "amount")


def _remark_text(charge: Charge, business: bool) -> str:
    texts = remarks(charge, business)
    return f"({', '.join(texts)})" if texts else ""


def treatment_lines(view: QuoteView, option: Option) -> list[Text]:
    """The treatments of each line: the rate, the duty, what each saves and what it needs."""
    lines: list[Text] = []
    lines_with_duty = [line for line in option.lines if line.treatment or line.treatments]
    for position, line in enumerate(lines_with_duty[:MAX_LINES], 1):
        rows = _table(line, option.line_charges(line), view.width)
        if lines and rows:
            lines.append(Text(""))
        several = len(option.lines) > 1
        title = _("Line {n}").format(n=line.reference or position) if several else _("Tariff treatments")
        name = view.name(line.code)
        value = _("customs value {amount}").format(amount=translate.figure(line, "customs_value"))
        head = indent_lines(f"{dotted(line.code)} {name} · {value}", view.width - 1, f" {title}  ", "dim", "bold cyan")
        lines += [*head, *rows]
    if len(lines_with_duty) > MAX_LINES:
        lines += indent_lines(
            _("… and {n} more lines: --json shows all.").format(n=len(lines_with_duty) - MAX_LINES),
            view.width,
            "   ",
            "dim",
        )
    return lines


def _table(line: OptionLine, charges: Sequence[Charge], width: int) -> list[Text]:
    chosen = line.treatment
    treatments = ([chosen] if chosen else []) + list(line.treatments)
    rates = [fold(_rate(each), MAX_RATE_WIDTH) for each in treatments]
    duties = [translate.figure(each, "duty") for each in treatments]
    widths = [max(cell_len(part) for rate in rates for part in rate), max(map(cell_len, duties))]
    name_width = max(16, min(max(cell_len(_title(each)) for each in treatments), (width - sum(widths)) // 2 - 6))
    lines = []
    for each, rate, duty in zip(treatments, rates, duties, strict=True):
        style = "bold" if each is chosen else ""
        names = fold(_title(each), name_width)
        needs = fold(_needs(each, line, charges), width - name_width - sum(widths) - 10)
        for name, part, amount, need in zip_longest(names, rate, [duty], needs, fillvalue=""):
            row = Text("   ").append(pad(name, name_width), style=style).append(pad(part, widths[0] + 2, right=True))
            row.append(pad(amount, widths[1] + 2, right=True), style=style)
            row.append(f"  {need}", style="green" if each is chosen else "dim").rstrip()
            lines.append(row)
    return lines


def _title(treatment: Treatment) -> str:
    return pack_text(LABELS.get(treatment.title, treatment.title))


def _rate(treatment: Treatment) -> str:
    details = treatment.rate_details
    if details.rate_type == "none":
        return "—"
    return short_rate_words(details.text.removeprefix("text:"))


def _needs(treatment: Treatment, line: OptionLine, charges: Sequence[Charge]) -> str:
    """What a treatment needs, and what it would save."""
    known = treatment.duty is not None or bool(treatment.duty_low)
    if treatment is line.treatment and known:
        return _("applied")
    if not known:
        return lacks(treatment, _("only for part of the line, or within a quota: see `entrepot law`"))
    texts = []
    saving = saved_by(treatment, line, charges)
    if saving is not None:
        texts.append(_("saves {amount}").format(amount=number(str(saving))))
    for each in treatment.conditions:
        if each.state in ("asked", "failed"):
            if each.id == "proof_of_origin" and treatment.proofs:
                texts.append(_("requires a proof of origin (--proof {id})").format(id=treatment.proofs[0]))
            else:
                texts.append(_("requires: {says} (--assert {id})").format(says=pack_text(each.says), id=each.id))
    return _(", ").join(texts) or _("available, not better")
