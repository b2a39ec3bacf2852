"""The classes of `measure.tables` from millions of lines in Arrow: the same figures, to the last unit.

Lines are read and added up in batches, two at a time, so that memory does not grow with their number. Amounts are added
as 64-bit integers by currency and day, and then converted exactly, as the plain implementation does.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.measure.lines import CIF, DIGITAL, FOB, NETWORK, NO_PLATFORM
from entrepot.measure.products import PLATFORM_FEE, is_deliverable
from entrepot.measure.tables import Classes, ClassKey, Rate, rounded_sums
from entrepot.measure.template import Answers
from entrepot.measure.transactions import EXPORTS, FEE_ANSWERS, FLOWS, IMPORTS, PRICE

#: Lines of a batch, and batches that are added up or wait at once, at most.
BATCH, WAITING = 1 << 19, 3
#: What sums are kept apart by. `day`: as `20260131`; of the table's own currency only the month matters: `20260100`.
KEYS = (
    "flow", "partner", "sector", "day", "currency", "product", "trader", "service", "ordered", "delivered", "dip",
    "fee",
)  # fmt: skip
#: What a batch is added up to.
SUMS = pa.schema(
    [
        ("flow", pa.int8()), ("partner", pa.string()), ("sector", pa.string()), ("day", pa.int32()),
        ("currency", pa.string()), ("product", pa.string()), ("trader", pa.string()), ("service", pa.bool_()),
        ("ordered", pa.bool_()), ("delivered", pa.bool_()), ("dip", pa.bool_()), ("fee", pa.bool_()),
        ("amount", pa.int64()), ("known", pa.int64()), ("rows", pa.int64()),
    ]
)  # fmt: skip
Columns: TypeAlias = dict[str, Any]


def classes_of(
    lines: pa.Table | Iterable[pa.RecordBatch], reporter: str, currency: str, rate: Rate, *, valuation: str = FOB
) -> Classes:
    """The classes of a reporter, as `measure.tables.classes_of` of the same lines (`statistics_files.to_arrow`)."""
    batches = lines.to_batches(max_chunksize=BATCH) if isinstance(lines, pa.Table) else lines
    return classes_of_sums(_all_sums(batches, reporter, currency, valuation), reporter, currency, rate)


def classes_of_sums(sums: Iterable[pa.Table], reporter: str, currency: str, rate: Rate) -> Classes:
    """The classes of a reporter from the sums of all batches, wherever these were made."""
    found = list(sums)
    exact: dict[ClassKey, dict[str, Fraction]] = {}
    counts: dict[ClassKey, list[int]] = {}
    missing: set[tuple[str, str]] = set()
    if found:
        whole = add_sums(found)
        for row in zip(*(whole[name].to_pylist() for name in SUMS.names), strict=True):
            _add(row, (currency, rate), (exact, counts, missing))
    return Classes(reporter, currency, rounded_sums(exact, counts), tuple(sorted(missing)))


def _add(row: Any, money: tuple[str, Rate], into: Any) -> None:
    flow, partner, sector, number, unit, product, trader, service, ordered, delivered, dip, fee, amount, known, rows = (
        row
    )
    (currency, rate), (exact, counts, missing) = money, into
    deliverable = is_deliverable(product) if service else False
    answers = FEE_ANSWERS if fee else Answers(service, ordered, delivered, dip, deliverable)
    day = _day(number)
    key = ClassKey(FLOWS[flow], partner, sector, day[:7], answers, product)
    traders, count = exact.setdefault(key, {}), counts.setdefault(key, [0, 0])
    count[0] += rows
    found = Fraction(1) if unit == currency else rate(unit, day)
    if found is None:
        missing.add((unit, day))
        count[1] += rows
        return
    count[1] += rows - known
    if known:
        traders[trader] = traders.get(trader, Fraction(0)) + amount * found


def _day(number: int) -> str:
    """A day as ISO writes it; without its last part where only the month is kept.

    >>> _day(20260131), _day(20260100), _day(0)
    ('2026-01-31', '2026-01', '')
    """
    text = f"{number:08d}"
    day = f"-{text[6:]}" if text[6:] != "00" else ""
    return f"{text[:4]}-{text[4:6]}{day}" if number else ""


def _all_sums(batches: Iterable[pa.RecordBatch], reporter: str, currency: str, valuation: str) -> Iterator[pa.Table]:
    """The sums of each batch. Arrow computes without the lock of the interpreter."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        waiting: deque[Future[pa.Table]] = deque()
        for batch in batches:
            waiting.append(threads.submit(sums_of, batch, reporter, currency, valuation))
            if len(waiting) >= WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def sums_of(batch: pa.RecordBatch, reporter: str, currency: str, valuation: str) -> pa.Table:
    """The sums of a batch: a table of `SUMS`."""
    here = {name: _encoded(batch.column(name)) for name in batch.schema.names}
    unknown = {party: _equal(here[f"{party}_economy"], "") for party in ("seller", "buyer", "operator")}
    own = {party: _equal(here[f"{party}_economy"], reporter) for party in unknown}
    chosen = pc.or_(pc.or_(own["seller"], own["buyer"]), own["operator"])
    trades = pc.and_(unknown["seller"], unknown["buyer"])
    fees = pc.and_(unknown["operator"], pc.or_(unknown["seller"], unknown["buyer"]))
    keep = pc.or_(chosen, pc.or_(trades, fees))
    here = {name: column.filter(keep) for name, column in here.items()}
    parts = [
        _sales(here, EXPORTS, ("seller", "buyer"), reporter, valuation),
        _sales(here, IMPORTS, ("buyer", "seller"), reporter, valuation),
    ]
    for payer in ("seller", "buyer"):
        parts.append(_fees(here, EXPORTS, ("operator", payer), payer, reporter))
        parts.append(_fees(here, IMPORTS, (payer, "operator"), payer, reporter))
    return pa.concat_tables([_summed(each, currency) for each in parts])


