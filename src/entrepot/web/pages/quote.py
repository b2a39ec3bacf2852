"""quote: the page of a sale: what is asked, what it costs by every lawful way in, and quotes that are kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from entrepot import app
from entrepot.language import translate
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import _
from entrepot.model import json
from entrepot.model.errors import EntrepotError, SaleError
from entrepot.model.quote import Quote
from entrepot.web.http.error_pages import error_page
from entrepot.web.http.errors import Refused
from entrepot.web.http.page_language import language_of
from entrepot.web.pages import form_fields, page_limit, pdf, quote_view, sale_form
from entrepot.web.process import metrics
from entrepot.web.quotes import stored_quotes

#: So many quotes a minute may be kept from one address by the button of the page, and so many be made a PDF: each takes
#: seconds of a processor.
KEPT_A_MINUTE, PRINTED_A_MINUTE = 30, 10
#: What the empty page offers to look at.
EXAMPLES = (
    {"from": "VN", "to": "CN", "what": "0901.21", "amount": "100", "currency": "CNY", "for": "consumer"},
    {"from": "TH", "to": "CN", "what": "0810.60", "amount": "20000", "currency": "CNY", "for": "business"},
    {"from": "CN", "to": "KH", "service": "telemedicine", "amount": "1200000", "currency": "KHR", "for": "consumer"},
)
#: So many goods are shown to choose from.
HITS = 12


def home(request: HttpRequest) -> HttpResponse:
    """`/` leads to the page in the reader's language."""
    answer = HttpResponseRedirect(f"/{language_of(request)}/")
    answer["Vary"] = "Accept-Language"
    return answer


@require_safe
def ask(request: HttpRequest, language: str) -> HttpResponse:
    """The form, and under it the answer where one was asked for."""
    if any(not value for values in dict(request.GET.lists()).values() for value in values):
        # What is empty makes an address long: the one that is shared says only what was said.
        said = [(name, value) for name, values in request.GET.lists() for value in values if value]
        query = QueryDict(mutable=True)
        for name, value in said:
            query.appendlist(name, value)
        if said:
            return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    form = sale_form.read(request.GET)
    shown: dict[str, Any] = {}
    if form.sale is not None:
        shown = _answer(form)
    shown |= {
        "form": form_fields.first(form),
        "more": (groups := form_fields.more(form)),
        "more_open": any(each.open for each in groups),
        "asserted": form_fields.asserted(form),
        "given": form.given,
        "faults": form.faults,
        "hits": _hits(form),
        "query": sale_form.address({**form.given, "asserted": form.asserted}),
    }
    if not form.given:
        shown["examples"] = [("?" + sale_form.address(each), _example(each)) for each in EXAMPLES]
    return render(request, "quote.html", shown)


def _example(query: dict[str, str]) -> str:
    places = " → ".join(translate.place(query[end]) for end in ("from", "to"))
    world = app.library().world
    what = query.get("what", "")
    named = (
        world.headings.get(sale_form.code_of(what)[:4], "")
        if what
        else translate.of_pack(world.services[query["service"]])
    )
    return f"{places} · {f'{what} {named}'.strip()} · {translate.money(query['amount'], query['currency'])}"


def _answer(form: sale_form.Asked) -> dict[str, Any]:
    """The answer to a sale, told; a fault of the sale goes to its field."""
    assert form.sale is not None  # noqa: S101  # for mypy: the caller has looked
    try:
        quote, law = app.quote_by(form.sale)
    except SaleError as error:
        form.faults[sale_form.field_of(error.param) or "what"] = translate.told(error)
        return {}
    except EntrepotError as error:
        form.faults["to"] = translate.told(error)
        return {}
    metrics.record_quote(quote.assessment.outcome)
    return quote_view.told(quote, form.sale, law, app.library().world, linked=True)


def _hits(form: sale_form.Asked) -> dict[str, Any] | None:
    """The goods that words or a short code find, each with the address that chooses it."""
    if not form.searched:
        return None
    there = form.given.get("to", "").upper()
    economy = there if there in sale_form.destinations() else None
    found = app.goods(form.searched, economy, translate.spoken(), HITS)
    rest = {**form.given, "asserted": form.asserted}
    named = _(", ").join(LANGUAGES[each] for each in found.languages if each in LANGUAGES)
    return {
        "rows": [(hit, "?" + sale_form.address({**rest, "what": hit.dotted})) for hit in found.data],
        "named": _("The goods have names here in: {languages}.").format(languages=named) if named else "",
    }


@require_POST
def keep(request: HttpRequest, language: str) -> HttpResponseBase:
    """Keeps the quote that the address after `query` asks for, and leads to it."""
    form = sale_form.read(QueryDict(request.POST.get("query", "")[:4000]))
    back = "?" + sale_form.address({**form.given, "asserted": form.asserted})
    if form.sale is None:
        return HttpResponseRedirect(f"/{language}/{back}")
    try:
        page_limit.count(request, "page", KEPT_A_MINUTE)
        with transaction.atomic():
            body, outcome = stored_quotes.create_quote(form.sale, None)
    except Refused as refused:
        return page_limit.too_many(request, refused)
    except EntrepotError:
        return HttpResponseRedirect(f"/{language}/{back}")  # the page says at which field
    metrics.record_quote(outcome)
    return HttpResponseRedirect(f"/{language}/quotes/{json.decode(body)['id']}")


@require_safe
def read(request: HttpRequest, language: str, number: str) -> HttpResponse:
    """A quote that was kept, as it was given."""
    shown = _kept(request, number)
    return shown if isinstance(shown, HttpResponse) else render(request, "kept.html", shown)


@require_safe
def as_pdf(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The same as a PDF, where that can be made here."""
    shown = _kept(request, number)
    if isinstance(shown, HttpResponse):
        return shown
    try:
        page_limit.count(request, "pdf", PRINTED_A_MINUTE)
        body = pdf.pdf(request, "kept.html", {**shown, "printed": True})
    except Refused as refused:
        return page_limit.too_many(request, refused)
    except pdf.Lacking as lacking:
        return error_page(request, 501, _("No PDF can be made here"), str(lacking))
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return answer


def _kept(request: HttpRequest, number: str) -> dict[str, Any] | HttpResponse:
    """What the page of a kept quote shows; or the page that says why there is none."""
    try:
        row = stored_quotes.find_quote(number)
    except stored_quotes.QuoteExpired:
        return error_page(request, 410, _("This quote has expired"), _("Ask again: the law may be another by now."))
    if row is None:
        raise Http404
    sale: dict[str, Any] = json.decode(bytes(row.request))
    quote = Quote.from_json(stored_quotes.stored_json(row))
    query = sale_form.query_of(sale)
    try:
        house = app.library()
        law = house.law(sale["ship_to"]["country"], dt.date.fromisoformat(quote.law.date))
        told = quote_view.told(quote, sale, law, house.world, linked=False)
    except EntrepotError as error:  # the pack that names its goods and sources is here no longer
        return error_page(request, 409, _("This quote cannot be shown"), translate.told(error))
    return told | {
        "row": row,
        "created": row.created.date().isoformat(),
        "expires": row.expires.date().isoformat(),
        # Asked again it is the law of today that answers.
        "again": sale_form.address({**query, "on": ""}) if query else "",
    }


urlpatterns: list[URLPattern] = [
    path("", ask),
    path("quotes/", keep),
    path("quotes/<str:number>.pdf", as_pdf),
    path("quotes/<str:number>", read),
]
