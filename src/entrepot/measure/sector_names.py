"""What the institutional sectors of a party are called, by their codes in SDMX."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.language.translate import N_
from entrepot.measure.lines import CORPORATIONS, GOVERNMENT, HOUSEHOLDS

SECTOR_NAMES: Mapping[str, str] = {
    CORPORATIONS: N_("Corporations"),
    GOVERNMENT: N_("Government"),
    HOUSEHOLDS: N_("Households"),
}
