"""Read an offer from a request or from a row of a table, and say what is wrong with it.

A column of a table has the name of the field: `price`, `hs_code`, `title_zh`, `net_mass_kg`, `registration_cn_food`,
`delivery_kind` …
"""

from __future__ import annotations

import datetime as dt
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
from entrepot.trade.offers import FREIGHT_ON_RETURN, SUPPLIES, Goods, Prices
from entrepot.trade.service_terms import Terms, read_terms

#: Pieces of an offer at most.
MAX_STOCK = 10**9
_PRICES = ("price", "shipping", "shipping_further", "insurance")
_TEXTS = (
    "hs_code", "service", "country_of_origin", "proof_of_origin", "ship_from", "unit", "legal_unit",
    "second_legal_unit", "reference", "barcode", "specification", "tax_class", "incoterm", "supply", "warehouse",
    "record_number", "freight_on_return",
)  # fmt: skip
#: Fields with names in it: a title for each language, a number for each scheme, the terms of delivery.
_MAPPINGS = {"title": "titles", "registration": "registrations", "delivery": "delivery"}
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
    "delivery",
)
#: Characters of a field at most: of a title as in the list of goods for customs, of others.
_MOST = {"titles": 250, "specification": 510, "reference": 30, "barcode": 50, "record_number": 30}
_MOST_OTHERS = 60
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
#: What a field looks like, and what is said of one that does not.
FORMS = {
    "hs_code": (
        re.compile(r"[0-9]{6,10}\Z"),
        "{value!r} is not a tariff code. Write 6 to 10 digits, for example 0901.21.",
    ),
    "country_of_origin": (_COUNTRY, "{value!r} is not a country code. Use two letters (ISO 3166-1), for example VN."),
    "ship_from": (_COUNTRY, "{value!r} is not a country code. Use two letters (ISO 3166-1), for example VN."),
    "unit": (
        re.compile(r"[A-Z0-9]{2,3}\Z"),
        "{value!r} is not the code of a unit. Use a code of UN/ECE Recommendation 20, for example H87 (piece).",
    ),
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}\Z")
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
    if goods.delivery is not None and goods.delivery.deposit:
        _money({"delivery.deposit": goods.delivery.deposit}, "delivery.deposit", places)
    amounts = {name: _money(given, name, places) for name in _PRICES}
    return OfferForm(goods, Prices(currency=currency, **amounts), _stock(given, goods))


def _goods(given: Mapping[str, Any]) -> Goods:
    texts = {name: _text(given, name) for name in _TEXTS}
    for name in ("country_of_origin", "ship_from", "unit", "legal_unit", "second_legal_unit", "incoterm"):
        texts[name] = texts[name].upper()
    texts["hs_code"] = texts["hs_code"].replace(".", "").replace(" ", "")
    texts["unit"] = texts["unit"] or "H87"
    texts["supply"] = texts["supply"] or SUPPLIES[0]
    texts["freight_on_return"] = texts["freight_on_return"] or FREIGHT_ON_RETURN[0]
    for name, (form, _) in FORMS.items():
        if texts[name] and not form.match(texts[name]):
            raise TradeError("field_invalid", FORMS[name][1], name, value=texts[name])
    one_of("supply", texts["supply"], SUPPLIES)
    one_of("freight_on_return", texts["freight_on_return"], FREIGHT_ON_RETURN)
    one_of("incoterm", texts["incoterm"], ("", *get_args(Incoterm)))
    if bool(texts["hs_code"]) == bool(texts["service"]):
        raise TradeError(
            "goods_or_service", "An offer has either an hs_code (goods) or a service (its category).", "hs_code"
        )
    titles = _titles(given)
    needed = {"ship_from": texts["ship_from"], "titles": titles}
    if texts["supply"] == "bonded":
        needed["warehouse"] = texts["warehouse"]
    for name, value in needed.items():
        if not value:
            raise TradeError("field_missing", "The field {field} is missing.", name, field=name)
    found: Goods = msgspec.convert(
        {
            **texts,
            "titles": titles,
            "registrations": _named(given, "registrations", _SCHEME, _MOST_OTHERS),
            "tax_registrations": _schemes(given),
            "measures": _measures(given),
            "delivery": _delivery(given, texts["service"]),
        },
        Goods,
    )
    return found


def _delivery(given: Mapping[str, Any], service: str) -> Terms | None:
    """How a service is delivered; None where the offer does not say it, and for goods."""
    value = given.get("delivery")
    if not value:
        return None
    if not service:
        raise TradeError(
            "delivery_of_goods", "Only a service is delivered digitally. Leave the field out, or name the service.",
            "delivery",
        )  # fmt: skip
    return read_terms(value, clean)


