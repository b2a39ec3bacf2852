"""The page on which a seller chooses how the market shows an offer: its pavilion, its texts and its pictures."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError
from entrepot.store import market_index, pavilions
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade.presenting import MAX_DESCRIPTION, MAX_PICTURES
from entrepot.trade_app import market as market_app
from entrepot.trade_app import pictures
from entrepot.web.http.actors import require_role
from entrepot.web.http.errors import Refused
from entrepot.web.pages.market import cards
from entrepot.web.pages.page_limit import count_action, too_many_page
from entrepot.web.pages.people.form_page import Note, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.trade import calls

#: Pictures that an address can upload in a minute: each takes a part of a second of a processor.
UPLOADED_A_MINUTE = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def present(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The form of one offer."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    try:
        offer: Offer = calls.find(number, "of_", actor.organization)
        if request.method == "POST":
            _act(request, actor.organization, offer, notes)
    except NotFound:
        raise Http404 from None
    except Refused as refused:
        return too_many_page(request, refused)
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
    if request.method == "POST" and not notes:
        return HttpResponseRedirect(request.path)
    offer = calls.find(number, "of_", actor.organization)
    context = {**_context(request, offer), "notes": notes, **nav_context(request, actor)}
    return render(request, "market/present.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, organization: str, offer: Offer, notes: list[Note]) -> None:
    """Do what a form of the page asks for. Raises EntrepotError, Refused and NotFound."""
    action, picture = text_of(request, "action"), text_of(request, "picture", 64)
    if action == "texts":
        texts = {code: request.POST.get(f"text-{code}", "").replace("\0", "") for code in LANGUAGES}
        kept = {code: text for code, text in offer.presentation.descriptions.items() if code not in LANGUAGES}
        market_app.present(
            organization, offer.id, pavilion=text_of(request, "pavilion", 40), descriptions={**kept, **texts}
        )
    elif action == "upload":
        _upload(request, organization, offer, notes)
    elif action == "first":
        market_app.put_picture_first(organization, offer.id, picture)
    elif action == "remove" and any(each.id == picture for each in offer.presentation.pictures):
        market_app.remove_picture(organization, offer.id, picture)
    else:
        raise Http404


def _upload(request: HttpRequest, organization: str, offer: Offer, notes: list[Note]) -> None:
    files = request.FILES.getlist("file")[: MAX_PICTURES + 1]
    if not files:
        notes.append(Note(_("Choose a picture: JPEG, PNG or WebP."), "bad"))
        return
    if any((each.size or 0) > pictures.MAX_BYTES for each in files):  # before anything of it is read
        says = _("The picture is larger than {most} MB. Make it smaller.")
        notes.append(Note(says.format(most=pictures.MAX_BYTES // 10**6), "bad"))
        return
    for _each in files:
        count_action(request, "pictures", UPLOADED_A_MINUTE)
    market_app.add_pictures(organization, offer.id, [each.read() for each in files])


def _context(request: HttpRequest, offer: Offer) -> dict[str, Any]:
    shown, sent = offer.presentation, request.POST
    choices = [
        (
            each.slug,
            translate.text_in_language(each.titles).says + ("" if each.published else f" ({_('not in the market')})"),
        )
        for each in pavilions.list_pavilions(published=False)
        if not each.peer and (each.published or each.slug == shown.pavilion)
        if not each.economy or each.economy in (offer.goods.ship_from, offer.goods.country_of_origin)
    ]
    return {
        "offer": offer,
        "title": translate.text_in_language(offer.goods.titles),
        "choices": choices,
        "pavilion": sent.get("pavilion", shown.pavilion),
        "texts": [
            (code, name, sent.get(f"text-{code}", shown.descriptions.get(code, ""))) for code, name in LANGUAGES.items()
        ],
        "most_text": MAX_DESCRIPTION,
        "pictures": [cards.picture(each) for each in shown.pictures],
        "most_pictures": MAX_PICTURES,
        "most_megabytes": pictures.MAX_BYTES // 10**6,
        "in_market": market_index.is_shown(offer) and any(slug == shown.pavilion for slug, _name in choices),
    }
