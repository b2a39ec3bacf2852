"""`/v1/payouts` and `/v1/statements`: what a seller was paid, and how it follows from its sales."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.params.functions import Path, Query

from entrepot.trade.payments.statements import Statement
from entrepot.trade.ports import NotFound
from entrepot.trade_app.statement_jobs import month_before, statements_of
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    caller_of,
    list_objects,
    lists,
    reads,
    respond,
    respond_list,
)
from entrepot.web.http.actors import Actor
from entrepot.web.trade import calls
from entrepot.web.trade.money_shapes import read_statement, show_payout, show_statement

router = Router(tags=["trade"])
_MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
#: Lines of a page of a statement: the default and the most.
LINES, MAX_LINES = 100, 1000


def _seller(request: HttpRequest) -> Actor:
    """The seller that asks, as one of its managers. Raises Refused, and NotFound for another organization."""
    actor = caller_of(request, "manager")
    _check_seller(actor)
    return actor


def _check_seller(actor: Actor) -> None:
    if actor.kind != "seller":
        raise NotFound("of sellers only")


@router.get(
    "/payouts",
    operation_id="listPayouts",
    openapi_extra=lists("PayoutShown", "A page of the payouts, the newest first"),
    summary="List the payouts of the organization, as a seller",
)
def list_payouts(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only payouts with this status"),
) -> HttpResponse:
    """The payouts."""
    actor, found, more = list_objects(request, "po_", limit, starting_after, status, "manager")
    _check_seller(actor)
    return respond_list((show_payout(each, calls.decimals) for each in found), more=more)


@router.get(
    "/payouts/{number}",
    operation_id="getPayout",
    openapi_extra=reads("PayoutShown", "The payout"),
    summary="Read a payout",
)
def read_payout(request: HttpRequest, number: str) -> HttpResponse:
    """The payout. The account to which it goes is not shown."""
    return respond(show_payout(calls.find(number, "po_", _seller(request).organization), calls.decimals))


@router.get(
    "/statements",
    operation_id="listStatements",
    openapi_extra=lists("StatementShown", "The statements, one for each currency"),
    summary="List the statements of a month of the organization, as a seller",
)
def list_statements(
    request: HttpRequest,
    month: Annotated[str | None, Query(pattern=_MONTH, description="such as 2026-03; else the month before")] = None,
) -> HttpResponse:
    """The statements. A statement of a month that has ended does not change any more."""
    organization = _seller(request).organization
    found = _statements(organization, month or month_before(timezone.now()))
    return respond_list((show_statement(each, calls.decimals) for each in found), more=False)


@router.get(
    "/statements/{month}/{currency}",
    operation_id="getStatement",
    openapi_extra=reads("StatementRead", "The statement with a page of its lines, in the order of the ledger"),
    summary="Read a statement with its lines",
)
def read_statement_of(
    request: HttpRequest,
    month: Annotated[str, Path(pattern=_MONTH)],
    currency: Annotated[str, Path(pattern="^[A-Z]{3}$")],
    limit: Annotated[int, Query(ge=1, le=MAX_LINES, description="how many lines")] = LINES,
    starting_after: Annotated[int, Query(ge=0, description="the last number of the previous page")] = 0,
) -> HttpResponse:
    """The statement."""
    for each in _statements(_seller(request).organization, month):
        if each.currency == currency:
            return respond(read_statement(each, starting_after, limit, calls.decimals))
    raise NotFound(f"{month}/{currency}")


def _statements(organization: str, month: str) -> list[Statement]:
    return statements_of(calls.books(), organization, month)
