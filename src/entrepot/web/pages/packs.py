"""The pages of packs and schedules: their age, trust, sources and limits; administrators add and remove schedules."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot import app
from entrepot.language import law_text, translate
from entrepot.language.translate import _, label, number, pack_text, plural
from entrepot.law import inventory
from entrepot.law.inventory import PackSummary
from entrepot.model.sources import PACK_TRUST
from entrepot.schedules import formats
from entrepot.web.http.actors import is_operator
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages import form_fields, pack_words, sale_form, schedules


@require_http_methods(["GET", "HEAD", "POST"])
def packs(request: HttpRequest, language: str) -> HttpResponse:
    """All packs and all schedules; an administrator can add a schedule."""
    done: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        if not is_operator(request):
            return _forbidden(request)
        try:
            done["added"] = schedules.add_schedule(request, sale_form.today())
        except schedules.NotInstalled as error:
            done["refused"] = error
            status = 422
    library = app.library()
    counts = sorted((_pack_counts(library.folder / name) for name in library.ids()), key=partial(_order, language))
    context = {
        "packs": [_row(pack) for pack in counts],
        "summary": _summary(counts),
        "schedules": schedules.installed_schedules(sale_form.today()),
        "choices": [(pack.id, _title(pack)) for pack in counts],
        "formats": [(name, schedules.format_name(name)) for name in formats.installed_formats().formats],
        "given": request.POST if status == 422 else {},
        "operator": is_operator(request),
        **done,
    }
    return render(request, "packs.html", context, status=status)


@lru_cache(maxsize=64)
def _cached_counts(path: Path, _stamp: int) -> PackSummary:
    return inventory.summarize(path)


def _pack_counts(path: Path) -> PackSummary:
    """The counts of a pack; counted again if one of its files has changed."""
    return _cached_counts(path, max((file.stat().st_mtime_ns for file in path.iterdir()), default=0))


def _is_invented(pack: PackSummary) -> bool:
    return form_fields.EXAMPLE_ECONOMY in pack.head.get("economies", [])


def _order(language: str, pack: PackSummary) -> tuple[bool, str]:
    """Packs are listed by name; the invented place is the last."""
    return _is_invented(pack), form_fields.name_key(_title(pack), str(pack.head.get("title", pack.id)), language)


def _row(pack: PackSummary) -> dict[str, Any]:
    total = sum(pack.trust[name] for name in PACK_TRUST) or 1
    read_on = str(pack.head.get("read_on", ""))
    try:
        age = schedules.age_text(dt.date.fromisoformat(read_on), sale_form.today())
    except ValueError:
        age = ""
    return {
        "id": pack.id,
        "title": f"{_title(pack)} ({_('invented')})" if _is_invented(pack) else _title(pack),
        "lines": pack.lines,
        "rows": pack.rows,
        "cases": pack.cases,
        "trust": [(name, f"{share}\xa0%") for name in PACK_TRUST if (share := round(100 * pack.trust[name] / total))],
        "read_on": read_on,
        "age": age,
        "fault": pack.fault,
    }


def _title(pack: PackSummary) -> str:
    """The name of a pack's place; a union of several economies has a code with a name in each language."""
    economies = [str(each) for each in pack.head.get("economies", [])]
    code = economies[0] if len(economies) == 1 else pack.id.upper()
    name = translate.place(code)
    return name if name != code else pack_text(str(pack.head.get("title", pack.id)))


def _summary(counts: list[PackSummary]) -> str:
    # As on the page about this node: a customs union is one, and the invented place is none.
    economies = sum(not _is_invented(pack) for pack in counts)
    parts = [
        plural(len(counts), "{n} pack", "{n} packs"),
        plural(economies, "{n} economy", "{n} economies"),
        plural(sum(pack.rows for pack in counts), "{n} row of law", "{n} rows of law"),
        plural(sum(pack.cases for pack in counts), "{n} worked example", "{n} worked examples"),
    ]
    return " · ".join(parts)


@require_safe
def pack(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """One pack: the authority, who read it and when, its contents and its known limits."""
    library = app.library()
    if name not in library.ids():
        raise Http404
    counts = _pack_counts(library.folder / name)
    head = counts.head
    read = None
    if not counts.fault:
        read = library.pack(name)
        if read.head:
            translate.use_words(read.head.language, read.words, read.head.title, read.head.economies)
    economies = [str(each) for each in head.get("economies", [])]
    facts = [
        (_("authority"), pack_text(str(head.get("authority", "—")))),
        (_("currency"), str(head.get("currency", "—"))),
        (_("last read"), f"{translate.day(str(head.get('read_on', '')))}, {head.get('read_by', '—')}"),
        (_("checked with"), pack_text(str(head.get("checked_with", "—")))),
        (_("rows of law"), pack_words.tables_text(counts.tables)),
        (_("trust"), ", ".join(f"{label(each)} {number(str(counts.trust[each]))}" for each in PACK_TRUST)),
        (
            _("complete lists"),
            pack_words.complete_text(counts.coverage, read) or "—",
        ),
        *law_text.range_facts(counts),
        (_("worked examples"), number(str(counts.cases))),
    ]
    context = {
        "id": name,
        "title": _title(counts),
        "facts": facts,
        "fault": counts.fault,
        "economies": [(code, translate.place(code)) for code in economies],
        "regimes": [pack_text(each) for each in counts.regimes],
        "limits": [pack_text(str(each)) for each in head.get("limits", [])],
        "schedules": schedules.installed_schedules(sale_form.today(), name),
        "there": f"/{language}/packs/",
        "operator": is_operator(request),
    }
    return render(request, "pack.html", context)


@require_POST
def remove(request: HttpRequest, language: str, name: str, schedule: str) -> HttpResponse:
    """Removes a schedule; for administrators only."""
    if not is_operator(request):
        return _forbidden(request)
    if not schedules.remove_schedule(name, schedule):
        raise Http404
    return HttpResponseRedirect(f"/{language}/packs/")


def _forbidden(request: HttpRequest) -> HttpResponse:
    return error_page(request, 403, _("Not allowed"), _("Only an administrator can add or remove schedules."))


urlpatterns: list[URLPattern] = [
    path("packs/", packs),
    path("packs/<slug:name>/", pack),
    path("packs/<slug:name>/<str:schedule>/remove", remove),
]
