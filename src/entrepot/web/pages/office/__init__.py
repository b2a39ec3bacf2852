"""The pages of workspaces: their documents, the editor, versions, files, and links for guests."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.office import document, guest, workspace

_HERE = "services/<str:delivery>/workspace/"
_GUEST = "guests/<str:grant>/<str:secret>/"

urlpatterns: list[URLPattern] = [
    path(_HERE, workspace.show),
    path(f"{_HERE}all.zip", workspace.download_all),
    path(f"{_HERE}<str:number>/", document.show),
    path(f"{_HERE}<str:number>/token/", document.give_token),
    path(f"{_HERE}<str:number>/versions/", document.list_versions),
    path(f"{_HERE}<str:number>/file/<str:form>/", document.download),
    path(_GUEST, guest.show),
    path(f"{_GUEST}token/", guest.give_token),
    path(f"{_GUEST}file/<str:form>/", guest.download),
]
