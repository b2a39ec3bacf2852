"""Formats of other packages are found by their entry points, and a broken one does not affect the others."""

from __future__ import annotations

import datetime as dt
import gzip
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from entrepot.cli.options import SCHEDULE_FORMATS
from entrepot.model.errors import ScheduleError
from entrepot.schedules import formats
from entrepot.schedules.parsed import ReadOptions

Install = Callable[..., None]

GOOD = """
from entrepot.schedules.formats import Format
from entrepot.schedules.parsed import ParsedSchedule, Row, ScheduleSource

def read(files, options):
    rows = [Row(goods="6911", treatment="mfn", rate="7 %")]
    source = ScheduleSource(title="Schedule", authority="Exampleland Customs")
    return ParsedSchedule(pack=options.pack, id="x", source=source, trust="official", since=options.since, until=None,
                   treatments=("mfn",), rows=rows, cells=1)

FORMAT = Format(says="the text of Exampleland", recognises=lambda text: text.startswith("EX|"), read=read, pack="zz")
"""
ASKED = ReadOptions(pack="zz", since=dt.date(2026, 5, 1))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package as an installer does: a module, and a folder of metadata beside it on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = set(sys.modules)

    def installed(package: str, name: str, code: str) -> None:
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[entrepot.schedules]\n{name} = {module}:FORMAT\n")
        formats.installed_formats.cache_clear()

    yield installed
    formats.installed_formats.cache_clear()
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def file(tmp_path: Path, text: str = "EX|1\n") -> Path:
    path = tmp_path / "schedule.txt"
    path.write_text(text)
    return path


def test_built_in_formats_need_no_installation() -> None:
    own = formats.load_formats(())
    assert list(own.formats)[:5] == ["jp", "us", "gb", "vn", "tw"]
    assert set(own.formats) == {*SCHEDULE_FORMATS}
    assert own.faults == {}


def test_another_package_adds_a_format(install: Install, tmp_path: Path) -> None:
    install("exampleland-schedule", "exampleland", GOOD)
    path = file(tmp_path)
    assert formats.format_of([path], "zz") == "exampleland"
    reading = formats.read([path], ASKED, "exampleland")
    assert [(row.goods, row.rate) for row in reading.rows] == [("6911", "7 %")]
    assert formats.format_of([path], "zz", "exampleland") == "exampleland"
    with pytest.raises(ScheduleError, match='the text of Exampleland, the schedule of "zz" and not of "jp"'):
        formats.format_of([path], "jp")
    # Entrepot's own are looked at first, and are there still.
    plain = file(tmp_path, "goods,treatment,rate,since\n")
    assert formats.format_of([plain], "zz") == "plain"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError: module 'broken_schedule' has no attribute 'FORMAT'"),
        ("FORMAT = 7", "TypeError: broken_schedule:FORMAT is int, not entrepot.schedules.formats.Format"),
    ],
)
def test_a_format_that_cannot_be_loaded_is_reported_and_the_others_work(
    install: Install, tmp_path: Path, code: str, why: str
) -> None:
    install("exampleland-schedule", "exampleland", GOOD)
    install("broken-schedule", "broken", code)
    path = file(tmp_path)
    assert formats.format_of([path], "zz") == "exampleland"
    with pytest.raises(ScheduleError) as error:
        formats.format_of([path], "zz", "broken")
    said = f'The format "broken" of broken-schedule 1.0 cannot be loaded ({why}). Update that package.'
    assert error.value.message == said
    # Where no format knows a file, the one that could not be asked is named.
    with pytest.raises(ScheduleError, match="was not recognized") as error:
        formats.format_of([file(tmp_path, "?\n")], "zz")
    assert said in error.value.message
    assert "exampleland: the text of Exampleland" in error.value.message


def test_two_formats_of_one_name_are_both_refused(install: Install, tmp_path: Path) -> None:
    install("exampleland-schedule", "exampleland", GOOD)
    install("other-schedule", "exampleland", GOOD)
    assert list(formats.installed_formats().formats) == list(formats.BUILT_IN)
    said = 'Several packages provide a format "exampleland": exampleland-schedule 1.0, other-schedule 1.0.'
    with pytest.raises(ScheduleError, match=said):
        formats.format_of([file(tmp_path)], "zz", "exampleland")


def test_a_built_in_format_cannot_be_replaced(install: Install, tmp_path: Path) -> None:
    install("exampleland-schedule", "plain", GOOD)
    assert formats.installed_formats().formats["plain"] is formats.BUILT_IN["plain"]
    assert 'exampleland-schedule 1.0 provides a format "plain"' in formats.installed_formats().faults["plain"]
    assert formats.format_of([file(tmp_path)], "zz", "plain") == "plain"


def test_an_installation_that_is_on_the_path_twice_counts_once(install: Install) -> None:
    install("exampleland-schedule", "exampleland", GOOD)
    (point,) = entry_points(group=formats.GROUP, name="exampleland")
    assert "exampleland" in formats.load_formats([point, point]).formats


def test_a_format_that_fails_is_named_and_nothing_is_read(install: Install, tmp_path: Path) -> None:
    install("failing-schedule", "failing", GOOD.replace('text.startswith("EX|")', "text.nothing"))
    path = file(tmp_path)
    with pytest.raises(ScheduleError, match=r'The format "failing" failed on this file \(AttributeError'):
        formats.format_of([path], "zz")
    install("reading-schedule", "reading", GOOD.replace('[Row(goods="6911", treatment="mfn", rate="7 %")]', "[][0]"))
    with pytest.raises(ScheduleError, match=r'The format "reading" failed: IndexError: .* Report it to its package'):
        formats.read([path], ASKED, "reading")
    none = GOOD.replace("    return ParsedSchedule(", "    return None and ParsedSchedule(")
    install("empty-schedule", "empty", none)
    with pytest.raises(ScheduleError, match='The format "empty" gave NoneType and not a ParsedSchedule'):
        formats.read([path], ASKED, "empty")


def test_an_entry_point_without_a_package_is_named_by_its_object() -> None:
    point = EntryPoint("odd", "nothing_of_this_name:FORMAT", formats.GROUP)
    assert '"odd" of nothing_of_this_name:FORMAT cannot be loaded' in formats.load_formats([point]).faults["odd"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>403</title>", "a web page or XML"),
        (b"%PDF-1.7", "a PDF"),
        ("goods,treatment,rate".encode("utf-16"), "in UTF-16"),
        (b"\x00\x01goods", "not text in UTF-8"),
        (gzip.compress(gzip.compress(b"goods,treatment,rate", mtime=0), mtime=0), "compressed twice"),
        (b"PK\x03\x04 cut off", "cut off"),
        (b"code,rate", "not recognized"),
    ],
)
def test_a_file_that_is_no_schedule_says_what_it_is(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "download"
    file.write_bytes(content)
    with pytest.raises(ScheduleError, match=why) as caught:
        formats.format_of([file], "vn")
    assert "USITC" not in caught.value.message  # the formats of other packs are not listed


def test_a_workbook_in_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "tariff.zip"
    with zipfile.ZipFile(file, "w") as folder:
        folder.writestr("tariff.xlsx", b"PK")
    with pytest.raises(ScheduleError, match="Unpack it and give the file in it"):
        formats.format_of([file], "vn")
