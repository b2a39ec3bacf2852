"""What is wrong in a pack is said with its file, row, column and a way out; all of it at once, and never guessed."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from entrepot.faults import PackError, PackFault
from entrepot.pack.library import Library

PACKS = Path(__file__).resolve().parents[2] / "packs"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(PACKS)


@pytest.fixture
def zz(tmp_path: Path) -> Path:
    """A copy of Exampleland's pack, to be broken."""
    return Path(shutil.copytree(PACKS / "zz", tmp_path / "zz"))


def mend(file: Path, old: str, new: str) -> int:
    """Puts a text in another's place, once; the row of the file where it stood."""
    text = file.read_text()
    assert old in text, f"{file.name} does not say {old!r}: the test speaks of nothing"
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def only(faults: list[PackFault]) -> PackFault:
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def test_a_whole_copy_has_no_fault(zz: Path, library: Library) -> None:
    assert library.check(zz) == []


CELLS = [
    ("tariff.csv", "02032900,mfn,", "0203.29.00,mfn,", "goods", "without dots"),
    ("tariff.csv", "02032900,mfn,", "1,mfn,", "goods", "2 to 10 digits"),
    ("tariff.csv", "09011100,zz_fta", "09011100,zz_ftaa", "treatment", "Did you mean 'zz_fta'?"),
    ("tariff.csv", ",,,,5 %,tariff-act,official", ",,,,5 percent,tariff-act,official", "rate", "is no rate"),
    ("tariff.csv", ",,,,5 %,tariff-act,official", ",,,,,tariff-act,official", "rate", "may not be empty"),
    ("tariff.csv", "0.30 ZZD/kg", "0.30 ZZD/stone", "rate", "Known: kg g t"),
    ("tariff.csv", "01-01..05-31", "01-01-05-31", "season", "like 06-01..09-30"),
    ("tariff.csv", "01-01..05-31", "02-30..05-31", "season", "like 06-01..09-30"),
    ("tariff.csv", "zz_fta,FR,", "zz_fta,FRA,", "origin", "ISO 3166-1"),
    ("tariff.csv", ",part,5 %", ",partly,5 %", "scope", "Did you mean 'part'?"),
    ("tariff.csv", "02032900,mfn,,2010-01-01", "02032900,mfn,,01.01.2010", "since", "like 2026-03-01"),
    ("tariff.csv", "02032900,mfn,,2010-01-01", "02032900,mfn,,2010-02-30", "since", "like 2026-03-01"),
    ("tariff.csv", "02032900,mfn,,2010-01-01", "02032900,mfn,,", "since", "may not be empty"),
    ("tariff.csv", "2010-01-01,,,,\"max", "2010-01-01,2010-01-01,,,\"max", "until", "first day on which the row no longer holds"),
    ("tariff.csv", "tariff-act-reprint,published", "tarif-act-reprint,published", "cite", "Did you mean 'tariff-act-reprint'?"),
    ("tariff.csv", "tariff-act-reprint,published", ",published", "cite", "may not be empty"),
    ("tariff.csv", "tariff-act-reprint,published", "tariff-act-reprint,offical", "trust", "Did you mean 'official'?"),
    ("tariff.csv", "tariff-act-reprint,published", "tariff-act-reprint,", "trust", "may not be empty"),
    ("goods.csv", "02032900,", "02o32900,", "goods", "2 to 10 digits"),
    ("classes.csv", "07,vat,reduced", "07,vat,reduce", "class", "Did you mean 'reduced'?"),
    ("classes.csv", "07,vat,reduced", "07,vatt,reduced", "class", "no class"),
    ("classes.csv", "at_least 10 ZZD/ml 10", "10 ZZD/ml 10", "unit_value", "at_least 10"),
    ("taxes.csv", "entry_fee,standard,,,1000", "entry_fee,standard,,,1 000", "up_to", "like 1500 or 0.50"),
    ("taxes.csv", "local_tax,standard,ZZ-N", "local_tax,standard,North", "place", "write DE or CA-ON"),
    ("thresholds.csv", "article_tax_small,personal personal_single", "article_tax_small,personl", "regime", "Did you mean 'personal'?"),
    ("thresholds.csv", "ordinary,duty,customs_value", "ordinary,dutty,customs_value", "relieves", "Did you mean 'duty'?"),
    ("thresholds.csv", "ordinary,duty,customs_value", "ordinary,duty,custom_value", "tests", "Did you mean 'customs_value'?"),
    ("thresholds.csv", "at_most,100,ZZD", "at_most,100,ZZX", "currency", "no"),
    ("thresholds.csv", "at_most,100,ZZD", "atmost,100,ZZD", "compare", "Did you mean 'at_most'?"),
    ("thresholds.csv", "express post", "express pots", "transport", "Did you mean 'post'?"),
    ("thresholds.csv", "customs_value,consignment,at_most,100", "customs_value,consignement,at_most,100", "per", "Did you mean 'consignment'?"),
    ("lists.csv", "retail,0901,yes", "retail,0901,y", "member", "yes, no, unknown"),
    ("members.csv", "gsp,BR", "gspp,BR", "treatment", "Did you mean 'gsp'?"),
    ("members.csv", "gsp,BR", "gsp,BRA", "economy", "ISO 3166-1"),
    ("permits.csv", "no_arms,prohibition", "no_arms,prohibit", "kind", "Did you mean 'prohibition'?"),
    ("permits.csv", ",ordinary,business", ",ordinari,business", "regime", "Did you mean 'ordinary'?"),
    ("permits.csv", ",ordinary,business", ",ordinary,busines", "buyer", "Did you mean 'business'?"),
    ("additional.csv", "safeguard,6403,CN VN,10 %", "safeguard,6403,CN VN,10", "rate", "is no rate"),
]


