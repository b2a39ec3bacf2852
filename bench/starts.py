"""How soon the first result comes: whole processes, compiled law from the disk, and all packs without a cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import clock
from clock import Repeats, Wrong, took
from draws import DAY, ROUTES

from entrepot.law.library import Library

STARTS = 15
NOT_A_USERS = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "NO_COLOR")
JSON, TERMINAL = "entrepot quote … --json", "entrepot quote … (terminal)"


def processes() -> dict[str, Any]:
    """The wall clock of whole processes, in turn, so that a slow minute falls on all of them."""
    script = Path(sys.executable).with_name("entrepot")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "entrepot"]
    sale = ["quote", "--from", "VN", "--to", "CN", "--hs", "0901.21", "--amount", "100 CNY", "--on", DAY.isoformat()]
    runs = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import entrepot.app'": [sys.executable, "-c", "import entrepot.app"],
        JSON: [*command, *sale, "--json"],
        TERMINAL: [*command, *sale],
    }
    env = _environment()
    shown = {name: subprocess.run(run, env=env, capture_output=True, check=True).stdout for name, run in runs.items()}
    quote = json.loads(shown[JSON])
    landed = next(each["amount_landed"] for each in quote["options"] if each["id"] == quote["best"])
    if landed.encode() not in shown[TERMINAL]:
        raise Wrong(f"the terminal does not show {landed}")
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(STARTS):
        for name, run in runs.items():
            start = time.perf_counter()
            subprocess.run(run, env=env, stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - start)
    print("\nA whole process, milliseconds of the wall clock, law compiled before")
    return {name: clock.told_ms(name, took(each))._asdict() for name, each in seconds.items()}


def law(library: Library, repeats: Repeats) -> dict[str, Any]:
    """Compiled law from the disk, with nothing of it in memory; and every pack read, checked and compiled."""
    print("\nThe law, milliseconds")
    found: dict[str, Any] = {}
    for route in ROUTES:
        if Library().law(route.place, DAY).hash != library.law(route.place, DAY).hash:
            raise Wrong(f"{route.place}: the law from the disk is not the law in memory")
        seconds: list[float] = []
        while sum(seconds) < repeats.seconds * repeats.times:
            start = time.perf_counter()
            Library().law(route.place, DAY)
            seconds.append(time.perf_counter() - start)
        found[route.place] = clock.told_ms(f"from the cache, with the world: {route.title}", took(seconds))._asdict()
    _compiled()  # its modules are compiled now
    runs = [_compiled() for _ in range(max(repeats.times, 5))]
    first = runs[0]
    if any(run["hashes"] != first["hashes"] for run in runs):
        raise Wrong("the packs changed while they were compiled")
    read, made = (max(first[kind], key=lambda name: float(first[kind][name])) for kind in ("reading", "compiling"))
    for name, parts in (
        (
            f"{len(first['hashes'])} packs and the world read and checked",
            [sum(run["reading"].values()) for run in runs],
        ),
        (f"  the slowest of them: {read}", [run["reading"][read] for run in runs]),
        ("compiled for one day and kept, from an empty cache", [sum(run["compiling"].values()) for run in runs]),
        (f"  the slowest of them: {made}", [run["compiling"][made] for run in runs]),
        ("all that in a fresh process, with its imports", [run["all"] for run in runs]),
    ):
        found[name.strip()] = clock.told_ms(name, took(parts))._asdict()
    return found


def _compiled() -> dict[str, Any]:
    script = Path(__file__).resolve().with_name("compiling.py")
    run = [sys.executable, str(script), DAY.isoformat()]
    return dict(json.loads(subprocess.run(run, env=_environment(), capture_output=True, check=True, text=True).stdout))


def _environment() -> dict[str, str]:
    """A terminal of 100 columns, and modules compiled once, as an installed package has them, beside our cache."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_A_USERS}
    compiled = str(Path(kept["ENTREPOT_CACHE"]).with_name("compiled"))
    return kept | {"FORCE_COLOR": "1", "COLUMNS": "100", "PYTHONPYCACHEPREFIX": compiled}
