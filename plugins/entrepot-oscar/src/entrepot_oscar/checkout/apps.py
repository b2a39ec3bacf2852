"""The checkout as an application of Oscar."""

from __future__ import annotations

from typing import Any

from django.urls import path
from oscar.apps.checkout import apps
from oscar.core.loading import get_class


class CheckoutConfig(apps.CheckoutConfig):
    """Oscar's checkout, with one page more: what customs asks of the buyer."""

    name = "entrepot_oscar.checkout"

    def ready(self) -> None:
        """Load the views."""
        super().ready()
        self.import_details_view = get_class("checkout.views", "ImportDetailsView")

    def get_urls(self) -> list[Any]:
        """Oscar's addresses, and that of the page."""
        own = [path("import-details/", self.import_details_view.as_view(), name="import-details")]
        return [*super().get_urls(), *self.post_process_urls(own)]
