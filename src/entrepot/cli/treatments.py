"""treatments: what is owed by the way taken, and what each line would pay under each tariff treatment."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from rich.text import Text

from entrepot.cli.quote_context import Shown
from entrepot.cli.wrap import cell_len, fold, indented, pad
from entrepot.language import translate
from entrepot.language.remarks import lacks, remarks, saved_by, sum_of
from entrepot.language.translate import LABELS, _, label, number, of_pack
from entrepot.model.codes import dotted
from entrepot.model.quote import Charge, Option, OptionLine, Treatment

#: So many lines of a sale are told on the terminal.
TOLD = 12
#: In so many cells a rate is written; a longer one goes on below.
WIDEST_RATE = 20


def owed(option: Option, request: Mapping[str, Any], width: int) -> list[Text]:
    """Each charge of the consignment with its sum written out."""
    charges = [charge for charge in option.charges if charge.reason]
    if not charges:
        return []
    business = (request.get("buyer") or {}).get("kind") == "business"
    rows = [(of_pack(charge.name), sum_of(charge), _amount(charge), _beside(charge, business)) for charge in charges]
    size = max(cell_len(row[2]) for row in rows) + 2
    space = width - size - 1
    left = min(max(cell_len(row[0]) for row in rows) + 3, space // 2)
    lines = [Text(f" {_('What is owed')}", style="bold cyan")]
    for name, how, amount, remark in rows:
        names, hows = fold(name, left - 3), fold(f"{how}  {remark}".strip(), space - left - 3)
        for i in range(max(len(names), len(hows))):
            line = Text(pad("   " + (names[i] if i < len(names) else ""), left + 2))
            line.append(pad(hows[i] if i < len(hows) else "", space - left - 2), style="dim")
            lines.append(line.append(pad(amount, size, right=True)) if i == 0 else line)
    for line in lines:
        line.rstrip()
    return lines


def _amount(charge: Charge) -> str:
    return number(charge.amount) if charge.amount is not None else label("unknown")


def _beside(charge: Charge, business: bool) -> str:
    said = remarks(charge, business)
    return f"({', '.join(said)})" if said else ""


def treatments(shown: Shown, option: Option) -> list[Text]:
    """For each line, its treatments side by side: the duty, what each saves, what it takes."""
    lines: list[Text] = []
    told = [line for line in option.lines if line.treatment or line.treatments]
    for number_of, line in enumerate(told[:TOLD], 1):
        rows = _table(line, shown.width)
        if lines and rows:
            lines.append(Text(""))
        title = (
            _("Tariff treatments") if len(option.lines) == 1 else _("Line {n}").format(n=line.reference or number_of)
        )
        name = shown.name(line.code)
        value = _("customs value {amount}").format(amount=number(line.customs_value))
        head = indented(f"{dotted(line.code)} {name} · {value}", shown.width - 1, f" {title}  ", "dim", "bold cyan")
        lines += [*head, *rows]
    if len(told) > TOLD:
        lines += indented(
            _("… and {n} more lines: --json has them all.").format(n=len(told) - TOLD), shown.width, "   ", "dim"
        )
    return lines


def _table(line: OptionLine, width: int) -> list[Text]:
    chosen = line.treatment
    every = ([chosen] if chosen else []) + list(line.treatments)
    rates = [fold(_rate(each), WIDEST_RATE) for each in every]
    duties = [number(each.duty) if each.duty is not None else "—" for each in every]
    size = [max(cell_len(part) for rate in rates for part in rate), max(map(cell_len, duties))]
    left = max(16, min(max(cell_len(_title(each)) for each in every), (width - sum(size)) // 2 - 6))
    lines = []
    for each, rate, duty in zip(every, rates, duties, strict=True):
        style = "bold" if each is chosen else ""
        names = fold(_title(each), left)
        texts = fold(_needs(each, line), width - left - sum(size) - 10)
        for name, part, amount, text in zip_longest(names, rate, [duty], texts, fillvalue=""):
            row = Text("   ").append(pad(name, left), style=style).append(pad(part, size[0] + 2, right=True))
            row.append(pad(amount, size[1] + 2, right=True), style=style)
            row.append(f"  {text}", style="green" if each is chosen else "dim").rstrip()
            lines.append(row)
    return lines


def _title(treatment: Treatment) -> str:
    return of_pack(LABELS.get(treatment.title, treatment.title))


def _rate(treatment: Treatment) -> str:
    details = treatment.rate_details
    if details.rate_type == "none":
        return "—"
    if details.rate_type == "percentage":
        return translate.formula(details.text)
    return label(details.text.removeprefix("text:"))


def _needs(treatment: Treatment, line: OptionLine) -> str:
    """What a treatment takes, and what it would save."""
    if treatment is line.treatment and treatment.duty is not None:
        return _("applied")
    if treatment.duty is None:
        return lacks(treatment, _("only for part of the line, or within a quota: `entrepot law` shows it"))
    said = []
    saved = saved_by(treatment, line)
    if saved is not None:
        said.append(_("saves {amount}").format(amount=number(str(saved))))
    for each in treatment.conditions:
        if each.state in ("asked", "failed"):
            if each.id == "proof_of_origin" and treatment.proofs:
                said.append(_("needs a proof of origin (--proof {id})").format(id=treatment.proofs[0]))
            else:
                said.append(_("needs: {says} (--assert {id})").format(says=of_pack(each.says), id=each.id))
    return _(", ").join(said) or _("open, no better")
