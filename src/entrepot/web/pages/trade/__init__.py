"""The pages of trade, of sellers, buyers and the operator; their addresses after the language."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.trade import (
    acts,
    corrections,
    documents,
    erasures,
    limits,
    live,
    offers,
    orders,
    other_node,
    outbox,
    packing,
    payouts,
    place,
    platform_checkout,
    programmes,
    returns,
    screening,
    shipments,
    statements,
    statistics,
    statistics_mirror,
    stuck,
    todo,
    verify,
    webhooks,
)

urlpatterns: list[URLPattern] = [
    path("orders/", orders.list_orders),
    path("orders/new/", place.place),
    path("orders/<str:number>/", orders.show),
    path("orders/<str:number>/credentials/<str:document>/", other_node.credential),
    path("orders/<str:number>/pack/", packing.pack),
    path("orders/<str:number>/correct/", corrections.correct),
    path("documents/", documents.list_documents),
    path("documents/new/", documents.issue),
    path("documents/day/", documents.of_day),
    path("documents/<str:number>/", documents.show),
    path("documents/<str:number>/file/<str:form>/", documents.download),
    path("verify/", verify.verify),
    path("todo/", todo.show),
    path("live/", live.follow),
    path("shipments/<str:number>/", shipments.show),
    path("returns/", returns.list_returns),
    path("payouts/", payouts.list_payouts),
    path("offers/", offers.list_offers),
    path("checkout/<str:number>/<str:token>/", platform_checkout.show),
    path("organization/webhooks/", webhooks.list_endpoints),
    path("organization/webhooks/<str:number>/", webhooks.show),
    path("statements/", statements.show),
    path("statements/file/", statements.download),
    path("operator/", stuck.show),
    path("operator/limits/", limits.show),
    path("operator/sellers/", statements.list_sellers),
    path("operator/acts/", acts.list_acts),
    path("operator/screening/", screening.list_screenings),
    path("operator/erasures/", erasures.list_erasures),
    path("operator/programmes/", programmes.list_programmes),
    path("operator/statistics/", statistics.show),
    path("operator/statistics/mirror/", statistics_mirror.show),
    path("operator/programmes/<str:number>/", programmes.show),
    path("outbox/", outbox.list_messages),
]

#: Addresses without a language, for other programs.
well_known: list[URLPattern] = [
    path(".well-known/did.json", verify.did_document),
    path(".well-known/jwks.json", verify.jwks),
]
