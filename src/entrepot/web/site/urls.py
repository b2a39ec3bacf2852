"""The URLs: `/v1` is the API, `/admin` the administration site, the others are pages, by language."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from entrepot.language.catalogue import LANGUAGES
from entrepot.web.api import api, fhir, nodes, ucp
from entrepot.web.api import courses as course_api
from entrepot.web.pages import (
    about,
    agreements,
    batch,
    compare,
    corrections,
    courses,
    law,
    market,
    office,
    packs,
    people,
    pictures,
    quote,
    services,
    trade,
)
from entrepot.web.pages import nodes as node_pages
from entrepot.web.pages.page_limit import limited
from entrepot.web.pages.people.sign_in import sign_in
from entrepot.web.reference import client_files
from entrepot.web.reference import pages as reference

handler400 = "entrepot.web.http.error_pages.bad_request"
handler404 = "entrepot.web.http.error_pages.not_found"
handler500 = "entrepot.web.http.error_pages.server_error"

_PAGES = [
    # The page of a table polls its progress every second: that is not counted.
    each if each.callback is batch.progress else URLPattern(each.pattern, limited(each.callback))
    for each in (
        *quote.urlpatterns,
        *about.urlpatterns,
        *compare.urlpatterns,
        *corrections.urlpatterns,
        *law.urlpatterns,
        *agreements.urlpatterns,
        *batch.urlpatterns,
        *packs.urlpatterns,
        *people.urlpatterns,
        *market.urlpatterns,
        *services.urlpatterns,
        *courses.urlpatterns,
        *trade.urlpatterns,
        *node_pages.urlpatterns,
        *office.urlpatterns,
        *reference.urlpatterns,
    )
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", quote.home),
    path("v1/", api.urls),
    *ucp.urlpatterns,
    *nodes.urlpatterns,
    *fhir.urlpatterns,
    path("docs", reference.without_language),
    path("docs/", reference.without_language),
    path("docs/<path:rest>", reference.without_language),
    path("entrepot.js", client_files.javascript),
    path("entrepot.d.ts", client_files.types),
    path("pictures/<str:name>", pictures.show),
    *trade.well_known,
    *courses.without_language,
    *course_api.urlpatterns,
    *(URLPattern(each.pattern, limited(each.callback)) for each in services.feeds_of_assets),
    path("admin/login/", sign_in),  # before Django's own page, which has no limits
    path("admin/", admin.site.urls),
    re_path(rf"^(?P<language>{'|'.join(LANGUAGES)})/", include(_PAGES)),
]
