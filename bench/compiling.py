"""Read, check and compile every pack for one day with an empty cache, and print how long each took.

`quotes.py` runs it in fresh processes: a second run in one process would find its rates parsed.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def main(day: dt.date) -> dict[str, object]:
    """Seconds: to read and check, and to compile and keep, the world pack and each other; the hashes of the laws."""
    from entrepot.law.library import Library

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        made = Library(cache=Path(folder))
        world = time.perf_counter() - start
        reading = {name: _seconds(made.pack, name) for name in made.ids()}
        compiling = {name: _seconds(made.law_of, name, day) for name in made.ids()}
        hashes = {name: made.law_of(name, day).hash for name in made.ids()}
    return {
        "all": time.perf_counter() - start,
        "reading": {"world": world, **reading},
        "compiling": compiling,
        "hashes": hashes,
    }


def _seconds(work: Callable[..., object], *about: object) -> float:
    start = time.perf_counter()
    work(*about)
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(main(dt.date.fromisoformat(sys.argv[1]))))
