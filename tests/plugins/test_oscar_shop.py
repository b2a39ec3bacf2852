"""A shop of django-oscar sells across a border: its pages over HTTP, a node with sandboxes, all in processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("oscar", reason="django-oscar is not installed: its shop is not tested")
pytest.importorskip("httpx", reason="the HTTP client of the tests is not installed")

import httpx

from entrepot.trade_app.demo import customs_settings
from entrepot.trade_app.demo_processes import Sandbox, free_port, sandboxes, server

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parents[1] / "plugins" / "entrepot-oscar"
#: Seconds within which something must happen at the node, and then in the shop.
PATIENCE = 60.0
ADDRESS = {
    "first_name": "Buyer", "last_name": "Example", "line1": "示例路1号", "line4": "杭州市", "state": "浙江省",
    "postcode": "310000", "country": "CN", "phone_number": "+86 138 0000 0000",
}  # fmt: skip
#: The example of an identity number in the standard GB 11643-1999: nobody has it.
DETAILS = {"name": "示例买家", "telephone": "13800138000", "identity_number": "11010519491231002X"}
PROGRAM = """
import json, sys
from entrepot.trade_app.books import open_books
open_books()
from entrepot.store import keys
from entrepot.store.people.organizations import create_organization
shop = create_organization("The shop", "VN", "seller")
key = keys.create_key("shop", ["trade", "quotes"], 100_000, organization=shop.id)[1]
print(json.dumps({"id": shop.id, "key": key}))
"""


def shop_environment(**settings: str) -> dict[str, str]:
    """The environment of the shop's processes: it has the client of the node, and nothing of the node's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "DJANGO_"))}
    paths = (PLUGIN / "src", PLUGIN / "tests", *(each for each in sys.path if each))
    return own | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "DJANGO_SETTINGS_MODULE": "oscar_site.settings",
        "PYTHONWARNINGS": "ignore",
    } | settings  # fmt: skip


@dataclass
class Shop:
    """A running shop: its address, its products, and a browser of a buyer and of the staff."""

    url: str
    products: Mapping[str, int]
    customs: Sandbox
    node: str
    key: str
    folder: Path

    def ask_node(self, path: str) -> Any:
        """GET from the node."""
        return httpx.get(self.node + path, headers={"Authorization": f"Bearer {self.key}"}, timeout=120).json()


