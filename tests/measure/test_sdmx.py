"""What is written as SDMX is read back by a second implementation, and its codes are in the code lists."""

import datetime as dt
import io

import pytest

from entrepot.connect.statistics.sdmx import write
from entrepot.measure.cube import COLUMNS, Observation, as_csv, observations
from entrepot.measure.disclosure import Rules, control
from measure.test_tables import GOODS, VISIT, changed, table

sdmx = pytest.importorskip("sdmx")
pytest.importorskip("pysdmx")
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def cube() -> list[Observation]:
    found = table([GOODS, VISIT, changed(VISIT, id="or_3:1", price=None)], "VN")
    return list(observations(found, control(found, Rules(traders=1, dominance=100)), 2, "FOB"))


def test_the_structure_and_the_data_are_read_back() -> None:
    rows = cube()
    structure = sdmx.read_sdmx(io.BytesIO(write(rows, "sdmx-structure", prepared=NOW, sender="VN").encode()))
    definition = structure.structure["DIGITAL_TRADE"]
    names = [each.id for each in definition.dimensions]
    assert names == list(COLUMNS[: len(names)])
    assert "CL_ACCOUNT_ENTRY" in structure.codelist
    data = sdmx.read_sdmx(io.BytesIO(write(rows, "sdmx-ml", prepared=NOW, sender="VN").encode()), structure=definition)
    read = {}
    for each in data.data[0].obs:
        values = each.dimension
        value = None if each.value in (None, "", "NaN") else float(each.value)
        read[tuple(str(values[name].value) for name in names)] = value
    wanted = {tuple(each[: len(names)]): float(each.obs_value) if each.obs_value else None for each in rows}
    assert read == wanted


def test_each_code_is_in_its_list() -> None:
    rows = cube()
    structure = sdmx.read_sdmx(io.BytesIO(write(rows, "sdmx-structure", prepared=NOW, sender="VN").encode()))
    lists = {name: set(each.items) for name, each in structure.codelist.items()}
    measures = {each.measure for each in rows}
    assert measures <= lists["CL_DIGITAL_TRADE_MEASURE"]
    assert {each.counterpart_area for each in rows} <= lists["CL_AREA"]


def test_sdmx_csv_has_the_structure_in_each_row() -> None:
    lines = write(cube(), "sdmx-csv", prepared=NOW, sender="VN").splitlines()
    assert lines[0].startswith("STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA")
    assert "ENTREPOT:DIGITAL_TRADE(1.0)" in lines[1]
    assert len(lines) == 1 + len(cube())


def test_what_is_held_back_is_in_no_file() -> None:
    found = table([changed(GOODS, price=98_765)], "VN")
    rows = list(observations(found, control(found), 2, "FOB"))
    text = as_csv(iter(rows)) + write(rows, "sdmx-ml", prepared=NOW, sender="VN")
    assert "987.65" not in text
    assert {each.conf_status for each in rows if each.obs_status == "Q"} == {"C"}