def _encoded(column: Any) -> Any:
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def _by_word(column: Any, values: Any) -> Any:
    """What each cell of a text column is worth, from what the words of its dictionary are worth."""
    return values.take(column.indices)


def _equal(column: Any, word: str) -> Any:
    return _by_word(column, pc.equal(column.dictionary, word))


def _crossing(here: Columns, own: str, other: str, reporter: str) -> Any:
    """As `measure.transactions._crossings`: the own party is the reporter's, or both are not known."""
    mine, partner = here[f"{own}_economy"], here[f"{other}_economy"]
    nobody = pc.and_(_equal(mine, ""), _equal(partner, ""))
    return pc.or_(pc.and_(_equal(mine, reporter), pc.invert(_equal(partner, reporter))), nobody)


def _sales(here: Columns, flow: str, places: tuple[str, str], reporter: str, valuation: str) -> Columns:
    own, other = places
    crossing = _crossing(here, own, other, reporter)
    chosen = {name: column.filter(crossing) for name, column in here.items()}
    service = chosen["service"]
    day = _first(chosen, ("shipped",) if flow == EXPORTS else ("released", "delivered"))
    platform = chosen["platform"]
    return {
        "flow": FLOWS.index(flow),
        "partner": chosen[f"{other}_economy"],
        "sector": chosen[f"{own}_sector"],
        "day": pc.if_else(service, _first(chosen, ("delivered",)), day),
        "currency": chosen["currency"],
        "product": pc.if_else(service, chosen["ebops"].dictionary_decode(), _chapters(chosen["hs"])),
        "trader": chosen[f"{own}_id"],
        "service": service,
        "ordered": _or_null(_equal(chosen["order_channel"], DIGITAL), chosen["order_channel"]),
        "delivered": _or_null(_equal(chosen["delivery_channel"], NETWORK), chosen["delivery_channel"]),
        "dip": _or_null(pc.invert(_equal(platform, NO_PLATFORM)), platform),
        "fee": False,
        "amount": _value(chosen, FOB if flow == EXPORTS and valuation == CIF else valuation),
    }


