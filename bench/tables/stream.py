"""The memory bandwidth: copy and triad on arrays larger than any cache, as STREAM measures it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

MILLIONS = 32  # of 8 bytes in each array


def bandwidth(threads: int, times: int = 7) -> dict[str, float]:
    """Bytes a second of the best run, as STREAM counts them: each array read or written once."""
    import numba

    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))

    @numba.njit(parallel=True)  # type: ignore[untyped-decorator]  # numba carries no types
    def copy(a: Any, b: Any) -> None:
        for i in numba.prange(len(a)):
            a[i] = b[i]

    @numba.njit(parallel=True)  # type: ignore[untyped-decorator]  # numba carries no types
    def triad(a: Any, b: Any, c: Any) -> None:
        for i in numba.prange(len(a)):
            a[i] = b[i] + 3.0 * c[i]

    one, two, three = (np.full(MILLIONS << 20, number) for number in (0.0, 1.0, 2.0))
    size = one.nbytes
    found = {}
    for name, moved, run in (("copy", 2, lambda: copy(one, two)), ("triad", 3, lambda: triad(one, two, three))):
        run()
        best = min(_seconds(run) for _ in range(times))
        found[name] = moved * size / best
    return found


def _seconds(run: Any) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
