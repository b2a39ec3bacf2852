"""Tables of sales of one line each, drawn with a seed over a whole schedule, the same at every run.

    .venv/bin/python bench/tables/draw.py JP 1000000 sales.parquet

Workload JP: consumers and businesses in Japan, any line, any origin, a proof named or denied for half of the rows.
Workload CN: buyers in China, retail e-commerce, personal articles and ordinary import side by side.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from entrepot.law.compiled import Law, World

DAY = dt.date(2026, 8, 1)
SEED = 20261125
BATCH = 1 << 16  # rows drawn at a time, always whole: a table of n rows is the first n of any longer one


class Load(NamedTuple):
    """A workload: where to, in which currency, the bounds of the amounts in minor units, and where something turns."""

    place: str
    currency: str
    decimals: int
    low: int
    high: int
    turns: tuple[int, ...]


YEN = (1_000, 10_000, 16_666, 16_667, 50_000, 100_000, 160_235, 200_000, 267_058, 333_333, 1_000_000)
FEN = (1_000, 5_000, 25_000, 38_462, 50_000, 140_000, 200_000, 500_000, 600_000, 1_000_000, 2_600_000)
LOADS = {"JP": Load("JP", "JPY", 0, 1_000, 5_000_000, YEN), "CN": Load("CN", "CNY", 2, 1_000, 20_000_000, FEN)}

#: Who buys how in China, and how often: (kind, channel, share).
CHINA = (
    ("consumer", "ecommerce", 0.4),
    ("consumer", "personal", 0.25),
    ("business", "trade", 0.25),
    ("business", "ecommerce", 0.1),
)


def batches(load: Load, law: Law, world: World, rows: int, seed: int = SEED) -> Iterator[pa.RecordBatch]:
    """The drawn sales, at most `BATCH` rows at a time, in constant memory."""
    names = _Names(load, law, world)
    for number, start in enumerate(range(0, rows, BATCH)):
        chance = np.random.default_rng([seed, number])
        yield _batch(load, names, chance, BATCH).slice(0, min(BATCH, rows - start))


def table(load: Load, law: Law, world: World, rows: int, seed: int = SEED) -> pa.Table:
    """The drawn sales as one table."""
    return pa.Table.from_batches(batches(load, law, world, rows, seed))


def edges(load: Load, drawn: pa.Table) -> pa.Table:
    """The same sales with amounts at the limits of the law, and a minor unit below and above them."""
    rows = np.arange(drawn.num_rows)
    around = np.array(sorted({limit + step for limit in load.turns for step in (-1, 0, 1)}), np.int64)
    amounts = around[rows % len(around)]
    place = drawn.column_names.index("amount")
    return drawn.set_column(place, "amount", decimals(amounts, 18, load.decimals))


def sales(drawn: pa.Table) -> list[dict[str, object]]:
    """The rows as sales for `entrepot.quote`."""
    return [_sale(row) for row in drawn.to_pylist()]


class _Names:
    """What is drawn from: complete lines of the schedule, origins, and each origin's first agreement that fits."""

    def __init__(self, load: Load, law: Law, world: World) -> None:
        self.codes = lines(law)
        self.origins = sorted(set(world.economies) - law.economies)  # what comes from inside is no import
        first = [next((t.id for t in law.treatments if origin in t.members), "none") for origin in self.origins]
        self.proofs = sorted(set(first) | {"none"})
        self.proof_of = np.array([self.proofs.index(proof) for proof in first], np.int16)
        self.none = self.proofs.index("none")
        self.place = load.place


def lines(law: Law) -> list[str]:
    """The lines of the schedule that stand for themselves."""
    return [code for code in law.named if len(code) >= 6 and not law.lines_under(code)]


