"""`/v1/statistics`: the table of digital trade, the mirror with another node, and rankings.

What disclosure control holds back is never shown here: only a statistician sees it, on the pages.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.language.translate import error_text
from entrepot.measure.published import EXPORTS, RANKED, ranking
from entrepot.model.errors import TradeError, nearest
from entrepot.trade_app.nodes import mirror
from entrepot.trade_app.statistics import comparing
from entrepot.trade_app.statistics.making import as_json
from entrepot.trade_app.statistics.own import own_table
from entrepot.web.api.languages import check_language
from entrepot.web.api.trade.requests import caller_of, reads, respond
from entrepot.web.http.actors import SCOPE, require_operator
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused
from entrepot.web.http.rate_limit import count_request
from entrepot.web.trade.statistics_shapes import PublishedMirror, RankingShown, StatisticsTable

router = Router(tags=["trade"])

Period = Annotated[str, Query(max_length=7, description="a year (2026), a quarter (2026-Q1) or a month (2026-03)")]
Currency = Annotated[str, Query(max_length=3, description="the currency of the figures")]


def _operator(request: HttpRequest) -> None:
    """The operator asks, counted for the rate limit. Raises Refused: 404 for anybody else."""
    count_request(authenticate(request, SCOPE))
    require_operator(request, "viewer")
    check_language(request)


def _shown(found: dict[str, Any], kind: type[msgspec.Struct]) -> HttpResponse:
    return respond(msgspec.convert(found, kind))


@router.get(
    "/statistics/table",
    operation_id="getStatisticsTable",
    openapi_extra=reads("StatisticsTable", "The table"),
    summary="Read the table of digital trade of this node, as the operator",
)
def table(
    request: HttpRequest,
    period: Period,
    partner: Annotated[str, Query(max_length=2, description="an economy, or W1 for the world")] = "W1",
    sector: Annotated[str, Query(max_length=4, description="S1 all, S11, S13 or S1M")] = "S1",
    product: Annotated[str, Query(max_length=4, description="a chapter of the HS, a code of EBOPS, or _T")] = "_T",
    currency: Currency = "CNY",
    valuation: Annotated[str, Query(max_length=5, description="FOB, CIF or price")] = "FOB",
) -> HttpResponse:
    """The table after disclosure control, computed now from the ledger; a large node uses the command line."""
    _operator(request)
    made = own_table(period, currency, valuation, by_product=product != "_T")
    return _shown(as_json(made, partner, sector, product), StatisticsTable)


@router.get(
    "/statistics/mirror",
    operation_id="getStatisticsMirror",
    openapi_extra=reads("PublishedMirror", "The mirror"),
    summary="Compare what this node and another one have published, as the operator",
)
def mirror_with(
    request: HttpRequest,
    peer: Annotated[str, Query(max_length=200, description="the other node: its id, pn_…, or its economy")],
    period: Period,
    currency: Currency = "CNY",
) -> HttpResponse:
    """The mirror. The other node is asked now, over the capability `statistics`; what it does not say is not known.

    A comparison order by order is not here: its figures are those before disclosure control.
    """
    _operator(request)
    return _shown(mirror.mirror_with(peer, period, currency, before_control=False), PublishedMirror)


@router.get(
    "/statistics/ranking",
    operation_id="getRanking",
    openapi_extra=reads("RankingShown", "The ranking"),
    summary="Rank economies by published statistics",
)
def rank(
    request: HttpRequest,
    year: Annotated[int | None, Query(ge=1900, le=9999, description="by default the last one")] = None,
    flow: Annotated[str, Query(max_length=7, description="exports, imports or both")] = EXPORTS,
    first: Annotated[int, Query(ge=1, le=500, description="how many places")] = 10,
    source: Annotated[str, Query(max_length=80, description="the id of the statistics, if several were added")] = "",
) -> HttpResponse:
    """The ranking by statistics that the operator added, with their definition and vintage."""
    caller_of(request)
    if flow not in RANKED:
        raise TradeError(
            "flow_unknown",
            "{value!r} is not a flow. Use {known}.",
            "flow",
            nearest(flow, RANKED),
            value=flow,
            known=", ".join(RANKED),
        )
    try:
        found = comparing.find_published(source)
    except TradeError as error:
        # The command names its option; here it is a parameter.
        says = error_text(error).replace("--set", "source")
        raise Refused(422, "invalid_request_error", error.code, says, "source") from None
    wanted = year if year is not None else max(found.years(), default=0)
    return _shown(comparing.ranking_json(ranking(found, wanted, flow), first), RankingShown)
