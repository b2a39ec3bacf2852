"""The payment of the shop: the payment company's page would give a token; here it is that of its sandbox."""

from __future__ import annotations

from typing import Any

from oscar.core.loading import get_model

from entrepot_oscar.checkout import views

ImportDetailsView, PaymentMethodView = views.ImportDetailsView, views.PaymentMethodView


class PaymentDetailsView(views.PaymentDetailsView):
    """Stores the token with the order. The node takes the money with it."""

    def handle_payment(self, order_number: Any, total: Any, **_more: Any) -> None:  # noqa: ARG002  # of Oscar
        """As Oscar's documentation says."""
        kind, _ = get_model("payment", "SourceType").objects.get_or_create(name="Card")
        amount = total.incl_tax
        self.add_payment_source(
            get_model("payment", "Source")(
                source_type=kind, currency=total.currency, amount_allocated=amount, reference="approved"
            )
        )
