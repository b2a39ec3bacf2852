"""The pages of other nodes, for the operators of this one, and their addresses after the language."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.nodes import listing, peer

urlpatterns: list[URLPattern] = [
    path("operator/nodes/", listing.list_nodes),
    path("operator/nodes/<str:number>/", peer.show),
]
