"""The pages of the market, and their addresses after the language."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.market import basket, checkout, listing, offer, pavilions, present, times, viewer

urlpatterns: list[URLPattern] = [
    path("market/", listing.market),
    path("market/deliver/", viewer.deliver),
    path("market/basket/", basket.show),
    path("market/checkout/", checkout.check_out),
    path("market/pavilions/<str:slug>/", listing.pavilion),
    path("market/offers/<str:number>/", offer.show),
    path("market/offers/<str:number>/times/", times.show),
    path("offers/<str:number>/market/", present.present),
    path("pavilions/", pavilions.list_all),
    path("pavilions/<str:slug>/", pavilions.edit),
]
