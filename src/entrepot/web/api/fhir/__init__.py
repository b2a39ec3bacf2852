"""The FHIR endpoint (HL7 FHIR R4B): what this node can, and the visits of an organization, read and searched."""

from __future__ import annotations

from django.urls import path

from entrepot.web.api.fhir import views

urlpatterns = [
    path("fhir/R4B/metadata", views.metadata),
    path("fhir/R4B/<str:kind>", views.search),
    path("fhir/R4B/<str:kind>/<str:number>", views.read),
]
