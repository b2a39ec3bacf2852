"""urls: where everything is. `/v1` is the API, `/admin` Django's, the rest are pages, by their language."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from entrepot.desk.api import api
from entrepot.desk.pages import batch, law, packs, quote
from entrepot.desk.pages.counting import counted
from entrepot.desk.sign_in import sign_in
from entrepot.locale import LANGUAGES

handler400 = "entrepot.desk.astray.not_answered"
handler404 = "entrepot.desk.astray.not_found"
handler500 = "entrepot.desk.astray.failed"

_PAGES = [
    # How far a table is, its page asks by itself, every second or so.
    each if each.callback is batch.progress else URLPattern(each.pattern, counted(each.callback))
    for each in (*quote.urlpatterns, *law.urlpatterns, *batch.urlpatterns, *packs.urlpatterns)
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", quote.home),
    path("v1/", api.urls),
    path("admin/login/", sign_in),  # before the page of Django itself, which has no limits
    path("admin/", admin.site.urls),
    re_path(rf"^(?P<language>{'|'.join(LANGUAGES)})/", include(_PAGES)),
]
