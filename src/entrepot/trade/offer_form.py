"""Read an offer from a request or from a row of a table, and say what is wrong with it.

A column of a table has the name of the field: `price`, `hs_code`, `title_zh`, `net_mass_kg`, `registration_cn_food` …
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, get_args

import msgspec

from entrepot.model.errors import TradeError, nearest
from entrepot.model.literals import decimal_of
from entrepot.model.money import in_minor
from entrepot.model.sale import MEASURES, Incoterm
from entrepot.trade.ledger.events import MAX_INTEGER
from entrepot.trade.offers import SUPPLIES, Goods, Prices

#: Pieces of an offer at most.
MAX_STOCK = 10**9
_PRICES = ("price", "shipping", "shipping_further", "insurance")
_TEXTS = (
    "hs_code", "service", "country_of_origin", "proof_of_origin", "ship_from", "unit", "legal_unit",
    "second_legal_unit", "reference", "barcode", "specification", "tax_class", "incoterm", "supply", "warehouse",
    "record_number",
)  # fmt: skip
#: Fields with names in it: a title for each language, a number for each scheme.
_MAPPINGS = {"title": "titles", "registration": "registrations"}
_MEASURES = tuple(name for name in MEASURES if name != "quantity")
FIELDS = (
    *_PRICES,
    "currency",
    "stock",
    *_TEXTS,
    *_MEASURES,
    "titles",
    "registrations",
    "tax_registrations",
    "measures",
)
#: Characters of a field at most: of a title as in the list of goods for customs, of others.
_MOST = {"titles": 250, "specification": 510, "reference": 30, "barcode": 50, "record_number": 30}
_MOST_OTHERS = 60
_PATTERNS = {
    "hs_code": (re.compile(r"[0-9]{6,10}\Z"), "Write 6 to 10 digits, for example 0901.21."),
    "country_of_origin": (re.compile(r"[A-Z]{2}\Z"), "Use two letters (ISO 3166-1), for example VN."),
    "ship_from": (re.compile(r"[A-Z]{2}\Z"), "Use two letters (ISO 3166-1), for example VN."),
    "currency": (re.compile(r"[A-Z]{3}\Z"), "Use three letters (ISO 4217), for example CNY."),
    "unit": (re.compile(r"[A-Z0-9]{2,3}\Z"), "Use a code of UN/ECE Recommendation 20, for example H87 (piece)."),
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")


class OfferForm(NamedTuple):
    """An offer as it was read. `stock`: pieces; None if they are not counted."""

    goods: Goods
    prices: Prices
    stock: int | None


def read_offer(given: Mapping[str, Any], decimals: Callable[[str], int | None]) -> OfferForm:
    """Read an offer. Raises TradeError with the first field that is wrong.

    `decimals`: the number of decimals of a currency, None if it is not known.

    >>> form = read_offer({"titles": {"en": "Coffee"}, "hs_code": "0901.21", "ship_from": "VN", "price": "68.00",
    ...     "currency": "CNY", "stock": 100, "net_mass_kg": "0.5"}, {"CNY": 2}.get)
    >>> form.prices.price, form.goods.hs_code, form.stock
    (6800, '090121', 100)
    """
    for name in given:
        if name not in FIELDS:
            raise TradeError("unknown_field", "Unknown field {field!r}.", name, nearest(name, FIELDS), field=name)
    currency = _text(given, "currency").upper()
    places = decimals(currency)
    if places is None:
        raise TradeError(
            "currency_unknown", "{currency!r} is not a currency code. Use three letters (ISO 4217), for example CNY.",
            "currency", currency=currency,
        )  # fmt: skip
    goods = _goods(given)
    amounts = {name: _money(given, name, places) for name in _PRICES}
    return OfferForm(goods, Prices(currency=currency, **amounts), _stock(given, goods))


def _goods(given: Mapping[str, Any]) -> Goods:
    texts = {name: _text(given, name) for name in _TEXTS}
    for name in ("country_of_origin", "ship_from", "unit", "legal_unit", "second_legal_unit", "incoterm"):
        texts[name] = texts[name].upper()
    texts["hs_code"] = texts["hs_code"].replace(".", "").replace(" ", "")
    texts["unit"] = texts["unit"] or "H87"
    texts["supply"] = texts["supply"] or SUPPLIES[0]
    for name, (pattern, hint) in _PATTERNS.items():
        if texts.get(name) and not pattern.match(texts[name]):
            raise TradeError(
                "field_invalid", "{value!r} is not a {field}. {hint}", name, value=texts[name], field=name, hint=hint
            )
    _one_of("supply", texts["supply"], SUPPLIES)
    _one_of("incoterm", texts["incoterm"], ("", *get_args(Incoterm)))
    if bool(texts["hs_code"]) == bool(texts["service"]):
        raise TradeError(
            "goods_or_service", "An offer has either an hs_code (goods) or a service (its category).", "hs_code"
        )
    if not texts["ship_from"]:
        raise TradeError("field_missing", "The field {field} is missing.", "ship_from", field="ship_from")
    if texts["supply"] == "bonded" and not texts["warehouse"]:
        raise TradeError(
            "field_missing", "Goods of a bonded warehouse need the field {field}.", "warehouse", field="warehouse"
        )
    titles = _mapping(given, "titles", _MOST["titles"])
    if not titles:
        raise TradeError("field_missing", "The field {field} is missing.", "titles", field="titles")
    for language in titles:
        if not _LANGUAGE.match(language):
            raise TradeError(
                "language_invalid",
                "{language!r} is not a code of a language. Use for example zh or vi.",
                "titles",
                language=language,
            )
    schemes = given.get("tax_registrations") or ()
    if isinstance(schemes, str):
        schemes = schemes.replace(",", " ").split()
    found: Goods = msgspec.convert(
        {
            **texts,
            "titles": titles,
            "registrations": _mapping(given, "registrations", _MOST_OTHERS),
            "tax_registrations": tuple(schemes),
            "measures": _measures(given),
        },
        Goods,
    )
    return found


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        known = ", ".join(each for each in allowed if each)
        raise TradeError(
            "field_invalid",
            "{value!r} is not a {field}. {hint}",
            name,
            nearest(value, allowed),
            value=value,
            field=name,
            hint=known,
        )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    text = " ".join(str(value).split()) if value is not None else ""
    most = _MOST.get(name, _MOST_OTHERS)
    if len(text) > most:
        raise TradeError(
            "field_too_long",
            "The field {field} has {length} characters; at most {most} are allowed.",
            name,
            field=name,
            length=len(text),
            most=most,
        )
    return text


def _mapping(given: Mapping[str, Any], name: str, most: int) -> dict[str, str]:
    value = given.get(name) or {}
    if not isinstance(value, Mapping):
        raise TradeError(
            "field_invalid",
            "{value!r} is not a {field}. {hint}",
            name,
            value=str(value),
            field=name,
            hint='{"zh": "…"}',
        )
    found = {
        str(key): " ".join(str(text).split()) for key, text in value.items() if text is not None and str(text).strip()
    }
    for key, text in found.items():
        if len(text) > most:
            raise TradeError(
                "field_too_long",
                "The field {field} has {length} characters; at most {most} are allowed.",
                f"{name}.{key}",
                field=f"{name}.{key}",
                length=len(text),
                most=most,
            )
    return found


def _number(name: str, value: Any) -> Decimal:
    found = (
        Decimal(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
        else decimal_of(str(value).strip())
    )
    if found is None:
        raise TradeError(
            "number_invalid",
            "{value!r} is not a decimal number. Write digits with a decimal point, for example 1234.50.",
            name,
            value=str(value),
        )
    return found


def _money(given: Mapping[str, Any], name: str, places: int) -> int:
    value = given.get(name)
    if value is None or value == "":
        if name == "price":
            raise TradeError("field_missing", "The field {field} is missing.", name, field=name)
        return 0
    amount = _number(name, value)
    minor = in_minor(amount, places)
    if minor is None or minor < 0 or minor > MAX_INTEGER // 10**6:
        raise TradeError(
            "amount_invalid",
            "{value!r} is not an amount: it is 0 or more, with at most {places} decimals.",
            name,
            value=str(value),
            places=places,
        )
    return minor


def _measures(given: Mapping[str, Any]) -> dict[str, str]:
    """The measures of one piece, as fields of their own or together."""
    together = given.get("measures") or {}
    found = {**together, **{name: given[name] for name in _MEASURES if given.get(name) not in (None, "")}}
    for name, value in found.items():
        if name not in _MEASURES:
            raise TradeError(
                "unknown_field", "Unknown field {field!r}.", f"measures.{name}", nearest(name, _MEASURES), field=name
            )
        if _number(name, value) <= 0:
            raise TradeError(
                "number_invalid", "{value!r} is not a measure of one piece: it is more than 0.", name, value=str(value)
            )
    return {name: format(_number(name, value), "f") for name, value in found.items()}


def _stock(given: Mapping[str, Any], goods: Goods) -> int | None:
    """The pieces in stock; None if they are not counted: a service, or an offer without the field."""
    value = given.get("stock")
    if value is None or value == "":
        return None
    number = _number("stock", value)
    if goods.service:
        raise TradeError("stock_of_service", "A service has no stock. Leave the field out.", "stock")
    if number != int(number) or not 0 <= number <= MAX_STOCK:
        raise TradeError(
            "stock_invalid",
            "{value!r} is not a number of pieces. Write a whole number from 0 to {most}.",
            "stock",
            value=str(value),
            most=MAX_STOCK,
        )
    return int(number)


class RowFault(NamedTuple):
    """What is wrong with a row of a table."""

    code: str
    message: str
    column: str


def read_row(row: Mapping[str, str], decimals: Callable[[str], int | None]) -> OfferForm | RowFault:
    """Read an offer from a row of a table, as text by column. A fault is a value: the other rows go on.

    >>> row = {"title_en": "Coffee", "hs_code": "0901.21", "ship_from": "VN", "price": "68,00", "currency": "CNY"}
    >>> read_row(row, {"CNY": 2}.get).column
    'price'
    """
    given: dict[str, Any] = {}
    for column, value in row.items():
        text, name = value.strip(), column.strip().lower()
        start, _, rest = name.partition("_")
        if start in _MAPPINGS and rest:
            given.setdefault(_MAPPINGS[start], {})[rest.replace("_", "-") if start == "title" else rest] = text
        elif text:
            given[name] = text
    try:
        return read_offer(given, decimals)
    except TradeError as error:
        field = error.param
        for short, whole in _MAPPINGS.items():
            field = field.replace(f"{whole}.", f"{short}_") if field.startswith(f"{whole}.") else field
        return RowFault(error.code, error.message, field)
