"""The law of one place between two changes of it, compiled: what the engine reads.

The schedule is dense: `codes` x `columns`, each cell an index into `groups`, a group being the rows that may decide there, the
first that fits deciding. What a shorter code says is already in the longer code's cell. Amounts are minor units of `currency`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

import msgspec

from entrepot.pack.rates import Rate


class Compiled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Compiled law is plain data: it is written to the disk and read back as it is."""


class Round(Compiled, frozen=True, array_like=True):
    """A direction and a unit, in minor units, as a fraction."""

    direction: str
    num: int
    den: int


class Who(Compiled, frozen=True, kw_only=True):
    """Some economies, or all but those."""

    but: bool
    codes: frozenset[str]

    def has(self, code: str | None) -> bool:
        """Whether a code is meant."""
        return (code in self.codes) is not self.but


class Basis(Compiled, frozen=True, kw_only=True):
    """What a figure rests on: its sources, its trust, its place in the packs and its dates."""

    cites: tuple[str, ...]
    trust: int
    where: str
    since: str
    until: str | None


class Entry(Compiled, frozen=True, kw_only=True):
    """One row that may decide in a cell. `rate`: of a tariff or programme row; `name`: class, membership or title."""

    basis: int
    rate: int = -1
    name: str = ""
    origin: Who | None = None
    unit_value: tuple[tuple[int, int, str, str], ...] = ()


class Column(Compiled, frozen=True, kw_only=True):
    """A column of the schedule: `tariff:mfn`, `class:vat`, `list:cbec_positive`, `additional:section_122`."""

    name: str
    complete: bool
    default: int
    services: dict[str, int]
    cells: bytes


class TaxRow(Compiled, frozen=True, kw_only=True):
    """The rate of a class of a tax; bands and bounds in minor units."""

    place: str
    over: int | None
    up_to: int | None
    rate: int
    floor: int | None
    cap: int | None
    basis: int


class Term(Compiled, frozen=True, array_like=True):
    """A term of a base: one of the five values (`value` 0 to 4) or an earlier charge (`charge`), `full`: before its factor."""

    value: int
    charge: str
    round: Round | None
    full: bool


class Charge(Compiled, frozen=True, kw_only=True):
    """A charge of a stack. `source`: tariff, tax, additional or literal. `always`: it bears on every line of every sale."""

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
    collected_by: str
    charged_to: str
    recoverable: str
    basis: int


class Threshold(Compiled, frozen=True, kw_only=True):
    """A relief. `value`: 0 to 4, or -1 where `charges` are summed, once that `after` is known. The limit is in minor units of `currency`'s own."""

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
    """A condition of a regime, its test taken apart."""

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
    """A lawful way in, with its stack."""

    id: str
    title: str
    of: str
    buyer: tuple[str, ...]
    channel: tuple[str, ...]
    transport: tuple[str, ...]
    treatments: str
    value_num: int
    value_den: int
    mandatory: bool
    closes: tuple[str, ...]
    charges: tuple[Charge, ...]
    thresholds: tuple[Threshold, ...]
    conditions: tuple[Condition, ...]
    basis: int


class Treatment(Compiled, frozen=True, kw_only=True):
    """An agreement or a programme that this place grants, and to whom on these days: economy -> the basis of its row."""

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
    """A prohibition, a paper or a permission."""

    id: str
    kind: str
    goods: tuple[str, ...]
    origin: Who | None
    ship_from: Who | None
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

    def meets(self, regime: str, buyer: str, ship_from: str, lines: tuple[tuple[str, str, str], ...]) -> bool:
        """Whether it is about any line, given as (code, service, origin), of a sale under a regime."""
        if (self.regime and regime not in self.regime) or (self.buyer and self.buyer != buyer):
            return False
        if self.ship_from is not None and not self.ship_from.has(ship_from):
            return False
        return any(
            (not self.goods or self._is(code, service)) and (self.origin is None or self.origin.has(origin))
            for code, service, origin in lines
        )


class Valuation(Compiled, frozen=True, kw_only=True):
    """The customs value: basis, what is added and what is imputed."""

    cif: bool
    landing: int
    impute_insurance: int
    impute_freight: int
    round: Round
    basis: int


class Source(Compiled, frozen=True, kw_only=True):
    """A source, for citations."""

    title: str
    authority: str
    number: str | None
    dated: str | None
    read: str | None
    url: str | None


class Law(msgspec.Struct, kw_only=True, dict=True):
    """The compiled law of one pack from `since` up to, not including, `until`."""

    pack: str
    title: str
    hash: str
    since: str
    until: str | None
    economies: frozenset[str]
    currency: str
    decimals: int
    language: str
    limits: tuple[str, ...]
    words: dict[str, str]
    sources: dict[str, Source]
    bases: list[Basis]
    rates: list[Rate]
    groups: list[tuple[Entry, ...]]
    codes: list[str]
    named: list[str]
    names: dict[str, dict[str, str]]
    columns: list[Column]
    taxes: dict[str, tuple[TaxRow, ...]]
    valuation: Valuation | None
    regimes: tuple[Regime, ...]
    treatments: tuple[Treatment, ...]
    normal: frozenset[str]
    permits: tuple[Permit, ...]
    foreign: tuple[str, ...]
    proofs: frozenset[str]

    def __post_init__(self) -> None:
        self.cells = [array("i", column.cells) for column in self.columns]
        self.index = {code: i for i, code in enumerate(self.codes)}
        self.by_name = {column.name: i for i, column in enumerate(self.columns)}
        self.cache: dict[object, object] = {}

    def remember(self, key: object, value: object) -> None:
        """Keeps what was looked up once for the next sale; forgets all before it grows without bound."""
        if len(self.cache) > 50_000:
            self.cache.clear()
        self.cache[key] = value

    def row_of(self, code: str) -> int:
        """The row of the longest code of the schedule that this code begins with; -1 where there is none."""
        for length in range(len(code), 1, -1):
            found = self.index.get(code[:length])
            if found is not None:
                return found
        return -1

    def group(self, column: int, row: int) -> tuple[Entry, ...]:
        """What may decide for a row of the schedule in a column, the first that fits first."""
        cell = self.cells[column][row] if row >= 0 else self.columns[column].default
        return self.groups[cell] if cell >= 0 else ()

    def service_group(self, column: int, service: str) -> tuple[Entry, ...]:
        """What may decide for a category of services in a column."""
        services = self.columns[column].services
        cell = services.get(service, services.get("*", -1))
        return self.groups[cell] if cell >= 0 else ()

    def prefixes(self) -> list[str]:
        """Every code that a permit, a relief or a condition speaks of."""
        found = {goods for permit in self.permits for goods in permit.goods}
        for regime in self.regimes:
            found.update(goods for each in regime.thresholds for goods in (*each.goods, *each.excludes))
            found.update(goods for each in regime.conditions for goods in (*each.goods, *each.goods_in))
        return sorted(found)

    def under(self, code: str) -> list[str]:
        """The lines of the schedule that begin with a code, itself left out."""
        found = []
        for line in self.named[bisect_left(self.named, code) :]:
            if not line.startswith(code):
                break
            if line != code:
                found.append(line)
        return found


class World(msgspec.Struct, kw_only=True):
    """What the world pack says once for all: places, currencies, services, headings of the Harmonized System."""

    economies: dict[str, tuple[str, str, str]]
    decimals: dict[str, int]
    services: dict[str, str]
    headings: dict[str, str]
    proofs: dict[str, tuple[str, ...]]
    treatments: dict[str, str]


VALUES = ("goods", "freight", "insurance", "cif", "customs_value")
