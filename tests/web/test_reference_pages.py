"""The reference of the API: its operations, its forms, and every example and every snippet against a live server."""

from __future__ import annotations

import ast
import contextlib
import html
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import record_results
from chromium import browser, shot
from example_requests import send, stored_quote
from server_process import Server
from test_javascript_client import FILE, node

from entrepot.language import catalogue
from entrepot.web.examples import EXAMPLES, QUOTE, results
from entrepot.web.trade_examples import TRADE_EXAMPLES

#: The names of the operations, which do not change within /v1: programs are generated from them.
NAMES = {
    "createQuote": "POST /v1/quotes",
    "getQuote": "GET /v1/quotes/{number}",
    "checkQuote": "GET /v1/quotes/{number}/check",
    "listQuotes": "GET /v1/quotes",
    "quoteTable": "POST /v1/quotes/batch",
    "findGoods": "GET /v1/goods",
    "classifyGoods": "POST /v1/classify",
    "getLaw": "GET /v1/law/{economy}/{code}",
    "listProcedures": "GET /v1/ways",
    "getAgreements": "GET /v1/agreements",
    "compareLaw": "GET /v1/law/{economy}/diff",
    "listEconomies": "GET /v1/economies",
    "searchMarket": "GET /v1/market/offers",
    "listPavilions": "GET /v1/market/pavilions",
    "createOffer": "POST /v1/offers",
    "listOffers": "GET /v1/offers",
    "getOffer": "GET /v1/offers/{number}",
    "updateOffer": "POST /v1/offers/{number}",
    "quoteCheckout": "POST /v1/checkouts",
    "createAsset": "POST /v1/assets",
    "listAssets": "GET /v1/assets",
    "getAsset": "GET /v1/assets/{number}",
    "updateAsset": "POST /v1/assets/{number}",
    "listFreeTimes": "GET /v1/free_times",
    "holdTime": "POST /v1/bookings",
    "listBookings": "GET /v1/bookings",
    "getBooking": "GET /v1/bookings/{number}",
    "updateBooking": "POST /v1/bookings/{number}",
    "listCourses": "GET /v1/courses",
    "listEnrolments": "GET /v1/enrolments",
    "listWorkspaces": "GET /v1/workspaces",
    "recordUse": "POST /v1/bookings/{number}/use",
    "placeOrders": "POST /v1/orders",
    "listOrders": "GET /v1/orders",
    "getOrder": "GET /v1/orders/{number}",
    "getMatch": "GET /v1/orders/{number}/match",
    "getGeneralDeclaration": "GET /v1/orders/{number}/general_declaration",
    "quoteOrder": "POST /v1/orders/{number}/quote",
    "acceptQuote": "POST /v1/orders/{number}/accept",
    "payOrder": "POST /v1/orders/{number}/pay",
    "cancelOrder": "POST /v1/orders/{number}/cancel",
    "objectToService": "POST /v1/orders/{number}/object",
    "acceptService": "POST /v1/orders/{number}/accept_service",
    "refundOrder": "POST /v1/orders/{number}/refund",
    "correctOrder": "POST /v1/orders/{number}/correct",
    "declareOrder": "POST /v1/orders/{number}/declare",
    "applyForReturn": "POST /v1/returns",
    "listReturns": "GET /v1/returns",
    "getReturn": "GET /v1/returns/{number}",
    "receiveReturn": "POST /v1/returns/{number}/receive",
    "refuseReturn": "POST /v1/returns/{number}/refuse",
    "withdrawReturn": "POST /v1/returns/{number}/withdraw",
    "getPayment": "GET /v1/payments/{number}",
    "listPayouts": "GET /v1/payouts",
    "getPayout": "GET /v1/payouts/{number}",
    "listStatements": "GET /v1/statements",
    "getStatement": "GET /v1/statements/{month}/{currency}",
    "getShipment": "GET /v1/shipments/{number}",
    "createShipment": "POST /v1/shipments",
    "reportShipment": "POST /v1/shipments/{number}/report",
    "nameCrossing": "POST /v1/shipments/{number}/crossing",
    "listDeliveries": "GET /v1/deliveries",
    "getDelivery": "GET /v1/deliveries/{number}",
    "consentToDelivery": "POST /v1/deliveries/{number}/consent",
    "acceptDelivery": "POST /v1/deliveries/{number}/accept",
    "objectToDelivery": "POST /v1/deliveries/{number}/object",
    "cancelDelivery": "POST /v1/deliveries/{number}/cancel",
    "reportNoShow": "POST /v1/deliveries/{number}/no_show",
    "finishDelivery": "POST /v1/deliveries/{number}/finish",
    "createDeliveryToken": "POST /v1/deliveries/{number}/tokens",
    "getDeclaration": "GET /v1/declarations/{number}",
    "listUnmatchedAnswers": "GET /v1/unmatched_answers",
    "getUnmatchedAnswer": "GET /v1/unmatched_answers/{number}",
    "retryUnmatchedAnswer": "POST /v1/unmatched_answers/{number}/retry",
    "closeUnmatchedAnswer": "POST /v1/unmatched_answers/{number}/close",
    "createProgramme": "POST /v1/programmes",
    "listProgrammes": "GET /v1/programmes",
    "getProgramme": "GET /v1/programmes/{number}",
    "updateProgramme": "POST /v1/programmes/{number}",
    "getStatisticsTable": "GET /v1/statistics/table",
    "getStatisticsMirror": "GET /v1/statistics/mirror",
    "getRanking": "GET /v1/statistics/ranking",
    "createDocument": "POST /v1/documents",
    "listDocuments": "GET /v1/documents",
    "getDocument": "GET /v1/documents/{number}",
    "getDocumentPdf": "GET /v1/documents/{number}.pdf",
    "getDocumentXml": "GET /v1/documents/{number}.xml",
    "getDocumentJwt": "GET /v1/documents/{number}.jwt",
    "withdrawDocument": "POST /v1/documents/{number}/withdraw",
    "listEvents": "GET /v1/events",
    "getEvent": "GET /v1/events/{number}",
    "getCheckpoint": "GET /v1/ledger/checkpoint",
    "proveEvent": "GET /v1/ledger/proofs/inclusion",
    "proveConsistency": "GET /v1/ledger/proofs/consistency",
    "createWebhookEndpoint": "POST /v1/webhook_endpoints",
    "listWebhookEndpoints": "GET /v1/webhook_endpoints",
    "getWebhookEndpoint": "GET /v1/webhook_endpoints/{number}",
    "updateWebhookEndpoint": "POST /v1/webhook_endpoints/{number}",
    "replaceWebhookSecret": "POST /v1/webhook_endpoints/{number}/secret",
    "listWebhookDeliveries": "GET /v1/webhook_endpoints/{number}/deliveries",
    "resendWebhook": "POST /v1/webhook_endpoints/{number}/resend",
    "deleteWebhookEndpoint": "DELETE /v1/webhook_endpoints/{number}",
    "getSchema": "GET /v1/schemas/{name}",
    "getHealth": "GET /v1/health",
    "getMetrics": "GET /v1/metrics",
    "getApi": "GET /v1/",
}
#: Those whose examples need nothing but a key; `test_trade_reference` runs the others.
PLAIN = [name for name in NAMES if name not in TRADE_EXAMPLES]
#: Bytes of a page of the reference, at most.
MAX_BYTES = 120_000


