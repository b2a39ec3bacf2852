"""`/v1/market`: the offers that the market shows to anybody, with what they cost delivered, and the pavilions."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot import app
from entrepot.store import market_index, pavilions
from entrepot.store.market_index import MAX_QUERY, Wanted
from entrepot.trade_app import market as market_app
from entrepot.trade_app.landed_prices import Viewer
from entrepot.web.api.languages import check_language
from entrepot.web.api.trade.requests import LISTED, lists, respond_list
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused
from entrepot.web.http.rate_limit import count_request
from entrepot.web.http.sandbox import check_economy
from entrepot.web.trade.market_shapes import show_market_offer, show_pavilion

router = Router(tags=["market"])
#: Offers of a page at most: each has its landed price.
MAX_LISTED = 50


@router.get(
    "/market/offers",
    operation_id="searchMarket",
    openapi_extra=lists("MarketOfferShown", "A page of offers: those with the words in a title first, then the newest"),
    summary="Search the offers of the market, with what they cost delivered",
)
def search(
    request: HttpRequest,
    q: str = Query("", max_length=MAX_QUERY, description="words in any language, or the first digits of a code"),
    pavilion: str = Query("", max_length=40, description="only offers of this pavilion"),
    ship_from: str = Query("", max_length=2, description="only offers sent from this economy (ISO 3166-1)"),
    kind: Literal["", "goods", "service"] = Query("", description="only goods, or only services"),
    to: str = Query("", max_length=2, description="the economy of delivery, for the landed prices (ISO 3166-1)"),
    buyer: Literal["consumer", "business"] = Query("consumer", description="who buys, for the landed prices"),
    limit: int = Query(LISTED, ge=1, le=MAX_LISTED, description="how many"),
    starting_after: str = Query("", max_length=40, description="the last id of the previous page"),
) -> HttpResponse:
    """Offers that can be ordered, without an account. `landed` is that of one piece, on today's law."""
    caller = authenticate(request, "quotes")
    count_request(caller)
    check_language(request)
    viewer = None
    if to:
        check_economy(caller, to, "to")
        if to.upper() not in app.library().world.economies:
            message = f'"{to}" is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.'
            raise Refused(422, "invalid_request_error", "invalid", message, "to")
        viewer = Viewer(to.upper(), buyer)
    wanted = Wanted(q.replace("\0", " "), pavilion.replace("\0", ""), ship_from.upper().replace("\0", ""), kind)
    now, after = dt.datetime.now(dt.UTC), starting_after.replace("\0", "")
    page = market_app.search(wanted, viewer, now, after=after, limit=limit)
    return respond_list(map(show_market_offer, page.offers), more=bool(page.next))


@router.get(
    "/market/pavilions",
    operation_id="listPavilions",
    openapi_extra=lists("PavilionShown", "All pavilions that are published"),
    summary="List the pavilions of the market",
)
def list_pavilions(request: HttpRequest) -> HttpResponse:
    """The pavilions in the order in which they were made, on one page."""
    count_request(authenticate(request, "quotes"))
    check_language(request)
    counts = market_index.count_by_pavilion()
    return respond_list(
        (show_pavilion(each, counts.get(each.slug, 0)) for each in pavilions.list_pavilions()), more=False
    )
