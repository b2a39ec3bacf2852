"""DuckDB: its tables filled as for frequent queries, and its answers in the columns of the reference."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from wide_tables import Wide

REGIMES = ("ordinary", "personal_use", "retail", "retail_above_limit", "personal", "personal_single")
STATUSES = ("open", "conditional", "closed")
WORDS = {
    "buyer_kind": ("consumer", "business"),
    "channel": ("ecommerce", "personal", "trade"),
    "asserted": ("indivisible_own_use",),
}


def opened(law: Wide, keys: pa.Table, cases: pa.Table, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the law; words are enumerations, so that they are compared as numbers."""
    base = duckdb.connect(config={"threads": threads})
    words = {
        "regime": REGIMES,
        "status": STATUSES,
        "hs": law.codes,
        "economy": law.origins,
        "treatment": law.treatments,
        **{f"{name}_word": each for name, each in WORDS.items()},
    }
    for name, each in words.items():
        quoted = ", ".join(f"'{word}'" for word in each)
        base.execute(f"CREATE TYPE {name} AS ENUM ({quoted})")
    given = {"keys_given": keys, "cases_given": cases, "rates_given": law.rates, "groups_given": law.groups}
    for name, table in given.items():
        base.register(name, table)
    named = ", ".join(f"t{j}::treatment AS t{j}" for j in range(law.slots + 1))
    base.execute(f"CREATE TABLE cases AS SELECT * REPLACE ({named}) FROM cases_given")
    base.execute("CREATE TABLE keys AS SELECT * FROM keys_given")
    base.execute("CREATE TABLE rates AS SELECT * FROM rates_given")
    base.execute(
        "CREATE TABLE origins AS SELECT country_of_origin::economy AS country_of_origin, grp FROM groups_given"
    )
    for name in given:
        base.unregister(name)
    # What is no percentage is few: those treatments stand one below the other.
    none = "NULL::treatment AS t, NULL::INTEGER AS w"
    each = [
        f"SELECT kind, {j} AS slot, {f't{j} AS t, w{j} AS w' if j else none}, rate{j} AS rate FROM cases"
        f" WHERE NOT plain AND rate{j} IS NOT NULL"
        for j in range(law.slots + 1)
    ]
    base.execute(f"CREATE TABLE claims AS {' UNION ALL '.join(each)}")
    return base


def load(base: duckdb.DuckDBPyConnection, sales: pa.Table) -> None:
    """The sales as a table of the database, with the number of each row."""
    base.register("sales_given", sales)
    number = "(row_number() OVER () - 1)::INTEGER AS rid"
    base.execute(f"CREATE OR REPLACE TABLE sales AS SELECT {number}, {cast(sales.column_names)} FROM sales_given")
    base.unregister("sales_given")


def cast(columns: Sequence[str]) -> str:
    """All columns of sales, words as enumerations."""
    known = {"hs_code": "hs", "country_of_origin": "economy", "proof_of_origin": "treatment"}
    known |= {name: f"{name}_word" for name in WORDS}
    return "* REPLACE (" + ", ".join(f"{name}::{known[name]} AS {name}" for name in columns if name in known) + ")"


def answers(base: duckdb.DuckDBPyConnection, query: str, law: Wide) -> pa.Table:
    """The answers in the order of the sales, with the words and rows of the reference."""
    base.register("places", pa.table({"number": pa.array(range(len(law.where)), pa.int32()), "place": law.where}))
    return base.sql(
        f"""SELECT regime::VARCHAR AS regime, treatment::VARCHAR AS treatment, status::VARCHAR AS status, at_least,
        duties::BIGINT AS duties, taxes::BIGINT AS taxes, fees::BIGINT AS fees, charges::BIGINT AS charges,
        landed::BIGINT AS landed, place AS "row"
        FROM ({query}) LEFT JOIN places ON number = "row" ORDER BY rid"""
    ).to_arrow_table()
