"""How alike a description and codes are: the products of their vectors.

The weights of `scores` know of each word alone to which codes it belongs. Vectors are shared: words of the same goods
have similar ones, so that a description is like names that have other words.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from operator import mul

from entrepot.goods.classify.model import Model

#: What a feature counts, in whole numbers.
PARTS = 100
#: The least likeness, below that of the best candidate.
FLOOR = -12.0


def vector_of(lanes: int, parts: int, square: float, model: Model) -> list[float]:
    """The vector of a description; nothing if no feature has one.

    `lanes`: the sum of the vectors of its features, each as one number (`Model.feature`) and as often as its parts say;
    `parts`: how many these are; `square`: the sum of the squares of what the features count.
    """
    if not parts:
        return []
    sums = array("I", lanes.to_bytes(4 * model.header.width, "little"))
    if sys.byteorder == "big":
        sums.byteswap()
    shift, factor = 128 * parts, model.header.likeness / (PARTS * square**0.5)
    return [(each - shift) * factor for each in sums]


def likeness(vector: Sequence[float], codes: Sequence[str], model: Model) -> list[float]:
    """How alike a description with this vector and each code are: 0 for the best, and less for the others.

    >>> from entrepot.goods.classify.model import model
    >>> likeness([], ["090121", "640399"], model())
    [0.0, 0.0]
    """
    if not vector or not codes:
        return [0.0] * len(codes)
    # The numbers of codes are 128 more than they are: this changes the products of all codes alike.
    get, row, number, biases = model.rows.get, model.row, model.number, model.code_biases
    found = [sum(map(mul, vector, get(code) or row(code))) + biases[number[code]] for code in codes]
    best = max(found)
    return [max(each - best, FLOOR) for each in found]
