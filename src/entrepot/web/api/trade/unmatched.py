"""`/v1/unmatched_answers`: answers of customs that name no declaration of this node, for its operator only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.web.api.languages import check_language
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    lists,
    read_optional,
    reads,
    respond,
    respond_list,
    writes,
)
from entrepot.web.http.actors import SCOPE, Actor, require_operator
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused
from entrepot.web.http.rate_limit import count_request
from entrepot.web.trade import calls
from entrepot.web.trade.bodies import AnswerClosed
from entrepot.web.trade.show import show_unmatched

router = Router(tags=["trade"])


def _operator(request: HttpRequest, role: str = "viewer") -> Actor:
    """The operator who asks, counted for the rate limit. Raises Refused: 404 for anybody else."""
    count_request(authenticate(request, SCOPE))
    actor = require_operator(request, role)
    check_language(request)
    return actor


@router.get(
    "/unmatched_answers",
    operation_id="listUnmatchedAnswers",
    openapi_extra=lists("UnmatchedShown", "A page of the answers, the newest first", of=True),
    summary="List answers of customs that name no declaration of this node, as its operator",
)
def list_unmatched(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str = Query("open", pattern="^(open|matched|closed)$", description="open, matched or closed"),
) -> HttpResponse:
    """The answers."""
    _operator(request)
    try:
        found, more = calls.list_unmatched(after=starting_after, limit=limit, status=status)
    except LookupError:
        message = "There is no such answer. Use the last id of the previous page."
        raise Refused(422, "invalid_request_error", "invalid", message, "starting_after") from None
    return respond_list(map(show_unmatched, found), more=more)


@router.get(
    "/unmatched_answers/{number}",
    operation_id="getUnmatchedAnswer",
    openapi_extra=reads("UnmatchedShown", "The answer"),
    summary="Read an unmatched answer of customs, as the operator",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The answer."""
    _operator(request)
    return respond(show_unmatched(calls.find_unmatched(number)))


@router.post(
    "/unmatched_answers/{number}/retry",
    operation_id="retryUnmatchedAnswer",
    openapi_extra=writes(None, "UnmatchedShown", "The answer: matched, or still open"),
    summary="Look again for the declaration of an unmatched answer, as the operator",
)
def retry(request: HttpRequest, number: str) -> HttpResponse:
    """The answer. Where its declaration is known now, it takes effect."""
    _operator(request, "clerk")
    return respond(show_unmatched(calls.retry_unmatched(number)))


@router.post(
    "/unmatched_answers/{number}/close",
    operation_id="closeUnmatchedAnswer",
    openapi_extra=writes("AnswerClosed", "UnmatchedShown", "The answer, closed"),
    summary="Close an unmatched answer of customs, as the operator: nothing follows from it",
)
def close(request: HttpRequest, number: str) -> HttpResponse:
    """The answer. It stays in the ledger."""
    actor = _operator(request, "clerk")
    given = read_optional(request, AnswerClosed)
    return respond(show_unmatched(calls.close_unmatched(actor.organization, number, given.reason)))
