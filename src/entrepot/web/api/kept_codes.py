"""The codes that the organization of an API key chose for descriptions of goods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from entrepot.goods.classify import correction_key
from entrepot.goods.described import descriptions
from entrepot.store import goods_corrections
from entrepot.web.http.api_keys import Caller


def organization_of(caller: Caller) -> str | None:
    """The organization whose choices a caller gets; None for a publishable key, which any visitor of a page has."""
    return None if caller.origins else caller.organization


def kept_codes(caller: Caller, texts: Iterable[str]) -> dict[str, str]:
    """The codes that the organization of a caller chose for descriptions, by the keys of these."""
    organization, keys = organization_of(caller), list(map(correction_key, texts))
    return goods_corrections.find_codes(organization, keys) if organization is not None and keys else {}


def codes_of_sale(caller: Caller, sale: Mapping[str, Any]) -> dict[str, str]:
    """As `kept_codes`, for the lines of a sale that have a description and no code."""
    return kept_codes(caller, descriptions(sale))


def codes_of_table(caller: Caller) -> Callable[[Sequence[str]], dict[str, str]]:
    """As `kept_codes`, for the rows of a table; they are read now."""
    return goods_corrections.chosen_codes(organization_of(caller))
