"""The address of the webhooks: include it in the addresses of the shop."""

from __future__ import annotations

from django.urls import path

from entrepot_oscar.webhooks import receive

app_name = "entrepot_oscar"
urlpatterns = [path("webhooks/", receive, name="webhooks")]
