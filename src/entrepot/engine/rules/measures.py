"""Measures of a line (a weight, a volume) that a rate needs and the sale does not give."""

from __future__ import annotations

from entrepot.engine.case import CaseLine
from entrepot.engine.rules import wording
from entrepot.engine.rules.rate_amount import first_lacking
from entrepot.engine.rules.reasons import FIELDS, reason
from entrepot.law.rates import MEASURES, UNIT, Rate
from entrepot.model.quote import Reason


def lacking_measure(line: CaseLine, rate: Rate) -> str | None:
    """The first measure that a rate needs and a line does not give, one of `law.rates.MEASURES`; None: none."""
    return first_lacking(rate.program, line.measures) or None


def measure_missing(line: CaseLine, measure: str, charge: str, rate: Rate | None) -> Reason:
    """The reason that asks for a measure, by which a charge is counted at a rate, and for the others that it needs."""
    steps = () if rate is None else rate.program
    needed = [MEASURES[step.measure] for step in steps if step.op == UNIT and line.measures[step.measure] is None]
    # A rate by the mass with the packing also has the net mass as its least, and the gross mass alone settles both.
    needed = [each for each in needed if each != "kg" or "kg_gross" not in needed]
    fields = dict.fromkeys(field for each in (measure, *needed) for field in _fields(line, each))
    stated = "" if rate is None else rate.text
    param = f"{line.param}.{next(iter(fields))}"
    return reason("measure.missing", param, name=charge, rate=stated, measure=FIELDS.join(fields))


def _fields(line: CaseLine, measure: str) -> list[str]:
    """The fields of a line that give a measure and are not given: litres and strength give litres of pure alcohol."""
    if measure != "l_alc":
        return [wording.FIELD[measure]]
    given = line.sale_line
    return [name for name in ("litres", "alcohol_percent") if getattr(given, name) is None]
