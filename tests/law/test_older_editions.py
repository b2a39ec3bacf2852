"""Rows of an older edition of a tariff: their file, their vintage in the answer, and the lines that take precedence."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from entrepot.law.inventory import summarize
from entrepot.law.library import Library
from entrepot.model.quote import Quote
from pack_edits import only_fault, replace_in_file
from pack_layers import PACKS, layer, library_with, quoted

EDITION = """\
# Rates of the edition of 2022.
# treatment: mfn
# since: 2022-08-01
# cite: edition-2022
# trust: published
goods,rate,lines
732393 732399,12 %,
090111 090121,from 5 % to 20 %,2
691110,from 5 % to 20 %,3
851713,from 10 %,4
"""
SOURCE = '[source.edition-2022]\ntitle = "Tariff of August 2022"\nauthority = "Customs"\nas_of = "2022-08"\n\n'


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """Exampleland with an older edition of its tariff by six digits."""
    for name in ("zz", "world"):
        shutil.copytree(PACKS / name, tmp_path / "packs" / name)
    zz = tmp_path / "packs" / "zz"
    replace_in_file(zz / "pack.toml", "[source.customs-act]", f"{SOURCE}[source.customs-act]")
    (zz / "tariff_hs6.csv").write_text(EDITION)
    return tmp_path / "packs"


def duty(quote: Quote) -> tuple[str | None, list[str]]:
    """The duty of ordinary import, and the codes of the reasons."""
    option = next(option for option in quote.options if option.regime == "ordinary")
    charge = next(charge for charge in option.charges if charge.id == "duty")
    return charge.amount, [reason.code for reason in option.warnings]


def duty_range(quote: Quote) -> tuple[object, ...]:
    """The duty of ordinary import, its lowest and its highest amount."""
    option = next(option for option in quote.options if option.regime == "ordinary")
    charge = next(charge for charge in option.charges if charge.id == "duty")
    return charge.amount, charge.amount_low, charge.amount_high


def test_a_row_for_several_codes_applies_to_each_and_the_answer_names_its_vintage(packs: Path, tmp_path: Path) -> None:
    library = library_with(tmp_path, packs=packs)
    for code in ("732393", "73239900"):
        quote = quoted(library, "2026-05-01", code)
        assert duty(quote)[0] == "120.00"  # 12 % of 1,000.00
        (vintage,) = [reason for reason in quote.assessment.reasons if reason.code == "rate.vintage"]
        assert vintage.values == {"as_of": "2022-08", "title": "Tariff of August 2022"}
        assert quote.law.rows["zz/tariff_hs6.csv"].sources == ("edition-2022",)
        assert quote.law.sources["edition-2022"].as_of == "2022-08"
    assert quoted(library, "2022-07-31", "732393").best is None


def test_a_vintage_is_named_only_where_the_duty_depends_on_it(packs: Path, tmp_path: Path) -> None:
    library = library_with(tmp_path, packs=packs)
    line = quoted(library, "2026-05-01", "69111000")
    assert duty(line)[0] == "100.00"  # the line, 10 %, takes precedence
    given = quoted(library, "2026-05-01", "732393", line={"rates": {"duty": "7 %"}})
    assert duty(given)[0] == "70.00"
    for quote in (line, given):
        assert "rate.vintage" not in {reason.code for option in quote.options for reason in option.warnings}


def test_a_refusal_does_not_name_the_vintage_as_a_missing_fact(packs: Path, tmp_path: Path) -> None:
    replace_in_file(packs / "zz" / "tariff_hs6.csv", "12 %", "unknown")
    quote = quoted(library_with(tmp_path, packs=packs), "2026-05-01", "732393")
    assert quote.best is None
    assert "rate.unknown" in {reason.code for reason in quote.assessment.reasons}
    assert "rate.vintage" not in {reason.code for reason in quote.assessment.reasons}


def test_where_the_pack_lacks_lines_their_range_counts_beside_them(packs: Path, tmp_path: Path) -> None:
    library = library_with(tmp_path, packs=packs)
    # The line owes 10 % of 1,000.00; the others 5 to 20 %.
    assert duty_range(quoted(library, "2026-05-01", "691110")) == (None, "50.00", "200.00")
    replace_in_file(packs / "zz" / "tariff_hs6.csv", "20 %,3", "20 %,1")
    library = library_with(tmp_path, packs=packs)
    assert duty_range(quoted(library, "2026-05-01", "691110"))[0] == "100.00"
    assert library.law("ZZ", dt.date(2026, 5, 1)).divided == {"691110"}


def test_a_code_with_lines_is_not_a_line(packs: Path, tmp_path: Path) -> None:
    law = library_with(tmp_path, packs=packs).law("ZZ", dt.date(2026, 5, 1))
    assert "691110" not in law.named
    assert {"69111000", "732393"} <= set(law.named)


def test_a_row_of_a_layer_for_a_shorter_code_replaces_an_older_edition(packs: Path, tmp_path: Path) -> None:
    layer(
        tmp_path / "data" / "schedules" / "zz" / "2026",
        'kind = "schedule"\ntrust = "published"\ntitle = "Schedule"\nsince = 2026-05-01\nreplaces = []',
        tariff="goods,treatment,rate\n7323,mfn,3 %\n6911,mfn,3 %",
    )
    library = library_with(tmp_path, packs=packs)
    assert duty(quoted(library, "2026-05-01", "732393"))[0] == "30.00"
    assert duty(quoted(library, "2026-04-30", "732393"))[0] == "120.00"
    assert duty(quoted(library, "2026-05-01", "69111000"))[0] == "100.00"  # a line stays


FAULTS = [
    ("tariff_hs6.csv", "# trust: published", "# trust: official", 8, "trust", "is a range"),
    ("tariff_hs6.csv", "# trust: published", "# trust: publisht", 5, "trust", "Did you mean"),
    ("tariff_hs6.csv", "# trust: published", "# trsut: published", 5, "trsut", "Did you mean"),
    ("tariff_hs6.csv", "# since: 2022-08-01", "# since: 2022-8-1", 3, "since", "is not a date"),
    ("tariff_hs6.csv", "732393 732399", "732393 73.2399", 7, "goods", "is not a code of goods"),
    ("tariff_hs6.csv", "20 %,3", "20 %,0", 9, "lines", "is not a number of lines"),
    ("tariff_hs6.csv", "goods,rate,lines", "goods,rate,lines,trust", 5, "trust", "Leave one of the two"),
    ("pack.toml", 'as_of = "2022-08"', 'as_of = "August 2022"', 0, "source.edition-2022.as_of", "Write it like"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "column", "says"), FAULTS)
def test_a_fault_is_reported_with_its_location(
    packs: Path, file: str, old: str, new: str, line: int, column: str, says: str
) -> None:
    replace_in_file(packs / "zz" / file, old, new)
    faults = [
        fault
        for fault in Library(packs).check(packs / "zz")
        if (fault.file, fault.row, fault.column) == (f"zz/{file}", line, column)
    ]
    assert says in faults[0].message


def test_a_row_that_overlaps_one_of_another_file_is_reported(packs: Path) -> None:
    replace_in_file(packs / "zz" / "tariff_hs6.csv", "732393 732399", "69111000 732399")
    fault = only_fault([fault for fault in Library(packs).check(packs / "zz") if fault.column == "since"])
    assert "zz/tariff.csv" in str(fault)
    assert "zz/tariff_hs6.csv" in str(fault)


def test_the_inventory_counts_codes_ranges_and_editions(packs: Path) -> None:
    before, after = summarize(PACKS / "zz"), summarize(packs / "zz")
    assert after.tables["tariff"] == before.tables["tariff"] + 6
    assert after.trust["published"] == before.trust["published"] + 6
    assert (before.ranges, after.ranges) == (0, 4)
    assert after.vintages == [{"title": "Tariff of August 2022", "as_of": "2022-08", "rows": 6}]
    assert after.as_json()["vintages"] == after.vintages
