"""How the node takes the money: by the means that the shop's payment page has stored with the order."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string

from entrepot_oscar.configuration import configuration


def means_of_source(order: Any) -> dict[str, Any]:
    """The means of a payment: the provider of the settings, and the reference of the first source of the order.

    The page of the shop asks the payment company for a token of the card or the account, and stores it as `reference`
    of the payment source; the node takes the money with it, once for each of its orders.
    """
    source = order.sources.order_by("pk").first()
    found = {"provider": configuration().payment_provider, "capture": "automatic"}
    return {**found, "method": source.reference} if source is not None and source.reference else found


def means_of(order: Any, currency: str, contact: dict[str, str]) -> dict[str, Any]:
    """The body of a payment for the node, with the payer where customs asks for the buyer's identity."""
    means: dict[str, Any] = dict(import_string(configuration().payment_means)(order))
    means.setdefault("currency", currency)
    if "identity_number" in contact:
        names = ("name", "telephone", "identity_type", "identity_number")
        means.setdefault("payer", {name: contact[name] for name in names})
    return means
