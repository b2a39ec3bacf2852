"""The values that pass between the steps of an assessment.

Every amount is a whole number of minor units of the importer's currency. Lists are indexed by line; where a second
index is named, by line and then by claim.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

import msgspec

from entrepot.law.codes import LineGroup
from entrepot.law.compiled import Law
from entrepot.law.rates import Rate
from entrepot.law.records import Charge as LawCharge
from entrepot.law.records import Condition, Permit, Regime, Treatment
from entrepot.model.quote import Exchange, Reason
from entrepot.model.sale import Line, Sale

Number = tuple[int, int]  # an exact fraction: numerator, denominator


class CaseLine(msgspec.Struct, gc=False):
    """A line of the sale, resolved against the law.

    `given_code`: the digits of the sale's code; `code`: the line of the schedule that they stand for; `row`: its row in
    the schedule, or -1. `service`: the category of a service, or "". `measures`: in the order of `law.rates.MEASURES`;
    None if not given. `rates`: the caller's own rates, by kind or id of a charge. `groups`: the lines that a short code
    stands for, where their law differs; `code` and `row` are those of the first. `unknown_code`: the code does not
    exist, and other lines of the sale can be assessed. `unsure`: why the line has the lines of several codes.
    """

    sale_line: Line
    param: str
    given_code: str
    code: str
    row: int
    service: str
    origin: str
    quantity: Number
    measures: tuple[Number | None, ...]
    amount: int
    rates: dict[str, Rate]
    groups: tuple[LineGroup, ...] = ()
    unknown_code: bool = False
    unsure: Reason | None = None


class Case(msgspec.Struct, gc=False):
    """The sale with everything that is resolved once: parties, place, date, exchange rates, lines.

    `places`: the buyer's state (if given), country and "", the most exact first. `of`: `goods` or `services`.
    `rates_to`: for each currency, minor units of the importer's currency for one major unit; `exchange`: the rate that
    the sale's currency is converted at; `reference`: reference rates, where neither sale nor law has a rate.
    `rank`: the order of lines between which nothing else decides; empty for one line. `reasons`: what was assumed;
    `registrations`: the schemes that the seller is registered for; `assumed_schemes`: those that are only assumed.
    `home_currency`: the importer's own currency, where `law` is in the seller's for want of an exchange rate.
    `refused`: why the sale cannot be assessed; `unmatched`: why single lines cannot.

    Of a candidate (see `flow.candidates`): `end`: `low` or `high`, the end of rates known as a range and of amounts by
    a measure that is not given; `dearer`: whether classes of tax that depend on the value of a unit are those above it;
    `nil`: the procedures under which a duty or tax that is not known counts as nil, for a lowest total; `within`:
    whether a value is within limits that cannot be compared for want of an exchange rate. None or "" where the fact is
    not decided.
    """

    sale: Sale
    law: Law
    on: dt.date
    importer: str
    places: tuple[str, ...]
    of: str
    buyer: str
    channel: str
    transport: str | None
    rates_to: dict[str, Number]
    exchange: Exchange | None
    reference: Mapping[str, Exchange]
    lines: list[CaseLine]
    rank: list[int]
    home_currency: str
    registrations: tuple[str, ...] = ()
    assumed_schemes: frozenset[str] = frozenset()
    shipping: int = 0
    insurance: int = 0
    discount: int = 0
    reasons: list[Reason] = []
    refused: list[Reason] = []
    unmatched: list[Reason] = []
    end: str = ""
    dearer: bool | None = None
    within: bool | None = None
    nil: frozenset[str] | None = None


#: The goods or services of a sale: each line's code, service, origin and row of the schedule.
Goods = tuple[tuple[str, str, str, int], ...]


def goods_of(case: Case) -> Goods:
    """The goods of a case, by which rules that do not depend on amounts are cached."""
    return tuple([(line.code, line.service, line.origin, line.row) for line in case.lines])


class Values(msgspec.Struct, gc=False):
    """The parts of the price by line and in total, in the order of `law.compiled.VALUES`, and what was imputed."""

    by_name: tuple[list[int], list[int], list[int], list[int], list[int]]
    total: tuple[int, int, int, int, int]
    imputed: list[Reason]


class Claim(msgspec.Struct, gc=False):
    """A tariff treatment that a line may claim. `law` is None for MFN and general; `column`: its tariff column, or -1.

    `proof` and `direct` (proof of origin, direct consignment): `passed`, `asked`, `failed`, or "" if not needed.
    """

    id: str
    title: str
    column: int
    law: Treatment | None
    proof: str
    direct: str


class RateChoice(NamedTuple):
    """A rate that may apply, with its rows; for a row of taxes also its band and bounds, in minor units."""

    rate: Rate
    rows: tuple[int, ...]
    over: int | None = None
    up_to: int | None = None
    floor: int | None = None
    cap: int | None = None


class ApplicableRate(NamedTuple):
    """The rates that may apply to a charge on a line: with `bands` the one whose band holds the base, else the lowest.

    `why`: `rate` (a row of the law), `caller` (the caller's own rate), `class` (the class of tax depends on a measure
    that the sale does not give), `place` (the rate depends on a state that the sale does not give), `stated` (the
    caller states a class of tax that the pack does not have), `none` (no row is known), or "" (the charge does not
    apply). `rows`: the rows of the class; `assumed`: no row gives the class of the goods, the standard one is used.
    `ranged`: one of the rates is known only as a range. `measures`: those that the others need, by their places in
    `law.rates.MEASURES`.
    """

    why: str
    choices: tuple[RateChoice, ...] = ()
    rows: tuple[int, ...] = ()
    bands: bool = False
    assumed: bool = False
    ranged: bool = False
    measures: tuple[int, ...] = ()

    def is_open(self, line: CaseLine) -> bool:
        """Whether a rate of a line is known only as a range, or needs a measure that the line does not give."""
        return self.ranged or (self.measures != () and None in [line.measures[measure] for measure in self.measures])


class ApplicableRates(msgspec.Struct, gc=False):
    """`tariff[line][claim]`: the rate of duty; `by_charge[line]`: the rate of any other charge, by the charge's basis.

    `statuses[line][claim]`: whether a treatment is open; the same for every procedure of one valuation.
    """

    tariff: list[list[ApplicableRate]]
    by_charge: list[dict[int, ApplicableRate]]
    statuses: list[list[str]] = []


class AssessedCharge(msgspec.Struct, gc=False):
    """One charge: by line the amount (None: unknown), the base, the rate and the rows that decided, and why.

    `why`: that of `ApplicableRate`, or `relief:N` and `limit:N` (threshold N of the procedure relieves, or cannot be
    tested), `measure:kg`, `currency:USD`, `unknown`, `text`. `full`: amounts before the charge's factor, if a later
    base needs them. `total`: of the consignment, rounded; None: unknown. `waived`: too small to be collected.
    `elsewhere`: it is due only in some states or provinces, and the sale does not say whether in one of these.
    `least`: of a candidate of highest rates, where the amount of a line has no highest one: by line the lowest one,
    which the totals and later bases count; otherwise empty. `least_total`: where `total` is unknown, the lowest total:
    of the lines whose amounts, or lowest amounts, are known.
    """

    charge: LawCharge
    amounts: list[int | None]
    bases: list[int]
    rates: list[Rate | None]
    rows: list[tuple[int, ...]]
    why: list[str]
    full: list[int]
    total: int | None = 0
    waived: bool = False
    elsewhere: bool = False
    least: Sequence[int] = ()
    least_total: int = 0

    def counted(self, i: int) -> int:
        """What a line counts in a sum: its amount, or the lowest one; nil where none is known."""
        return self.amounts[i] or (self.least[i] if self.least else 0)

    def lowest(self, i: int) -> int:
        """What is known of an unknown amount of a line, or of the consignment (i = -1): the lowest; nil if none is."""
        if i < 0:
            return self.least_total if self.total is None else 0
        return self.least[i] if self.least and self.amounts[i] is None else 0

    @property
    def without_highest(self) -> bool:
        """Whether the lowest total counts a line whose amount has a lowest value and no highest one."""
        return self.least_total > 0 and any(self.least)


class ConditionState(msgspec.Struct, gc=False):
    """A condition, its state (`passed`, `failed`, `assumed` or `asked`) and the rows of lists that it was tested on."""

    condition: Condition
    state: str
    rows: tuple[int, ...] = ()


class AssessedRegime(msgspec.Struct, gc=False):
    """A case under one import procedure. `picks[line]`: the claim that is used, or -1.

    `costs[line][claim]`: the duty, and the sum of the line's charges, under a claim that the procedure admits.
    `unknown`: a duty or VAT that it needs is not known, or (`unsolved`) no price before charges gives the DDP amount.
    `mismatch`: what of the sale the procedure is not for (see `choose.mismatch`). `status`: open, conditional,
    closed.
    """

    regime: Regime
    values: Values
    rates: ApplicableRates
    claims: list[list[Claim]]
    picks: list[int]
    charges: list[AssessedCharge]
    costs: list[dict[int, tuple[int | None, int | None]]]
    statuses: list[list[str]]
    unknown: bool
    unsolved: bool = False
    status: str = "closed"
    mismatch: str = ""
    conditions: list[ConditionState] = []
    permits: tuple[Permit, ...] = ()
    closed_by: Regime | None = None


class Regimes(Sequence[AssessedRegime]):
    """The procedures of a case, in the order of the law.

    A procedure that is closed whatever it costs is assessed when it is asked for: `assess` does so, by its index.
    """

    __slots__ = ("_assess", "_found")

    def __init__(self, found: list[AssessedRegime | None], assess: Callable[[int], AssessedRegime]) -> None:
        self._found, self._assess = found, assess

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[AssessedRegime]:
        for index, found in enumerate(self._found):
            yield self[index] if found is None else found

    @overload
    def __getitem__(self, index: int) -> AssessedRegime: ...
    @overload
    def __getitem__(self, index: slice) -> list[AssessedRegime]: ...
    def __getitem__(self, index: int | slice) -> AssessedRegime | list[AssessedRegime]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self._found)))]
        found = self._found[index]
        if found is None:
            found = self._found[index] = self._assess(index)
        return found


class OpenFact(NamedTuple):
    """One value of a fact that the sale leaves open: the field that gives it (`settles`), the value, and its words.

    `reason`: what is open, for all values of the fact.
    """

    settles: str
    value: str
    label: str
    reason: Reason


class AssessedSale(NamedTuple):
    """A case under every import procedure, in the order of the law. `best`: the index of the best one, or -1.

    `candidates`: where the sale leaves facts open that change a result, the sale with each of their values, and which
    values these are (`facts`); then `case` and `regimes` are those of the first candidate, except for `best` and each
    `status`, which hold for all.

    `rates`: those of the first procedure, which may not be assessed yet; None where the law has no procedure.
    `seller_assumed`: makes the reason that names the registrations assumed of the seller, which assesses the sale once
    more, without them; None where none is assumed.
    """

    case: Case
    regimes: Sequence[AssessedRegime]
    best: int
    candidates: tuple[AssessedSale, ...] = ()
    facts: tuple[OpenFact, ...] = ()
    rates: ApplicableRates | None = None
    seller_assumed: Callable[[], Reason | None] | None = None

    def candidate_shown(self, k: int, i: int) -> int:
        """The candidate whose treatment of a line is shown under a procedure, by their indices.

        It is the first with an open preference, which saves there; under a conditional procedure also the first with a
        conditional one, which its total needs; without either the first.
        """
        found = [each.regimes[k] for each in self.candidates]
        preferred = [(each.status, j) for j, each in enumerate(found) if each.picks[i] > 0]
        wanted = ("open", "conditional") if self.regimes[k].status == "conditional" else ("open",)
        return next((j for status in wanted for its, j in preferred if its == status), 0)