@pytest.mark.parametrize(("name", "old", "new", "column", "way_out"), CELLS)
def test_a_wrong_cell(zz: Path, library: Library, name: str, old: str, new: str, column: str, way_out: str) -> None:
    row = mend(zz / name, old, new)
    mine = [fault for fault in library.check(zz) if (fault.file, fault.row, fault.column) == (f"zz/{name}", row, column)]
    assert way_out in only(mine).message


@pytest.mark.parametrize("name", ["goods.csv", "tariff.csv", "taxes.csv", "thresholds.csv", "lists.csv", "members.csv", "permits.csv"])
def test_the_same_row_twice_overlaps_and_both_rows_are_named(zz: Path, library: Library, name: str) -> None:
    lines = (zz / name).read_text().splitlines()
    (zz / name).write_text("\n".join([*lines, lines[1]]) + "\n")
    fault = only([fault for fault in library.check(zz) if fault.column == "since"])
    assert (fault.file, fault.row) == (f"zz/{name}", len(lines) + 1)
    assert f"zz/{name}:2" in fault.message
    assert "End that row on" in fault.message


def test_rows_that_meet_on_a_day_do_not_overlap(zz: Path, library: Library) -> None:
    with (zz / "lists.csv").open("a") as file:
        file.write("retail,95,yes,2020-01-01,2021-01-01,retail-notice,official\n")
        file.write("retail,95,no,2021-01-01,,retail-notice,official\n")
    assert library.check(zz) == []


HEADERS = [
    ("tariff.csv", "treatment,", "treatmnt,", "treatmnt", "Did you mean 'treatment'?"),
    ("tariff.csv", "treatment,", "treatmnt,", "treatment", "lacks this column"),
    ("goods.csv", "name_en", "name_english", "name_english", "No column of this table"),
    ("tariff.csv", ",trust\n", ",trusted\n", "trust", "lacks this column"),
]


@pytest.mark.parametrize(("name", "old", "new", "column", "says"), HEADERS)
def test_a_wrong_header(zz: Path, library: Library, name: str, old: str, new: str, column: str, says: str) -> None:
    mend(zz / name, old, new)
    assert says in only([fault for fault in library.check(zz) if (fault.row, fault.column) == (1, column)]).message


def test_a_row_with_a_cell_too_many(zz: Path, library: Library) -> None:
    row = mend(zz / "lists.csv", "retail,0901,yes,", "retail,0901,yes,,")
    assert "more or fewer cells" in only([fault for fault in library.check(zz) if fault.row == row]).message


