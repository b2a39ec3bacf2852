"""For the operator and the statistician: what this node and another one report of their trade, and why it differs."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import _, error_text, money
from entrepot.measure.mirror_words import NOT_IN_TABLES, PUBLISHED_REASONS, REASONS, WITHOUT_ORDERS
from entrepot.measure.template import row_of
from entrepot.measure.transactions import ALL_PRODUCTS
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.trade.nodes.peers import ACTIVE
from entrepot.trade.ports import NotFound
from entrepot.trade_app.nodes import officers
from entrepot.trade_app.nodes.mirror import mirror_with
from entrepot.web.http.actors import require_operator
from entrepot.web.pages import charts
from entrepot.web.pages.people.form_page import Note
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade.statistics import PARTS, product_name

#: Nodes of the choice.
LISTED = 200
COLUMNS = ("compared", "exporter", "importer", "measure", "product", "exports", "imports", "gap", "reason", "amount")


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page. Where a node is chosen it is asked now. `download`: the figures as a CSV file."""
    actor = require_operator(request, "viewer", duty="statistics")
    given = {name: request.GET.get(name, "").strip()[:40] for name in ("peer", "period", "currency")}
    asked = {
        **given,
        "period": given["period"] or str(dt.datetime.now(dt.UTC).year - 1),
        "currency": given["currency"].upper() or "CNY",
    }
    notes: list[Note] = []
    found: dict[str, Any] = {}
    if asked["peer"]:
        try:
            found = _compared(asked, before_control="statistics" in actor.roles)
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    if found and "download" in request.GET:
        return _file(found)
    context = {
        "asked": asked,
        "peers": [each for each in officers.list_peers(LISTED) if each.status == ACTIVE],
        # A statistician sees no page of a node.
        "links_nodes": "viewer" in actor.roles,
        "notes": notes,
        "mirror": _shown(found) if found else {},
        **nav_context(request, actor),
    }
    return render(request, "trade/statistics_mirror.html", context, status=422 if notes else 200)


def _compared(asked: Mapping[str, str], *, before_control: bool) -> dict[str, Any]:
    try:
        return mirror_with(asked["peer"], asked["period"], asked["currency"], before_control=before_control)
    except NotFound:
        raise TradeError("not_found", "There is no node {name}.", "peer", name=asked["peer"]) from None


def _shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """The mirror with its texts and charts."""
    currency, orders = found["currency"], found["orders"]
    published = [
        (
            translate.place(economy),
            [(each["valuation"], each["made"][:10]) for each in found["published"] if each["economy"] == economy],
        )
        for economy in found["economies"]
    ]
    without = _(WITHOUT_ORDERS[orders["why"]]).format(why=orders["message"]) if orders["why"] else ""
    return {
        **found,
        "published": published,
        "flows": [_flow(each, each["rows"], PUBLISHED_REASONS, currency) for each in found["flows"]],
        "orders": [_flow(each, (*each["rows"], *each["products"]), REASONS, currency) for each in orders["flows"]],
        "without": without,
        "not_in_tables": _(NOT_IN_TABLES) if without and found["compared"] else "",
    }


def _flow(
    flow: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], currency: str
) -> dict[str, Any]:
    """One direction: the rows, and a chart of what both sides report of them."""
    drawn = [
        [Decimal(each[side]) if each[side] is not None else None for side in ("exports", "imports")] for each in rows
    ]
    chart = charts.bars(drawn, PARTS)
    return {
        "exporter": translate.place(flow["exporter"]),
        "importer": translate.place(flow["importer"]),
        "chart": chart,
        "rows": [
            {
                "name": _name(each),
                "exports": _amount(each, "exports", currency),
                "imports": _amount(each, "imports", currency),
                "gap": _amount(each, "gap", currency),
                "reasons": [(_(names[part["reason"]]), money(part["amount"], currency)) for part in each["reasons"]],
                "bars": group,
            }
            for each, group in zip(rows, chart.groups, strict=True)
        ],
    }


def _name(row: Mapping[str, Any]) -> str:
    """The measure, or of the total a product."""
    product = row.get("product", ALL_PRODUCTS)
    of = row_of(row["measure"])
    return f"{of.id} {_(of.name)}" if product == ALL_PRODUCTS else product_name(product)


def _amount(row: Mapping[str, Any], name: str, currency: str) -> str:
    if row[name] is None:
        return _("held back") if row.get("why") == "held_back" else _("not known")
    shown = money(row[name], currency)
    return f"≥ {shown}" if row.get("at_least") and name != "gap" else shown


def _file(found: Mapping[str, Any]) -> HttpResponse:
    """The figures: a line for each reason of a row, and one for a row without any."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for compared, flows in (("tables", found["flows"]), ("orders", found["orders"]["flows"])):
        for flow in flows:
            writer.writerows(_lines(compared, flow))
    name = f"mirror-{'-'.join(found['economies'])}-{found['period']}.csv"
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(compared: str, flow: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for row in (*flow["rows"], *flow.get("products", ())):
        figures = [row[name] or "" for name in ("exports", "imports", "gap")]
        product = row.get("product", ALL_PRODUCTS)
        for part in row["reasons"] or ({"reason": row.get("why") or "", "amount": ""},):
            place = (compared, flow["exporter"], flow["importer"], row["measure"], product)
            yield (*place, *figures, part["reason"], part["amount"])
