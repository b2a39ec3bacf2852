"""Reads a request: the sale, its law, its date and the reference rates that it may need. Raises SaleError."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

import msgspec

from entrepot.engine.normal_form import Names, normal_form
from entrepot.law.compiled import Law, World
from entrepot.law.subdivisions import find_all
from entrepot.model import codes, json, literals
from entrepot.model.errors import LawError, SaleError, nearest
from entrepot.model.quote import Exchange, QuoteDocument
from entrepot.model.sale import Buyer, Line, Place, PossibleCode, PossibleCodes, Sale, Seller, read_sale

# msgspec analyses a type when it first decodes it, and the process crashes if two threads do so at the same time. So it
# is done here: one thread imports a module.
for _each in (Sale, QuoteDocument):
    msgspec.json.Decoder(_each)

#: A rate by way of another currency has ten significant digits, as all reference rates.
TEN = Context(prec=10)
#: The law of an economy on a day; raises LawError.
FindLaw = Callable[[str, dt.date], Law]
#: Reference rates of some currencies, in units of the importer's currency, on a day.
FindRates = Callable[[frozenset[str], str, dt.date], Mapping[str, Exchange]]


#: A currency in the text of a rate that the caller gives: `2 USD/kg`, `2USD/kg`.
CURRENCY_IN_RATE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


class QuoteRequest(NamedTuple):
    """A valid sale, with the law, the day and the reference rates that it is quoted by."""

    sale: Sale
    law: Law
    on: dt.date
    reference: Mapping[str, Exchange]


def read_request(
    sale: Mapping[str, Any] | Sale,
    on: dt.date | None,
    world: World,
    law: FindLaw,
    rates: FindRates,
    names: Names,
    today: dt.date,
) -> QuoteRequest:
    """A request with everything it is quoted by. The day: `on`, else the sale's own, else `today`. Raises SaleError."""
    # Decimals stay decimals: as texts they could get exponents, which are not allowed in a text.
    given = msgspec.to_builtins(sale, builtin_types=(Decimal,)) if isinstance(sale, Sale) else sale
    asked = parse_sale(normal_form(given, names) if isinstance(given, Mapping) else given)
    day = read_day(on) if on is not None else asked.date or today
    for place, param in ((asked.ship_from.country, "ship_from.country"), (asked.ship_to.country, "ship_to.country")):
        if place not in world.economies:
            raise _no_economy(place, param, world, names)
    try:
        found = law(asked.ship_to.country, day)
    except LawError as error:
        raise SaleError.of(error, "no_law", "ship_to.country") from None
    stated = {name for line in asked.lines for text in line.rates.values() for name in CURRENCY_IN_RATE.findall(text)}
    needed = foreign_currencies(found, (asked.currency, *stated)).difference(asked.exchange_rates)
    reference = reference_rates(found, needed, day, rates) if needed else {}
    if asked.currency in needed and asked.currency not in reference:
        # Without a rate to the importer's currency, the sale's own currency is that of the quote.
        reference = rates(needed - {asked.currency}, asked.currency, day)
    return QuoteRequest(asked, found, day, reference)


def _no_economy(word: str, param: str, world: World, names: Names) -> SaleError:
    """The error of a text that is not an economy; of the name of a state or province it says the country."""
    found = find_all(world, word)
    if len(found) == 1:
        country, _dash, state = found[0].partition("-")
        return SaleError(
            "unknown_economy",
            "{word!r} is a state or province. Give the country {country} and the state {state}.",
            param,
            word=word,
            country=country,
            state=state,
        )
    if found:
        return SaleError(
            "unknown_economy",
            "{word!r} is a state or province of several countries: {places}. Give the country and the state.",
            param,
            word=word,
            places=", ".join(found),
        )
    return SaleError(
        "unknown_economy",
        "{word!r} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.",
        param,
        nearest(word.upper(), world.economies) if len(word) <= 3 else names.nearest("economy", word),
        word=word,
    )


