"""The addresses of courses for other programs: the services of LTI, xAPI statements, badges and their status list."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.api.courses import badges, services, statements

urlpatterns: list[URLPattern] = [
    path("lti/keys", services.keys),
    path("lti/token", services.token),
    path("lti/courses/<path:rest>", services.serve),
    path("xapi/about", statements.about),
    path("xapi/statements", statements.statements),
    path("badges/status/<int:number>", badges.status_list),
    path("badges/<str:number>", badges.credential),
]
