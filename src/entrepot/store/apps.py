"""apps: the configuration of the tables for Django."""

from __future__ import annotations

from django.apps import AppConfig

from entrepot.store import lock_wait


class StoreConfig(AppConfig):
    """The tables."""

    name = "entrepot.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connections that are opened from now on wait for locks as `lock_wait` says."""
        lock_wait.install()
