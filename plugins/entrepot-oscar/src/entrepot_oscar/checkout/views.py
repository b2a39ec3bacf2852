"""The pages of the checkout that show the landed price."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView
from oscar.apps.checkout import views
from oscar.core.loading import get_class

from entrepot_oscar.checkout.forms import ImportDetailsForm
from entrepot_oscar.checkout.request import ask_again
from entrepot_oscar.handover import refused_contact
from entrepot_oscar.landed import DOMESTIC

CheckoutSessionMixin = get_class("checkout.session", "CheckoutSessionMixin")


class PaymentMethodView(views.PaymentMethodView):
    """Before a payment is chosen, it is known whether the order can be imported."""

    pre_conditions = [*views.PaymentMethodView.pre_conditions, "check_import_is_possible"]  # noqa: RUF012  # as Oscar's


class PaymentDetailsView(views.PaymentDetailsView):
    """The payment and the preview, with duties and taxes."""

    pre_conditions = [*views.PaymentDetailsView.pre_conditions, "check_import_is_possible"]  # noqa: RUF012  # as Oscar's

    def handle_place_order_submission(self, request: Any) -> HttpResponse:
        """Place the order at the price that was shown; at another one, show that first."""
        ask_again(request)
        submission = self.build_submission()
        landed, shown = self.landed, request.POST.get("landed_total", "")
        if landed is not None and landed.stops:
            return self.render_preview(request, error=" ".join(landed.reasons))  # type: ignore[no-any-return]
        abroad = landed is not None and landed.state != DOMESTIC
        if abroad and shown != str(submission["order_total"].incl_tax):
            says = _("Duties and taxes have changed. Please check the new total, and place the order again.")
            return self.render_preview(request, error=says)  # type: ignore[no-any-return]  # Oscar has no types
        return self.submit(**submission)  # type: ignore[no-any-return]  # as above


class ImportDetailsView(CheckoutSessionMixin, FormView):  # type: ignore[misc]  # Oscar has no types
    """Asks what customs and the carrier need to know of the buyer, and lets the node check it."""

    template_name = "oscar/checkout/import_details.html"
    form_class = ImportDetailsForm
    success_url = reverse_lazy("checkout:payment-method")
    pre_conditions = [  # noqa: RUF012  # as Oscar's
        "check_basket_is_not_empty",
        "check_basket_is_valid",
        "check_user_email_is_captured",
        "check_shipping_data_is_captured",
    ]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; the next page where nothing is to be asked."""
        self.build_submission()
        if self.landed is None or not self.landed.charged:
            return redirect(self.success_url)
        return super().get(request, *args, **kwargs)  # type: ignore[no-any-return]  # Oscar has no types

    def get_form_kwargs(self) -> dict[str, Any]:
        """With whether customs asks for the identity."""
        self.build_submission()
        kwargs: dict[str, Any] = super().get_form_kwargs()
        return {**kwargs, "identity": bool(self.landed and self.landed.identity)}

    def get_initial(self) -> dict[str, Any]:
        """What is known: from this form, else from the address."""
        address = self.get_shipping_address(self.request.basket)
        known = {"name": address.name, "telephone": str(address.phone_number or "")} if address else {}
        contact = self.import_contact()
        # The number is not shown again: the page may be read by somebody else.
        return {**known, **{name: contact[name] for name in ("name", "telephone") if name in contact}}

    def form_valid(self, form: ImportDetailsForm) -> HttpResponse:
        """Keep what the node accepts."""
        contact = form.contact()
        address = self.get_shipping_address(self.request.basket)
        if self.landed is not None and self.landed.charged:
            refused = refused_contact(self.landed, address, contact)
            if refused is not None:
                name = (refused.param or "").removeprefix("contact.")
                form.add_error(name if name in form.fields else None, refused.message)
                return self.form_invalid(form)  # type: ignore[no-any-return]  # Oscar has no types
        self.keep_import_contact(contact)
        messages.success(self.request, _("Your details for customs are complete."))
        return super().form_valid(form)  # type: ignore[no-any-return]  # Oscar has no types
