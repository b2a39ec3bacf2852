"""`./run` on a machine that lacks what it needs says so in one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from entrepot import cli

RUN = Path(cli.__file__).parents[3] / "run"
NEEDED = ("sh", "dirname", "cat", "cmp")

pytestmark = pytest.mark.skipif(os.name != "posix" or not RUN.is_file(), reason="a checkout on a POSIX system")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A bare machine: a checkout in a folder with a space, and a PATH with almost nothing."""
    (tmp_path / "a place").mkdir()
    shutil.copy(RUN, tmp_path / "a place" / "run")
    shutil.copy(RUN.parent / "pyproject.toml", tmp_path / "a place")
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def told(machine: Path) -> subprocess.CompletedProcess[str]:
    words = [str(machine / "bin" / "sh"), str(machine / "a place" / "run")]
    path = {"PATH": str(machine / "bin")}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=path, cwd="/")


def python_that(machine: Path, script: str) -> None:
    file = machine / "bin" / "python3"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_without_python(machine: Path) -> None:
    done = told(machine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11 or newer" in done.stderr


def test_with_an_old_python(machine: Path) -> None:
    python_that(machine, 'case $1 in --version) echo "Python 3.8.1" ;; *) exit 1 ;; esac')
    done = told(machine)
    assert done.returncode == 1
    assert "here is Python 3.8.1" in done.stderr


def test_without_venv(machine: Path) -> None:
    python_that(machine, 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = told(machine)
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_a_ready_environment_runs_the_demo_or_what_is_asked(machine: Path) -> None:
    place = machine / "a place"
    (place / ".venv" / "bin").mkdir(parents=True)
    python = place / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    python.chmod(0o755)
    settings = (place / "pyproject.toml").read_text("utf-8")
    (place / ".venv" / ".ready").write_text(f"{settings}# {place}\n", "utf-8")
    assert told(machine).stdout == "-m|entrepot|demo|"
    words = [str(machine / "bin" / "sh"), str(place / "run"), "quote", "--amount", "100 CNY"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={"PATH": str(machine / "bin")})
    assert done.stdout == "-m|entrepot|quote|--amount|100 CNY|"
