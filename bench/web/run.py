"""The throughput and latency of the server on this machine, beside a bare endpoint that writes the same bytes.

    .venv/bin/python bench/web/run.py                  everything, some ten minutes
    .venv/bin/python bench/web/run.py --quick          short runs: to see that it works
    .venv/bin/python bench/web/run.py --only kept      kept, passing, table or pages; several by commas
    .venv/bin/python bench/web/run.py --json FILE      also writes the figures

Needs wrk. PostgreSQL and Chromium are used if they are installed; otherwise the output names what is missing. Ends with
1 if a response over HTTP differs from the result of the library: then nothing is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent), str(HERE.parent / "tables")]  # the clock, and the sales that are drawn

TITLES = {
    "entrepot": "kept quotes",
    "bare": "a bare endpoint that writes the same bytes",
    "unpacked": "the same, the answer written as it is",
}
PARTS = ("kept", "passing", "table", "pages")


def main() -> int:
    """Check, measure and print."""
    options = _read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # this also stops the servers
    import full

    if full.version() is None:
        print("wrk is not here: on Debian, apt-get install wrk.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(dir=options.room) as name:
        room = Path(name)
        _prepare(room)
        import equal

        try:
            found = _measure(options, room)
        except (equal.Different, full.Faulty) as error:
            print(f"\nNothing more is timed: {error}", file=sys.stderr)
            return 1
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast the server answers, beside a bare endpoint.")
    parser.add_argument("--only", default=",".join(PARTS), help=f"which parts ({','.join(PARTS)})")
    parser.add_argument("--quick", action="store_true", help="short runs, a small table")
    parser.add_argument("--times", type=int, default=5, help="runs of each, in turn (5)")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a run (8)")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the table (2000000)")
    parser.add_argument("--workers", type=int, default=2, help="processes of each server (2)")
    parser.add_argument("--room", type=Path, help="where the data lie meanwhile: on the disk that is to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    options = parser.parse_args()
    if options.quick:
        options.times, options.seconds, options.rows = 1, 2.0, 100_000
    options.only = options.only.split(",")
    return options


def _prepare(room: Path) -> None:
    """Use a copy of the packs, an empty cache and no schedules, so that an edit meanwhile changes no figure."""
    from entrepot.law.library import packs_folder

    shutil.copytree(packs_folder(), room / "packs")
    places = {"ENTREPOT_PACKS": "packs", "ENTREPOT_CACHE": "cache", "ENTREPOT_DATA": "nobody"}
    os.environ |= {name: str(room / folder) for name, folder in places.items()} | {"ENTREPOT_LANG": "en"}
    for name in ("ENTREPOT_DATABASE", "ENTREPOT_KEYS", "ENTREPOT_HTTPS", "ENTREPOT_HOSTS"):
        os.environ.pop(name, None)


def _measure(options: argparse.Namespace, room: Path) -> dict[str, Any]:
    import clock
    import equal
    import full
    import server_processes

    found: dict[str, Any] = {"machine": clock.machine(), "load_before": clock.load(), "workers": options.workers}
    found["machine"]["server"] = ", ".join(f"{name} {version(name)}" for name in ("django", "django-ninja", "granian"))
    found["machine"]["load by"] = f"{full.version()}, {full.CONNECTIONS} connections"
    found["machine"]["disk"] = f"{_sync_time(room):.1f} ms for a write that is synced"
    for name, value in found["machine"].items():
        print(f"{name:12} {value}")
    bodies = equal.sales(200)
    with server_processes.postgres(room) as server:
        found["machine"]["postgresql"] = server.version if server else "not here"
        print(f"{'postgresql':12} {found['machine']['postgresql']}")
        for name, database in (("SQLite", None), ("PostgreSQL", server)):
            if name == "SQLite" or (database is not None and "kept" in options.only):
                found[name] = _measure_on(options, room, name, database, bodies)
    found["load_after"] = clock.load()
    return found


def _measure_on(options: argparse.Namespace, room: Path, name: str, database: Any, bodies: list[str]) -> dict[str, Any]:
    """Measure on one kind of database."""
    import equal
    import server_processes

    data = room / f"entrepot-{name}"
    ours = server_processes.start_server(data, options.workers, database)
    try:
        key = "Bearer " + _run_inside(ours, "key")
        first = equal.quotes(ours, bodies[:60], key)
        print(f"\n{name}: {len(bodies[:60])} sales over HTTP have the figures of the library, kept and not")
        found: dict[str, Any] = {}
        if "kept" in options.only:
            bare_data = room / f"bare-{name}"
            bare_data.mkdir()
            _run_inside(ours, "made", first, str(bare_data / "made"))
            bare = server_processes.start_bare(bare_data, options.workers, database)
            try:
                found["kept"] = _compare_with_bare(options, room, ours, bare, bodies, key)
            finally:
                server_processes.stop(bare)
        if name == "SQLite":
            found |= _measure_server(options, room, ours, bodies, key)
    finally:
        server_processes.stop(ours)
    return found


def _compare_with_bare(
    options: argparse.Namespace, room: Path, ours: Any, bare: Any, bodies: list[str], key: str
) -> dict[str, Any]:
    """Stored quotes and the bare endpoint, in turn, with the same sale; then at half of that rate."""
    from full import load

    who = {"entrepot": (ours, "/v1/quotes"), "bare": (bare, "/v1/quotes"), "unpacked": (bare, "/v1/unpacked")}
    runs: dict[str, list[Any]] = {name: [] for name in who}
    for server, path in who.values():
        load(server, path, bodies[:1], key, 1, room)
    for _ in range(options.times):
        for name, (server, path) in who.items():
            runs[name].append(load(server, path, bodies[:1], key, options.seconds, room))
    shares = [mine.each_second / its.each_second for mine, its in zip(runs["entrepot"], runs["bare"], strict=True)]
    result = {name: _median(each) for name, each in runs.items()}
    for name, title in TITLES.items():
        _print(title, result[name])
    print(f"  {'':44} {median(shares):.0%} of it (from {min(shares):.0%} to {max(shares):.0%}; the goal is 60%)")
    half = _measure_half(options, room, ours, "/v1/quotes", bodies[:1], key, result["entrepot"]["each_second"])
    return {**result, "share": median(shares), "shares": shares, "half": half}


def _measure_server(options: argparse.Namespace, room: Path, ours: Any, bodies: list[str], key: str) -> dict[str, Any]:
    """Unstored quotes, tables, and pages."""
    found: dict[str, Any] = {}
    from full import load

    if "passing" in options.only:
        for name, some in (("one sale", bodies[:1]), ("drawn sales to four places", bodies[1:])):
            load(ours, "/v1/quotes?store=false", some, key, 1, room)
            runs = [
                load(ours, "/v1/quotes?store=false", some, key, options.seconds, room) for _ in range(options.times)
            ]
            result = _median(runs)
            _print(f"not kept, {name}", result)
            result["half"] = _measure_half(
                options, room, ours, "/v1/quotes?store=false", some, key, result["each_second"]
            )
            found[f"passing, {name}"] = result
        print(f"  {'':44} the goal is 2,000 a second")
    if "table" in options.only:
        found["table"] = _measure_table(options, ours, key)
    if "pages" in options.only:
        found["pages"] = _measure_pages(options, ours)
    return found


def _measure_table(options: argparse.Namespace, ours: Any, key: str) -> dict[str, Any]:
    import equal
    import table

    few = table.drawn(20_000)
    equal.tables(table.streamed(ours, few, key, keep=True)[1], few)
    print(f"\n  {few.num_rows:,} rows over HTTP have the answers of the library")
    sales = table.drawn(options.rows)
    table.streamed(ours, sales.slice(0, 100_000), key)
    runs = [table.streamed(ours, sales, key)[0] for _ in range(options.times)]
    result = _median(runs)
    print(
        f"  a table of {options.rows:,} rows: {result['rows_a_second']:,.0f} rows a second (the goal is 300,000),"
        f" the first after {result['first']:.2f} s, {result['processor_ns_a_row']:,.0f} ns of processor a row"
    )
    return {"rows": options.rows, **result}


def _measure_pages(options: argparse.Namespace, ours: Any) -> Any:
    import pages

    found = pages.measured(ours, max(options.times, 1))
    if found is None:
        print("\n  Pages are not measured: Chromium or Playwright is not here.")
        return None
    print(f"\n  {'page':30} {'kB, everything':>16} {'largest paint, ms':>18}   (the goals are 150 and 1,000)")
    for each in found:
        status = "" if each["status"] == 200 else f"   HTTP {each['status']}"
        print(f"  {each['page']:30} {each['kilobytes']:16.1f} {each['painted_ms']:18.0f}{status}")
    return found


def _measure_half(
    options: argparse.Namespace, room: Path, server: Any, path: str, bodies: list[str], key: str, pace: float
) -> dict[str, Any]:
    """Latencies at half the rate, for requests at random times."""
    file = room / "bodies.json"
    file.write_text(json.dumps(bodies))
    words = [sys.executable, str(HERE / "paced.py"), server.url + path, f"{pace / 2:.1f}", f"{options.seconds * 2:g}"]
    runs = []
    for _ in range(max(options.times // 2, 1)):
        ran = subprocess.run([*words, str(file), key], capture_output=True, text=True, check=True)
        runs.append(json.loads(ran.stdout))
    faults = sum(each["faults"] + each["asked"] - each["answered"] for each in runs)
    result = {name: median(each[name] for each in runs) for name in ("rate", "p50", "p90", "p99", "max")}
    print(
        f"  {'  at half of that, at random times':44} {result['rate']:9,.0f} {result['p50']:9.1f} {result['p90']:8.1f} "
        f"{result['p99']:8.1f}   max {result['max']:.0f}{f', {faults} faults' if faults else ''}"
    )
    return {**result, "faults": faults, "runs": len(runs)}


def _median(runs: list[Any]) -> dict[str, Any]:
    """The median of each figure, and all runs."""
    names = runs[0]._fields
    return {
        **{name: median(getattr(each, name) for each in runs) for name in names},
        "runs": [list(each) for each in runs],
    }


def _print(title: str, result: dict[str, Any]) -> None:
    print(
        f"  {title:44} {result['each_second']:9,.0f} {result['p50']:9.1f} {result['p90']:8.1f} {result['p99']:8.1f}   "
        f"{result['processor']:,.0f} µs of processor, {result['kilobytes']:.0f} kB",
        flush=True,
    )


def _run_inside(server: Any, *words: str) -> str:
    """Run `inside.py` with the environment of a server."""
    ran = subprocess.run(
        [sys.executable, str(HERE / "inside.py"), *words],
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def _sync_time(room: Path) -> float:
    """Milliseconds for a small write with a sync: a stored quote cannot be faster."""
    import time

    times = []
    with (room / "probe").open("wb", buffering=0) as file:
        for _ in range(50):
            start = time.perf_counter()
            file.write(bytes(16_384))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return median(times) * 1000


if __name__ == "__main__":
    sys.exit(main())
