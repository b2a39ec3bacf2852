"""For the operator and the statistician: the table of digital trade of this node, and published statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot import app
from entrepot.language import translate
from entrepot.language.translate import N_, _, error_text, money, number
from entrepot.measure.cube import as_csv
from entrepot.measure.products import EBOPS
from entrepot.measure.published import BOTH, EXPORTS, IMPORTS, MEANINGS, Published, check_claim, ranking
from entrepot.measure.sector_names import SECTOR_NAMES
from entrepot.measure.template import ROWS
from entrepot.measure.transactions import ALL_PRODUCTS, TOTAL_ECONOMY, WORLD
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.trade_app.statistics import comparing
from entrepot.trade_app.statistics.making import VALUATIONS, Made, as_json
from entrepot.trade_app.statistics.own import own_table
from entrepot.web.http.actors import require_operator
from entrepot.web.pages import charts
from entrepot.web.pages.people.form_page import Note
from entrepot.web.pages.people.nav import nav_context

FLOW_NAMES = {EXPORTS: N_("Exports"), IMPORTS: N_("Imports"), BOTH: N_("Exports and imports")}
FIRST = 10
#: The fields of the page.
ASKED = ("period", "partner", "sector", "product", "currency", "valuation", "whole", "set", "year", "flow", "area")
#: Errors that no input of the page changes.
_OF_THE_NODE = frozenset({"no_economy", "too_many_lines"})
#: The sectors of the domestic party, and all of them together.
WITH_ALL = {TOTAL_ECONOMY: N_("Whole economy"), **SECTOR_NAMES}
VALUATION_NAMES = {
    "FOB": N_("FOB: at the border of the exporter"),
    "CIF": N_("CIF: imports with freight and insurance"),
    "price": N_("As charged"),
}
#: The colours of exports and imports, as parts of the bar of a price.
PARTS = ("goods", "taxes")


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page. `download`: the figures as a CSV file, with products if one is chosen.

    Only a statistician sees what is held back.
    """
    actor = require_operator(request, "viewer", duty="statistics")
    may_see_all = "statistics" in actor.roles
    asked = _asked(request)
    notes: list[Note] = []
    table: dict[str, Any] = {}
    refused = False
    try:
        made = _made(asked, file="download" in request.GET)
        if "download" in request.GET:
            return _file(made)
        whole = may_see_all and asked["whole"] == "1"
        try:
            table = _table(made, asked, whole=whole)
        except TradeError as error:  # a choice that this table does not have: it is shown without it
            notes.append(Note(error_text(error), "bad"))
            refused, asked = True, {**asked, "partner": WORLD, "sector": TOTAL_ECONOMY, "product": ALL_PRODUCTS}
            table = _table(made, asked, whole=whole)
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
        refused = getattr(error, "code", "") not in _OF_THE_NODE
    context = {
        "asked": asked,
        "may_see_all": may_see_all,
        "flows": [(name, _(says)) for name, says in FLOW_NAMES.items()],
        "valuations": [(name, _(says)) for name, says in VALUATION_NAMES.items()],
        "table": table,
        "ranking": _ranking(asked, notes),
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/statistics.html", context, status=422 if refused else 200)


def _asked(request: HttpRequest) -> dict[str, str]:
    given = {name: request.GET.get(name, "").strip()[:40] for name in ASKED}
    return {
        **given,
        "period": given["period"] or str(dt.datetime.now(dt.UTC).year),
        "partner": given["partner"].upper() or WORLD,
        "sector": given["sector"].upper() or TOTAL_ECONOMY,
        "currency": given["currency"].upper() or "CNY",
        "valuation": given["valuation"] or VALUATIONS[0],
        "product": given["product"] or ALL_PRODUCTS,
        "flow": given["flow"] if given["flow"] in FLOW_NAMES else EXPORTS,
        "area": given["area"].upper(),
    }


def _made(asked: Mapping[str, str], *, file: bool) -> Made:
    """The table, with the products that may be chosen; as a file, with those that are not shown only if one is."""
    by_product = False if file and asked["product"] == ALL_PRODUCTS else None
    return own_table(asked["period"], asked["currency"], asked["valuation"], by_product=by_product)


def _file(made: Made) -> HttpResponse:
    name = f"digital-trade-{made.table.reporter}-{made.table.period}.csv"
    response = HttpResponse(as_csv(iter(made.observations())), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _table(made: Made, asked: Mapping[str, str], *, whole: bool) -> dict[str, Any]:
    """The rows with their texts, the chart, and what can be chosen."""
    found = as_json(made, asked["partner"], asked["sector"], asked["product"], whole=whole)
    drawn = [
        [Decimal(each[flow]) if each[flow] is not None else None for flow in (EXPORTS, IMPORTS)]
        for each in found["rows"]
    ]
    chart = charts.bars(drawn, PARTS)
    rows = [
        {
            "id": row.id,
            "name": _(row.name),
            "cells": [_cell(each, flow, found["currency"]) for flow in (EXPORTS, IMPORTS)],
            "bars": group,
        }
        for row, each, group in zip(ROWS, found["rows"], chart.groups, strict=True)
    ]
    return {
        **found,
        "place": translate.place(found["reporter"]),
        "rows": rows,
        "chart": chart,
        "choices": [
            (code, _("The world") if code == WORLD else translate.place(code)) for code in (WORLD, *found["partners"])
        ],
        "in_sectors": [(code, _(WITH_ALL.get(code, code))) for code in (TOTAL_ECONOMY, *found["sectors"])],
        "sector_name": "" if found["sector"] == TOTAL_ECONOMY else _(WITH_ALL.get(found["sector"], found["sector"])),
        "product_name": "" if found["product"] == ALL_PRODUCTS else product_name(found["product"]),
        "goods": [(code, product_name(code)) for code in found["products"] if code[:1].isdigit()],
        "services": [(code, product_name(code)) for code in found["products"] if not code[:1].isdigit()],
    }


def product_name(code: str) -> str:
    """A chapter of the HS with its name; a code of EBOPS with the categories of services that have it."""
    world = app.library().world
    if code[:1].isdigit():
        return f"{code} {translate.pack_text(world.headings.get(code, ''))}".strip()
    titles = [title for each, title in world.services.items() if EBOPS.get(each) == code]
    return f"{code} {', '.join(map(translate.pack_text, titles))}".strip()


def _cell(row: Mapping[str, Any], flow: str, currency: str) -> str:
    if row[flow] is None:
        return _("held back") if row[f"{flow}_held_back"] else _("not known")
    shown = money(row[flow], currency)
    return f"≥ {shown}" if row[f"{flow}_at_least"] else shown


def _ranking(asked: Mapping[str, str], notes: list[Note]) -> dict[str, Any]:
    """The ranking of the statistics that were added; nothing where none were."""
    sets = comparing.list_published()
    chosen = asked["set"] or (sets[0].id if sets else "")
    try:
        source = comparing.find_published(chosen)
    except TradeError as error:
        return {"why": error_text(error)}
    given = asked["year"]
    year = int(given) if given.isascii() and given.isdigit() else max(source.years(), default=0)
    try:
        found = ranking(source, year, asked["flow"])
    except TradeError as error:
        notes.append(Note(error_text(error), "bad"))
        return {"why": error_text(error)}
    area = asked["area"] or next(iter((*(each.area for each in found.places), *found.missing)), "")
    return {
        "source": source,
        "sets": [(each.id, each.title) for each in sets],
        "meaning": _(MEANINGS[source.definition]),
        "years": source.years(),
        "year": year,
        "places": [(each.rank, each.area, number(format(each.value, "f"))) for each in found.places[:FIRST]],
        "missing": len(found.missing),
        **_over_years(source, area, asked["flow"], notes),
    }


def _over_years(source: Published, area: str, flow: str, notes: list[Note]) -> dict[str, Any]:
    """The values of an economy, its place in each year, and whether that is among the first ten."""
    try:
        answers = [each for each in check_claim(source, area, FIRST).answers if each[1] == flow]
    except TradeError as error:
        notes.append(Note(error_text(error), "bad"))
        answers = []
    shown = [
        (year, number(format(place.value, "f")), place.rank, _("yes") if holds else _("no"))
        if place is not None
        else (year, _("not known"), "—", _("not known"))
        for year, _flow, place, holds in answers
    ]
    drawn = charts.line([(year, place.value if place is not None else None) for year, _flow, place, _holds in answers])
    return {"area": area, "points": shown, "line": drawn, "most": number(format(drawn.most, "f"))}
