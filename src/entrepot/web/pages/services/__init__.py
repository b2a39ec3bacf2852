"""The pages of the delivery of services, for provider, buyer and operator; their addresses after the language."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.services import (
    assets,
    bookings,
    deliveries,
    delivery,
    feeds,
    health,
    practitioners,
    visit_call,
    visitor_courses,
    visitor_workspaces,
    visitors,
)

urlpatterns: list[URLPattern] = [
    path("assets/", assets.list_assets),
    path("assets/<str:number>/", assets.show),
    path("assets/<str:number>/book/", bookings.book),
    path("bookings/", bookings.list_bookings),
    path("bookings/<str:number>/", bookings.show),
    path("services/", deliveries.list_deliveries),
    path("services/<str:number>/booking/", bookings.of_delivery),
    path("services/practitioners/", practitioners.list_practitioners),
    path("services/<str:number>/", delivery.show),
    path("services/<str:number>/calendar/", delivery.calendar),
    path("services/<str:number>/visit/", health.record),
    path("services/<str:number>/visit/call/", visit_call.show),
    path("services/<str:number>/visit/call/enter/", visit_call.enter),
    path("visitors/<str:number>/course/", visitor_courses.show),
    path("visitors/<str:number>/workspace/", visitor_workspaces.show),
    path("visitors/<str:number>/<str:secret>/", visitors.show),
    path("visitors/<str:number>/<str:secret>/enter/", visitors.enter),
    path("services/<str:number>/visit/note/<int:part>/", health.note),
    path("services/<str:number>/visit/note/<int:part>/file/<str:form>/", health.note_file),
]

#: Addresses without a language, for other programs.
feeds_of_assets: list[URLPattern] = [
    path("calendars/<str:secret>.ics", feeds.calendar),
    path("gbfs/<str:organization>/<str:name>.json", feeds.vehicles),
]