@pytest.mark.parametrize("content", [b"list,goods\n\xff\xfe,1\n", b'list,goods,member\n"retail,0901\n', b"\x00\x01\x02"])
def test_a_table_that_is_no_csv(zz: Path, library: Library, content: bytes) -> None:
    (zz / "lists.csv").write_bytes(content)
    assert any(fault.file == "zz/lists.csv" for fault in library.check(zz))


def test_a_table_of_nothing_is_a_table_without_rows(zz: Path, library: Library) -> None:
    (zz / "permits.csv").write_text("")
    assert [str(fault) for fault in library.check(zz) if fault.file == "zz/permits.csv"] == []


@pytest.mark.parametrize(("name", "says"), [("tarif.csv", "Did you mean 'tariff.csv'?"), ("law.py", ""), ("headings.csv", "")])
def test_a_file_that_is_none_of_a_pack(zz: Path, library: Library, name: str, says: str) -> None:
    (zz / name).write_text("goods,since,cite,trust\n")
    fault = only(library.check(zz))
    assert fault.file == f"zz/{name}"
    assert says in fault.message


TOML = [
    ("format = 1", "format = 2", "format", "format = 1"),
    ('id = "zz"', 'id = "zy"', "pack.id", "make them the same"),
    ('currency = "ZZD"', 'currency = "ZZX"', "pack.currency", "no currency"),
    ('economies = ["ZZ"]', 'economies = ["XZZ"]', "pack.economies", "no economy"),
    ('economies = ["ZZ"]', "economies = []", "pack.economies", "Name the economies"),
    ('goods = "complete"', 'goods = "completely"', "coverage.goods", "neither"),
    ('goods = "complete"', 'godos = "complete"', "coverage.godos", "Did you mean 'goods'?"),
    ("[[valuation]]", "[[valuatoin]]", "valuatoin", "Did you mean 'valuation'?"),
    ('basis = "fob"', 'basis = "exw"', "valuation[1]", "exw"),
    ('basis = "fob"', 'basiss = "fob"', "valuation[1]", "basiss"),
    ('landing = "0.5 %"', 'landing = "half a percent"', "landing", "is no rate"),
    ('closes = ["ordinary"]', 'closes = ["ordinay"]', "closes", "Did you mean 'ordinary'?"),
    ('at_most = "5000 ZZD"', 'at_most = "5000"', "test.at_most", "5000 CNY"),
    ('at_most = "5000 ZZD" }', 'at_most = "5000 ZZD", single_item = true }', "test", "exactly one test; this one has 2"),
    ('test = { listed = "retail" }', 'test = { listed = "retial" }', "test", "Did you mean 'retail'?"),
    ('waiver = "50 ZZD"', 'waiver = "fifty"', "waiver", "5000 CNY"),
    ('rate = "tariff"', 'rate = "tarif"', "rate", "is no rate"),
    ('rate = "tax:vat"', 'rate = "tax:vatt"', "rate", "Did you mean 'vat'?"),
    ('rate = "additional:safeguard"', 'rate = "additional:safeguards"', "rate", "Did you mean 'safeguard'?"),
    ('factor = "70 %"', 'factor = "70"', "factor", "is no rate"),
    ('round_base = "down 100"', 'round_base = "round 100"', "round_base", "down, up, half_up or half_even"),
    ('round_base = "down 100"', 'round_base = "down 0"', "round_base", "down, up, half_up or half_even"),
    ('unless = ["safeguard"]', 'unless = ["safegaurd"]', "unless", "Did you mean 'safeguard'?"),
    ('base = ["vat down 1"]', 'base = ["vta down 1"]', "base", "Did you mean 'vat'?"),
    ('base = ["vat down 1"]', 'base = ["vat dwn 1"]', "base", "down, up, half_up or half_even"),
    ('cite = "customs-act"', 'cite = "custom-act"', "cite", "Did you mean 'customs-act'?"),
    ('trust = "official"', 'trust = "certain"', "valuation[1]", "certain"),
    ("until = 2020-01-01", "until = 2009-01-01", "until", "is not after"),
    ("until = 2020-01-01", "until = 2020-01-02", "since", "overlaps in time"),
]


