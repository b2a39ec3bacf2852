"""Starts a module of this package in another process, which ends when this one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: The folder from which the package is imported.
FOLDER = Path(__file__).resolve().parents[3]


def start_module(module: str, *arguments: str, answers: bool = False) -> subprocess.Popen[bytes]:
    """Start a module. Its standard input is a pipe, and so is its standard output if it `answers`.

    The pipe to it stays open as long as this process lives: a module that ends when its input does ends with it.
    Raises OSError.
    """
    paths = [str(FOLDER), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(  # noqa: S603  # this Python, and a module of this package
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if answers else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )
