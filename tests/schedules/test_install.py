"""A schedule is installed completely or not at all, and the one installed before survives any failure."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import entrepot
from entrepot.law.layers import read_schedules
from entrepot.law.library import Library
from entrepot.model.errors import PackError, ScheduleError
from entrepot.schedules.install import Installed, find_installed, install, layer_files, remove
from entrepot.schedules.parsed import AdditionalDuty, ParsedSchedule, Row, ScheduleSource, TaxRow, UnreadCell
from entrepot.schedules.report import as_json, unread_csv
from pack_layers import library_with, ordinary_duty
from sizes import size

# In packs/zz tableware (69111000) is MFN 10 %, so that 1,000.00 owes 100.00.


def reading(rate: str = "7 %", name: str = "2026", **more: Any) -> ParsedSchedule:
    given: dict[str, Any] = {
        "pack": "zz",
        "id": name,
        "source": ScheduleSource(title="Schedule", authority="Exampleland Customs", dated=dt.date(2026, 4, 20)),
        "trust": "published",
        "since": dt.date(2026, 5, 1),
        "until": None,
        "treatments": ("mfn",),
        "rows": [Row(goods="69111000", treatment="mfn", rate=rate)],
        "cells": 1,
        **more,
    }
    return ParsedSchedule(**given)


def put(tmp_path: Path, what: ParsedSchedule, *, replace: bool = False) -> Installed:
    data = tmp_path / "data"
    return install(what, data, library_with(tmp_path).check, replace=replace)


def shelf(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data" / "schedules" / "zz").iterdir())


def table(files: dict[str, str], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name], newline="")))


def test_a_parsed_schedule_is_written_in_pack_format() -> None:
    rows = [
        Row(goods="69111000", treatment="mfn", rate="max(7 %, 3 ZZD/kg)", season="06-01..09-30", note="a, b"),
        Row(goods="0702", treatment="mfn", rate="free", origin="VN KH", scope="part", since=dt.date(2026, 6, 1)),
    ]
    more: dict[str, Any] = {
        "rows": rows,
        "names": {"69111000": {"ja": "磁器\n食卓用品", "en": 'Table"ware'}},
        "units": {"69111000": "KG"},
        "extras": [AdditionalDuty(programme="safeguard", goods="69", rate="5 %", name="Safeguard", origin="CN")],
        "classes": [TaxRow(goods="0702", tax="vat", name="zero", until=dt.date(2027, 1, 1))],
        "until": dt.date(2028, 1, 1),
    }
    files = layer_files(reading(**more))
    law = {"until": "2028-01-01", "cite": "schedule", "trust": "published"}
    assert table(files, "tariff.csv") == [
        {
            "goods": "0702",
            "treatment": "mfn",
            "origin": "VN KH",
            "season": "",
            "scope": "part",
            "rate": "free",
            "since": "2026-06-01",
            **law,
            "note": "",
        },
        {
            "goods": "69111000",
            "treatment": "mfn",
            "origin": "",
            "season": "06-01..09-30",
            "scope": "",
            "rate": "max(7 %, 3 ZZD/kg)",
            "since": "2026-05-01",
            **law,
            "note": "a, b",
        },
    ]
    (named,) = table(files, "goods.csv")
    assert (named["name_ja"], named["name_en"], named["note"]) == ("磁器\n食卓用品", 'Table"ware', "KG")
    (extra,) = table(files, "additional.csv")
    assert (extra["programme"], extra["goods"], extra["origin"], extra["rate"]) == ("safeguard", "69", "CN", "5 %")
    (put_in,) = table(files, "classes.csv")
    assert (put_in["goods"], put_in["tax"], put_in["class"], put_in["until"]) == ("0702", "vat", "zero", "2027-01-01")


def test_a_heading_over_lines_is_not_a_line_of_the_schedule() -> None:
    names = {code: {"en": code} for code in ("6911", "691110", "69111000", "6911100010", "6912", "691200")}
    files = layer_files(reading(names=names))
    # 69111000 has the rate; what is under it is reached by it; 691200 has none, but nothing is under it either.
    assert [row["goods"] for row in table(files, "goods.csv")] == ["69111000", "6911100010", "691200"]


def test_an_installed_schedule_is_used_from_its_first_day_until_it_is_removed(tmp_path: Path) -> None:
    assert put(tmp_path, reading()).how == "added"
    assert [ordinary_duty(library_with(tmp_path), on) for on in ("2026-04-30", "2026-05-01")] == ["100.00", "70.00"]
    (lain,) = find_installed(tmp_path / "data", ["zz"])
    remove(lain)
    assert shelf(tmp_path) == []
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "100.00"


def test_installing_the_same_schedule_twice_changes_nothing(tmp_path: Path) -> None:
    first = put(tmp_path, reading())
    before = {path: path.stat().st_mtime_ns for path in first.layer.path.iterdir()}
    again = put(tmp_path, reading())
    assert (again.how, again.layer.hash) == ("there", first.layer.hash)
    assert {path: path.stat().st_mtime_ns for path in again.layer.path.iterdir()} == before
    assert shelf(tmp_path) == ["2026"]


def test_another_schedule_with_the_same_id_is_refused_without_replace(tmp_path: Path) -> None:
    put(tmp_path, reading())
    with pytest.raises(ScheduleError, match="--replace"):
        put(tmp_path, reading("8 %"))
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "70.00"
    assert put(tmp_path, reading("8 %"), replace=True).how == "replaced"
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "80.00"
    assert shelf(tmp_path) == ["2026"]


@pytest.mark.parametrize(
    "broken",
    [
        {"rows": [Row(goods="69111000", treatment="mfn", rate="7 percent")]},
        {"rows": [Row(goods="69111000", treatment="nobody", rate="7 %")]},
        {"rows": [Row(goods="69111000", treatment="mfn", rate=rate) for rate in ("7 %", "8 %")]},
        {"until": dt.date(2026, 5, 1)},
        {"trust": "certain"},
    ],
)
def test_a_schedule_with_faults_changes_nothing(tmp_path: Path, broken: dict[str, Any]) -> None:
    put(tmp_path, reading())
    with pytest.raises(PackError):
        put(tmp_path, reading(**broken), replace=True)
    assert shelf(tmp_path) == ["2026"]
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "70.00"


@pytest.mark.parametrize("name", ["../2027", "", ".hidden", "a/b", "A", "x" * 81])
def test_an_id_that_is_no_name_of_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScheduleError, match="is not an id"):
        put(tmp_path, reading(name=name))
    assert not list(tmp_path.rglob("*.csv"))


def test_a_table_that_was_changed_by_hand_is_detected(tmp_path: Path) -> None:
    kept = put(tmp_path, reading())
    file = kept.layer.path / "tariff.csv"
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "70.00"
    file.write_text(file.read_text().replace("7 %", "1 %"))
    with pytest.raises(PackError, match="Add the schedule again"):
        ordinary_duty(library_with(tmp_path), "2026-05-01")
    assert put(tmp_path, reading(), replace=True).how == "added"  # what lay there was no schedule any more
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "70.00"


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """A file stands where the folder should be: even the superuser cannot write there."""
    (tmp_path / "data").write_text("no folder")
    with pytest.raises(OSError, match="data"):
        put(tmp_path, reading())


ADDS = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_install import reading, put
for turn in range(1000):
    put(Path(sys.argv[1]), reading(("7 %", "8 %")[turn % 2]), replace=True)
    print(turn, flush=True)
"""


