"""stock: what the fast lane has made ready: laws as arrays, codes, plans; grows as tables bring new words."""

from __future__ import annotations

import datetime as dt
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.plans.codes import GoodsTable
from entrepot.batch.plans.encode import MAX_DICTIONARIES, DictionaryCache, EncodedRows, GivenFields
from entrepot.batch.plans.kernel_codes import REASONS, code_of
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.batch.plans.plan import write_plan
from entrepot.batch.plans.plan_buffer import NotInKernel, PlanBuffer
from entrepot.batch.rows.columns import EXCHANGE_PREFIX, field_of
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.sales import column_of_param, set_path
from entrepot.engine.flow.describe import describe
from entrepot.law.compiled import Law
from entrepot.model.errors import EntrepotError

#: A sale has a plan, is refused for a reason (its place), or has to be walked.
PLANNED, REFUSED, ONE_BY_ONE = 0, 1, 2
#: Words that do not bear on the regimes of a law as such: `plan` asks about them apart.
CLAIM_FIELDS = ("ship_from_country", "country_of_origin", "proof_of_origin", "date")


class PreparedLaw(NamedTuple):
    """A law ready for the loop."""

    law: Law
    folded: LawArrays
    goods: GoodsTable
    tape: PlanBuffer
    code: str


class SalePlan(NamedTuple):
    """What some words settle: how the sale goes on, its law's place, and where its plan begins or why it is refused."""

    state: int
    frame: int
    at: int
    origin: str
    currency: str
    message: str | None = None
    param: str | None = None


#: Words that no plan fits.
NO_PLAN = SalePlan(ONE_BY_ONE, -1, -1, "", "")
#: So many are remembered, and so many numbers lie on the tapes, before all is made ready anew.
MAX_PLANS, MAX_BUFFER_NUMBERS = 1_000_000, 16_000_000


class PlanAndUnit(NamedTuple):
    """What the words of some rows settle, and the millionths of a minor unit of the currency that they speak of."""

    of: SalePlan
    unit: int


