"""`./run` and `./check` report in one sentence what a machine lacks, and use the Python that is set."""

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


def run_script(machine: Path, *words: str, script: str = "run", **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(machine / "bin" / "sh"), str(machine / "a place" / script), *words]
    environment = {"PATH": str(machine / "bin"), **more}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd="/")


def write_program(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def make_environment(machine: Path, folder: str) -> None:
    """An environment in a folder of the checkout, with a Python that prints its arguments."""
    place = machine / "a place"
    python = place / folder / "bin" / "python"
    write_program(python, 'printf "%s|" "$@"')
    made_from = [(place / name).read_text("utf-8") for name in ("requirements/run.txt", "pyproject.toml")]
    (place / folder / ".filled-run").write_text(f"# {place}\n# {python}\n{''.join(made_from)}", "utf-8")


@pytest.mark.parametrize("script", ["run", "check"])
def test_without_python(machine: Path, script: str) -> None:
    done = run_script(machine, script=script)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11 or later is required; found: none." in done.stderr


def test_with_an_old_python(machine: Path) -> None:
    write_program(machine / "bin" / "python3", 'case $1 in --version) echo "Python 3.8.1" ;; *) exit 1 ;; esac')
    done = run_script(machine)
    assert done.returncode == 1
    assert "found: Python 3.8.1." in done.stderr


def test_without_venv(machine: Path) -> None:
    write_program(machine / "bin" / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = run_script(machine)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


def test_a_complete_environment_runs_the_demo_or_the_given_command(machine: Path) -> None:
    make_environment(machine, ".venv")
    assert run_script(machine).stdout == "-P|-m|entrepot|demo|"
    assert run_script(machine, "quote", "--amount", "100 CNY").stdout == "-P|-m|entrepot|quote|--amount|100 CNY|"


def test_another_python_has_its_own_environment(machine: Path) -> None:
    make_environment(machine, ".venv-3.13")
    write_program(machine / "bin" / "another", 'case "$2" in *print*) echo 3.13 ;; esac')
    assert run_script(machine, ENTREPOT_PYTHON="another").stdout == "-P|-m|entrepot|demo|"
    assert run_script(machine, ENTREPOT_VENV=f"{machine}/a place/.venv-3.13").stdout == "-P|-m|entrepot|demo|"
    done = run_script(machine, ENTREPOT_PYTHON="python3.9")
    assert done.returncode == 1
    assert "ENTREPOT_PYTHON is 'python3.9', which does not run" in done.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [("requirements/run.txt", "Making a virtual environment"), ("pyproject.toml", "Making a virtual environment")],
)
def test_a_changed_lock_or_project_makes_a_new_environment(machine: Path, change: str, says: str) -> None:
    make_environment(machine, ".venv")
    (machine / "a place" / ".venv" / "pyvenv.cfg").touch()
    with (machine / "a place" / change).open("a") as file:
        file.write("# changed\n")
    write_program(machine / "bin" / "python3", 'case "$*" in *venv*--clear*) echo made >&2; exit 1 ;; esac')
    done = run_script(machine)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "could not be made" in done.stderr


@pytest.mark.parametrize("kind", ["link", "broken link", "folder", "hidden"])
def test_a_folder_of_somebody_else_is_not_emptied(machine: Path, kind: str) -> None:
    shared = machine / "shared"
    if kind != "broken link":
        shared.mkdir()
        (shared / (".hidden" if kind == "hidden" else "letter")).write_text("kept")
    if kind == "link":
        (shared / "pyvenv.cfg").touch()
    (machine / "a place" / ".venv").symlink_to(shared)
    write_program(machine / "bin" / "python3", 'case "$*" in *venv*--clear*) echo made >&2; exit 1 ;; esac')
    done = run_script(machine, **({} if "link" in kind else {"ENTREPOT_VENV": str(shared)}))
    assert (done.returncode, done.stdout) == (1, "")
    assert "It is not emptied. Remove it, or set ENTREPOT_VENV to another folder." in done.stderr
    assert "Making" not in done.stderr


def test_an_empty_folder_becomes_the_environment(machine: Path) -> None:
    (machine / "a place" / ".venv").mkdir()
    write_program(machine / "bin" / "python3", 'case "$*" in *venv*--clear*) echo made >&2; exit 1 ;; esac')
    assert "Making a virtual environment" in run_script(machine).stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["test"], "'test' is not known. Steps: format lint types imports wheel tests audit."),
        (["--seed", "x", "--all"], "--seed 'x' is not a number."),
        (["--seed", "7"], "--seed goes with --all"),
        (["--upgrade"], "--upgrade goes with locks"),
    ],
)
def test_unknown_arguments_of_check_are_refused(machine: Path, words: list[str], says: str) -> None:
    done = run_script(machine, *words, script="check")
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
