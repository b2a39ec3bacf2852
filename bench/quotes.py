"""quotes: how many quotes a second, beside what a user would write or install instead; and how soon the first comes.

    .venv/bin/python bench/quotes.py             prints a table and writes nothing
    .venv/bin/python bench/quotes.py --peer      also beside a package from PyPI, in a throw-away environment
    .venv/bin/python bench/quotes.py --json FILE also writes the figures
    .venv/bin/python bench/quotes.py --profile   where the time of a quote to China goes

Answers are checked before they are timed. Every pace is the median of repeats of a second or more; `busy` is the part
of the wall clock that the processor worked for us.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clock
import peer
import plain
from clock import Pace, Took, took
from draws import DAY, ROUTES, drawn, lines, same

HERE = Path(__file__).resolve().parent
MOST_MB = 300
DRAWN = 2_000
STARTS = 15


class Wrong(Exception):
    """Two answers that should be equal are not: nothing is timed."""


def main() -> int:
    """Checks, measures and prints. 1 where answers differ or memory is above its limit."""
    asked = _options()
    with tempfile.TemporaryDirectory() as cache:
        os.environ |= {"ENTREPOT_CACHE": cache, "ENTREPOT_LANG": "en"}  # nobody else's cache is read or written
        if asked.profile:
            return _profile()
        figures: dict[str, Any] = {"machine": clock.machine(), "load_before": clock.load(), "day": DAY.isoformat()}
        for name, value in figures["machine"].items():
            print(f"{name:10} {value}")
        print(f"{'load':10} {clock.load()} before")
        try:
            figures |= {"quotes": _quotes(asked), "beside": _beside(asked)}
            figures["peak_mb"] = peak = clock.peak_mb()
            print(f"\nPeak memory of this process: {peak:.0f} MB (limit {MOST_MB} MB)")
            figures |= {"starts": _starts(cache), "law": _law(asked)}
        except Wrong as error:
            print(f"\nAnswers differ, so nothing more is timed: {error}", file=sys.stderr)
            return 1
    figures["load_after"] = clock.load()
    print(f"\n{'load':10} {clock.load()} after")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(peak > MOST_MB)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How many quotes a second, and beside what.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    parser.add_argument("--peer", action="store_true", help=f"also time {peer.NAME}, from PyPI")
    parser.add_argument("--profile", action="store_true", help="only: where the time of a quote to China goes")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of each pace (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a repeat (1; shorter says little)")
    return parser.parse_args()


def _quotes(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Quotes a second to each place: the same sale, drawn sales, and drawn sales to JSON text."""
    import entrepot
    from entrepot.app import library

    print("\nQuotes a second, one sale of one line at a time, one process, one thread: `entrepot.quote(mapping)`")
    _head("")
    found = []
    for route in ROUTES:
        one, many = same(route), drawn(route, library(), DRAWN)
        answers = _checked(many)
        outcomes = Counter(json.loads(text)["assessment"]["outcome"] for text in answers)
        digest = hashlib.blake2b("".join(answers).encode(), digest_size=8).hexdigest()

        def again(one: dict[str, Any] = one) -> int:
            for _ in range(500):
                entrepot.quote(one)
            return 500

        def each(many: list[dict[str, Any]] = many) -> int:
            for sale in many:
                entrepot.quote(sale)
            return len(many)

        def each_to_json(many: list[dict[str, Any]] = many) -> int:
            for sale in many:
                entrepot.quote(sale).to_json()
            return len(many)

        measured: dict[str, Pace] = {}
        for name, work in (("same sale", again), ("drawn sales", each), ("drawn, to JSON", each_to_json)):
            measured[name] = _paced(f"{route.title}, {name}", work, asked)
        told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
        size = sum(map(len, answers)) // len(answers)
        print(
            f"    {DRAWN} sales of {len(lines(route, library()))} lines: {told}; {_ways(answers)}; "
            f"{size:,} characters of JSON each; digest {digest}"
        )
        found.append(
            {
                "place": route.place,
                **{name: each._asdict() for name, each in measured.items()},
                "outcomes": dict(outcomes),
                "characters": size,
                "digest": digest,
            }
        )
    return found


