"""The shop on a database in memory, and a node that stands in for the real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"

import django
import httpx
import pytest

django.setup()

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import setup_test_environment, teardown_test_environment
from oscar.core.loading import get_model

from entrepot.client import Client
from entrepot_oscar.models import Handover, Job, NodeOrder
from node_double import NodeDouble

ADDRESS = {
    "first_name": "Buyer", "last_name": "Example", "line1": "Road 1", "line4": "Hangzhou", "country": "CN",
    "phone_number": "+86 138 0000 0000",
}  # fmt: skip
DETAILS = {"name": "Buyer Example", "telephone": "13800000000", "identity_number": "11010519491231002X"}


@pytest.fixture(scope="session", autouse=True)
def tables() -> Iterator[None]:
    """The tables, made from the models: Oscar's migrations take half a minute."""
    from django.conf import settings

    class NoMigrations(dict[str, None]):
        def __contains__(self, _label: object) -> bool:
            return True

        def __getitem__(self, _label: str) -> None:
            return None

    setup_test_environment()
    settings.MIGRATION_MODULES = NoMigrations()
    call_command("migrate", run_syncdb=True, verbosity=0)
    yield
    teardown_test_environment()


class _Rollback(Exception):
    pass


@pytest.fixture(autouse=True)
def database(tables: None) -> Iterator[None]:
    """Every test leaves the database as it was."""
    cache.clear()
    try:
        with transaction.atomic():
            yield
            # What is kept until the end of a transaction is checked as well.
            connection.check_constraints()
            raise _Rollback
    except _Rollback:
        pass


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> NodeDouble:
    """The node; the plugin's clients reach it."""
    double = NodeDouble()

    def client(*_given: Any) -> Client:
        http = httpx.Client(transport=httpx.MockTransport(double.answer))
        return Client("http://node.example", "ek_of_the_shop", tries=1, http=http)

    for module in ("landed", "handover"):
        monkeypatch.setattr(f"entrepot_oscar.{module}.checkout_client", client)
    monkeypatch.setattr("entrepot_oscar.work.background_client", client)
    return double


@pytest.fixture
def products() -> dict[str, Any]:
    """Coffee and tea that customs knows, and a box that it does not."""
    from django.contrib.sites.models import Site

    Site.objects.update_or_create(pk=1, defaults={"domain": "shop.example", "name": "shop"})
    country = get_model("address", "Country").objects.create
    for code, name in (("CN", "China"), ("VN", "Viet Nam")):
        country(iso_3166_1_a2=code, printable_name=name, name=name, is_shipping_country=True)
    goods = get_model("catalogue", "ProductClass").objects.create(name="Goods", track_stock=True)
    call_command("entrepot_attributes", verbosity=0)
    partner = get_model("partner", "Partner").objects.create(name="The shop")
    known = {"tariff_code": "0901.21", "country_of_origin": "VN", "net_mass_kg": "0.5"}
    made = {}
    for name, price, attributes in (("coffee", "68.00", known), ("tea", "30.00", known), ("box", "10.00", {})):
        product = get_model("catalogue", "Product")(product_class=goods, title=name.title(), slug=name)
        for code, value in attributes.items():
            setattr(product.attr, code, value)
        product.save()
        get_model("partner", "StockRecord").objects.create(
            product=product, partner=partner, partner_sku=name, price=Decimal(price), price_currency="CNY",
            num_in_stock=100,
        )  # fmt: skip
        made[name] = product
    return made


class Buyer:
    """A buyer with a browser."""

    def __init__(self, products: dict[str, Any]) -> None:
        self.browser, self.products = Browser(), products

    def fill(self, **basket: int) -> None:
        """Put articles into the basket."""
        for name, quantity in basket.items():
            path = f"/basket/add/{self.products[name].pk}/"
            assert self.browser.post(path, {"quantity": quantity}).status_code == 302

    def to_preview(self, details: dict[str, str] | None = None, **address: str) -> Any:
        """Go through the pages to the preview, or where the shop leads instead."""
        self.browser.post("/checkout/", {"username": "buyer@buyer.example", "options": "anonymous"})
        page = self.browser.post("/checkout/shipping-address/", {**ADDRESS, **address}, follow=True)
        if page.request["PATH_INFO"] == "/checkout/import-details/":
            page = self.browser.post("/checkout/import-details/", details or DETAILS, follow=True)
        if page.request["PATH_INFO"] == "/checkout/payment-details/":
            page = self.browser.get("/checkout/preview/")
        return page

    def place(self, page: Any) -> Any:
        """Place the order at the total of the preview."""
        total = page.context["order_total"].incl_tax
        return self.browser.post("/checkout/preview/", {"action": "place_order", "landed_total": total}, follow=True)

    def buy(self, **basket: int) -> Any:
        """Buy; the order of the shop."""
        self.fill(**basket)
        answer = self.place(self.to_preview())
        return answer.context["order"]


@pytest.fixture
def buyer(products: dict[str, Any]) -> Buyer:
    return Buyer(products)


@pytest.fixture
def free_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are due at once."""
    import datetime as dt

    monkeypatch.setattr("entrepot_oscar.outgoing._AFTER", dt.timedelta(0))


def states(order: Any) -> tuple[str, list[str], list[str]]:
    """The state of the hand-over, of its jobs, and the statuses of the orders of the node."""
    jobs = [f"{each.kind} {each.state}" for each in Job.objects.filter(order=order)]
    orders = [each.status for each in NodeOrder.objects.filter(handover__order=order)]
    return Handover.objects.get(order=order).state, jobs, orders