@pytest.mark.parametrize(("old", "new", "column", "says"), TOML)
def test_a_wrong_entry(zz: Path, library: Library, old: str, new: str, column: str, says: str) -> None:
    mend(zz / "pack.toml", old, new)
    found = [fault for fault in library.check(zz) if fault.column == column and fault.file.startswith("zz/pack.toml")]
    assert found, [str(fault) for fault in library.check(zz)]
    assert any(says in fault.message for fault in found), [str(fault) for fault in found]


@pytest.mark.parametrize("content", [b"", b"format = 1\n[pack\n", b"\xff\xfe", b'format = 1\npack = "zz"\n', b"format = 1\ncharge = 3\n", b"format = 1\nsource = 3\n", b"format = 1\ncoverage = 3\n"])
def test_a_pack_toml_that_is_none(zz: Path, library: Library, content: bytes) -> None:
    (zz / "pack.toml").write_bytes(content)
    assert any(fault.file.startswith("zz/pack.toml") for fault in library.check(zz))


def test_a_pack_without_pack_toml_and_a_folder_that_is_not_there(zz: Path, library: Library) -> None:
    (zz / "pack.toml").unlink()
    assert {fault.file for fault in library.check(zz)} == {"zz/pack.toml"}
    assert "A pack needs this file" in str(library.check(zz)[0])
    assert "no such folder" in only(library.check(zz / "nowhere")).message


@pytest.mark.parametrize("content", [b"Ordinary import\n", b'"Ordinary import"\n', b"\xff\xfe", b'msgid "a"\nmsgstrr "b"\n'])
def test_a_catalogue_of_words_that_is_none(zz: Path, library: Library, content: bytes) -> None:
    (zz / "words.po").write_bytes(content)
    assert only(library.check(zz)).file == "zz/words.po"


def test_charges_in_a_circle(zz: Path, library: Library) -> None:
    """Duty on VAT and VAT on duty: the stack is in order, so the one that looks ahead is named, and what to do."""
    mend(zz / "pack.toml", 'base = ["customs_value"]\nrate = "tariff"', 'base = ["customs_value", "vat"]\nrate = "tariff"')
    fault = only(library.check(zz))
    assert fault.column == "base"
    assert "duty" in fault.file
    assert "'vat' is charged later than this" in fault.message
    assert "circle" in fault.message


def test_a_charge_on_itself(zz: Path, library: Library) -> None:
    mend(zz / "pack.toml", 'base = ["customs_value"]\nrate = "tariff"', 'base = ["customs_value", "duty"]\nrate = "tariff"')
    assert "circle" in only(library.check(zz)).message


def test_all_faults_come_at_once_and_in_order(zz: Path, library: Library) -> None:
    rows = [mend(zz / "tariff.csv", "0.30 ZZD/kg", "0.30 ZZD"), mend(zz / "tariff.csv", "40 %,", "40,"), mend(zz / "tariff.csv", "2 ZZD/l_alc", "2")]
    mend(zz / "lists.csv", "0901", "09o1")
    faults = library.check(zz)
    assert [fault.row for fault in faults if fault.file == "zz/tariff.csv"] == sorted(rows[1:])
    assert [fault.file for fault in faults] == sorted(fault.file for fault in faults)
    assert all(re.match(r"zz/\w+\.csv:\d+ \[\w+\]: .+[.…?]$", str(fault)) for fault in faults), [str(fault) for fault in faults]


def test_no_law_is_made_of_a_pack_with_a_fault(zz: Path, tmp_path: Path) -> None:
    shutil.copytree(PACKS / "world", tmp_path / "world")
    mend(zz / "tariff.csv", "0.30 ZZD/kg", "0.30 ZZD/stone")
    with pytest.raises(PackError) as error:
        Library(tmp_path, tmp_path / "cache").law("ZZ", dt.date(2026, 3, 1))
    assert "zz/tariff.csv" in str(error.value)
    assert len(error.value.faults) == 1
