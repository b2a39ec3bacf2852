"""The database tables of the market. As in `models`, rows have no methods and send no signals.

`store_markettext`, the full-text index over the offers, is made by the migration: it differs by database.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from entrepot.store.people_models import Organization


class Pavilion(models.Model):
    """Offers of an economy, or of an association, presented by an organization.

    `slug`: in addresses; `economy`: whose goods it shows, "" for those of any; `titles`, `texts`: by language;
    `operator`: the organization that presents it; None for one of another node, of which `peer` is the id here and
    `presenter` the name of who presents it there.
    """

    slug = models.CharField(primary_key=True, max_length=40)
    economy = models.CharField(max_length=2, blank=True)
    titles = models.JSONField()
    texts = models.JSONField(default=dict)
    operator = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True)
    peer = models.CharField(max_length=60, blank=True, default="")
    presenter = models.CharField(max_length=150, blank=True, default="")
    published = models.BooleanField(default=False)
    created = models.DateTimeField()


class ClosedOffer(models.Model):
    """An offer that the organization that presents a pavilion took out of it."""

    pk = models.CompositePrimaryKey("pavilion", "offer")
    pavilion = models.CharField(max_length=40)
    offer = models.CharField(max_length=60)


class MarketOffer(models.Model):
    """An offer that the market shows, computed from its state: see `market_index`. The newest has the highest id."""

    id = models.BigAutoField(primary_key=True)
    offer = models.CharField(max_length=60, unique=True)
    pavilion = models.CharField(max_length=40)
    economy = models.CharField(max_length=2)
    kind = models.CharField(max_length=8)

    class Meta:
        """The indexes list the newest offers of a pavilion, of an economy, and of a kind."""

        indexes: ClassVar = [
            models.Index(fields=["pavilion", "id"], name="market_of_pavilion"),
            models.Index(fields=["economy", "id"], name="market_of_economy"),
            models.Index(fields=["kind", "id"], name="market_of_kind"),
        ]
