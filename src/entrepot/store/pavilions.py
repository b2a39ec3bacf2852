"""Pavilions: rows in, rows out; what their fields may contain."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import NamedTuple

from django.db import IntegrityError, transaction

from entrepot.store.models import ClosedOffer, Organization, Pavilion

_ECONOMY = re.compile(r"[A-Z]{2}\Z")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
#: Characters of a slug and of a title, at most.
MAX_SLUG, MAX_TITLE = 40, 100


class PavilionRow(NamedTuple):
    """A pavilion. See `store.market_models.Pavilion`. `operator`: "" for one of another node, which `peer` names."""

    slug: str
    economy: str
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    operator: str
    operator_name: str
    published: bool
    peer: str = ""


class SlugTaken(Exception):
    """Another pavilion has this slug."""


def read_slug(text: str) -> str:
    """The name of a pavilion in addresses. Raises ValueError.

    >>> read_slug("Viet-Nam")
    'viet-nam'
    """
    found = text.strip().lower()
    if len(found) > MAX_SLUG or not _SLUG.fullmatch(found):
        raise ValueError(f"An address has 1 to {MAX_SLUG} letters a to z, digits and hyphens, such as viet-nam.")
    return found


def create_pavilion(slug: str, economy: str, titles: Mapping[str, str], operator: str, now: dt.datetime) -> PavilionRow:
    """Create a pavilion that is not published yet. Raises ValueError, SlugTaken, and LookupError for the operator."""
    found = Organization.objects.filter(id=operator).first()
    if found is None:
        raise LookupError(operator)
    if economy and not _ECONOMY.fullmatch(economy):
        raise ValueError(f"{economy!r} is not a country code. Use two letters (ISO 3166), for example VN.")
    given = {"economy": economy, "titles": dict(titles), "operator": found}
    try:
        with transaction.atomic():
            row = Pavilion.objects.create(slug=read_slug(slug), created=now, **given)
    except IntegrityError:
        raise SlugTaken(slug) from None
    return _row(row)


def change_pavilion(slug: str, *, titles: Mapping[str, str], texts: Mapping[str, str], published: bool) -> None:
    """Change what a pavilion shows, and whether it is shown."""
    Pavilion.objects.filter(slug=slug).update(titles=dict(titles), texts=dict(texts), published=published)


def keep_pavilion(slug: str, economy: str, given: PavilionRow, now: dt.datetime) -> PavilionRow:
    """Keep a pavilion of another node with what `given` shows; one that is new is published.

    Raises ValueError, and SlugTaken where another pavilion has the slug.
    """
    values = {"titles": dict(given.titles), "texts": dict(given.texts), "presenter": given.operator_name}
    row, _created = Pavilion.objects.get_or_create(
        slug=read_slug(slug),
        defaults={**values, "economy": economy, "peer": given.peer, "published": True, "created": now},
    )
    if row.peer != given.peer:
        raise SlugTaken(slug)
    Pavilion.objects.filter(slug=row.slug).update(**values)
    row.refresh_from_db()
    return _row(row)


def delete_pavilions(peer: str) -> None:
    """Delete the pavilions of another node."""
    Pavilion.objects.filter(peer=peer).exclude(peer="").delete()


def close_to(slug: str, offer: str) -> None:
    """Note that the operator of a pavilion took an offer out: its seller cannot put it back."""
    ClosedOffer.objects.get_or_create(pavilion=slug, offer=offer)


def admit_again(slug: str, offer: str) -> None:
    """Let the seller of an offer that was taken out put it back."""
    ClosedOffer.objects.filter(pavilion=slug, offer=offer).delete()


def is_closed_to(slug: str, offer: str) -> bool:
    """Whether an offer was taken out of a pavilion."""
    return ClosedOffer.objects.filter(pavilion=slug, offer=offer).exists()


def list_closed(slug: str, *, before: str = "", limit: int) -> list[str]:
    """The ids of offers that were taken out of a pavilion, the newest offers first. `before`: the last one shown."""
    found = ClosedOffer.objects.filter(pavilion=slug).order_by("-offer")
    return list((found.filter(offer__lt=before) if before else found).values_list("offer", flat=True)[:limit])


def find_pavilion(slug: str) -> PavilionRow | None:
    """A pavilion, published or not."""
    found = Pavilion.objects.select_related("operator").filter(slug=slug).first()
    return _row(found) if found else None


def list_pavilions(*, published: bool = True) -> list[PavilionRow]:
    """The pavilions in the order in which they were created; only those that are published, or all."""
    found = Pavilion.objects.select_related("operator").order_by("created", "slug")
    return [_row(each) for each in (found.filter(published=True) if published else found)]


def slugs_of(operator: str) -> list[str]:
    """The slugs of the pavilions that an organization presents."""
    return list(Pavilion.objects.filter(operator_id=operator).order_by("created").values_list("slug", flat=True))


def _row(row: Pavilion) -> PavilionRow:
    return PavilionRow(
        slug=row.slug,
        economy=row.economy,
        titles=row.titles,
        texts=row.texts,
        operator=row.operator_id or "",
        operator_name=row.operator.name if row.operator else row.presenter,
        published=row.published,
        peer=row.peer,
    )
