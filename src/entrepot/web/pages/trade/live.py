"""What changes for the organization of the reader, as server-sent events, for the parts of pages that show it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from entrepot.store.trade.ledger import size
from entrepot.web.http.actors import OPERATOR, Actor, require_role
from entrepot.web.live import changes, streams
from entrepot.web.trade import calls

#: Digits of a position, and one behind every event.
_DIGITS, _END = 18, 10**18


@require_GET
def follow(request: HttpRequest, language: str) -> HttpResponseBase:
    """The stream of an organization. 204 where no place is free: the browser then asks later, or not at all.

    The operator of the platform follows the whole ledger, by its newest events.
    """
    actor = require_role(request, "viewer")
    place = streams.PLACES.take(actor.organization)
    if place is None:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    # Where the browser ended, or, at its first request, where the page was made: nothing between is missed.
    last = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    known = last.isascii() and last.isdecimal() and len(last) <= _DIGITS
    after = min(int(last), size()) if known else size()
    response = StreamingHttpResponse(
        _pieces(place, _reader(actor), after), content_type="text/event-stream; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _reader(actor: Actor) -> changes.Read:
    """What the stream of somebody reads: the events of the organization; the newest of all for the operator."""
    books, owner = calls.books(), actor.organization
    if actor.kind != OPERATOR:
        return lambda after: books.events(after=after, owner=owner, limit=changes.MOST)
    return lambda after: [each for each in books.events(before=_END, limit=1) if each[0] > after]


def _pieces(place: object, read: changes.Read, after: int) -> Iterator[str]:
    try:
        yield from changes.follow(read, size, after, seconds=streams.SECONDS, stopping=streams.is_stopping)
    finally:
        streams.PLACES.release(place)
