"""The operations of UCP by their addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from entrepot.connect.ucp import landed_cost, profile_of_node
from entrepot.connect.ucp import messages as say
from entrepot.connect.ucp.bodies import CheckoutGiven, CompleteGiven, read_as
from entrepot.connect.ucp.checkouts import show_errors
from entrepot.connect.ucp.names import CHECKOUT, ORDER
from entrepot.connect.ucp.platforms import relevant
from entrepot.trade_app.ucp import checkouts, node, orders
from entrepot.trade_app.ucp.checkouts import Caller, Outcome
from entrepot.web.api.ucp.answers import Operation, endpoint, public

T = TypeVar("T")


@require_safe
def profile(_request: HttpRequest) -> HttpResponse:
    """`/.well-known/ucp`."""
    if not node.settings().access:
        raise Http404
    return public(node.profile())


@require_safe
def schema(_request: HttpRequest, name: str) -> HttpResponse:
    """The schema of the extension for landed cost, and that of the payment handler."""
    made = {landed_cost.SCHEMA_FILE: landed_cost.schema, profile_of_node.HANDLER_FILE: profile_of_node.handler_schema}
    if not node.settings().access or name not in made:
        raise Http404
    return public(made[name](node.settings().url))


def _with(root: str, operation: Operation) -> Operation:
    """An operation of a capability that both sides must have."""

    def run(caller: Caller, body: bytes) -> Outcome:
        if root in caller.capabilities:
            return operation(caller, body)
        text = f"Your profile has no version of {root} that this node speaks."
        message = say.error("capabilities_incompatible", text, "", say.UNRECOVERABLE)
        listed = relevant(caller.capabilities, node.own_capabilities(), root)
        return Outcome(200, show_errors([message], f"{node.settings().url}/", listed))

    return run


def _reading(kind: type[T], operation: Callable[[Caller, T], Outcome]) -> Operation:
    return _with(CHECKOUT, lambda caller, body: operation(caller, read_as(body, kind)))


@endpoint("POST")
def sessions(_request: HttpRequest) -> Operation:
    """Create a checkout."""
    return _reading(CheckoutGiven, checkouts.create)


@endpoint("GET", "PUT")
def session(request: HttpRequest, number: str) -> Operation:
    """Read or replace a checkout."""
    if request.method == "PUT":
        return _reading(CheckoutGiven, lambda caller, given: checkouts.update(caller, number, given))
    return _with(CHECKOUT, lambda caller, _body: checkouts.read(caller, number))


@endpoint("POST")
def complete(_request: HttpRequest, number: str) -> Operation:
    """Complete a checkout."""
    return _reading(CompleteGiven, lambda caller, given: checkouts.complete(caller, number, given))


@endpoint("POST")
def cancel(_request: HttpRequest, number: str) -> Operation:
    """Cancel a checkout."""
    return _with(CHECKOUT, lambda caller, _body: checkouts.cancel(caller, number))


@endpoint("GET")
def order(_request: HttpRequest, number: str) -> Operation:
    """Read an order."""
    return _with(ORDER, lambda caller, _body: orders.read(caller, number))
