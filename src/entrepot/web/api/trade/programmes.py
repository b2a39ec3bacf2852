"""`/v1/programmes`: programmes of cooperation with other economies, for the operator of the node only."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot.trade.programmes.programme import Programme
from entrepot.trade_app import programmes
from entrepot.web.api.languages import check_language
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    key_of,
    lists,
    read_as,
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
from entrepot.web.trade.programme_shapes import ProgrammeChanged, ProgrammeWritten, show_programme

router = Router(tags=["trade"])


def _operator(request: HttpRequest, role: str = "viewer") -> Actor:
    """The operator who asks, counted for the rate limit. Raises Refused: 404 for anybody else."""
    count_request(authenticate(request, SCOPE))
    actor = require_operator(request, role)
    check_language(request)
    return actor


@router.post(
    "/programmes",
    operation_id="createProgramme",
    openapi_extra=writes("ProgrammeWritten", "ProgrammeShown", "The programme", found=False, key=True),
    summary="Create a programme of cooperation, as the operator",
)
def create(request: HttpRequest) -> HttpResponse:
    """The programme. It is refused where no agreement in force lets the partners run one."""
    actor = _operator(request, "manager")
    given = msgspec.to_builtins(read_as(request, ProgrammeWritten))
    made = programmes.create(calls.books(), given, organization=actor.organization, key=key_of(request))
    return respond(_measured(made))


@router.get(
    "/programmes",
    operation_id="listProgrammes",
    openapi_extra=lists("ProgrammeShown", "A page of the programmes, the newest first"),
    summary="List programmes of cooperation, as the operator",
)
def list_programmes(request: HttpRequest, limit: Limit = LISTED, starting_after: After = None) -> HttpResponse:
    """The programmes, without their indicators."""
    actor = _operator(request)
    try:
        found, more = calls.list_of("pg_", actor.organization, after=starting_after, limit=limit)
    except LookupError:
        message = "There is no such programme. Use the last id of the previous page."
        raise Refused(422, "invalid_request_error", "invalid", message, "starting_after") from None
    return respond_list(map(show_programme, found), more=more)


@router.get(
    "/programmes/{number}",
    operation_id="getProgramme",
    openapi_extra=reads("ProgrammeShown", "The programme"),
    summary="Read a programme with its indicators, as the operator",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The programme; its indicators are measured from the ledger now."""
    return respond(_measured(calls.find(number, "pg_", _operator(request).organization)))


@router.post(
    "/programmes/{number}",
    operation_id="updateProgramme",
    openapi_extra=writes("ProgrammeChanged", "ProgrammeShown", "The programme after the change"),
    summary="Change, start, end or cancel a programme, as the operator",
)
def update(request: HttpRequest, number: str) -> HttpResponse:
    """The programme after the change: first its fields, then the work item that is done, then its status."""
    owner = _operator(request, "manager").organization
    calls.find(number, "pg_", owner)
    given = msgspec.to_builtins(read_as(request, ProgrammeChanged))
    changed = programmes.change(calls.books(), number, given, organization=owner)
    return respond(_measured(changed))


def _measured(found: Programme) -> object:
    return show_programme(found, programmes.measured(calls.books(), found))
