from pathlib import Path
from entrepot.pack.library import Library
def check(given):
    bad = 0
    for path in given["paths"]:
        faults = Library().check(Path(path))
        print(path, len(faults), "faults")
        for fault in faults: print(" ", fault)
        bad += len(faults)
    return 1 if bad else 0
