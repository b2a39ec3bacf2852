"""The mirror of what two nodes have published: figures against figures, where the lines of the other are not known.

A gap is divided only as far as published figures say it: freight and insurance, where the importer has published its
imports FOB and CIF, both without an unknown part. What is left is not explained: the mirror of lines (`measure.mirror`)
has the other reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import EXPORTS, IMPORTS, PRICE

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


def compare_published(exporter: Tables, importer: Tables) -> tuple[PublishedGap, ...]:
    """The gaps of all measures, in the order of the template; none where a side has published nothing."""
    ours = next((exporter[each] for each in _OF_EXPORTS if each in exporter), None)
    theirs = next((importer[each] for each in _OF_IMPORTS if each in importer), None)
    if ours is None or theirs is None:
        return ()
    fob = importer.get("FOB", {})
    return tuple(
        _gap(measure, *(
            side.get((flow, measure), Cell(None, "O"))
            for side, flow in ((ours, EXPORTS), (theirs, IMPORTS), (fob, IMPORTS))
        ))
        for measure in MEASURES
    )  # fmt: skip


def _gap(measure: str, one: Cell, other: Cell, fob: Cell) -> PublishedGap:
    """The gap of a measure. `fob`: the imports at the exporter's frontier, if they were published too."""
    at_least = one.at_least or other.at_least
    if one.value is None or other.value is None:
        why = "held_back" if "Q" in (one.status, other.status) else "not_known"
        return PublishedGap(
            measure=measure, exports=one.value, imports=other.value, gap=None, reasons={}, at_least=at_least, why=why
        )
    gap = one.value - other.value
    # Sales that one valuation knows and the other does not are no freight.
    whole = not fob.at_least and not other.at_least
    carried = fob.value - other.value if fob.value is not None and whole else 0
    reasons = {"cif_fob": carried, "unexplained": gap - carried}
    return PublishedGap(
        measure=measure,
        exports=one.value,
        imports=other.value,
        gap=gap,
        reasons={name: amount for name, amount in reasons.items() if amount},
        at_least=at_least,
    )