def _fees(here: Columns, flow: str, places: tuple[str, str], payer: str, reporter: str) -> Columns:
    own, other = places
    keep = pc.and_(pc.is_valid(here[f"fee_{payer}"]), _crossing(here, own, other, reporter))
    trader = "platform" if flow == EXPORTS else f"{payer}_id"
    names = {f"{own}_sector", f"{other}_economy", "ordered", "currency", trader, f"fee_{payer}"}
    chosen = {name: here[name].filter(keep) for name in names}
    return {
        "flow": FLOWS.index(flow),
        "partner": chosen[f"{other}_economy"],
        "sector": chosen[f"{own}_sector"],
        "day": _days(chosen["ordered"]),
        "currency": chosen["currency"],
        "product": PLATFORM_FEE,
        "trader": chosen[trader],
        "service": True,
        "ordered": True,
        "delivered": True,
        "dip": False,
        "fee": True,
        "amount": chosen[f"fee_{payer}"],
    }


def _chapters(column: Any) -> Any:
    return _by_word(column, pc.utf8_slice_codeunits(column.dictionary, 0, 2))


def _days(column: Any) -> Any:
    """Days as numbers, 0 for none. Raises ValueError for what is not a day."""
    return _by_word(column, pa.array([_number(each) for each in column.dictionary.to_pylist()], pa.int32()))


@lru_cache(maxsize=1 << 14)
def _number(day: str) -> int:
    return int(dt.date.fromisoformat(day).isoformat().replace("-", "")) if day else 0


def _first(chosen: Columns, names: Sequence[str]) -> Any:
    """The first day that is known, else that of the order."""
    found = _days(chosen["ordered"])
    for name in reversed(names):
        days = _days(chosen[name])
        found = pc.if_else(pc.equal(days, 0), found, days)
    return found


def _or_null(found: Any, given: Any) -> Any:
    return pc.if_else(_equal(given, ""), pa.scalar(None, pa.bool_()), found)


def _value(chosen: Columns, valuation: str) -> Any:
    """As `measure.transactions.value_of`."""
    net = pc.subtract_checked(chosen["price"], chosen["taken"])
    if valuation == PRICE:
        return net
    nothing = pa.scalar(None, pa.int64())
    fob = _equal(chosen["valuation"], FOB)
    if valuation == FOB:
        goods = pc.if_else(fob, net, nothing)
    else:
        carried = pc.subtract(pc.add(chosen["freight"], chosen["insurance"]), chosen["taken_freight"])
        cif = _equal(chosen["valuation"], CIF)
        goods = pc.if_else(cif, net, pc.if_else(fob, pc.add(net, carried), nothing))
    return pc.if_else(chosen["service"], net, goods)


def _summed(columns: Columns, currency: str) -> pa.Table:
    """The sums by everything that is counted apart. Of the table's own currency the day does not matter."""
    day, rows = columns["day"], len(columns["amount"])
    month = pc.multiply(pc.divide(day, pa.scalar(100, pa.int32())), pa.scalar(100, pa.int32()))
    columns = {**columns, "day": pc.if_else(_equal(columns["currency"], currency), month, day)}
    arrays = {
        name: each if isinstance(each, pa.Array) else pa.repeat(pa.scalar(each, SUMS.field(name).type), rows)
        for name, each in columns.items()
    }
    arrays["product"] = arrays["product"].dictionary_encode()
    grouped = (
        pa.table(arrays)
        .group_by(list(KEYS), use_threads=False)
        .aggregate([("amount", "sum"), ("amount", "count"), ([], "count_all")])
    )
    return _named(grouped)


def add_sums(sums: Sequence[pa.Table]) -> pa.Table:
    """The sums of sums, as one table."""
    grouped = (
        pa.concat_tables(sums).group_by(list(KEYS)).aggregate([("amount", "sum"), ("known", "sum"), ("rows", "sum")])
    )
    return _named(grouped)


def _named(grouped: pa.Table) -> pa.Table:
    """The columns of a grouped table with their names, in the order of `SUMS`."""
    last = dict(zip(("amount", "known", "rows"), grouped.column_names[-3:], strict=True))
    return pa.table([grouped[last.get(name, name)] for name in SUMS.names], names=SUMS.names).cast(SUMS)
