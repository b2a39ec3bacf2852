"""The application."""

from __future__ import annotations

from entrepot_oscar.checkout import apps


class CheckoutConfig(apps.CheckoutConfig):
    """The shop's checkout."""

    name = "oscar_site.checkout"
