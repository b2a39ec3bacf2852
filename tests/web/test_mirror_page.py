"""The page of the mirror with another node: figures, reasons, a chart, a file; who sees what."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, run_server
from test_governance_pages import DUTY

from entrepot.measure.mirror import Side, mirrors_by_product
from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import FLOWS
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.statistics_messages import PublishedCell, PublishedTable, TablesPublished
from entrepot.trade_app.nodes import mirror, order_mirror
from entrepot.trade_app.statistics import synthetic

#: The page as this node shows it where the other one answers so: there is no second node here.
PAGE = """
import json
from types import SimpleNamespace
from django.test import Client
from entrepot.model.errors import TradeError
from entrepot.web.pages.trade import statistics_mirror
asked, found = [], json.loads({found!r})
peer = SimpleNamespace(id="pn_1", name="Node of China", economy="CN", status="active")
def mirror_with(number, period, currency, *, before_control):
    asked.append([number, period, currency, before_control])
    if number == "pn_down":
        raise TradeError("peer_unreachable", "{{name}} does not answer: {{why}}", name="Node of China", why="timeout")
    return found
statistics_mirror.mirror_with = mirror_with
statistics_mirror.officers.list_peers = lambda _limit: [peer]
client = Client(SERVER_NAME="127.0.0.1")
client.cookies["sessionid"] = {session!r}
answer = client.get({path!r})
print(json.dumps([answer.status_code, answer.content.decode(), asked]))
"""
PATH = "/{}/operator/statistics/mirror/"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("mirror"), workers=1, background=0) as running:
        yield running


@pytest.fixture(scope="module")
def sessions(own: Server) -> dict[str, str]:
    """Of a statistician of the operator, and of a viewer."""
    return {
        duty: own.ask(DUTY.replace("@duty", "@mirror").format(duty=duty)).strip() for duty in ("statistics", "viewer")
    }


def table(economy: str, partner: str, **values: str) -> TablesPublished:
    """What a node has published: of the named measures, in this order, exports and imports; `Q` is held back."""
    cells = []
    for measure in MEASURES:
        given = values.get(measure, "0 0").split()
        for flow, value in zip(FLOWS, given, strict=True):
            held = value == "Q"
            cells.append(
                PublishedCell(flow=flow, measure=measure, value="" if held else value, status="Q" if held else "A")
            )
    tables = (PublishedTable(valuation="FOB", made="2026-02-01T00:00:00+00:00", cells=tuple(cells)),)
    return TablesPublished(reporter=economy, partner=partner, period="2025", currency="CNY", tables=tables)


def compared(*, orders: bool) -> dict[str, Any]:
    """The mirror of Viet Nam's node with China's."""
    peer = Peer(id="pn_1", status="active", economy="CN", name="Node of China", operator="", address="", did="",
                keys=(), created="")  # fmt: skip
    ours = table("VN", "CN", total="120.00 0", ordered="120.00 0", ordered_goods="Q 0")
    theirs = table("CN", "VN", total="0 100.00", ordered="0 100.00", ordered_goods="0 100.00")
    found = mirror.mirror_of(peer, mirror.Answers(ours, theirs))
    if not orders:
        return {**found, "orders": order_mirror.not_made("before_control")}
    lines = list(synthetic.draw(300, year=2025, economies=("VN", "CN")))
    sides = (Side("VN", lines, lambda _currency, _day: None), Side("CN", lines[:-3], lambda _currency, _day: None))
    every = [order_mirror._row(each, 2) for each in mirrors_by_product(*sides, "2025", "CNY")]
    flow = {
        "exporter": "VN",
        "importer": "CN",
        "lines": 300,
        "matched": 297,
        "rows": [each for each in every if each["product"] == "_T"],
        "products": [each for each in every if each["product"] != "_T"],
    }
    return {**found, "orders": {"why": None, "message": None, "flows": [flow]}}


def shown(own: Server, session: str, found: Any, query: str, language: str = "en") -> tuple[int, str, list[Any]]:
    path = f"{PATH.format(language)}?{query}"
    status, text, asked = json.loads(own.ask(PAGE.format(found=json.dumps(found), session=session, path=path)))
    return status, text, asked


def test_the_page_shows_each_gap_with_its_reasons(own: Server, sessions: dict[str, str]) -> None:
    found = compared(orders=True)
    status, text, asked = shown(own, sessions["statistics"], found, "peer=pn_1&period=2025&currency=cny")
    assert (status, asked) == (200, [["pn_1", "2025", "CNY", True]])
    text = html.unescape(text)
    for says in ("Viet Nam → China", "Node of China", "recorded by one side only", "freight and insurance"):
        assert says in text, says
    # Published: 120 exported and 100 imported; a figure that is held back has none, and so no gap.
    assert "not explained by published figures: CNY\xa020.00" in text
    assert "held back" in text
    assert "Chapter 09" not in text
    assert "09 Coffee, tea, mate and spices" in text
    assert text.count('role="img"') == 2, "a chart of the tables where there is a figure, and one of the orders"
    assert "Never publish it." in text


def test_who_is_no_statistician_sees_published_figures_only(own: Server, sessions: dict[str, str]) -> None:
    found = compared(orders=False)
    _status, text, asked = shown(own, sessions["viewer"], found, "peer=pn_1&period=2025")
    assert asked == [["pn_1", "2025", "CNY", False]]
    text = html.unescape(text)
    assert "only a statistician of this node sees" in text
    assert "Published tables do not show returns, exchange rates" in text


def test_the_figures_are_downloaded_and_the_reasons_add_up(own: Server, sessions: dict[str, str]) -> None:
    found = compared(orders=True)
    _status, text, _asked = shown(own, sessions["statistics"], found, "peer=pn_1&period=2025&download=1")
    rows = list(csv.DictReader(io.StringIO(text)))
    gaps: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("compared", "exporter", "importer", "measure", "product"))
        gaps.setdefault(key, []).append(row)
    assert ("tables", "VN", "CN", "total", "_T") in gaps
    assert any(key[0] == "orders" and key[4] == "09" for key in gaps)
    for parts in gaps.values():
        if parts[0]["gap"]:
            total = sum(int(each["amount"].replace(".", "")) for each in parts if each["amount"])
            assert total == int(parts[0]["gap"].replace(".", "")), parts
    (held,) = gaps[("tables", "VN", "CN", "ordered_goods", "_T")]
    assert (held["exports"], held["gap"], held["reason"]) == ("", "", "held_back")


def test_a_node_that_does_not_answer_is_said(own: Server, sessions: dict[str, str]) -> None:
    status, text, _asked = shown(own, sessions["viewer"], {}, "peer=pn_down&period=2025")
    assert (status, "Node of China does not answer" in html.unescape(text)) == (422, True)


def test_without_another_node_the_page_says_so_and_is_for_the_operator(own: Server, sessions: dict[str, str]) -> None:
    path = own.url + PATH.format("en")
    assert httpx.get(path, timeout=60).status_code == 302
    with httpx.Client(cookies={"sessionid": sessions["viewer"]}, timeout=60) as visitor:
        assert "No other node is connected yet." in visitor.get(path).text
        unknown = visitor.get(path, params={"peer": "pn_0", "period": "2025"})
        assert (unknown.status_code, "pn_0" in unknown.text or "economy" in unknown.text) == (422, True)


@pytest.mark.long
@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("km", 360), ("zh", 360)])
def test_the_page_is_accessible_and_fits(own: Server, sessions: dict[str, str], language: str, width: int) -> None:
    _status, text, _asked = shown(own, sessions["statistics"], compared(orders=True), "peer=pn_1", language)
    with browser() as chromium:
        context = chromium.new_context(viewport={"width": width, "height": 800})  # type: ignore[attr-defined]
        page = context.new_page()
        path = own.url + PATH.format(language)
        page.route(path, lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8"))
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert len(text.encode()) < 150_000
        assert_no_barriers(page, f"mirror {language}")
        shot(page, f"mirror-{language}-{width}")
        context.close()
