"""run: how fast the desk answers on this machine, beside a bare endpoint that writes the same bytes.

    .venv/bin/python bench/web/run.py                  everything, some ten minutes
    .venv/bin/python bench/web/run.py --quick          short runs: to see that it works
    .venv/bin/python bench/web/run.py --only kept      kept, passing, table or pages; several by commas
    .venv/bin/python bench/web/run.py --json FILE      also writes the figures

Needs wrk; PostgreSQL and Chromium are used where they are, and missed by name where they are not. Ends with 1 where an
answer over HTTP is not that of the library: then nothing is timed.
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
    "desk": "kept quotes",
    "bare": "a bare endpoint that writes the same bytes",
    "unpacked": "the same, the answer written as it is",
}
PARTS = ("kept", "passing", "table", "pages")


def main() -> int:
    """Checks, measures and prints."""
    asked = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are ended then too
    import full

    if full.version() is None:
        print("wrk is not here: on Debian, apt-get install wrk.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(dir=asked.room) as name:
        room = Path(name)
        _settle(room)
        import equal

        try:
            found = _found(asked, room)
        except (equal.Different, full.Faulty) as error:
            print(f"\nNothing more is timed: {error}", file=sys.stderr)
            return 1
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast the desk answers, beside a bare endpoint.")
    parser.add_argument("--only", default=",".join(PARTS), help=f"which parts ({','.join(PARTS)})")
    parser.add_argument("--quick", action="store_true", help="short runs, a small table")
    parser.add_argument("--times", type=int, default=5, help="runs of each, in turn (5)")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a run (8)")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the table (2000000)")
    parser.add_argument("--workers", type=int, default=2, help="processes of each server (2)")
    parser.add_argument("--room", type=Path, help="where the data lie meanwhile: on the disk that is to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    asked = parser.parse_args()
    if asked.quick:
        asked.times, asked.seconds, asked.rows = 1, 2.0, 100_000
    asked.only = asked.only.split(",")
    return asked


def _settle(room: Path) -> None:
    """A copy of the packs, an empty cache and nobody's schedules: an edit meanwhile changes no figure."""
    from entrepot.law.library import packs_folder

    shutil.copytree(packs_folder(), room / "packs")
    places = {"ENTREPOT_PACKS": "packs", "ENTREPOT_CACHE": "cache", "ENTREPOT_DATA": "nobody"}
    os.environ |= {name: str(room / folder) for name, folder in places.items()} | {"ENTREPOT_LANG": "en"}
    for name in ("ENTREPOT_DATABASE", "ENTREPOT_KEYS", "ENTREPOT_HTTPS", "ENTREPOT_HOSTS"):
        os.environ.pop(name, None)


def _found(asked: argparse.Namespace, room: Path) -> dict[str, Any]:
    import clock
    import equal
    import full
    import standing

    found: dict[str, Any] = {"machine": clock.machine(), "load_before": clock.load(), "workers": asked.workers}
    found["machine"]["server"] = ", ".join(f"{name} {version(name)}" for name in ("django", "django-ninja", "granian"))
    found["machine"]["load by"] = f"{full.version()}, {full.CONNECTIONS} connections"
    found["machine"]["disk"] = f"{_synced(room):.1f} ms for a write that is synced"
    for name, value in found["machine"].items():
        print(f"{name:12} {value}")
    bodies = equal.sales(200)
    with standing.postgres(room) as server:
        found["machine"]["postgresql"] = server.version if server else "not here"
        print(f"{'postgresql':12} {found['machine']['postgresql']}")
        for name, database in (("SQLite", None), ("PostgreSQL", server)):
            if name == "SQLite" or (database is not None and "kept" in asked.only):
                found[name] = _on(asked, room, name, database, bodies)
    found["load_after"] = clock.load()
    return found


def _on(asked: argparse.Namespace, room: Path, name: str, database: Any, bodies: list[str]) -> dict[str, Any]:
    """All that is measured on one kind of database."""
    import equal
    import standing

    data = room / f"desk-{name}"
    desk = standing.desk(data, asked.workers, database)
    try:
        key = "Bearer " + _inside(desk, "key")
        first = equal.quotes(desk, bodies[:60], key)
        print(f"\n{name}: {len(bodies[:60])} sales over HTTP have the figures of the library, kept and not")
        found: dict[str, Any] = {}
        if "kept" in asked.only:
            bare_data = room / f"bare-{name}"
            bare_data.mkdir()
            _inside(desk, "made", first, str(bare_data / "made"))
            bare = standing.bare(bare_data, asked.workers, database)
            try:
                found["kept"] = _beside(asked, room, desk, bare, bodies, key)
            finally:
                standing.ended(bare)
        if name == "SQLite":
            found |= _alone(asked, room, desk, bodies, key)
    finally:
        standing.ended(desk)
    return found


