"""ask: the options that are typed become a sale."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from entrepot.cli.exit_codes import NO_SALE, USAGE, Stop
from entrepot.language.translate import _
from entrepot.law.compiled import World
from entrepot.model import literals
from entrepot.model.errors import meant
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.model.sale import MEASURES

CHOICES = {
    "buyer": ("consumer", "business"),
    "channel": ("ecommerce", "trade", "personal"),
    "transport": TRANSPORTS,
    "incoterm": ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"),
}


def sale_of(options: Mapping[str, Any], world: World) -> dict[str, Any]:
    """A sale from the options of the command line, by the names of the API where they have one.

    >>> from entrepot.app import library
    >>> typed = {"ship_from": "vn", "ship_to": "cn", "hs_code": "0901.21", "amount": "100 cny"}
    >>> sale_of(typed, library().world)["lines"]
    [{'amount': Decimal('100'), 'hs_code': '090121'}]
    """
    given = {name: value for name, value in options.items() if value not in (None, "", (), [])}
    _needed(given)
    amounts = {
        name: _amount(given[name], option)
        for name, option in (
            ("amount", "--amount"),
            ("shipping_cost", "--shipping"),
            ("insurance_cost", "--insurance"),
            ("discount_amount", "--discount"),
        )
        if name in given
    }
    sale: dict[str, Any] = {
        "ship_from": {"country": country(given["ship_from"], "--from", world)},
        "ship_to": {"country": country(given["ship_to"], "--to", world)},
        "currency": _currency(given, amounts),
        "lines": [_line(given, amounts["amount"][0], world)],
    }
    for name in ("state", "postal_code"):
        if name in given:
            sale["ship_to"][name] = given[name].strip().upper()
    for name in ("shipping_cost", "insurance_cost", "discount_amount"):
        if name in amounts:
            sale[name] = amounts[name][0]
    for name in ("incoterm", "transport", "channel"):
        if name in given:
            sale[name] = choice(given[name], name)
    if buyer := _buyer(given):
        sale["buyer"] = buyer
    if "registered" in given:
        sale["seller"] = {"registrations": [identifier(each) for each in given["registered"]]}
    if "asserted" in given:
        sale["asserted"] = [identifier(each) for each in given["asserted"]]
    if "rate_of" in given:
        sale["exchange_rates"] = dict(_exchange(each) for each in given["rate_of"])
    return sale


def _needed(given: Mapping[str, Any]) -> None:
    for name, option, example in (
        ("ship_from", "--from", "VN"),
        ("ship_to", "--to", "CN"),
        ("amount", "--amount", '"100 CNY"'),
    ):
        if name not in given:
            raise Stop(
                USAGE,
                "missing",
                _("{option} is needed, for example {example}.").format(
                    option=f"{option}", example=f"{option} {example}"
                ),
                option,
            )
    if ("hs_code" in given) == ("service" in given):
        message = _(
            "Say what is sold: --hs with a code of the Harmonized System, or --service with a category; one of the two."
        )
        raise Stop(USAGE, "missing", message, "--hs")


def _line(given: Mapping[str, Any], amount: Decimal, world: World) -> dict[str, Any]:
    line: dict[str, Any] = {"amount": amount}
    if "hs_code" in given:
        line["hs_code"] = re.sub(r"[\s.\-]", "", _plain(given["hs_code"]))
    if "service" in given:
        line["service"] = identifier(given["service"])
    if "origin" in given:
        line["country_of_origin"] = country(given["origin"], "--origin", world)
    if "proof" in given:
        line["proof_of_origin"] = identifier(given["proof"])
    if "description" in given:
        line["description"] = given["description"]
    if "tax_class" in given:
        line["tax_class"] = identifier(given["tax_class"])
    for name in MEASURES:
        if name in given:
            line[name] = decimal(given[name], "--" + name.replace("_", "-"))
    rates = dict(_rate(each) for each in given.get("rates", ()))
    if "duty" in given:
        rates["duty"] = given["duty"]
    if rates:
        line["rates"] = rates
    return line


def _buyer(given: Mapping[str, Any]) -> dict[str, Any]:
    buyer: dict[str, Any] = {}
    if "buyer" in given:
        buyer["kind"] = choice(given["buyer"], "buyer")
    if "tax_ids" in given:
        buyer["tax_ids"] = list(given["tax_ids"])
    if "year_to_date" in given:
        buyer["year_to_date"] = decimal(given["year_to_date"], "--year-to-date")
    return buyer


def _currency(given: Mapping[str, Any], amounts: Mapping[str, tuple[Decimal, str]]) -> str:
    """The one currency of the sale, from the amounts or `--currency`."""
    named = {currency for _number, currency in amounts.values() if currency}
    if "currency" in given:
        named.add(_plain(given["currency"]).upper())
    if not named:
        message = _('The amount needs its currency, for example --amount "{amount} CNY".').format(
            amount=amounts["amount"][0]
        )
        raise Stop(USAGE, "missing", message, "--amount")
    if len(named) > 1:
        message = _("A sale has one currency; {currencies} were given. Convert the others first.").format(
            currencies=", ".join(sorted(named))
        )
        raise Stop(USAGE, "invalid", message, "--amount")
    return named.pop()


def _plain(text: str) -> str:
    # Full-width digits and letters, as East Asian keyboards give them, become plain ones.
    return unicodedata.normalize("NFKC", text).strip()


def identifier(text: str) -> str:
    """An id of the packs as it may be typed.

    >>> identifier("Online Education"), identifier("FORM-E")
    ('online_education', 'form_e')
    """
    return re.sub(r"[\s\-]+", "_", _plain(text).lower())


def country(text: str, option: str, world: World) -> str:
    """A country's code as it may be typed; the English name that the packs have for it is understood too.

    >>> from entrepot.app import library
    >>> country("vn", "--from", library().world), country("Viet Nam", "--from", library().world)
    ('VN', 'VN')
    """
    code = _plain(text).upper()
    if re.fullmatch("[A-Z]{2}", code):
        return code
    names = {title.casefold(): economy for economy, (title, *_rest) in world.economies.items()}
    if code.casefold() in names:
        return names[code.casefold()]
    hint = meant(code.casefold(), names, _)
    message = _("{text} is no economy: write an ISO 3166-1 alpha-2 code, such as VN.").format(text=repr(text)) + hint
    raise Stop(NO_SALE, "unknown_economy", message, option)


def choice(text: str, name: str) -> str:
    """One of the words that a field may be.

    >>> choice("Business", "buyer"), choice("ddp", "incoterm")
    ('business', 'DDP')
    """
    for word in CHOICES[name]:
        if identifier(text) == word.lower():
            return word
    hint = meant(identifier(text), CHOICES[name], _)
    message = (
        _("{option} is one of {words}, not {text}.").format(
            option=f"--{name}", words=" | ".join(CHOICES[name]), text=repr(text)
        )
        + hint
    )
    raise Stop(USAGE, "invalid", message, f"--{name}")


def decimal(text: str, option: str) -> Decimal:
    """A number as it may be typed: `1,234.50`, `1 234.50` and full-width digits are understood, a decimal comma is not.

    >>> decimal("1,234.50", "--kg")
    Decimal('1234.50')
    """
    plain = re.sub(r"(?<=[0-9])[\s'](?=[0-9]{3}(?![0-9]))", "", _plain(text))
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain):
        plain = plain.replace(",", "")
    if (found := literals.decimal_of(plain)) is None:
        message = _("{option} is a number with a point for the decimals, such as 1234.50, not {text}.").format(
            option=option, text=repr(text)
        )
        raise Stop(USAGE, "invalid", message, option)
    return found


def _amount(text: str, option: str) -> tuple[Decimal, str]:
    """An amount and the currency with it, if there is one: `100 CNY`, `CNY 100`, `100cny`."""
    plain = _plain(text)
    found = re.fullmatch(r"(?P<a>[A-Za-z]{3})?\s*(?P<number>[^A-Za-z]+?)\s*(?P<b>[A-Za-z]{3})?", plain)
    if not found or (found["a"] and found["b"]):
        message = _('{option} is an amount with its currency, such as "100 CNY", not {text}.').format(
            option=option, text=repr(text)
        )
        raise Stop(USAGE, "invalid", message, option)
    return decimal(found["number"], option), (found["a"] or found["b"] or "").upper()


def _pair(text: str, option: str, example: str) -> Sequence[str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        message = _("{option} is written NAME=VALUE, for example {example}.").format(
            option=option, example=f"{option} {example}"
        )
        raise Stop(USAGE, "invalid", message, option)
    return name.strip(), value.strip()


def _exchange(text: str) -> tuple[str, Decimal]:
    name, value = _pair(text, "--rate-of", "USD=7.08")
    return _plain(name).upper(), decimal(value, "--rate-of")


def _rate(text: str) -> tuple[str, str]:
    name, value = _pair(text, "--rate", '"vat=9 %"')
    return identifier(name), value


def sold(text: str, services: Collection[str]) -> tuple[str, str]:
    """A code of goods or a category of services, as it is typed."""
    code = re.sub(r"[\s.\-]", "", text)
    if re.fullmatch(r"\d{2,10}", code, re.ASCII):
        return code, ""
    if identifier(text) in services:
        return "", identifier(text)
    message = _("{text} is no code of 2 to 10 digits, nor a category of services: {services}.")
    raise Stop(
        USAGE,
        "invalid_hs_code",
        message.format(text=repr(text), services=", ".join(sorted(services))),
        "CODE",
    )