def is_language(text: str) -> bool:
    """Whether a text has the form of a language code, such as `vi` or `zh-hant`."""
    return _LANGUAGE.match(text) is not None


def _titles(given: Mapping[str, Any]) -> dict[str, str]:
    return _named(given, "titles", _LANGUAGE, _MOST["titles"])


def _schemes(given: Mapping[str, Any]) -> list[str]:
    """Schemes of registration, as a list or as text with commas."""
    value = given.get("tax_registrations") or ()
    listed = value if isinstance(value, list | tuple) else str(value).replace(",", " ").split()
    words = [str(each) for each in listed]
    for each in words:
        if not _SCHEME.match(each):
            raise TradeError(
                "field_invalid", "{value!r} is not a name. Use letters, digits, _, - and .", "tax_registrations",
                value=each,
            )  # fmt: skip
    return words


def _named(given: Mapping[str, Any], name: str, form: re.Pattern[str], most: int) -> dict[str, str]:
    """A field with names in it: texts by language, numbers by scheme."""
    value = given.get(name) or {}
    if not isinstance(value, Mapping):
        raise TradeError("field_invalid", "{field} is an object of texts by name.", name, field=name)
    found = {str(key): clean(f"{name}.{key}", str(text), most) for key, text in value.items() if text is not None}
    for key in found:
        if not form.match(key):
            raise TradeError(
                "field_invalid", "{value!r} is not a name in {field}, such as zh or vi for a language.", name,
                value=key, field=name,
            )  # fmt: skip
    return {key: text for key, text in found.items() if text}


def clean(name: str, value: str, most: int) -> str:
    """A text without spaces at its ends, of at most so many printable characters. Raises TradeError."""
    text = " ".join(value.split())
    if len(text) > most:
        raise TradeError(
            "field_too_long",
            "The field {field} has {length} characters; at most {most} are allowed.",
            name,
            field=name,
            length=len(text),
            most=most,
        )
    if not text.isprintable():
        raise TradeError("field_invalid", "The field {field} has characters that cannot be printed.", name, field=name)
    return text


def iso_day(name: str, text: str) -> str:
    """A day as ISO 8601 writes it. Raises TradeError.

    >>> iso_day("date", "20260301")
    '2026-03-01'
    """
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise TradeError("date_invalid", "{value!r} is not a date. Write it as 2026-03-01.", name, value=text) from None


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise TradeError for a value that is not one of those allowed."""
    if value not in allowed:
        known = ", ".join(each for each in allowed if each)
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            name,
            nearest(value, allowed),
            value=value,
            field=name,
            known=known,
        )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return clean(name, str(value), _MOST.get(name, _MOST_OTHERS)) if value is not None else ""


def _number(name: str, value: Any) -> Decimal:
    found = decimal_of(str(value).strip()) if len(str(value)) <= _MOST_OTHERS else None
    if found is None:
        raise TradeError(
            "number_invalid",
            "{value!r} is not a decimal number. Write digits with a decimal point, for example 1234.50.",
            name,
            value=str(value)[:_MOST_OTHERS],
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
    if not isinstance(together, Mapping):
        raise TradeError("field_invalid", "{field} is an object of texts by name.", "measures", field="measures")
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
    try:
        return read_offer(fields_of(row), decimals)
    except TradeError as error:
        return fault_of(error)


def fields_of(row: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a row; an empty cell is a field that is not given."""
    given: dict[str, Any] = {}
    for column, value in row.items():
        text, name = value.strip(), column.strip().lower()
        start, _, rest = name.partition("_")
        if start in _MAPPINGS and rest:
            whole = given.setdefault(_MAPPINGS[start], {}) if text else None
            if isinstance(whole, dict):  # a column `titles` is a fault of its own
                whole[rest.replace("_", "-") if start == "title" else rest] = text
        elif text:
            given[name] = text
    return given


def fault_of(error: TradeError) -> RowFault:
    """An error of an offer as the fault of a row, with the name of its column.

    >>> row = {"title_en": "Course", "service": "online_education", "ship_from": "VN", "price": "1", "currency": "CNY"}
    >>> read_row({**row, "delivery_kind": "course"}, {"CNY": 2}.get).message
    'The field delivery_resource is missing.'
    """
    whole, _, rest = error.param.partition(".")
    short = next((each for each, field in _MAPPINGS.items() if field == whole), "")
    if not (short and rest):
        return RowFault(error.code, error.message, error.param)
    column = f"{short}_{rest}"
    values = error.values | ({"field": column} if "field" in error.values else {})
    near = f"{short}_{error.near}" if error.near and error.code == "unknown_field" else error.near
    return RowFault(error.code, TradeError(error.code, error.text, column, near, **values).message, column)
