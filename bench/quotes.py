"""Quotes a second, beside what a user would write or install instead; and the time to the first quote.

    .venv/bin/python bench/quotes.py             prints a table and writes nothing
    .venv/bin/python bench/quotes.py --peer      also beside a package from PyPI, in a throw-away environment
    .venv/bin/python bench/quotes.py --json FILE also writes the figures
    .venv/bin/python bench/quotes.py --profile   only where the time of a quote to China goes

Results are checked before they are timed. Each throughput is the median of repeats of a second or more; `busy` is the
share of the wall-clock time that this process used the processor. Ends with 1 if results differ or memory exceeds its
limit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import clock
import peer
import starts
from beside import beside
from clock import Repeats, Wrong
from draws import DAY, ROUTES, Route, drawn, lines, same

MOST_MB = 300
DRAWN = 2_000


def main() -> int:
    """Checks, measures and prints."""
    asked = _options()
    repeats = Repeats(asked.repeats, asked.seconds)
    with tempfile.TemporaryDirectory() as room:
        _settle(Path(room))
        if asked.profile:
            return _profile()
        try:
            figures = _figures(repeats, asked.peer)
        except Wrong as error:
            print(f"\nAnswers differ, so nothing more is timed: {error}", file=sys.stderr)
            return 1
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(figures["peak_mb"] > MOST_MB)


def _settle(room: Path) -> None:
    """A copy of the packs and an empty cache: nobody else's is written, and an edit meanwhile changes no figure."""
    from entrepot.law.library import packs_folder

    shutil.copytree(packs_folder(), room / "packs")
    os.environ |= {"ENTREPOT_PACKS": str(room / "packs"), "ENTREPOT_CACHE": str(room / "cache"), "ENTREPOT_LANG": "en"}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How many quotes a second, beside what, and how soon the first comes.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    parser.add_argument("--peer", action="store_true", help=f"also time {peer.NAME}, from PyPI")
    parser.add_argument("--profile", action="store_true", help="only: where the time of a quote to China goes")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of each pace (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a repeat (1; shorter says little)")
    return parser.parse_args()


def _figures(repeats: Repeats, with_peer: bool) -> dict[str, Any]:
    """Everything, printed as it is found."""
    from entrepot.app import library

    figures: dict[str, Any] = {"day": DAY.isoformat(), **clock.machine(), "load_before": clock.load()}
    for name, value in figures.items():
        print(f"{name:12} {value}")
    print("\nQuotes a second: `entrepot.quote(mapping)`, one sale of one line at a time, one process, one thread")
    clock.heading()
    figures["quotes"] = [_quotes(route, repeats) for route in ROUTES]
    figures["peak_mb"] = peak = clock.peak_mb()
    print(f"\nPeak memory of this process so far: {peak:.0f} MB; the limit is {MOST_MB} MB")
    figures["beside"] = beside(library(), DRAWN, repeats, with_peer)
    figures["processes"] = starts.processes()
    figures["law"] = starts.law(library(), repeats)
    figures["load_after"] = clock.load()
    print(f"\n{'load_after':12} {figures['load_after']}")
    return figures


def _quotes(route: Route, repeats: Repeats) -> dict[str, Any]:
    """Quotes a second to a place: the same sale again, drawn sales, and drawn sales to JSON text."""
    from entrepot.app import library

    many = drawn(route, library(), DRAWN)
    answers = _checked(many)
    found: dict[str, Any] = {"place": route.place}
    for name, work in _works(same(route), many):
        found[name] = clock.told(f"{route.title}, {name}", clock.pace(work, repeats))._asdict()
    outcomes = {name: answers[name] for name in ("complete", "estimated", "refused") if answers[name]}
    ways, kinds, size = (answers[name] / DRAWN for name in ("ways", "treatments", "bytes"))
    shares = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
    print(f"    {DRAWN} sales of {len(lines(route, library()))} lines: {shares}; an answer has {ways:.1f} ways,")
    print(f"    {kinds:.1f} treatments, {size / 1000:.0f} kB of JSON; digest of all answers {answers['digest']}")
    return {
        **found,
        "outcomes": outcomes,
        "ways": ways,
        "treatments": kinds,
        "bytes": size,
        "digest": answers["digest"],
    }


def _works(one: dict[str, Any], many: list[dict[str, Any]]) -> Iterator[tuple[str, Callable[[], int]]]:
    import entrepot

    def again() -> int:
        for _ in range(500):
            entrepot.quote(one)
        return 500

    def each() -> int:
        for sale in many:
            entrepot.quote(sale)
        return len(many)

    def each_to_json() -> int:
        for sale in many:
            entrepot.quote(sale).to_json()
        return len(many)

    yield from (("same sale", again), ("drawn sales", each), ("drawn, to JSON", each_to_json))


def _checked(sales: list[dict[str, Any]]) -> dict[str, Any]:
    """What the answers hold; also the warm pass. Asked again, and read back from JSON, each must be the same.

    The texts are not kept: they would be most of the memory that is measured.
    """
    import entrepot

    digest, held = hashlib.blake2b(digest_size=8), Counter[str]()
    for sale in sales:
        quote = entrepot.quote(sale)
        text = quote.to_json()
        if entrepot.quote(sale).to_json() != text or entrepot.Quote.from_json(text) != quote:
            raise Wrong(f"asked twice: {sale}")
        # The hash of the law is left out: a comment in a pack changes it, and no figure.
        digest.update(text.replace(quote.law.hash, "").encode())
        held[quote.assessment.outcome] += 1
        held["bytes"] += len(text.encode())
        held["ways"] += len(quote.options)
        for line in (line for option in quote.options for line in option.lines):
            held["treatments"] += len(line.treatments) + (line.treatment is not None)
    return {**held, "complete": held["complete"], "refused": held["refused"], "digest": digest.hexdigest()}


def _profile() -> int:
    """The forty functions of a quote to China that take most of its time."""
    import cProfile
    import pstats

    import entrepot
    from entrepot.app import library

    sales = drawn(ROUTES[0], library(), DRAWN)
    for sale in sales:
        entrepot.quote(sale)
    with cProfile.Profile() as watch:
        for sale in sales:
            entrepot.quote(sale)
    pstats.Stats(watch).sort_stats("tottime").print_stats(40)
    return 0


if __name__ == "__main__":
    sys.exit(main())
