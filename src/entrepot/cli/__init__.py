"""cli: the command line."""

from __future__ import annotations

import sys
from pathlib import Path


def run() -> None:
    from entrepot.pack.library import Library

    if sys.argv[1:3] == ["packs", "check"]:
        bad = 0
        for path in sys.argv[3:]:
            faults = Library().check(Path(path))
            print(path, len(faults), "faults")
            for fault in faults:
                print(" ", fault)
            bad += len(faults)
        sys.exit(1 if bad else 0)
