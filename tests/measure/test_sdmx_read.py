"""Files of SDMX are added as published statistics: our own, those with an indicator, and a clear answer for others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from entrepot.connect.statistics import files
from entrepot.connect.statistics.sdmx import write
from entrepot.measure.cube import Observation, as_csv
from entrepot.measure.published import ranking
from entrepot.model.errors import TradeError
from measure.test_sdmx import cube

pytest.importorskip("pysdmx")
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
ABOUT = {"title": "Own", "publisher": "VN", "vintage": "2026-11-26"}
EXP = "UNCTAD_DE_DIG_SERVTRADE_ANN_EXP"


def wanted(rows: list[Observation], entry: str) -> Decimal:
    """The value of delivered services with the world."""
    key = ("W1", "S1", entry, "DELIVERED")
    (found,) = [
        Decimal(each.obs_value)
        for each in rows
        if (each.counterpart_area, each.ref_sector, each.accounting_entry, each.measure) == key
    ]
    return found


@pytest.mark.parametrize("form", ["csv", "sdmx-csv", "sdmx-ml"])
def test_what_was_exported_is_added(form: str, tmp_path: Path) -> None:
    rows = cube()
    text = as_csv(iter(rows)) if form == "csv" else write(rows, form, prepared=NOW, sender="VN")
    path = tmp_path / "own.data"
    path.write_text(text)
    found = files.add(tmp_path, path, definition="delivered", **ABOUT)
    values = {each.flow: Decimal(each.value) for each in found.points}
    assert (found.definition, found.unit, {each.area for each in found.points}) == ("delivered", "CNY", {"VNM"})
    assert values == {"exports": wanted(rows, "C"), "imports": wanted(rows, "D")}
    assert [each.area for each in ranking(found, 2026).places] == ["VNM"]
    with pytest.raises(TradeError, match="Give --definition"):
        files.add(tmp_path, path, **ABOUT)


def test_a_structure_with_an_indicator_is_added(tmp_path: Path) -> None:
    path = tmp_path / "unctad.csv"
    path.write_text(
        "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,UNIT_MEASURE,UNIT_MULT,TIME_PERIOD,OBS_VALUE\n"
        f"dataflow,WB:DE(1.0),I,A,CHN,{EXP},USD,6,2023,20\n"
        f"dataflow,WB:DE(1.0),I,A,WLD,{EXP},USD,6,2023,90\n"
        f"dataflow,WB:DE(1.0),I,A,VNM,{EXP},USD,6,2023,\n"
    )
    found = files.add(tmp_path, path, **ABOUT)
    assert (found.left_out, found.multiplier, ranking(found, 2023).missing) == (("WLD",), 6, ("VNM",))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("DATAFLOW,FREQ,REF_AREA,BOP_ITEM,TIME_PERIOD,OBS_VALUE\n", "it has no UNIT_MEASURE"),
        ("STRUCTURE,REF_AREA,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,BOP_ITEM\n", "it has no COUNTERPART_AREA"),
        ("<a><b></a>", "it cannot be read"),
        ("<html><body>Not found</body></html>", "structure that is not read"),
        ("structure", "it has no data"),
    ],
)
def test_another_structure_gets_a_clear_answer(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "other.sdmx"
    if content == "structure":
        content = write(cube(), "sdmx-structure", prepared=NOW, sender="VN")
    path.write_text(content)
    with pytest.raises(TradeError, match=says) as found:
        files.add(tmp_path, path, definition="delivered", **ABOUT)
    assert found.value.code == "sdmx_other"
    assert "ENTREPOT:DIGITAL_TRADE" in str(found.value)
