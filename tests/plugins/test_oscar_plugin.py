"""The tests of plugins/entrepot-oscar, in a process of their own: their Django has the settings of a shop."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "plugins" / "entrepot-oscar"


@pytest.mark.long
def test_the_tests_of_the_plugin_pass() -> None:
    pytest.importorskip("oscar", reason="django-oscar is not installed: the plugin is not tested")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "DJANGO_", "PYTEST"))
    }
    cache = {"ENTREPOT_CACHE": os.environ["ENTREPOT_CACHE"]} if "ENTREPOT_CACHE" in os.environ else {}
    env = kept | cache | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(PLUGIN), "-c"]
    done = subprocess.run(
        [*command, str(PLUGIN / "pyproject.toml"), str(PLUGIN / "tests")],
        cwd=PLUGIN, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 80


def test_the_plugin_is_a_distribution_that_needs_the_shop_and_the_client_only() -> None:
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    assert [re.split(r"[<>=]", each)[0] for each in project["dependencies"]] == ["django-oscar", "entrepot[client]"]
    assert project["license"] == "Apache-2.0"
    assert (PLUGIN / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert (PLUGIN / "README.md").read_text().startswith("# entrepot-oscar\n")


def test_of_the_node_the_plugin_imports_its_client_only() -> None:
    """Held here as well, where django-oscar is not installed: the import contracts see the package `entrepot` only."""
    imports = re.compile(r"^\s*(?:from|import) +(entrepot(?:\.\w+)*)\b", re.MULTILINE)
    found = {name for path in (PLUGIN / "src").rglob("*.py") for name in imports.findall(path.read_text())}
    assert found == {"entrepot.client"}
