"""Statistics of digital trade as the API shows them. Amounts are decimals in major units."""

from __future__ import annotations

from typing import Literal

import msgspec

Flow = Literal["exports", "imports", "both"]


class StatisticsRow(msgspec.Struct, kw_only=True):
    """A row of the template. `exports`, `imports`: null where they are not known or held back.

    `exports_at_least`, `imports_at_least`, `at_least`: a part is not known; `exports_held_back`, `imports_held_back`:
    `held_back` where disclosure control holds the figure back.
    """

    id: str
    measure: str
    exports: str | None
    exports_at_least: bool
    exports_held_back: str | None
    imports: str | None
    imports_at_least: bool
    imports_held_back: str | None
    at_least: bool


class MissingRate(msgspec.Struct, kw_only=True):
    """A day without an exchange rate: the sales of that day are not known."""

    currency: str
    day: str


class StatisticsTable(msgspec.Struct, kw_only=True):
    """The table of digital trade of this node for a period, after disclosure control.

    `empty`: nothing was recorded, so no figure is known; `partners`, `sectors`, `products`: of which there are tables;
    `held_back`: how many figures are held back.
    """

    object: Literal["digital_trade_table"] = "digital_trade_table"
    reporter: str
    partner: str
    sector: str
    product: str
    period: str
    currency: str
    valuation: Literal["FOB", "CIF", "price"]
    empty: bool
    rows: list[StatisticsRow]
    partners: list[str]
    sectors: list[str]
    products: list[str]
    held_back: int
    missing_rates: list[MissingRate]


class PublishedSource(msgspec.Struct, kw_only=True):
    """Published statistics that the operator added: who published what, and when. It stands beside each figure.

    `definition`: of what could be delivered over networks (`deliverable`) or what was; `unit`, `multiplier`: a value
    is so many units times ten to the power of the multiplier; `left_out`: areas of the file that are no economies.
    """

    object: Literal["published_statistics"] = "published_statistics"
    id: str
    title: str
    definition: Literal["deliverable", "delivered"]
    publisher: str
    vintage: str
    unit: str
    multiplier: int
    sha256: str
    years: list[int]
    left_out: list[str]


class RankedPlace(msgspec.Struct, kw_only=True):
    """A place of a ranking. `area`: by three letters; equal values share a place."""

    rank: int
    area: str
    value: str


class RankingShown(msgspec.Struct, kw_only=True):
    """Economies by published statistics of a year. `missing`: those without a value, which may have any place."""

    object: Literal["ranking"] = "ranking"
    source: PublishedSource
    year: int
    flow: Flow
    places: list[RankedPlace]
    missing: list[str]


class GapReason(msgspec.Struct, kw_only=True):
    """A part of a gap, never more than is left of it after those before.

    `cif_fob`: freight and insurance; `revised`: by what this node revised since the other one's table was made; `time`:
    at most, the opposite gap of the period after or before; `classification`: at most, the opposite gap of the other
    rows of the same whole; `coverage`: one side reports 0; `unexplained`: what published figures do not explain.
    """

    reason: Literal["cif_fob", "revised", "time", "classification", "coverage", "unexplained"]
    amount: str


class MirrorRow(msgspec.Struct, kw_only=True):
    """A measure as the exporter and as the importer published it. The reasons add up to the gap.

    `gap`: null where a figure is not known or held back, which `why` says.
    """

    measure: str
    exports: str | None
    imports: str | None
    gap: str | None
    at_least: bool
    why: Literal["held_back", "not_known"] | None
    reasons: list[GapReason]


class MirrorFlow(msgspec.Struct, kw_only=True):
    """One direction of the trade of two nodes; without rows where a side has published nothing."""

    exporter: str
    importer: str
    rows: list[MirrorRow]


class PublishedVintage(msgspec.Struct, kw_only=True):
    """A table that one of the two nodes has published, and when."""

    economy: str
    valuation: str
    made: str


class PublishedMirror(msgspec.Struct, kw_only=True):
    """The mirror of this node and another one, from what each has published, both ways.

    `compared`: false where one of them has published nothing for this period and currency: then no tables are compared.
    """

    object: Literal["published_mirror"] = "published_mirror"
    peer: str
    economies: list[str]
    period: str
    currency: str
    published: list[PublishedVintage]
    compared: bool
    flows: list[MirrorFlow]


STATISTICS_SHAPES = (
    StatisticsRow, MissingRate, StatisticsTable, PublishedSource, RankedPlace, RankingShown, GapReason, MirrorRow,
    MirrorFlow, PublishedVintage, PublishedMirror,
)  # fmt: skip
