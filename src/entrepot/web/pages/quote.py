"""The pages of quotes: the form of a sale with its quote below, and stored quotes as a page or a PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from entrepot import app, stored_quotes
from entrepot.goods.everyday_names import local_name
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.law.compiled import Law
from entrepot.model import json
from entrepot.model.codes import dotted
from entrepot.model.errors import EntrepotError, SaleError
from entrepot.model.quote import Quote
from entrepot.web.http.error_pages import error_page
from entrepot.web.http.errors import Refused
from entrepot.web.http.page_language import language_of
from entrepot.web.pages import (
    corrections,
    form_fields,
    goods_choice,
    open_points,
    page_limit,
    pdf,
    quote_view,
    sale_form,
)
from entrepot.web.process import metrics

#: Quotes that one address may store by the button of the page, and PDFs that it may request, a minute: a PDF takes
#: seconds of a processor.
QUOTES_PER_MINUTE, PDFS_PER_MINUTE = 30, 10
#: Examples on the empty page.
EXAMPLES = (
    {"from": "VN", "to": "CN", "what": "0901.21", "amount": "100", "currency": "CNY", "for": "consumer"},
    {"from": "TH", "to": "CN", "what": "0810.60", "amount": "20000", "currency": "CNY", "for": "business"},
    {"from": "CN", "to": "KH", "service": "telemedicine", "amount": "1200000", "currency": "KHR", "for": "consumer"},
)


def home(request: HttpRequest) -> HttpResponse:
    """Redirects `/` to the page in the language of the browser."""
    response = HttpResponseRedirect(f"/{language_of(request)}/")
    response["Vary"] = "Accept-Language"
    return response


@require_safe
def quote_form_page(request: HttpRequest, language: str) -> HttpResponse:
    """The form of a sale, and below it the quote if the form is filled in."""
    if (short := _short_query(request.GET)) is not None:
        return HttpResponseRedirect(f"{request.path}?{short}")
    form = sale_form.parse(request.GET)
    if form.only_searched:
        form.faults.clear()
    kept = corrections.corrections_of(request, form.searched) if form.searched else {}
    code = goods_choice.take_sure_code(form, kept)
    found = _assess(form) if form.sale is not None else None
    main, fields = form_fields.main_fields(form), form_fields.other_fields(form)
    context: dict[str, Any] = {}
    beside: set[str] = set()
    if form.sale is not None and found is not None:
        context = quote_view.page_context(*found, form.sale, app.library().world, main | fields)
        beside = open_points.beside(context["points"])
        # Without an answer, the form is unfolded if one of its own fields is what is missing.
        context["form_open"] = not context["head"]["total"] and any(
            point["above"] for point in context["points"]["fields"]
        )
    groups = form_fields.other_groups(form, fields, beside)
    query = {**form.given, "asserted": form.asserted}
    context |= {
        "form": main,
        "more": groups,
        "more_open": any(each.open for each in groups),
        "service": "service" in form.given or form.given.get("sold") == "service",
        "asserted": form_fields.asserted_conditions(form),
        "given": {} if form.only_searched else form.given,
        "faults": form.faults,
        "hits": _hits(request, form, kept),
        "query": sale_form.query_string(query),
        "compared": sale_form.query_string(query | ({"what": dotted(code)} if code else {})),
    }
    if not form.given:
        context["examples"] = [("?" + sale_form.query_string(each), _example(each)) for each in EXAMPLES]
    return render(request, "quote.html", context)


def _hits(request: HttpRequest, form: sale_form.SaleForm, kept: Mapping[str, str]) -> dict[str, Any] | None:
    """The goods to choose from. `kept`: the code that the reader's organization keeps for the description."""
    hits = goods_choice.goods_choice(form, kept)
    if hits is not None and "classified" in hits and corrections.may_keep(request):
        hits["keep"] = form.searched
    return hits


def _short_query(query: QueryDict) -> str | None:
    """The query without empty fields and without the field that the switch turns off: short enough to share.

    None if the query is short already.
    """
    given = [(name, value) for name, values in query.lists() for value in values if value]
    sold = query.get("sold", "")
    if sold in sale_form.SOLD:
        names = {name for name, _value in given}
        off = {name for other, name in sale_form.SOLD.items() if other != sold}
        if sold == "goods" or "service" in names:
            off.add("sold")
        given = [(name, value) for name, value in given if name not in off]
    if not given or len(given) == sum(len(values) for _name, values in query.lists()):
        return None
    short = QueryDict(mutable=True)
    for name, value in given:
        short.appendlist(name, value)
    return str(short.urlencode())


