"""Faults of a table are reported with file, row, column and a hint, all together."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.law.library import Library
from pack_edits import only_fault, replace_in_file


def test_an_unchanged_copy_has_no_fault(zz: Path, library: Library) -> None:
    assert library.check(zz) == []


CELLS = [
    ("tariff.csv", "02032900,mfn,", "0203.29.00,mfn,", "goods", "without dots"),
    ("tariff.csv", "02032900,mfn,", "1,mfn,", "goods", "2 to 10 digits"),
    ("tariff.csv", "09011100,zz_fta", "09011100,zz_ftaa", "treatment", 'Did you mean "zz_fta"?'),
    ("tariff.csv", ",,,,5 %,tariff-act,official", ",,,,5 percent,tariff-act,official", "rate", "is not a rate"),
    ("tariff.csv", ",,,,5 %,tariff-act,official", ",,,,,tariff-act,official", "rate", "may not be empty"),
    ("tariff.csv", "0.30 ZZD/kg", "0.30 ZZD/stone", "rate", "Known: kg g t"),
    ("tariff.csv", "01-01..05-31", "01-01-05-31", "season", "like 06-01..09-30"),
    ("tariff.csv", "01-01..05-31", "02-30..05-31", "season", "like 06-01..09-30"),
    ("tariff.csv", "zz_fta,FR,", "zz_fta,FRA,", "origin", "ISO 3166-1"),
    ("tariff.csv", ",part,5 %", ",partly,5 %", "scope", 'Did you mean "part"?'),
    ("tariff.csv", "02032900,mfn,,2010-01-01", "02032900,mfn,,01.01.2010", "since", "like 2026-03-01"),
    ("tariff.csv", "02032900,mfn,,2010-01-01", "02032900,mfn,,2010-02-30", "since", "like 2026-03-01"),
    ("tariff.csv", "02032900,mfn,,2010-01-01", "02032900,mfn,,", "since", "may not be empty"),
    (
        "tariff.csv",
        '2010-01-01,,,,"max',
        '2010-01-01,2010-01-01,,,"max',
        "until",
        "first day on which the row no longer holds",
    ),
    (
        "tariff.csv",
        "tariff-act-reprint,published",
        "tarif-act-reprint,published",
        "cite",
        'Did you mean "tariff-act-reprint"?',
    ),
    ("tariff.csv", "tariff-act-reprint,published", ",published", "cite", "may not be empty"),
    ("tariff.csv", "tariff-act-reprint,published", "tariff-act-reprint,offical", "trust", 'Did you mean "official"?'),
    ("tariff.csv", "tariff-act-reprint,published", "tariff-act-reprint,", "trust", "may not be empty"),
    ("goods.csv", "02032900,", "02o32900,", "goods", "2 to 10 digits"),
    ("classes.csv", "07,vat,reduced", "07,vat,reduce", "class", 'Did you mean "reduced"?'),
    ("classes.csv", "07,vat,reduced", "07,vatt,reduced", "class", "no class"),
    ("classes.csv", "at_least 10 ZZD/ml 10", "10 ZZD/ml 10", "unit_value", "at_least 10"),
    ("taxes.csv", "entry_fee,standard,,,1000", "entry_fee,standard,,,1 000", "up_to", "like 1500 or 0.50"),
    ("taxes.csv", "local_tax,standard,ZZ-N", "local_tax,standard,North", "place", "write DE or CA-ON"),
    (
        "thresholds.csv",
        "article_tax_small,personal personal_single",
        "article_tax_small,personl",
        "regime",
        'Did you mean "personal"?',
    ),
    (
        "thresholds.csv",
        "ordinary,duty,customs_value",
        "ordinary,dutty,customs_value",
        "relieves",
        'Did you mean "duty"?',
    ),
    (
        "thresholds.csv",
        "ordinary,duty,customs_value",
        "ordinary,duty,custom_value",
        "tests",
        'Did you mean "customs_value"?',
    ),
    ("thresholds.csv", "at_most,100,ZZD", "at_most,100,ZZX", "currency", "no"),
    ("thresholds.csv", "at_most,100,ZZD", "atmost,100,ZZD", "compare", 'Did you mean "at_most"?'),
    ("thresholds.csv", "express post", "express pots", "transport", 'Did you mean "post"?'),
    (
        "thresholds.csv",
        "customs_value,consignment,at_most,100",
        "customs_value,consignement,at_most,100",
        "per",
        'Did you mean "consignment"?',
    ),
    ("lists.csv", "retail,0901,yes", "retail,0901,y", "member", "yes, no, unknown"),
    ("members.csv", "gsp,BR", "gspp,BR", "treatment", 'Did you mean "gsp"?'),
    ("members.csv", "gsp,BR", "gsp,BRA", "economy", "ISO 3166-1"),
    ("permits.csv", "no_arms,prohibition", "no_arms,prohibit", "kind", 'Did you mean "prohibition"?'),
    ("permits.csv", ",ordinary,business", ",ordinari,business", "regime", 'Did you mean "ordinary"?'),
    ("permits.csv", ",ordinary,business", ",ordinary,busines", "buyer", 'Did you mean "business"?'),
    ("additional.csv", "safeguard,6403,CN VN,10 %", "safeguard,6403,CN VN,10", "rate", "is not a rate"),
]


@pytest.mark.parametrize(("name", "old", "new", "column", "way_out"), CELLS)
def test_an_invalid_cell_is_reported_with_a_hint(
    zz: Path, library: Library, name: str, old: str, new: str, column: str, way_out: str
) -> None:
    row = replace_in_file(zz / name, old, new)
    mine = [
        fault for fault in library.check(zz) if (fault.file, fault.row, fault.column) == (f"zz/{name}", row, column)
    ]
    assert way_out in only_fault(mine).message


@pytest.mark.parametrize(
    "name", ["goods.csv", "tariff.csv", "taxes.csv", "thresholds.csv", "lists.csv", "members.csv", "permits.csv"]
)
def test_a_repeated_row_overlaps_and_both_rows_are_named(zz: Path, library: Library, name: str) -> None:
    lines = (zz / name).read_text().splitlines()
    (zz / name).write_text("\n".join([*lines, lines[1]]) + "\n")
    fault = only_fault([fault for fault in library.check(zz) if fault.column == "since"])
    assert (fault.file, fault.row) == (f"zz/{name}", len(lines) + 1)
    assert f"zz/{name}:2" in fault.message
    assert "End that row on" in fault.message


def test_adjacent_rows_do_not_overlap(zz: Path, library: Library) -> None:
    with (zz / "lists.csv").open("a") as file:
        file.write("retail,95,yes,2020-01-01,2021-01-01,retail-notice,official\n")
        file.write("retail,95,no,2021-01-01,,retail-notice,official\n")
    assert library.check(zz) == []


HEADERS = [
    ("tariff.csv", "treatment,", "treatmnt,", "treatmnt", 'Did you mean "treatment"?'),
    ("tariff.csv", "treatment,", "treatmnt,", "treatment", "lacks this column"),
    ("goods.csv", "name_en", "name_english", "name_english", "This table has no column"),
    ("tariff.csv", ",trust\n", ",trusted\n", "trust", "lacks this column"),
]


@pytest.mark.parametrize(("name", "old", "new", "column", "says"), HEADERS)
def test_an_invalid_header_is_reported(
    zz: Path, library: Library, name: str, old: str, new: str, column: str, says: str
) -> None:
    replace_in_file(zz / name, old, new)
    assert (
        says in only_fault([fault for fault in library.check(zz) if (fault.row, fault.column) == (1, column)]).message
    )


def test_a_row_with_too_many_cells_is_reported(zz: Path, library: Library) -> None:
    row = replace_in_file(zz / "lists.csv", "retail,0901,yes,", "retail,0901,yes,,")
    assert "more or fewer cells" in only_fault([fault for fault in library.check(zz) if fault.row == row]).message


@pytest.mark.parametrize(
    "content", [b"list,goods\n\xff\xfe,1\n", b'list,goods,member\n"retail,0901\n', b"\x00\x01\x02"]
)
def test_a_table_that_is_not_csv_is_reported(zz: Path, library: Library, content: bytes) -> None:
    (zz / "lists.csv").write_bytes(content)
    assert any(fault.file == "zz/lists.csv" for fault in library.check(zz))


def test_a_header_alone_is_an_empty_table_and_an_empty_file_lacks_the_header(zz: Path, library: Library) -> None:
    file = zz / "permits.csv"
    file.write_text(file.read_text().partition("\n")[0] + "\n")
    assert library.check(zz) == []
    file.write_text("")
    assert {"id", "kind", "says", "since", "cite", "trust"} <= {fault.column for fault in library.check(zz)}


@pytest.mark.parametrize(
    ("name", "says"), [("tarif.csv", 'Did you mean "tariff.csv"?'), ("law.py", ""), ("headings.csv", "")]
)
def test_a_file_that_is_not_part_of_a_pack_is_reported(zz: Path, library: Library, name: str, says: str) -> None:
    (zz / name).write_text("goods,since,cite,trust\n")
    fault = only_fault(library.check(zz))
    assert fault.file == f"zz/{name}"
    assert says in fault.message
