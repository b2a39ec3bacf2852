"""Pavilions, for those who present them: the operator of the platform makes one, its organization fills it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.store import market_index, pavilions
from entrepot.store.market_index import Wanted
from entrepot.store.pavilions import MAX_TITLE, PavilionRow
from entrepot.store.people import organizations
from entrepot.trade.ports import NotFound
from entrepot.trade.presenting import MAX_DESCRIPTION, read_texts
from entrepot.trade_app import market as market_app
from entrepot.web.http.actors import OPERATOR, Actor, require_operator, require_role
from entrepot.web.pages import form_fields
from entrepot.web.pages.market import cards
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context

#: Offers of a page of a list of a pavilion, and organizations that are proposed for a new one.
LISTED, PROPOSED = 100, 200


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_all(request: HttpRequest, language: str) -> HttpResponseBase:
    """All pavilions, with a form to create one: for the operator of the platform."""
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        done = _create(request, language, notes)
        if done is not None:
            return done
    counts = market_index.count_by_pavilion()
    rows = [
        {**cards.pavilion(each, counts.get(each.slug, 0)), "published": each.published}
        for each in pavilions.list_pavilions(published=False)
    ]
    context = {
        "rows": rows,
        "notes": notes,
        "given": request.POST,
        "economies": form_fields.economy_choices(),
        "organizations": organizations.list_names(PROPOSED),
        **nav_context(request, actor),
    }
    return render(request, "market/pavilions.html", context, status=422 if notes else 200)


def _create(request: HttpRequest, language: str, notes: list[Note]) -> HttpResponseBase | None:
    slug, title = text_of(request, "slug", 60), text_of(request, "title")
    economy, operator = text_of(request, "economy", 2), _presenter(text_of(request, "operator"))
    try:
        titles = read_texts("titles", {language: title}, MAX_TITLE)
        if not titles:
            raise ValueError
        row = pavilions.create_pavilion(slug, economy, titles, operator, dt.datetime.now(dt.UTC))
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
    except pavilions.SlugTaken:
        notes.append(Note(_("Another pavilion has this address."), "bad"))
    except LookupError:
        notes.append(Note(_("There is no organization {id}.").format(id=operator), "bad"))
    except ValueError:
        says = _("Give a title, and an address of 1 to 40 letters a to z, digits and hyphens, such as viet-nam.")
        notes.append(Note(says, "bad"))
    else:
        return HttpResponseRedirect(address_of_page(f"pavilions/{row.slug}/"))
    return None


def _presenter(text: str) -> str:
    """The id of the only organization with this name; otherwise the text, which is an id."""
    named = organizations.find_by_name(text)
    return named[0] if len(named) == 1 else text


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, language: str, slug: str) -> HttpResponseBase:
    """What a pavilion shows: for the organization that presents it, and the operator of the platform."""
    actor = require_role(request, "manager" if request.method == "POST" else "viewer")
    row = pavilions.find_pavilion(slug)
    if row is None or not _may_edit(request, actor, row):
        raise Http404
    notes: list[Note] = []
    if request.method == "POST":
        try:
            _change(request, row)
        except NotFound:
            raise Http404 from None
        except TradeError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            return HttpResponseRedirect(request.path)
    return render(
        request,
        "market/pavilion_edit.html",
        {**_context(request, row), "notes": notes, **nav_context(request, actor)},
        status=422 if notes else 200,
    )


def _may_edit(request: HttpRequest, actor: Actor, row: PavilionRow) -> bool:
    return actor.organization == row.operator or (actor.kind == OPERATOR and require_operator(request) is not None)


def _change(request: HttpRequest, row: PavilionRow) -> None:
    action, offer = text_of(request, "action"), text_of(request, "offer", 60)
    if action == "texts":
        titles = read_texts("titles", {code: text_of(request, f"title-{code}") for code in LANGUAGES}, MAX_TITLE)
        texts = read_texts(
            "texts", {code: request.POST.get(f"text-{code}", "").replace("\0", "") for code in LANGUAGES}
        )
        if row.peer:  # what another node shows is its own; whether it is shown here is not
            titles, texts = dict(row.titles), dict(row.texts)
        if not titles:
            raise TradeError("field_missing", "The field {field} is missing.", "titles", field="titles")
        published = text_of(request, "published") == "yes"
        pavilions.change_pavilion(row.slug, titles=titles, texts=texts, published=published)
    elif action == "take-out":
        market_app.take_out(row.operator, offer)
    elif action == "admit":
        pavilions.admit_again(row.slug, offer)
    else:
        raise Http404


def _context(request: HttpRequest, row: PavilionRow) -> dict[str, Any]:
    sent, now = request.POST, dt.datetime.now(dt.UTC)
    after, before = (request.GET.get(name, "")[:60] for name in ("after", "closed_after"))
    page = market_app.search(Wanted(pavilion=row.slug), None, now, after=after, limit=LISTED) if row.published else None
    closed = pavilions.list_closed(row.slug, before=before, limit=LISTED + 1)
    return {
        "pavilion": cards.pavilion(row, page.total if page else 0),
        "published": row.published,
        "languages": [
            (
                code,
                name,
                sent.get(f"title-{code}", row.titles.get(code, "")),
                sent.get(f"text-{code}", row.texts.get(code, "")),
            )
            for code, name in LANGUAGES.items()
        ],
        "most_title": MAX_TITLE,
        "most_text": MAX_DESCRIPTION,
        "rows": [cards.card(each) for each in page.offers] if page else [],
        "next": page.next if page else "",
        "closed_to": [cards.card(each) for each in market_app.show_many(closed[:LISTED], None, now)],
        "next_closed": closed[LISTED - 1] if len(closed) > LISTED else "",
    }
