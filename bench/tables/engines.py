"""Entrepot and the others, each prepared for a workload and given the same task: all answers.

Every one gets the sales as it likes them best, made before the clock runs: Entrepot an Arrow table with dictionaries,
DuckDB a table of its own with enumerations, Polars a frame with enumerations, OpenFisca arrays of numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import pyarrow as pa
import reference
from wide_tables import Wide, wide

NAMES = ("entrepot", "duckdb", "polars", "openfisca")
TITLES = {"entrepot": "Entrepot", "duckdb": "DuckDB", "polars": "Polars", "openfisca": "OpenFisca-Core"}
PACKAGES = {"entrepot": "entrepot", "duckdb": "duckdb", "polars": "polars", "openfisca": "openfisca-core"}


class Engine(NamedTuple):
    """One that answers. `load` takes sales, `run` answers those loaded, `told` has the answers as the reference has.

    `words`: what a reader should know of it.
    """

    name: str
    title: str
    words: str
    load: Callable[[pa.Table], None]
    run: Callable[[], Any]
    told: Callable[[Any], pa.Table]


class Laws:
    """The law of a workload: for Entrepot as it is, for the others as tables, computed on first use."""

    def __init__(self, place: str) -> None:
        from draw import DAY, LOADS

        from entrepot.app import library

        house = library()
        self.place, self.load, self.world = place, LOADS[place], house.world
        self.law = house.law(place, DAY)
        self._tables: Any = None

    @property
    def tables(self) -> Any:
        """The tables of `japan` or `china`."""
        if self._tables is None:
            self._tables = _tables(wide(self.place, self.law, self.world))
        return self._tables


def engine(name: str, laws: Laws, threads: int = 2) -> Engine:
    """An engine by its name, ready for sales."""
    made = {"entrepot": _entrepot, "duckdb": _duckdb, "polars": _polars, "openfisca": _openfisca}[name]
    title = f"{TITLES[name]} {version(PACKAGES[name])}"
    return Engine(name, title, *made(laws, threads))


def _tables(law: Wide) -> Any:
    from china import china
    from japan import japan

    return japan(law) if law.load.place == "JP" else china(law)


def _entrepot(laws: Laws, threads: int) -> tuple[Any, ...]:
    import entrepot

    held: dict[str, pa.Table] = {}
    given: list[str] = []

    def load(sales: pa.Table) -> None:
        held["sales"] = sales
        given[:] = sales.column_names

    def told(answered: pa.Table) -> pa.Table:
        return ours(answered, laws.load.decimals)

    return "one line of Python", load, lambda: entrepot.quote_table(held["sales"]), told


def ours(answered: pa.Table, places: int) -> pa.Table:
    """The answer of `quote_table` in the columns of the reference; without `explain` it has no rows of law."""
    import pyarrow.compute as pc

    columns: dict[str, Any] = {name: answered[name].cast(pa.string()) for name in reference.WORDS}
    columns["at_least"] = pc.fill_null(answered["at_least"], fill_value=False)
    for name in reference.AMOUNTS:
        minor = pc.multiply(answered[name], pa.scalar(10**places, pa.decimal128(4, 0)))
        columns[name] = minor.cast(pa.decimal128(38, 0)).cast(pa.int64())  # raises where a part is lost
    return pa.table(columns)


def _duckdb(laws: Laws, threads: int) -> tuple[Any, ...]:
    import duck_china
    import duck_japan
    import duckdb_engine

    law = laws.tables
    base = duckdb_engine.opened(law.wide, law.keys, law.cases, threads)
    if laws.place == "JP":
        base.execute(duck_japan.prepared(law))
    query = (duck_japan if laws.place == "JP" else duck_china).sql(law)

    def run() -> Any:
        return base.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {query}")

    def told(_: Any) -> pa.Table:
        return duckdb_engine.answers(base, "FROM answer", law.wide)

    return "SQL, written by hand for this law", lambda sales: duckdb_engine.load(base, sales), run, told


def _polars(laws: Laws, threads: int) -> tuple[Any, ...]:
    import polars_china
    import polars_engine
    import polars_japan

    law = laws.tables
    plan = (polars_japan if laws.place == "JP" else polars_china).Plan(law)
    held: dict[str, Any] = {}

    def load(sales: pa.Table) -> None:
        held["sales"] = polars_engine.loaded(law.wide, sales).lazy()

    def told(found: Any) -> pa.Table:
        return polars_engine.told(found, law.wide)

    return "expressions, written by hand for this law", load, lambda: plan.answers(held["sales"]).collect(), told


def _openfisca(laws: Laws, threads: int) -> tuple[Any, ...]:
    import fisca_china
    import fisca_japan

    law = laws.tables
    model = (fisca_japan if laws.place == "JP" else fisca_china).model(law)
    held: dict[str, Any] = {}

    def load(sales: pa.Table) -> None:
        held["sales"] = model.inputs(sales)

    return "variables, written by hand for this law", load, lambda: model.answers(held["sales"]), model.told