def _example(query: dict[str, str]) -> str:
    places = " → ".join(translate.place(query[end]) for end in ("from", "to"))
    world = app.library().world
    what = query.get("what", "")
    name = (
        local_name(what, translate.current_language()) or world.headings.get(sale_form.code_of(what)[:4], "")
        if what
        else translate.pack_text(world.services[query["service"]])
    )
    return f"{places} · {f'{name} {what}'.strip()} · {translate.money(query['amount'], query['currency'])}"


def _assess(form: sale_form.SaleForm) -> tuple[Quote, Law] | None:
    """The quote and its law; None if the sale has an error, which is added to its field of the form."""
    assert form.sale is not None  # noqa: S101  # for mypy: the caller has checked it
    try:
        quote, law = app.quote_with_law(form.sale)
    except SaleError as error:
        form.faults[sale_form.field_of(error.param) or "what"] = translate.error_text(error)
        return None
    except EntrepotError as error:
        form.faults["to"] = translate.error_text(error)
        return None
    metrics.record_quote(quote.assessment.outcome)
    return quote, law


@require_POST
def store_quote(request: HttpRequest, language: str) -> HttpResponseBase:
    """Stores the quote of the form in `query`, and redirects to its page."""
    form = sale_form.parse(QueryDict(request.POST.get("query", "")[:4000]))
    if form.searched:
        goods_choice.take_sure_code(form, corrections.corrections_of(request, form.searched))
    back = "?" + sale_form.query_string({**form.given, "asserted": form.asserted})
    if form.sale is None:
        return HttpResponseRedirect(f"/{language}/{back}")
    try:
        page_limit.count_action(request, "page", QUOTES_PER_MINUTE)
        with transaction.atomic():
            body, outcome = stored_quotes.create_quote(form.sale, None)
    except Refused as refused:
        return page_limit.too_many_page(request, refused)
    except EntrepotError:
        return HttpResponseRedirect(f"/{language}/{back}")  # the form shows the error at its field
    metrics.record_quote(outcome)
    return HttpResponseRedirect(f"/{language}/quotes/{json.decode(body)['id']}")


@require_safe
def stored_quote_page(request: HttpRequest, language: str, number: str) -> HttpResponse:
    """The page of a stored quote."""
    context = _stored_quote(request, number)
    return context if isinstance(context, HttpResponse) else render(request, "kept.html", context)


@require_safe
def stored_quote_pdf(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """A stored quote as a PDF, where WeasyPrint is installed."""
    context = _stored_quote(request, number)
    if isinstance(context, HttpResponse):
        return context
    try:
        page_limit.count_action(request, "pdf", PDFS_PER_MINUTE)
        body = pdf.render_pdf(request, "kept.html", {**context, "printed": True})
    except Refused as refused:
        return page_limit.too_many_page(request, refused)
    except pdf.PdfNotAvailable as error:
        return error_page(request, 501, _("PDF is not available here"), str(error))
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return response


def _stored_quote(request: HttpRequest, number: str) -> dict[str, Any] | HttpResponse:
    """The template context of a stored quote, or an error page. Raises Http404."""
    try:
        row = stored_quotes.find_quote(number)
    except stored_quotes.QuoteExpired:
        return error_page(request, 410, _("This quote has expired"), _("Calculate it again: the law may have changed."))
    if row is None:
        raise Http404
    sale: dict[str, Any] = json.decode(bytes(row.request))
    quote = Quote.from_json(stored_quotes.stored_json(row))
    query = sale_form.query_of(sale)
    try:
        library = app.library()
        law = library.law(sale["ship_to"]["country"], dt.date.fromisoformat(quote.law.date))
        context = quote_view.page_context(quote, law, sale, library.world, None)
    except EntrepotError as error:  # the pack with the names of its goods and sources is no longer installed
        return error_page(request, 409, _("This quote cannot be shown"), translate.error_text(error))
    return context | {
        "row": row,
        "pdf_there": pdf.available(),
        "created": row.created.date().isoformat(),
        "expires": row.expires.date().isoformat(),
        # The link to quote again uses today's law.
        "again": sale_form.query_string({**query, "on": ""}) if query else "",
    }


urlpatterns: list[URLPattern] = [
    path("", quote_form_page),
    path("quotes/", store_quote),
    path("quotes/<str:number>.pdf", stored_quote_pdf),
    path("quotes/<str:number>", stored_quote_page),
]
