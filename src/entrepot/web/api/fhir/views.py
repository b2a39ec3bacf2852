"""The operations of the FHIR endpoint by their addresses."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from entrepot import __version__
from entrepot.connect.fhir.models import MEDIA
from entrepot.connect.fhir.searches import SEARCHES, SearchFault, read_search
from entrepot.connect.fhir.server import bundle, capability_statement
from entrepot.trade.ledger.events import timestamp
from entrepot.trade_app.services import fhir
from entrepot.trade_app.services.fhir import Erased
from entrepot.web.api.fhir.answers import Gone, endpoint, resource
from entrepot.web.http import api_keys, rate_limit
from entrepot.web.http.actors import SCOPE
from entrepot.web.http.errors import Refused

#: Characters of a query, and parameters in it, at most.
MAX_QUERY, MAX_PARAMETERS = 2000, 30


@endpoint
def metadata(request: HttpRequest) -> HttpResponse:
    """What this endpoint can. Anybody may read it."""
    rate_limit.count_request(api_keys.find_caller(request, open_to_all=True))
    return resource(fhir.checked(capability_statement(_base(request), __version__)))


@endpoint
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """A page of a search."""
    organization = _organization(request)
    if kind not in SEARCHES:
        raise Http404
    if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY:
        raise SearchFault("too-long", f"A query has at most {MAX_QUERY} characters.")
    given = [(name, value) for name, values in request.GET.lists() for value in values]
    if len(given) > MAX_PARAMETERS:
        raise SearchFault("too-costly", f"A query has at most {MAX_PARAMETERS} parameters.")
    lenient = "handling=lenient" in request.META.get("HTTP_PREFER", "")
    asked, base = read_search(kind, given, lenient=lenient), _base(request)
    found = fhir.search(organization, asked, base)
    kept = [each for each in given if each[0] != "_page"]
    links = {"self": _address(base, kind, given)}
    if found.next:
        links["next"] = _address(base, kind, [*kept, ("_page", found.next)])
    return resource(fhir.checked_bundle(bundle(base, found.resources, found.total, links, timestamp(timezone.now()))))


@endpoint
def read(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """A resource by its id."""
    organization = _organization(request)
    if kind == "Binary":
        return _binary(request, organization, number)
    if kind not in SEARCHES:
        raise Http404
    try:
        return resource(fhir.read(organization, kind, number, _base(request)))
    except Erased:
        raise Gone from None


def _binary(request: HttpRequest, organization: str, number: str) -> HttpResponse:
    """A file of a note: as it is where its media type is asked for, else as a resource with the file inside."""
    try:
        media, content = fhir.file_of(organization, number)
    except Erased:
        raise Gone from None
    accepted = request.META.get("HTTP_ACCEPT", "")
    if media in accepted and MEDIA not in accepted:
        response = HttpResponse(content, content_type=media)
        response["Cache-Control"] = "private, no-store"
        return response
    return resource(fhir.checked(fhir.binary(number, media, content)))


def _organization(request: HttpRequest) -> str:
    """Whose resources are read: the organization of the API key. Raises Refused."""
    caller = api_keys.authenticate(request, SCOPE)
    rate_limit.count_request(caller)
    if caller.organization is None:
        raise Refused(403, "authentication_error", "organization_missing", "This API key belongs to no organization.")
    return caller.organization


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/fhir/R4B")


def _address(base: str, kind: str, given: list[tuple[str, str]]) -> str:
    query = urlencode(given, safe="/,:~")
    return f"{base}/{kind}?{query}" if query else f"{base}/{kind}"
