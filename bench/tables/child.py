"""Runs a separate process and measures how long it took and its peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Ended(NamedTuple):
    """The seconds of a process, its peak memory in MB of a million bytes, and what it printed."""

    seconds: float
    peak_mb: float
    printed: str


class Failed(Exception):
    """A process failed."""


def python(*words: str, limit: float = 1800) -> Ended:
    """Runs Python with arguments; a script of this folder by its name. Raises Failed on failure or timeout."""
    command = [sys.executable, *(str(HERE / word) if word.endswith(".py") else word for word in words)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            printed, wrong = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"{' '.join(command)}: more than {limit:.0f} seconds") from None
    seconds = time.perf_counter() - start
    if process.returncode:
        raise Failed(f"{' '.join(command)}: {wrong.strip()[-600:]}")
    return Ended(seconds, 0.0, printed)


def measured(*words: str, limit: float = 1800) -> Ended:
    """Runs Python likewise and measures the peak memory too. Raises Failed likewise."""
    told = json.loads(python("peak_memory.py", str(limit), *words, limit=limit + 60).printed)
    if told["failed"]:
        raise Failed(f"{' '.join(words)}: {told['failed']}")
    return Ended(told["seconds"], told["peak_mb"], "")
