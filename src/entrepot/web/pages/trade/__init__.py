"""The pages of trade: orders, offers, webhooks, and the operator's outbox; their addresses after the language."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.trade import offers, orders, outbox, place, statements, webhooks

urlpatterns: list[URLPattern] = [
    path("orders/", orders.list_orders),
    path("orders/new/", place.place),
    path("orders/<str:number>/", orders.show),
    path("offers/", offers.list_offers),
    path("organization/webhooks/", webhooks.list_endpoints),
    path("organization/webhooks/<str:number>/", webhooks.show),
    path("statements/", statements.show),
    path("outbox/", outbox.list_messages),
]
