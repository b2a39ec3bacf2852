"""case: one sale on its way along the road, between the verbs.

Every amount is a whole number of minor units of the importer's currency; every list runs over the lines, or over lines x ways.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from entrepot.pack.law import Condition, Entry, Law, Permit, Regime, Treatment
from entrepot.pack.law import Charge as LawCharge
from entrepot.pack.rates import Rate
from entrepot.words import Exchange, Line, Reason, Sale

#: In place of a row: no row says in which class the goods fall, and the standard one is taken.
ASSUMED = -2

Number = tuple[int, int]  # an exact fraction: numerator, denominator


@dataclass(slots=True)
class CaseLine:
    """A line as the law sees it. `row`: of the schedule; -1 where no line of it is known."""

    asked: Line
    param: str
    code: str
    row: int
    service: str
    origin: str
    quantity: Number
    measures: tuple[Number | None, ...]
    amount: int
    rates: dict[str, Rate]


@dataclass(slots=True)
class Case:
    """The sale with everything that was resolved once: who, where, when, at which exchange rates.

    `rates_to`: for each currency, minor units of the importer's currency for one major unit.
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
    lines: list[CaseLine]
    rank: list[int]
    shipping: int = 0
    insurance: int = 0
    discount: int = 0
    reasons: list[Reason] = field(default_factory=list)
    refused: list[Reason] = field(default_factory=list)


@dataclass(slots=True)
class Values:
    """The parts of the price by line, in the order of `pack.law.VALUES`, and what was imputed."""

    by_name: tuple[list[int], list[int], list[int], list[int], list[int]]
    total: tuple[int, int, int, int, int]
    imputed: list[Reason]


@dataclass(slots=True)
class Claim:
    """A tariff treatment that a line may claim. `law` is empty for MFN and general.

    `proof` and `direct`: passed, asked, failed or "" (not needed).
    """

    id: str
    title: str
    column: int
    law: Treatment | None
    proof: str
    direct: str


@dataclass(slots=True)
class Rated:
    """Which rows of the schedule may decide. `duty[line][claim]`: the rows of which the lower applies; empty: none known.

    `classes[line][tax]`: the class and the row that says it (-1: none needed; ASSUMED: none found); `added[line][column]`: the row of a programme.
    """

    duty: list[list[tuple[Entry, ...]]]
    classes: list[dict[str, tuple[str | None, int]]]
    added: list[dict[int, Entry | None]]


@dataclass(slots=True)
class Owed:
    """One charge over the lines: amounts (None: unknown), bases, and for each line the rate and the rows that decided.

    `why`: for each line `rate`, `relief`, `unless`, `caller`, `measure`, `unknown`, `text` or "" (the charge does not bear on it).
    """

    charge: LawCharge
    amounts: list[int | None]
    bases: list[int]
    rates: list[Rate | None]
    rows: list[tuple[int, ...]]
    why: list[str]
    total: int | None = 0
    relief: int = -1
    waived: bool = False


@dataclass(slots=True)
class Held:
    """A condition and its state: passed, failed, assumed or asked."""

    condition: Condition
    state: str


@dataclass(slots=True)
class Assessed:
    """A regime assessed for the case. `costs[line][claim]`: the duty and the sum of charges of a line under a claim.

    `unknown`: a duty or VAT it needs is not known. `fit`: what of the sale the regime is not for.
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
    status: str = "closed"
    fit: str = ""
    held: list[Held] = field(default_factory=list)
    permits: list[Permit] = field(default_factory=list)
    closed_by: Regime | None = None
