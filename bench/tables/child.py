"""child: a process of its own: how long it took, and the most memory it held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Ended(NamedTuple):
    """What a process took, in seconds and in MB of a million bytes, and what it printed."""

    seconds: float
    peak_mb: float
    printed: str


class Failed(Exception):
    """A process ended badly."""


def python(*words: str, limit: float = 1800) -> Ended:
    """Runs Python with arguments, a script of this folder by its name. Raises Failed where it fails or takes longer."""
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
    """The same, with the peak memory of the process: `wait4` tells it of that very child."""
    command = [sys.executable, *(str(HERE / word) if word.endswith(".py") else word for word in words)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.perf_counter() - start > limit:
                process.kill()
                raise Failed(f"{' '.join(command)}: more than {limit:.0f} seconds")
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{' '.join(command)}: it ended with {process.returncode}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Ended(time.perf_counter() - start, peak, "")
