"""What a product of the shop is for customs: its attributes as the fields of an offer."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from entrepot_oscar.configuration import configuration

#: Fields that are measures of one piece.
_MEASURES = ("net_mass_kg", "gross_mass_kg")
#: Languages of a title at the node.
_LANGUAGES = ("en", "zh", "vi", "th", "km")


class NotDescribed(Exception):
    """A product has not what customs asks of goods. The text is for the buyer and for the log."""


def goods_of(product: Any) -> dict[str, Any]:
    """The fields of an offer that describe a product. Raises NotDescribed."""
    given = configuration()
    values = {field: found for field, code in given.attributes.items() if (found := _value(product, code))}
    for field in ("hs_code", "country_of_origin"):
        if field not in values:
            missing = gettext("“%(product)s” has no %(attribute)s, so its duties and taxes cannot be calculated.")
            raise NotDescribed(missing % {"product": product.get_title(), "attribute": given.attributes[field]})
    measures = {name: _mass(product, values.pop(name)) for name in _MEASURES if name in values}
    titles = {_language(): product.get_title()[:250]}
    if chinese := values.pop("title_zh", ""):
        titles["zh"] = chinese[:250]
    return {"titles": titles, "ship_from": given.ship_from, "measures": measures, **values}


def _language() -> str:
    """The language of the titles of products: that of the shop, whatever the buyer reads."""
    first = settings.LANGUAGE_CODE.partition("-")[0]
    return first if first in _LANGUAGES else "en"


def _value(product: Any, code: str) -> str:
    """The value of an attribute of a product, or of the product of which it is a variant."""
    for each in (product, getattr(product, "parent", None)):
        if each is not None:
            found = getattr(each.attr, code, None)
            if found not in (None, ""):
                return str(getattr(found, "option", found)).strip()
    return ""


def _mass(product: Any, text: str) -> str:
    try:
        mass = Decimal(text)
    except InvalidOperation:
        mass = Decimal(0)
    if not mass.is_finite() or mass <= 0 or not re.fullmatch(r"[0-9.]+", text):
        wrong = gettext("The mass of “%(product)s” is %(mass)s. Write kilograms, for example 0.5.")
        raise NotDescribed(wrong % {"product": product.get_title(), "mass": text})
    return text
