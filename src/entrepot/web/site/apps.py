"""apps: how Django calls this room."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The API and the pages."""

    name = "entrepot.web"
    label = "desk"
