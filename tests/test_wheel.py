"""The wheel contains the engine, the law and the licence, and nothing else. `check` also tests it installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def test_the_wheel_contains_every_module_and_py_typed(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for path in (ROOT / "src" / "entrepot").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert str(path.relative_to(ROOT / "src")) in names


def test_the_wheel_contains_the_templates_of_the_server(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for name in ("templates/base.html", "static/web/pages.css", "templates/admin/store/key/made.html"):
        assert f"entrepot/web/{name}" in names
    assert "entrepot/store/migrations/0001_initial.py" in names


def test_the_wheel_contains_every_pack_unchanged(wheel: zipfile.ZipFile) -> None:
    for path in (ROOT / "packs").rglob("*"):
        if path.is_file():
            assert wheel.read(f"entrepot/{path.relative_to(ROOT)}") == path.read_bytes(), path.name


def test_the_wheel_contains_nothing_else(wheel: zipfile.ZipFile) -> None:
    strangers = [name for name in wheel.namelist() if not name.startswith(("entrepot/", "entrepot-"))]
    assert not strangers
    assert not [
        name for name in wheel.namelist() if "__pycache__" in name or "/tests/" in name or name.endswith(".pyc")
    ]


def test_the_metadata_of_the_wheel(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    text = wheel.read(metadata).decode()
    assert "License-Expression: Apache-2.0" in text
    assert "Requires-Python: >=3.11" in text
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
    (entries,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "entrepot = entrepot.__main__:main" in wheel.read(entries).decode()
