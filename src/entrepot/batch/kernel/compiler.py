"""How the kernel is compiled: with Numba, cached on disk, and run without Python's global lock (GIL)."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import config, njit
from numba.core.caching import FunctionCache
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from entrepot.law.cache import cache_folder

#: Hash of what the machine code depends on: the modules of this folder (Numba checks only the file of the function
#: itself), and the versions of Numba and Python. Numba itself tells processors apart.
CODE_HASH = hashlib.blake2b(
    b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    + f"{numba.__version__} {sys.version}".encode(),
    digest_size=6,
).hexdigest()
#: Options: no reference counting, no check for division by zero (see `compiled`).
NO_REFCOUNT: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


#: The folders beside this one that have entry points too. Numba compiles those of a changed file again.
OTHER_FOLDERS = ("assess", "formats", "plans")
_RESULTS: Any = FunctionCache._impl_class  # noqa: SLF001  # Numba has no public way to name the folder
_LOCATORS = tuple(_RESULTS._locator_classes)  # noqa: SLF001
_USER_FOLDER: Any = _LOCATORS[0]


class _ByFolderName(_USER_FOLDER):  # type: ignore[misc]  # the package has no types
    """Keeps machine code under the name of the module's folder, where Numba uses the path of the file.

    Another environment with the same modules, or the same one after an installation, then finds what is compiled.
    """

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        return Path(py_file).parent.name


class _Results(_RESULTS):  # type: ignore[misc]  # the package has no types
    _locator_classes = (_ByFolderName, *_LOCATORS)


class _MachineCode(FunctionCache):  # type: ignore[misc]  # the package has no types
    _impl_class = _Results


@cache
def _complete_mark() -> Path:
    """The file that says that all entry points of these modules are in the cache, for this processor."""
    digest = hashlib.blake2b(str(cpu_target.target_context.codegen().magic_tuple()).encode(), digest_size=6)
    for folder in OTHER_FOLDERS:
        for file in sorted((Path(__file__).parents[1] / folder).glob("*.py")):
            digest.update(file.read_bytes())
    name = digest.hexdigest()
    return cache_folder() / f"machine-{CODE_HASH}" / f"complete-{name}"


def is_complete() -> bool:
    """Whether the machine code of all entry points was compiled by this installation, for this processor."""
    return _complete_mark().exists()


def mark_complete() -> None:
    """Notes that all entry points are in the cache."""
    with suppress(OSError):  # a cache that cannot be written stores nothing
        _complete_mark().touch()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function that allocates no array.

    References are not counted, which would cost more than the arithmetic. Division by zero is not checked: every
    denominator is above zero. The code is cached with its callers.
    """
    machine_code: Callable[..., Any] = njit(nogil=True, **NO_REFCOUNT)(function)
    return machine_code


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `compiled`, and inlined into its callers: passing the arrays of a law costs more than the arithmetic."""
    machine_code: Callable[..., Any] = njit(nogil=True, forceinline=True, **NO_REFCOUNT)(function)
    return machine_code


def _assume_non_negative(_: Any, number: Any) -> Any:
    """An intrinsic: promises the compiler that a number is not negative, so that an index never counts from the end."""

    def generate_code(_: Any, builder: Any, __: Any, given: Any) -> Any:
        builder.assume(builder.icmp_signed(">=", given[0], given[0].type(0)))
        return given[0]

    return number(number), generate_code


non_negative: Any = intrinsic(_assume_non_negative)


def entry_point(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `compiled`, and cached on disk with everything that it calls: for functions that Python calls."""
    return _cached(function, **NO_REFCOUNT)


def compiled_with_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function that may allocate arrays, for the work before and after the loop; cached on disk."""
    return _cached(function, error_model="numpy")


def _cached(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder() / f"machine-{CODE_HASH}")  # read when a function is decorated
    try:
        machine_code: Any = njit(nogil=True, **options)(function)
        machine_code._cache = _MachineCode(function)  # noqa: SLF001  # as `cache=True` does
    finally:
        config.CACHE_DIR = before
    code: Callable[..., Any] = machine_code
    return code