class PlanCache:
    """All that was made ready for one house. One thread makes ready at a time."""

    def __init__(self, context: LawContext) -> None:
        self.context = context
        self.lock = Lock()
        self.frames: list[PreparedLaw] = []
        self.titles: dict[str, int] = {}
        self.ways: dict[str, int] = {}
        self.widest = [1, 1, 1, 1]
        self.kept = DictionaryCache()
        self._numbers: dict[tuple[int, int], tuple[Any, Any]] = {}
        self._frames: dict[tuple[str, str], int] = {}
        self._sets: dict[Any, SalePlan] = {}
        self._settled: dict[Any, dict[bytes, PlanAndUnit]] = {}

    def numbers(self, place: int, known: list[str | None]) -> Any:
        """The numbers of a list of codes under a law; the same list is looked up once."""
        key = (place, id(known))
        if key not in self._numbers or self._numbers[key][0] is not known:
            if len(self._numbers) > MAX_DICTIONARIES:
                self._numbers.clear()
            table = self.frames[place].goods
            found = [table.number(code if isinstance(code, str) else None) for code in known]
            self._numbers[key] = known, np.array(found, np.int64)
        return self._numbers[key][1]

    def trimmed(self) -> None:
        """Forgets all that was made ready where it grew too large; who works with it goes on with what he took."""
        many = sum(map(len, self._settled.values())) + len(self._sets)
        if many > MAX_PLANS or sum(len(frame.tape.array()) for frame in self.frames) > MAX_BUFFER_NUMBERS:
            self.frames, self._frames, self._numbers, self._sets, self._settled = [], {}, {}, {}, {}

    def settled(self, given: EncodedRows, on: dt.date | None) -> list[PlanAndUnit]:
        """What the words of each number settle; remembered for the next table."""
        known = self._settled.setdefault((given.form, on), {})
        for number, key in enumerate(given.keys):
            if key not in known:
                said = given.said(number)
                digits = self.context.world.decimals.get(said["currency"] if said and "currency" in said else "", 2)
                known[key] = PlanAndUnit(self._set(said, on), 10 ** (6 - digits))
        return [known[key] for key in given.keys]

    def _set(self, said: GivenFields | None, on: dt.date | None) -> SalePlan:
        if said is None:
            return NO_PLAN
        try:
            return self._found(said, on or said.get("date") or self.context.today)
        except (EntrepotError, NotInKernel):
            return NO_PLAN

    def _found(self, said: GivenFields, day: dt.date) -> SalePlan:
        """The same words on another day of the same law settle the same, unless a reference rate is needed."""
        if not {"ship_from_country", "ship_to_country", "currency"} <= said.keys():
            return NO_PLAN  # no sale: the walk says what is missing
        law = self.context.law(said["ship_to_country"], day)
        given = {
            field_name.removeprefix(EXCHANGE_PREFIX) for field_name in said if field_name.startswith(EXCHANGE_PREFIX)
        }
        needed = {said["currency"], *law.foreign} - {law.currency, *law.exchange, *given}
        undated = tuple(item for item in said.key() if item[0] != "date")
        key = (undated, law.hash, law.pack, law.since, day if needed else None)
        found = self._sets.get(key)
        if found is None:
            found = self._sets[key] = self._settle(said, day, law)
        return found

    def _settle(self, said: GivenFields, on: dt.date, law: Law) -> SalePlan:
        place = self._frame(law)
        frame = self.frames[place]
        # Which goods they are bears on no plan: any line of the schedule stands for them.
        line: dict[str, Any] = {"amount": 1, "hs_code": frame.code}
        sale: dict[str, Any] = {"lines": [line]}
        for field_name, value in said.items():
            field = field_of(field_name)
            if field is not None:
                given = ("given",) if field.kind == "list" else 1
                set_path(line if field.of_line else sale, field.path, given if value is True else value)
        asked = self.context.read_request(sale, on)
        case = describe(asked.sale, asked.law, asked.on, self.context.world, asked.reference)
        origin, currency = case.lines[0].origin, asked.law.currency
        refused = [reason for reason in case.refused if not reason.code.startswith("hs_code.")]
        if refused:
            first = refused[0]
            param = column_of_param(first.param)[0] if first.param else None
            return SalePlan(REFUSED, place, code_of(REASONS, first.code), origin, currency, first.message, param)
        if asked.sale.incoterm == "DDP" or not any(regime.of == "goods" for regime in asked.law.regimes):
            return SalePlan(ONE_BY_ONE, place, -1, origin, currency)
        rates = tuple(sorted(asked.reference.items()))
        key = (tuple(item for item in said.key() if item[0] not in CLAIM_FIELDS), _rate_key(rates))
        at = write_plan(frame.tape, frame.folded, case, key, self.context.world.decimals, self.titles, self.ways)
        self._widen(frame)
        return SalePlan(PLANNED, place, at, origin, currency)

    def _frame(self, law: Law) -> int:
        """The place of a law among those made ready."""
        key = (law.hash, law.pack + law.since)
        if key not in self._frames:
            folded = LawArrays(law)
            code = next((code for code in law.named if len(code) >= 6 and not law.lines_under(code)), "")
            code = code or next(heading for heading in self.context.world.headings if len(heading) == 6)
            self._frames[key] = len(self.frames)
            self.frames.append(
                PreparedLaw(law, folded, GoodsTable(folded, self.context.world), PlanBuffer(folded.begun), code)
            )
        return self._frames[key]

    def _widen(self, frame: PreparedLaw) -> None:
        """The room that the loop needs: most regimes, charges of one, treatments, steps of a rate."""
        regimes = [regime for regime in frame.law.regimes if regime.of == "goods"]
        sizes = (
            len(regimes),
            max(len(regime.charges) for regime in regimes),
            len(frame.law.treatments) + 1,
            max((len(rate.program) for rate in frame.law.rates), default=1),
        )
        self.widest = [max(one, other) for one, other in zip(self.widest, sizes, strict=True)]


def _rate_key(rates: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((currency, each.rate) for currency, each in rates)


def plan_cache_of(context: LawContext) -> PlanCache:
    """The stock of a house, made at first."""
    found = context.kept.get("stock")
    if not isinstance(found, PlanCache):
        found = context.kept["stock"] = PlanCache(context)
    return found
