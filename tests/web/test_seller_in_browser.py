"""A seller at work in a real browser: with the keyboard alone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import browser
from server_process import Server
from trade_market import Market

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def page(trade_server: Server, market: Market) -> Iterator[Any]:
    with browser() as chrome:
        context = chrome.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's browser
        context.add_cookies([{"name": "sessionid", "value": market.sessions["seller"], "url": trade_server.url}])
        yield context.new_page()
        context.close()


def tab_to(page: Any, name: str) -> None:
    """Press Tab until the element with this name, or this text, has the focus. Fails where it is never reached."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.get_attribute("id"), focused.get_attribute("value"), text_of(focused)):
            return
    raise AssertionError(f"{name} is not reached with the keyboard at {page.url}")


def text_of(focused: Any) -> str:
    """The visible text of a link or a button, without what only screen readers read."""
    return str(focused.evaluate("each => each.firstChild ? each.firstChild.textContent : ''")).strip()


def test_an_order_is_packed_and_reported_with_the_keyboard_alone(
    page: Any, trade_server: Server, market: Market
) -> None:
    page.goto(f"{trade_server.url}/en/orders/{market.several}/")
    tab_to(page, "Pack the order")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/pack/$"))
    tab_to(page, "address")
    page.keyboard.press("Enter")
    page.get_by_text("北京市朝阳区建国路1号").wait_for()
    for field, text in (("f-carrier", "ZTO"), ("f-waybill", "KEYS1")):
        tab_to(page, field)
        page.keyboard.type(text)
    page.keyboard.press("Enter")  # from a field
    page.wait_for_url(re.compile("/shipments/sh_"))
    tab_to(page, "f-state")
    page.keyboard.type("deliv")
    tab_to(page, "report")
    page.keyboard.press("Enter")
    page.locator("h1 .chip", has_text="deliver").wait_for()


def test_a_price_is_changed_with_the_keyboard_alone(page: Any, trade_server: Server, market: Market) -> None:
    page.goto(f"{trade_server.url}/en/offers/")
    tab_to(page, "Change")
    page.keyboard.press("Enter")  # unfolds the form
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("name") == "price"
    page.keyboard.press("Control+A")
    page.keyboard.type("71.25")
    page.keyboard.press("Enter")
    page.get_by_role("cell", name="71.25").wait_for()
