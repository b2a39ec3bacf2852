"""What the operations of trade have in common: who asks, the body as a type, pages of lists, and their description."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import inspect
from ninja.params.functions import Query

from entrepot.model import json
from entrepot.model.errors import in_quotes, meant
from entrepot.trade import offers
from entrepot.trade.booking import assets, bookings
from entrepot.trade.courses import course, enrolment
from entrepot.trade.delivery import deliveries
from entrepot.trade.objects import states_of
from entrepot.trade.payments import payouts
from entrepot.trade.status import RETURN_STATES, WORDS
from entrepot.web.api import openapi
from entrepot.web.api.languages import PARAMETER as LANGUAGE
from entrepot.web.api.languages import check_language
from entrepot.web.api.read_body import read_body
from entrepot.web.http.actors import SCOPE, Actor, require_role
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.quotes.idempotency import read_key
from entrepot.web.trade import calls

T = TypeVar("T")
#: What msgspec says of a field that is not known or missing, and of a word that is none of those allowed.
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`")
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_NO_CHOICE = re.compile(r"Invalid enum value '([^']*)'")
#: Objects of a page of a list: the default and the most.
LISTED, MAX_LISTED = 20, 100
#: The parameters of each list.
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="how many")]
After = Annotated[str | None, Query(max_length=40, description="the last id of the previous page")]
#: The statuses of the objects of a list, by the prefix of their ids.
STATUSES: dict[str, tuple[str, ...]] = {
    "as_": states_of(assets.MOVES),
    "bk_": bookings.STATES,
    "cs_": states_of(course.MOVES),
    "dl_": deliveries.STATES,
    "do_": ("issued", "withdrawn"),
    "en_": states_of(enrolment.MOVES),
    "of_": offers.STATES,
    "or_": tuple(each.word for each in WORDS),
    "po_": states_of(payouts.MOVES),
    "re_": RETURN_STATES,
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "the same request with the same key is done once",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_FAULTS = {404: "the organization of the key has no such object", 422: "a parameter is not valid"}
_BODY_FAULTS = {
    400: "invalid JSON, or the Idempotency-Key was used for another request",
    409: "the state of the object does not allow this",
    413: "the body is larger than 1 MB",
    415: "the body is not JSON",
    422: "a field or a parameter is not valid, or what is asked for is not possible; the message says why",
}


def caller_of(request: HttpRequest, role: str = "viewer") -> Actor:
    """Who asks, counted for the rate limit. Raises Refused."""
    count_request(authenticate(request, SCOPE))
    actor = require_role(request, role)
    check_language(request)
    return actor


def seller_of(request: HttpRequest) -> Actor:
    """As `caller_of`, a clerk of a seller, who can offer. Raises Refused."""
    actor = caller_of(request, "clerk")
    if actor.kind != "seller":
        message = (
            f'The organization is of the kind "{actor.kind}", and only a seller can offer. Use the key of a seller.'
        )
        raise Refused(403, "invalid_request_error", "not_a_seller", message)
    return actor


def read_as(request: HttpRequest, kind: type[T]) -> T:
    """The body as a type, whose unknown fields are errors. Raises Refused."""
    return convert(read_body(request), kind)


def read_optional(request: HttpRequest, kind: type[T]) -> T:
    """As `read_as`; without a body all fields have their defaults."""
    empty = not request.META.get("CONTENT_LENGTH") and not request.META.get("wsgi.input_terminated")
    return convert({}, kind) if empty or request.META.get("CONTENT_LENGTH") == "0" else read_as(request, kind)


def convert(given: dict[str, Any], kind: type[T]) -> T:
    """A mapping as a type. Raises Refused with the field that is wrong."""
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        param, says, code = place.strip("`."), f"{json.in_json_words(reason)}.", "invalid"
        if unknown := _UNKNOWN.match(reason):
            code, known = "unknown_field", fields_of(kind, param)
            hint = meant(unknown[1], known) or (f" Known fields: {', '.join(known)}." if known else "")
            says = f"Unknown field {in_quotes(unknown[1])}.{hint}"
            param = f"{param}.{unknown[1]}" if param else unknown[1]
        elif missing := _MISSING.match(reason):
            param = f"{param}.{missing[1]}" if param else missing[1]
            says = f'The field "{missing[1]}" is missing.'
        elif (word := _NO_CHOICE.match(reason)) and (known := choices_of(kind, param)):
            says = f'"{word[1]}" is not a value of {param}. Use one of: {", ".join(known)}.'
        raise Refused(422, "invalid_request_error", code, says, param or None) from None


def choices_of(kind: Any, path: str) -> list[str]:
    """The words that a type allows at a path of its JSON, such as `delivery.kind` or `bands[0].unit`; none: not listed.

    >>> from entrepot.web.trade.bodies import ReturnRefused
    >>> choices_of(ReturnRefused, "reason")[:2], choices_of(ReturnRefused, "other")
    (['damaged', 'incomplete'], [])
    """
    literals = [each for each in _types_at(kind, path) if isinstance(each, inspect.LiteralType)]
    return [str(value) for each in literals for value in each.values if value != ""]


def fields_of(kind: Any, path: str) -> list[str]:
    """The fields of the objects that a type allows at a path of its JSON.

    >>> from entrepot.web.trade.bodies import OrderWritten
    >>> fields_of(OrderWritten, "ship_to")
    ['country', 'state']
    """
    return [field.encode_name for each in _types_at(kind, path) for field in getattr(each, "fields", ())]


def _types_at(kind: Any, path: str) -> list[Any]:
    """What a type may be at a path of its JSON."""
    found: list[Any] = [inspect.type_info(kind)]
    for name in re.findall(r"\w+|\[", re.sub(r"\[[^\]]*\]", "[", path)):
        parts = [part for each in found for part in _parts(each)]
        if name == "[":
            found = [each.item_type for each in parts if hasattr(each, "item_type")]
        else:
            fields = [field for each in parts for field in getattr(each, "fields", ())]
            found = [field.type for field in fields if field.encode_name == name]
    return [each for one in found for each in _parts(one)]


def _parts(found: Any) -> tuple[Any, ...]:
    """What a type may be: the types of a union, without the limits around them."""
    while isinstance(found, inspect.Metadata):
        found = found.type
    return (
        tuple(part for each in found.types for part in _parts(each))
        if isinstance(found, inspect.UnionType)
        else (found,)
    )


def key_of(request: HttpRequest) -> str:
    """The Idempotency-Key of a request, else a new one. Raises Refused."""
    return read_key(request) or calls.new_key()


def respond(value: Any) -> HttpResponse:
    """A response that only its caller may see."""
    response = json_response(value)
    response["Cache-Control"] = "private, no-store"
    return response


def respond_list(shown: Iterable[Any], *, more: bool) -> HttpResponse:
    """A page of a list."""
    return respond({"object": "list", "has_more": more, "data": list(shown)})


def list_objects(
    request: HttpRequest,
    prefix: str,
    limit: int,
    starting_after: str | None,
    status: str | None,
    role: str = "viewer",
) -> Any:
    """A page of the objects of the caller's organization: the actor, the states, and whether there are more.

    Raises Refused.
    """
    actor = caller_of(request, role)
    if status is not None:
        _check_status(prefix, status)
    try:
        found, more = calls.list_of(prefix, actor.organization, after=starting_after, limit=limit, status=status)
    except LookupError:
        message = "There is no such object of this organization. Use the last id of the previous page."
        raise Refused(422, "invalid_request_error", "invalid", message, "starting_after") from None
    return actor, found, more


def _check_status(prefix: str, status: str) -> None:
    """Raises Refused for a status that objects of a list never have."""
    known = STATUSES[prefix]
    if status not in known:
        message = f"{in_quotes(status)} is not a status of this list. Use one of: {', '.join(known)}."
        raise Refused(422, "invalid_request_error", "invalid", message + meant(status, known), "status")


def reads(name: str, says: str) -> dict[str, Any]:
    """The description of an operation that reads an object."""
    return {
        "responses": openapi.responses(openapi.reference(name), says=says, faults=_FAULTS),
        "parameters": [LANGUAGE],
    }


def lists(name: str, says: str, *, of: bool = False) -> dict[str, Any]:
    """The description of an operation that lists objects. `of`: those of an object that is named."""
    page = {
        "type": "object",
        "required": ["object", "has_more", "data"],
        "properties": {
            "object": {"enum": ["list"]},
            "has_more": {"type": "boolean"},
            "data": {"type": "array", "items": openapi.reference(name)},
        },
    }
    faults = (_FAULTS if of else {}) | {422: "a parameter cannot be read, or there is no such object"}
    return {"responses": openapi.responses(page, says=says, faults=faults), "parameters": [LANGUAGE]}


def writes(
    body: str | None, name: str, says: str, *, found: bool = True, key: bool = False, other: str = ""
) -> dict[str, Any]:
    """The description of an operation that changes something. `found`: it names an object; `key`: it takes one.

    `other`: what it answers else, where that depends on the object.
    """
    faults = (_FAULTS if found else {}) | _BODY_FAULTS
    answer = {"anyOf": [openapi.reference(each) for each in (name, other)]} if other else openapi.reference(name)
    described: dict[str, Any] = {
        "responses": openapi.responses(answer, says=says, faults=faults),
        "parameters": [*([KEY] if key else []), LANGUAGE],
    }
    return described | ({"requestBody": openapi.request_body(body)} if body else {})
