"""The composition root: connects the engine, the packs, the date and the exchange rates; quotes one sale or many."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot.batch.rows.context import LawContext
from entrepot.engine import flow
from entrepot.engine.normal_form import normal_form
from entrepot.engine.request import QuoteRequest, read_day, read_request
from entrepot.engine.rules.own_currency import needs_own_currency
from entrepot.language.typed_names import TYPED_NAMES
from entrepot.law import cache
from entrepot.law.compiled import Law, World
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.errors import EntrepotError, LawError, SaleError, StoreError, TableError, nearest
from entrepot.model.quote import Exchange, Quote
from entrepot.model.sale import Sale

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from entrepot.batch.compare.run import LawPair
    from entrepot.cooperation.answer import AgreementsBetween
    from entrepot.goods.classify import Classification
    from entrepot.goods.index import Finder, GoodsFound
    from entrepot.goods.shown import TableCells

#: The module of a process that assesses sales of a table as this one does.
WORKER = "entrepot.assess_worker"
#: The codes that somebody chose for some of these descriptions, by their `correction_key`.
FindCorrections = Callable[[Sequence[str]], Mapping[str, str]]


@lru_cache(maxsize=1)
def library() -> Library:
    """The packs that come with Entrepot, or those of $ENTREPOT_PACKS."""
    _kept_folder.cache_clear()
    return Library()


def quote(sale: Mapping[str, Any] | Sale, *, on: dt.date | None = None, packs: Library | None = None) -> Quote:
    """The landed cost of a sale under every import procedure, with the law behind each figure.

    `sale`: a `Sale`, or a mapping with the same fields. `on`: the date of the law, in place of the sale's `date`; if
    neither is given, today. Raises SaleError if the request is not a valid sale.

    >>> answer = quote({"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01",
    ...     "currency": "CNY", "lines": [{"hs_code": "0901.21", "amount": "100.00"}]})
    >>> answer.best.regime, answer.best.amount_landed
    ('retail', '109.10')
    """
    return quote_with_law(sale, on=on, packs=packs)[0]


def normal_sale(sale: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request with its words and codes in the form in which a quote reads them. Raises SaleError.

    >>> normal_sale({"ship_to": {"country": "Vietnam"}, "currency": "rmb", "buyer": {"kind": "Consumer"}})
    {'ship_to': {'country': 'VN'}, 'currency': 'CNY', 'buyer': {'kind': 'consumer'}}
    """
    return normal_form(sale, TYPED_NAMES)


def quote_with_law(
    sale: Mapping[str, Any] | Sale, *, on: dt.date | None = None, packs: Library | None = None
) -> tuple[Quote, Law]:
    """As `quote`, with the compiled law that the quote is based on."""
    house = packs or library()
    asked = read_request(_classified(sale, packs), on, house.world, house.law, _rates, TYPED_NAMES, dt.date.today())
    return flow.quote(asked.sale, asked.law, house.world, asked.on, _with_given(asked)), asked.law


