"""Serialize the law that a table needs, and restore a law context from it in another process.

The bytes contain the law, the world, the exchange rates of the days and today, so that a worker reads no packs and no
rates. The engine is the worker's own: both sides must run the same release.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.classify_processes import ManyDescriptions
from entrepot.batch.run.classify_worker import Task
from entrepot.engine.request import foreign_currencies
from entrepot.goods.classify import Nomenclature
from entrepot.goods.described import unusable
from entrepot.law import cache
from entrepot.law.compiled import Law, World
from entrepot.model.errors import LawError, SaleError, TableError
from entrepot.model.quote import Exchange

#: Contexts that stay in memory: those of the current job and of the one before.
MAX_CONTEXTS = 2
_CONTEXTS: dict[str, LawContext] = {}


class LawKey(NamedTuple):
    """What decides which law a row needs; None where the row does not say it."""

    economy: str | None
    day: dt.date | None
    currency: str | None


class ShippedLaw(msgspec.Struct, kw_only=True):
    """The serialized content. `lawless`: why an economy has no law; `rates`: by the importer's currency and the day.

    `corrections`: the codes that the user chose for descriptions, by their `correction_key`.
    """

    today: dt.date
    world: World
    laws: list[Law]
    lawless: dict[str, str]
    rates: list[tuple[str, dt.date, tuple[Exchange, ...]]]
    corrections: dict[str, str] = {}


def ship_law(
    context: LawContext,
    seen: Iterable[LawKey],
    corrections: Mapping[str, str] = MappingProxyType({}),
    named: Iterable[str] = (),
) -> bytes:
    """Compile and serialize everything that rows with these keys need. `named`: further currencies that rows may name.

    Raises PackError if a pack is invalid. An economy without law is a fault of each of its rows.
    """
    seen = set(seen)
    currencies = {each.currency for each in seen if each.currency}
    laws: dict[tuple[str, str], Law] = {}
    rates: dict[tuple[str, dt.date], tuple[Exchange, ...]] = {}
    lawless: dict[str, str] = {}
    for economy, day in sorted(_economies_and_days(seen, context.today)):
        if economy in lawless:
            continue
        try:
            law = context.law(economy, day)
        except LawError as error:
            lawless[economy] = str(error)
            continue
        laws[law.pack, law.since] = law
        needed = foreign_currencies(law, {*currencies, *named})
        found = context.reference(needed, law.currency, day) if needed else {}
        # Two economies may share a currency but not the rates that their laws set.
        before = {each.currency: each for each in rates.get((law.currency, day), ())}
        rates[law.currency, day] = tuple({**before, **found}.values())
        if missing := needed.difference(found):
            # The engine looks for these by way of the law's own rates, and else quotes in the sale's own currency.
            for other in (*law.exchange, *sorted(missing & currencies)):
                before = {each.currency: each for each in rates.get((other, day), ())}
                rates[other, day] = tuple({**before, **context.reference(needed - {other}, other, day)}.values())
    content = ShippedLaw(
        today=context.today,
        world=context.world,
        laws=list(laws.values()),
        lawless=lawless,
        rates=[(currency, day, found) for (currency, day), found in rates.items()],
        corrections=dict(corrections),
    )
    return msgspec.msgpack.encode((_release(), msgspec.msgpack.encode(content)))


def _economies_and_days(seen: Iterable[LawKey], today: dt.date) -> set[tuple[str, dt.date]]:
    """The economies with the days on which their law is needed.

    The economy and the day of a consignment may be on different rows, so each economy without a day is combined with
    every day without an economy, and with today.
    """
    places = {each.economy for each in seen if each.economy and each.day is None}
    days = {each.day for each in seen if each.day and each.economy is None}
    found = {(each.economy, each.day) for each in seen if each.economy and each.day}
    return found | {(economy, day) for economy in places for day in (*days, today)}


def _release() -> str:
    return f"{version('entrepot')} {cache.CODE_HASH}"


def content_key(content: bytes) -> str:
    """A key for serialized law: the hash of its bytes."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def load_context(key: str, load: Callable[[], bytes]) -> LawContext:
    """The law context of a key. `load` returns the bytes if this process has not decoded them yet.

    Raises TableError if another release made them.
    """
    if key not in _CONTEXTS:
        while len(_CONTEXTS) >= MAX_CONTEXTS:
            del _CONTEXTS[next(iter(_CONTEXTS))]
        _CONTEXTS[key] = _build_context(key, load())
    return _CONTEXTS[key]


def _build_context(key: str, content: bytes) -> LawContext:
    form, body = msgspec.msgpack.decode(content, type=tuple[str, bytes])
    release = _release()
    if form != release:
        raise TableError(
            f"The law was shipped by Entrepot {form}, and here is {release}: install the same release on all machines."
        )
    found = msgspec.msgpack.decode(body, type=ShippedLaw)
    laws: dict[str, list[Law]] = {}
    for law in found.laws:
        laws.setdefault(law.pack, []).append(law)
    rates = {(currency, day): {each.currency: each for each in known} for currency, day, known in found.rates}

    def law_of(economy: str, day: dt.date) -> Law:
        if economy in found.lawless:
            raise LawError("{why}", why=found.lawless[economy])
        if economy not in found.world.economies:
            raise LawError("{word!r} is not an economy.", word=economy)
        on = day.isoformat()
        for law in laws.get(found.world.economies[economy][2], []):
            if law.since <= on and (law.until is None or on < law.until):
                return law
        raise _missing_law(f"law of {economy}", day)

    def reference(currencies: frozenset[str], importer: str, day: dt.date) -> Mapping[str, Exchange]:
        if (importer, day) not in rates:
            raise _missing_law(f"rates against {importer}", day)
        known = rates[importer, day]
        return {currency: known[currency] for currency in sorted(currencies & known.keys())}

    # A worker has one core: it starts no other processes.
    task = Task.of("codes", Nomenclature.of(found.world), "en", "en")
    many = ManyDescriptions(task, processes=1)

    def codes(texts: Sequence[str]) -> Sequence[Mapping[str, Any] | SaleError]:
        each = many.together(texts, found.corrections)
        return [unusable(one, text) if isinstance(one, str) else one for one, text in zip(each, texts, strict=True)]

    return LawContext(found.world, law_of, reference, found.today, lambda: key, codes)


def _missing_law(what: str, day: dt.date) -> TableError:
    return TableError(
        f"The {what} on {day} was not shipped: the table changed after the law was chosen. Quote it again."
    )