@pytest.fixture
def key(server: Server) -> dict[str, str]:
    """A key for each test: the quotes of a key are listed, and those of other tests are not among them."""
    return server.key()


@pytest.fixture
def quote_id(server: Server, key: dict[str, str]) -> str:
    """The last stored quote of four: an example lists two, and there are more."""
    return [stored_quote(server, key) for _ in range(2)][-1]


@pytest.fixture
def reader(server: Server) -> Iterator[httpx.Client]:
    """A browser without scripts."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


def fill(reader: httpx.Client, path: str, **values: str) -> httpx.Response:
    """Send the form of a page with what it has, and with some values in place of it."""
    page = reader.get(path)
    assert page.status_code == 200, page.text
    form = {name: html.unescape(value) for name, value in re.findall(r'name="([\w.-]+)" value="([^"]*)"', page.text)}
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)', page.text)
    form |= {name: html.unescape(value) for name, value in areas}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page.text):
        form[name] = "".join(re.findall(r"<option selected>([^<]+)", options))
    return reader.post(path, data=form | values, headers={"Referer": str(reader.base_url)})


def answer_of(page: httpx.Response) -> tuple[str, str]:
    """The status and the body that a page shows."""
    (status,) = re.findall(r'<span class="chip \w+">(\d+) ', page.text)
    (body,) = re.findall(r'class="tall"[^>]*>([^<]*)</pre>', page.text)
    return status, html.unescape(body)


def snippets_of(page: str) -> dict[str, str]:
    return {
        name: html.unescape(text)
        for name, text in re.findall(r"<summary>(curl|Python|JavaScript)</summary>.*?<pre[^>]*>([^<]*)</pre>", page)
    }


def test_the_names_of_the_operations_are_stable(server: Server) -> None:
    paths = server.get("/v1/openapi.json").json()["paths"]
    found = {
        each["operationId"]: f"{method.upper()} {path}" for path, of in paths.items() for method, each in of.items()
    }
    assert found == NAMES
    assert list(EXAMPLES) == list(NAMES)


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
def test_the_page_of_all_operations_names_each_in_its_language(server: Server, language: str) -> None:
    page = server.get(f"/{language}/docs/").text
    assert set(re.findall(rf'href="/{language}/docs/(\w+)/"', page)) == set(NAMES)
    title = catalogue.catalogue(language).get("API reference", "API reference")
    assert f"<h1>{title}</h1>" in page


def test_the_pages_and_the_api_lead_to_the_reference(server: Server) -> None:
    assert '<a href="/km/docs/">' in server.get("/km/packs/").text
    assert server.get("/v1/").json()["reference"] == "/docs/"
    for path, where in (("/docs", "/vi/docs/"), ("/docs/", "/vi/docs/"), ("/docs/getLaw", "/vi/docs/getLaw/")):
        response = server.get(path, headers={"Accept-Language": "vi"})
        assert (response.status_code, response.headers["Location"]) == (302, where)
    assert server.get("/en/docs/nothing/").status_code == 404
    assert server.get("/docs//example.org").headers["Location"].startswith("/en/docs/")


@pytest.mark.parametrize("operation", PLAIN)
def test_every_example_is_answered_and_shown_as_it_was_recorded(
    server: Server, key: dict[str, str], quote_id: str, operation: str
) -> None:
    document = server.get("/v1/openapi.json").json()
    method, _, path = NAMES[operation].partition(" ")
    shown = document["paths"][path][method.lower()]["responses"]["200"].get("content", {}).get("application/json", {})
    for example in EXAMPLES[operation]:
        response = send(server, operation, example, key, quote_id)
        assert response.status_code == 200, response.text
        recorded = results().get(operation, {}).get(example.name)
        if recorded is not None:
            again = "An answer has changed: run `python tests/web/record_results.py` and look at the difference."
            assert record_results.agrees(recorded, response.json()), again
            assert shown["examples"][example.name]["value"] == recorded
        else:
            assert (operation, example.name) in record_results.NOT_SHOWN


def test_an_answer_that_differs_does_not_agree_with_the_record() -> None:
    recorded = results()["createQuote"]["coffee"]
    assert record_results.agrees(recorded, recorded)
    for changed in ({**recorded, "best": "ordinary"}, {**recorded, "options": recorded["options"][1:]},
                    {name: each for name, each in recorded.items() if name != "best"}):  # fmt: skip
        assert not record_results.agrees(recorded, changed)


@pytest.mark.parametrize("operation", PLAIN)
def test_the_form_of_every_example_runs_it(
    server: Server, key: dict[str, str], quote_id: str, reader: httpx.Client, operation: str
) -> None:
    secret = key["Authorization"].removeprefix("Bearer ")
    for example in EXAMPLES[operation]:
        more = {"p.number": quote_id} if "number" in example.values else {}
        page = fill(reader, f"/en/docs/{operation}/?example={example.name}", key=secret, **more)
        assert page.status_code == 200
        assert len(page.content) < MAX_BYTES
        status, body = answer_of(page)
        assert status == "200", body
        assert secret not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert "$KEY" in page.text
        direct = send(server, operation, example, key, quote_id)
        if operation not in ("createQuote", "listQuotes", "getHealth", "getMetrics"):  # these differ each time
            length = min(len(body), 40_000)
            wanted = (
                json.dumps(direct.json(), ensure_ascii=False, indent=2)
                if "{" in body[:1] and operation != "quoteTable"
                else direct.text
            )
            assert body[:length].split() == wanted[:length].split()


@pytest.mark.parametrize("operation", PLAIN)
def test_every_snippet_runs_and_gives_the_answer(
    server: Server, key: dict[str, str], quote_id: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", key["Authorization"].removeprefix("Bearer "))
    for example in EXAMPLES[operation]:
        page = server.get(f"/en/docs/{operation}/?example={example.name}").text
        snippets = {name: text.replace(QUOTE, quote_id) for name, text in snippets_of(page).items()}
        assert list(snippets) == ["curl", "Python", "JavaScript"]
        curl = subprocess.run(["sh", "-c", f"{snippets['curl']} --silent --fail-with-body"],
                              capture_output=True, text=True, check=True).stdout  # fmt: skip
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(snippets["Python"], {})
        program = snippets["JavaScript"].replace('"./entrepot.js"', json.dumps(FILE.as_uri()))
        program = re.sub(r"console\.log\((.*)\);$", r"console.log(JSON.stringify(\1));", program, flags=re.DOTALL)
        script = subprocess.run([node(), "--input-type=module", "-e", program],
                                capture_output=True, text=True, check=True, env=dict(os.environ)).stdout  # fmt: skip
        if operation == "getMetrics":
            assert "entrepot_requests_total" in curl
            assert "entrepot_requests_total" in printed.getvalue()
            assert "entrepot_requests_total" in json.loads(script)
        elif operation == "quoteTable":
            rows = [json.loads(line) for line in curl.splitlines()]
            assert json.loads(script) == rows == [json.loads(line) for line in printed.getvalue().splitlines() if line]
        else:
            told: list[Any] = [json.loads(curl), ast.literal_eval(printed.getvalue()), json.loads(script)]
            recorded = results().get(operation, {}).get(example.name, told[0])
            assert [record_results.agrees(recorded, each) for each in told] == [True] * 3


def test_a_stored_quote_leads_to_what_can_be_done_with_it(reader: httpx.Client) -> None:
    page = fill(reader, "/en/docs/createQuote/")
    links = re.findall(r'href="(/en/docs/(\w+)/\?number=(qt_[\w-]+))"', page.text)
    assert [name for _, name, _ in links] == ["getQuote", "checkQuote"]
    read = fill(reader, links[0][0])
    assert json.loads(answer_of(read)[1])["id"] == links[0][2]
    # Without an id the form says where to get one.
    empty = fill(reader, "/en/docs/getQuote/")
    assert empty.status_code == 422
    assert "The parameter &quot;number&quot; is required." in empty.text
    assert 'href="/en/docs/createQuote/"' in empty.text


@pytest.mark.parametrize(
    ("operation", "values", "status", "code"),
    [
        ("createQuote", {"body": "{"}, "400", "invalid_json"),
        ("createQuote", {"body": ""}, "400", "invalid_json"),
        ("createQuote", {"body": '{"shipfrom": {}}'}, "422", "unknown_field"),
        ("createQuote", {"p.fields": "nonsense"}, "422", "unknown_field"),
        ("createQuote", {"p.Idempotency-Key": "é" * 300}, "400", "idempotency_key_invalid"),
        ("createQuote", {"key": "ek_wrong"}, "401", "no_key"),
        ("createQuote", {"key": "a\r\nX: y"}, "401", "no_key"),
        ("listQuotes", {}, "401", "no_key"),
        ("getQuote", {"p.number": "qt_none"}, "404", "not_found"),
        ("getQuote", {"p.number": "../../en/packs"}, "404", "not_found"),
        ("getLaw", {"p.code": "0901/../x"}, "404", "not_found"),
        ("getLaw", {"p.economy": "QQ"}, "404", "unknown_economy"),
        ("findGoods", {"p.limit": "many"}, "422", "invalid"),
        ("quoteTable", {"body": "no row"}, "422", "invalid_table"),
        ("quoteTable", {"p.map": "code=nonsense"}, "422", "invalid_table"),
        ("quoteTable", {"p.set": "\n=\nx"}, "422", "unknown_field"),
    ],
)
def test_a_request_that_is_not_answered_shows_the_error(
    reader: httpx.Client, operation: str, values: dict[str, str], status: str, code: str
) -> None:
    shown, body = answer_of(fill(reader, f"/en/docs/{operation}/", **values))
    assert (shown, json.loads(body)["error"]["code"]) == (status, code), body


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_form_that_is_too_large_gets_a_page_that_says_so(reader: httpx.Client, language: str) -> None:
    page = fill(reader, f"/{language}/docs/quoteTable/", body='{"a": 1}\n' * 150_000)
    title = catalogue.catalogue(language).get("The form is too large", "The form is too large")
    assert page.status_code == 413
    assert f"<h1>{title}</h1>" in page.text


def test_markup_in_a_form_is_shown_as_text(reader: httpx.Client) -> None:
    page = fill(reader, "/en/docs/createQuote/", body="</textarea><script>alert(1)</script>", **{"p.fields": '"><b>'})
    assert "<script>alert" not in page.text
    assert '"><b>' not in page.text


def test_a_form_from_another_site_is_refused(server: Server) -> None:
    assert server.post("/en/docs/createQuote/", data={"body": "{}"}).status_code == 403


def test_the_runs_of_the_pages_count_as_requests_of_the_reader(reader: httpx.Client, server: Server) -> None:
    secret = server.key(per_minute=2)["Authorization"].removeprefix("Bearer ")
    statuses: list[str] = []
    # Counts begin anew with each minute, and a busy machine may need more than one for three runs.
    while len(statuses) < 60 and "429" not in statuses:
        statuses.append(answer_of(fill(reader, "/en/docs/listEconomies/", key=secret))[0])
    assert statuses[-1] == "429", statuses
    assert len(statuses) > 2


@pytest.mark.long
def test_the_form_runs_with_and_without_scripts_and_fits_a_telephone(server: Server) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    with browser() as chrome:
        for scripts, width in ((True, 360), (False, 1440)):
            context = chrome.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 800})  # type: ignore[attr-defined]  # Playwright's browser
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(f"{server.url}/en/docs/")
            page.click("text=Run a first request")
            page.fill("#p-key", "" if scripts else "ek_wrong")
            page.click("form.run button")
            page.wait_for_selector("#result .chip")
            assert page.inner_text("#result .chip") == ("200 OK" if scripts else "401 Unauthorized")
            shot(page, f"docs-run-{width}")
            if scripts:
                assert '"amount_landed": "109.10"' in page.inner_text("#result pre.tall")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
                found = axe.run(page)
                assert found.violations_count == 0, found.generate_report()
            assert said == []
            context.close()
