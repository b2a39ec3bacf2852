"""The application."""

from __future__ import annotations

from oscar.apps.shipping import apps


class ShippingConfig(apps.ShippingConfig):
    """The shop's shipping."""

    name = "oscar_site.shipping"
