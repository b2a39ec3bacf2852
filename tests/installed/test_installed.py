"""The installed `entrepot` finds its law from any folder. In the tree this is the editable install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import entrepot
from entrepot.law.library import Library, packs_folder

SALE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "buyer": {"kind": "consumer"},
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}
COMMAND = Path(sys.executable).with_name("entrepot")


def without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("ENTREPOT_PACKS", "PYTHONPATH")}


def test_the_law_is_found_from_any_folder(tmp_path: Path) -> None:
    code = "import json, sys, entrepot; print(entrepot.quote(json.loads(sys.argv[1])).best.amount_landed)"
    command = [sys.executable, "-c", code, json.dumps(SALE)]
    done = subprocess.run(command, cwd=tmp_path, env=without_settings(), capture_output=True, text=True, check=True)
    # Retail import by electronic commerce: no duty, and 70 % of the 13 % VAT: 9.10.
    assert done.stdout == "109.10\n"


def test_the_law_is_installed_beside_the_code() -> None:
    home = Path(entrepot.__file__).parent
    inside = home / "packs"
    assert packs_folder() == (inside if "site-packages" in home.parts else home.parents[1] / "packs")
    assert {"world", "zz", "cn", "jp", "vn", "th", "kh", "eu"} <= {*Library().ids(), "world"}


def test_own_packs_replace_the_installed_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_PACKS", str(tmp_path))
    assert packs_folder() == tmp_path
    with pytest.raises(entrepot.LawError, match="ENTREPOT_PACKS"):
        Library()


@pytest.mark.parametrize("command", [[str(COMMAND)], [sys.executable, "-m", "entrepot"]], ids=["entrepot", "-m"])
def test_the_command_line_is_installed(command: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*command, "--help"], cwd=tmp_path, env=without_settings(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "quote" in done.stdout
    faultless = subprocess.run(
        [*command, "packs", "check", packs_folder() / "zz"],
        cwd=tmp_path,
        env=without_settings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert faultless.returncode == 0, faultless.stdout + faultless.stderr


def test_the_package_knows_its_version() -> None:
    from importlib.metadata import version

    assert version("entrepot") == entrepot.__version__
