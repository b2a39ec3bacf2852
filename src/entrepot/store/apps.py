"""The Django application that owns the tables."""

from __future__ import annotations

from django.apps import AppConfig

from entrepot.store import lock_wait


class StoreConfig(AppConfig):
    """The application `store`."""

    name = "entrepot.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make every new connection wait for locks as `lock_wait` describes."""
        lock_wait.install()
