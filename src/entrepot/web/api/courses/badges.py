"""Badges as other programs read them: the credential, and the status list that says which are revoked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from entrepot.connect.lti.faults import LtiFault
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import badges
from entrepot.web.api.courses.answers import for_tools, json_answer

#: The media type of a verifiable credential (data model 2.0).
MEDIA = "application/vc"


@for_tools("GET", "HEAD")
def credential(_request: HttpRequest, number: str) -> HttpResponse:
    """`/badges/bd_…`: the signed credential, byte for byte as it was signed."""
    try:
        text = badges.credential_of(badges.find(number))
    except NotFound:
        raise LtiFault("not_found", "There is no such badge, or its content was erased.", 404) from None
    response = HttpResponse(text, content_type=MEDIA)
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@for_tools("GET", "HEAD")
def status_list(_request: HttpRequest, number: int) -> HttpResponse:
    """`/badges/status/1`: the signed status list."""
    try:
        found = badges.status_list(number)
    except NotFound:
        raise LtiFault("not_found", "There is no such status list.", 404) from None
    response = json_answer(found, media=MEDIA)
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response
