"""The time to the first answer of a new process. Run by `sizes.starting`, once for each engine; prints JSON.

python first_answer.py ENGINE PLACE THREADS
"""

from __future__ import annotations

import time

START = time.perf_counter()  # before anything is imported

import json  # noqa: E402  # the clock comes first
import sys  # noqa: E402  # likewise


def main() -> int:
    """Answers one sale; prints when the process was ready and when it had answered."""
    from draw import table
    from engines import Laws, engine

    name, place, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    laws = Laws(place)
    sales = table(laws.load, laws.law, laws.world, 1)  # not timed: the sale is there before whoever answers it
    begun = time.perf_counter()
    made = engine(name, laws, threads)
    made.load(sales)
    ready = time.perf_counter()
    made.run()
    first = time.perf_counter()
    made.run()
    again = time.perf_counter()
    told = {"imports": begun - START, "ready": ready - begun, "first": first - ready, "again": again - first}
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
