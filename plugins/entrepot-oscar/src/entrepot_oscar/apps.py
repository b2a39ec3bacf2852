"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class EntrepotOscarConfig(AppConfig):
    """Registers the system checks, and follows what the shop does with its orders."""

    name = "entrepot_oscar"
    label = "entrepot_oscar"
    verbose_name = "Entrepot"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register them."""
        from entrepot_oscar import outgoing
        from entrepot_oscar.checks import CHECKS

        for each in CHECKS:
            checks.register(each, "entrepot")
        outgoing.connect()