def _checked(sales: list[dict[str, Any]]) -> list[str]:
    """The answers as JSON text; also the warm pass. Asked again, and read back, they must be the same."""
    import entrepot

    answers = [entrepot.quote(sale).to_json() for sale in sales]
    for sale, text in zip(sales, answers, strict=True):
        quote = entrepot.quote(sale)
        if quote.to_json() != text or entrepot.Quote.from_json(text) != quote:
            raise Wrong(f"asked twice, {sale}")
    return answers


def _ways(answers: list[str]) -> str:
    """How many options and treatments an answer holds, on average."""
    options = [option for text in answers for option in json.loads(text)["options"]]
    kinds = sum(len(line["treatments"]) + bool(line["treatment"]) for option in options for line in option["lines"])
    return f"{len(options) / len(answers):.1f} ways and {kinds / len(answers):.1f} treatments an answer"


def _beside(asked: argparse.Namespace) -> dict[str, Any]:
    """The sales to China that plain Python can answer, answered by it and by Entrepot, checked equal first."""
    import entrepot
    from entrepot.app import library

    tables = plain.load(library().folder / "cn", DAY.isoformat())
    sales, asks, wants = [], [], []
    for sale in drawn(ROUTES[0], library(), DRAWN):
        code, fen = sale["lines"][0]["hs_code"], round(float(sale["lines"][0]["amount"]) * 100)
        answer = plain.charges(tables, code, fen)
        if answer is None:
            continue
        option = next(each for each in entrepot.quote(sale).options if each.regime == "ordinary")
        treatment = option.lines[0].treatment
        if treatment is None or treatment.id != "mfn":
            continue  # a lower duty than MFN was open, of which plain Python knows nothing
        owed = {charge.id: round(float(charge.amount or "nan") * 100) for charge in option.charges}
        own = tuple(owed.get(name, 0) for name in ("duty", "consumption_tax", "vat"))
        if own != answer:
            raise Wrong(f"{sale}: Entrepot {own}, plain Python {answer}")
        sales.append(sale)
        asks.append((code, fen))
        wants.append(answer)
    print(f"\nBeside other ways, on the {len(sales)} of {DRAWN} sales to China that all can answer; answers equal")
    _head("")

    def quotes() -> int:
        for sale in sales:
            entrepot.quote(sale)
        return len(sales)

    def plainly() -> int:
        for code, fen in asks:
            plain.charges(tables, code, fen)
        return len(asks)

    found = {
        "sales": len(sales),
        "entrepot": _paced("Entrepot", quotes, asked)._asdict(),
        "plain": _paced("plain Python", plainly, asked)._asdict(),
    }
    print(
        "    plain Python: one way in, MFN, percentages, three numbers out; no treatments, conditions, permits, sources"
    )
    print("    or formulas, no reading of a sale, nothing said about what it assumes")
    return found | (_beside_peer(tables, asks, wants, asked) if asked.peer else {})


def _beside_peer(
    tables: plain.Tables, asks: list[tuple[str, int]], wants: list[tuple[int, int, int]], asked: argparse.Namespace
) -> dict[str, Any]:
    """The peer on those of the sales that bear only what it knows: no consumption tax, nothing too small to levy."""
    rows, owed = [], []
    for (code, fen), want in zip(asks, wants, strict=True):
        duty, excise, vat = tables.duty[code], tables.excise[code], tables.vat[code]
        if not excise[0] and (want[0] or not duty[0]) and (want[2] or not vat[0]):
            rows.append((fen / 100, duty[0] / duty[1], vat[0] / vat[1]))
            owed.append((want[0], want[2]))
    paced, answers = peer.pace(rows, asked.seconds, asked.repeats)
    gaps = [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in zip(answers, owed, strict=True)]
    if max(gaps) > 1:
        raise Wrong(f"{peer.NAME}: {max(gaps)} fen off")
    off = sum(map(bool, gaps))
    _row(f"{peer.NAME} {peer.VERSION}", paced)
    print(
        f"    {peer.LICENCE}, from PyPI, on {len(rows)} of the sales: without consumption tax and the relief of CNY 50. It has no"
    )
    print(
        f"    schedule: duty and VAT rates were looked up for it before. It reckons in floats; {off} answers are a fen off"
    )
    told = {"name": peer.NAME, "version": peer.VERSION, "sales": len(rows), "a_fen_off": off}
    return {"peer": {**told, **paced._asdict()}}


