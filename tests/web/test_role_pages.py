"""Every page of the navigation of a role, in a real browser: no width makes it wider, its text can be read, and axe."""

from __future__ import annotations

import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server
from trade_market import Market

from entrepot.web.http.actors import Actor
from entrepot.web.pages.navigation import desk_of

#: A telephone, a telephone on its side, a tablet, a window beside another, a desk.
WIDTHS = (360, 600, 800, 1024, 1440)
#: The smallest text that is seen on the page, in CSS pixels, with its words.
SMALLEST = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement.getBoundingClientRect();
    if (!node.textContent.trim() || box.width < 3) continue;
    const svg = node.parentElement.closest("svg[viewBox]");
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    found.push([parseFloat(getComputedStyle(node.parentElement).fontSize) * scale, node.textContent.trim()]);
  }
  return found.sort((one, other) => one[0] - other[0])[0];
}"""
OWNER = frozenset(("viewer", "clerk", "manager", "owner"))
MORE = {
    "seller": ("assets/{as_}/", "bookings/{bk_}/", "services/{dl_}/", "orders/{or_}/", "shipments/{sh_}/"),
    "buyer": ("assets/{as_}/book/", "bookings/{bk_}/", "services/{dl_}/", "orders/{or_}/", "account/transfers/"),
    "operator": ("operator/programmes/{pg_}/", "outbox/?state=waiting", "account/", "account/organizations/"),
}


@pytest.mark.long
@pytest.mark.parametrize(("kind", "language"), [("seller", "vi"), ("buyer", "zh"), ("operator", "km")])
def test_pages_of_a_role_fit_every_window(trade_server: Server, market: Market, kind: str, language: str) -> None:
    actor = Actor("us_1", "og_1", OWNER, kind)
    paths = [page.path for section in desk_of(actor, "", ()) for page in section.pages]
    paths += [each.format(**market.ids) for each in MORE[kind]]
    with browser() as chrome:
        context = chrome.new_context(viewport={"width": WIDTHS[0], "height": 800})  # type: ignore[attr-defined]  # Playwright's browser
        context.add_cookies([{"name": "sessionid", "value": market.sessions[kind], "url": trade_server.url}])
        page = context.new_page()
        for path in paths:
            page.set_viewport_size({"width": WIDTHS[0], "height": 800})
            assert page.goto(f"{trade_server.url}/{language}/{path}").status == 200, path
            shot(page, f"role-{kind}-{path}-{language}-360")
            size, words = page.evaluate(SMALLEST)
            assert size >= 12, (path, size, words)
            assert_no_barriers(page, path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide in a window of {width}"
        context.close()
