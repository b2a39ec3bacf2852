"""Translations in templates: `{{ "Duty by treatment"|say }}`, amounts, dates, economies, terms of the API.

{% load wording %}
{{ option.title|of_pack }}  {{ option.amount_landed|money:quote.currency }}  {{ "open"|label }}  {{ "VN"|place }}
"""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import mark_safe

from entrepot.language import translate

register = template.Library()
register.filter("say", translate._)
register.filter("of_pack", translate.pack_text)
register.filter("label", translate.label)
register.filter("place", translate.place)
register.filter("day", translate.day)
register.filter("reason", translate.reason)
register.filter("formula", translate.formula)


@register.filter
def codes(text: str) -> str:
    """A text with what is between backticks as code, as in the descriptions of the API.

    >>> codes("`a<b` is <given>")
    '<code>a&lt;b</code> is &lt;given&gt;'
    """
    return mark_safe(re.sub("`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308  # it is escaped before


@register.filter
def money(amount: str | None, currency: str) -> str:
    """An amount with its currency, in the format of the page's language."""
    return translate.money(amount, currency)


@register.filter
def number(amount: object) -> str:
    """A number in the format of the page's language."""
    return translate.number(str(amount))
