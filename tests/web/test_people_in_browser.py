"""The pages of people and organizations in a real browser: accessibility (axe), 360 pixels, size, the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import assert_no_barriers, browser, shot
from people_browser import PASSWORD, Visitor, signed_in
from server_process import Server

import sizes
from entrepot.language import catalogue

OPEN = ("sign-in/", "sign-up/", "reset/", "reset/new/?token=x")
SIGNED_IN = (
    "account/", "account/address/", "account/password/", "account/two-factor/", "account/erase/",
    "account/organizations/", "organization/", "organization/members/", "organization/keys/",
)  # fmt: skip
#: The languages of the quick run: English, and one with another script and longer lines.
QUICK = ("en", "km")
#: The pages that the quick run sees in English.
QUICK_PAGES = ("sign-in/", SIGNED_IN[0], "account/two-factor/", "organization/members/")
MAX_BYTES = 150_000


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def owner(server: Server) -> Visitor:
    shop = ("A shop with a name", "seller")
    made = signed_in(server, {"axe-owner": (*shop, "owner"), "axe-clerk": (*shop, "clerk")})["axe-owner"]
    made.post("/en/organization/members/", {"action": "invite", "email": "axe@people.example", "role": "clerk"})
    made.post("/en/organization/keys/", {"name": "A key", "scopes": ["trade"]})
    return made


@pytest.mark.long
@pytest.mark.parametrize(
    "language", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.long) for name in catalogue.LANGUAGES]
)
def test_every_page_of_people_passes_axe_and_fits(server: Server, chrome: Any, owner: Visitor, language: str) -> None:
    context = chrome.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    weights: list[int] = []
    page.on("response", lambda answer: weights.append(len(answer.body())) if answer.status in (200, 410) else None)
    for path in OPEN + SIGNED_IN if sizes.ALL or language != "en" else QUICK_PAGES:
        if path == SIGNED_IN[0]:
            context.add_cookies([{"name": "sessionid", "value": owner.cookies["sessionid"], "url": server.url}])
        weights.clear()
        page.goto(f"{server.url}/{language}/{path}")
        assert f"/{language}/{path}" in page.url
        shot(page, f"people-{path}-{language}-360")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path} is {wide} wide"
        assert sum(weights) < MAX_BYTES, f"{path} weighs {sum(weights)}"
        assert_no_barriers(page, path, again=language != "en")
    context.close()


def test_signing_in_works_with_the_keyboard_and_without_scripts(server: Server, chrome: Any, owner: Visitor) -> None:
    context = chrome.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/en/organization/")
    page.get_by_label("E-mail address or name").focus()
    page.keyboard.type("axe-owner@people.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/en/organization/")
    page.get_by_role("link", name="My account").press("Enter")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url(re.compile("/en/sign-in/"))
    context.close()
