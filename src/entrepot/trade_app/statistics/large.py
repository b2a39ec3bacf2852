"""Many lines, added up by Arrow. Needs the extra `batch`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from entrepot.batch import statistics, statistics_files
from entrepot.measure.lines import LedgerLine
from entrepot.measure.tables import Classes
from entrepot.model.errors import TradeError

if TYPE_CHECKING:
    from entrepot.trade_app.statistics.making import Wanted


def of_lines(lines: Iterable[LedgerLine], wanted: Wanted) -> Classes:
    """The classes of lines. Raises TradeError for a day that is none."""
    return _of(statistics_files.batches_of(lines), wanted)


def of_parquet(path: Path, wanted: Wanted) -> Classes:
    """The classes of a file of Parquet. Raises TradeError, OSError."""
    return _of(statistics_files.read_parquet(path), wanted)


def _of(batches: Iterator[pa.RecordBatch], wanted: Wanted) -> Classes:
    try:
        return statistics.classes_of(batches, wanted.reporter, wanted.currency, wanted.rate, valuation=wanted.valuation)
    except (ValueError, pa.ArrowException) as error:
        raise TradeError("lines_unreadable", "The lines cannot be added up: {why}.", why=str(error)[:200]) from None
