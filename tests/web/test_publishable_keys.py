"""Publishable keys: quotes from the pages of the web sites that they name, and nothing else; the page of an example."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from chromium import browser, shot
from server_process import Server, counted, environment

from entrepot.web.reference import client_files

SHOP = "https://shop.example"
SALE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


def create(server: Server, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "entrepot", "keys", "create", "the shop", *options]
    return subprocess.run(command, env=environment(server.data), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    made = create(
        server, "--scope", "quotes", "--origin", SHOP, "--origin", "http://127.0.0.1:8100", "--per-minute", "20"
    )
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(r"ek_pub_[0-9a-f]{12}_\S{43}\n", made.stdout)
    return made.stdout.strip()


def ask(server: Server, key: str, origin: str = SHOP, **more: Any) -> httpx.Response:
    head = {"Authorization": f"Bearer {key}", **({"Origin": origin} if origin else {})}
    return server.post("/v1/quotes", json=SALE, headers=head, **more)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


def test_a_page_of_the_web_site_gets_a_quote(server: Server, key: str) -> None:
    first = httpx.options(
        f"{server.url}/v1/quotes",
        headers={
            "Origin": SHOP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        },
        timeout=60,
    )
    assert (first.status_code, first.headers["access-control-allow-origin"]) == (204, SHOP)
    allowed = {each.strip().lower() for each in first.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "idempotency-key"} <= allowed
    answer = ask(server, key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "Origin" in answer.headers["vary"]
    number = answer.json()["id"]
    head = {"Authorization": f"Bearer {key}", "Origin": SHOP}
    assert server.get(f"/v1/quotes/{number}", headers=head).json()["id"] == number


def test_other_pages_servers_and_operations_are_refused(server: Server, key: str) -> None:
    for origin in ("https://evil.example", "https://shop.example.evil.example", "null", ""):
        answer = ask(server, key, origin)
        assert code(answer) == (403, "origin_not_allowed")
        assert "access-control-allow-origin" not in answer.headers
    head = {"Authorization": f"Bearer {key}", "Origin": SHOP}
    assert code(server.get("/v1/quotes", headers=head)) == (403, "scope_missing")
    assert code(server.get("/v1/goods?q=coffee", headers=head)) == (403, "scope_missing")
    assert code(server.get("/v1/orders", headers=head)) == (403, "scope_missing")
    unknown = httpx.options(
        f"{server.url}/v1/quotes",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        timeout=60,
    )
    assert "access-control-allow-origin" not in unknown.headers
    # What is said to one page, or to none, is not what a cache may say to another one.
    for answered in (unknown, ask(server, key, "https://evil.example"), server.get("/v1/quotes", headers=head)):
        assert "Origin" in answered.headers["vary"]
    # A key that does not exist is explained to the page of a known web site.
    wrong = ask(server, key[:-3] + "xxx")
    assert (code(wrong), wrong.headers["access-control-allow-origin"]) == ((401, "no_key"), SHOP)


def test_a_visitor_has_a_rate_limit(server: Server, key: str) -> None:
    answers = counted(server, lambda: [ask(server, key) for _ in range(21)])
    assert answers[0].headers["ratelimit-limit"] == "20"
    assert code(answers[-1])[1] == "too_many"
    assert "Retry-After" in answers[-1].headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--scope", "quotes", "--origin", "shop.example"), "is not the origin of a web site"),
        (("--scope", "quotes", "--origin", "https://shop.example/page"), "is not the origin of a web site"),
        (("--scope", "quotes", "--origin", "http://shop.example"), "is not the origin of a web site"),
        (("--scope", "quotes", "--scope", "law", "--origin", SHOP), 'the scope "quotes" alone'),
    ],
)
def test_what_cannot_be_a_publishable_key_is_refused(options: tuple[str, ...], says: str) -> None:
    from entrepot.store import keys

    scopes = [options[at + 1] for at, each in enumerate(options) if each == "--scope"]
    origins = [options[at + 1] for at, each in enumerate(options) if each == "--origin"]
    with pytest.raises(ValueError, match=re.escape(says)):
        keys.create_key("the shop", scopes, origins=origins)


# The page of an example, in a browser


class Shop(SimpleHTTPRequestHandler):
    """The files of the example, with the node and the key of the test in the page. `node`, `key`: set by the test."""

    node, key = "", ""

    def do_GET(self) -> None:
        """A file of the example."""
        if self.path != "/":
            super().do_GET()
            return
        page = (EXAMPLE / "index.html").read_text()
        page = page.replace("https://node.example", self.node).replace("ek_pub_…", self.key)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_given: object) -> None:
        """Nothing is logged."""


EXAMPLE: Path = client_files.FOLDER / "example"


@pytest.fixture
def shop(server: Server) -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Shop, directory=str(EXAMPLE)))
    origin = f"http://127.0.0.1:{running.server_address[1]}"
    made = create(server, "--scope", "quotes", "--origin", origin)
    Shop.node, Shop.key = server.url, made.stdout.strip()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield origin
    running.shutdown()
    running.server_close()


@pytest.mark.long
def test_a_shop_shows_the_price_at_the_door(shop: str) -> None:
    with browser() as running:
        for width in (360, 1440):
            page = running.new_page(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]  # Playwright
            page.goto(shop)
            page.select_option("select", "SG")
            page.fill("input", "2")
            page.click("button")
            page.wait_for_selector("dd.total")
            # 2 × 68.00 + 12.00 = 148.00, and 9 % GST: 13.32.
            assert page.inner_text("dd.total") == "SGD 161.32"
            assert "SGD 13.32" in page.inner_text("output")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            shot(page, f"shop-example-{width}")
            page.select_option("select", "US")
            page.click("button")
            page.wait_for_function("!document.querySelector('button').disabled")
            assert page.inner_text("dd.total").startswith("USD ")
            assert "Section 301" in page.inner_text("output")
            page.route("**/v1/quotes*", lambda route: route.abort())
            page.evaluate("document.querySelector('form').dataset.node += '/'")
            page.click("button")
            page.wait_for_selector(".bad", timeout=600_000)
            assert "Try again later" in page.inner_text("output")
            page.close()
