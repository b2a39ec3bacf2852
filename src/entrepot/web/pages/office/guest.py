"""A document that a link opens, without an account, until the link expires or is removed."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import workspaces
from entrepot.trade_app.services.workspaces import OpenDocument
from entrepot.web.http.actors import PageRefused
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.office.access import check_installed
from entrepot.web.pages.office.document import answer_file, answer_token, editor_context, show_editor


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str, grant: str, secret: str) -> HttpResponseBase:
    """The document of a link."""
    found = _open(request, grant, secret)
    there = f"/{language}/guests/{grant}/{secret}/"
    writes = found.grant.role == "editor"
    context = {
        **editor_context(request, found.row, there, writes=writes),
        "guest": found.grant,
        "name": _("A guest"),
        "notes": [],
    }
    response = show_editor(request, context)
    response["Referrer-Policy"] = "no-referrer"  # the address is what opens the document
    return response


@never_cache
@require_POST
def give_token(request: HttpRequest, language: str, grant: str, secret: str) -> HttpResponseBase:
    """A token for one connection."""
    return answer_token(request, _open(request, grant, secret).grant)


@never_cache
@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, language: str, grant: str, secret: str, form: str) -> HttpResponseBase:
    """The document as a file."""
    return answer_file(request, language, _open(request, grant, secret).row, form)


def _open(request: HttpRequest, grant: str, secret: str) -> OpenDocument:
    """The document of a link. Raises Http404, and PageRefused with why it is closed."""
    check_installed(request)
    try:
        return workspaces.of_guest(grant, secret)
    except NotFound:
        raise Http404 from None
    except TradeError as error:
        raise PageRefused(error_page(request, 403, _("This link is closed"), error_text(error))) from None
