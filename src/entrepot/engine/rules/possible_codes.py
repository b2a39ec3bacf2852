"""The codes that the description of a line may mean, with their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from entrepot.model.codes import dotted
from entrepot.model.errors import SaleError
from entrepot.model.sale import PossibleCode

#: The most that probabilities of one line may be together: 1, and what rounding each of them may add.
MOST_TOGETHER = Decimal("1.05")


def check_possible_codes(possible: Sequence[PossibleCode], codes: Sequence[str], where: str) -> None:
    """Raises SaleError for codes that contradict each other: one of them twice, or more than 100 % together.

    >>> check_possible_codes([PossibleCode(hs_code="4202.31"), PossibleCode(hs_code="420231")], ["420231"] * 2, "lines")
    Traceback (most recent call last):
    entrepot.model.errors.SaleError: 4202.31 is twice among the possible codes.
    """
    twice = next((code for i, code in enumerate(codes) if code in codes[:i]), None)
    if twice is not None:
        raise SaleError("invalid", "{twice} is twice among the possible codes.", where, twice=dotted(twice))
    for each in possible:
        percent_of(each, where.rpartition(".classification")[0])
    total = sum((each.probability or Decimal(0) for each in possible), Decimal(0))
    if total > MOST_TOGETHER:
        raise SaleError(
            "invalid", "The probabilities of the possible codes add up to {total}; the most is 1.", where, total=total
        )


def percent_of(possible: PossibleCode, param: str) -> str:
    """The probability of a code in whole per cent; "?" where it is not known. Raises SaleError.

    >>> percent_of(PossibleCode(hs_code="4202.31", probability=Decimal("0.875")), "lines[0]")
    '88'
    """
    known = possible.probability
    if known is None:
        return "?"
    if not known.is_finite() or not 0 <= known <= 1:
        raise SaleError("invalid", "A probability is a number from 0 to 1.", f"{param}.classification")
    return str(int(known * 100 + Decimal("0.5")))