def _beside(asked: argparse.Namespace, room: Path, desk: Any, bare: Any, bodies: list[str], key: str) -> dict[str, Any]:
    """Kept quotes beside the bare endpoint, in turn, the same sale; then at half of that pace."""
    from full import load

    who = {"desk": (desk, "/v1/quotes"), "bare": (bare, "/v1/quotes"), "unpacked": (bare, "/v1/unpacked")}
    runs: dict[str, list[Any]] = {name: [] for name in who}
    for server, path in who.values():
        load(server, path, bodies[:1], key, 1, room)
    for _ in range(asked.times):
        for name, (server, path) in who.items():
            runs[name].append(load(server, path, bodies[:1], key, asked.seconds, room))
    shares = [mine.each_second / its.each_second for mine, its in zip(runs["desk"], runs["bare"], strict=True)]
    told = {name: _median(each) for name, each in runs.items()}
    for name, title in TITLES.items():
        _print(title, told[name])
    print(f"  {'':44} {median(shares):.0%} of it (from {min(shares):.0%} to {max(shares):.0%}; the goal is 60%)")
    half = _half(asked, room, desk, "/v1/quotes", bodies[:1], key, told["desk"]["each_second"])
    return {**told, "share": median(shares), "shares": shares, "half": half}


def _alone(asked: argparse.Namespace, room: Path, desk: Any, bodies: list[str], key: str) -> dict[str, Any]:
    """Quotes that are not kept, tables, and pages."""
    found: dict[str, Any] = {}
    from full import load

    if "passing" in asked.only:
        for name, some in (("one sale", bodies[:1]), ("drawn sales to four places", bodies[1:])):
            load(desk, "/v1/quotes?store=false", some, key, 1, room)
            runs = [load(desk, "/v1/quotes?store=false", some, key, asked.seconds, room) for _ in range(asked.times)]
            told = _median(runs)
            _print(f"not kept, {name}", told)
            told["half"] = _half(asked, room, desk, "/v1/quotes?store=false", some, key, told["each_second"])
            found[f"passing, {name}"] = told
        print(f"  {'':44} the goal is 2,000 a second")
    if "table" in asked.only:
        found["table"] = _table(asked, desk, key)
    if "pages" in asked.only:
        found["pages"] = _pages(asked, desk)
    return found


def _table(asked: argparse.Namespace, desk: Any, key: str) -> dict[str, Any]:
    import equal
    import table

    few = table.drawn(20_000)
    equal.tables(table.streamed(desk, few, key, keep=True)[1], few)
    print(f"\n  {few.num_rows:,} rows over HTTP have the answers of the library")
    sales = table.drawn(asked.rows)
    table.streamed(desk, sales.slice(0, 100_000), key)
    runs = [table.streamed(desk, sales, key)[0] for _ in range(asked.times)]
    told = _median(runs)
    print(
        f"  a table of {asked.rows:,} rows: {told['rows_a_second']:,.0f} rows a second (the goal is 300,000), the first"
        f" after {told['first']:.2f} s, {told['processor_ns_a_row']:,.0f} ns of processor a row"
    )
    return {"rows": asked.rows, **told}


def _pages(asked: argparse.Namespace, desk: Any) -> Any:
    import pages

    found = pages.measured(desk, max(asked.times, 1))
    if found is None:
        print("\n  Pages are not measured: Chromium or Playwright is not here.")
        return None
    print(f"\n  {'page':30} {'kB, everything':>16} {'largest paint, ms':>18}   (the goals are 150 and 1,000)")
    for each in found:
        status = "" if each["status"] == 200 else f"   HTTP {each['status']}"
        print(f"  {each['page']:30} {each['kilobytes']:16.1f} {each['painted_ms']:18.0f}{status}")
    return found


def _half(
    asked: argparse.Namespace, room: Path, server: Any, path: str, bodies: list[str], key: str, pace: float
) -> dict[str, Any]:
    """What is waited for at half the pace, by requests that come when they come."""
    file = room / "bodies.json"
    file.write_text(json.dumps(bodies))
    words = [sys.executable, str(HERE / "paced.py"), server.url + path, f"{pace / 2:.1f}", f"{asked.seconds * 2:g}"]
    runs = []
    for _ in range(max(asked.times // 2, 1)):
        ran = subprocess.run([*words, str(file), key], capture_output=True, text=True, check=True)
        runs.append(json.loads(ran.stdout))
    faults = sum(each["faults"] + each["asked"] - each["answered"] for each in runs)
    told = {name: median(each[name] for each in runs) for name in ("rate", "p50", "p90", "p99", "max")}
    print(
        f"  {'  at half of that, as visitors come':44} {told['rate']:9,.0f} {told['p50']:9.1f} {told['p90']:8.1f} "
        f"{told['p99']:8.1f}   max {told['max']:.0f}{f', {faults} faults' if faults else ''}"
    )
    return {**told, "faults": faults, "runs": len(runs)}


def _median(runs: list[Any]) -> dict[str, Any]:
    """The median of each figure, and all paces."""
    names = runs[0]._fields
    return {
        **{name: median(getattr(each, name) for each in runs) for name in names},
        "runs": [list(each) for each in runs],
    }


def _print(title: str, told: dict[str, Any]) -> None:
    print(
        f"  {title:44} {told['each_second']:9,.0f} {told['p50']:9.1f} {told['p90']:8.1f} {told['p99']:8.1f}   "
        f"{told['processor']:,.0f} µs of processor, {told['kilobytes']:.0f} kB",
        flush=True,
    )


def _inside(server: Any, *words: str) -> str:
    """What is done within the desk's data."""
    ran = subprocess.run(
        [sys.executable, str(HERE / "inside.py"), *words],
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def _synced(room: Path) -> float:
    """Milliseconds for a small write that is on the disk when it returns: nothing that is kept is quicker."""
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
