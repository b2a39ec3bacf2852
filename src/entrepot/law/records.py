"""The records of compiled law: plain values, stored on disk and read back unchanged.

Amounts are minor units unless stated otherwise.
"""

from __future__ import annotations

import msgspec

from entrepot.law.rates import Rate


class Compiled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of the records of compiled law."""


class Round(Compiled, frozen=True, array_like=True):
    """A direction and a unit in minor units, as a fraction."""

    direction: str
    num: int
    den: int


class Who(Compiled, frozen=True, kw_only=True):
    """Some economies (`codes`), or all except these (`but`)."""

    but: bool
    codes: frozenset[str]

    def has(self, code: str | None) -> bool:
        """Whether an economy is included."""
        return (code in self.codes) is not self.but


class Basis(Compiled, frozen=True, kw_only=True):
    """The basis of a figure: its sources, trust, location in the packs and dates."""

    cites: tuple[str, ...]
    trust: int
    where: str
    since: str
    until: str | None


class Entry(Compiled, frozen=True, kw_only=True):
    """A row that may apply in a cell. `rate`: of a tariff or programme row; `name`: class, membership or title."""

    basis: int
    rate: int = -1
    name: str = ""
    origin: Who | None = None
    unit_value: tuple[tuple[int, int, str, str], ...] = ()


class UnitBound(Compiled, frozen=True, kw_only=True):
    """A bound on the customs value of a unit of goods: `over`, `at_least`, `up_to` or `below` num / den."""

    compare: str
    num: int
    den: int
    currency: str
    unit: str


class Column(Compiled, frozen=True, kw_only=True):
    """A column of the schedule: `tariff:mfn`, `class:vat`, `list:cbec_positive`, `additional:section_122`."""

    name: str
    complete: bool
    default: int
    services: dict[str, int]
    cells: bytes


class TaxRow(Compiled, frozen=True, kw_only=True):
    """The rate of a class of a tax; bands and limits in minor units."""

    place: str
    over: int | None
    up_to: int | None
    rate: int
    floor: int | None
    cap: int | None
    basis: int


class Term(Compiled, frozen=True, array_like=True):
    """A term of a base: one of the five `VALUES` (`value` 0 to 4) or an earlier charge (`charge`).

    `full`: the charge before its factor.
    """

    value: int
    charge: str
    round: Round | None
    full: bool


class Charge(Compiled, frozen=True, kw_only=True):
    """A charge of a regime. `source`: tariff, tax, additional or literal.

    `always`: it applies to every line of every sale. `plain`: only a rate on a base, rounded half up to the minor
    unit. `inclusive_num / inclusive_den`: how much of an inclusive charge its price includes. `unstated`: its base is a
    value that a sale does not state. `without_exchange`: the rate where no exchange rate to the law's currency is
    known.
    """

    id: str
    kind: str
    name: str
    base: tuple[Term, ...]
    source: str
    column: int
    tax: str
    rate: int
    inclusive: bool
    factor_num: int
    factor_den: int
    full: bool
    round_base: Round | None
    round_line: Round
    round_total: Round | None
    per: str
    waived_below: int
    unless: tuple[str, ...]
    buyer: tuple[str, ...]
    channel: tuple[str, ...]
    transport: tuple[str, ...]
    origin: Who | None
    place: tuple[str, ...]
    registered: str
    unregistered: str
    always: bool
    plain: bool
    complete: bool
    collected_by: str
    charged_to: str
    recoverable: str
    basis: int
    inclusive_num: int = 1
    inclusive_den: int = 1
    unstated: bool = False
    without_exchange: Rate | None = None


class Threshold(Compiled, frozen=True, kw_only=True):
    """A relief: charges below a limit are not collected. The limit is in major units of `currency`.

    `value`: the value that is compared (0 to 4), or -1 to compare the sum of `charges`, which is known after the
    charge `after`. `known_low` and `known_high`: exact amounts of `known_currency` between which the limit lies, where
    no exchange rate to its currency is known; an empty `known_currency`: the law says none.
    """

    id: str
    relieves: tuple[str, ...]
    value: int
    charges: tuple[str, ...]
    after: str
    per: str
    below: bool
    amount_num: int
    amount_den: int
    currency: str
    known_low: tuple[int, int] = (0, 1)
    known_high: tuple[int, int] = (0, 1)
    known_currency: str = ""
    buyer: str
    channel: tuple[str, ...]
    transport: tuple[str, ...]
    registered: str
    unregistered: str
    origin: Who | None
    ship_from: Who | None
    goods: tuple[str, ...]
    excludes: tuple[str, ...]
    says: str
    basis: int


class Condition(Compiled, frozen=True, kw_only=True):
    """A condition of a regime, with its test in separate fields."""

    id: str
    says: str
    test: str
    value: int
    per: str
    amount_num: int
    amount_den: int
    currency: str
    name: str
    column: int
    goods_in: tuple[str, ...]
    economies: Who | None
    assume: bool
    goods: tuple[str, ...]
    origin: Who | None
    ship_from: Who | None
    basis: int


class Regime(Compiled, frozen=True, kw_only=True):
    """An import procedure with its charges, reliefs and conditions.

    `asks_transport`, `counts_pieces`: whether a rule in it depends on the means of transport, or on the number of
    pieces. `by_line`: each charge is the sum of its amounts on the lines, and nothing is rounded, waived or relieved
    for the consignment.
    """

    id: str
    title: str
    of: str
    buyer: tuple[str, ...]
    channel: tuple[str, ...]
    transport: tuple[str, ...]
    treatments: str
    value_basis: str
    value_num: int
    value_den: int
    mandatory: bool
    closes: tuple[str, ...]
    asks_transport: bool
    counts_pieces: bool
    tested: frozenset[str]
    charges: tuple[Charge, ...]
    thresholds: tuple[Threshold, ...]
    conditions: tuple[Condition, ...]
    basis: int
    by_line: bool = False


class Treatment(Compiled, frozen=True, kw_only=True):
    """An agreement or programme that this place grants on these days.

    `members`: the economies it applies to, each with the basis of its row.
    """

    id: str
    title: str
    members: dict[str, int]
    proofs: tuple[str, ...]
    waiver_num: int
    waiver_den: int
    waiver_currency: str
    waiver_value: int
    direct: bool
    column: int
    basis: int


class Permit(Compiled, frozen=True, kw_only=True):
    """A prohibition, a required document or a permit; or what the pack lacks for such sales (of kind `limit`).

    `ship_to`: the economies of the pack that it concerns; None: all.
    """

    id: str
    kind: str
    goods: tuple[str, ...]
    origin: Who | None
    ship_from: Who | None
    ship_to: Who | None = None
    regime: tuple[str, ...]
    buyer: str
    authority: str
    says: str
    basis: int

    def _is(self, code: str, service: str) -> bool:
        for each in self.goods:
            if each.startswith("service:"):
                if service and each in ("service:*", f"service:{service}"):
                    return True
            elif code and (each == "*" or code.startswith(each)):
                return True
        return False

    def meets(
        self, regime: str, buyer: str, ship_from: str, importer: str, lines: tuple[tuple[str, str, str], ...]
    ) -> bool:
        """Whether it concerns any line, given as (code, service, origin), of a sale under a regime."""
        if (self.regime and regime not in self.regime) or (self.buyer and self.buyer != buyer):
            return False
        if self.ship_to is not None and not self.ship_to.has(importer):
            return False
        if self.ship_from is not None and not self.ship_from.has(ship_from):
            return False
        return any(
            (not self.goods or self._is(code, service)) and (self.origin is None or self.origin.has(origin))
            for code, service, origin in lines
        )


class TransferRule(Compiled, frozen=True, kw_only=True):
    """What the law says of personal data that leave. An empty `ground` or `exporter`, and None, mean any.

    `people_from` (included) to `people_to` (not included): distinct persons in a calendar year. `mechanisms`: each of
    them makes the transfer lawful; `due_within_days`: days after the first transfer by which it is due, None: before.
    `basis` has the dates: a law holds the rules of all days.
    """

    id: str
    origin: Who | None
    destination: Who | None
    category: tuple[str, ...]
    ground: tuple[str, ...]
    exporter: tuple[str, ...]
    people_from: int | None
    people_to: int | None
    outcome: str
    mechanisms: tuple[str, ...]
    due_within_days: int | None
    authority: str
    note: str
    basis: Basis


class Valuation(Compiled, frozen=True, kw_only=True):
    """The customs value: its basis, and what is added and imputed."""

    cif: bool
    landing: int
    impute_insurance: int
    impute_freight: int
    round: Round
    basis: int


class Naming(Compiled, frozen=True, kw_only=True):
    """The names of all codes in one language: where each name ends, code by code, and all texts together.

    A whole schedule has megabytes of names, and a quote needs one.
    """

    language: str
    ends: bytes
    texts: bytes


class Source(Compiled, frozen=True, kw_only=True):
    """A source of law, for citations.

    `as_of`: the vintage of its rates (a day, a month or a year), if later changes are not in it.
    """

    title: str
    authority: str
    number: str | None
    dated: str | None
    read: str | None
    url: str | None
    as_of: str | None = None


VALUES = ("goods", "freight", "insurance", "cif", "customs_value")
