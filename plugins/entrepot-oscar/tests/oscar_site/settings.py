"""The settings of the shop: those of the plugin's tests, on a file, with the node that the test has started."""

from __future__ import annotations

import os

from shop_settings import *  # noqa: F403  # Django's settings are names of a module
from shop_settings import INSTALLED_APPS

_OWN = {
    "entrepot_oscar.checkout.apps.CheckoutConfig": "oscar_site.checkout.apps.CheckoutConfig",
    "oscar.apps.shipping.apps.ShippingConfig": "oscar_site.shipping.apps.ShippingConfig",
}
INSTALLED_APPS = [_OWN.get(each, each) for each in INSTALLED_APPS]


class _NoMigrations(dict[str, None]):
    """Tables are made from the models: the many migrations of the shop take half a minute."""

    def __contains__(self, _label: object) -> bool:
        return True

    def __getitem__(self, _label: str) -> None:
        return None


MIGRATION_MODULES = _NoMigrations()
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["SHOP_DATABASE"],
        "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
    }
}
ROOT_URLCONF = "shop_urls"
ENTREPOT_URL = os.environ["SHOP_NODE"]
ENTREPOT_API_KEY = os.environ["SHOP_KEY"]
if "SHOP_SECRET" in os.environ:
    ENTREPOT_WEBHOOK_SECRET = os.environ["SHOP_SECRET"]
ENTREPOT_ASSERTIONS = ["positive_list", "positive_list_of_today"]
ENTREPOT_POLL = 600
ENTREPOT_TIMEOUT = 30
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
