"""The administration site: for administrators who entered a second factor in their session."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from entrepot.web.http.actors import is_operator


class OperatorSite(AdminSite):
    """Django's site with that permission. Anybody else is led to the page of sign-in, then to the second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether an administrator asks, after a second factor."""
        return super().has_permission(request) and is_operator(request)
