"""law: the pages of the law: which economies have some here, their schedules, each code's rows, and what changes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from entrepot import app
from entrepot.language import law_text, translate
from entrepot.language.translate import _, of_pack
from entrepot.law import history, lookup
from entrepot.law.compiled import Law
from entrepot.model.codes import day_of, dotted
from entrepot.model.errors import EntrepotError
from entrepot.model.literals import not_a_date
from entrepot.model.sources import TRUST
from entrepot.web.pages import form_fields, rate_history, sale_form, schedule_tree
from entrepot.web.pages.citations import dates, layers, source

#: So many goods are found, so many changes and rows told on one page; the API has all.
HITS, TOLD = 40, 150


@dataclass(slots=True)
class Asked:
    """Which law is asked for: of an economy on a day; `fault` where the day was none."""

    economy: str
    on: dt.date
    law: Law
    fault: str = ""

    def shown(self) -> dict[str, Any]:
        """What each page of a law shows of it."""
        law = self.law
        spell = _("unchanged from {since} until {until}") if law.until else _("unchanged since {since}")
        return {
            "economy": self.economy,
            "place": translate.place(self.economy),
            "title": translate.place_of_law(law.title),
            "on": self.on.isoformat(),
            "day_fault": self.fault,
            "law": law,
            "spell": spell.format(since=translate.day(law.since), until=translate.day(law.until)),
            "layers": layers(law.layers, law.title),
        }


@require_safe
def economies(request: HttpRequest, language: str) -> HttpResponse:
    """The economies whose law is here."""
    return render(request, "law/economies.html", {"economies": form_fields.places(sale_form.destinations())})


@require_safe
def schedule(request: HttpRequest, language: str, economy: str) -> HttpResponse:
    """The schedule of an economy: its chapters, or what was searched for."""
    found = _asked(request, economy)
    words = request.GET.get("q", "").strip()[:200]
    if code := sale_form.code_of(words):
        return HttpResponseRedirect(f"/{language}/law/{found.economy}/{code}{_on(request)}")
    world = app.library().world
    shown = found.shown() | {"words": words}
    if words:
        shown["hits"] = app.goods(words, found.economy, language, HITS, on=found.on).data
    else:
        shown["entries"] = schedule_tree.under(found.law, world, "")
        services = [(name, of_pack(title)) for name, title in world.services.items()]
        shown["services"] = sorted(services, key=lambda each: each[1])
    return render(request, "law/schedule.html", shown)


@require_safe
def code(request: HttpRequest, language: str, economy: str, code: str) -> HttpResponse:
    """What stands under a chapter or a heading; every row in force for a line, and its rate in time."""
    found, world = _asked(request, economy), app.library().world
    plain = sale_form.code_of(code)
    if not plain and code not in world.services:
        raise Http404
    if plain and plain != code:
        return HttpResponseRedirect(f"/{language}/law/{found.economy}/{plain}{_on(request)}")
    law = found.law
    name = schedule_tree.title(law, world, plain) if plain else of_pack(world.services[code])
    shown = found.shown() | {"code": code, "dotted": dotted(code), "name": name}
    if plain:
        shown["above"] = schedule_tree.above(law, world, plain)
        shown["entries"] = schedule_tree.under(law, world, plain)
        shown["outside"] = not shown["entries"] and law.row_of(plain) < 0 and plain[:6] not in world.headings
    if len(code) >= 6:
        rows = list(lookup.rows_of(law, plain, "" if plain else code))
        shown["parts"], shown["sources"] = _parts(law, rows)
        shown["more"] = max(len(rows) - TOLD, 0)
    lines = law.lines_under(plain) if plain else []
    if len(plain) >= 6 and len(lines) < 2:  # of several lines each has its own page
        pack = app.library().pack_with_layers(law.pack, found.on)
        shown["histories"] = rate_history.histories(pack, law, lines[0] if lines else plain, found.on)
    return render(request, "law/code.html", shown)


def _parts(law: Law, rows: list[lookup.LawRow]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows in force by their part, and the sources that they rest on, each once."""
    told: dict[str, dict[str, Any]] = {}
    by_part: dict[str, list[dict[str, Any]]] = {}
    for each in rows[:TOLD]:
        basis = each.basis
        for cite in basis.cites:
            told.setdefault(cite, source(len(told) + 1, law.sources[cite]))
        row = {
            "name": law_text.name(each),
            "says": law_text.says(each),
            "dates": dates(basis.since, basis.until),
            "trust": TRUST[basis.trust],
            "where": basis.where,
            "sources": [told[cite] for cite in basis.cites],
        }
        by_part.setdefault(each.part, []).append(row)
    parts = [
        {"id": id_, "title": _(title), "rows": by_part[id_]} for id_, title in law_text.PARTS.items() if id_ in by_part
    ]
    return parts, list(told.values())


@require_safe
def difference(request: HttpRequest, language: str, economy: str) -> HttpResponse:
    """What begins, ends or changes in the law of an economy between two days."""
    found = _asked(request, economy)
    since, since_fault = _day(request.GET.get("from"), found.on.replace(month=1, day=1))
    until, until_fault = _day(request.GET.get("to"), found.on)
    words = request.GET.get("code", "").strip()[:40]
    goods = sale_form.code_of(words) or (f"service:{words}" if words in app.library().world.services else "")
    faults = [each for each in (since_fault, until_fault) if each]
    if not faults and since >= until:
        faults = [_("The first day is the earlier one.")]
    if words and not goods:
        faults.append(_("A code has 2 to 10 digits."))
    shown = found.shown() | {"since": since.isoformat(), "until": until.isoformat(), "words": words, "faults": faults}
    if not faults:
        rows = list(history.changes_between(app.library().pack(found.law.pack), since, until, goods))
        shown |= {"groups": _groups(rows), "many": len(rows)}
    return render(request, "law/difference.html", shown)


def _groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes by their kind, so many of each as a page holds."""
    found = []
    for kind, title in law_text.CHANGES.items():
        mine = [each for each in rows if each["change"] == kind]
        if mine:
            told = [{**each, "says": law_text.change(each)} for each in mine[:TOLD]]
            found.append(
                {"kind": kind, "title": _(title), "many": len(mine), "rows": told, "more": len(mine) - len(told)}
            )
    return found


def _asked(request: HttpRequest, economy: str) -> Asked:
    """The law of an economy on the day that the address names, its pack's words in use. Raises Http404."""
    code = economy.upper()
    if not re.fullmatch("[A-Z]{2}", code) or code not in sale_form.destinations():
        raise Http404
    on, fault = _day(request.GET.get("on"), form_fields.today())
    try:
        law = app.library().law(code, on)
    except EntrepotError as error:
        on, fault = form_fields.today(), translate.told(error)
        law = app.library().law(code, on)
    translate.use_law(law)
    return Asked(code, on, law, fault)


def _day(text: str | None, otherwise: dt.date) -> tuple[dt.date, str]:
    if not text:
        return otherwise, ""
    day = day_of(text.strip())
    return (day, "") if day is not None else (otherwise, not_a_date(text.strip()).said(_))


def _on(request: HttpRequest) -> str:
    query = sale_form.address({"on": request.GET.get("on", "")})
    return f"?{query}" if query else ""


urlpatterns: list[URLPattern] = [
    path("law/", economies),
    path("law/<str:economy>/", schedule),
    path("law/<str:economy>/diff", difference),
    path("law/<str:economy>/<str:code>", code),
]
