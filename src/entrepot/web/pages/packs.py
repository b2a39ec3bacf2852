"""packs: the page that says which law there is: how old, how far it can be trusted, from where; and kept schedules."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot import app
from entrepot.language import translate
from entrepot.language.translate import _, label, number, of_pack, plural
from entrepot.law import inventory
from entrepot.law.inventory import PackSummary
from entrepot.model.sources import TRUST
from entrepot.schedules import formats
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages import form_fields, schedules


@require_http_methods(["GET", "HEAD", "POST"])
def packs(request: HttpRequest, language: str) -> HttpResponse:
    """All packs and all schedules; an administrator adds a schedule here."""
    done: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        if not getattr(request.user, "is_staff", False):
            return _refused(request)
        try:
            done["added"] = schedules.added(request, form_fields.today())
        except schedules.NotKept as error:
            done["refused"] = error
            status = 422
    house = app.library()
    counted = [_counted(house.folder / name) for name in house.ids()]
    about = {
        "packs": [_row(pack) for pack in counted],
        "summary": _summary(counted),
        "schedules": schedules.kept(form_fields.today()),
        "choices": [(pack.id, _title(pack)) for pack in counted],
        "formats": [(name, schedules.format_name(name)) for name in formats.known().formats],
        "given": request.POST if status == 422 else {},
        **done,
    }
    return render(request, "packs.html", about, status=status)


@lru_cache(maxsize=64)
def _counts(path: Path, _stamp: int) -> PackSummary:
    return inventory.summarize(path)


def _counted(path: Path) -> PackSummary:
    """A pack as it is counted; counted again where a file of it has changed."""
    return _counts(path, max((file.stat().st_mtime_ns for file in path.iterdir()), default=0))


def _row(pack: PackSummary) -> dict[str, Any]:
    whole = sum(pack.trust[name] for name in TRUST) or 1
    read_on = str(pack.head.get("read_on", ""))
    try:
        age = schedules.aged(dt.date.fromisoformat(read_on), form_fields.today())
    except ValueError:
        age = ""
    return {
        "id": pack.id,
        "title": _title(pack),
        "lines": pack.lines,
        "rows": pack.rows,
        "cases": pack.cases,
        "trust": [(name, f"{share}\xa0%") for name in TRUST if (share := round(100 * pack.trust[name] / whole))],
        "read_on": read_on,
        "age": age,
        "fault": pack.fault,
    }


def _title(pack: PackSummary) -> str:
    """What a pack's place is called; a union of several economies by its own code, which each language names."""
    economies = [str(each) for each in pack.head.get("economies", [])]
    code = economies[0] if len(economies) == 1 else pack.id.upper()
    named = translate.place(code)
    return named if named != code else of_pack(str(pack.head.get("title", pack.id)))


def _summary(counted: list[PackSummary]) -> str:
    economies = sum(len(pack.head.get("economies", [])) for pack in counted)
    said = [
        plural(len(counted), "{n} pack", "{n} packs"),
        plural(economies, "{n} economy", "{n} economies"),
        plural(sum(pack.rows for pack in counted), "{n} row of law", "{n} rows of law"),
        plural(sum(pack.cases for pack in counted), "{n} worked case", "{n} worked cases"),
    ]
    return " · ".join(said)


@require_safe
def pack(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """One pack: who made the law, who read it and when, what it holds, and what it is known not to say."""
    house = app.library()
    if name not in house.ids():
        raise Http404
    counted = _counted(house.folder / name)
    head = counted.head
    if not counted.fault:
        read = house.pack(name)
        if read.head:
            translate.use_words(read.head.language, read.words, read.head.title, read.head.economies)
    economies = [str(each) for each in head.get("economies", [])]
    facts = [
        (_("authority"), of_pack(str(head.get("authority", "—")))),
        (_("currency"), str(head.get("currency", "—"))),
        (_("read"), f"{translate.day(str(head.get('read_on', '')))}, {head.get('read_by', '—')}"),
        (_("checked with"), of_pack(str(head.get("checked_with", "—")))),
        (_("rows"), ", ".join(f"{each} {number(str(rows))}" for each, rows in counted.tables.items())),
        (_("trust"), ", ".join(f"{label(each)} {number(str(counted.trust[each]))}" for each in TRUST)),
        (_("complete"), ", ".join(each for each, word in counted.coverage.items() if word == "complete") or "—"),
        (_("worked cases"), number(str(counted.cases))),
    ]
    about = {
        "id": name,
        "title": _title(counted),
        "facts": facts,
        "fault": counted.fault,
        "economies": [(code, translate.place(code)) for code in economies],
        "regimes": [of_pack(each) for each in counted.regimes],
        "limits": [of_pack(str(each)) for each in head.get("limits", [])],
        "schedules": schedules.kept(form_fields.today(), name),
        "there": f"/{language}/packs/",
    }
    return render(request, "pack.html", about)


@require_POST
def remove(request: HttpRequest, language: str, name: str, schedule: str) -> HttpResponse:
    """An administrator takes a schedule away."""
    if not getattr(request.user, "is_staff", False):
        return _refused(request)
    if not schedules.removed(name, schedule):
        raise Http404
    return HttpResponseRedirect(f"/{language}/packs/")


def _refused(request: HttpRequest) -> HttpResponse:
    return error_page(request, 403, _("Not allowed"), _("Only an administrator adds schedules or takes them away."))


urlpatterns: list[URLPattern] = [
    path("packs/", packs),
    path("packs/<slug:name>/", pack),
    path("packs/<slug:name>/<str:schedule>/remove", remove),
]
