"""Whether answers are equal to the minor unit on every row; nothing is timed before that is checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import reference


class Different(Exception):
    """Two answers that should be equal differ."""


def same(one: pa.Table, other: pa.Table, names: tuple[str, str], sales: pa.Table) -> int:
    """The number of rows on which two answers agree in every common column. Raises Different on a difference."""
    if one.num_rows != other.num_rows:
        raise Different(f"{names[0]} has {one.num_rows} rows, {names[1]} {other.num_rows}")
    off = np.zeros(one.num_rows, bool)
    for name in reference.SCHEMA.names:
        if name in one.column_names and name in other.column_names:
            off |= _differ(one[name], other[name])
    if off.any():
        row = int(np.flatnonzero(off)[0])
        shown = [table.slice(row, 1).to_pylist()[0] for table in (sales, one, other)]
        answers = "\n".join(f"{name}: {each}" for name, each in zip(names, shown[1:], strict=True))
        raise Different(f"{off.sum()} of {len(off)} rows differ, the first {row}: {shown[0]}\n{answers}")
    return one.num_rows


def rows_told(answered: pa.Table, expected: pa.Table) -> None:
    """Checks that the row that decided the duty is among those that Entrepot returns. Raises Different otherwise."""
    for number, (told, row) in enumerate(zip(answered["rows"].to_pylist(), expected["row"].to_pylist(), strict=True)):
        if row is not None and row not in told:
            raise Different(f"row {number}: {row} is not among {told}")


def _differ(one: Any, other: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    left, right = (each.combine_chunks() if isinstance(each, pa.ChunkedArray) else each for each in (one, other))
    alike = pc.fill_null(pc.equal(left, right), fill_value=False)
    neither = pc.and_(pc.is_null(left), pc.is_null(right))
    return ~pc.or_(alike, neither).to_numpy(zero_copy_only=False)
