"""The pages of the law: the economies, their tariff schedules, the rows for a code, and the changes between days."""

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
from entrepot.goods.everyday_names import local_name_before
from entrepot.language import law_text, translate
from entrepot.language.translate import N_, _, pack_text
from entrepot.law import history, lookup
from entrepot.law.compiled import Law
from entrepot.law.read import Pack
from entrepot.model.codes import day_of, dotted
from entrepot.model.errors import EntrepotError
from entrepot.model.literals import not_a_date
from entrepot.model.sources import TRUST
from entrepot.web.pages import (
    form_fields,
    goods_choice,
    pack_words,
    rate_history,
    sale_form,
    schedule_tree,
    transfer_rules,
)
from entrepot.web.pages.citations import layer_texts, period, source_entry

#: Goods found, and rows or changes, that one page shows at most; the API has all.
MAX_HITS, MAX_ROWS = 40, 150
#: The parts of a page of law: those of `law_text`, and after the taxes those of other members of a union.
PARTS = {
    name: title
    for part in law_text.PARTS.items()
    for name, title in (part, *([("elsewhere", N_("Taxes of the other members"))] if part[0] == "taxes" else []))
}
#: The parts that a page shows folded: the rates and the taxes of the economy stand open.
FOLDED_PARTS = frozenset({"elsewhere", "lists", "reliefs", "conditions", "permits"})


@dataclass(slots=True)
class LawQuery:
    """The requested law: of an economy on a day. `fault`: the message if the day is not valid."""

    economy: str
    on: dt.date
    law: Law
    fault: str = ""

    def shown(self) -> dict[str, Any]:
        """The part of the template context that all pages of a law share."""
        law = self.law
        period_text = _("unchanged from {since} until {until}") if law.until else _("unchanged since {since}")
        return {
            "economy": self.economy,
            "invented": self.economy == form_fields.EXAMPLE_ECONOMY,
            "place": translate.place(self.economy),
            "title": translate.place_of_law(law.title),
            "on": self.on.isoformat(),
            "day_fault": self.fault,
            "law": law,
            "spell": period_text.format(since=translate.day(law.since), until=translate.day(law.until)),
            "layers": layer_texts(law.layers, law.title),
        }


@require_safe
def economies(request: HttpRequest, language: str) -> HttpResponse:
    """The economies that have law in the packs; the members of a union with one law in a group."""
    of_pack: dict[str, list[tuple[str, str]]] = {}
    known = app.library().world.economies
    for code, name in form_fields.economy_choices(sale_form.destinations()):
        of_pack.setdefault(known[code][2], []).append((code, name))
    unions = [
        {"title": translate.place(pack.upper()), "members": members}
        for pack, members in of_pack.items()
        if len(members) > 1
    ]
    single = [members[0] for members in of_pack.values() if len(members) == 1]
    context = {"economies": single, "unions": unions, "invented": form_fields.EXAMPLE_ECONOMY}
    return render(request, "law/economies.html", context)


@require_safe
def schedule(request: HttpRequest, language: str, economy: str) -> HttpResponse:
    """The tariff schedule of an economy: its chapters, or the goods found by a search."""
    query = _law_query(request, economy)
    words = request.GET.get("q", "").strip()[:200]
    if code := sale_form.code_of(words):
        return HttpResponseRedirect(f"/{language}/law/{query.economy}/{code}{_day_query(request)}")
    world = app.library().world
    context = query.shown() | {"words": words}
    if words:
        found = app.goods(words, query.economy, language, MAX_HITS, on=query.on)
        context |= {"hits": found.data, "corrected": goods_choice.corrected_text(found)}
    else:
        context["entries"] = schedule_tree.children(query.law, world, "")
        services = [(name, pack_text(title)) for name, title in world.services.items()]
        context["services"] = sorted(services, key=lambda each: each[1])
    return render(request, "law/schedule.html", context)


@require_safe
def code(request: HttpRequest, language: str, economy: str, code: str) -> HttpResponse:
    """The codes under a chapter or a heading; for a line, every row in force and the history of its rates."""
    query, world = _law_query(request, economy), app.library().world
    digits = sale_form.code_of(code)
    if not digits and code not in world.services:
        raise Http404
    if digits and digits != code:
        return HttpResponseRedirect(f"/{language}/law/{query.economy}/{digits}{_day_query(request)}")
    law = query.law
    name = schedule_tree.code_name(law, world, digits) if digits else pack_text(world.services[code])
    local = local_name_before(digits, name, language) if digits else ""
    context = query.shown() | {"code": code, "dotted": dotted(code), "name": name, "local": local}
    if digits:
        context["above"] = schedule_tree.ancestors(law, world, digits)
        context["entries"] = schedule_tree.children(law, world, digits)
        context["outside"] = not context["entries"] and law.row_of(digits) < 0 and digits[:6] not in world.headings
    if len(code) >= 6:
        rows = list(lookup.rows_of(law, digits, "" if digits else code))
        context["parts"], context["sources"] = _parts(law, query.economy, rows)
        context["more"] = max(len(rows) - MAX_ROWS, 0)
    lines = law.lines_under(digits) if digits else []
    if len(digits) >= 6 and len(lines) < 2:  # of several lines each has its own page
        pack = app.library().pack_with_layers(law.pack, query.on)
        context["histories"] = rate_history.rate_histories(pack, law, lines[0] if lines else digits, query.on)
    return render(request, "law/code.html", context)