def reference_rates(law: Law, needed: frozenset[str], day: dt.date, rates: FindRates) -> Mapping[str, Exchange]:
    """The reference rates of some currencies in that of a law.

    Where there is none, by way of a currency for which the law has a rate: the dirham is pegged to the dollar.
    """
    found = rates(needed, law.currency, day)
    for anchor, (text, row) in law.exchange.items():
        missing = needed.difference(found)
        if not missing:
            break
        title = law.sources[law.bases[row].cites[0]].title
        found = dict(found)
        for currency, each in rates(missing, anchor, day).items():
            rate, source = TEN.multiply(Decimal(each.rate), Decimal(text)), f"{each.source}; {anchor} {text}: {title}"
            found[currency] = Exchange(currency=currency, rate=f"{rate:f}", date=each.date, source=source)
    return found


def foreign_currencies(law: Law, currencies: Iterable[str]) -> frozenset[str]:
    """Those of the currencies and of the law's own amounts for which the law has no exchange rate.

    If the sale gives none either, a reference rate is used.
    """
    return frozenset({*currencies, *law.foreign} - {law.currency, *law.exchange})


def read_day(on: dt.date | str) -> dt.date:
    """The day of a date, a time or a text. Raises SaleError."""
    day = on.date() if isinstance(on, dt.datetime) else codes.day_of(str(on))
    if day is None:
        raise SaleError.of(literals.not_a_date(str(on)), "invalid", "date")
    return day


def parse_sale(sale: Mapping[str, Any] | Sale) -> Sale:
    """The sale of a mapping with the fields of the API. Raises SaleError with the field and what it allows."""
    try:
        found = read_sale(sale)
    except msgspec.ValidationError as error:
        if "Invalid decimal string" in str(error):
            _check_decimals(sale)
        if "Invalid RFC3339 encoded date" in str(error) and isinstance(sale, Mapping):
            raise SaleError.of(literals.not_a_date(str(sale.get("date"))), "invalid", "date") from None
        raise _as_sale_error(str(error), sale if isinstance(sale, Mapping) else {}) from None
    _check_decimals(sale)
    return found


def _decimals_of(form: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(each.name for each in msgspec.structs.fields(form) if each.type in (Decimal, Decimal | None))


_OF_SALE, _OF_LINE, _OF_BUYER = (frozenset(_decimals_of(form)) for form in (Sale, Line, Buyer))


def _check_decimals(sale: Any) -> None:
    """Raises SaleError for a text that is not written as a decimal: msgspec reads whatever Python's Decimal does."""
    if not isinstance(sale, Mapping):
        return
    _check(sale, _OF_SALE, "")
    if "buyer" in sale:
        _check(sale["buyer"], _OF_BUYER, "buyer.")
    if "exchange_rates" in sale:
        _check(sale["exchange_rates"], None, "exchange_rates.")
    lines = sale.get("lines")
    for place, line in enumerate(lines if isinstance(lines, list | tuple) else ()):
        _check(line, _OF_LINE, "lines[{}].", place)


def _check(given: Any, names: frozenset[str] | None, path: str, place: int = 0) -> None:
    if not (type(given) is dict or isinstance(given, Mapping)):
        return
    for name, value in given.items():
        if isinstance(value, str) and (names is None or name in names) and not literals.is_decimal(value):
            raise SaleError.of(literals.not_a_decimal(value), "invalid_amount", f"{path.format(place)}{name}")


def _as_sale_error(message: str, sale: Mapping[str, Any] = MappingProxyType({})) -> SaleError:
    """The SaleError of a message of msgspec: the field, and the values that it allows. `sale`: as it was given.

    >>> error = _as_sale_error("Object contains unknown field `amuont` - at `$.lines[0]`")
    >>> error.param, error.message
    ('lines[0].amuont', 'Unknown field "amuont". Did you mean "amount"?')
    >>> _as_sale_error("Invalid enum value 'CNF' - at `$.incoterm`").message[:47]
    '"CNF" is not a known value. Did you mean "CIF"?'
    """
    text, _, where = message.partition(" - at ")
    path = where.strip("`").removeprefix("$").removeprefix(".").replace("[...]", "[]")
    if found := re.match(r"Object contains unknown field `([^`]*)`", text):
        return _unknown_field(found[1], path)
    if found := re.match(r"Object missing required field `([^`]*)`", text):
        param = f"{path}.{found[1]}" if path else found[1]
        return SaleError("missing", "The field {field!r} is required.", param, field=found[1])
    if found := re.match(r"Invalid enum value '([^']*)'", text):
        return _no_choice(found[1], path)
    if found := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", text):
        return _wrong_type(found[1], found[2], path, sale)
    return SaleError("invalid", "{why}.", path, why=text)


#: The parts of a sale that are objects or lists, and texts that are taken for numbers, as examples.
EXAMPLES: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "buyer": {"kind": "consumer"},
    "seller": {"registrations": ["eu_ioss"]},
    "seller.registrations": ["eu_ioss"],
    "exchange_rates": {"USD": "7.08"},
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
    "lines[]": {"hs_code": "0901.21", "amount": "100.00"},
    "lines[].rates": {"duty": "5 %"},
    "lines[].hs_code": "0901.21",
}


