"""Laws, codes and plans prepared for the compiled loop; grows as tables bring new combinations of fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.plans.codes import NO_CODE, GoodsTable
from entrepot.batch.plans.encode import DictionaryCache, EncodedRows, GivenFields
from entrepot.batch.plans.kernel_codes import REASONS, code_of
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.batch.plans.plan import write_plan
from entrepot.batch.plans.plan_buffer import NotInKernel, PlanBuffer
from entrepot.batch.rows.columns import EXCHANGE_PREFIX, field_of
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.sales import set_path
from entrepot.engine.flow.describe import describe
from entrepot.engine.rules.places import parts_of
from entrepot.law.compiled import Law
from entrepot.model.errors import EntrepotError
from entrepot.model.quote import Reason

#: A sale has a plan, is refused for a reason (by its number), or is assessed one by one.
PLANNED, REFUSED, ONE_BY_ONE = 0, 1, 2
#: Fields on which the regimes of a law do not depend as such: `plan` considers them apart.
CLAIM_FIELDS = ("ship_from_country", "country_of_origin", "proof_of_origin", "date")


class PreparedLaw(NamedTuple):
    """A law prepared for the compiled loop."""

    law: Law
    law_arrays: LawArrays
    goods: GoodsTable
    buffer: PlanBuffer

    def arrays(self) -> tuple[Any, Any, Any, Any, Any]:
        """For the kernel: the plan buffer, the schedule, the entries by origin, the codes and their refusals."""
        schedule, entries = self.law_arrays.schedule, self.law_arrays.first_entries
        return self.buffer.array(), schedule, entries, *self.goods.arrays()


class SalePlan(NamedTuple):
    """What a combination of fields decides.

    Its state, its law, and the offset of its plan or the number of the reason why it is refused. `one_piece`: for a
    rate by the piece, a sale that gives no number of them is one.
    """

    state: int
    law_number: int
    at: int
    origin: str
    currency: str
    reason: Reason | None = None
    one_piece: bool = True


#: For combinations that the compiled loop does not support.
NO_PLAN = SalePlan(ONE_BY_ONE, -1, -1, "", "")
#: In the numbers of codes: a code that was not looked up under the law so far.
NOT_LOOKED_UP = -(1 << 62)
_NO_NUMBERS = np.empty(0, np.int64)
#: The most plans, and numbers in plan buffers; above them the cache is cleared.
MAX_PLANS, MAX_BUFFER_NUMBERS = 1_000_000, 16_000_000
#: Counters of rows by plan and code, a power of two; plans and codes may share one.
OPEN_COUNTERS = 1 << 16


@dataclass(slots=True)
class _RateCurrencies:
    """What this module stores with a law: the currencies that its rates name."""

    names: frozenset[str] | None = None


class PlanAndUnit(NamedTuple):
    """The plan of a combination of fields, and the millionths of a minor unit of its currency."""

    plan: SalePlan
    unit: int


class PlanCache:
    """The cache of one context. One thread prepares at a time (`lock`).

    `reasons`: the reasons of refusals by what decides their sentences (see `assess.refusals`). `open_counters`: how
    many rows of a plan and a code left a fact open (see `assess.likely_open`).
    """

    def __init__(self, context: LawContext) -> None:
        self.context = context
        self.lock = Lock()
        self.laws: list[PreparedLaw] = []
        self.treatment_numbers: dict[str, int] = {}
        self.regime_numbers: dict[str, int] = {}
        self.sizes = [1, 1, 1, 1]
        self.dictionaries = DictionaryCache()
        self.reasons: dict[Hashable, Reason] = {}
        self.open_counters: Any = np.zeros(OPEN_COUNTERS, np.uint8)
        self._numbers: dict[int, Any] = {}
        self._numbers_generation = 0
        self._law_numbers: dict[Hashable, int] = {}
        self._plans: dict[Any, SalePlan] = {}
        self._plans_by_key: dict[Any, dict[bytes, PlanAndUnit]] = {}

    def code_numbers(self, place: int, values: Any, known: list[str | None]) -> Any:
        """The numbers of a list of codes under a law; each code is looked up once.

        `values`: the number of each code, the same in any table (see `DictionaryCache.value_numbers`).
        """
        if self._numbers_generation != self.dictionaries.generation:
            self._numbers, self._numbers_generation = {}, self.dictionaries.generation
        found = self._numbers.get(place, _NO_NUMBERS)
        size = int(values.max(initial=-1)) + 1
        if len(found) < size:
            grown = np.full(max(size, 2 * len(found)), NOT_LOOKED_UP, np.int64)
            grown[: len(found)] = found
            found = self._numbers[place] = grown
        is_code = values >= 0
        for at in np.flatnonzero(is_code & (found[np.maximum(values, 0)] == NOT_LOOKED_UP)).tolist() if size else ():
            found[values[at]] = self.laws[place].goods.number(known[at])
        return np.where(is_code, found[np.maximum(values, 0)], NO_CODE) if size else np.full(len(values), NO_CODE)

    def trim(self) -> None:
        """Clears the cache where it is too large; work in progress keeps the arrays that it read."""
        many = sum(map(len, self._plans_by_key.values())) + len(self._plans)
        if many > MAX_PLANS or sum(len(prepared.buffer.array()) for prepared in self.laws) > MAX_BUFFER_NUMBERS:
            self.laws, self._law_numbers, self._numbers, self._plans, self._plans_by_key = [], {}, {}, {}, {}
            self.reasons = {}

    def plans_of(self, given: EncodedRows, on: dt.date | None) -> list[PlanAndUnit]:
        """The plan of each combination of fields; kept for the next table."""
        known = self._plans_by_key.setdefault((given.form, on), {})
        for number, key in enumerate(given.keys):
            if key not in known:
                fields = given.fields_of(number)
                digits = self.context.world.decimals.get(
                    fields["currency"] if fields and "currency" in fields else "", 2
                )
                known[key] = PlanAndUnit(self._plan_or_none(fields, on), 10 ** (6 - digits))
        return [known[key] for key in given.keys]

    def place_plans(
        self, given: EncodedRows, number: int, on: dt.date | None, prepared: PreparedLaw
    ) -> tuple[int, ...]:
        """The offsets of the plans of a combination of fields with each state or province that the law has rates for.

        Nothing where one of them has no plan under the law.
        """
        fields = given.fields_of(number)
        if fields is None:
            return ()
        economy, found = fields["ship_to_country"], []
        for part in parts_of(prepared.law, economy):
            plan = self._plan_or_none(GivenFields(fields | {"ship_to_state": part.removeprefix(f"{economy}-")}), on)
            if plan.state != PLANNED or self.laws[plan.law_number] is not prepared:
                return ()
            found.append(plan.at)
        return tuple(found)

    def _plan_or_none(self, fields: GivenFields | None, on: dt.date | None) -> SalePlan:
        if fields is None:
            return NO_PLAN
        try:
            return self._cached_plan(fields, on or fields.get("date") or self.context.today)
        except (EntrepotError, NotInKernel):
            return NO_PLAN

    def _cached_plan(self, fields: GivenFields, day: dt.date) -> SalePlan:
        """The same fields on another day of the same law have the same plan, unless a reference rate is needed."""
        if not {"ship_from_country", "ship_to_country", "currency"} <= fields.keys():
            return NO_PLAN  # not a sale: one by one reports what is missing
        law = self.context.law(fields["ship_to_country"], day)
        given = {
            field_name.removeprefix(EXCHANGE_PREFIX) for field_name in fields if field_name.startswith(EXCHANGE_PREFIX)
        }
        needed = {fields["currency"], *law.foreign} - {law.currency, *law.exchange, *given}
        undated = tuple(item for item in fields.key() if item[0] != "date")
        key = (undated, law.hash, law.pack, law.since, law.reading(day.isoformat()), day if needed else None)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._write_plan(fields, day, law)
        return found

    def _write_plan(self, fields: GivenFields, on: dt.date, law: Law) -> SalePlan:
        # A plan does not depend on the goods: any line of the schedule represents them.
        line: dict[str, Any] = {"amount": 1, "hs_code": self._any_code(law)}
        sale: dict[str, Any] = {"lines": [line]}
        for field_name, value in fields.items():
            field = field_of(field_name)
            if field is not None:
                given = ("given",) if field.kind == "list" else 1
                set_path(line if field.of_line else sale, field.path, given if value is True else value)
        asked = self.context.read_request(sale, on)
        case = describe(asked.sale, asked.law, asked.on, self.context.world, asked.reference)
        place = self._prepare(
            case.law, case.rates_to
        )  # in the currency of the sale where no rate leads to the importer's
        prepared = self.laws[place]
        origin, currency = case.lines[0].origin, case.law.currency
        refused = [reason for reason in case.refused if not reason.code.startswith("hs_code.")]
        if refused:
            first = refused[0]
            return SalePlan(REFUSED, place, code_of(REASONS, first.code), origin, currency, first)
        if asked.sale.incoterm == "DDP" or not any(regime.of == "goods" for regime in asked.law.regimes):
            return SalePlan(ONE_BY_ONE, place, -1, origin, currency)
        rates = tuple(sorted(asked.reference.items()))
        key = (
            tuple(item for item in fields.key() if item[0] not in CLAIM_FIELDS),
            law.reading(on.isoformat()),
            _rate_key(rates),
        )
        at = write_plan(
            prepared.buffer,
            prepared.law_arrays,
            case,
            key,
            self.context.world.decimals,
            self.treatment_numbers,
            self.regime_numbers,
        )
        self._update_sizes(prepared)
        return SalePlan(PLANNED, place, at, origin, currency, one_piece=case.buyer == "consumer")

    def _prepare(self, law: Law, exchange: Collection[str]) -> int:
        """The index of a law in `laws`. `exchange`: the currencies that can be converted to that of the law."""
        stated = law.derived(_RateCurrencies)
        if stated.names is None:
            steps = (step for rate in law.rates for end in rate.ends for step in end.program)
            stated.names = frozenset(step.currency for step in steps if step.currency)
        lacking = stated.names.difference(exchange)
        key = (law.hash, law.pack + law.since, law.currency, lacking)
        if key not in self._law_numbers:
            law_arrays = LawArrays(law, lacking)
            goods = GoodsTable(law_arrays, self.context.world)
            self._law_numbers[key] = len(self.laws)
            self.laws.append(PreparedLaw(law, law_arrays, goods, PlanBuffer(law_arrays.beginning)))
        return self._law_numbers[key]

    def _any_code(self, law: Law) -> str:
        """A code of one line of the schedule."""
        code = next((code for code in law.named if len(code) >= 6 and not law.lines_under(code)), "")
        return code or next(heading for heading in self.context.world.headings if len(heading) == 6)

    def _update_sizes(self, prepared: PreparedLaw) -> None:
        """Updates the sizes of the work arrays: regimes, charges of one, treatments, steps of a rate."""
        regimes = [regime for regime in prepared.law.regimes if regime.of == "goods"]
        sizes = (
            len(regimes),
            max(len(regime.charges) for regime in regimes),
            len(prepared.law.treatments) + 1,
            max((len(rate.program) for rate in prepared.law.rates), default=1),
        )
        self.sizes = [max(one, other) for one, other in zip(self.sizes, sizes, strict=True)]


def _rate_key(rates: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((currency, each.rate) for currency, each in rates)


def plan_cache_of(context: LawContext) -> PlanCache:
    """The cache of a context, created on first use."""
    found = context.cache.get("plans")
    if not isinstance(found, PlanCache):
        found = context.cache["plans"] = PlanCache(context)
    return found
