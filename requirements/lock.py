"""Write the lock files in this folder from `pyproject.toml`: every package, its version and its hashes.

`./check locks` runs it. A lock holds for each Python version from 3.11 on; where versions differ, markers choose.
Versions that a lock has are kept while `pyproject.toml` allows them; `./check locks --upgrade` takes the newest.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OLDEST_PYTHON = "3.11"
#: What the installed wheel is tested with.
WHEEL_TESTS = ("hypothesis", "pytest", "pytest-xdist")
LOCKS = ("check", "run", "wheel", "bench")


def wanted(name: str, project: dict[str, Any]) -> list[str]:
    """Return the requirements that a lock is made from: what `pyproject.toml` declares for that use.

    >>> project = {"build-system": {"requires": ["hatchling"]}, "dependency-groups": {"dev": ["pytest>=8"]}}
    >>> project["project"] = {"name": "entrepot", "dependencies": ["lark"]}
    >>> extras = {"chart": ["matplotlib"], "server": ["entrepot[chart]", "django"], "services": ["icalendar"]}
    >>> project["project"]["optional-dependencies"] = extras
    >>> wanted("run", project)
    ['django', 'editables', 'hatchling', 'icalendar', 'lark', 'matplotlib']
    >>> wanted("wheel", project)
    ['django', 'hypothesis', 'lark', 'matplotlib', 'pytest-xdist', 'pytest>=8']
    """
    extras, groups = project["project"]["optional-dependencies"], project.get("dependency-groups", {})
    # An editable installation is built here, without the network: with what builds it (hatchling asks for `editables`).
    build = [*project["build-system"]["requires"], "editables"]
    tests = [next((each for each in groups["dev"] if _name(each) == test), test) for test in WHEEL_TESTS]
    more = {
        "check": [*_extras(extras, list(extras)), *groups["dev"], *groups.get("docs", []), *build],
        "run": [*_extras(extras, ["chart", "server", "services"]), *build],
        "wheel": [*_extras(extras, ["chart", "server"]), *tests],
        "bench": [*_extras(extras, ["chart", "server"]), *groups.get("bench", [])],
    }
    return sorted({*project["project"]["dependencies"], *more[name]})


def declared(lock: str) -> list[str]:
    """Return the requirements that a lock says it was made from."""
    return re.findall(r"^#: (.+)$", lock, re.MULTILINE)


def _name(requirement: str) -> str:
    return re.split(r"[\s<>=~!\[;]", requirement)[0]


def _extras(extras: dict[str, list[str]], names: list[str]) -> list[str]:
    """Return the requirements of some extras; an extra may name others of this project."""
    found: list[str] = []
    for name in names:
        for each in extras[name]:
            own = re.fullmatch(r"entrepot\[([\w,-]+)\]", each)
            found += _extras(extras, own[1].split(",")) if own else [each]
    return found


def lock(name: str, project: dict[str, Any], *, upgrade: bool) -> str:
    """Return the text of a lock file, resolved by uv."""
    file, requirements = HERE / f"{name}.txt", wanted(name, project)
    with tempfile.TemporaryDirectory() as folder:
        output, source = Path(folder) / "lock.txt", Path(folder) / "pyproject.in"
        source.write_text("\n".join(requirements) + "\n")
        if file.exists():
            output.write_text(file.read_text())
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--output-file", str(output), str(source)]
        # One version of a package in all locks: the checks test what is run, and the bench measures it.
        command += [] if name == "check" else ["--constraint", str(HERE / "check.txt")]
        command += ["--upgrade"] if upgrade else []
        subprocess.run(command, check=True)
        packages = re.sub(r"^#.*\n", "", output.read_text(), flags=re.MULTILINE)
    head = [
        f"# Packages for {OLDEST_PYTHON} and later, made by `./check locks` from pyproject.toml. Do not edit.",
        *(f"#: {each}" for each in requirements),
    ]
    return "\n".join(head) + "\n\n" + packages


def main() -> None:
    """Write every lock file."""
    words = argparse.ArgumentParser(prog="./check locks", description="Write requirements/*.txt from pyproject.toml.")
    words.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    upgrade = words.parse_args().upgrade
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    for name in LOCKS:
        text = lock(name, project, upgrade=upgrade)
        (HERE / f"{name}.txt").write_text(text)
        print(f"requirements/{name}.txt: {text.count('==')} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
