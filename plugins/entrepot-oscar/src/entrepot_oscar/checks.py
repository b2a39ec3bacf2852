"""System checks: a setting that is not understood stops the start."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string
from oscar.core.loading import get_class

from entrepot_oscar.configuration import STATUSES, given_settings, problems


def check_settings(**_more: Any) -> list[CheckMessage]:
    """The settings of the plugin."""
    given = given_settings()
    found: list[CheckMessage] = [Error(each.says, hint=each.hint, id="entrepot_oscar.E001") for each in problems(given)]
    means = given.get("ENTREPOT_PAYMENT_MEANS")
    if isinstance(means, str) and not any(means in each.msg for each in found):
        try:
            import_string(means)
        except ImportError as error:
            hint = "Write the dotted path of a function of the shop."
            found.append(
                Error(f"ENTREPOT_PAYMENT_MEANS cannot be imported: {error}", hint=hint, id="entrepot_oscar.E002")
            )
    return found


def check_statuses(**_more: Any) -> list[CheckMessage]:
    """Each status that an order can get is in the pipeline of the shop."""
    given = given_settings().get("ENTREPOT_STATUSES", {})
    wanted = {**STATUSES, **(given if isinstance(given, dict) else {})}
    pipeline = getattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", {})
    missing = sorted({each for each in wanted.values() if each not in pipeline})
    if not missing:
        return []
    hint = (
        "Use OSCAR_ORDER_STATUS_PIPELINE = entrepot_oscar.statuses.ORDER_PIPELINE, or name yours in ENTREPOT_STATUSES."
    )
    says = f"OSCAR_ORDER_STATUS_PIPELINE has no {', '.join(missing)}."
    return [Error(says, hint=hint, id="entrepot_oscar.E003")]


def check_checkout(**_more: Any) -> list[CheckMessage]:
    """The checkout of the shop shows the landed price, and queues what is ordered."""
    if not apps.is_installed("oscar"):
        return [Error("django-oscar is not among the INSTALLED_APPS.", id="entrepot_oscar.E004")]
    from entrepot_oscar.checkout.applicator import SurchargeApplicator
    from entrepot_oscar.checkout.mixins import OrderPlacementMixin
    from entrepot_oscar.checkout.session import CheckoutSessionMixin
    from entrepot_oscar.checkout.views import PaymentDetailsView

    hint = (
        "Put entrepot_oscar.checkout.apps.CheckoutConfig in place of oscar.apps.checkout.apps.CheckoutConfig, or "
        "derive the classes of your own checkout from those of entrepot_oscar.checkout."
    )
    wanted = {
        "checkout.applicator": SurchargeApplicator,
        "checkout.mixins": OrderPlacementMixin,
        "checkout.session": CheckoutSessionMixin,
        "checkout.views": PaymentDetailsView,
    }
    return [
        Error(
            f"{label}.{each.__name__} of the shop does not know duties and taxes.", hint=hint, id="entrepot_oscar.E004"
        )
        for label, each in wanted.items()
        if not issubclass(get_class(label, each.__name__), each)
    ]


#: All of them.
CHECKS = (check_settings, check_statuses, check_checkout)
