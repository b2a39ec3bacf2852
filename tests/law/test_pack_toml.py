"""Faults of pack.toml are reported with their entry and a hint, all together."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from entrepot.law.library import Library
from entrepot.model.errors import PackError
from pack_edits import only_fault, replace_in_file

PACKS = Path(__file__).resolve().parents[2] / "packs"

TOML = [
    ("format = 1", "format = 2", "format", "format = 1"),
    ('id = "zz"', 'id = "zy"', "pack.id", "make them the same"),
    ('currency = "ZZD"', 'currency = "ZZX"', "pack.currency", "not a currency"),
    ('economies = ["ZZ"]', 'economies = ["XZZ"]', "pack.economies", "not an economy"),
    ('economies = ["ZZ"]', "economies = []", "pack.economies", "Name the economies"),
    ('goods = "complete"', 'goods = "completely"', "coverage.goods", "neither"),
    ('goods = "complete"', 'godos = "complete"', "coverage.godos", 'Did you mean "goods"?'),
    ("[[valuation]]", "[[valuatoin]]", "valuatoin", 'Did you mean "valuation"?'),
    ('basis = "fob"', 'basis = "exw"', "valuation[1]", "exw"),
    ('basis = "fob"', 'basiss = "fob"', "valuation[1]", "basiss"),
    ('landing = "0.5 %"', 'landing = "half a percent"', "landing", "is not a rate"),
    ('closes = ["ordinary"]', 'closes = ["ordinay"]', "closes", 'Did you mean "ordinary"?'),
    ('at_most = "5000 ZZD"', 'at_most = "5000"', "test.at_most", "5000 CNY"),
    (
        'at_most = "5000 ZZD" }',
        'at_most = "5000 ZZD", single_item = true }',
        "test",
        "exactly one test; this one has 2",
    ),
    ('test = { listed = "retail" }', 'test = { listed = "retial" }', "test", 'Did you mean "retail"?'),
    ("test = { single_item = true }", "test = { single_itm = true }", "test", 'Did you mean "single_item"?'),
    ("test = { single_item = true }", "test = { single_item = 1 }", "test.single_item", "write single_item = true"),
    ('test = { registered = "zz_vendor" }', "test = { registered = 7 }", "test.registered", "is not a text"),
    ('test = { goods_not_in = ["22", "24"] }', 'test = { goods_not_in = "22" }', "test.goods_not_in", "not a list"),
    ('test = { goods_not_in = ["22", "24"] }', 'test = { goods_not_in = ["2"] }', "test.goods_not_in", "2 to 10"),
    ('test = { origin_in = ["KH",', 'test = { origin_in = ["KHM",', "test.origin_in", "ISO 3166-1"),
    ('{ value = "cif", per = "consignment", above', '{ value = "cfi", above', "test.value", 'Did you mean "cif"?'),
    ('{ value = "goods", per = "item",', '{ value = "goods", per = "itm",', "test.per", 'Did you mean "item"?'),
    ('annual = "26000 ZZD", value = "cif"', 'annual = "26000 ZZD"', "test.value", "Say which value is tested"),
    ('kind = "excise"', 'kind = "excize"', "kind", 'Did you mean "excise"?'),
    ('kind = "excise"', 'kind = "levy"', "kind", "Known: duty, additional_duty, excise, vat, income_tax, fee."),
    ('treatments = "preferences"', 'treatments = "preference"', "treatments", 'Did you mean "preferences"?'),
    ('transport = ["road", "rail"]', 'transport = ["road", "raill"]', "transport", 'Did you mean "rail"?'),
    ('waiver = "50 ZZD"', 'waiver = "fifty"', "waiver", "5000 CNY"),
    ('rate = "tariff"', 'rate = "tarif"', "rate", "is not a rate"),
    ('rate = "tax:vat"', 'rate = "tax:vatt"', "rate", 'Did you mean "vat"?'),
    ('rate = "additional:safeguard"', 'rate = "additional:safeguards"', "rate", 'Did you mean "safeguard"?'),
    ('factor = "70 %"', 'factor = "70"', "factor", "is not a rate"),
    ('round_base = "down 100"', 'round_base = "round 100"', "round_base", "down, up, half_up or half_even"),
    ('round_base = "down 100"', 'round_base = "down 0"', "round_base", "down, up, half_up or half_even"),
    ('unless = ["safeguard"]', 'unless = ["safegaurd"]', "unless", 'Did you mean "safeguard"?'),
    ('base = ["vat down 1"]', 'base = ["vta down 1"]', "base", 'Did you mean "vat"?'),
    ('base = ["vat down 1"]', 'base = ["vat dwn 1"]', "base", "down, up, half_up or half_even"),
    ('cite = "customs-act"', 'cite = "custom-act"', "cite", 'Did you mean "customs-act"?'),
    ('trust = "official"', 'trust = "certain"', "valuation[1]", "certain"),
    ("until = 2020-01-01", "until = 2009-01-01", "until", "is not after"),
    ("until = 2020-01-01", "until = 2020-01-02", "since", "overlaps in time"),
]


@pytest.mark.parametrize(("old", "new", "column", "says"), TOML)
def test_an_invalid_entry_is_reported_with_its_column(
    zz: Path, library: Library, old: str, new: str, column: str, says: str
) -> None:
    replace_in_file(zz / "pack.toml", old, new)
    found = [fault for fault in library.check(zz) if fault.column == column and fault.file.startswith("zz/pack.toml")]
    assert found, [str(fault) for fault in library.check(zz)]
    assert any(says in fault.message for fault in found), [str(fault) for fault in found]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"format = 1\n[pack\n",
        b"\xff\xfe",
        b'format = 1\npack = "zz"\n',
        b"format = 1\ncharge = 3\n",
        b"format = 1\nsource = 3\n",
        b"format = 1\ncoverage = 3\n",
    ],
)
def test_an_unreadable_pack_toml_is_reported(zz: Path, library: Library, content: bytes) -> None:
    (zz / "pack.toml").write_bytes(content)
    assert any(fault.file.startswith("zz/pack.toml") for fault in library.check(zz))


def test_a_missing_pack_toml_and_a_missing_folder_are_reported(zz: Path, library: Library) -> None:
    (zz / "pack.toml").unlink()
    assert {fault.file for fault in library.check(zz)} == {"zz/pack.toml"}
    assert "A pack needs this file" in str(library.check(zz)[0])
    assert "This folder does not exist" in only_fault(library.check(zz / "nowhere")).message


@pytest.mark.parametrize(
    "content", [b"Ordinary import\n", b'"Ordinary import"\n', b"\xff\xfe", b'msgid "a"\nmsgstrr "b"\n']
)
def test_an_invalid_catalogue_is_reported(zz: Path, library: Library, content: bytes) -> None:
    (zz / "words.po").write_bytes(content)
    assert only_fault(library.check(zz)).file == "zz/words.po"


def test_a_circular_base_of_charges_is_reported(zz: Path, library: Library) -> None:
    """Duty on VAT and VAT on duty: charges are in order, so the one with a later charge in its base is reported."""
    replace_in_file(
        zz / "pack.toml",
        'base = ["customs_value"]\nrate = "tariff"',
        'base = ["customs_value", "vat"]\nrate = "tariff"',
    )
    fault = only_fault(library.check(zz))
    assert fault.column == "base"
    assert "duty" in fault.file
    assert '"vat" is charged later than this' in fault.message
    assert "circle" in fault.message


def test_a_charge_on_itself_is_reported(zz: Path, library: Library) -> None:
    replace_in_file(
        zz / "pack.toml",
        'base = ["customs_value"]\nrate = "tariff"',
        'base = ["customs_value", "duty"]\nrate = "tariff"',
    )
    assert "circle" in only_fault(library.check(zz)).message


def test_all_faults_are_reported_together_and_sorted(zz: Path, library: Library) -> None:
    rows = [
        replace_in_file(zz / "tariff.csv", "0.30 ZZD/kg", "0.30 ZZD"),
        replace_in_file(zz / "tariff.csv", "40 %,", "40,"),
        replace_in_file(zz / "tariff.csv", "2 ZZD/l_alc", "2"),
    ]
    replace_in_file(zz / "lists.csv", "0901", "09o1")
    faults = library.check(zz)
    assert [fault.row for fault in faults if fault.file == "zz/tariff.csv"] == sorted(rows[1:])
    assert [fault.file for fault in faults] == sorted(fault.file for fault in faults)
    assert all(re.match(r"zz/\w+\.csv:\d+ \[\w+\]: .+[.…?]$", str(fault)) for fault in faults), [
        str(fault) for fault in faults
    ]


def test_a_pack_with_a_fault_is_not_compiled(zz: Path, tmp_path: Path) -> None:
    shutil.copytree(PACKS / "world", tmp_path / "world")
    replace_in_file(zz / "tariff.csv", "0.30 ZZD/kg", "0.30 ZZD/stone")
    with pytest.raises(PackError) as error:
        Library(tmp_path, tmp_path / "cache").law("ZZ", dt.date(2026, 3, 1))
    assert "zz/tariff.csv" in str(error.value)
    assert len(error.value.faults) == 1
