"""The offers of an organization: the list, and the upload of a file with offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot import app
from entrepot.language import translate
from entrepot.language.translate import _, error_text
from entrepot.model.codes import dotted
from entrepot.model.errors import EntrepotError
from entrepot.store import background
from entrepot.store.pavilions import find_pavilion
from entrepot.store.people import organizations
from entrepot.trade.ports import NotFound
from entrepot.trade_app import offer_jobs
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages import form_fields
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import list_page
from entrepot.web.trade import calls
from entrepot.web.trade.show import show_offers

#: Offers of a page.
LISTED = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_offers(request: HttpRequest, language: str) -> HttpResponseBase:
    """The offers, the newest first, with a form to upload more."""
    actor = require_role(request, "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if actor.kind != "seller":
            raise Http404
        try:
            done = _act(request, actor, notes)
        except NotFound:
            raise Http404 from None
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            if done is not None:
                return done
    found, more = list_page(request, "of_", actor, LISTED)
    pavilions = _pavilions({each.presentation.pavilion for each in found})
    rows = [
        {
            "offer": each,
            "pavilion": pavilions.get(each.pavilion, each.pavilion),
            "title": words.title(each.titles),
            "what": dotted(each.hs_code) or words.service(each.service),
            "status": words.status(each.status),
            "look": words.look(each.status),
        }
        for each in show_offers(calls.books(), found, calls.decimals)
    ]
    context = {
        "rows": rows,
        "more": found[-1].id if more else "",
        "notes": notes,
        "job": _job(request, actor),
        **nav_context(request, actor),
        **_form(request, actor, found[0].prices.currency if found else ""),
        "may_sell": "clerk" in actor.roles and actor.kind == "seller",
    }
    return render(request, "trade/offers.html", context, status=422 if notes else 200)


def _pavilions(slugs: set[str]) -> dict[str, str]:
    """The titles of pavilions, by their addresses."""
    found = [row for slug in sorted(slugs) if slug and (row := find_pavilion(slug))]
    return {row.slug: translate.text_in_language(row.titles).says for row in found}


def _form(request: HttpRequest, actor: Actor, currency: str) -> dict[str, Any]:
    """The form of a new offer: from the country of the organization, in the currency of its newest offer."""
    row = organizations.find_organization(actor.organization)
    country = row.country if row is not None else ""
    first = {
        "country_of_origin": country,
        "ship_from": country,
        "currency": currency or form_fields.DEFAULT_CURRENCY[translate.current_language()],
    }
    adds = text_of(request, "action") == "add"
    return {
        "given": request.POST if adds else first,
        "economies": form_fields.economy_choices(),
        "currencies": sorted(app.library().world.decimals),
        "key": calls.new_key(),
    }


def _typed(request: HttpRequest) -> dict[str, Any]:
    """The offer that was typed, as the API takes it; the title is in the language of the page."""
    names = ("hs_code", "country_of_origin", "ship_from", "price", "currency", "shipping", "stock", "net_mass_kg")
    given = {name: value for name in names if (value := text_of(request, name, 30))}
    return {**given, "titles": {translate.current_language(): text_of(request, "title", 250)}}


def _act(request: HttpRequest, actor: Actor, notes: list[Note]) -> HttpResponseBase | None:
    """Add an offer, upload a file, or change the price, stock or status of an offer. Raises EntrepotError, NotFound."""
    if text_of(request, "action") == "add":
        made = calls.create_offer(actor.organization, _typed(request), text_of(request, "key", 60) or calls.new_key())
        return HttpResponseRedirect(address_of_page(f"offers/{made.id}/market/"))
    if text_of(request, "action") == "status":
        changes = {"status": text_of(request, "status")}
        calls.update_offer(actor.organization, text_of(request, "offer", 40), changes)
        return HttpResponseRedirect(address_of_page("offers/"))
    if text_of(request, "action") == "change":
        typed = {"price": text_of(request, "price", 20), "stock": text_of(request, "stock", 12)}
        given = {name: value for name, value in typed.items() if value}
        calls.update_offer(actor.organization, text_of(request, "offer", 40), given)
        return HttpResponseRedirect(address_of_page("offers/"))
    file = request.FILES.get("file")
    if file is None or not file.name:
        notes.append(Note(_("Choose a file: CSV or XLSX."), "bad"))
        return None
    if (file.size or 0) > offer_jobs.MAX_BYTES:
        notes.append(Note(_("The file is larger than 5 MB. Divide it."), "bad"))
        return None
    try:
        job = offer_jobs.start(actor.organization, file.name, file.chunks())
    except ValueError:
        notes.append(Note(_("Choose a file: CSV or XLSX."), "bad"))
        return None
    except offer_jobs.TooManyWaiting:
        says = _("{most} files of the organization wait for their import. Try again when one is done.")
        notes.append(Note(says.format(most=offer_jobs.MAX_WAITING), "bad"))
        return None
    return HttpResponseRedirect(address_of_page(f"offers/?job={job}"))


def _job(request: HttpRequest, actor: Actor) -> Mapping[str, Any] | None:
    """The import that the address names, as far as it has come."""
    number = request.GET.get("job", "")
    job = background.find_job(number) if len(number) == 36 else None
    if job is None or job.arguments.get("seller") != actor.organization:
        return None
    found = {"busy": job.status in ("ready", "running"), "failed": job.status == "failed", **(job.result or {})}
    return found | {"faults": faults_by_message(found.get("faults", ()))}


def faults_by_message(faults: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Each fault of a file once, with the rows that have it; without rows where it is of the whole file.

    >>> faults_by_message([{"row": 1, "message": "a"}, {"row": 2, "message": "b"}, {"row": 3, "message": "a"}])
    [{'message': 'a', 'rows': '1, 3'}, {'message': 'b', 'rows': '2'}]
    """
    rows: dict[str, list[str]] = {}
    for each in faults:
        rows.setdefault(each["message"], []).extend([str(each["row"])] if each["row"] else [])
    return [{"message": message, "rows": ", ".join(dict.fromkeys(found))} for message, found in rows.items()]
