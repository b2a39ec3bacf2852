"""The endpoints of UCP: the profile, checkout sessions and orders, in the shapes of the protocol."""

from __future__ import annotations

from django.urls import path

from entrepot.web.api.ucp import views

urlpatterns = [
    path(".well-known/ucp", views.profile),
    path("ucp/schemas/<name>", views.schema),
    path("ucp/v1/checkout-sessions", views.sessions),
    path("ucp/v1/checkout-sessions/<number>", views.session),
    path("ucp/v1/checkout-sessions/<number>/complete", views.complete),
    path("ucp/v1/checkout-sessions/<number>/cancel", views.cancel),
    path("ucp/v1/orders/<number>", views.order),
]
