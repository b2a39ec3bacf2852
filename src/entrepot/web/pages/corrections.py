"""The codes that an organization keeps for descriptions of goods: keep one from a quote, list them, forget one."""

from __future__ import annotations

from urllib.parse import parse_qs

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from entrepot import app
from entrepot.goods.classify import correction_key
from entrepot.goods.corrections import CorrectionError, correction
from entrepot.language.translate import _, error_text
from entrepot.model.codes import dotted
from entrepot.store import goods_corrections
from entrepot.web.http.actors import current_organization, require_role
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.sale_form import query_string


def corrections_of(request: HttpRequest, text: str) -> dict[str, str]:
    """The code that the reader's organization chose for a description, by its key; nothing for everybody else."""
    actor = current_organization(request)
    return goods_corrections.find_codes(actor.organization, [correction_key(text)]) if actor is not None else {}


def organization_of(request: HttpRequest) -> str | None:
    """The reader's organization, whose codes its tables use; None for everybody else."""
    actor = current_organization(request)
    return actor.organization if actor is not None else None


def may_keep(request: HttpRequest) -> bool:
    """Whether the reader may keep a code for the organization."""
    actor = current_organization(request)
    return actor is not None and "clerk" in actor.roles


@require_http_methods(["GET", "HEAD", "POST"])
def corrections_page(request: HttpRequest, language: str) -> HttpResponseBase:
    """The codes that are kept; a POST keeps or forgets one."""
    actor = require_role(request, "clerk")
    if request.method == "POST":
        if number := request.POST.get("forget", ""):
            if not number.isdecimal() or not goods_corrections.forget_code(actor.organization, int(number[:18])):
                raise Http404
            return HttpResponseRedirect(f"/{language}/corrections/")
        return _keep(request, language, actor.organization)
    rows = [(each.id, each.text, dotted(each.code)) for each in goods_corrections.list_codes(actor.organization)]
    return render(request, "corrections.html", {"rows": rows, "most": goods_corrections.LISTED})


def _keep(request: HttpRequest, language: str, organization: str) -> HttpResponse:
    try:
        new = correction(request.POST.get("text", ""), request.POST.get("code", ""), app.library().world.headings)
        goods_corrections.keep_code(organization, new, timezone.now())
    except CorrectionError as error:
        return error_page(request, 422, _("Not kept"), error_text(error))
    except goods_corrections.TooManyCodes:
        says = _("Your organization keeps {most} codes, which is the limit. Forget some of them.")
        return error_page(request, 409, _("Not kept"), says.format(most=goods_corrections.MOST))
    # Back to the form: only its own fields, whatever was sent.
    back = parse_qs(request.POST.get("query", "")[:4000].lstrip("?"))
    return HttpResponseRedirect(f"/{language}/?{query_string(back)}" if back else f"/{language}/corrections/")


urlpatterns: list[URLPattern] = [path("corrections/", corrections_page)]