def classified(
    sale: Mapping[str, Any], packs: Library | None = None, corrections: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """The sale, its lines without a code classified by their descriptions; the same object where no line needs it.

    `corrections`: as of `classify`. Raises SaleError for a description that cannot be classified.

    >>> sale = {"lines": [{"hs_code": "0901.21"}]}
    >>> classified(sale) is sale
    True
    """
    if not _has_descriptions(sale):
        return sale
    from entrepot.goods.described import codes_found, with_codes

    return with_codes(
        sale, lambda text: codes_found(classify(text, language="en", packs=packs, corrections=corrections))
    )


def _has_descriptions(sale: Any) -> bool:
    """Whether a line may need to be classified: it has a description and no code."""
    if isinstance(sale, Sale):
        return any(line.hs_code is None and line.description is not None for line in sale.lines)
    lines = sale.get("lines") if isinstance(sale, Mapping) else None
    if not isinstance(lines, list | tuple):
        return False
    for line in lines:
        # The general test of a mapping is slow, and most lines are a dict.
        if (type(line) is dict or isinstance(line, Mapping)) and "description" in line and line.get("hs_code") is None:
            return True
    return False


def _classified(sale: Mapping[str, Any] | Sale, packs: Library | None) -> Mapping[str, Any] | Sale:
    """As `classified`, also for a Sale."""
    if not _has_descriptions(sale):
        return sale
    given = msgspec.to_builtins(sale, builtin_types=(Decimal,)) if isinstance(sale, Sale) else sale
    return classified(given, packs)


def classify(
    text: str,
    *,
    to: str | None = None,
    attributes: Mapping[str, str] | None = None,
    language: str | None = None,
    limit: int = 5,
    on: dt.date | None = None,
    packs: Library | None = None,
    corrections: Mapping[str, str] | None = None,
) -> Classification:
    """The six-digit codes that a description of goods may mean, each with its probability, the likeliest first.

    `to`: an economy, whose tariff lines are given under each candidate. `attributes`: more that is known, such as
    `{"material": "cotton"}`. `language`: in which names are shown; that of the description if not given. `limit`: of
    candidates. `on`: the day of the economy's law; today if not given. `corrections`: codes by the `correction_key` of
    descriptions; those of the user's data folder if not given. Raises LawError where there is no law of the economy, or
    no name in the language.

    >>> classify("").status, classify("").reason
    ('unusable', 'empty')
    """
    from entrepot.classification import kept_corrections, nomenclature
    from entrepot.goods import classify as classifier
    from entrepot.goods.classify.reading import language_of_text

    house, today = packs or library(), dt.date.today()
    _check_language(language)
    law = house.law(to, read_day(on) if on else today) if to else None
    tree = nomenclature(house, today, language or language_of_text(text))
    kept = kept_corrections() if corrections is None else corrections
    return classifier.classify(
        text, tree=tree, law=law, attributes=attributes, language=language, corrections=kept, limit=limit
    )


def _check_language(language: str | None) -> None:
    """Raises LawError for a language in which there are no names."""
    from entrepot.language.catalogue import LANGUAGES, near_language

    if language is not None and language not in LANGUAGES:
        near, words = near_language(language), ", ".join(LANGUAGES)
        raise LawError("{word!r} is not a language of names. Use one of {words}.", near, word=language, words=words)


def classify_many(
    texts: Iterable[str],
    *,
    to: str | None = None,
    language: str = "en",
    limit: int = 5,
    packs: Library | None = None,
    corrections: Mapping[str, str] | None = None,
    processes: int | None = None,
) -> Generator[Classification]:
    """As `classify`, for each of many descriptions in their order; the same description is classified once.

    After some hundreds of different descriptions other processes classify the next ones, a few thousand of which are
    then read ahead. `processes`: at most so many, otherwise as many as there are cores; 1 reads nothing ahead.
    """
    from entrepot.classification import in_order, many_descriptions

    house, today = packs or library(), dt.date.today()
    _check_language(language)
    law = house.law(to, today) if to else None
    many = many_descriptions("whole", house, today, language, limit, law, processes)
    return in_order(many, texts, corrections)


def classify_cells(
    texts: Iterable[str],
    *,
    language: str = "en",
    limit: int = 5,
    packs: Library | None = None,
    corrections: Mapping[str, str] | None = None,
    processes: int | None = None,
) -> Generator[TableCells]:
    """As `classify_many`, the answers as the cells of a table, with sentences in the language of the reader."""
    from entrepot.classification import in_order, many_descriptions

    house, today = packs or library(), dt.date.today()
    _check_language(language)
    many = many_descriptions("cells", house, today, language, limit, processes=processes)
    return in_order(many, texts, corrections)


def quote_under_law(sale: Mapping[str, Any] | Sale, law: Law, world: World, on: dt.date) -> Quote:
    """The quote of a sale under a stored law, independent of the installed packs. Raises SaleError."""
    asked = read_request(sale, on, world, lambda _economy, _day: law, _rates, TYPED_NAMES, on)
    return flow.quote(asked.sale, law, world, asked.on, _with_given(asked))


def _with_given(asked: QuoteRequest) -> Mapping[str, Exchange]:
    """The reference rates of a request, with those of the currencies that it gives rates for: these are compared."""
    given = frozenset(asked.sale.exchange_rates)
    if not given or needs_own_currency(asked.sale, asked.law, asked.reference):
        return asked.reference
    return {**_rates(given, asked.law.currency, asked.on), **asked.reference}


def goods(
    words: str,
    economy: str | None = None,
    language: str = "en",
    limit: int = 20,
    *,
    on: dt.date | None = None,
    packs: Library | None = None,
) -> GoodsFound:
    """Goods by words in any language that they have names in, or by the beginning of a code; the best first.

    `economy`: whose lines; else the headings of the Harmonized System, of six digits. `language`: of the names that are
    shown, where there are any in it. `on`: the day of its law; today if not given. Raises LawError where there is no
    law of the economy.

    >>> goods("roasted coffee", "CN", on=dt.date(2026, 3, 1)).data[0].dotted
    '0901.21.00'
    """
    house, today = packs or library(), dt.date.today()
    law = house.law(economy, read_day(on) if on else today) if economy else None
    return _finder(house, today).find(words, law, economy, language, limit)


def agreements(
    economy: str, partner: str, *, on: dt.date | None = None, packs: Library | None = None
) -> AgreementsBetween:
    """The agreements on digital trade between two economies on a day, and what they open to the nodes of the two.

    `economy`, `partner`: ISO 3166-1 alpha-2 codes. `on`: the day; today if not given. Raises LawError if one of them is
    not an economy, or if they are the same.

    >>> answer = agreements("VN", "CN", on=dt.date(2026, 3, 1))
    >>> documents = next(each for each in answer.capabilities if each.name == "documents")
    >>> documents.state, documents.effects["legal_effect"]
    ('open', False)
    """
    from entrepot.cooperation.answer import between

    house = packs or library()
    for code in (economy, partner):
        if code not in house.world.economies:
            near = nearest(code, house.world.economies)
            raise LawError(
                "{word!r} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.", near, word=code
            )
    if economy == partner:
        raise LawError("An agreement is between two economies. {word!r} is given twice.", word=economy)
    return between(house.agreements(), economy, partner, read_day(on) if on else dt.date.today())


@lru_cache(maxsize=2)
def _finder(house: Library, day: dt.date) -> Finder:
    """The search index of goods. It has the names of today's law, also for a search in the law of another day."""
    from entrepot.goods.index import Finder

    def laws() -> Iterator[Law]:
        for pack in house.ids():
            with contextlib.suppress(
                EntrepotError
            ):  # a pack with an error gives no names; a request for that pack reports the error
                yield house.law_of(pack, day)

    return Finder(house.world, list(laws()), cache.cache_folder())


def quote_table(
    data: Any,
    *,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    explain: bool = False,
    packs: Library | None = None,
) -> pa.Table:
    """Quote every row of a table: its columns, followed by the columns of the answer.

    `data`: any Arrow table (PyArrow, pandas, Polars, a DuckDB relation). `mapping`: the name of a column to the field
    that it gives, or to None to ignore it. `constants`: fields with the same value in all rows. `explain`: also return
    the law, the reasons and the rows of law that decided. Rows with the same `consignment` are one sale. Amounts are
    decimals in major units of `out_currency`. An invalid row has an error code in `fault`; raises TableError if the
    table itself is invalid.

    >>> import pyarrow
    >>> columns = {"ship_from_country": ["VN"], "ship_to_country": ["CN"], "currency": ["CNY"], "hs_code": ["0901.21"],
    ...     "amount": ["100.00"], "date": ["2026-03-01"]}
    >>> answer = quote_table(pyarrow.table(columns))
    >>> answer["regime"].to_pylist(), answer["landed"].to_pylist()
    (['retail'], [Decimal('109.100')])
    """
    try:
        from entrepot.batch.assess.compile_beside import compiling_beside
        from entrepot.batch.run import tables
    except ImportError as error:
        raise TableError(f"Tables need {error.name}: install 'entrepot[batch]'.") from None
    day = None if on is None else read_day(on)
    with compiling_beside():
        return tables.answer_table(data, law_context(packs), mapping, constants, day, explain)


def quote_frame(
    frame: DataFrame,
    *,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    explain: bool = False,
    packs: Library | None = None,
) -> DataFrame:
    """Quote every row of a Spark DataFrame on the workers of its cluster.

    The driver compiles the law and sends it to each worker once, with the codes that its user chose for descriptions;
    packs and corrections on the workers are not used. A first job reads
    the places, days and currencies of the frame, when this is called; the answers are calculated when the result is
    used. Parameters as in `quote_table`. Raises TableError if the frame itself is invalid.
    """
    from entrepot.classification import kept_corrections

    try:
        from entrepot.batch.run import spark
    except ImportError as error:
        raise TableError(f"Frames of Spark need {error.name}: install 'entrepot[spark]'.") from None
    day = None if on is None else read_day(on)
    return spark.quote_frame(
        frame,
        mapping=mapping,
        constants=constants,
        on=day,
        explain=explain,
        context=law_context(packs),
        corrections=kept_corrections(),
    )


def compare_table(
    data: Any,
    overlays: Sequence[Path | str],
    *,
    by: Sequence[str] = ("chapter", "origin", "way"),
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    each: bool = False,
    packs: Library | None = None,
) -> pa.Table:
    """Compare a table under the current law and under overlays: what changes, by group, with a total per currency.

    `data`, `mapping`, `constants` and `on` as in `quote_table`; `overlays`: folders of changed law, applied one over
    the other. `by`: one or more of `chapter`, `heading`, `origin`, `destination` and `way`. `each`: return both results
    of each row instead (`regime`, `regime_after` and so on). Static: the same sales at the same prices. Raises
    TableError, LawError if a folder is not an overlay, and PackError with the faults of an overlay.
    """
    try:
        from entrepot.batch.compare import run
    except ImportError as error:
        raise TableError(f"Tables need {error.name}: install 'entrepot[batch]'.") from None
    day = None if on is None else read_day(on)
    pair = comparison_contexts([Path(each) for each in overlays], packs)
    return run.compare_data(data, pair, by, mapping, constants, day, each=each)


def comparison_contexts(overlays: Sequence[Path], packs: Library | None = None) -> LawPair:
    """The two laws of a comparison: the packs as they are, and with the overlays applied."""
    from entrepot.batch.compare.result import OverlayInfo
    from entrepot.batch.compare.run import LawPair

    house = packs or library()
    other = house.with_overlays(overlays)
    named = other.overlays[len(house.overlays) :]
    over = tuple(OverlayInfo(layer.head.id, layer.head.pack, layer.head.title) for layer in named)
    today = dt.date.today()
    return LawPair(law_context(house, today), law_context(other, today), over)


def law_context(
    packs: Library | None = None, today: dt.date | None = None, *, corrections: FindCorrections | None = None
) -> LawContext:
    """The packs, the date and the exchange rates that tables are quoted by.

    `corrections`: the codes that somebody chose for some descriptions, by their `correction_key`; if it is not given,
    those of the user of this machine.
    """
    house = packs or library()
    context = _law_context(house, today or dt.date.today())
    return context if corrections is None else replace(context, codes=partial(_find_codes, house, corrections))


def _find_codes(
    house: Library, corrections: FindCorrections | None, texts: Sequence[str]
) -> Sequence[Mapping[str, Any] | SaleError]:
    from entrepot.classification import find_codes

    return find_codes(texts, house, dt.date.today(), None if corrections is None else corrections(texts))


def no_corrections(_texts: Sequence[str]) -> Mapping[str, str]:
    """At a server, for a caller without an organization: nobody chose a code."""
    return {}


@lru_cache(maxsize=2)
def _law_context(house: Library, today: dt.date) -> LawContext:
    """Cached for the next table: the context holds the compiled plans."""
    return LawContext(
        world=house.world,
        law=house.law,
        reference=_rates,
        today=today,
        fingerprint=lambda: _fingerprint(house),
        codes=partial(_find_codes, house, None),
        worker=(WORKER, pickle.dumps((house.arguments(), today))),
    )


def _fingerprint(house: Library) -> str:
    """One hash of all packs, the overlays applied to them, and the kept exchange rates."""
    from entrepot.connect.rates import kept_rates

    digest = hashlib.blake2b(str(kept_rates.stamp(data_folder())).encode(), digest_size=16)
    for pack in ("world", *house.ids()):
        layers = " ".join(f"{layer.head.since} {layer.head.until} {layer.hash}" for layer in house.layers(pack))
        digest.update(f"{pack} {cache.content_hash(house.folder / pack)} {layers}\n".encode())
    return digest.hexdigest()


def open_key_store() -> ModuleType:
    """The API keys (`store.keys`) in the server's database: $ENTREPOT_DATABASE, else in the data folder.

    Raises StoreError if the server is not installed or its database cannot be reached; ConfigurationError where a
    setting is not valid.
    """
    folder = data_folder()
    if folder is None:
        raise StoreError("No home directory found. Set ENTREPOT_DATA to the data folder of the server.")
    try:
        from django.db import DatabaseError

        from entrepot.store import standalone
    except ImportError as error:
        raise StoreError(f"Keys need {error.name}: run pip install 'entrepot[server]'.") from None
    try:
        standalone.open_database(folder)
    except (DatabaseError, OSError, ValueError) as error:
        raise StoreError(
            f"The database of the web server cannot be reached: {str(error).strip().splitlines()[0]}."
        ) from None
    from entrepot.store import keys

    return keys


def _rates(currencies: frozenset[str], importer: str, on: dt.date) -> dict[str, Exchange]:
    from entrepot.connect.rates.reference import reference_rates  # reads a large table: only where a rate is missing

    return reference_rates(currencies, importer, on, _kept_folder())


@lru_cache(maxsize=1)
def _kept_folder() -> Path | None:
    """The data folder, found once for each `library()`, which reads its schedules from it."""
    return data_folder()
