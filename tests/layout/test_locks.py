"""The lock files match `pyproject.toml` for every Python version, and name no registry."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "requirements"
LOCKS = ("check", "run", "wheel", "bench")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def load_lock_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", FOLDER / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pinned_requirements(lock: str) -> Iterator[Requirement]:
    for line in (FOLDER / f"{lock}.txt").read_text().splitlines():
        if re.match(r"\w", line):
            yield Requirement(line.rstrip("\\ "))


def versions(lock: str, python: str) -> dict[str, str]:
    """The versions that a lock installs on Linux with a version of Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    found: dict[str, str] = {}
    for each in pinned_requirements(lock):
        if each.marker is None or each.marker.evaluate(environment):
            name = canonicalize_name(each.name)
            assert name not in found, f"{lock}.txt has two versions of {name} for Python {python}"
            (version,) = each.specifier
            assert version.operator == "=="
            found[name] = version.version
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_built_from_the_declared_requirements(name: str) -> None:
    lock = load_lock_script()
    locked_from, declared = lock.declared((FOLDER / f"{name}.txt").read_text()), lock.wanted(name, PROJECT)
    assert locked_from == declared, f"requirements/{name}.txt does not match pyproject.toml: run `./check locks`"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_satisfies_the_declared_requirements_on_every_python(name: str, python: str) -> None:
    found = versions(name, python)
    for text in load_lock_script().wanted(name, PROJECT):
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({"python_version": python}):
            version = found.get(canonicalize_name(wanted.name), "none")
            assert version != "none", f"{text} is not in requirements/{name}.txt for Python {python}"
            assert wanted.specifier.contains(version, prereleases=True), f"{text}: {version} is locked"


@pytest.mark.parametrize("python", PYTHONS)
def test_a_package_has_one_version_in_all_locks(python: str) -> None:
    checked = versions("check", python)
    for name in ("run", "wheel", "bench"):
        differ = {
            each: version for each, version in versions(name, python).items() if checked.get(each, version) != version
        }
        assert not differ, f"requirements/{name}.txt differs from check.txt: run `./check locks`"
    # `./run` uses the environment of `./check` where there is one.
    assert not versions("run", python).keys() - checked.keys()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_hash_for_every_package_and_names_no_host(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    assert not re.search(r"https?:|--index|--find-links|--trusted", text)
    for package in re.split(r"\n(?=\w)", text.partition("\n\n")[2]):
        assert "--hash=sha256:" in package, package.splitlines()[0]


def test_the_doctests_of_the_lock_script_pass() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doctest", str(FOLDER / "lock.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
