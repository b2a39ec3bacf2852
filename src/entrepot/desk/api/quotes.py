"""quotes: one sale in, its quote out; kept where it is to be relied on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from entrepot.desk import counts, keeping
from entrepot.desk.api import shapes
from entrepot.desk.api.taking import taken
from entrepot.desk.envelope import Refused, said
from entrepot.desk.keys import caller_of
from entrepot.desk.limits import taken as counted
from entrepot.desk.limits import told
from entrepot.desk.once import once

router = Router(tags=["quotes"])

_QUOTE = {
    "requestBody": shapes.body("Sale"),
    "responses": shapes.answers(
        {"allOf": [shapes.of("Quote"), shapes.of("Kept")]},
        says="The quote; a sale that reads as one gets one, even a refused one",
        faults={400: "no JSON, or the Idempotency-Key was used for another request", 413: "too large", 415: "no JSON",
                422: "the request is no sale"},
    ),
}


@router.post("/quotes", openapi_extra=_QUOTE, summary="What a sale costs, by every lawful way in")
def make(request: HttpRequest, store: bool = Query(True, description="false: the quote is not kept")) -> HttpResponse:
    """A quote. With `Idempotency-Key` the same request gets the same answer, however often it is sent."""
    caller = caller_of(request, "quotes")
    left = counted(caller)
    sale = taken(request)

    def do() -> HttpResponse:
        body, outcome = keeping.kept(sale, caller.key)
        counts.quoted(outcome)
        return said(body)

    if store:
        return told(once(request, caller, do), left)
    body, outcome = keeping.made(sale)
    counts.quoted(outcome)
    return told(said(body), left)


@router.get("/quotes/{number}", summary="A quote that was kept")
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The quote as it was given, byte for byte, until it expires."""
    left = counted(caller_of(request, "quotes"))
    return told(said(bytes(_row(number).answer)), left)


@router.get("/quotes/{number}/check", summary="A quote made again from its law and its request")
def check(request: HttpRequest, number: str) -> HttpResponse:
    """Whether the quote that is made again, from the law and the request that were kept, is the same."""
    left = counted(caller_of(request, "quotes"))
    try:
        return told(said(keeping.again(_row(number))), left)
    except keeping.Unreadable:
        message = "The law of this quote was kept by another release of Entrepot, which has to make it again."
        raise Refused(409, "api_error", "law_unreadable", message) from None


def _row(number: str) -> keeping.models.Quote:
    try:
        row = keeping.found(number)
    except keeping.Gone:
        raise Refused(410, "invalid_request_error", "expired", "This quote has expired: ask for a new one.") from None
    if row is None:
        raise Refused(404, "invalid_request_error", "not_found", "There is no such quote.", "id")
    return row
