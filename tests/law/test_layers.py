"""Schedules over a pack replace its rows from their first day to their last, and quotes name them."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from entrepot.model.errors import PackError
from pack_edits import only_fault, replace_in_file
from pack_layers import PACKS, library_with, ordinary_charges, ordinary_duty, quoted, schedule

# In packs/zz tableware (69111000) is MFN 10 %, so that 1,000.00 owes 100.00; VAT is 20 % of value and duty.
RATES = "goods,treatment,rate\n69111000,mfn,7 %\n73239300,mfn,2.5 %"


def copied(tmp_path: Path) -> Path:
    for name in ("zz", "world"):
        shutil.copytree(PACKS / name, tmp_path / "packs" / name)
    return tmp_path / "packs"


@pytest.mark.parametrize(("on", "owed"), [("2026-04-30", "100.00"), ("2026-05-01", "70.00"), ("2026-12-31", "70.00")])
def test_a_schedule_is_in_force_from_its_first_day(tmp_path: Path, on: str, owed: str) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    assert ordinary_duty(library_with(tmp_path), on) == owed


def test_a_line_missing_in_the_pack_is_taken_from_the_schedule(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    assert ordinary_duty(library_with(tmp_path), "2026-05-01", "73239300") == "25.00"  # 2.5 % of 1,000.00
    assert quoted(library_with(tmp_path), "2026-04-30", "73239300").best is None


def test_a_quote_names_the_schedule_its_row_its_source_and_its_trust(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    quote = quoted(library_with(tmp_path), "2026-06-01")
    (used,) = quote.law.layers
    assert (used.id, used.kind, used.since, used.until, used.trust) == (
        "2026",
        "schedule",
        "2026-05-01",
        None,
        "published",
    )
    option = next(option for option in quote.options if option.regime == "ordinary")
    cited = option.charges[0].citations[0]
    row = quote.law.rows[cited]
    assert (cited, row.sources, row.trust) == ("zz/2026/tariff.csv", ("zz/2026/schedule",), "published")
    assert quote.law.sources["zz/2026/schedule"].title == "Schedule"
    assert quoted(library_with(tmp_path), "2026-04-30").law.layers == ()


def test_a_period_ends_when_a_schedule_begins_and_when_it_ends(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES, "since = 2026-05-01\nuntil = 2026-05-20")
    laws = [
        library_with(tmp_path).law("ZZ", dt.date.fromisoformat(day))
        for day in ("2026-04-30", "2026-05-01", "2026-05-20")
    ]
    found = [(law.since, law.until) for law in laws]
    # The other edges are those of the pack: New Year's rates, and the seasons of tomatoes from 1 June.
    assert found == [("2026-01-01", "2026-05-01"), ("2026-05-01", "2026-05-20"), ("2026-05-20", "2026-06-01")]
    assert ordinary_duty(library_with(tmp_path), "2026-05-20") == "100.00"


def test_the_hash_is_the_packs_own_until_a_layer_is_in_force(tmp_path: Path) -> None:
    before, on = dt.date(2026, 4, 30), dt.date(2026, 5, 1)
    plain = library_with(tmp_path).law("ZZ", before).hash
    schedule(tmp_path / "data", "2026", RATES)
    assert library_with(tmp_path).law("ZZ", before).hash == plain
    one = library_with(tmp_path).law("ZZ", on).hash
    shutil.rmtree(tmp_path / "data")
    schedule(tmp_path / "data", "2026", RATES.replace("7 %", "8 %"))
    assert len({plain, one, library_with(tmp_path).law("ZZ", on).hash}) == 3


def test_cached_law_depends_on_its_layers(tmp_path: Path) -> None:
    """One cache serves a library with layers, one without, and one in which a layer begins within a cached period."""
    on = dt.date(2026, 5, 1)
    assert library_with(tmp_path).law("ZZ", on).until == "2026-06-01"
    schedule(tmp_path / "data", "2026", RATES, "since = 2026-05-15")
    assert library_with(tmp_path).law("ZZ", on).until == "2026-05-15"
    assert ordinary_duty(library_with(tmp_path), "2026-05-15") == "70.00"
    assert ordinary_duty(library_with(tmp_path), "2026-05-15") == "70.00"  # now from the cache
    shutil.rmtree(tmp_path / "data")
    assert ordinary_duty(library_with(tmp_path), "2026-05-15") == "100.00"


def test_absence_in_a_completely_covered_treatment_means_none(tmp_path: Path) -> None:
    """The pack gives T-shirts of Viet Nam 6 % under the free trade agreement; the schedule has no such rate."""
    proof = {"line": {"proof_of_origin": "zz_fta", "quantity": "10"}}
    treatments = 'since = 2026-05-01\nreplaces = ["mfn", "zz_fta"]'
    schedule(tmp_path / "data", "2026", "goods,treatment,rate\n61091000,mfn,12 %\n69111000,zz_fta,1 %", treatments)
    assert ordinary_duty(library_with(tmp_path), "2026-04-30", "61091000", "VN", **proof) == "60.00"
    assert ordinary_duty(library_with(tmp_path), "2026-05-01", "61091000", "VN", **proof) == "120.00"
    law = library_with(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    assert all(law.columns[law.by_name[f"tariff:{name}"]].complete for name in ("mfn", "zz_fta"))


def test_a_partial_schedule_applies_to_its_codes_only(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "part", RATES, 'since = 2026-05-01\ncodes = ["7323", "69"]')
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "70.00"
    assert (
        ordinary_duty(library_with(tmp_path), "2026-05-01", "09012100") == "100.00"
    )  # provisional 10 %, below MFN 15 %


def test_absence_in_a_partial_schedule_means_none_even_if_the_pack_has_a_shorter_code(tmp_path: Path) -> None:
    packs = copied(tmp_path)
    with (packs / "zz" / "tariff.csv").open("a") as file:
        file.write("7323,ldc,,2010-01-01,,,,free,tariff-act,official\n")
    rates = "goods,treatment,rate\n73239300,mfn,2.5 %"
    treatments = 'since = 2026-05-01\nreplaces = ["mfn", "ldc"]\ncodes = ["73239300"]'
    schedule(tmp_path / "data", "part", rates, treatments)
    proof = {"line": {"proof_of_origin": "ldc_certificate"}}
    found = library_with(tmp_path, packs=packs)
    assert ordinary_duty(found, "2026-05-01", "73239300", "KH", **proof) == "25.00"
    law = found.law("ZZ", dt.date(2026, 5, 1))
    other = law.group(law.by_name["tariff:ldc"], law.row_of("73239900"))
    assert [law.rates[entry.rate].text for entry in other] == ["free"]


def test_absence_in_a_partial_schedule_means_none_if_the_pack_has_no_row_either(tmp_path: Path) -> None:
    packs = copied(tmp_path)
    head = packs / "zz" / "pack.toml"
    head.write_text(head.read_text().replace('"tariff.zz_fta" = "complete"', '"tariff.zz_fta" = "partial"'))
    rates = "goods,treatment,rate\n73239300,mfn,2.5 %\n73239900,mfn,3 %"
    held = 'since = 2026-05-01\nreplaces = ["mfn", "zz_fta"]\ncodes = ["73239300"]'
    schedule(tmp_path / "data", "part", rates, held)
    told = {}
    for code in ("73239300", "73239900"):
        quote = quoted(library_with(tmp_path, packs=packs), "2026-05-01", code, "VN")
        option = next(option for option in quote.options if option.regime == "ordinary")
        told[code] = next(each.rate_details.text for each in option.lines[0].treatments if each.id == "zz_fta")
    assert told == {"73239300": "none", "73239900": "unknown"}


def test_after_the_last_row_of_a_partial_schedule_no_shorter_code_of_the_pack_applies(tmp_path: Path) -> None:
    packs = copied(tmp_path)
    with (packs / "zz" / "tariff.csv").open("a") as file:
        file.write("7323,mfn,,2010-01-01,,,,1 %,tariff-act,official\n")
    rates = "goods,treatment,rate,since,until,cite,trust\n73239300,mfn,2.5 %,2026-05-01,2026-06-01,schedule,published"
    schedule(tmp_path / "data", "part", rates, 'since = 2026-05-01\ncodes = ["73239300"]')
    found = library_with(tmp_path, packs=packs)
    assert ordinary_duty(found, "2026-05-31", "73239300") == "25.00"
    assert quoted(found, "2026-06-01", "73239300").best is None  # the document has no row, and 1 % applied before it
    assert ordinary_duty(found, "2026-06-01", "73239900") == "10.00"


def test_a_newer_document_removes_the_additional_duties_of_an_older_one(tmp_path: Path) -> None:
    rates = "goods,treatment,rate\n69111000,mfn,7 %"
    more = "programme,goods,origin,rate,name\nsafeguard,69111000,AU,20 %,Safeguard duty"
    data, codes = tmp_path / "data", '\ncodes = ["69111000"]'
    schedule(data, "older", rates, f"since = 2026-05-01{codes}", additional=more)
    schedule(data, "newer", rates, f"since = 2026-07-01{codes}")
    found = library_with(tmp_path)
    # 20 % of 1,000.00, until the newer document, which has none.
    assert [ordinary_charges(quoted(found, on)).get("safeguard") for on in ("2026-06-30", "2026-07-01")] == [
        "200.00",
        None,
    ]


def test_the_newer_schedule_applies_from_its_first_day_and_the_older_before(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "b-older", RATES)
    schedule(tmp_path / "data", "a-newer", RATES.replace("7 %", "4 %"), "since = 2026-07-01")
    assert [ordinary_duty(library_with(tmp_path), on) for on in ("2026-06-30", "2026-07-01")] == ["70.00", "40.00"]
    law = library_with(tmp_path).law("ZZ", dt.date(2026, 7, 1))
    assert [each.id for each in law.layers] == ["b-older", "a-newer"]


def test_names_are_merged_language_by_language(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES, goods="goods,name_ja\n69111000,磁器の食卓用品\n73239300,鋼の食卓用品")
    law = library_with(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    base = library_with(tmp_path).law("ZZ", dt.date(2026, 4, 30))
    assert law.names(law.index["69111000"]) == {**base.names(base.index["69111000"]), "ja": "磁器の食卓用品"}
    assert law.names(law.index["73239300"]) == {"ja": "鋼の食卓用品"}


def test_the_rows_of_a_schedule_share_one_basis(tmp_path: Path) -> None:
    """A whole schedule has 200,000 rows; law that is read for each quote must stay small."""
    rows = "\n".join(f"{number},mfn,{number % 7} %" for number in range(10_000_000, 10_002_000))
    schedule(tmp_path / "data", "2026", f"goods,treatment,rate\n{rows}")
    law = library_with(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    mine = [basis for basis in law.bases if basis.where.startswith("zz/2026/")]
    assert len(mine) == 1
    column = law.by_name["tariff:mfn"]
    assert len({law.cells[column][law.index[str(code)]] for code in range(10_000_000, 10_002_000)}) == 7


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        (("7 %", "7 percent"), "rate", "is not a rate"),
        (("69111000,mfn", "69111000,mnf"), "treatment", 'Did you mean "mfn"?'),
        (("schedule,published", "schedul,published"), "cite", "not a source"),
        (("69111000,", "6911.10,"), "goods", "not a code of goods"),
        (("73239300,mfn,2.5 %", "69111000,mfn,2.5 %"), "since", "overlaps in time with zz/2026/tariff.csv:2"),
    ],
)
def test_a_fault_is_reported_with_its_location(
    tmp_path: Path, change: tuple[str, str], column: str, message: str
) -> None:
    folder = schedule(tmp_path / "data", "2026", RATES)
    row = replace_in_file(folder / "tariff.csv", *change)
    fault = only_fault(library_with(tmp_path).check(folder))
    assert (fault.file, fault.row, fault.column) == ("zz/2026/tariff.csv", row, column)
    assert message in fault.message
    with pytest.raises(PackError) as raised:
        library_with(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    assert raised.value.faults == (fault,)
    assert ordinary_duty(library_with(tmp_path), "2026-04-30") == "100.00"  # before its first day it has no effect


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("format = 1", "format = 2", "format"),
        ('kind = "schedule"', 'kind = "scedule"', "layer"),
        ('id = "2026"', 'id = "../2026"', "layer.id"),
        ("since = 2026-05-01", "since = 2026-05-01\nuntil = 2026-05-01", "layer.until"),
        ("since = 2026-05-01\n", "", "layer.since"),
        ("[source.schedule]", "[sources.schedule]", "sources"),
    ],
)
def test_a_fault_of_layer_toml_is_reported(tmp_path: Path, old: str, new: str, column: str) -> None:
    folder = schedule(tmp_path / "data", "2026", RATES)
    replace_in_file(folder / "layer.toml", old, new)
    assert column in [fault.column for fault in library_with(tmp_path).check(folder)]


def test_a_renamed_schedule_whose_replacement_is_missing_is_still_used(tmp_path: Path) -> None:
    """A process killed between two renames leaves this state."""
    folder = schedule(tmp_path / "data", "2026", RATES)
    folder.rename(folder.with_name(".old-2026"))
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "70.00"
    schedule(tmp_path / "data", "2026", RATES.replace("7 %", "4 %"))
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "40.00"


def test_an_incomplete_schedule_is_ignored(tmp_path: Path) -> None:
    folder = schedule(tmp_path / "data", "2026", RATES)
    folder.rename(folder.with_name(".new-abc"))
    assert ordinary_duty(library_with(tmp_path), "2026-05-01") == "100.00"
