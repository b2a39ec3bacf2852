"""Measures of a line (a weight, a volume): what the sale gives, and what a rate needs and the sale does not give."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from entrepot.engine.case import CaseLine, Number
from entrepot.engine.rules import wording
from entrepot.engine.rules.rate_amount import first_lacking
from entrepot.engine.rules.reasons import FIELDS, reason
from entrepot.law.rates import MEASURES, UNIT, Rate
from entrepot.model.errors import SaleError
from entrepot.model.money import is_bounded
from entrepot.model.quote import Reason
from entrepot.model.sale import MEASURES as FIELD_NAMES
from entrepot.model.sale import Line

ONE = (1, 1)
#: The measures of a line that gives none, in the order of `law.rates.MEASURES`: to a consumer it is one piece, to a
#: business any number of pieces.
ONE_PIECE: tuple[Number | None, ...] = tuple(ONE if name == "item" else None for name in MEASURES)
UNMEASURED: tuple[Number | None, ...] = (None,) * len(MEASURES)


def measures_of(line: Line, param: str, *, one_piece: bool) -> tuple[Number, tuple[Number | None, ...]]:
    """The quantity and the measures in the order of `law.rates.MEASURES`.

    `one_piece`: for a rate by the piece, a line that gives no number is one piece; otherwise its pieces are not known.
    """
    given = [name for name in FIELD_NAMES if getattr(line, name) is not None]
    if not given:
        return ONE, ONE_PIECE if one_piece else UNMEASURED
    for name in given:
        found = getattr(line, name)
        if not is_bounded(found) or found <= 0:
            raise SaleError("invalid_amount", "{field} must be a number above zero.", f"{param}.{name}", field=name)
    pieces = line.quantity if line.quantity is not None else line.items
    quantity = pieces.as_integer_ratio() if pieces is not None else ONE
    mass = line.net_mass_kg if line.net_mass_kg is not None else line.gross_mass_kg
    alcohol: Number | None = None
    if line.litres is not None and line.alcohol_percent is not None:
        pure = Fraction(line.litres) * Fraction(line.alcohol_percent) / 100
        alcohol = (pure.numerator, pure.denominator)

    def exact(amount: Decimal | None) -> Number | None:
        return None if amount is None else amount.as_integer_ratio()

    return quantity, (
        exact(mass),
        exact(line.litres),
        exact(line.items) or (quantity if one_piece or pieces is not None else None),
        exact(line.pairs),
        exact(line.square_metres),
        exact(line.cubic_metres),
        exact(line.head),
        exact(line.gross_mass_kg),
        exact(line.items if line.items is not None else line.quantity),
        alcohol,
    )


def measure_read(line: Line, name: str, param: str) -> Reason:
    """That a measure was read from the description. Raises SaleError where the line does not have it."""
    amount: Decimal | None = getattr(line, name)
    if amount is None:
        where = f"{param}.classification.measures_read"
        raise SaleError("missing", "The field {field!r} is required.", where, field=name)
    return reason("measure.read", f"{param}.{name}", measure=name, amount=f"{amount:f}")


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
