"""The officer's pages: over HTTP what they refuse, and once in Chromium from the sign-in to a release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("django", reason="the server is not installed")

from chromium import browser, shot
from msgspec.structs import replace

import sizes
from sandbox_process import Sandbox, run
from sandbox_trader import Trader, parcel

MAX_BYTES = 150_000
#: The pages on which the quick run looks for barriers: a form, a table, and a list in a language with another script.
QUICK = ("sign-in", "queue", "khmer")


def signed_in(office: Sandbox) -> httpx.Client:
    """A client with the session of the officer."""
    client = httpx.Client(base_url=office.url, timeout=120)
    token = form_token(client.get("/officer/sign-in"))
    given = {"csrfmiddlewaretoken": token, "name": "officer", "password": office.start["password"]}
    assert client.post("/officer/sign-in", data=given).status_code == 302
    return client


def form_token(page: httpx.Response) -> str:
    """The CSRF token of the first form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def test_the_pages_are_for_the_officer(office: Sandbox) -> None:
    for path in ("/officer/", "/officer/lists/1", "/officer/applications/1"):
        answer = httpx.get(office.url + path, timeout=120)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/officer/sign-in")
        assert httpx.post(office.url + path, data={"decision": "release"}, timeout=120).status_code in (302, 403)
    client = httpx.Client(base_url=office.url, timeout=120)
    token = form_token(client.get("/officer/sign-in"))
    wrong = {"csrfmiddlewaretoken": token, "name": "officer", "password": "wrong"}
    refused = client.post("/officer/sign-in", data=wrong)
    assert (refused.status_code, "Name or password is wrong." in refused.text) == (403, True)
    assert client.get("/officer/").status_code == 302


def test_a_form_without_its_token_decides_nothing(trader: Trader) -> None:
    trader.office.switch(mode="examine")
    sent = parcel()
    trader.declare(sent, "300")
    address = f"/officer/lists/{trader.list_number(sent.own)}"
    client = signed_in(trader.office)
    assert client.post(address, data={"decision": "release"}).status_code == 403
    assert trader.codes(sent.own)[-1] == "300"
    form = {"csrfmiddlewaretoken": form_token(client.get(address)), "decision": "send_back"}
    refused = client.post(address, data=form)
    assert (refused.status_code, "This decision is not possible any more" in refused.text) == (409, True)
    assert client.get("/officer/lists/999").status_code == 404
    client.close()


def test_a_page_shows_no_identity_number_and_escapes_what_was_sent(trader: Trader) -> None:
    trader.office.switch(mode="examine")
    made = parcel()
    sent = replace(made, seller=made.seller, lines=(replace(made.lines[0], name="<script>alert(1)</script>"),))
    trader.declare(sent, "300")
    client = signed_in(trader.office)
    page = client.get(f"/officer/lists/{trader.list_number(sent.own)}").text
    client.close()
    assert sent.buyer.identity not in page
    assert sent.buyer.name in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Sandbox: nothing released here is released by China Customs." in page


def test_the_pages_are_in_the_language_of_the_reader(trader: Trader) -> None:
    trader.office.switch(mode="examine")
    sent = parcel()
    trader.declare(sent, "300")
    client = signed_in(trader.office)
    address = f"/officer/lists/{trader.list_number(sent.own)}"
    assert client.get(address, headers={"Accept-Language": "fr, zh-CN;q=0.9"}).headers["Content-Language"] == "zh"
    vietnamese = client.get(f"{address}?lang=vi")
    assert '<html lang="vi">' in vietnamese.text
    kept = client.get(address)  # the choice is in a cookie
    for page in (vietnamese, kept):
        assert "Kiểm tra thực tế hàng hóa (500)" in page.text
        assert "Inspect the goods" not in page.text
    client.close()


@pytest.mark.long
def test_a_new_password_ends_sessions_and_wrong_ones_lock_the_sign_in(tmp_path: Path) -> None:
    with run("customs", tmp_path) as office:
        client = signed_in(office)
        cookies = dict(client.cookies)
        client.close()
        assert httpx.get(f"{office.url}/officer/", cookies=cookies, timeout=120).status_code == 200
    with (
        run("customs", tmp_path, "--new-password") as again,
        httpx.Client(base_url=again.url, timeout=120) as other,
    ):
        assert again.start["password"] != office.start["password"]
        assert httpx.get(f"{again.url}/officer/", cookies=cookies, timeout=120).status_code == 302
        token = form_token(other.get("/officer/sign-in"))
        given = {"csrfmiddlewaretoken": token, "name": "officer", "password": office.start["password"]}
        statuses = [other.post("/officer/sign-in", data=given).status_code for _ in range(6)]
        assert statuses == [403] * 5 + [429]
        right = given | {"password": again.start["password"]}
        assert other.post("/officer/sign-in", data=right).status_code == 429


class _Look:
    """Looks at the page that is shown: its width, its weight, and barriers (axe)."""

    def __init__(self, page: Any) -> None:
        self._page, self._weights = page, list[int]()
        sync = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
        self._axe = sync.Axe()
        page.on("response", lambda answer: self._weights.append(len(answer.body())) if answer.status == 200 else None)

    def __call__(self, name: str) -> None:
        self._page.wait_for_load_state("load")  # with the style sheet
        shot(self._page, f"officer-{name}")
        assert self._page.evaluate("document.documentElement.scrollWidth") <= 360, name
        self._page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        if sizes.ALL or name in QUICK:
            found = self._axe.run(self._page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert sum(self._weights) < MAX_BYTES
        self._weights.clear()


@pytest.mark.long
def test_an_officer_decides_in_the_browser(trader: Trader) -> None:
    trader.office.switch(mode="examine", applications="examine")
    inspected, refused, cancelled = parcel(), parcel(), parcel()
    for each in (inspected, refused, cancelled):
        trader.declare(each, "300")
    trader.cancel(cancelled, "C-BROWSER")
    trader.until_code("C-BROWSER", "120")
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's
        look = _Look(page)
        page.goto(f"{trader.office.url}/")
        look("sign-in")
        page.get_by_label("Password").fill(trader.office.start["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/officer/")
        look("queue")
        page.get_by_role("link", name=trader.list_number(inspected.own)).first.click()
        page.wait_for_url("**/lists/*")
        look("list")
        assert page.locator(".buttons button").count() == 4
        page.get_by_role("button", name="Inspect the goods").click()
        page.get_by_text("500 查验").first.wait_for()
        page.get_by_role("button", name="Release (800)").click()
        page.get_by_text("800 放行").first.wait_for()
        look("released")
        address = f"{trader.office.url}/officer/lists/{trader.list_number(refused.own)}"
        page.goto(f"{address}?lang=km")
        look("khmer")
        page.goto(f"{address}?lang=en")
        page.get_by_role("button", name="Refuse").click()
        assert "Give a reason" in page.get_by_role("alert").inner_text()
        page.get_by_label("Reason").fill("品名不符")
        page.get_by_role("button", name="Refuse").click()
        page.get_by_text("100 海关退单").first.wait_for()
        page.get_by_role("link", name="Customs office").click()
        page.get_by_role("link", name=re.compile("Cancellation")).click()
        page.wait_for_url("**/applications/*")
        look("application")
        page.get_by_role("button", name="Approve").click()
        page.get_by_text("There is nothing to decide.").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/officer/sign-in")
        page.close()
    assert trader.until_code(inspected.own, "800")[3:] == ["300", "500", "399", "800"]
    assert trader.until_code(refused.own, "100")[3:] == ["300", "100"]
    assert trader.until_code("C-BROWSER", "399")[-1] == "399"
