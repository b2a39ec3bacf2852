"""urls: where everything is. `/v1` is the API, `/admin` Django's, the rest are pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from entrepot.desk.api import api

handler404 = "entrepot.desk.astray.not_found"
handler500 = "entrepot.desk.astray.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", api.urls),
    path("admin/", admin.site.urls),
]
