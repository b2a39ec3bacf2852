"""The checkout's session: whether the landed price lets it go on, and what customs asks of the buyer."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from oscar.apps.checkout import exceptions, session

from entrepot_oscar.checkout.request import landed_of_request
from entrepot_oscar.landed import Landed

_NAMESPACE, _CONTACT = "entrepot", "contact"


class CheckoutSessionMixin(session.CheckoutSessionMixin):
    """Adds `landed` to what is submitted, and the conditions for it."""

    def build_submission(self, **kwargs: Any) -> dict[str, Any]:
        """What is submitted, with its landed price as `landed` where one is known."""
        submission: dict[str, Any] = super().build_submission(**kwargs)
        basket = submission["basket"]
        self.landed: Landed | None = landed_of_request(
            self.request, submission, basket, submission.get("shipping_charge")
        )
        return submission

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The context, with `landed`."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "landed": self.landed}

    def import_contact(self) -> dict[str, str]:
        """What the buyer told for customs."""
        found: dict[str, str] = self.checkout_session._get(_NAMESPACE, _CONTACT) or {}  # noqa: SLF001  # as Oscar's own
        return found

    def keep_import_contact(self, contact: dict[str, str]) -> None:
        """Keep it until the order is placed."""
        self.checkout_session._set(_NAMESPACE, _CONTACT, contact)  # noqa: SLF001  # as above

    def check_import_is_possible(self, request: Any) -> None:  # noqa: ARG002  # Oscar calls it with the request
        """Raise FailedPreCondition where the checkout stops, or where customs asks something of the buyer."""
        self.build_submission()
        landed = self.landed
        if landed is None:
            return
        if landed.stops:
            says = [*landed.reasons, _("The order cannot be placed with its duties and taxes.")]
            raise exceptions.FailedPreCondition(url=reverse("basket:summary"), messages=says)
        if landed.charged and not self.knows_buyer(landed):
            raise exceptions.FailedPreCondition(url=reverse("checkout:import-details"))

    def knows_buyer(self, landed: Landed) -> bool:
        """Whether the buyer has told what customs and the carrier ask."""
        contact = self.import_contact()
        wanted = ("name", "telephone", *(("identity_number",) if landed.identity else ()))
        return all(contact.get(name) for name in wanted)