def _batch(load: Load, names: _Names, chance: np.random.Generator, size: int) -> pa.RecordBatch:
    code = chance.integers(0, len(names.codes), size, np.int16)
    origin = chance.integers(0, len(names.origins), size, np.int16)
    amount = _spread(chance, load.low, load.high, size)
    grams = _spread(chance, 1, 500_000, size)
    items = np.where(chance.random(size) < 0.5, 1, chance.integers(2, 25, size))
    named, denied = chance.random(size) < 0.5, chance.random(size) < 0.25
    proof = np.where(denied, names.none, names.proof_of[origin]).astype(np.int16)
    kind, channel, asserted = _buyers(load, chance, size)
    origins = _coded(origin, names.origins)
    columns: dict[str, pa.Array] = {
        "ship_from_country": origins,
        "ship_to_country": _coded(np.zeros(size, np.int16), [load.place]),
        "date": pa.array(np.full(size, np.datetime64(DAY, "D"))),
        "currency": _coded(np.zeros(size, np.int16), [load.currency]),
        "buyer_kind": kind,
        "channel": channel,
        "asserted": asserted,
        "hs_code": _coded(code, names.codes),
        "country_of_origin": origins,
        "proof_of_origin": _coded(proof, names.proofs, ~named),
        "items": pa.array(items.astype(np.int64)),
        "net_mass_kg": decimals(grams, 12, 3),
        "amount": decimals(amount, 18, load.decimals),
    }
    return pa.RecordBatch.from_pydict({name: each for name, each in columns.items() if each.type != pa.null()})


def _buyers(load: Load, chance: np.random.Generator, size: int) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Kind, channel and what is asserted; in Japan the channel changes nothing and is not given."""
    if load.place == "JP":
        kinds = chance.integers(0, 2, size, np.int16)
        return _coded(kinds, ["consumer", "business"]), pa.nulls(size), pa.nulls(size)
    which = np.searchsorted(np.cumsum([share for *_, share in CHINA]), chance.random(size)).clip(0, len(CHINA) - 1)
    kinds, channels = ["consumer", "business"], ["ecommerce", "personal", "trade"]
    kind = np.array([kinds.index(each[0]) for each in CHINA], np.int16)[which]
    channel = np.array([channels.index(each[1]) for each in CHINA], np.int16)[which]
    vouched = (channel == 1) & (chance.random(size) < 0.5)
    asserted = _coded(np.zeros(size, np.int16), ["indivisible_own_use"], ~vouched)
    return _coded(kind, kinds), _coded(channel, channels), asserted


def _spread(chance: np.random.Generator, low: int, high: int, size: int) -> NDArray[np.int64]:
    """Whole numbers between the bounds, each order of magnitude as often as another."""
    return np.exp(chance.uniform(np.log(low), np.log(high), size)).astype(np.int64).clip(low, high)


def _coded(index: NDArray[np.int16], words: Sequence[str], absent: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=absent), pa.array(words))


def decimals(minor: NDArray[np.int64], digits: int, scale: int) -> pa.Array:
    """Whole numbers that are not negative as decimals of so many places."""
    wide = np.zeros((len(minor), 2), np.int64)
    wide[:, 0] = minor
    return pa.Array.from_buffers(pa.decimal128(digits, scale), len(minor), [None, pa.py_buffer(wide)])


def _sale(row: dict[str, object]) -> dict[str, object]:
    given = {name: value for name, value in row.items() if value is not None}
    own = ("hs_code", "country_of_origin", "proof_of_origin")
    line = {name: given[name] for name in own if name in given}
    line |= {name: str(given[name]) for name in ("items", "net_mass_kg", "amount")}
    sale: dict[str, object] = {
        "ship_from": {"country": given["ship_from_country"]},
        "ship_to": {"country": given["ship_to_country"]},
        "date": str(given["date"]),
        "currency": given["currency"],
        "buyer": {"kind": given["buyer_kind"]},
        "lines": [line],
    }
    if "channel" in given:
        sale["channel"] = given["channel"]
    if "asserted" in given:
        sale["asserted"] = [given["asserted"]]
    return sale


def main() -> int:
    """Writes a Parquet file of drawn sales."""
    import pyarrow.parquet as pq

    from entrepot.app import library

    place, rows, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    load, law, world = LOADS[place], library().law(place, DAY), library().world
    writer = None
    for batch in batches(load, law, world, rows):
        writer = writer or pq.ParquetWriter(file, batch.schema)
        writer.write_batch(batch)
    if writer:
        writer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
