"""The demonstration of services: four are delivered and accepted, and the statement is that of the ledger."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

NEEDED = ("aiortc", "pycrdt", "websockets", "icalendar", "joserfc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="module")
def report(folder: Path) -> Any:
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} of the extra services is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "services", "demo", "--json", "--folder", str(folder / "demo")],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.long
def test_four_services_are_delivered_with_evidence_and_accepted(report: Any) -> None:
    found = {each["service"]: each for each in report["services"]}
    assert set(found) == {"consultation", "course", "bay", "workspace"}
    assert {each["status"] for each in found.values()} == {"accepted"}
    assert all(each["evidence"] for each in found.values())
    assert "refused:time_taken" in found["bay"]["evidence"]
    assert "badge:valid" in found["course"]["evidence"]
    assert any(each.startswith("connected:") for each in found["consultation"]["evidence"])
    assert found["bay"]["taxes"] is None, "no category of the packs is that of a bay"


@pytest.mark.long
def test_the_statement_has_what_was_sold(report: Any) -> None:
    # 300 for the visit, 200 for the course, an hour of the bay at 40, two seats at 60.
    assert Decimal(report["statement"]["totals"]["sale"]) == 300 + 200 + 40 + 2 * 60
    assert report["statement"]["closing"] == "660.00"
    assert report["ledger"]["verified"] is True


@pytest.mark.long
def test_nothing_of_the_people_is_in_the_ledger_or_the_logs(report: Any, folder: Path) -> None:
    logs = list(folder.rglob("sockets.log"))
    assert logs
    for log in logs:
        text = log.read_text(errors="replace")
        assert "示例患者" not in text
        assert "Price list" not in text
    files = list(folder.rglob("*.sqlite3*"))
    assert files
    for file in files:
        content = file.read_bytes()
        for planted in ("示例患者", "Sandbox note."):
            assert planted.encode() not in content, (file.name, Path(planted).name)
