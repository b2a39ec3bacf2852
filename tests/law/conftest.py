"""A copy of a pack to break, and the library of the packs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from entrepot.law.library import Library

PACKS = Path(__file__).resolve().parents[2] / "packs"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(PACKS)


@pytest.fixture
def zz(tmp_path: Path) -> Path:
    """A copy of Exampleland's pack, to be broken."""
    return Path(shutil.copytree(PACKS / "zz", tmp_path / "zz"))
