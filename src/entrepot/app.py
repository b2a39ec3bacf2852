"""app: puts the house together, once, by hand: the packs, the day, the exchange rates; and quotes, one sale or many."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from entrepot import flow
from entrepot.faults import LawError, SaleError, TableError, meant
from entrepot.fleet.house import Asked, House
from entrepot.pack import keep
from entrepot.pack.law import Law
from entrepot.pack.library import Library
from entrepot.words import Buyer, Exchange, Line, Place, Quote, Sale, Seller, read_sale

if TYPE_CHECKING:
    import pyarrow as pa


@lru_cache(maxsize=1)
def library() -> Library:
    """The packs that came with Entrepot, or those of $ENTREPOT_PACKS."""
    return Library()


def quote(sale: Mapping[str, Any] | Sale, *, on: dt.date | None = None, packs: Library | None = None) -> Quote:
    """What a sale costs in the end, by every lawful way in, with the law behind each figure.

    `sale`: a `Sale`, or a mapping of its shape. `on`: the day of the law, in place of the sale's `date`; today where
    neither
    is given. Raises SaleError where the request does not read as a sale.

    >>> answer = quote({"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01",
    ...     "currency": "CNY", "lines": [{"hs_code": "0901.21", "amount": "100.00"}]})
    >>> answer.best.regime, answer.best.amount_landed
    ('retail', '109.10')
    """
    asked = _ask(sale, on, packs or library(), None)
    return flow.quote(asked.sale, asked.law, (packs or library()).world, asked.on, asked.reference)


def quote_table(
    data: Any,
    *,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    explain: bool = False,
    packs: Library | None = None,
) -> pa.Table:
    """The same as `quote` for every row of a table: its columns, with those of the answer beside them.

    `data`: whatever gives Arrow (a PyArrow, pandas or Polars table, a DuckDB relation). `mapping`: the table's name of
    a column to ours, or to None to leave it unread. `constants`: a value for all rows of a field without a column.
    `explain`: also the law, the reasons and the rows of law that decided. Rows of one `consignment` are one sale.
    Amounts are decimals in major units of `out_currency`. What is wrong with a row stands in its `fault`; raises
    TableError where it is the table itself.

    >>> import pyarrow
    >>> columns = {"ship_from_country": ["VN"], "ship_to_country": ["CN"], "currency": ["CNY"], "hs_code": ["0901.21"],
    ...     "amount": ["100.00"], "date": ["2026-03-01"]}
    >>> answer = quote_table(pyarrow.table(columns))
    >>> answer["regime"].to_pylist(), answer["landed"].to_pylist()
    (['retail'], [Decimal('109.100')])
    """
    try:
        from entrepot.fleet import intake
    except ImportError as error:
        raise TableError(f"Tables need {error.name}: install 'entrepot[batch]'.") from None
    day = None if on is None else _day(on)
    return intake.answered(data, fleet_house(packs), mapping, constants, day, explain)


def fleet_house(packs: Library | None = None) -> House:
    """The packs and today, as the fleet asks for them."""
    house, today = packs or library(), dt.date.today()
    return House(
        world=house.world,
        law=house.law,
        reference=_rates,
        ask=lambda sale, on: _ask(sale, on, house, today),
        today=today,
        fingerprint=lambda: _fingerprint(house),
    )


def _fingerprint(house: Library) -> str:
    """One hash of all packs of a house and of what lies over them."""
    digest = hashlib.blake2b(digest_size=16)
    for pack in ("world", *house.ids()):
        layers = " ".join(f"{layer.head.since} {layer.head.until} {layer.hash}" for layer in house.layers(pack))
        digest.update(f"{pack} {keep.content_hash(house.folder / pack)} {layers}\n".encode())
    return digest.hexdigest()


def _ask(sale: Mapping[str, Any] | Sale, on: dt.date | None, house: Library, today: dt.date | None) -> Asked:
    """A request as a sale, with its law, its day and the rates it may need. Raises SaleError."""
    asked = _read(msgspec.to_builtins(sale) if isinstance(sale, Sale) else sale)
    day = _day(on) if on is not None else asked.date or today or dt.date.today()
    for place, param in ((asked.ship_from.country, "ship_from.country"), (asked.ship_to.country, "ship_to.country")):
        if place not in house.world.economies:
            hint = meant(place.upper(), house.world.economies)
            raise SaleError(
                "unknown_economy", f"{place!r} is no economy: write an ISO 3166-1 alpha-2 code.{hint}", param
            )
    try:
        law = house.law(asked.ship_to.country, day)
    except LawError as error:
        raise SaleError("no_law", str(error), "ship_to.country") from None
    return Asked(asked, law, day, _reference(asked, law, day))


def _day(on: dt.date | str) -> dt.date:
    """A day, also of a time or of its ISO text."""
    try:
        return on.date() if isinstance(on, dt.datetime) else dt.date.fromisoformat(str(on))
    except ValueError:
        raise SaleError("invalid", f"{on!r} is no day: write it like 2026-03-01.", "date") from None


def _read(sale: Mapping[str, Any] | Sale) -> Sale:
    try:
        return read_sale(sale)
    except msgspec.ValidationError as error:
        raise _as_sale_error(str(error)) from None


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
        return SaleError("unknown_field", f"Unknown field {found[1]!r}.{meant(found[1], fields)}", param)
    if found := re.match(r"Object missing required field `([^`]*)`", text):
        param = f"{path}.{found[1]}" if path else found[1]
        return SaleError("missing", f"The field {found[1]!r} is needed.", param)
    if found := re.match(r"Invalid enum value '([^']*)'", text):
        field, known = re.sub(r".*\.", "", path), []
        for each in msgspec.structs.fields(_form(path.rpartition(".")[0])):
            if each.name == field:
                known = [str(choice) for choice in _choices(each.type)]
        hint = meant(found[1], known)
        return SaleError("invalid", f"{found[1]!r} is not known here.{hint} Known: {', '.join(known)}.", path)
    return SaleError("invalid", text + ".", path)


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


def _reference(sale: Sale, law: Law, on: dt.date) -> dict[str, Exchange]:
    """Reference rates of the European Central Bank where neither the caller nor the law has a rate."""
    needed = {sale.currency, *law.foreign} - {law.currency, *sale.exchange_rates, *law.exchange}
    if not needed:
        return {}
    return _rates(frozenset(needed), law.currency, on)


def _rates(currencies: frozenset[str], importer: str, on: dt.date) -> dict[str, Exchange]:
    from entrepot.exchange import reference_rates  # reads a large table: only where a rate is missing

    return reference_rates(currencies, importer, on)