def _starts(cache: str) -> dict[str, Any]:
    """The wall clock of whole processes, in turn, so that a slow minute falls on all of them."""
    script = Path(sys.executable).with_name("entrepot")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "entrepot"]
    sale = ["quote", "--from", "VN", "--to", "CN", "--hs", "0901.21", "--amount", "100 CNY", "--on", DAY.isoformat()]
    runs = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import of entrepot.app": [sys.executable, "-c", "import entrepot.app"],
        "entrepot quote … --json": [*command, *sale, "--json"],
        "entrepot quote … (terminal)": [*command, *sale],
    }
    env = os.environ | {"ENTREPOT_CACHE": cache, "FORCE_COLOR": "1", "COLUMNS": "100"}
    told = {name: subprocess.run(run, env=env, capture_output=True, check=True).stdout for name, run in runs.items()}
    best = json.loads(told["entrepot quote … --json"])["best"]["amount_landed"]
    if best.encode() not in told["entrepot quote … (terminal)"]:
        raise Wrong(f"the terminal does not show {best}")
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(STARTS):
        for name, run in runs.items():
            start = time.perf_counter()
            subprocess.run(run, env=env, stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - start)
    print("\nA whole process, milliseconds of the wall clock, law compiled before")
    return {name: _took(name, took(each)) for name, each in seconds.items()}


def _law(asked: argparse.Namespace) -> dict[str, Any]:
    """Compiled law from the disk, and all packs from nothing."""
    from entrepot.app import library
    from entrepot.pack.library import Library

    print("\nThe law, milliseconds")
    found: dict[str, Any] = {}
    for route in ROUTES:
        fresh = Library()
        if fresh.law(route.place, DAY).hash != library().law(route.place, DAY).hash:
            raise Wrong(f"{route.place}: the law from the disk is not the law in memory")
        seconds: list[float] = []
        while sum(seconds) < asked.seconds * asked.repeats:
            start = time.perf_counter()
            Library().law(route.place, DAY)
            seconds.append(time.perf_counter() - start)
        found[route.place] = _took(f"from the cache, with the world: {route.title}", took(seconds))
    runs = [_compiled() for _ in range(max(asked.repeats, 5))]
    if any(run["hashes"] != runs[0]["hashes"] for run in runs):
        raise Wrong("the packs compile to other laws each time")
    slowest = max(runs[0]["compiling"], key=lambda name: runs[0]["compiling"][name])
    for name, parts in (
        (
            f"{len(runs[0]['hashes'])} packs and the world, read and checked",
            [sum(run["reading"].values()) for run in runs],
        ),
        ("compiled for one day, from an empty cache", [sum(run["compiling"].values()) for run in runs]),
        (f"the slowest of them to read and check: {slowest}", [run["reading"][slowest] for run in runs]),
        (f"the slowest of them to compile: {slowest}", [run["compiling"][slowest] for run in runs]),
    ):
        found[name] = _took(name, took(parts))
    return found


def _compiled() -> dict[str, Any]:
    run = [sys.executable, str(HERE / "compiling.py"), DAY.isoformat()]
    return dict(json.loads(subprocess.run(run, capture_output=True, check=True, text=True).stdout))


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


def _paced(name: str, work: Callable[[], int], asked: argparse.Namespace) -> Pace:
    found = clock.pace(work, asked.seconds, asked.repeats)
    _row(name, found)
    return found


def _head(name: str) -> None:
    print(f"  {name:34} {'a second':>12} {'µs each':>9} {'slowest':>12} {'quickest':>12} {'busy':>6}")


def _row(name: str, found: Pace) -> None:
    print(
        f"  {name:34} {found.each_second:12,.0f} {1e6 / found.each_second:9,.1f} {found.low:12,.0f} "
        f"{found.high:12,.0f} {found.busy:6.2f}",
        flush=True,
    )


def _took(name: str, found: Took) -> dict[str, float]:
    print(f"  {name:50} {found.ms:8,.1f}   {found.low:,.1f} to {found.high:,.1f} in {found.runs}", flush=True)
    return found._asdict()


if __name__ == "__main__":
    sys.exit(main())
