"""machine: how the loops are compiled: once, kept on the disk, and run without Python's lock."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import config, njit
from numba.extending import intrinsic

from entrepot.law.cache import cache_folder

#: What the machine code depends on: the modules of this folder (Numba looks only at the file of the function itself)
#: and who compiles it. For which machine, Numba minds itself.
CODE = hashlib.blake2b(
    b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    + f"{numba.__version__} {sys.version}".encode(),
    digest_size=6,
).hexdigest()
#: No references counted and no division by zero looked for: see `compiled`.
LEAN: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as machine code, which makes no array: references are not counted, which costs more than the sums do.

    A division by zero is not looked for: every denominator is above zero. It is kept inside those that call it.
    """
    made: Callable[..., Any] = njit(nogil=True, **LEAN)(function)
    return made


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `compiled`, and laid out in the functions that call it: handing a law over costs more than the sums do."""
    made: Callable[..., Any] = njit(nogil=True, forceinline=True, **LEAN)(function)
    return made


def _sure(_: Any, number: Any) -> Any:
    """A number that is never below zero. The machine code relies on it: such an index cannot count from the end."""

    def laid_down(_: Any, builder: Any, __: Any, given: Any) -> Any:
        builder.assume(builder.icmp_signed(">=", given[0], given[0].type(0)))
        return given[0]

    return number(number), laid_down


sure: Any = intrinsic(_sure)


def entered(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `compiled`, and kept on the disk with all that it calls: what Python calls."""
    return _kept(function, **LEAN)


def prepared(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as machine code that may make arrays: for what goes before the loop and comes after it."""
    return _kept(function, error_model="numpy")


def _kept(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder() / f"machine-{CODE}")  # read when a function is decorated
    try:
        made: Callable[..., Any] = njit(cache=True, nogil=True, **options)(function)
    finally:
        config.CACHE_DIR = before
    return made
