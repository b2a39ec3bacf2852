"""Sizes of the tests: small in the quick run, long with `pytest --all`, which draws from a random seed.

With ENTREPOT_MIDDLE beside `--all`, as .ci/run sets it, the long tests run with sizes between the two.

conftest.py sets the variables before the modules of tests are imported, in every process of pytest-xdist.
"""

from __future__ import annotations

import math
import os

#: Whether the long tests and sizes run.
ALL = os.environ.get("ENTREPOT_TESTS") == "all"
#: Whether the long tests run with middle sizes, and look once at what they see in each language.
MIDDLE = ALL and bool(os.environ.get("ENTREPOT_MIDDLE"))
#: Added to the seeds of the random tests; 0 in the quick run, which always draws the same.
SEED = int(os.environ.get("ENTREPOT_SEED", "0"))


def size(quick: int, long: int) -> int:
    """Return the size of a test for this run; the middle one is as many times the quick as the long is of it."""
    if MIDDLE:
        return math.isqrt(quick * long)
    return long if ALL else quick
