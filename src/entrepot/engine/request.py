"""asking: a request as a sale with its law, its day and the rates it may need, or a SaleError that says why not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, get_args

import msgspec

from entrepot.law.compiled import Law, World
from entrepot.model import codes, literals
from entrepot.model.errors import LawError, SaleError, nearest
from entrepot.model.quote import Exchange, Quote
from entrepot.model.sale import Buyer, Line, Place, Sale, Seller, read_sale

# msgspec works out what a type holds when it is first read, and the process dies where two threads do so at once: it is
# done here, while the module is imported, which one thread does.
for _each in (Sale, Quote):
    msgspec.json.Decoder(_each)

#: The law of an economy on a day; raises LawError.
FindLaw = Callable[[str, dt.date], Law]
#: Rates to fall back on for some currencies, in units of the importer's own, on a day.
FindRates = Callable[[frozenset[str], str, dt.date], Mapping[str, Exchange]]


class Asked(NamedTuple):
    """A sale that reads as one, with the law, the day and the reference rates that it is quoted by."""

    sale: Sale
    law: Law
    on: dt.date
    reference: Mapping[str, Exchange]


def ask(
    sale: Mapping[str, Any] | Sale, on: dt.date | None, world: World, law: FindLaw, rates: FindRates, today: dt.date
) -> Asked:
    """A request with all that it is quoted by. The day is `on`, else the sale's own, else `today`. Raises SaleError."""
    # Decimals stay decimals: as texts they would be written with exponents, which no text may have.
    asked = read(msgspec.to_builtins(sale, builtin_types=(Decimal,)) if isinstance(sale, Sale) else sale)
    day = day_of(on) if on is not None else asked.date or today
    for place, param in ((asked.ship_from.country, "ship_from.country"), (asked.ship_to.country, "ship_to.country")):
        if place not in world.economies:
            raise SaleError(
                "unknown_economy",
                "{word!r} is not an economy. Use an ISO 3166-1 alpha-2 code.",
                param,
                nearest(place.upper(), world.economies),
                word=place,
            )
    try:
        found = law(asked.ship_to.country, day)
    except LawError as error:
        raise SaleError.of(error, "no_law", "ship_to.country") from None
    needed = foreign(found, (asked.currency,)).difference(asked.exchange_rates)
    return Asked(asked, found, day, rates(needed, found.currency, day) if needed else {})


def foreign(law: Law, currencies: Iterable[str]) -> frozenset[str]:
    """The currencies, of these and of the law's own amounts, that need a rate which the law does not have.

    The rates of the European Central Bank stand in for it where the sale brings none either.
    """
    return frozenset({*currencies, *law.foreign} - {law.currency, *law.exchange})


def day_of(on: dt.date | str) -> dt.date:
    """A day, also of a time or of its text."""
    day = on.date() if isinstance(on, dt.datetime) else codes.day_of(str(on))
    if day is None:
        raise SaleError.of(literals.not_a_date(str(on)), "invalid", "date")
    return day


def read(sale: Mapping[str, Any] | Sale) -> Sale:
    """A mapping of the API's shape as a sale. Raises SaleError, with the field and what may stand there."""
    try:
        found = read_sale(sale)
    except msgspec.ValidationError as error:
        if "Invalid decimal string" in str(error):
            _check_decimals(sale)
        if "Invalid RFC3339 encoded date" in str(error) and isinstance(sale, Mapping):
            raise SaleError.of(literals.not_a_date(str(sale.get("date"))), "invalid", "date") from None
        raise _as_sale_error(str(error)) from None
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


def _as_sale_error(message: str) -> SaleError:
    """What msgspec says, with the field, and the words that are known there.

    >>> error = _as_sale_error("Object contains unknown field `amuont` - at `$.lines[0]`")
    >>> error.param, error.message
    ('lines[0].amuont', "Unknown field 'amuont'. Did you mean 'amount'?")
    >>> _as_sale_error("Invalid enum value 'CNF' - at `$.incoterm`").message[:50]
    "'CNF' is not known here. Did you mean 'CIF'? Known"
    """
    text, _, where = message.partition(" - at ")
    path = where.strip("`").removeprefix("$").removeprefix(".").replace("[...]", "[]")
    if found := re.match(r"Object contains unknown field `([^`]*)`", text):
        fields = [field.name for field in msgspec.structs.fields(_form(path))]
        param = f"{path}.{found[1]}" if path else found[1]
        return SaleError("unknown_field", "Unknown field {field!r}.", param, nearest(found[1], fields), field=found[1])
    if found := re.match(r"Object missing required field `([^`]*)`", text):
        param = f"{path}.{found[1]}" if path else found[1]
        return SaleError("missing", "The field {field!r} is required.", param, field=found[1])
    if found := re.match(r"Invalid enum value '([^']*)'", text):
        return _no_choice(found[1], path)
    if found := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", text):
        return SaleError("invalid", "Expected `{wanted}`, got `{given}`.", path, wanted=found[1], given=found[2])
    return SaleError("invalid", "{why}.", path, why=text)


def _no_choice(word: str, path: str) -> SaleError:
    """That a word is none of those which the field at a path may have."""
    field = re.sub(r".*\.", "", path)
    fields = msgspec.structs.fields(_form(path.rpartition(".")[0]))
    choices = next((_choices(each.type) for each in fields if each.name == field), [])
    known = ", ".join(map(str, choices))
    if near := nearest(word, choices):
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
    """The part of a sale that a path points at."""
    last = re.sub(r"\[.*?\]", "", path.rpartition(".")[2])
    forms: dict[str, type[msgspec.Struct]] = {
        "lines": Line,
        "ship_from": Place,
        "ship_to": Place,
        "buyer": Buyer,
        "seller": Seller,
    }
    return forms.get(last, Sale)


def _choices(form: Any) -> list[Any]:
    """The words that a field may have, where it has only some."""
    found = [choice for part in get_args(form) for choice in (get_args(part) or (part,))]
    return [choice for choice in found if isinstance(choice, str)]
