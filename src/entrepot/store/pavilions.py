"""Pavilions: rows in, rows out; what their fields may contain."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction

from entrepot.store.models import Organization, Pavilion

_ECONOMY = re.compile(r"[A-Z]{2}\Z")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
#: Characters of a slug and of a title, at most.
MAX_SLUG, MAX_TITLE = 40, 100


class PavilionRow(NamedTuple):
    """A pavilion. See `store.market_models.Pavilion`."""

    slug: str
    economy: str
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    operator: str
    operator_name: str
    published: bool
    closed_to: Sequence[str]


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


def close_to(slug: str, offer: str) -> None:
    """Note that the operator of a pavilion took an offer out: its seller cannot put it back."""
    with transaction.atomic():
        row = Pavilion.objects.select_for_update().filter(slug=slug).first()
        if row is not None and offer not in row.closed_to:
            row.closed_to = [*row.closed_to, offer]
            row.save(update_fields=["closed_to"])


def admit_again(slug: str, offer: str) -> None:
    """Let the seller of an offer that was taken out put it back."""
    with transaction.atomic():
        row = Pavilion.objects.select_for_update().filter(slug=slug).first()
        if row is not None:
            row.closed_to = [each for each in row.closed_to if each != offer]
            row.save(update_fields=["closed_to"])


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
        operator=row.operator_id,
        operator_name=row.operator.name,
        published=row.published,
        closed_to=tuple(row.closed_to),
    )
