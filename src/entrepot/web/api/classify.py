"""`/v1/classify`: the codes that descriptions of goods may mean."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from entrepot import app
from entrepot.goods.classify import correction_key
from entrepot.goods.corrections import InvalidCodeError, UnusableDescriptionError, correction
from entrepot.goods.shown import ClassifiedList, shown
from entrepot.language import translate
from entrepot.model import json
from entrepot.model.errors import LawError, in_quotes, nearest
from entrepot.store import goods_corrections
from entrepot.web.api import openapi
from entrepot.web.api.kept_codes import kept_codes
from entrepot.web.api.languages import PARAMETER as LANGUAGE
from entrepot.web.api.languages import check_language
from entrepot.web.api.read_body import read_body
from entrepot.web.api.shapes.described import GoodsDescribed
from entrepot.web.http.api_keys import Caller, authenticate
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.http.sandbox import check_economy

router = Router(tags=["law"])

#: Descriptions of one request, and candidates of each.
MAX_DESCRIPTIONS, MAX_CANDIDATES = 100, 20
#: Descriptions that count as one request.
COUNTED = 20


_CLASSIFY = {
    "requestBody": openapi.request_body("GoodsDescribed"),
    "responses": openapi.responses(
        {"anyOf": [openapi.reference("ClassifiedGoods"), openapi.reference("ClassifiedList")]},
        says="The codes that the description may mean; for several descriptions a list in their order",
        faults={
            400: "invalid JSON",
            404: "no law of this economy here",
            413: "too large",
            415: "no JSON",
            422: "a field cannot be read",
        },
    ),
    "parameters": [LANGUAGE],
}


@router.post(
    "/classify",
    operation_id="classifyGoods",
    openapi_extra=_CLASSIFY,
    summary="Classify goods by their description",
)
def classify(request: HttpRequest) -> HttpResponse:
    """Six-digit codes, each with its probability, and the question that would decide. Only `correct` stores anything.

    Each 20 descriptions count as one request.
    """
    caller = authenticate(request, "law")
    count_request(caller)
    check_language(request)
    asked = _read(read_body(request))
    many = asked.descriptions or ()
    for _more in range(COUNTED, len(many), COUNTED):
        count_request(caller)
    if asked.to is not None:
        check_economy(caller, asked.to, "to")
    language = translate.current_language()
    if asked.correct is not None:
        _correct(caller, asked.description or "", asked.correct)
    kept = kept_codes(caller, [asked.description] if asked.description is not None else many)
    try:
        if asked.description is not None:
            found = app.classify(
                asked.description,
                to=asked.to,
                attributes=asked.attributes,
                language=language,
                limit=asked.limit,
                corrections=kept,
            )
            return _private(json_response(shown(found)))
        each = app.classify_many(many, to=asked.to, language=language, limit=asked.limit, corrections=kept)
        return _private(json_response(ClassifiedList(data=tuple(map(shown, each)))))
    except LawError as error:
        raise Refused(404, "invalid_request_error", "no_law", translate.error_text(error), "to") from None


def _correct(caller: Caller, text: str, typed: str) -> None:
    """Keep a code for a description, or forget it. Raises Refused."""
    if caller.organization is None or caller.origins or caller.sandbox or "trade" not in caller.scopes:
        message = "A code is kept for an organization: use a key of one, with the scope trade."
        raise Refused(403, "authentication_error", "scope_missing", message)
    if not typed.strip():
        goods_corrections.forget_key(caller.organization, correction_key(text))
        return
    try:
        new = correction(text, typed, app.library().world.headings)
        goods_corrections.keep_code(caller.organization, new, timezone.now())
    except InvalidCodeError as error:
        raise _refusal(translate.error_text(error), "correct", "invalid_hs_code") from None
    except UnusableDescriptionError as error:
        raise _refusal(translate.error_text(error), "description", "unusable_description") from None
    except goods_corrections.TooManyCodes:
        message = f"The organization keeps {goods_corrections.MOST} codes, which is the limit. Forget some of them."
        raise _refusal(message, "correct", "too_many") from None


def _read(body: dict[str, Any]) -> GoodsDescribed:
    """The request. Raises Refused (422)."""
    fields = GoodsDescribed.__struct_fields__
    for name in body:
        if name not in fields:
            near = nearest(name, fields)
            hint = f" Did you mean {in_quotes(near)}?" if near else f" Known fields: {', '.join(fields)}."
            raise _refusal(f"Unknown field {in_quotes(name[:40])}.{hint}", name[:40], "unknown_field")
    try:
        asked = msgspec.convert(body, GoodsDescribed)
    except msgspec.ValidationError as error:
        says, _mark, where = str(error).partition(" - at ")
        raise _refusal(f"{json.in_json_words(says)}.", where.strip("`").removeprefix("$.")) from None
    if (asked.description is None) == (asked.descriptions is None):
        raise _refusal("Give either `description` or `descriptions`.", "description", "missing")
    if asked.descriptions is not None and not 1 <= len(asked.descriptions) <= MAX_DESCRIPTIONS:
        message = f"Give 1 to {MAX_DESCRIPTIONS} descriptions, not {len(asked.descriptions)}. A table has no limit."
        raise _refusal(message, "descriptions", "too_many_lines")
    for name in ("attributes", "correct"):
        if asked.descriptions is not None and getattr(asked, name):
            raise _refusal(f"`{name}` is of one description.", name)
    if not 1 <= asked.limit <= MAX_CANDIDATES:
        raise _refusal(f"`limit` must be from 1 to {MAX_CANDIDATES}.", "limit")
    if asked.to is not None and asked.to not in app.library().world.economies:
        raise _refusal(
            f"{in_quotes(asked.to[:20])} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.", "to"
        )
    return asked


def _refusal(message: str, param: str, code: str = "invalid") -> Refused:
    return Refused(422, "invalid_request_error", code, message, param)


def _private(response: HttpResponse) -> HttpResponse:
    """A description may be confidential: no cache keeps the answer."""
    response["Cache-Control"] = "private, no-store"
    return response
