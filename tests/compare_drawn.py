"""Compare the engine with the slow oracle on many drawn sales, and write down every difference.

    python tests/compare_drawn.py                              10,000 sales on two cores
    python tests/compare_drawn.py --sales 500 --jobs 1 --seed 7 --out drawn.jsonl

The sales are drawn as in tests/test_slow_agrees.py, with short codes, places and ranges among them. Nothing stops at a
difference: each is written with its sale. The file has one line of JSON for each part of 100 sales; a run that was
ended goes on with the parts that its file lacks. It ends with 1 where something differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from slow.compare import PACKS, SEEN, compare
from slow.draw import parts, sales

Part = tuple[int, str, int, int]
#: What decides the answers: the law, the engine, and the oracle with its draws.
DECIDING = ("packs", "src/entrepot/engine", "src/entrepot/law", "tests/slow")


def compared(part: Part) -> dict[str, Any]:
    """The result of one part: how many sales, what they left open, and every difference."""
    first, pack, number, count = part
    different: list[dict[str, Any]] = []
    drawn: list[str] = []
    SEEN.clear()
    begun = time.process_time()

    def check(sale: dict[str, Any]) -> None:
        drawn.append(hashlib.sha256(json.dumps(sale, sort_keys=True, default=str).encode()).hexdigest()[:16])
        try:
            wrong = compare(sale)
        except Exception as error:  # noqa: BLE001  # a sale that one of them fails on differs, and the run goes on
            wrong = [f"{type(error).__name__}: {error}"]
        if wrong:
            different.append({"wrong": wrong, "sale": sale})

    # Nothing is raised, so that the draw goes on after a difference.
    several = settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(first * 10_000 + number)(several(given(sales(PACKS, pack))(check)))()
    seconds = round(time.process_time() - begun, 1)
    return {"part": part, "sales": drawn, "seconds": seconds, "open": dict(SEEN), "different": different}


def digest() -> str:
    """A hash of everything that decides the answers."""
    root = PACKS.parent
    found = hashlib.sha256()
    for folder in DECIDING:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in (".csv", ".toml", ".py"):
                found.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def results(wanted: list[Part], out: Path, jobs: int) -> Iterator[dict[str, Any]]:
    """The result of each part: from the file where it has it, else compared now and written to it."""
    of = digest()
    kept = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    if any(each["of"] != of for each in kept):
        raise SystemExit(f"{out} is of other law or code. Give another --out, or delete it.")
    mine = {tuple(each["part"]): each for each in kept}
    yield from (mine[part] for part in wanted if part in mine)
    left = [part for part in wanted if part not in mine]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool, out.open("a") as file:
        for each in pool.imap_unordered(compared, left):
            print(json.dumps({"of": of, **each}, default=str), file=file, flush=True)
            yield each


def main() -> int:
    """Compare, print a summary, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sales", type=int, default=10_000, help="how many sales to draw")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=0, help="where the random numbers begin")
    parser.add_argument("--out", type=Path, default=Path("drawn.jsonl"), help="the file with the results")
    given_ = parser.parse_args()
    wanted = [(given_.seed, *part) for part in parts(PACKS, given_.sales)]
    seen: Counter[str] = Counter()
    drawn: set[str] = set()
    total, wrong, seconds, begun = 0, 0, 0.0, time.monotonic()
    for each in results(wanted, given_.out, given_.jobs):
        total, seconds, wrong = total + len(each["sales"]), seconds + each["seconds"], wrong + len(each["different"])
        drawn.update(each["sales"])
        seen.update(each["open"])
        for one in each["different"]:
            print("\n".join([*one["wrong"], json.dumps(one["sale"], default=str)]), flush=True)
    print(f"{total} sales ({len(drawn)} unlike), {wrong} with a difference", end="; ")
    print(f"{seconds:.0f} s of processor time, {time.monotonic() - begun:.0f} s passed")
    print("left open:", ", ".join(f"{name} {many}" for name, many in seen.most_common()))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
