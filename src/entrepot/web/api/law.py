"""Law over HTTP: search for goods, the rows for a code, changes between two days, economies, import procedures."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Router
from ninja.params.functions import Path, Query

from entrepot import __version__, app
from entrepot.language import law_text, translate
from entrepot.law import history, lookup
from entrepot.model import codes, literals
from entrepot.model.errors import LawError, in_quotes, meant
from entrepot.web.api import openapi
from entrepot.web.api.languages import PARAMETER as LANGUAGE
from entrepot.web.api.languages import check_language
from entrepot.web.api.shapes.economies import economies_of
from entrepot.web.api.shapes.procedures import Ways, ways_of
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.http.sandbox import check_economy

router = Router(tags=["law"])

ECONOMY = Path(..., description="ISO 3166-1 alpha-2, such as CN")
CODE = Path(..., description="A code of 2 to 10 digits, dots allowed, or a category of services: 0901.21, telemedicine")
ON = Query(None, description="The date of the law, YYYY-MM-DD; by default today")
_FAULTS = {404: "no such economy, or no law of it here", 422: "a parameter cannot be read"}


def _responses(
    shape: str, says: str, faults: dict[int, str] | None = None, *parameters: dict[str, Any]
) -> dict[str, Any]:
    unchanged = {304: {"description": "not modified since the ETag of the request"}}
    found = {"responses": openapi.responses(openapi.reference(shape), says=says, faults=faults) | unchanged}
    return found | ({"parameters": list(parameters)} if parameters else {})


def _authorize(request: HttpRequest, economy: str | None = None) -> None:
    """Authenticate and count a request, and check its language. Raises Refused.

    `economy`: the one whose law is asked for, which must be the invented one for a key of the sandbox.
    """
    caller = authenticate(request, "law")
    count_request(caller)
    check_language(request)
    if economy is not None:
        check_economy(caller, economy, "economy")


@router.get("/goods", operation_id="findGoods", summary="Find goods by words or by the first digits of a code",
            openapi_extra=_responses("GoodsFound", "The goods, the best first", _FAULTS, LANGUAGE))  # fmt: skip
def goods(
    request: HttpRequest,
    q: str = Query(
        ..., max_length=500, description="Words in any language with names of goods, or the first digits of a code"
    ),
    economy: str | None = Query(
        None,
        description="The country whose tariff lines are searched; by default the headings of the Harmonized System",
    ),
    limit: int = Query(20, ge=1, le=100),
) -> HttpResponse:
    """Names are in the languages of the packs and schedules: `languages` counts them."""
    _authorize(request, economy)
    place = _economy(economy, "economy") if economy else None
    found = msgspec.json.encode(app.goods(q, place, translate.current_language(), limit))
    return _with_etag(request, [hashlib.blake2b(found).hexdigest()], lambda: found)


@router.get("/law/{economy}/diff", operation_id="compareLaw", summary="Changes between two dates",
            openapi_extra=_responses("LawDiff", "The rows that start, end or change", _FAULTS))  # fmt: skip
def diff(
    request: HttpRequest,
    economy: str = ECONOMY,
    since: str = Query(..., alias="from", description="The earlier date"),
    until: str = Query(..., alias="to", description="The later date"),
    code: str | None = Query(None, description="Only rows that apply to this code or category of services"),
) -> HttpResponse:
    """What changes after the first day and up to the second, in the rows of the pack."""
    _authorize(request, economy)
    first, last = _day(since, "from"), _day(until, "to")
    if first >= last:
        raise _refusal("invalid", "`from` must be earlier than `to`.", "from")
    library = app.library()
    pack = library.pack(library.pack_of(_economy(economy, "economy")))
    number, service = _read_code(code, "code") if code else ("", "")
    rows = history.changes_between(pack, first, last, number or (f"service:{service}" if service else ""))
    head = {"object": "law_diff", "pack": pack.id, "from": first.isoformat(), "to": last.isoformat()}
    found = msgspec.json.encode({**head, "code": number or service or None, "rows": list(rows)})
    return _in_english(_with_etag(request, [hashlib.blake2b(found).hexdigest()], lambda: found))


@router.get("/law/{economy}/{code}", operation_id="getLaw", summary="The rows of law in force for a code",
            openapi_extra=_responses("LawOf", "Every row in force", _FAULTS, LANGUAGE))  # fmt: skip
def law(request: HttpRequest, economy: str = ECONOMY, code: str = CODE, on: str | None = ON) -> HttpResponse:
    """Every row in force for a code or a category of services, with its dates, trust and sources."""
    _authorize(request, economy)
    day = _day(on, "on")
    found = app.library().law(_economy(economy, "economy"), day)
    number, service = _read_code(code, "code")

    def body() -> bytes:
        translate.use_law(found)
        head = {"object": "law", "pack": found.pack, "date": day.isoformat(), "code": number or service}
        period = {"since": found.since, "until": found.until, "hash": found.hash, "layers": found.layers}
        rows = [law_text.as_json(found, each) for each in lookup.rows_of(found, number, service)]
        return msgspec.json.encode({**head, **period, "rows": rows})

    return _with_etag(request, [found.hash, found.since, day.isoformat(), number, service], body)


@router.get("/economies", operation_id="listEconomies", summary="The economies and the available law",
            openapi_extra=_responses("Economies", "The economies, and the packs of law"))  # fmt: skip
def economies(request: HttpRequest) -> HttpResponse:
    """Every economy with its currency and pack of law; every pack with its trust and its schedules."""
    _authorize(request)
    found = msgspec.json.encode(economies_of(app.library()))
    return _in_english(_with_etag(request, [hashlib.blake2b(found).hexdigest()], lambda: found))


@router.get("/ways", operation_id="listProcedures", summary="The lawful import procedures of an economy",
            openapi_extra=_responses("Ways", "The procedures in the order of the pack", _FAULTS, LANGUAGE))  # fmt: skip
def ways(
    request: HttpRequest,
    economy: str = Query(..., description="ISO 3166-1 alpha-2, such as CN"),
    on: str | None = ON,
) -> HttpResponse:
    """The procedures in force on a day: for whom each is, its conditions, charges and reliefs, each with sources."""
    _authorize(request, economy)
    day, place = _day(on, "on"), _economy(economy, "economy")
    found = app.library().law(place, day)

    def body() -> Ways:
        period = {"date": day.isoformat(), "since": found.since, "until": found.until, "hash": found.hash}
        return Ways(economy=place, pack=found.pack, data=ways_of(found), **period)  # type: ignore[arg-type]  # by name

    return _with_etag(request, [found.hash, found.since, day.isoformat(), place], body)


@router.get("/agreements", operation_id="getAgreements", summary="The agreements between two economies",
            openapi_extra=_responses("AgreementsBetween", "What is in force", _FAULTS, LANGUAGE))  # fmt: skip
def agreements(
    request: HttpRequest,
    economy: str = Query(..., description="ISO 3166-1 alpha-2, such as VN"),
    partner: str = Query(..., description="The other economy, such as CN"),
    on: str | None = ON,
) -> HttpResponse:
    """The agreements on digital trade between two economies on a day, and what they open to the nodes of the two."""
    _authorize(request)
    day = _day(on, "on")
    one, other = _known_economy(economy, "economy"), _known_economy(partner, "partner")
    if one == other:
        raise _refusal("invalid", "An agreement is between two economies. Give another `partner`.", "partner")
    digest = app.library().agreements().hash
    return _with_etag(request, [digest, one, other, day.isoformat()], lambda: app.agreements(one, other, on=day))


def _in_english(response: HttpResponse) -> HttpResponse:
    """A response whose texts are not translated."""
    response["Content-Language"] = "en"
    return response


def _with_etag(request: HttpRequest, parts: list[str], body: Callable[[], Any]) -> HttpResponse:
    """A response with an ETag of the parts that determine it; 304 if the client already has it."""
    digest = hashlib.blake2b(digest_size=12)
    for part in (__version__, request.path_info, translate.current_language(), *parts):
        digest.update(f"{len(part)}:{part}".encode())
    etag = f'"{digest.hexdigest()}"'
    same = get_conditional_response(request, etag=etag)
    response = json_response(body()) if same is None else same
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"  # clients may store it and must revalidate it each time
    return response


def _economy(text: str, param: str) -> str:
    """The code of an economy that has a pack. Raises Refused (404)."""
    code, library = _known_economy(text, param), app.library()
    try:
        library.pack_of(code)
    except LawError:
        name = library.world.economies[code][0]
        message = f"No pack has the law of {name}. See /v1/economies for those available."
        raise _refusal("no_law", message, param, 404) from None
    return code


def _known_economy(text: str, param: str) -> str:
    """The code of an economy, also of one without a pack. Raises Refused (404)."""
    code, known = unicodedata.normalize("NFKC", text).strip().upper(), app.library().world.economies
    if code not in known:
        message = f"{in_quotes(text[:20])} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN."
        message += meant(code[:20], known)
        raise _refusal("unknown_economy", message, param, 404)
    return code


def _day(text: str | None, param: str) -> dt.date:
    """A day from its text; today if there is none. Raises Refused (422)."""
    if text is None:
        return dt.date.today()  # noqa: DTZ011  # today in the time zone of the server
    if (day := codes.day_of(text)) is None:
        raise _refusal("invalid", str(literals.not_a_date(text)), param)
    return day


def _read_code(text: str, param: str) -> tuple[str, str]:
    """A code of goods, or a category of services; the other of the two is empty. Raises Refused (422)."""
    code = codes.code_of(text)
    if 2 <= len(code) <= 10:
        return code, ""
    services = app.library().world.services
    name = codes.id_of(text)
    if name in services:
        return "", name
    known = ", ".join(sorted(services))
    message = (
        f"{in_quotes(text[:40])} is not a code of 2 to 10 digits, nor a category of services. Categories: {known}."
    )
    raise _refusal("invalid_hs_code", message, param)


def _refusal(code: str, message: str, param: str, status: int = 422) -> Refused:
    return Refused(status, "invalid_request_error", code, message, param)
