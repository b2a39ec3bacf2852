"""The Django application that owns the templates, the template tags and the static files of the server."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The API and the pages. It has no tables of its own."""

    name = "entrepot.web"
    label = "desk"  # as in 0.1.0: Django's permissions name it in the database

    def ready(self) -> None:
        """Register the administration's pages. Django looks for `admin` in the application's package only."""
        import_module("entrepot.web.site.admin")
