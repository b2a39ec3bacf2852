"""The mirror of what two nodes have published: figures against figures, where the lines of the other are not known.

A gap is divided only as far as published figures say it, in this order, and no part exceeds what is left of the gap:

    cif_fob         exact, where the importer has published its imports FOB and CIF, both without an unknown part
    revised         what a side has revised since the other one's table was made; returns and late reports are in it
    time            at most: the opposite gap of the period after (exports that arrive then), or before
    classification  at most: the opposite gap of the rows that are the rest of the same whole
    coverage        all of the rest, where one side reports 0 and nothing of that is unknown
    unexplained     what is left

Returns have no row of their own, tables of one currency do not show exchange rates, and products are published for the
world only: so these are not named. The mirror of lines (`measure.mirror`) has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import EXPORTS, IMPORTS, PRICE

REASONS = ("cif_fob", "revised", "time", "classification", "coverage", "unexplained")
#: The rows that are a part of a whole whose rest is published too: a sale that is not in one of them is in the other.
_WHOLES: Mapping[str, tuple[str, ...]] = {
    "ordered": ("total",),
    "delivered": ("total",),
    "ordered_goods": ("ordered",),
    "ordered_goods_dip": ("ordered_goods",),
    "ordered_services": ("ordered",),
    "ordered_services_dip": ("ordered_services",),
    "delivered_dip": ("delivered",),
    "both": ("ordered_services", "delivered"),
}
#: The valuations in which exports, and imports, are compared, the first that was published.
_OF_EXPORTS, _OF_IMPORTS = ("FOB", "CIF", PRICE), ("CIF", "FOB", PRICE)


class Cell(NamedTuple):
    """A published figure in minor units. `value`: None where there is none; `status`: A, O (not known), Q (held back).

    `at_least`: a part is not known.
    """

    value: int | None
    status: str = "A"
    at_least: bool = False


#: By valuation, flow and measure, for the whole economy and one partner.
Tables: TypeAlias = Mapping[str, Mapping[tuple[str, str], Cell]]


class PublishedGap(msgspec.Struct, frozen=True, kw_only=True):
    """What the exporter and the importer have published of one measure, in minor units.

    `gap`, `reasons`: None and empty where a figure is missing; `why`: then the reason; else the reasons add up to it.
    """

    measure: str
    exports: int | None
    imports: int | None
    gap: int | None
    reasons: Mapping[str, int]
    at_least: bool = False
    why: str = ""


class Known(NamedTuple):
    """What else both sides have published. Each pair: tables of the exporter and of the importer.

    `before`, `after`: of the period before and after; `earlier`: what a side had published of this period when the
    other one's table was made, empty for a side whose table is the older one, or not known.
    """

    before: tuple[Tables, Tables] = ({}, {})
    after: tuple[Tables, Tables] = ({}, {})
    earlier: tuple[Tables, Tables] = ({}, {})


class _Pair(NamedTuple):
    """The two figures of a measure. `fob`: imports at the exporter's frontier, if published and whole.

    `alike`: whether what is left after freight and insurance is a difference of figures of one valuation.
    """

    one: Cell
    other: Cell
    fob: int | None
    alike: bool

    @property
    def whole(self) -> bool:
        """Whether both are known, without an unknown part."""
        known = self.one.value is not None and self.other.value is not None
        return known and not self.one.at_least and not self.other.at_least

    @property
    def rest(self) -> int:
        """The gap without freight and insurance."""
        return (self.one.value or 0) - (self.other.value or 0 if self.fob is None else self.fob)


def compare_published(exporter: Tables, importer: Tables, known: Known | None = None) -> tuple[PublishedGap, ...]:
    """The gaps of all measures, in the order of the template; none where a side has published nothing."""
    pairs = _pairs(exporter, importer)
    more = known or Known()
    before, after, earlier = (_pairs(*each) for each in (more.before, more.after, _earlier(exporter, importer, more)))
    return tuple(_gap(measure, pairs, _Others(before, after, earlier)) for measure in pairs)


#: The pairs of a period, by measure; empty where a side has published nothing.
_Pairs: TypeAlias = Mapping[str, _Pair]


class _Others(NamedTuple):
    """As `Known`, in pairs."""

    before: _Pairs
    after: _Pairs
    earlier: _Pairs


def _earlier(exporter: Tables, importer: Tables, known: Known) -> tuple[Tables, Tables]:
    """Both sides as they were: a side that has nothing earlier, or not in the same valuations, as it is."""
    ours, theirs = known.earlier
    changed = (bool(ours) and ours.keys() == exporter.keys(), bool(theirs) and theirs.keys() == importer.keys())
    return (ours if changed[0] else exporter, theirs if changed[1] else importer) if any(changed) else ({}, {})


def _pairs(exporter: Tables, importer: Tables) -> _Pairs:
    ours = next((each for each in _OF_EXPORTS if each in exporter), None)
    theirs = next((each for each in _OF_IMPORTS if each in importer), None)
    if ours is None or theirs is None:
        return {}
    found = {}
    for measure in MEASURES:
        one = exporter[ours].get((EXPORTS, measure), _NONE)
        other = importer[theirs].get((IMPORTS, measure), _NONE)
        fob = importer.get("FOB", {}).get((IMPORTS, measure), _NONE)
        # Sales that one valuation knows and the other does not are no freight.
        known = None if fob.at_least or other.at_least else fob.value
        alike = known is not None if ours != PRICE else theirs == PRICE
        found[measure] = _Pair(one, other, known, alike)
    return found


_NONE = Cell(None, "O")


def _gap(measure: str, pairs: _Pairs, others: _Others) -> PublishedGap:
    """The gap of a measure, and its reasons."""
    pair = pairs[measure]
    one, other = pair.one, pair.other
    at_least = one.at_least or other.at_least
    if one.value is None or other.value is None:
        why = "held_back" if "Q" in (one.status, other.status) else "not_known"
        return PublishedGap(
            measure=measure, exports=one.value, imports=other.value, gap=None, reasons={}, at_least=at_least, why=why
        )
    gap = one.value - other.value
    reasons = {"cif_fob": gap - pair.rest}
    left = pair.rest
    for name, most in (
        ("revised", _revised(pair, others.earlier.get(measure))),
        ("time", _offset_in_time(measure, pair, others)),
        ("classification", _offset_in_rows(measure, pairs)),
        ("coverage", left if _one_side_only(pair) else 0),
    ):
        # A part of the gap, never more than is left of it, and never against it.
        reasons[name] = min(left, max(most, 0)) if left > 0 else max(left, min(most, 0))
        left -= reasons[name]
    reasons["unexplained"] = left
    return PublishedGap(
        measure=measure,
        exports=one.value,
        imports=other.value,
        gap=gap,
        reasons={name: amount for name, amount in reasons.items() if amount},
        at_least=at_least,
    )


def _revised(pair: _Pair, earlier: _Pair | None) -> int:
    """How much of the gap came by revisions that the other side's table could not have."""
    if earlier is None or earlier.one.value is None or earlier.other.value is None:
        return 0
    return pair.rest - earlier.rest if (pair.fob is None) == (earlier.fob is None) else 0


def _offset_in_time(measure: str, pair: _Pair, others: _Others) -> int:
    """The opposite gap of the period after, of what was exported and not imported; of the one before, the other way."""
    near = (others.after if pair.rest > 0 else others.before).get(measure)
    comparable = near is not None and all(each.whole and each.alike for each in (pair, near))
    return -near.rest if near is not None and comparable else 0


def _offset_in_rows(measure: str, pairs: _Pairs) -> int:
    """The largest opposite gap of the rest of a whole: what one side counts in this row and the other one beside it."""
    pair, found = pairs[measure], 0
    for whole in (pairs[each] for each in _WHOLES.get(measure, ())):
        if all(each.whole and each.alike for each in (pair, whole)):
            beside = pair.rest - whole.rest
            found = max(found, beside, key=abs) if beside * pair.rest > 0 else found
    return found


def _one_side_only(pair: _Pair) -> bool:
    return any(each.value == 0 and not each.at_least for each in (pair.one, pair.other))