def run(*words: str, env: Mapping[str, str]) -> str:
    done = subprocess.run([sys.executable, *words], env=dict(env), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def process(*words: str, env: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        running = subprocess.Popen([sys.executable, *words], env=dict(env), stdout=output, stderr=output)
        try:
            yield
        finally:
            running.terminate()
            running.wait(120)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("oscar")
    with contextlib.ExitStack() as running:
        port, own_port = free_port(), free_port()
        node, url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own_port}"
        places = {
            "payments": f"{node}/v1/payments/notifications/sandbox",
            "carrier": f"{node}/v1/carrier/notifications",
            "customs": f"{node}/v1/customs/cn/messages",
        }
        options = {name: ("--delay", "0.1", "--send-to", place) for name, place in places.items()}
        started = running.enter_context(sandboxes(folder, options))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
        made = json.loads(run("-c", PROGRAM, env=kept | {"ENTREPOT_DATA": str(folder / "node")}))
        counterparts = started()
        payments, carrier, office = (counterparts[name] for name in places)
        (folder / "customs.toml").write_text(customs_settings(office.url, made["id"]))
        settings = {
            "ENTREPOT_DATA": str(folder / "node"),
            "ENTREPOT_PAYMENTS": f"sandbox:{payments.url}",
            "ENTREPOT_PAYMENTS_KEY": payments.start["control_token"],
            "ENTREPOT_PAYMENTS_SECRET": payments.start["webhook_secret"],
            "ENTREPOT_CARRIER": f"sandbox:{carrier.url}",
            "ENTREPOT_CARRIER_KEY": carrier.start["control_token"],
            "ENTREPOT_CARRIER_SECRET": carrier.start["webhook_secret"],
            "ENTREPOT_CUSTOMS_CN": str(folder / "customs.toml"),
            "ENTREPOT_WEBHOOKS_LOOPBACK": "true",
        }
        running.enter_context(server(port, folder, settings))
        env = shop_environment(SHOP_DATABASE=str(folder / "shop.sqlite3"), SHOP_NODE=node, SHOP_KEY=made["key"])
        run("-m", "django", "migrate", "--run-syncdb", "--verbosity", "0", env=env)
        products = json.loads(run("-m", "oscar_site.fill", env=env).splitlines()[-1])
        secret = run("-m", "django", "entrepot_webhook", f"{url}/entrepot/webhooks/", env=env).strip()
        env |= {"SHOP_SECRET": secret}
        words = ("-m", "django", "runserver", "--noreload", "--insecure", f"127.0.0.1:{own_port}")
        running.enter_context(process(*words, env=env, log=folder / "shop.log"))
        running.enter_context(process("-m", "django", "entrepot_work", "--watch", env=env, log=folder / "worker.log"))
        found = Shop(url, products, office, node, made["key"], folder)
        until(lambda: answers(url), "the shop answers", found)
        yield found


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return bool(httpx.get(f"{url}/checkout/", timeout=120).status_code)
    return False


def until(holds: Callable[[], Any], what: str, shop: Shop) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        if time.monotonic() > end:
            logs = {name: (shop.folder / name).read_text()[-3000:] for name in ("shop.log", "worker.log", "server.log")}
            raise AssertionError((what, logs))
        time.sleep(0.1)
    return found


class Browser:
    """Cookies, forms with their tokens, and redirects."""

    def __init__(self, shop: Shop) -> None:
        self.home = f"{shop.url}/basket/"
        self.client = httpx.Client(base_url=shop.url, timeout=60, follow_redirects=True)

    def get(self, path: str) -> Any:
        """GET a page."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text[-2000:]
        return answer

    def post(self, path: str, data: Mapping[str, Any]) -> Any:
        """POST a form; the page to which it leads."""
        if "csrftoken" not in self.client.cookies:
            self.get("/accounts/login/")
        token = self.client.cookies["csrftoken"]
        answer = self.client.post(path, data={**data, "csrfmiddlewaretoken": token}, headers={"Referer": self.home})
        assert answer.status_code == 200, answer.text[-2000:]
        return answer


@pytest.fixture
def buyer(shop: Shop) -> Iterator[Browser]:
    browser = Browser(shop)
    yield browser
    browser.client.close()


def to_payment(browser: Browser, shop: Shop, basket: Mapping[str, int], **address: str) -> Any:
    """Fill a basket and give an address; the page to which the shop leads then."""
    for name, quantity in basket.items():
        browser.post(f"/basket/add/{shop.products[name]}/", {"quantity": quantity})
    browser.post("/checkout/", {"username": "buyer@buyer.example", "options": "anonymous"})
    return browser.post("/checkout/shipping-address/", {**ADDRESS, **address})


def text_of(answer: Any) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.long
def test_a_basket_is_bought_handed_over_shipped_in_parts_and_returned_in_part(shop: Shop, buyer: Browser) -> None:
    shop.customs.control("/control/switches", {"mode": "inspect"}, "PATCH")
    page = to_payment(buyer, shop, {"coffee": 2, "durian": 1})
    assert str(page.url).endswith("/checkout/import-details/"), text_of(page)
    wrong = buyer.post("/checkout/import-details/", {**DETAILS, "identity_number": "110105194912310021"})
    assert "The identity number is not that of a resident identity card" in text_of(wrong)
    buyer.post("/checkout/import-details/", DETAILS)
    preview = buyer.get("/checkout/preview/")
    words = text_of(preview)
    # Coffee comes by direct purchase and durian from a bonded warehouse: two parcels, whose carriage of CNY 12.00 is
    # divided by value: 12 x 136 / 396 = 4.12 (rounded down) and 7.88. VAT is 13 % for coffee and 9 % for durian, at
    # retail 70 % of it: 0.7 x 0.13 x 140.12 = 12.75 and 0.7 x 0.09 x 267.88 = 16.88. No duty within the limits.
    assert "Import taxes" in words
    assert "29.63" in words
    assert "Import duties" not in words
    assert "Cross-border e-commerce retail import" in words
    total = re.search(r'name="landed_total" value="([^"]+)"', preview.text)
    assert total is not None
    assert total[1] == "437.63"  # 136 + 260 + 12 + 29.63
    changed = buyer.post("/checkout/preview/", {"action": "place_order", "landed_total": "437.62"})
    assert "Duties and taxes have changed" in text_of(changed)
    thanks = buyer.post("/checkout/preview/", {"action": "place_order", "landed_total": total[1]})
    number = re.search(r"your order number is\s*<strong>(\d+)</strong>", thanks.text)
    assert number is not None, text_of(thanks)
    staff = Browser(shop)
    with contextlib.closing(staff.client):
        staff.post("/dashboard/login/", {"username": "staff@shop.example", "password": "tall trees 1985"})
        follow(shop, staff, f"/dashboard/orders/{number[1]}/")


def follow(shop: Shop, staff: Browser, page: str) -> None:
    """The order on the dashboard, from the inspection to the refund."""

    def status() -> str:
        text = staff.get(page).text
        cells = re.findall(r"<td>\s*(.*?)\s*</td>", text[text.index("Order information") :], re.DOTALL)
        return str(cells[3])

    def line_status(title: str) -> str:
        found = re.search(title + r"</a>\s*</td>\s*<td>[^<]*</td>\s*<td>\s*(.*?)\s*</td>", staff.get(page).text)
        return found[1] if found else ""

    def held() -> Any:
        found = shop.ask_node("/v1/orders")["data"]
        return [each["status"] for each in found] == ["held", "held"] and found

    coffee, durian = sorted(until(held, "both are held", shop), key=lambda each: each["supply"], reverse=True)
    assert coffee["amounts"]["total"] == "152.87"  # 136.00 + 4.12 + 12.75
    assert durian["amounts"]["total"] == "284.76"  # 260.00 + 7.88 + 16.88
    until(lambda: status() == "Held by customs", "the shop knows it", shop)
    release(shop, coffee)
    until(lambda: ended(shop, coffee), "the coffee is delivered", shop)
    # The rest of the order is still held: that comes first. Then the officer releases it.
    assert shop.ask_node(f"/v1/orders/{durian['id']}")["status"] == "held"
    until(lambda: line_status("Roasted coffee beans") == "Delivered", "the shop has the parcel of the coffee", shop)
    assert (line_status("Fresh durian"), status()) == ("Held by customs", "Held by customs")
    release(shop, durian)
    until(lambda: status() == "Delivered", "both are delivered", shop)
    assert line_status("Fresh durian") == "Delivered"
    line = re.search(r'name="selected_line"\s+value="(\d+)"', staff.get(page).text)
    assert line is not None
    event = {"line_action": "create_shipping_event", "shipping_event_type": "returned", "reference": "damaged"}
    staff.post(page, {**event, "selected_line": line[1], f"selected_line_qty_{line[1]}": "1"})
    (payment,) = shop.ask_node(f"/v1/orders/{coffee['id']}")["payments"]
    until(lambda: shop.ask_node(f"/v1/payments/{payment['id']}")["refunds"], "the node pays back", shop)
    # One of two pieces: CNY 68.00, and half of the tax of 12.75: 6.375, half up.
    until(lambda: "74.38" in staff.get(page).text, "the refund is in the shop", shop)
    (given,) = shop.ask_node("/v1/returns")["data"]
    assert (given["reason"], given["amount_goods"], given["amount_taxes"]) == ("damaged", "68.00", "6.38")
    assert Decimal(given["amount_refunded"]) == Decimal("74.38")


def ended(shop: Shop, order: Mapping[str, Any]) -> bool:
    return bool(shop.ask_node(f"/v1/orders/{order['id']}")["status"] in ("delivered", "closed"))


def release(shop: Shop, order: Mapping[str, Any]) -> None:
    """An officer releases the list of an order."""
    (declared,) = shop.ask_node(f"/v1/orders/{order['id']}")["declarations"]
    number = shop.ask_node(f"/v1/declarations/{declared['id']}")["numbers"]["list"]
    shop.customs.control(f"/control/lists/{number}", {"decision": "release"})


@pytest.mark.long
def test_a_product_without_a_tariff_code_stops_the_checkout_and_says_why(shop: Shop, buyer: Browser) -> None:
    page = to_payment(buyer, shop, {"mystery": 1})
    assert str(page.url).endswith("/basket/"), text_of(page)
    assert "“Box without a tariff code” has no tariff_code" in text_of(page)


@pytest.mark.long
def test_an_order_within_the_country_needs_no_node(shop: Shop, buyer: Browser) -> None:
    page = to_payment(buyer, shop, {"mystery": 1}, country="VN")
    assert str(page.url).endswith("/checkout/payment-details/"), str(page.url)
    preview = buyer.get("/checkout/preview/")
    assert 'id="landed-price"' not in preview.text
    thanks = buyer.post("/checkout/preview/", {"action": "place_order"})
    assert "your order number is" in text_of(thanks)