def _parts(law: Law, economy: str, rows: list[lookup.LawRow]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows in force by their part, and their sources, each once."""
    sources: dict[str, dict[str, Any]] = {}
    by_part: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(rows[:MAX_ROWS], key=_normal_rates_first):
        basis = each.basis
        for cite in basis.cites:
            sources.setdefault(cite, source_entry(len(sources) + 1, law.sources[cite]))
        row = {
            "name": law_text.name(each),
            "says": law_text.says(each),
            "dates": period(basis.since, basis.until),
            "trust": TRUST[basis.trust],
            "where": basis.where,
            "sources": [sources[cite] for cite in basis.cites],
        }
        place = each.name.values.get("place", "")
        elsewhere = place in law.economies and place != economy
        by_part.setdefault("elsewhere" if elsewhere else each.part, []).append(row)
    parts = [
        {"id": id_, "title": _(title), "rows": by_part[id_], "folded": id_ in FOLDED_PARTS}
        for id_, title in PARTS.items()
        if id_ in by_part
    ]
    return parts, list(sources.values())


def _normal_rates_first(row: lookup.LawRow) -> tuple[str, int]:
    """The order of the rows of a part: by tariff line, and for each the MFN rate before the preferences."""
    if row.part != "tariff":
        return "", 0
    return row.name.values.get("line", ""), rate_history.treatment_order(row.name.values["column"])


@require_safe
def transfers(request: HttpRequest, language: str, economy: str) -> HttpResponse:
    """The rules of an economy on personal data that leave, and a decision for one transfer where it is asked for."""
    query = _law_query(request, economy)
    return render(request, "law/transfers.html", query.shown() | transfer_rules.context(request, query.law, query.on))


@require_safe
def difference(request: HttpRequest, language: str, economy: str) -> HttpResponse:
    """The rows of law of an economy that begin, end or change between two days."""
    query = _law_query(request, economy)
    since, since_fault = _day(request.GET.get("from"), _first_of_year(query.on))
    until, until_fault = _day(request.GET.get("to"), query.on)
    words = request.GET.get("code", "").strip()[:40]
    goods = sale_form.code_of(words) or (f"service:{words}" if words in app.library().world.services else "")
    faults = [each for each in (since_fault, until_fault) if each]
    if not faults and since >= until:
        faults = [_("The first date must be the earlier one.")]
    if words and not goods:
        faults.append(_("A code has 2 to 10 digits."))
    context = query.shown() | {"since": since.isoformat(), "until": until.isoformat(), "words": words, "faults": faults}
    if not faults:
        pack = app.library().pack(query.law.pack)
        rows = list(history.changes_between(pack, since, until, goods))
        context |= {"groups": _groups(rows, pack), "many": len(rows)}
    return render(request, "law/difference.html", context)


def _groups(rows: list[dict[str, Any]], pack: Pack) -> list[dict[str, Any]]:
    """The changes by their kind, at most MAX_ROWS of each."""
    groups, names = [], pack_words.names_of_rows(pack)
    for kind, title in law_text.CHANGES.items():
        changes = [each for each in rows if each["change"] == kind]
        if changes:
            shown = [
                {
                    **each,
                    "says": law_text.change(each),
                    "table": pack_words.table_name(each["table"]),
                    "key": pack_words.key_text(each["key"], pack, names.get(each["row"], "")),
                }
                for each in changes[:MAX_ROWS]
            ]
            groups.append(
                {
                    "kind": kind,
                    "title": _(title),
                    "many": len(changes),
                    "rows": shown,
                    "more": len(changes) - len(shown),
                }
            )
    return groups


def _law_query(request: HttpRequest, economy: str) -> LawQuery:
    """The law of an economy on the day in the address; uses the words of its pack. Raises Http404."""
    code = economy.upper()
    if not re.fullmatch("[A-Z]{2}", code) or code not in sale_form.destinations():
        raise Http404
    on, fault = _day(request.GET.get("on"), sale_form.today())
    try:
        law = app.library().law(code, on)
    except EntrepotError as error:
        on, fault = sale_form.today(), translate.error_text(error)
        law = app.library().law(code, on)
    translate.use_law(law)
    return LawQuery(code, on, law, fault)


def _day(text: str | None, otherwise: dt.date) -> tuple[dt.date, str]:
    if not text:
        return otherwise, ""
    day = day_of(text.strip())
    return (day, "") if day is not None else (otherwise, not_a_date(text.strip()).said(_))


def _first_of_year(day: dt.date) -> dt.date:
    """The beginning of the year of a day; of the first of January, that of the year before.

    >>> [str(_first_of_year(dt.date(2026, *each))) for each in ((1, 1), (1, 2), (12, 31))]
    ['2025-01-01', '2026-01-01', '2026-01-01']
    """
    return dt.date(max(day.year - ((day.month, day.day) == (1, 1)), dt.MINYEAR), 1, 1)


def _day_query(request: HttpRequest) -> str:
    query = sale_form.query_string({"on": request.GET.get("on", "")})
    return f"?{query}" if query else ""


urlpatterns: list[URLPattern] = [
    path("law/", economies),
    path("law/<str:economy>/", schedule),
    path("law/<str:economy>/diff", difference),
    path("law/<str:economy>/transfers", transfers),
    path("law/<str:economy>/<str:code>", code),
]