def _wrong_type(wanted: str, given: str, path: str, sale: Mapping[str, Any]) -> SaleError:
    """The SaleError for a value of another type, with an example for some; one of a place has the text given.

    >>> _wrong_type("object", "str", "ship_to", {"ship_to": "CA"}).message
    'Expected `object`, got `string`. Write for example: {"country": "CA"}.'
    >>> _wrong_type("str", "int", "currency", {"currency": 7}).message
    'Expected `string`, got `integer`.'
    >>> _wrong_type("str | null", "int", "lines[0].hs_code", {}).message
    'Expected `string | null`, got `integer`. Write for example: "0901.21".'
    """
    example = EXAMPLES.get(re.sub(r"\[\d*\]", "[]", path))
    wanted, given = (json.in_json_words(f"`{each}`").strip("`") for each in (wanted, given))
    if example is None:
        return SaleError("invalid", "Expected `{wanted}`, got `{given}`.", path, wanted=wanted, given=given)
    text = sale.get(path)
    if path in ("ship_from", "ship_to") and isinstance(text, str) and re.fullmatch("[A-Za-z]{2}", text):
        example = {"country": text.upper()}
    elif path == "buyer" and isinstance(text, str):
        example = {"kind": "business" if "business" in (text, value_meant("buyer.kind", text)) else "consumer"}
    return SaleError(
        "invalid",
        "Expected `{wanted}`, got `{given}`. Write for example: {example}.",
        path,
        wanted=wanted,
        given=given,
        example=msgspec.json.format(msgspec.json.encode(example), indent=0).decode(),
    )


#: Names that other interfaces have for fields of a sale and of its lines; a message names ours.
OTHER_NAMES = {
    "country": "ship_to.country", "destination": "ship_to.country", "destination_country": "ship_to.country",
    "to": "ship_to.country", "importer": "ship_to.country",
    "from": "ship_from.country", "from_country": "ship_from.country", "exporter": "ship_from.country",
    "state": "ship_to.state", "province": "ship_to.state", "region": "ship_to.state",
    "buyer_kind": "buyer.kind", "buyer_type": "buyer.kind", "customer_type": "buyer.kind",
    "freight": "shipping_cost", "shipping": "shipping_cost", "insurance": "insurance_cost",
    "discount": "discount_amount",
    "incoterms": "incoterm", "items": "lines", "products": "lines", "goods": "lines", "mode": "transport",
    "code": "lines[].hs_code", "hs": "lines[].hs_code", "hs6": "lines[].hs_code", "hs_code": "lines[].hs_code",
    "amount": "lines[].amount", "price": "lines[].amount", "value": "lines[].amount",
    "origin": "lines[].country_of_origin", "origin_country": "lines[].country_of_origin",
    "country_of_origin": "lines[].country_of_origin",
    "weight": "lines[].net_mass_kg", "weight_kg": "lines[].net_mass_kg", "mass": "lines[].net_mass_kg",
    "qty": "lines[].quantity", "title": "lines[].description", "name": "lines[].description",
    "sku": "lines[].reference", "id": "lines[].reference",
}  # fmt: skip


