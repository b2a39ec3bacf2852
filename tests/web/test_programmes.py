"""Programmes over the API and on the pages of the operator: created, started, measured, and seen by nobody else."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, run_server
from test_governance_pages import DUTY
from test_trade_pages import Visitor
from trade_market import PAYMENTS, Market, check, open_market

from entrepot.connect.statistics import files

PROGRAMME: dict[str, Any] = {
    "field": "local_cooperation",
    "title": "Pilot zone",
    "economies": ["CN", "VN"],
    "starts": "2026-03-01",
    "ends": "2036-12-31",
    "places": ["Shanghai"],
    "goals": [{"indicator": "orders", "target": 1}],
    "items": [{"says": "Opening", "due": "2026-03-10"}],
}

#: The buyer is resident in another economy than the seller.
MOVED = "Organization.objects.filter(kind='buyer').update(country='CN')"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(
        tmp_path_factory.mktemp("programmes"), workers=1, background=0, **PAYMENTS, ENTREPOT_PLATFORM_ECONOMY="CN"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    return open_market(own)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while Visitor.opened:
        Visitor.opened.pop().close()


def test_the_api_runs_a_programme(market: Market) -> None:
    operator = market.operator
    made = operator.post("/v1/programmes", PROGRAMME).json()
    assert (made["object"], made["status"]) == ("programme", "planned")
    assert made["agreements"] == ["rcep_ecommerce", "silk_road_ecommerce"]
    where = f"/v1/programmes/{made['id']}"
    changed = operator.post(where, {"status": "running", "done": 1}).json()
    assert (changed["status"], bool(changed["items"][0]["done"])) == ("running", True)
    indicators = {each["indicator"]: each for each in operator.get(where).json()["indicators"]}
    # The market has orders from Viet Nam to China.
    assert indicators["orders"]["value"] >= 1
    assert indicators["orders"]["reached"] is True
    listed = operator.get("/v1/programmes?limit=1").json()
    assert (listed["data"][0]["id"], listed["data"][0]["indicators"], listed["has_more"]) == (made["id"], None, True)
    refused = operator.post("/v1/programmes", {**PROGRAMME, "economies": ["VN", "US"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "no_agreement")
    assert operator.post(where, {"title": ""}).status_code == 422
    assert operator.post(where, {"done": 9}).status_code == 422
    assert market.seller.get("/v1/programmes").status_code == 404
    assert market.seller.post("/v1/programmes", PROGRAMME).status_code == 404


def test_the_pages_run_a_programme(own: Server, market: Market) -> None:
    operator = Visitor(own, market.sessions["operator"])
    form = {
        "field": "capacity_building", "title": "Training of sellers", "economy": "CN", "partner": "KH", "third": "",
        "starts": "2026-03-01", "ends": "2036-12-31", "places": "Phnom Penh, Shanghai", "goal_people_trained": "100",
        "work_items": "2026-03-10 First lecture\n2026-04-10 Second lecture",
    }  # fmt: skip
    shown = operator.post("/vi/operator/programmes/", form)
    assert shown.status_code == 200
    assert "Training of sellers" in shown.text
    assert "Phnom Penh, Shanghai" in shown.text
    assert "Second lecture" in shown.text
    where = str(shown.url.path)
    assert "/vi/operator/programmes/pg_" in where
    assert operator.post(where, {"status": "running"}).status_code == 200
    assert operator.post(where, {"done": "2"}).status_code == 200
    assert operator.post(where, {"burn": "2"}).status_code == 404
    wrong = operator.post("/en/operator/programmes/", {**form, "partner": "US", "economy": "VN"})
    assert wrong.status_code == 422
    assert "No agreement in force on 2026-03-01 lets VN and US run a programme." in wrong.text
    assert 'value="Training of sellers"' in wrong.text
    assert "2026-03-10 First lecture" in wrong.text
    assert "object at" not in operator.get("/en/operator/programmes/").text
    seller = Visitor(own, market.sessions["seller"])
    assert seller.get(where).status_code == 404
    assert seller.get("/en/operator/programmes/").status_code == 404


def test_the_page_of_statistics_is_for_the_operator(own: Server, market: Market) -> None:
    operator = Visitor(own, market.sessions["operator"])
    shown = operator.get("/en/operator/statistics/?period=2031")
    assert shown.status_code == 200
    assert "Nothing was recorded for this period" in shown.text
    year = operator.get(f"/th/operator/statistics/?period={dt.datetime.now(dt.UTC).year}").text
    assert 'role="img"' not in year  # the buyer is resident where the seller is: no sale crosses the border
    own.ask("from entrepot.store.people_models import Organization\n" + MOVED)
    year = operator.get(f"/th/operator/statistics/?period={dt.datetime.now(dt.UTC).year}").text
    assert year.count("<tr>") >= 12  # a table with all rows of the template
    assert "object at" not in year
    # Not a statistician: what is held back stays so.
    assert 'name="whole"' not in year
    wrong = operator.get("/vi/operator/statistics/?period=2026-13")
    assert (wrong.status_code, "2026-13" in wrong.text) == (422, True)
    figures = operator.get("/en/operator/statistics/?period=2026&download=1")
    assert figures.headers["Content-Type"].startswith("text/csv")
    assert figures.text.startswith("FREQ,REF_AREA")
    assert Visitor(own, market.sessions["seller"]).get("/en/operator/statistics/").status_code == 404


def test_a_statistician_chooses_a_product_and_the_chart_is_read_on_a_telephone(own: Server, market: Market) -> None:
    own.ask("from entrepot.store.people_models import Organization\n" + MOVED)
    session = own.ask(DUTY.format(duty="statistics")).strip()
    person, year = Visitor(own, session), dt.datetime.now(dt.UTC).year
    path = f"/en/operator/statistics/?period={year}"
    assert 'role="img"' not in person.get(path).text, "all of it is held back: there is nothing to draw"
    whole = html.unescape(person.get(f"{path}&whole=1").text)
    assert '<option value="09">09 Coffee, tea, mate and spices</option>' in whole
    assert '<option value="SK22">SK22 Live teaching online, Online education' in whole
    coffee = html.unescape(person.get(f"{path}&whole=1&product=09").text)
    assert "<strong>09 Coffee, tea, mate and spices</strong>" in coffee
    assert '<option value="09" selected>' in coffee
    assert coffee != whole
    # What is held back of the whole is held back of a product; and a product has no figures of one partner.
    assert 'role="img"' not in person.get(f"{path}&product=09").text
    for query, says in (
        ("product=09&partner=VN", "for the world and the whole economy only"),
        ("product=XX", "has no product"),
    ):
        refused = person.get(f"{path}&{query}")
        assert (refused.status_code, says in html.unescape(refused.text)) == (422, True), query
        assert 'id="f-product"' in refused.text, "another choice can be made"
    # The file has what may be published of products where one is chosen.
    of_all, of_products = (person.get(f"{path}&download=1{more}").text for more in ("", "&product=09"))
    assert ",09," not in of_all
    assert len(of_products.splitlines()) > len(of_all.splitlines())
    with browser() as chrome:
        context = chrome.new_context(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's browser
        context.add_cookies([{"name": "sessionid", "value": session, "url": own.url}])
        page = context.new_page()
        for language in ("en", "km"):
            page.goto(f"{own.url}/{language}/operator/statistics/?period={year}&whole=1")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert page.locator(".bars svg rect").count() > 1
            assert page.locator("main svg text").count() == 0, "text in a drawing is as small as the drawing"
            found = page.locator(".bars span").evaluate_all(
                "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
            )
            assert len(found) == 11
            assert min(found) >= 12
            assert_no_barriers(page, f"statistics {language}")
        context.close()


def test_a_sector_a_currency_and_a_valuation_are_chosen(own: Server, market: Market) -> None:
    own.ask("from entrepot.store.people_models import Organization\n" + MOVED)
    person = Visitor(own, own.ask(DUTY.replace("@duty", "@choice").format(duty="statistics")).strip())
    year = dt.datetime.now(dt.UTC).year
    path = f"/en/operator/statistics/?period={year}"
    households = html.unescape(person.get(f"{path}&whole=1&sector=S1M").text)
    assert '<option value="S1M" selected>Households</option>' in households
    assert "<strong>Households</strong>" in households
    dollars = html.unescape(person.get(f"{path}&whole=1&currency=usd&valuation=CIF").text)
    assert f", {year}, USD (CIF)</h2>" in dollars
    assert "USD\xa0" in dollars
    for query, says in (
        ("sector=S99", "has no sector"),
        ("currency=XXY", "is not a currency code"),
        ("valuation=EXW", "is not a valuation"),
    ):
        refused = person.get(f"{path}&{query}")
        assert (refused.status_code, says in html.unescape(refused.text)) == (422, True), query
        assert 'id="f-currency"' in refused.text


def test_the_api_shows_the_operator_what_may_be_published(own: Server, market: Market, document: Any) -> None:
    operator, year = market.operator, str(dt.datetime.now(dt.UTC).year)
    shown = operator.get(f"/v1/statistics/table?period={year}")
    assert shown.status_code == 200, shown.text
    table = shown.json()
    check(document, "StatisticsTable", table)
    assert [each["id"] for each in table["rows"]][:3] == ["1", "2", "2.1"]
    # What is held back has no figure: a key of the API is no statistician.
    held = [row for row in table["rows"] for flow in ("exports", "imports") if row[f"{flow}_held_back"]]
    assert all(row[flow] is None for row in held for flow in ("exports", "imports") if row[f"{flow}_held_back"])
    for query, param in (
        ("period=2026-13", "period"),
        (f"period={year}&partner=ZZ", "partner"),
        (f"period={year}&currency=XXY", "currency"),
        (f"period={year}&valuation=EXW", "valuation"),
        (f"period={year}&product=XX", "product"),
    ):
        refused = operator.get(f"/v1/statistics/table?{query}")
        assert (refused.status_code, refused.json()["error"]["param"]) == (422, param), refused.text
    assert operator.get(f"/v1/statistics/mirror?peer=pn_{'0' * 32}&period={year}").status_code == 404
    for path in (f"table?period={year}", f"mirror?peer=VN&period={year}"):
        assert market.seller.get(f"/v1/statistics/{path}").status_code == 404


def test_a_ranking_by_published_statistics_is_for_every_key(
    own: Server, market: Market, document: Any, tmp_path: Path
) -> None:
    none = market.seller.get("/v1/statistics/ranking")
    assert (none.status_code, none.json()["error"]["code"]) == (422, "no_statistics")
    add_statistics(own, tmp_path)
    shown = market.seller.get("/v1/statistics/ranking?year=2023&first=1")
    assert shown.status_code == 200, shown.text
    found = shown.json()
    check(document, "RankingShown", found)
    assert [each["area"] for each in found["places"]] == ["VNM"]
    assert (found["missing"], found["source"]["definition"], found["source"]["vintage"]) == (
        ["KHM"],
        "delivered",
        "2024",
    )
    refused = market.seller.get("/v1/statistics/ranking?flow=sum")
    assert (refused.status_code, refused.json()["error"]["param"]) == (422, "flow")
    # On the page the statistics are chosen where there are several.
    operator = Visitor(own, market.sessions["operator"])
    assert 'id="f-set"' not in operator.get("/en/operator/statistics/").text
    other = tmp_path / "other.csv"
    other.write_text("area,indicator,unit,year,value\nTHA,exports,USD,2021,7\n")
    try:
        files.add(own.data, other, title="Other services", publisher="WTO", vintage="2022", definition="deliverable")
        chosen = operator.get("/en/operator/statistics/?set=published").text
        assert '<option value="published" selected>Services</option>' in chosen
        assert "VNM" in chosen
        others = operator.get("/en/operator/statistics/?set=other").text
        assert (">THA<" in chosen, ">THA<" in others) == (False, True)
        assert "Name one set of statistics" in operator.get("/en/operator/statistics/?set=nothing").text
    finally:
        (own.data / "statistics" / "published" / "other.json").unlink()


def add_statistics(own: Server, folder: Path) -> None:
    """Add a small file of published statistics to the node."""
    path = folder / "published.csv"
    rows = ["CHN,exports,USD,2022,18", "CHN,exports,USD,2023,20", "VNM,exports,USD,2023,30", "KHM,exports,USD,2023,"]
    path.write_text("area,indicator,unit,year,value\n" + "".join(f"{row}\n" for row in rows))
    files.add(own.data, path, title="Services", publisher="WTO", vintage="2024", definition="delivered")


@pytest.mark.long
def test_the_page_of_statistics_is_accessible_and_fits(own: Server, market: Market, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    add_statistics(own, tmp_path)
    own.ask("from entrepot.store.people_models import Organization\n" + MOVED)
    session = own.ask(DUTY.replace("@duty", "@axe").format(duty="statistics")).strip()
    path = f"operator/statistics/?period={dt.datetime.now(dt.UTC).year}&whole=1"
    with browser() as chromium:
        for language, width, scheme in (
            ("th", 360, "light"),
            ("km", 360, "dark"),
            ("en", 1440, "dark"),
            ("zh", 360, "light"),
        ):
            context = chromium.new_context(  # type: ignore[attr-defined]
                viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=True
            )
            context.add_cookies([{"name": "sessionid", "value": session, "url": own.url}])
            page = context.new_page()
            weights: list[int] = []
            page.on("response", lambda answer, weights=weights: weights.append(len(answer.body())))
            page.goto(f"{own.url}/{language}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, language
            assert sum(weights) < 150_000
            assert (
                page.locator(":is(.bars, .over-years)[role=img]").count() == 2
            )  # each with a table of the same figures below
            found = axe.run(page)
            assert found.violations_count == 0, found.generate_report()
            shot(page, f"statistics-{language}-{width}-{scheme}")
            if language == "en":
                # By the keyboard alone: another period, and the form is sent.
                page.locator("#f-period").focus()
                page.keyboard.press("Control+A")
                page.keyboard.type("2031")
                page.keyboard.press("Enter")
                page.wait_for_url("**period=2031**")
                assert page.get_by_text("Nothing was recorded for this period").count() == 1
            context.close()
