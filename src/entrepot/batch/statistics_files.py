"""Lines for statistics as Arrow, and as files of Parquet that are written and read in batches.

Only what the figures need is in them: the mirror matches lines of JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.batch.statistics import BATCH
from entrepot.measure.lines import LedgerLine
from entrepot.model.errors import TradeError

_TEXTS = (
    "order_channel", "delivery_channel", "platform", "seller_id", "buyer_id", "hs", "ebops", "currency", "valuation",
    "ordered", "shipped", "released", "delivered", "seller_economy", "seller_sector", "buyer_economy", "buyer_sector",
    "operator_economy", "operator_sector",
)  # fmt: skip
_NUMBERS = ("price", "freight", "insurance", "fee_seller", "fee_buyer", "taken", "taken_freight")
_WORDS = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        *(pa.field(name, _WORDS, nullable=False) for name in _TEXTS),
        pa.field("service", pa.bool_(), nullable=False),
        *(pa.field(name, pa.int64()) for name in _NUMBERS),
    ]
)
#: Lines that are made into a table at once.
_PIECE = 1 << 16


def to_arrow(lines: Iterable[LedgerLine]) -> pa.Table:
    """Lines as a table: what the figures need of them."""
    return pa.table([*_arrays(list(lines))], schema=SCHEMA)


def _arrays(lines: list[LedgerLine]) -> Iterator[pa.Array]:
    for name in _TEXTS:
        party, _underscore, field = name.rpartition("_")
        if field in ("economy", "sector"):
            values = [getattr(getattr(each, party), field) for each in lines]
        else:
            values = [getattr(each, name) for each in lines]
        yield pa.array(values, pa.string()).dictionary_encode()
    yield pa.array([each.service for each in lines], pa.bool_())
    numbers: dict[str, list[Any]] = {name: [getattr(each, name) for each in lines] for name in _NUMBERS[:3]}
    for payer in ("seller", "buyer"):
        numbers[f"fee_{payer}"] = [_fee(each, payer) for each in lines]
    numbers["taken"] = [sum(back.amount for back in each.taken) for each in lines]
    numbers["taken_freight"] = [sum(back.freight for back in each.taken) for each in lines]
    for name in _NUMBERS:
        yield pa.array(numbers[name], pa.int64())


def _fee(line: LedgerLine, payer: str) -> int | None:
    """The fee of a payer, less what came back of it, which is that of the first payer; None without a fee."""
    found = [each.amount for each in line.fees if each.payer == payer]
    back = sum(each.fee for each in line.taken) if line.fees and line.fees[0].payer == payer else 0
    return sum(found) - back if found else None


def batches_of(lines: Iterable[LedgerLine]) -> Iterator[pa.RecordBatch]:
    """Lines as batches, read one after the other."""
    left = iter(lines)
    while piece := list(islice(left, _PIECE)):
        yield from to_arrow(piece).to_batches()


def write_parquet(lines: Iterable[LedgerLine], path: Path) -> int:
    """Write lines to a new file, and return how many. Raises OSError: FileExistsError for a file that is there."""
    count, batches = 0, batches_of(lines)
    with path.open("xb") as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        while group := list(islice(batches, BATCH // _PIECE)):
            # Dictionaries are per group: few large groups are read and added up faster than many small ones.
            table = pa.Table.from_batches(group).unify_dictionaries().combine_chunks()
            writer.write_table(table, row_group_size=BATCH)
            count += table.num_rows
    return count


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def read_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of a file of lines. Raises TradeError for another structure, OSError."""
    try:
        _check(path, pq.read_schema(path))
        with pq.ParquetFile(path, read_dictionary=list(_TEXTS)) as file:
            for batch in file.iter_batches(batch_size=BATCH, columns=SCHEMA.names):
                for name in (*_TEXTS, "service"):
                    if batch.column(name).null_count:
                        raise _other(path, f"an empty cell in {name}")
                yield batch
    except pa.ArrowException as error:
        raise _other(path, str(error)[:200]) from None


def _check(path: Path, found: pa.Schema) -> None:
    for field in SCHEMA:
        at = found.get_field_index(field.name)
        if at < 0:
            raise _other(path, f"no column {field.name}")
        kind = found.field(at).type
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        wanted = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if plain != wanted:
            raise _other(path, f"{field.name} is {plain}, not {wanted}")


def _other(path: Path, why: str) -> TradeError:
    return TradeError(
        "lines_other",
        "{file} is not a file of lines that this version wrote: {why}. Write it again: "
        "entrepot measure export PERIOD --format parquet.",
        "FILE",
        file=path.name,
        why=why,
    )
