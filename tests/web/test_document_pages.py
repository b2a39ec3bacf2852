"""The pages of documents: issue by a form, look at it as printed, download, withdraw, and verify what was received."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from chromium import browser, shot
from server_process import Server, environment, run_server
from test_trade_pages import Visitor
from trade_market import PAYMENTS, Market, open_market

from entrepot.connect.documents import pdf, pdf_files


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(
        tmp_path_factory.mktemp("documents"), workers=1, background=0, ENTREPOT_URL="https://node.example", **PAYMENTS
    ) as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    return open_market(own)


@pytest.fixture
def visitors(own: Server, market: Market) -> Iterator[dict[str, Visitor]]:
    found = {name: Visitor(own, session) for name, session in {**market.sessions, "nobody": ""}.items()}
    yield found
    for each in found.values():
        each.client.close()


def command(own: Server, *words: str) -> Any:
    """What a command says as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "documents", *words, "--json"],
        env=environment(own.data, **own.settings) | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return json.loads(done.stdout or done.stderr)


def test_a_seller_issues_a_document_and_looks_at_it(visitors: dict[str, Visitor], market: Market) -> None:
    seller, order = visitors["seller"], market.ids["or_"]
    assert f"/en/documents/?order={order}" in seller.get(f"/en/orders/{order}/").text
    listed = seller.get(f"/en/documents/?order={order}").text
    assert "CI-000001" in listed
    path = f"/en/documents/new/?order={order}&kind=packing_list"
    assert path.replace("&", "&amp;") in listed
    form = {
        "exporter_address": "<b>12</b> Lê Duẩn", "gross_kg": "3.30", "line-1-batch": "L1",
        "line-1-produced": "2026-01-01",
    }  # fmt: skip
    refused = seller.post(path, {**form, "gross_kg": "heavy"})
    assert refused.status_code == 422
    assert "is not a decimal number above 0" in refused.text
    # What was typed stands in the form again.
    assert 'value="L1"' in refused.text
    shown = seller.post(path, form)
    assert shown.status_code == 200
    assert "PL-000001" in shown.text
    assert "&lt;b&gt;12&lt;/b&gt; Lê Duẩn" in shown.text
    assert "by the exporter: Name of the signatory" in shown.text
    again = seller.post(path, form)
    assert again.status_code == 422
    assert "has this document already: PL-000001" in again.text
    # The buyer sees it, and can neither issue nor withdraw; nobody else finds it.
    number = shown.url.path.split("/")[3]
    assert "PL-000001" in visitors["buyer"].get(f"/en/documents/{number}/").text
    assert "Withdraw the document" not in visitors["buyer"].get(f"/en/documents/{number}/").text
    for path in (
        f"documents/{number}/",
        f"documents/{number}/file/xml/",
        f"documents/?order={order}",
        "documents/day/?day=x",
    ):
        assert visitors["other"].get(f"/en/{path}").status_code == 404, path
    withdrawn = seller.post(f"/en/documents/{number}/", {"reason": "wrong_data"})
    assert "withdrawn" in withdrawn.text
    # It stands where a draft says that it is one: on every page of the print.
    assert '<p class="mark">WITHDRAWN on' in withdrawn.text


def test_files_of_a_document_and_all_of_a_day(visitors: dict[str, Visitor], market: Market) -> None:
    seller, number = visitors["seller"], market.ids["do_"]
    xml = seller.get(f"/en/documents/{number}/file/xml/")
    assert xml.headers["content-type"] == "application/xml"
    assert b"<cbc:ID>CI-000001</cbc:ID>" in xml.content
    token = seller.get(f"/en/documents/{number}/file/jwt/")
    assert token.headers["content-type"] == "application/vc+jwt"
    assert seller.get(f"/en/documents/{number}/file/exe/").status_code == 404
    day = market.seller.get(f"/v1/documents/{number}").json()["date"]
    assert seller.get("/en/documents/day/?day=2020-01-01").status_code == 404
    # Where they are too many for one file, or there is no such part, the parts are listed.
    parts = seller.get(f"/en/documents/day/?day={day}&part=9")
    assert f'href="?day={day}&amp;part=1">' in parts.text
    assert "part=2" not in parts.text
    if not pdf.available():
        pytest.skip("WeasyPrint or Pango is not installed")
    one, all_of_day = seller.get(f"/en/documents/{number}/file/pdf/"), seller.get(f"/en/documents/day/?day={day}")
    for each in (one, all_of_day):
        assert each.headers["content-type"] == "application/pdf"
        assert xml.content in list(pdf_files.files_in(each.content))
        assert token.content in list(pdf_files.files_in(each.content))
    assert market.seller.get(f"/v1/documents/{number}.pdf").content[:5] == b"%PDF-"


def test_an_order_of_others_has_no_documents_for_anybody_else(market: Market) -> None:
    """Neither its lines nor a wrong detail says that there is such an order."""
    order = market.ids["or_"]
    for more in ({}, {"details": {"nothing": "x"}}, {"lines": [{"line": 7}]}, {"shipment": "sh_1"}):
        answer = market.other.post("/v1/documents", {"order": order, "kind": "packing_list", **more})
        assert answer.status_code == 404, answer.text
        assert "line" not in answer.json()["error"]["message"]


