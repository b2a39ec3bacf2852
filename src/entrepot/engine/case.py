"""case: one sale on its way along the road, between the verbs.

Every amount is a whole number of minor units of the importer's currency; every list runs over the lines, or over
lines x ways.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from entrepot.law.compiled import Law
from entrepot.law.rates import Rate
from entrepot.law.records import Charge as LawCharge
from entrepot.law.records import Condition, Permit, Regime, Treatment
from entrepot.model.quote import Exchange, Reason
from entrepot.model.sale import Line, Sale

Number = tuple[int, int]  # an exact fraction: numerator, denominator


class CaseLine(msgspec.Struct, gc=False):
    """A line as the law sees it.

    `given`: the code as asked; `code`: the line of the schedule it stands for; `row`: its row, or -1.
    """

    asked: Line
    param: str
    given: str
    code: str
    row: int
    service: str
    origin: str
    quantity: Number
    measures: tuple[Number | None, ...]
    amount: int
    rates: dict[str, Rate]


class Case(msgspec.Struct, gc=False):
    """The sale with everything that was resolved once: who, where, when, at which exchange rates.

    `rates_to`: for each currency, minor units of the importer's currency for one major unit; `reference`: where the
    caller gave none.
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
    shipping: int = 0
    insurance: int = 0
    discount: int = 0
    reasons: list[Reason] = []
    refused: list[Reason] = []


class Values(msgspec.Struct, gc=False):
    """The parts of the price by line, in the order of `pack.law.VALUES`, and what was imputed."""

    by_name: tuple[list[int], list[int], list[int], list[int], list[int]]
    total: tuple[int, int, int, int, int]
    imputed: list[Reason]


class Claim(msgspec.Struct, gc=False):
    """A tariff treatment that a line may claim. `law` is empty for MFN and general.

    `proof` and `direct`: passed, asked, failed or "" (not needed).
    """

    id: str
    title: str
    column: int
    law: Treatment | None
    proof: str
    direct: str


class Choice(NamedTuple):
    """A rate that may decide, the rows that say so, and of a row of taxes its band and bounds, in minor units."""

    rate: Rate
    rows: tuple[int, ...]
    over: int | None = None
    up_to: int | None = None
    floor: int | None = None
    cap: int | None = None


class Ruled(NamedTuple):
    """What may decide a charge on a line. Of `bands` the one that the base falls in holds.

    Else the lowest of the choices.

    `why`: `rate`, `caller`, `class` (it depends on what the sale does not give), `place` (on a place that it does not
    give), `stated` (the caller states a class that the pack does not have),
    `none` (no row is known), or "" (the charge does not bear on it). `assumed`: no row says in which class the goods
    fall.
    """

    why: str
    choices: tuple[Choice, ...] = ()
    rows: tuple[int, ...] = ()
    bands: bool = False
    assumed: bool = False


class Rated(msgspec.Struct, gc=False):
    """What may decide: `tariff[line][claim]` for the duty, `ruled[line][charge]` for the rest, by a charge's basis.

    `statuses[line][claim]`: whether a treatment is open; the same for every regime of one valuation.
    """

    tariff: list[list[Ruled]]
    ruled: list[dict[int, Ruled]]
    statuses: list[list[str]] = []


class Owed(msgspec.Struct, gc=False):
    """One charge over the lines: amounts (None: unknown), bases, and for each line the rate and the rows that decided.

    `why`: for each line that of `Ruled`, or `relief:N`, `measure:kg`, `currency:USD`, `unknown`, `text`. `full`:
    amounts before the
    charge's factor, where a later base asks for them.
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


class Held(msgspec.Struct, gc=False):
    """A condition, its state (passed, failed, assumed or asked) and the rows of lists that it was tested on."""

    condition: Condition
    state: str
    rows: tuple[int, ...] = ()


class Assessed(msgspec.Struct, gc=False):
    """A regime assessed for the case. `costs[line][claim]`: the duty and the sum of charges of a line under a claim.

    `unknown`: a duty or VAT it needs is not known, or (`unsolved`) no price before charges makes up the DDP amount.
    `fit`: what of the sale the regime is not for.
    """

    regime: Regime
    values: Values
    rated: Rated
    claims: list[list[Claim]]
    picks: list[int]
    owed: list[Owed]
    costs: list[dict[int, tuple[int | None, int | None]]]
    statuses: list[list[str]]
    unknown: bool
    unsolved: bool = False
    status: str = "closed"
    fit: str = ""
    held: list[Held] = []
    permits: tuple[Permit, ...] = ()
    closed_by: Regime | None = None
