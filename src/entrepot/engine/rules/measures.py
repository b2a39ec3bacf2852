"""Measures of a line (a weight, a volume) that a rate needs and the sale does not give."""

from __future__ import annotations

from entrepot.engine.case import CaseLine
from entrepot.engine.rules import wording
from entrepot.engine.rules.rate_amount import first_lacking
from entrepot.engine.rules.reasons import reason
from entrepot.law.rates import Rate
from entrepot.model.quote import Reason


def lacking_measure(line: CaseLine, rate: Rate) -> str | None:
    """The first measure that a rate needs and a line does not give, one of `law.rates.MEASURES`; None: none."""
    return first_lacking(rate.program, line.measures) or None


def measure_missing(line: CaseLine, measure: str, charge: str, rate: Rate | None) -> Reason:
    """The reason that asks for a measure, by which a charge is counted at a rate."""
    field = "litres" if measure == "l_alc" and line.sale_line.litres is None else wording.FIELD[measure]
    stated = "" if rate is None else rate.text
    return reason("measure.missing", f"{line.param}.{field}", name=charge, rate=stated, measure=field)
