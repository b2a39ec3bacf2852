"""The official files that some tests read. They are not part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "ENTREPOT_TESTS_DATA"
#: The folder of official files: that of the variable, else the one beside the repository.
DATA = Path(os.environ.get(VARIABLE) or Path(__file__).resolve().parents[2] / "shared" / "data")


def needs(*files: Path) -> pytest.MarkDecorator:
    """Skip tests if one of these files or folders is missing, and say how to name the folder."""
    missing = [str(file.relative_to(DATA.parent)) for file in files if not file.exists()]
    how = f"set {VARIABLE} to the folder of official files (CONTRIBUTING.md, Checks)"
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not found: {how}")