#: Other words for the values of a field, for messages that suggest the value.
OTHER_VALUES = {
    "buyer.kind": {
        **dict.fromkeys(
            (
                "b2b", "company", "corporate", "corporation", "firm", "enterprise", "organisation", "organization",
                "shop", "store", "retailer", "wholesaler", "importer", "trader", "professional", "公司", "企业", "商店",
                "công ty", "doanh nghiệp", "บริษัท", "ธุรกิจ", "ក្រុមហ៊ុន", "អាជីវកម្ម",
            ),
            "business",
        ),
        **dict.fromkeys(
            (
                "b2c", "c2c", "private", "individual", "person", "personal", "people", "个人", "消费者", "cá nhân",
                "người tiêu dùng", "บุคคล", "ผู้บริโภค", "បុគ្គល", "អ្នកប្រើប្រាស់",
            ),
            "consumer",
        ),
    },
}  # fmt: skip


def value_meant(field: str, word: str) -> str:
    """The value of a field that another word means; empty if none is known.

    >>> value_meant("buyer.kind", "Company"), value_meant("buyer.kind", "B2C"), value_meant("incoterm", "sea")
    ('business', 'consumer', '')
    """
    return OTHER_VALUES.get(field, {}).get(word.strip().lower(), "")


def _unknown_field(name: str, path: str) -> SaleError:
    """The SaleError for a field that a part of a sale does not have: the field that may be meant, else all fields.

    >>> _unknown_field("destination", "").message
    'Unknown field "destination". Did you mean "ship_to.country"?'
    >>> _unknown_field("price", "lines[0]").message
    'Unknown field "price". Did you mean "amount"?'
    >>> _unknown_field("province", "ship_to").message
    'Unknown field "province". Did you mean "state"?'
    >>> _unknown_field("colour", "buyer").message
    'Unknown field "colour". Known fields: kind, tax_ids, year_to_date.'
    """
    form = _form(path)
    fields = [field.name for field in msgspec.structs.fields(form)]
    other = OTHER_NAMES.get(name.lower(), "")
    if form is Line:
        other = other.removeprefix("lines[].") if other.startswith("lines[].") else ""
    elif form is Place:
        other = other.removeprefix("ship_to.") if other.startswith("ship_to.") else ""
    elif form is not Sale:
        other = ""
    param = f"{path}.{name}" if path else name
    if near := other or nearest(name, fields):
        return SaleError("unknown_field", "Unknown field {field!r}.", param, near, field=name)
    known = ", ".join(fields)
    return SaleError("unknown_field", "Unknown field {field!r}. Known fields: {known}.", param, field=name, known=known)


def _no_choice(word: str, path: str) -> SaleError:
    """The SaleError for a value that the field at a path does not allow."""
    field = re.sub(r".*\.|\[\d+\]$", "", path)
    fields = msgspec.structs.fields(_form(path.rpartition(".")[0]))
    choices = next((_choices(each.type) for each in fields if each.name == field), [])
    known = ", ".join(map(str, choices))
    if near := value_meant(path, word) or nearest(word, choices):
        return SaleError(
            "invalid",
            "{word!r} is not a known value. Did you mean {choice!r}? Known: {known}.",
            path,
            word=word,
            choice=near,
            known=known,
        )
    return SaleError("invalid", "{word!r} is not a known value. Known: {known}.", path, word=word, known=known)


def _form(path: str) -> type[msgspec.Struct]:
    """The class of the part of a sale at a path."""
    last = re.sub(r"\[.*?\]", "", path.rpartition(".")[2])
    forms: dict[str, type[msgspec.Struct]] = {
        "lines": Line,
        "ship_from": Place,
        "ship_to": Place,
        "buyer": Buyer,
        "seller": Seller,
        "classification": PossibleCodes,
        "candidates": PossibleCode,
        "left_out": PossibleCode,
    }
    return forms.get(last, Sale)


def _choices(form: Any) -> list[Any]:
    """The values that a field allows, if they are listed in its type."""
    found = [choice for part in get_args(form) for choice in (get_args(part) or (part,))]
    return [choice for choice in found if isinstance(choice, str)]
