"""What other nodes ask of this one: its signed description, its message schemas, and the messages."""

from __future__ import annotations

from django.urls import path

from entrepot.web.api.nodes import views

urlpatterns = [
    path(".well-known/entrepot", views.description),
    path("nodes/messages", views.messages),
    path("nodes/schemas", views.schemas),
    path("nodes/schemas/<str:name>", views.schema),
]
