"""The Django application that owns the templates, the template tags and the static files of the server."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The API and the pages. It has no tables of its own."""

    name = "entrepot.web"
    label = "desk"  # as in 0.1.0: the label is in the database of whoever uses Django's permissions
