"""Build a sale from the options of the command line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from entrepot.cli.exit_codes import INVALID_SALE, USAGE, Stop, stop_for_sale_error
from entrepot.engine.normal_form import code_named
from entrepot.engine.request import value_meant
from entrepot.goods.service_words import services_meant
from entrepot.language.translate import _
from entrepot.language.typed_names import TYPED_NAMES, split_amount
from entrepot.law.compiled import World
from entrepot.law.subdivisions import find_all
from entrepot.model import codes, literals
from entrepot.model.errors import SaleError, in_quotes, meant, suggestion
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.model.sale import MEASURES

CHOICES = {
    "buyer": ("consumer", "business"),
    "channel": ("ecommerce", "trade", "personal"),
    "transport": TRANSPORTS,
    "incoterm": ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"),
}

#: How many pieces a word beside a number means.
PIECES = {
    **dict.fromkeys(("pc", "pcs", "piece", "pieces", "unit", "units", "件", "个", "cái", "chiếc", "ชิ้น", "ដុំ"), 1),
    **dict.fromkeys(("dozen", "dozens", "doz", "打", "tá", "โหล", "ឡូ"), 12),
}


def sale_of(options: Mapping[str, Any], world: World) -> dict[str, Any]:
    """A sale, in the form of the API, from the options of the command line. Raises Stop.

    >>> from entrepot.app import library
    >>> typed = {"ship_from": "vn", "ship_to": "cn", "hs_code": "0901.21", "amount": "100 cny"}
    >>> sale_of(typed, library().world)["lines"]
    [{'amount': Decimal('100'), 'hs_code': '090121'}]
    """
    given = {name: value for name, value in options.items() if value not in (None, "", (), [])}
    _require(given)
    amounts = {
        name: _parse_amount(given[name], option)
        for name, option in (
            ("amount", "--amount"),
            ("shipping_cost", "--shipping"),
            ("insurance_cost", "--insurance"),
            ("discount_amount", "--discount"),
        )
        if name in given
    }
    sale: dict[str, Any] = {
        "ship_from": {"country": country_code(given["ship_from"], "--from", world)},
        "ship_to": {"country": country_code(given["ship_to"], "--to", world, with_state=True)},
        "currency": _currency(given, amounts),
        "lines": [_line(given, amounts["amount"][0], world)],
    }
    for name in ("state", "postal_code"):
        if name in given:
            sale["ship_to"][name] = given[name].strip()
    for name in ("shipping_cost", "insurance_cost", "discount_amount"):
        if name in amounts:
            sale[name] = amounts[name][0]
    for name in ("incoterm", "transport", "channel"):
        if name in given:
            sale[name] = choose(given[name], name)
    if buyer := _buyer(given):
        sale["buyer"] = buyer
    if "registered" in given:
        sale["seller"] = {"registrations": [codes.id_of(each) for each in given["registered"]]}
    if "asserted" in given:
        sale["asserted"] = [codes.id_of(each) for each in given["asserted"]]
    if "rate_of" in given:
        sale["exchange_rates"] = dict(_parse_exchange_rate(each) for each in given["rate_of"])
    return sale


def _require(given: Mapping[str, Any]) -> None:
    for name, option, example in (
        ("ship_from", "--from", "VN"),
        ("ship_to", "--to", "CN"),
        ("amount", "--amount", '"100 CNY"'),
    ):
        if name not in given:
            raise Stop(
                USAGE,
                "missing",
                _("{option} is required, for example {example}.").format(
                    option=f"{option}", example=f"{option} {example}"
                ),
                option,
            )
    sold = [name for name in ("hs_code", "service") if name in given]
    if len(sold) > 1 or (not sold and "description" not in given):
        message = _(
            "Give what is sold: either --hs with a code of the Harmonized System, or --description with words for the "
            "goods, or --service with a category."
        )
        raise Stop(USAGE, "missing", message, "--hs")


def _line(given: Mapping[str, Any], amount: Decimal, world: World) -> dict[str, Any]:
    line: dict[str, Any] = {"amount": amount}
    if "hs_code" in given:
        line["hs_code"] = _code(given["hs_code"])
    if "service" in given:
        line["service"] = _category(given["service"], world.services)
    if "origin" in given:
        line["country_of_origin"] = country_code(given["origin"], "--origin", world)
    if "proof" in given:
        line["proof_of_origin"] = codes.id_of(given["proof"])
    if "description" in given:
        line["description"] = given["description"]
    if "tax_class" in given:
        line["tax_class"] = codes.id_of(given["tax_class"])
    for name in MEASURES:
        if name in given:
            line[name] = parse_decimal(given[name], "--" + name.replace("_", "-"))
    rates = dict(_parse_rate(each) for each in given.get("rates", ()))
    if "duty" in given:
        rates["duty"] = given["duty"]
    if rates:
        line["rates"] = rates
    return line


def _code(text: str) -> str:
    """A code of goods without its dots. Raises Stop for words, with the command that finds their code."""
    plain = re.sub(r"[\s.\-]", "", _normalize(text))
    if any(sign.isdecimal() for sign in plain):
        return plain
    message = _("{word} is not a code of the Harmonized System. Find it with: entrepot goods {words}")
    words = text if re.fullmatch(r"[\w ]+", text) else in_quotes(text)
    raise Stop(INVALID_SALE, "invalid_hs_code", message.format(word=in_quotes(text), words=words), "--hs")


def _buyer(given: Mapping[str, Any]) -> dict[str, Any]:
    buyer: dict[str, Any] = {}
    if "buyer" in given:
        buyer["kind"] = choose(given["buyer"], "buyer")
    if "tax_ids" in given:
        buyer["tax_ids"] = list(given["tax_ids"])
    if "year_to_date" in given:
        buyer["year_to_date"] = parse_decimal(given["year_to_date"], "--year-to-date")
    return buyer


def _currency(given: Mapping[str, Any], amounts: Mapping[str, tuple[Decimal, str]]) -> str:
    """The one currency of the sale, from the amounts or `--currency`."""
    named = {currency for _number, currency in amounts.values() if currency}
    if "currency" in given:
        named.add(_currency_code(given["currency"], "--currency"))
    if not named:
        message = _('The amount needs its currency, for example --amount "{amount} CNY".').format(
            amount=amounts["amount"][0]
        )
        raise Stop(USAGE, "missing", message, "--amount")
    if len(named) > 1:
        message = _("A sale has one currency; {currencies} were given. Convert the other amounts first.").format(
            currencies=", ".join(sorted(named))
        )
        raise Stop(USAGE, "invalid", message, "--amount")
    return named.pop()


def _currency_code(text: str, option: str) -> str:
    """The code of a currency, from its code, a name or a symbol; a text that is none of these as it is. Raises Stop."""
    plain = _normalize(text)
    return _codes_of("currency", plain, option) or plain.upper()


def _normalize(text: str) -> str:
    # Full-width digits and letters of East Asian keyboards become plain ones.
    return unicodedata.normalize("NFKC", text).strip()


def country_code(text: str, option: str, world: World, *, with_state: bool = False) -> str:
    """The code of a country, from its code or one of its names. Raises Stop.

    `with_state`: the command has --state, which the error of a state or province then names.

    >>> from entrepot.app import library
    >>> country_code("vn", "--from", library().world), country_code("Vietnam", "--from", library().world)
    ('VN', 'VN')
    """
    plain = _normalize(text)
    titles = {title.casefold(): economy for economy, (title, *_rest) in world.economies.items()}
    code = _codes_of("economy", plain, option) or titles.get(plain.casefold(), "")
    if code in world.economies:
        return code
    if places := find_all(world, plain) or find_all(world, plain.partition(",")[0]):
        raise _is_state(text, option, places, with_state=with_state)
    if code:
        return code
    hint = suggestion(TYPED_NAMES.nearest("economy", plain), _) or meant(plain.casefold(), titles, _)
    raise _no_economy(text, option, hint)


def known_economy(text: str, option: str, world: World) -> str:
    """As `country_code`, and only an economy that the world pack has. Raises Stop.

    >>> from entrepot.app import library
    >>> known_economy("vn", "FROM", library().world)
    'VN'
    """
    code = country_code(text, option, world)
    if code not in world.economies:
        raise _no_economy(text, option, meant(code, world.economies, _))
    return code


def _is_state(text: str, option: str, places: Sequence[str], *, with_state: bool) -> Stop:
    """The Stop for a state or province in place of its country, with what to type for each of that name."""
    typed = [place.partition("-") for place in places]
    if with_state:
        message = _("{text} is a state or province. Give its country and the state: {example}.")
        examples = [f"{option} {economy} --state {part}" for economy, _dash, part in typed]
    else:
        message = _("{text} is a state or province. Give its country: {example}.")
        examples = [economy if option.isupper() else f"{option} {economy}" for economy, *_rest in typed]
    found = message.format(text=in_quotes(text), example=_(" or ").join(examples))
    return Stop(INVALID_SALE, "unknown_economy", found, option)


def _no_economy(text: str, option: str, hint: str) -> Stop:
    template = _("{text} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.")
    return Stop(INVALID_SALE, "unknown_economy", template.format(text=in_quotes(text)) + hint, option)


def _codes_of(kind: str, text: str, option: str) -> str:
    """The code that a text means; empty if it is no name that is known. Raises Stop for a name of several things."""
    try:
        return code_named(kind, text, TYPED_NAMES, option)
    except SaleError as error:
        raise stop_for_sale_error(error, option) from None


def choose(text: str, name: str) -> str:
    """One of the allowed words of a field. Raises Stop.

    >>> choose("Business", "buyer"), choose("ddp", "incoterm")
    ('business', 'DDP')
    """
    for word in CHOICES[name]:
        if codes.id_of(text) == word.lower():
            return word
    other = value_meant("buyer.kind", text) if name == "buyer" else ""
    hint = suggestion(other, _) or meant(codes.id_of(text), CHOICES[name], _)
    message = (
        _("{option} must be one of {words}, not {text}.").format(
            option=f"--{name}", words=" | ".join(CHOICES[name]), text=in_quotes(text)
        )
        + hint
    )
    raise Stop(USAGE, "invalid", message, f"--{name}")


def parse_decimal(text: str, option: str) -> Decimal:
    """A number: `1,234.50`, `1 234.50` and full-width digits are accepted, a decimal comma is not. Raises Stop.

    >>> parse_decimal("1,234.50", "--kg")
    Decimal('1234.50')
    """
    plain = re.sub(r"(?<=[0-9])[\s'](?=[0-9]{3}(?![0-9]))", "", _normalize(text))
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?", plain):  # `0,750` has a decimal comma
        plain = plain.replace(",", "")
    if (found := literals.decimal_of(plain)) is None:
        message = _("{option} must be a number with a decimal point, for example 1234.50, not {text}.").format(
            option=option, text=in_quotes(text)
        )
        near = literals.decimal_meant(plain) or (_pieces_meant(plain) if option in ("--quantity", "--items") else "")
        raise Stop(USAGE, "invalid", message + suggestion(near, _), option)
    return found


def _pieces_meant(text: str) -> str:
    """The number of pieces that a number with a word for pieces or dozens means; empty if it has no such word.

    >>> _pieces_meant("2 dozen"), _pieces_meant("24pcs"), _pieces_meant("3 kg"), _pieces_meant("0 pcs")
    ('24', '24', '', '')
    """
    found = re.fullmatch(r"0*([1-9][0-9]{0,8})\s*(\S+)", text.casefold())
    if found is None or found[2] not in PIECES:
        return ""
    return str(int(found[1]) * PIECES[found[2]])


def _parse_amount(text: str, option: str) -> tuple[Decimal, str]:
    """An amount and its currency, which is empty if none is given: `100 CNY`, `€100`, `100 yuan`, `100`."""
    found = split_amount(_normalize(text))
    if found is None:
        message = _('{option} must be an amount with its currency, for example "100 CNY", not {text}.').format(
            option=option, text=in_quotes(text)
        )
        raise Stop(USAGE, "invalid", message, option)
    figure, named = found
    return parse_decimal(figure, option), _currency_code(named, option) if named else ""


def _parse_pair(text: str, option: str, example: str) -> Sequence[str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        message = _("{option} must have the form NAME=VALUE, for example {example}.").format(
            option=option, example=f"{option} {example}"
        )
        raise Stop(USAGE, "invalid", message, option)
    return name.strip(), value.strip()


def _parse_exchange_rate(text: str) -> tuple[str, Decimal]:
    name, value = _parse_pair(text, "--rate-of", "USD=7.08")
    return _currency_code(name, "--rate-of"), parse_decimal(value, "--rate-of")


def _parse_rate(text: str) -> tuple[str, str]:
    name, value = _parse_pair(text, "--rate", '"vat=9 %"')
    return codes.id_of(name), value


def _category(text: str, services: Collection[str]) -> str:
    """A category of services as it is typed; for other words of such services the ones they may mean. Raises Stop.

    >>> _category("Recorded courses", ("recorded_courses", "live_teaching"))
    'recorded_courses'
    """
    typed = codes.id_of(text)
    may_mean = services_meant(text, services)
    if typed in services or not may_mean:
        return typed
    template, names = _("{text} is not a category of services. It may be: {services}."), ", ".join(may_mean)
    message = template.format(text=in_quotes(text), services=names)
    raise Stop(INVALID_SALE, "unknown_service", message, "--service")


def goods_or_service(text: str, services: Collection[str]) -> tuple[str, str]:
    """An HS code or a category of services; the other of the two is empty. Raises Stop."""
    code = re.sub(r"[\s.\-]", "", text)
    if re.fullmatch(r"\d{2,10}", code, re.ASCII):
        return code, ""
    if codes.id_of(text) in services:
        return "", codes.id_of(text)
    message = _("{text} is not a code of 2 to 10 digits, nor a category of services. Categories: {services}.")
    raise Stop(
        USAGE,
        "invalid_hs_code",
        message.format(text=in_quotes(text), services=", ".join(sorted(services))),
        "CODE",
    )
