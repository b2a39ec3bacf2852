"""The offers of an organization: the list, and the upload of a file with offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError
from entrepot.store import background
from entrepot.trade.ports import NotFound
from entrepot.trade_app import offer_jobs
from entrepot.web.http.actors import Actor, require_role
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
    rows = [
        {
            "offer": each,
            "title": words.title(each.titles),
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
        "may_sell": "clerk" in actor.roles and actor.kind == "seller",
    }
    return render(request, "trade/offers.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor, notes: list[Note]) -> HttpResponseBase | None:
    """Upload a file, or change the price, the stock or the status of an offer. Raises EntrepotError and NotFound."""
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
    return {"busy": job.status in ("ready", "running"), "failed": job.status == "failed", **(job.result or {})}
