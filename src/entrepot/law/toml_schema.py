"""The schema of the entries of `pack.toml` and `layer.toml`.

`docs/reference/packs.md` describes them. `law.read` applies the schema. A kind of rule is a text here: `law.check`
compares it with `entrepot.model.rule_kinds`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec

from entrepot.model.sources import LayerUsed

Trust = Literal["official", "published", "unchecked", "user"]
Name = Literal["goods", "cif", "customs_value"]


class Entry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The fields of every dated entry."""

    since: dt.date
    until: dt.date | None = None
    cite: str
    trust: Trust
    note: str = ""


class Head(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[pack]`: the economies whose law it is, its reader, and its known limits."""

    id: str
    title: str
    authority: str
    read_by: str
    checked_with: str
    read_on: dt.date
    economies: list[str] = []
    currency: str = ""
    language: str = "en"
    limits: list[str] = []


class Source(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[source.ID]`: an act, a notice or a page. `file`: the address of a schedule's data file.

    `as_of`: the day, month or year whose law it states, if later changes are not in it: the vintage of its rates.
    """

    title: str
    authority: str
    number: str | None = None
    dated: dt.date | None = None
    read: dt.date | None = None
    url: str | None = None
    file: str | None = None
    as_of: str | None = None
    note: str = ""


class Valuation(Entry, kw_only=True):
    """`[[valuation]]`"""

    basis: Literal["cif", "fob"]
    landing: str | None = None
    impute_insurance: str | None = None
    impute_freight: str | None = None
    round: str | None = None


class Regime(Entry, kw_only=True):
    """`[[regime]]`"""

    id: str
    title: str
    of: Literal["goods", "services"] = "goods"
    buyer: list[Literal["consumer", "business"]] = []
    channel: list[Literal["ecommerce", "trade", "personal"]] = []
    transport: list[str] = []
    treatments: str = "all"
    value_basis: Literal["cif", "fob"] | None = None
    value_factor: str | None = None
    mandatory: bool = False
    closes: list[str] = []


class Charge(Entry, kw_only=True):
    """`[[charge]]`"""

    id: str
    regime: list[str]
    kind: str
    name: str
    base: list[str]
    rate: str
    inclusive: bool = False
    inclusive_share: str | None = None
    factor: str | None = None
    round_base: str | None = None
    round_line: str | None = None
    round_total: str | None = None
    per: Literal["line", "heading6", "consignment"] = "line"
    waived_below: str | None = None
    without_exchange: str | None = None
    unless: list[str] = []
    buyer: list[Literal["consumer", "business"]] = []
    channel: list[Literal["ecommerce", "trade", "personal"]] = []
    transport: list[str] = []
    origin: list[str] = []
    place: list[str] = []
    registered: str = ""
    unregistered: str = ""
    collected_by: Literal["customs", "seller", "platform", "carrier", "buyer"] = "customs"
    charged_to: Literal["buyer", "seller"] = "buyer"
    recoverable: Literal["yes", "no", "unknown"] = "no"


class Condition(Entry, kw_only=True):
    """`[[condition]]`"""

    id: str
    regime: list[str]
    says: str
    test: dict[str, Any]
    unknown: Literal["assume", "ask"] = "ask"
    goods: list[str] = []
    origin: list[str] = []
    ship_from: list[str] = []


class Treatment(Entry, kw_only=True):
    """`[[treatment]]`"""

    id: str
    title: str
    kind: Literal["agreement", "programme"]
    proofs: list[str] = []
    waiver: str | None = None
    waiver_value: Name = "customs_value"
    direct_consignment: bool = False


#: The arrays of `pack.toml` and the type of their entries.
ENTRIES: dict[str, type[Entry]] = {
    "valuation": Valuation,
    "regime": Regime,
    "charge": Charge,
    "condition": Condition,
    "treatment": Treatment,
}


class LayerHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[layer]` of a `layer.toml`: which layer applies to which pack, and for which period.

    `replaces`: the treatments that it covers completely, so that absence means that there is no rate. `codes`: only
    goods whose codes begin with these; all if empty. `trust`: the weakest of all its rows.
    """

    pack: str
    id: str
    kind: Literal["schedule", "overlay"]
    since: dt.date = dt.date.min
    until: dt.date | None = None
    replaces: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    trust: Trust = "unchecked"
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The prefix of its locations and sources: `jp/2026-07-09`."""
        return f"{self.pack}/{self.id}"

    @property
    def old_from(self) -> dt.date | None:
        """The day from which the rates of a schedule are said to be of its first day: a year after it."""
        if self.kind != "schedule" or not dt.date.min < self.since < dt.date(9000, 1, 1):
            return None
        return self.since + dt.timedelta(days=366)

    @property
    def used(self) -> LayerUsed:
        """The layer as a quote names it."""
        since = None if self.since == dt.date.min else str(self.since)
        until = str(self.until) if self.until else None
        return LayerUsed(self.id, self.kind, since, until, self.trust, self.title)

    def on(self, day: dt.date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)