def test_killing_the_process_while_replacing_keeps_one_schedule(tmp_path: Path) -> None:
    put(tmp_path, reading())
    chance = random.Random(20261125)
    here = Path(__file__).resolve().parent
    for _ in range(size(3, 8)):
        arguments = [sys.executable, "-c", ADDS, str(tmp_path), str(here), str(here.parent)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"0\n", "it never began"
            time.sleep(0.3 * chance.random())
            assert process.poll() is None, "it ended by itself"
            os.kill(process.pid, signal.SIGKILL)
        # What lies there is read by a library that knows nothing of what went before.
        found = Library(data=tmp_path / "data", cache=tmp_path / "cache")
        assert ordinary_duty(found, "2026-05-01") in ("70.00", "80.00")
        assert len(find_installed(tmp_path / "data", ["zz"])) == 1
    put(tmp_path, reading("9 %"), replace=True)
    assert [name for name in shelf(tmp_path) if not name.startswith(".new-")] == ["2026"]


def test_reading_while_another_process_replaces_finds_one_schedule(tmp_path: Path) -> None:
    put(tmp_path, reading())
    here = Path(__file__).resolve().parent
    arguments = [sys.executable, "-c", ADDS, str(tmp_path), str(here), str(here.parent)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"0\n", "it never began"
        until = time.monotonic() + size(1, 3)
        hashes: set[str] = set()
        # On a busy machine the other process may replace nothing in that time.
        while (now := time.monotonic()) < until or (len(hashes) < 2 and now < until + 60):
            (layer,) = read_schedules(tmp_path / "data", "zz")
            hashes.add(layer.hash)
        process.kill()
    assert len(hashes) == 2


def test_unread_cells_are_reported_and_written(tmp_path: Path) -> None:
    unread = [UnreadCell(file="a.csv", row=3, goods="6911", column="mfn", text="per, head", why="no unit")]
    references = [UnreadCell(file="a.csv", row=4, goods="6912", column="x", text="See 1", why="")]
    what = reading(cells=4, unread=unread, references=references)
    said = as_json(what)
    assert (said["cells"], said["exact"], said["unread"], said["references"], said["percent"]) == (4, 2, 1, 1, "50.00")
    lines = list(csv.DictReader(io.StringIO(unread_csv(what), newline="")))
    assert [(each["row"], each["text"], each["kind"]) for each in lines] == [
        ("3", "per, head", "unread"),
        ("4", "See 1", "reference"),
    ]
    assert put(tmp_path, what).layer.counts["unread"] == 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(bool)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_a_layer_is_read_back_from_its_toml(title: str, notes: list[str]) -> None:
    source = ScheduleSource(title=title, authority="Exampleland Customs", dated=dt.date(2026, 4, 20))
    head = tomllib.loads(layer_files(reading(source=source, notes=tuple(notes)))["layer.toml"])
    as_json = {"title": title, "authority": "Exampleland Customs", "dated": dt.date(2026, 4, 20)}
    assert head["format"] == 1
    assert head["source"] == {"schedule": as_json}
    assert head["layer"]["title"] == title
    assert head["layer"].get("notes", []) == notes
    assert "until" not in head["layer"], "what is not given is left out"


#: A `layer.toml` as release 0.1.0 wrote it, by a writer of its own: lists on one line, characters escaped as in JSON.
WRITTEN_BEFORE = r"""format = 1

[layer]
pack = "zz"
id = "2026"
kind = "schedule"
since = 2026-05-01
replaces = ["mfn"]
trust = "published"
title = "Schedule \"A\"\u007f"
notes = ["one", "two"]

[counts]
lines = 1
rows = 1
treatments = 1
cells = 1
unread = 0
references = 0
extras = 0

[source.schedule]
title = "Schedule \"A\"\u007f"
authority = "Exampleland Customs"
dated = 2026-04-20

[files]
"tariff.csv" = "821066e2b3fb6d079b6e630a5dec69bb"
"""


def test_a_schedule_installed_by_an_older_release_is_the_same(tmp_path: Path) -> None:
    source = ScheduleSource(title='Schedule "A"\x7f', authority="Exampleland Customs", dated=dt.date(2026, 4, 20))
    what = reading(source=source, notes=("one", "two"))
    files = layer_files(what)
    assert tomllib.loads(files["layer.toml"]) == tomllib.loads(WRITTEN_BEFORE)
    place = tmp_path / "data" / "schedules" / "zz" / "2026"
    place.mkdir(parents=True)
    (place / "tariff.csv").write_bytes(files["tariff.csv"].encode())
    (place / "layer.toml").write_bytes(WRITTEN_BEFORE.encode())
    # Adding the same files again finds them there, though another release wrote them.
    assert put(tmp_path, what).how == "there"
    assert (place / "layer.toml").read_bytes() == WRITTEN_BEFORE.encode()
    (layer,) = read_schedules(tmp_path / "data", "zz")
    assert layer.head.notes == ("one", "two")


def test_a_schedule_of_more_than_a_year_ago_says_its_day(tmp_path: Path) -> None:
    put(tmp_path, reading(since=dt.date(2025, 1, 1)))
    house = library_with(tmp_path)
    sale: dict[str, Any] = {
        "ship_from": {"country": "AU"},
        "ship_to": {"country": "ZZ"},
        "currency": "ZZD",
        "buyer": {"kind": "business"},
        "lines": [{"hs_code": "69111000", "amount": "1000", "country_of_origin": "AU"}],
    }
    for day, dated in (("2026-01-01", []), ("2026-01-02", ["2025-01-01"]), ("2026-05-01", ["2025-01-01"])):
        found = entrepot.quote({**sale, "date": day}, packs=house).assessment
        assert [each.values["as_of"] for each in found.reasons if each.code == "rate.vintage"] == dated, day
