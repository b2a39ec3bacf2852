"""said: the words of the faces in templates: `{{ "Duty by treatment"|say }}`, amounts, days, places, words of the API.

{% load said %}
{{ option.title|of_pack }}  {{ option.amount_landed|money:quote.currency }}  {{ "open"|label }}  {{ "VN"|place }}
"""

from __future__ import annotations

from django import template

from entrepot import tongue

register = template.Library()
register.filter("say", tongue._)
register.filter("of_pack", tongue.of_pack)
register.filter("label", tongue.label)
register.filter("place", tongue.place)
register.filter("day", tongue.day)
register.filter("reason", tongue.reason)
register.filter("formula", tongue.formula)


@register.filter
def money(amount: str | None, currency: str) -> str:
    """An amount with its currency, as the reader's language writes it."""
    return tongue.money(amount, currency)


@register.filter
def number(amount: object) -> str:
    """A number as the reader's language writes it."""
    return tongue.number(str(amount))
