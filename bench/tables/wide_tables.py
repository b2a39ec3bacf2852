"""The law of a place as relational tables, pre-joined, for the engines that Entrepot is compared with.

`goods` has a row for each line of the schedule, `origins` the group of each origin, `cases` for each group and line
(`key = group * lines + line`) the treatments as columns: `t0`, `num0`, `row0` of MFN or general, `t1 …` of the
agreements that could be lower. `num` is the percentage as a whole number of `1 / scale`, null where the rate is not a
percentage; `rate` then numbers a row of `rates`, in which a rate is the greatest of some, each the least of some linear
forms, over its own `den`. Equal cases are one `kind`: `keys` has the kind of each key, and `cases` a row for each kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from math import floor, lcm
from typing import Any, NamedTuple

import forms
import pyarrow as pa
from claims import Claims, Slot, claims
from draw import DAY, LOADS, Load, lines
from forms import Form

from entrepot.connect.rates.ecb import reference_rates
from entrepot.law.compiled import Law, World
from entrepot.law.records import Treatment

LETTERS = "vgif"  # of the value, a gram, an item, flat


class Wide(NamedTuple):
    """The tables of one law.

    `slots`: how many treatments stand beside MFN at most. `shape`: of how many a rate is the greatest at most, and of
    how many each of these is the least. `where`: each row of law by number.
    """

    load: Load
    law: Law
    codes: list[str]
    origins: list[str]
    treatments: list[str]
    slots: int
    scale: int
    shape: tuple[int, int]
    found: Claims
    cases: pa.Table
    groups: pa.Table
    rates: pa.Table
    where: list[str]


def wide(place: str, law: Law, world: World) -> Wide:
    """The tables of the law of a place on the day of the drawn sales."""
    codes, origins = lines(law), sorted(set(world.economies) - law.economies)
    found = claims(law, codes, origins, limits(law, DAY))
    every = [slot for group in found.slots for case in group for slot in case]
    treatments = sorted({slot.treatment for slot in every} | {each.id for each in law.treatments} | {"none"})
    distinct = list(dict.fromkeys(slot.form for slot in every if slot.form is not None))
    shares = [form for form in distinct if forms.share(form) is not None]
    scale = lcm(forms.denominator([*shares]), 1000)
    shape = (max(map(len, distinct)), max(len(least) for form in distinct for least in form))
    slots = max(len(case) for group in found.slots for case in group) - 1
    return Wide(
        load=LOADS[place],
        law=law,
        codes=codes,
        origins=origins,
        treatments=treatments,
        slots=slots,
        scale=scale,
        shape=shape,
        found=found,
        cases=_cases(found, treatments, slots, scale, {form: i for i, form in enumerate(distinct)}),
        groups=pa.table(
            {"country_of_origin": origins, "grp": pa.array([found.groups[each] for each in origins], pa.int32())}
        ),
        rates=_rates(distinct, shape),
        where=[basis.where for basis in law.bases],
    )


def lines_of(shape: tuple[int, int]) -> list[range]:
    """The numbers of the lines of which each is the least, for each of which a rate is the greatest."""
    return [range(first * shape[1], (first + 1) * shape[1]) for first in range(shape[0])]


def apart(cases: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The `kind` of each case by its key, and the kinds: far fewer, for many lines and origins are treated alike."""
    import polars as pl

    columns = [name for name in cases.column_names if name != "key"]
    kinds = pl.DataFrame(cases).group_by(columns, maintain_order=True).agg("key").with_row_index("kind")
    kinds = kinds.with_columns(pl.col("kind").cast(pl.Int32))
    keys = kinds.select("key", "kind").explode("key").sort("key")
    return keys.to_arrow(), kinds.drop("key").to_arrow()


def limits(law: Law, day: dt.date) -> Callable[[Treatment], int]:
    """A function that gives the waiver of a treatment in minor units at the rates of the day; -1 for none."""
    foreign = {each.waiver_currency for each in law.treatments} - {"", law.currency}
    texts = {currency: law.exchange[currency][0] for currency in foreign if currency in law.exchange}
    texts |= {
        name: each.rate for name, each in reference_rates(frozenset(foreign - set(texts)), law.currency, day).items()
    }
    rates = {currency: Fraction(text) for currency, text in texts.items()}

    def waiver(treatment: Treatment) -> int:
        if not treatment.proofs:
            return NO_LIMIT
        if treatment.waiver_num < 0:
            return -1
        limit = Fraction(treatment.waiver_num, treatment.waiver_den) * 10**law.decimals
        if treatment.waiver_currency == law.currency:
            return floor(limit)
        rate = rates.get(treatment.waiver_currency)
        return -1 if rate is None else floor(limit * rate + Fraction(1, 2))  # in another currency half up

    return waiver


NO_LIMIT = 2_000_000_000


def _cases(found: Claims, treatments: list[str], slots: int, scale: int, numbers: dict[Form, int]) -> pa.Table:
    """For each group of origins and each line its treatments side by side."""
    every: list[tuple[Slot, ...]] = [case for group in found.slots for case in group]
    places = {name: place for place, name in enumerate(treatments)}
    known = {form: _number(form, scale) for form in numbers}
    words = pa.array(treatments)
    columns: dict[str, Any] = {"key": pa.array(range(len(every)), pa.int32())}
    plain = [all(slot.form is None or known[slot.form] is not None for slot in case) for case in every]
    columns["plain"] = pa.array(plain)
    columns["width"] = pa.array([len(case) - 1 for case in every], pa.int8())
    for j in range(slots + 1):
        mine = [case[j] if j < len(case) else None for case in every]
        named = pa.array([None if slot is None else places[slot.treatment] for slot in mine], pa.int8())
        columns[f"t{j}"] = pa.DictionaryArray.from_arrays(named, words)
        columns[f"num{j}"] = pa.array(
            [None if slot is None or slot.form is None else known[slot.form] for slot in mine], pa.int32()
        )
        columns[f"rate{j}"] = pa.array(
            [None if slot is None or slot.form is None else numbers[slot.form] for slot in mine], pa.int32()
        )
        columns[f"row{j}"] = pa.array([None if slot is None else slot.row for slot in mine], pa.int32())
        if j:
            columns[f"w{j}"] = pa.array([None if slot is None else slot.waiver for slot in mine], pa.int32())
    return pa.table(columns)


def _number(form: Form, scale: int) -> int | None:
    part = forms.share(form)
    return None if part is None else int(part * scale)


def _rates(distinct: list[Form], shape: tuple[int, int]) -> pa.Table:
    """Every rate that decides somewhere, as whole numbers over a denominator of its own."""
    dens = [forms.denominator([form]) for form in distinct]
    made = [
        [int(part * den) for line in forms.padded(form, *shape) for part in line]
        for form, den in zip(distinct, dens, strict=True)
    ]
    columns: dict[str, Any] = {"rate": pa.array(range(len(distinct)), pa.int32()), "den": pa.array(dens, pa.int64())}
    names = [f"{letter}{line}" for line in range(shape[0] * shape[1]) for letter in LETTERS]
    for place, name in enumerate(names):
        columns[name] = pa.array([each[place] for each in made], pa.int64())
    return pa.table(columns)
