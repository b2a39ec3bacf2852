"""The same assessments in OpenFisca-Core: a variable for each step, NumPy in the formulas, all sales at once.

Its numbers are 32 bits wide (`int`; `float` would lose the minor unit), so the formulas reckon in 64 bits and give back
whole minor units, which the drawn sales keep small enough. The law comes as arrays: OpenFisca's parameters are trees
of YAML, one node a figure, and half a million of them would only be slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import reference
from numpy.typing import NDArray
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from wide_tables import Wide, lines_of

Column = NDArray[Any]
Asked = Callable[[str], Column]  # a step's figures by its name
Step = Callable[[Asked], Column]

ENTITY = build_entity(key="consignment", plural="consignments", label="A consignment of one line", is_person=True)
MONTH = "2026-08"
STATUSES = ("open", "conditional", "closed")
TOLD = ("regime", "treatment", "status", "at_least", *reference.AMOUNTS, "row")


class Model:
    """A tax and benefit system of named steps, and the law that they read.

    `given`: what a sale gives; `steps`: what follows, in any order, each a function of others.
    """

    def __init__(self, given: tuple[str, ...], steps: dict[str, Step], regimes: tuple[str, ...], wide: Wide) -> None:
        self.given, self.regimes, self.wide = given, regimes, wide
        self.system = TaxBenefitSystem([ENTITY])
        for name in given:
            self.system.add_variable(_variable(name))
        for name, step in steps.items():
            self.system.add_variable(_variable(name, step))

    def answers(self, inputs: dict[str, Column]) -> dict[str, Column]:
        """The answers to sales, given as columns; -1 stands for nothing."""
        simulation = SimulationBuilder().build_default_simulation(self.system, count=len(inputs["amount"]))
        for name in self.given:
            simulation.set_input(name, MONTH, inputs[name])
        return {name: simulation.calculate(name, MONTH) for name in TOLD}

    def inputs(self, sales: pa.Table) -> dict[str, Column]:
        """The columns that a sale gives: words as numbers, made once, as for the other engines."""
        wide = self.wide
        coded = {"line": ("hs_code", wide.codes), "origin": ("country_of_origin", wide.origins)}
        coded["proof"] = ("proof_of_origin", wide.treatments)
        found = {name: _coded(sales[column], words) for name, (column, words) in coded.items()}
        found["own"] = _coded(sales["buyer_kind"], ["business", "consumer"])
        found["amount"] = _whole(sales["amount"], wide.load.decimals)
        found["grams"] = _whole(sales["net_mass_kg"], 3)
        found["items"] = sales["items"].to_numpy().astype(np.int32)
        if "channel" in sales.column_names:
            found["channel"] = _coded(sales["channel"], ["ecommerce", "personal", "trade"])
            found["accepted"] = (_coded(sales["asserted"], ["indivisible_own_use"]) >= 0).astype(np.int32)
        return found

    def told(self, found: dict[str, Column]) -> pa.Table:
        """The answers with the words and rows of the reference."""
        words = {"regime": self.regimes, "treatment": self.wide.treatments, "status": STATUSES, "row": self.wide.where}
        columns: dict[str, Any] = {}
        for name in reference.SCHEMA.names:
            each = found[name]
            if name in words:
                index = pa.array(each, pa.int32(), mask=each < 0)
                columns[name] = pa.DictionaryArray.from_arrays(index, pa.array(words[name])).cast(pa.string())
            elif name == "at_least":
                columns[name] = pa.array(each.astype(bool))
            else:
                columns[name] = pa.array(each, pa.int64(), mask=each < 0)
        return pa.table(columns, schema=reference.SCHEMA)


def arrays(keys: pa.Table, cases: pa.Table, wide: Wide) -> dict[str, Column]:
    """The law as columns by case: -1 for nothing."""
    found: dict[str, Column] = {}
    for name in cases.column_names:
        column = cases[name].combine_chunks()
        if pa.types.is_dictionary(column.type):
            found[name] = _coded(cases[name], wide.treatments)
        elif pa.types.is_boolean(column.type):
            found[name] = column.to_numpy(zero_copy_only=False).astype(bool)
        else:
            found[name] = column.fill_null(-1).to_numpy()
    found["kinds"] = keys["kind"].to_numpy()
    found["groups"] = wide.groups["grp"].to_numpy()
    found |= {name: wide.rates[name].to_numpy() for name in wide.rates.column_names}
    return found


def mixed(wide: Wide, law: dict[str, Column], rate: Column, value: Column, grams: Column, items: Column) -> Column:
    """The duty in whole minor units, rounded down, of rates that compare or count; -1 where a rate is not known."""

    def line(p: int) -> Column:
        counted = grams * law[f"g{p}"][rate] + items * law[f"i{p}"][rate] + law[f"f{p}"][rate]
        return value * law[f"v{p}"][rate] + counted

    least = [np.min([line(p) for p in lines], axis=0) for lines in lines_of(wide.shape)]
    most = np.max(least, axis=0).clip(0)
    return np.where(rate >= 0, most // law["den"][rate], -1)


def _variable(name: str, step: Step | None = None) -> type[Variable]:
    """A variable of OpenFisca; with a step, its formula."""

    def formula(consignment: Any, period: Any) -> Column:
        assert step is not None
        return step(lambda other: consignment(other, period))

    own: dict[str, Any] = {"value_type": int, "entity": ENTITY, "definition_period": DateUnit.MONTH, "label": name}
    own["is_period_size_independent"] = True
    return type(name, (Variable,), own | ({"formula": formula} if step else {}))


def _coded(column: pa.ChunkedArray, words: list[str]) -> Column:
    """Words as their places in a list; -1 for none."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    places = {word: place for place, word in enumerate(words)}
    known = np.array([places.get(word, -1) for word in column.dictionary.to_pylist()] + [-1], np.int32)
    return known[column.indices.fill_null(len(known) - 1).to_numpy()]


def _whole(column: pa.ChunkedArray, places: int) -> Column:
    whole = column.combine_chunks()
    if whole.type.scale != places:
        raise ValueError(f"{places} decimals are asked of {whole.type}")
    words = np.frombuffer(whole.buffers()[1], np.int64)[::2]  # the lower half of each 128 bits; none is below zero
    return words[whole.offset : whole.offset + len(whole)].astype(np.int32)
