"""Sizes of the tests: small in the quick run, long with `pytest --all`, which draws from a random seed.

conftest.py sets the two variables before the modules of tests are imported, in every process of pytest-xdist.
"""

from __future__ import annotations

import os

#: Whether the long tests and sizes run.
ALL = os.environ.get("ENTREPOT_TESTS") == "all"
#: Added to the seeds of the random tests; 0 in the quick run, which always draws the same.
SEED = int(os.environ.get("ENTREPOT_SEED", "0"))


def size(quick: int, long: int) -> int:
    """Return the size of a test for this run."""
    return long if ALL else quick
