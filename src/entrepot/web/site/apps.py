"""The Django application that owns the templates, the template tags and the static files of the server."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.db.models.signals import post_save


class OperatorAdminConfig(AdminConfig):
    """Django's administration site with the permission of `admin_site`."""

    default_site = "entrepot.web.site.admin_site.OperatorSite"


class WebConfig(AppConfig):
    """The API and the pages. It has no tables of its own."""

    name = "entrepot.web"
    label = "desk"  # as in 0.1.0: Django's permissions name it in the database

    def ready(self) -> None:
        """Register the administration's pages. Django looks for `admin` in the application's package only."""
        import_module("entrepot.web.site.admin")
        entry = import_module("django.contrib.admin.models").LogEntry
        post_save.connect(import_module("entrepot.web.people.acts").note_log_entry, entry, dispatch_uid="acts")
        # Nothing to do after each request: queries are recorded in debug mode only, and no cache is configured.
        request_started.disconnect(reset_queries)
        request_finished.disconnect(close_caches)
