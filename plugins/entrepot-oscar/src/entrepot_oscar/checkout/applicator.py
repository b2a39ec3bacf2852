"""Duties, taxes and fees of the import as Oscar's surcharges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from oscar.apps.checkout import applicator
from oscar.apps.checkout.surcharges import BaseSurcharge
from oscar.core import prices

from entrepot_oscar.checkout.request import landed_of_request

#: The parts of a landed price, and the names under which an order keeps them.
NAMES = {
    "duties": ("entrepot-duties", _("Import duties")),
    "taxes": ("entrepot-taxes", _("Import taxes")),
    "fees": ("entrepot-fees", _("Import fees")),
}


class ImportCharge(BaseSurcharge):
    """Duties, taxes or fees of the import. They are not the shop's income, and no tax of the shop is on them."""

    def __init__(self, part: str, amount: Decimal) -> None:
        self.code, self.name = NAMES[part]
        self.amount = amount

    def calculate(self, basket: Any, **_more: Any) -> prices.Price:
        """The amount."""
        return prices.Price(currency=basket.currency, excl_tax=self.amount, incl_tax=self.amount)


class SurchargeApplicator(applicator.SurchargeApplicator):
    """Adds what the node says that the buyer pays with the order."""

    def get_surcharges(self, basket: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The surcharges of the shop, then duties, taxes and fees, as far as there are any."""
        others = tuple(super().get_surcharges(basket, **kwargs))
        landed = landed_of_request(self.request, self.context, basket, kwargs.get("shipping_charge"))
        if landed is None or not landed.charged:
            return others
        charges = ((part, getattr(landed, part)) for part in NAMES)
        return (*others, *(ImportCharge(part, amount) for part, amount in charges if amount))
