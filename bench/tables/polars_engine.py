"""Polars: its sales with words as enumerations, and its answers in the columns of the reference."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import reference
from wide_tables import Wide

WORDS = {"buyer_kind": ["consumer", "business"], "channel": ["ecommerce", "personal", "trade"]}


def loaded(law: Wide, sales: pa.Table) -> pl.DataFrame:
    """The sales in the types that Polars processes fastest, with the number of each row."""
    return with_words(law, pl.DataFrame(sales).lazy()).collect()


def with_words(law: Wide, sales: pl.LazyFrame) -> pl.LazyFrame:
    """The same for a lazy frame."""
    names = sales.collect_schema().names()
    known = {"hs_code": law.codes, "country_of_origin": law.origins, "proof_of_origin": law.treatments, **WORDS}
    cast = [pl.col(name).cast(pl.Enum(words)) for name, words in known.items() if name in names]
    return sales.with_columns(cast).with_row_index("rid")


def told(found: pl.DataFrame, law: Wide) -> pa.Table:
    """The answers in the order of the sales, with the words and rows of the reference."""
    words = pl.col("regime", "treatment", "status").cast(pl.String)
    amounts = pl.col(*reference.AMOUNTS).cast(pl.Int64)
    row = pl.lit(pl.Series(law.where)).gather(pl.col("row"))
    ordered = found.sort("rid").with_columns(words, amounts, row.alias("row")).drop("rid")
    return ordered.to_arrow().select(reference.SCHEMA.names).cast(reference.SCHEMA)
