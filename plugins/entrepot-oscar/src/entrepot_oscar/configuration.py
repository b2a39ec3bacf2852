"""The settings of the plugin, read from Django's settings, and what is wrong with them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from entrepot.client import secret_bytes

#: What happens at the checkout where duties and taxes cannot be charged.
STOP, CONTINUE = "stop", "continue"
#: The field of an offer, and the code of the product attribute that has its value.
ATTRIBUTES: Mapping[str, str] = {
    "hs_code": "tariff_code",
    "country_of_origin": "country_of_origin",
    "net_mass_kg": "net_mass_kg",
    "gross_mass_kg": "gross_mass_kg",
    "proof_of_origin": "proof_of_origin",
    "title_zh": "title_zh",
    "specification": "specification",
    "unit": "sales_unit",
    "legal_unit": "legal_unit",
    "supply": "supply",
    "warehouse": "warehouse",
    "record_number": "record_number",
}
#: The status of an order of the node, and that of the shop. Others leave the order as it is. The plugin adds those of
#: orders of which some pieces are shipped or delivered.
STATUSES: Mapping[str, str] = {
    "created": "Handed over",
    "requote": "Needs attention",
    "awaiting_payment": "Handed over",
    "authorized": "Handed over",
    "paid": "Paid",
    "documents_sent": "Customs",
    "documents_stored": "Customs",
    "declared": "Customs",
    "assessed": "Customs",
    "held": "Held by customs",
    "refused": "Needs attention",
    "detained": "Needs attention",
    "returned_abroad": "Needs attention",
    "released": "Released",
    "partially_shipped": "Partially shipped",
    "shipped": "Shipped",
    "partially_delivered": "Partially delivered",
    "delivered": "Delivered",
    "closed": "Delivered",
    "cancelled": "Cancelled",
    "returned": "Returned",
}
#: Names of Oscar's types of events.
EVENTS: Mapping[str, str] = {
    "shipped": "Shipped",
    "delivered": "Delivered",
    "returned": "Returned",
    "paid": "Paid",
    "refunded": "Refunded",
}
_NEEDED = ("URL", "API_KEY", "WEBHOOK_SECRET", "SHIP_FROM")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, without the prefix `ENTREPOT_`.

    `without_duties`: `stop` or `continue`; `assertions`: conditions of the law that the shop vouches for;
    `payment_provider`: of the node; `payment_means`: dotted path of a function that gives the means of a payment;
    `timeout`: seconds that the checkout waits; `poll`: seconds after which an order is read without a webhook.
    """

    url: str
    api_key: str
    webhook_secret: str
    ship_from: str
    without_duties: str = STOP
    assertions: tuple[str, ...] = ()
    payment_provider: str = ""
    payment_means: str = "entrepot_oscar.payment.means_of_source"
    timeout: float = 5.0
    poll: float = 900.0
    attributes: Mapping[str, str] = field(default_factory=lambda: ATTRIBUTES)
    statuses: Mapping[str, str] = field(default_factory=lambda: STATUSES)
    events: Mapping[str, str] = field(default_factory=lambda: EVENTS)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a setting: its name, what is wrong, and what to do."""

    setting: str
    says: str
    hint: str


def problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with settings, by their full names."""
    names = [f"ENTREPOT_{each.name.upper()}" for each in fields(Configuration)]
    found = []
    for name in sorted(set(given) - set(names)):
        words = [each.removeprefix("ENTREPOT_") for each in names]
        near = difflib.get_close_matches(name.removeprefix("ENTREPOT_"), words, n=1)
        hint = f"Did you mean ENTREPOT_{near[0]}?" if near else f"Use {', '.join(names)}."
        found.append(Problem(name, f"{name} is not a setting of entrepot-oscar.", hint))
    found += [
        Problem(name, f"{name} is not set.", "Set it in the settings of the shop.")
        for name in (f"ENTREPOT_{each}" for each in _NEEDED)
        if name not in given
    ]
    for name, check in _CHECKS.items():
        full = f"ENTREPOT_{name}"
        if full in given and (why := check(given[full])):
            # A key and a secret are not repeated: what checks print is in logs.
            shown = "" if name in ("API_KEY", "WEBHOOK_SECRET") else f" {given[full]!r}"
            found.append(Problem(full, f"{full}{shown} is not valid.", why))
    return found


def _url(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    good = parts is not None and parts.scheme in ("http", "https") and parts.hostname and not parts.query
    return "" if good else "Write the address of the node, for example https://node.example."


def _key(value: Any) -> str:
    good = isinstance(value, str) and value.startswith("ek_") and value.isascii() and value.isprintable()
    return (
        "" if good else "It begins with ek_. Create it with `entrepot keys create NAME --scope trade --scope quotes`."
    )


def _secret(value: Any) -> str:
    try:
        secret_bytes(value if isinstance(value, str) else "")
    except ValueError:
        return "It begins with whsec_. `manage.py entrepot_webhook URL` creates an endpoint and prints it."
    return ""


def _country(value: Any) -> str:
    good = isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value)
    return "" if good else "Write the two letters of a country (ISO 3166-1), for example VN."


def _seconds(value: Any) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400
    return "" if good else "Write a number of seconds, from above 0 to 86400."


def _texts(value: Any) -> str:
    good = isinstance(value, list | tuple) and all(isinstance(each, str) and each for each in value)
    return "" if good else 'Write a list of texts, for example ["positive_list"].'


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "Write a text that is not empty."


def _dotted(value: Any) -> str:
    good = isinstance(value, str) and re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", value)
    return "" if good else "Write the dotted path of a function, for example shop.payments.means."


def _choice(value: Any) -> str:
    return "" if value in (STOP, CONTINUE) else f'Write "{STOP}" or "{CONTINUE}".'


def _names(known: Mapping[str, str]) -> Any:
    def check(value: Any) -> str:
        good = isinstance(value, Mapping) and set(value) <= set(known)
        good = good and all(isinstance(each, str) and each for each in value.values())
        return "" if good else f"Write a dictionary of texts with any of the keys {', '.join(known)}."

    return check


_CHECKS = {
    "URL": _url,
    "API_KEY": _key,
    "WEBHOOK_SECRET": _secret,
    "SHIP_FROM": _country,
    "WITHOUT_DUTIES": _choice,
    "ASSERTIONS": _texts,
    "PAYMENT_PROVIDER": _text,
    "PAYMENT_MEANS": _dotted,
    "TIMEOUT": _seconds,
    "POLL": _seconds,
    "ATTRIBUTES": _names(ATTRIBUTES),
    "STATUSES": _names(STATUSES),
    "EVENTS": _names(EVENTS),
}


def given_settings() -> dict[str, Any]:
    """The settings of the shop that begin with `ENTREPOT_`."""
    return {name: getattr(settings, name) for name in dir(settings) if name.startswith("ENTREPOT_")}


@cache
def configuration() -> Configuration:
    """The settings of the shop. Raises ImproperlyConfigured with everything that is wrong."""
    given = given_settings()
    if wrong := problems(given):
        raise ImproperlyConfigured(" ".join(f"{each.says} {each.hint}" for each in wrong))
    values = {name.removeprefix("ENTREPOT_").lower(): value for name, value in given.items()}
    for name, known in (("attributes", ATTRIBUTES), ("statuses", STATUSES), ("events", EVENTS)):
        values[name] = {**known, **values.get(name, {})}
    values["assertions"] = tuple(values.get("assertions", ()))
    return Configuration(**values)


def _forget(**_more: Any) -> None:
    configuration.cache_clear()


setting_changed.connect(_forget)
