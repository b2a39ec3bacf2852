"""`./run` and `./check` on a machine that lacks what they need say so in one sentence, and use the Python asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from entrepot import cli

ROOT = Path(cli.__file__).parents[3]
NEEDED = ("sh", "dirname", "cat", "cmp", "readlink", "head", "grep", "rm", "mktemp")

pytestmark = pytest.mark.skipif(
    os.name != "posix" or not (ROOT / "run").is_file(), reason="a checkout on a POSIX system"
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A bare machine: a checkout in a folder with a space, and a PATH with almost nothing."""
    place = tmp_path / "a place"
    (place / "requirements").mkdir(parents=True)
    for name in ("run", "check", "pyproject.toml", *(f"requirements/{lock}.txt" for lock in ("run", "check"))):
        shutil.copy(ROOT / name, place / name)
    shutil.copy(ROOT / "requirements" / "environment.sh", place / "requirements")
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def told(machine: Path, *words: str, script: str = "run", **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(machine / "bin" / "sh"), str(machine / "a place" / script), *words]
    environment = {"PATH": str(machine / "bin"), **more}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd="/")


def program(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def filled(machine: Path, folder: str) -> None:
    """An environment in a folder of the checkout whose Python prints what it is asked to run."""
    place = machine / "a place"
    python = place / folder / "bin" / "python"
    program(python, 'printf "%s|" "$@"')
    made_from = [(place / name).read_text("utf-8") for name in ("requirements/run.txt", "pyproject.toml")]
    (place / folder / ".filled-run").write_text(f"# {place}\n# {python}\n{''.join(made_from)}", "utf-8")


@pytest.mark.parametrize("script", ["run", "check"])
def test_without_python(machine: Path, script: str) -> None:
    done = told(machine, script=script)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11 or later is required; found: none." in done.stderr


def test_with_an_old_python(machine: Path) -> None:
    program(machine / "bin" / "python3", 'case $1 in --version) echo "Python 3.8.1" ;; *) exit 1 ;; esac')
    done = told(machine)
    assert done.returncode == 1
    assert "found: Python 3.8.1." in done.stderr


def test_without_venv(machine: Path) -> None:
    program(machine / "bin" / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = told(machine)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


def test_a_filled_environment_runs_the_demo_or_what_is_asked(machine: Path) -> None:
    filled(machine, ".venv")
    assert told(machine).stdout == "-m|entrepot|demo|"
    assert told(machine, "quote", "--amount", "100 CNY").stdout == "-m|entrepot|quote|--amount|100 CNY|"


def test_another_python_has_a_folder_of_its_own(machine: Path) -> None:
    filled(machine, ".venv-3.13")
    program(machine / "bin" / "another", 'case "$2" in *print*) echo 3.13 ;; esac')
    assert told(machine, ENTREPOT_PYTHON="another").stdout == "-m|entrepot|demo|"
    assert told(machine, ENTREPOT_VENV=f"{machine}/a place/.venv-3.13").stdout == "-m|entrepot|demo|"
    done = told(machine, ENTREPOT_PYTHON="python3.9")
    assert done.returncode == 1
    assert "ENTREPOT_PYTHON is 'python3.9', which does not run" in done.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [("requirements/run.txt", "Making a virtual environment"), ("pyproject.toml", "Making a virtual environment")],
)
def test_an_environment_of_another_lock_or_another_project_is_filled_again(
    machine: Path, change: str, says: str
) -> None:
    filled(machine, ".venv")
    with (machine / "a place" / change).open("a") as file:
        file.write("# changed\n")
    program(machine / "bin" / "python3", 'case "$*" in *venv*--clear*) echo made >&2; exit 1 ;; esac')
    done = told(machine)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "could not be made" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["test"], "'test' is not known. Steps: format lint types imports tests wheel."),
        (["--seed", "x", "--all"], "--seed 'x' is not a number."),
        (["--seed", "7"], "--seed goes with --all"),
        (["--upgrade"], "--upgrade goes with locks"),
    ],
)
def test_what_the_check_does_not_know_is_refused_with_what_it_knows(machine: Path, words: list[str], says: str) -> None:
    done = told(machine, *words, script="check")
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
