"""The page of agreements: what is in force between two economies on a day, and what it opens to their nodes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from entrepot import app
from entrepot.cooperation import words
from entrepot.cooperation.answer import AgreementCapability, AgreementInForce, AgreementNotInForce, AgreementsBetween
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.codes import day_of
from entrepot.model.literals import not_a_date
from entrepot.web.pages import form_fields, sale_form
from entrepot.web.pages.citations import period, source_entry

#: The pair that the page shows first.
FIRST_PAIR = ("VN", "CN")


@require_safe
def agreements(request: HttpRequest, language: str) -> HttpResponse:
    """The form with two economies and a day, and the agreements between these."""
    economy, partner = (
        request.GET.get(name, "").strip().upper() or usual
        for name, usual in zip(("economy", "partner"), FIRST_PAIR, strict=True)
    )
    known, faults = app.library().world.economies, []
    day_text = request.GET.get("on", "").strip()
    on = day_of(day_text) if day_text else sale_form.today()
    if on is None:
        faults.append(not_a_date(day_text).said(_))
        on = sale_form.today()
    if economy not in known or partner not in known:
        faults.append(_("Choose two economies."))
    elif economy == partner:
        faults.append(_("Choose two different economies."))
    context: dict[str, Any] = {
        "choices": form_fields.economy_choices(),
        "economy": economy,
        "partner": partner,
        "on": on.isoformat(),
        "faults": faults,
    }
    if not faults:
        context |= _shown(app.agreements(economy, partner, on=on))
    return render(request, "law/agreements.html", context)


def _shown(answer: AgreementsBetween) -> dict[str, Any]:
    """The answer for the template, its sources numbered in the order of their first mention."""
    sources = {
        name: source_entry(number, source) for number, (name, source) in enumerate(answer.sources.items(), start=1)
    }
    return {
        "answer": answer,
        "capabilities": [_capability(each) for each in answer.capabilities],
        "in_force": [_agreement(each, sources) for each in answer.in_force],
        "not_in_force": [_row(each, each.title, each.says, sources) for each in answer.not_in_force],
        "sources": list(sources.values()),
    }


def _capability(each: AgreementCapability) -> dict[str, Any]:
    cited = dict.fromkeys(f"{one.agreement} {one.article}".strip() for one in each.articles)
    return {"title": each.title, "state": each.state, "says": each.says, "cited": ", ".join(cited), "trust": each.trust}


def _agreement(each: AgreementInForce, sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    parties = [_row(party, translate.place(party.economy), "", sources) for party in each.parties]
    articles = [_row(one, f"{one.article} {one.name}".strip(), one.says, sources) for one in each.articles]
    binding = [row for row, one in zip(articles, each.articles, strict=True) if one.applies]
    return {
        "id": each.id,
        "title": each.title,
        "kind": _(words.KINDS[each.kind]),
        "parties": parties,
        "binding": binding,
        "others": [row for row in articles if row not in binding],
    }


def _row(row: Any, name: str, says: str, sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A row for `parts/lawrows.html`. An agreement that is not in force has the day in its sentence."""
    dates = "" if isinstance(row, AgreementNotInForce) else period(row.since, row.until)
    cited = [sources[name] for name in row.sources]
    return {"name": name, "says": says, "dates": dates, "trust": row.trust, "where": row.row, "sources": cited}


urlpatterns: list[URLPattern] = [path("agreements/", agreements)]
