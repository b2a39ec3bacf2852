"""Tables of sales through Entrepot, DuckDB, Polars and OpenFisca, answers checked first, then all timed in turn.

    .venv/bin/python bench/tables/run.py --quick               small tables, a few minutes
    .venv/bin/python bench/tables/run.py --out FOLDER          a million rows; figures.json, figures.md, figures.svg
    .venv/bin/python bench/tables/run.py --japan FILE          with Japan's whole schedule, from the file it comes in
    .venv/bin/python bench/tables/run.py --most 100000000      time against size, up to so many rows
    .venv/bin/python bench/tables/run.py --memory 50000000     also the memory that a file of so many rows takes
    .venv/bin/python bench/tables/run.py --peer                also a package from PyPI, in a throw-away environment

Ends with 1 where any two answers differ on any row.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` and `peer` are in the parent folder

CHECKED = 2_000
SLOW = 60.0  # seconds of one run


def main() -> int:
    """Checks, measures, prints and writes."""
    asked = _options()
    with tempfile.TemporaryDirectory(dir=asked.room) as room:
        _settle(asked, Path(room))
        from equal import Different

        try:
            found = _found(asked, Path(room))
        except Different as error:
            print(f"\nAnswers differ, so nothing more is timed: {error}", file=sys.stderr)
            return 1
    _write(found, asked.out)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Tables of sales: rows a second, beside other engines.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (1000000)")
    parser.add_argument("--quick", action="store_true", help="20,000 rows, sizes to 10,000; no files, no starts")
    parser.add_argument("--times", type=int, default=5, help="runs of each engine (5)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each engine (2)")
    parser.add_argument("--most", type=int, default=1_000_000, help="the most rows of time against size (1000000)")
    parser.add_argument("--places", default="JP,CN", help="the workloads (JP,CN)")
    parser.add_argument("--engines", default="entrepot,duckdb,polars,openfisca", help="the engines")
    parser.add_argument(
        "--memory", type=int, default=0, metavar="ROWS", help="also the memory of a file of so many rows"
    )
    parser.add_argument("--japan", type=Path, metavar="FILE", help="Japan's schedule, to be read first")
    parser.add_argument("--peer", action="store_true", help="also a package from PyPI, one sale at a time")
    parser.add_argument("--limit", type=float, default=1800, help="seconds that one process may take (1800)")
    parser.add_argument("--room", type=Path, help="folder for large temporary files")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the figures are written")
    asked = parser.parse_args()
    if asked.quick:
        asked.rows, asked.most = min(asked.rows, 20_000), min(asked.most, 10_000)
    return asked


def _settle(asked: argparse.Namespace, room: Path) -> None:
    """Uses a copy of the packs, an empty cache and no installed schedules: later edits change no figure."""
    from entrepot.law.library import packs_folder

    shutil.copytree(packs_folder(), room / "packs")
    places = {"ENTREPOT_PACKS": "packs", "ENTREPOT_CACHE": "cache", "ENTREPOT_DATA": "data"}
    os.environ |= {name: str(room / folder) for name, folder in places.items()} | {"ENTREPOT_LANG": "en"}
    for name in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(asked.threads)
    if asked.japan:
        import child

        child.python("-m", "entrepot", "schedule", "add", "jp", str(asked.japan))


def _found(asked: argparse.Namespace, room: Path) -> dict[str, Any]:
    import clock
    import engines
    import files
    import stream

    names = asked.engines.split(",")
    found: dict[str, Any] = {
        "machine": clock.machine(),
        "threads": asked.threads,
        "load_before": clock.load(),
        "titles": {name: f"{engines.TITLES[name]} {engines.version(engines.PACKAGES[name])}" for name in names},
        "stream": stream.bandwidth(asked.threads),
        "places": {},
    }
    for place in asked.places.split(","):
        print(f"\n{place}", flush=True)
        laws = engines.Laws(place)
        found["places"][place] = _place(asked, laws, names, found["stream"]["triad"], room)
    if asked.memory:
        found["memory"] = files.memory(engines.Laws(asked.places.split(",")[0]), asked.memory, room, asked.limit)
    return found | {"load_after": clock.load()}


def _place(asked: argparse.Namespace, laws: Any, names: list[str], triad: float, room: Path) -> dict[str, Any]:
    """One workload: the answers checked, then everything timed."""
    import draw
    import engines
    import files
    import single
    from timing import Timed, interleaved

    import sizes

    sales = draw.table(laws.load, laws.law, laws.world, asked.rows)
    made = [engines.engine(name, laws, asked.threads) for name in names]
    sample, expected, out, took = _checked(laws, made, sales)
    print(f"  equal on all of {sales.num_rows:,} rows; {len(sample):,} of them quoted one by one", flush=True)
    # An engine that takes minutes does not run again: its checked run is the one that counts.
    timed = {name: Timed([seconds], [seconds]) for name, seconds in took.items() if seconds > SLOW}
    timed |= interleaved({each.name: each.run for each in made if each.name not in timed}, asked.times)
    told = {each.name: timed[each.name].told(sales.num_rows) | {"words": each.words} for each in made}
    for each in made:
        print(f"  {each.title:24} {told[each.name]['rows_a_second']:12,.0f} rows a second", flush=True)
    found: dict[str, Any] = {
        "rows": sales.num_rows,
        "times": asked.times,
        "checked": len(sample),
        "lines": len(draw.lines(laws.law)),
        "origins": len(set(laws.world.economies) - laws.law.economies),
        "engines": told,
        "quotes": single.quotes(sample, asked.times),
        "sizes": sizes.against_size(laws, made, asked.most, asked.times),
    }
    if "entrepot" in told:
        found["bandwidth"] = _share(sales.nbytes / sales.num_rows, out, told["entrepot"]["rows_a_second"], triad)
    if asked.peer and laws.place == "CN":
        found["peer"] = single.asked_of_peer(laws, sales.slice(0, len(sample)), expected, asked.times)
    if not asked.quick:
        found["files"] = files.through(laws, names, asked.rows, max(asked.times // 2, 1), asked.threads, room)
        found["starts"] = sizes.starting(names, laws.place, asked.times, asked.threads)
    return found


def _checked(laws: Any, made: list[Any], sales: Any) -> tuple[list[dict[str, Any]], Any, float, dict[str, float]]:
    """Every engine equal to the first on every row, and to single quotes on some. Raises Different where one is not.

    Returns the sales quoted one by one, their answers, the bytes of an answer of Entrepot's, and the seconds of each.
    """
    import draw
    import equal
    import reference
    import timing

    import entrepot

    few = sales.slice(0, CHECKED)
    sample = draw.sales(few)
    expected = reference.answers(sample, laws.load.decimals)
    equal.rows_told(entrepot.quote_table(few, explain=True), expected)
    edges = draw.edges(laws.load, few)
    at_edges = reference.answers(draw.sales(edges), laws.load.decimals)
    first, size, took = None, 0.0, {}
    for each in made:
        each.load(edges)  # the first run, which compiles
        equal.same(each.told(each.run()), at_edges, (each.title, "entrepot.quote"), edges)
        each.load(sales)
        took[each.name], answer = timing.once(each.run)
        if each.name == "entrepot":
            size = sum(answer[name].nbytes for name in answer.column_names if name not in sales.column_names)
        answer = each.told(answer)
        equal.same(answer.slice(0, len(sample)), expected, (each.title, "entrepot.quote"), few)
        if first is not None:
            equal.same(first[1], answer, (first[0], each.title), sales)
        # Entrepot returns its rows of law with `explain`; the next engine has that column and becomes the reference.
        if first is None or "row" not in first[1].column_names:
            first = (each.title, answer)
    return sample, expected, size / sales.num_rows, took


def _share(wide: float, out: float, pace: float, triad: float) -> dict[str, float]:
    moved = (wide + out) * pace
    return {"in": wide, "out": out, "moved": moved, "share": moved / triad}


def _write(found: dict[str, Any], folder: Path | None) -> None:
    import chart
    import report

    text = report.markdown(found)
    print("\n" + text)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (folder / "figures.md").write_text(text, encoding="utf-8")
        chart.draw(found, folder / "figures.svg")


if __name__ == "__main__":
    sys.exit(main())