def test_anybody_verifies_a_document(visitors: dict[str, Visitor], own: Server, market: Market, tmp_path: Any) -> None:
    nobody, number = visitors["nobody"], market.ids["do_"]
    token = visitors["seller"].get(f"/en/documents/{number}/file/jwt/").text
    page = nobody.post("/en/verify/", {"text": f"  {token}\n"})
    assert "The credential is valid." in page.text
    assert "did:web:node.example" in page.text
    assert "That the printed text equals the credential" in page.text
    assert "CI-000001" in page.text
    assert "凭证有效。" in nobody.post("/zh/verify/", {"text": token}).text
    file = {"file": ("invoice.jwt", token.encode(), "application/vc+jwt")}
    assert "The credential is valid." in nobody.post("/en/verify/", files=file).text
    head, body, signature = token.split(".")
    changed = nobody.post("/en/verify/", {"text": f"{head}.{body[:-8]}AAAAAAAA.{signature}"})
    assert "The credential is valid." not in changed.text
    assert 'role="alert"' in changed.text
    assert "contains no credential" in nobody.post("/en/verify/", {"text": "<script>"}).text
    # The key document of the node has the key that signed, and the command says the same.
    published = own.get("/.well-known/did.json").json()
    assert published["id"] == "did:web:node.example"
    assert len(own.get("/.well-known/jwks.json").json()["keys"]) == 1
    kept = tmp_path / "invoice.jwt"
    kept.write_text(token)
    found = command(own, "verify", str(kept))
    assert (found["valid"], found["issuer"]) == (True, "did:web:node.example")
    assert [each["code"] for each in found["credentials"]] == ["valid"]


@pytest.mark.long
def test_a_key_is_replaced_and_revoked_while_the_server_runs(
    visitors: dict[str, Visitor], own: Server, market: Market
) -> None:
    nobody, number = visitors["nobody"], market.ids["do_"]
    token = market.seller.get(f"/v1/documents/{number}.jwt").text
    (old,) = (each["key"] for each in command(own, "keys")["data"])
    new = command(own, "replace-key")["key"]
    assert new != old
    assert "The credential is valid." in nobody.post("/en/verify/", {"text": token}).text
    # The server signs with the new key at once.
    details = {"exporter_address": "x"}
    lines = [{"line": 1, "details": {"criterion": "WO"}}]
    body = {"order": market.ids["or_"], "kind": "declaration_of_origin", "details": details, "lines": lines}
    issued = market.seller.post("/v1/documents", body).json()
    assert (issued["key"], issued["credential"]) == (new, True)
    assert command(own, "revoke-key", old)["status"] == "revoked"
    assert "was revoked on" in nobody.post("/en/verify/", {"text": token}).text
    declared = market.seller.get(f"/v1/documents/{issued['id']}.jwt").text
    assert "The credential is valid." in nobody.post("/en/verify/", {"text": declared}).text
    withdrawn = market.seller.post(f"/v1/documents/{issued['id']}/withdraw", {}).json()
    assert withdrawn["status"] == "withdrawn"
    assert "was withdrawn by its issuer on" in nobody.post("/en/verify/", {"text": declared}).text
    # A thumbprint is base64url: one in sixty-four begins with a hyphen.
    assert command(own, "revoke-key", "-none")["error"]["code"] == "key_unknown"


@pytest.mark.long
def test_the_pages_in_a_browser(own: Server, market: Market) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    form = f"documents/new/?order={market.ids['or_']}&kind=form_rcep_draft"
    paths = ("documents/", f"documents/?order={market.ids['or_']}", form, f"documents/{market.ids['do_']}/", "verify/")
    with browser() as chromium:
        for language, width in (("en", 360), ("en", 1440), ("km", 360), ("zh", 360)):
            context = chromium.new_context(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]  # Playwright's browser
            cookie = {"name": "sessionid", "value": market.sessions["seller"], "url": own.url}
            context.add_cookies([cookie])
            page = context.new_page()
            for path in paths:
                page.goto(f"{own.url}/{language}/{path}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, path)
                shot(page, f"documents-{language}-{width}-{path[:14]}")
                if language == "en":
                    found = axe.Axe().run(page)
                    assert found.violations_count == 0, found.generate_report()
            context.close()


@pytest.mark.parametrize(
    ("thumbprint", "order"),
    [
        ("--json_", 1),
        ("-", -1),
        *(pytest.param(*each, marks=pytest.mark.long) for each in product(("-bcdef", "-hh"), (1, -1))),
        *(pytest.param(*each, marks=pytest.mark.long) for each in (("--json_", -1), ("-", 1))),
    ],
)
def test_the_thumbprint_of_a_key_may_begin_with_a_hyphen(tmp_path: Path, thumbprint: str, order: int) -> None:
    """Thumbprints are base64url, whose 64 characters include the hyphen."""
    words = ["documents", "revoke-key", *[thumbprint, "--json"][::order]]
    env = environment(tmp_path) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", *words], env=env, capture_output=True, text=True, check=False
    )
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "key_unknown"
    assert f'"{thumbprint}"' in error["message"]
