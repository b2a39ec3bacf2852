"""Tables are assessed by the compiled loops in these tests, in a first run too, in which the loops are compiled."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest


@pytest.fixture(scope="session", autouse=True)
def _compiled_loops() -> None:
    if find_spec("numba") and find_spec("pyarrow"):
        from entrepot.batch.kernel.compiler import is_complete

        if not is_complete():
            subprocess.run([sys.executable, "-m", "entrepot.batch.run.compile_loops"], check=True)
