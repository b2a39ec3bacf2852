"""apps: how Django calls this room."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The room of rows."""

    name = "entrepot.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
