"""What a quote leaves open: the facts of a range, and what was assumed or is missing, each beside its form field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from entrepot.engine.rules.own_rates import name_in_law
from entrepot.language import translate
from entrepot.language.field_reasons import SENTENCES, field_reason
from entrepot.language.questions import Question, is_asked, known_part, questions
from entrepot.language.remarks import PROHIBITED, can_be_chosen, candidate_name, fact_title, open_facts
from entrepot.language.translate import label, pack_text
from entrepot.model.quote import Candidate, Option, Reason
from entrepot.web.pages import sale_form
from entrepot.web.pages.form_fields import Field
from entrepot.web.pages.quote_context import QuoteView

#: Values of a fact that are shown as buttons; more become a list to choose from.
MAX_BUTTONS = 6
#: The fields that the form shows above the answer, so that a reason only points to them.
ABOVE = ("from", "to", "what", "service", "amount", "currency", "for")
#: The measures that say what a unit of the goods is worth.
UNIT_MEASURES = ("net_mass_kg", "litres", "items")
#: Reasons that no field settles, though they name one: the law, not the sale, is not known.
WITHOUT_FIELD = frozenset({"law.unread", "preference.unknown", "rate.vintage", "limit.reference", "law.limit"})


def facts(view: QuoteView, option: Option, form: Mapping[str, Field]) -> list[dict[str, Any]]:
    """The facts that would change the landed amount: their values, each with its amount, and the field that settles."""
    asked = questions(view.quote, view.sale)
    found = [_question(view, asked, form)] if asked else []
    return found + [
        _fact(view, settles, values, form)
        for settles, values in open_facts(option).items()
        if not asked or can_be_chosen(values)
    ]


def _question(view: QuoteView, asked: list[Question], form: Mapping[str, Field]) -> dict[str, Any]:
    """The part of a total that is known, and the fields that make the rest known, as one fact."""
    names = dict.fromkeys(sale_form.field_of(param) for each in asked for param in each.params)
    fields = [] if view.query is None else [form[name] for name in names if name in form]
    return {
        "title": known_part(view.quote),
        "field": "",
        "values": [{"name": says, "amount": "", "value": ""} for each in asked for says in each.says],
        "few": True,
        "fields": [replace(each, scope="q") for each in fields],
        "one": len(fields) == 1,
        "hidden": [] if view.query is None else _hidden(view.query, {each.name for each in fields}),
    }


def _fact(view: QuoteView, settles: str, values: list[Candidate], form: Mapping[str, Field]) -> dict[str, Any]:
    field = sale_form.field_of(settles) if view.query is not None else ""
    single = can_be_chosen(values)
    rows = [
        {
            "name": candidate_name(each, view.law, view.world),
            "amount": translate.figure(each, "amount_landed", view.quote.currency),
            "value": each.value,
        }
        for each in values
    ]
    fields = [] if single or view.query is None else _fields_of_ends(view, settles, form)
    settled = {field, *(each.name for each in fields)}
    return {
        "title": fact_title(settles),
        "field": field if single else "",
        "values": rows,
        "few": len(rows) <= MAX_BUTTONS,
        "fields": [replace(each, scope="r") for each in fields],
        "one": len(fields) == 1,
        "hidden": [] if view.query is None else _hidden(view.query, settled),
    }


def _fields_of_ends(view: QuoteView, settles: str, form: Mapping[str, Field]) -> list[Field]:
    """The fields for a fact whose values are ends of a range: the full code, a measure, or the rate of what differs."""
    if settles.startswith("exchange_rates"):
        names = ["exchange_rate"]
    elif re.fullmatch(r"lines\[0\]", settles):
        names = list(UNIT_MEASURES)
    elif re.match(r"lines\[0\]\.(hs_code$|rates\.)", settles):
        code = ["what"] if settles.endswith(".hs_code") else []
        names = [*code, *_rates_in_range(view)]
    else:
        names = [name] if (name := sale_form.field_of(settles)) else []
    return [form[name] for name in names if name in form]


def _rates_in_range(view: QuoteView) -> list[str]:
    """The fields of the rates that are known only as a range, else that of the first that is not known at all.

    A tax that differs by state or province has its own question.
    """
    option = view.quote.best or view.quote.best_conditional
    owed = [each for each in (option.charges if option is not None else ()) if each.amount is None]
    if option is not None and "ship_to.state" in open_facts(option):
        owed = [each for each in owed if each.kind != "vat"]
    names = {each.id: name_in_law(view.law, each) for each in sale_form.charges_of(view.law)}
    ranged = [each.id for each in owed if each.rate_details.rate_type == "range"]
    unknown = [each.id for each in owed if each.rate_details.rate_type == "unknown"]
    return [f"{sale_form.RATE_PREFIX}{names.get(each, each)}" for each in dict.fromkeys(ranged or unknown[:1])]


def _hidden(query: Mapping[str, Any], settled: set[str]) -> list[tuple[str, str]]:
    """The other fields of the form, which the form of a fact sends unchanged."""
    found = []
    for name, value in query.items():
        if name not in settled:
            found += [(name, each) for each in ([value] if isinstance(value, str) else value)]
    return found


def open_points(view: QuoteView, form: Mapping[str, Field], asked_facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What was assumed or is missing: with its fields, as a condition to confirm, or as a remark.

    `asked_facts`: those of `facts`, whose fields are not shown a second time.

    `fields`: what a field of the form settles; `conditions`: what the user can confirm; `remarks`: the rest. `to_send`:
    whether the page has a field or a condition to send.
    """
    found: dict[str, Any] = {"fields": [], "conditions": [], "remarks": []}
    shown: set[str] = set()
    told: set[str] = set()
    asked_above = {each.settles for each in _candidates(view)}
    fields_above = {field.name for fact in asked_facts for field in fact["fields"]}
    asked = questions(view.quote, view.sale)
    for each in (*view.quote.assessment.reasons, *view.quote.assessment.assumptions):
        if is_asked(each, asked) or each.code == PROHIBITED:
            continue
        point: dict[str, Any] = {"says": field_reason(each), "fields": [], "above": ""}
        names = [] if each.param in asked_above else [name for name in names_of(view, each) if name not in fields_above]
        if (conditioned := each.values.get("id", "")) and each.code.startswith("condition.") and not names:
            says = pack_text(each.values.get("says", ""))
            point |= {"says": says, "id": conditioned if view.query is not None else "", "state": label(each.code[10:])}
            found["conditions"].append(point)
            continue
        point["above"] = next((name for name in names if name in ABOVE), "") if form else ""
        fields = [form[name] for name in names if name in form and name not in ABOVE and name not in shown]
        if each.code == "exchange.reference":  # the field shows the rate that was used
            fields = [replace(field, unit=translate.number(each.values["rate"])) for field in fields]
        point |= {"fields": fields, "named": each.code in SENTENCES}
        shown.update(each.name for each in point["fields"])
        if not point["fields"] and point["says"] in told:
            continue  # the same of another line
        told.add(point["says"])
        settled = point["fields"] or point["above"] or (names and not form)
        found["fields" if settled else "remarks"].append(point)
    found["to_send"] = bool(form) and bool(found["conditions"] or any(each["fields"] for each in found["fields"]))
    return found


def _candidates(view: QuoteView) -> tuple[Candidate, ...]:
    option = view.quote.best or view.quote.best_conditional
    return () if option is None else option.candidates or ()


def names_of(view: QuoteView, each: Reason) -> list[str]:
    """The fields of the form that settle a reason."""
    if each.code in WITHOUT_FIELD:
        return []
    if each.code.startswith("condition."):
        return ["year_to_date"] if each.values.get("id") in _annual(view) else []
    if each.code == "class.unknown":
        return list(UNIT_MEASURES)
    if each.code == "exchange.own_currency":
        return ["exchange_rate"]
    name = sale_form.field_of(each.param or "")
    return [name] if name else []


def _annual(view: QuoteView) -> set[str]:
    """The conditions that limit what is bought in a year."""
    return {one.id for regime in view.law.regimes for one in regime.conditions if one.test == "annual"}


def beside(view_points: Mapping[str, Any]) -> set[str]:
    """The fields that stand beside an assumption, so that the form above leaves them out."""
    return {field.name for point in view_points["fields"] for field in point["fields"]}
