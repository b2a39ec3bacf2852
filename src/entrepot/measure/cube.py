"""A table as observations of a cube: what is written as CSV and SDMX. Code lists of SDMX and IMF where they exist.

No international structure of the Handbook's template was found, so the structure, and the lists of measures and
compilation methods, are our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from entrepot.measure.disclosure import Controlled
from entrepot.measure.periods import frequency
from entrepot.measure.tables import Table
from entrepot.measure.template import row_of
from entrepot.measure.transactions import EXPORTS
from entrepot.model.money import in_major

AGENCY, STRUCTURE, VERSION = "ENTREPOT", "DIGITAL_TRADE", "1.0"
DIMENSIONS = (
    "FREQ", "REF_AREA", "COUNTERPART_AREA", "REF_SECTOR", "ACCOUNTING_ENTRY", "MEASURE", "PRODUCT", "UNIT_MEASURE",
    "TIME_PERIOD",
)  # fmt: skip
ATTRIBUTES = ("OBS_STATUS", "CONF_STATUS", "AT_LEAST", "COMPILATION", "VALUATION", "UNIT_MULT")
COLUMNS = (*DIMENSIONS, "OBS_VALUE", *ATTRIBUTES)
#: Credit and debit, as in CL_ACCOUNT_ENTRY of the IMF.
CREDIT, DEBIT = "C", "D"


class Observation(NamedTuple):
    """A figure with its dimensions and attributes, as texts. `OBS_VALUE`: in major units, "" where there is none."""

    freq: str
    ref_area: str
    counterpart_area: str
    ref_sector: str
    accounting_entry: str
    measure: str
    product: str
    unit_measure: str
    time_period: str
    obs_value: str
    obs_status: str
    conf_status: str
    at_least: str
    compilation: str
    valuation: str
    unit_mult: str


def observations(table: Table, controlled: Controlled, decimals: int, valuation: str) -> Iterator[Observation]:
    """The observations of a table. All that is held back has one status, so that nobody sees which figures began it.

    Statuses: OBS_STATUS A (normal), O (missing), Q (suppressed); CONF_STATUS F (free), C (confidential).
    """
    for key, figure in table.figures.items():
        held = key in controlled.held_back
        value = None if held else figure.value
        yield Observation(
            freq=frequency(table.period),
            ref_area=table.reporter,
            counterpart_area=key.partner,
            ref_sector=key.sector,
            accounting_entry=CREDIT if key.flow == EXPORTS else DEBIT,
            measure=row_of(key.measure).measure.upper(),
            product=key.product,
            unit_measure=table.currency,
            time_period=table.period,
            obs_value="" if value is None else in_major(value, decimals),
            obs_status="Q" if held else "O" if value is None else "A",
            conf_status="C" if held else "F",
            at_least="Y" if figure.at_least and not held else "N",
            compilation="LEDGER",
            valuation=valuation,
            unit_mult="0",
        )


def as_csv(found: Iterator[Observation]) -> str:
    """Observations as CSV with a header. No cell has a comma or a quote in it.

    >>> as_csv(iter(())).count(",") == len(COLUMNS) - 1
    True
    """
    rows = [COLUMNS, *found]
    return "".join(",".join(row) + "\r\n" for row in rows)
