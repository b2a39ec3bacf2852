"""Schedules over a pack: what they say takes the place of the pack's, from their day to their end, and is named."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from entrepot.model.errors import PackError
from pack_edits import mend, only
from pack_layers import PACKS, charged, duty, house, quoted, schedule

# In packs/zz tableware (69111000) is MFN 10 %, so that 1,000.00 owes 100.00; VAT is 20 % of value and duty.
RATES = "goods,treatment,rate\n69111000,mfn,7 %\n73239300,mfn,2.5 %"


def copied(tmp_path: Path) -> Path:
    for name in ("zz", "world"):
        shutil.copytree(PACKS / name, tmp_path / "packs" / name)
    return tmp_path / "packs"


@pytest.mark.parametrize(("on", "owed"), [("2026-04-30", "100.00"), ("2026-05-01", "70.00"), ("2026-12-31", "70.00")])
def test_a_schedule_holds_from_its_day(tmp_path: Path, on: str, owed: str) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    assert duty(house(tmp_path), on) == owed


def test_a_line_that_the_pack_lacks_is_known_by_the_schedule(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    assert duty(house(tmp_path), "2026-05-01", "73239300") == "25.00"  # 2.5 % of 1,000.00
    assert quoted(house(tmp_path), "2026-04-30", "73239300").best is None


def test_a_quote_names_the_schedule_its_row_its_source_and_its_trust(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    quote = quoted(house(tmp_path), "2026-06-01")
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
    assert (cited.row, cited.source, cited.trust) == ("zz/2026/tariff.csv", "zz/2026/schedule", "published")
    assert cited.title == "Schedule"
    assert quoted(house(tmp_path), "2026-04-30").law.layers == ()


def test_a_spell_ends_where_a_schedule_begins_and_where_it_ends(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES, "since = 2026-05-01\nuntil = 2026-05-20")
    laws = [house(tmp_path).law("ZZ", dt.date.fromisoformat(day)) for day in ("2026-04-30", "2026-05-01", "2026-05-20")]
    found = [(law.since, law.until) for law in laws]
    # The other edges are those of the pack: New Year's rates, and the seasons of tomatoes from 1 June.
    assert found == [("2026-01-01", "2026-05-01"), ("2026-05-01", "2026-05-20"), ("2026-05-20", "2026-06-01")]
    assert duty(house(tmp_path), "2026-05-20") == "100.00"


def test_the_hash_is_the_packs_own_until_a_layer_is_in_force(tmp_path: Path) -> None:
    before, on = dt.date(2026, 4, 30), dt.date(2026, 5, 1)
    plain = house(tmp_path).law("ZZ", before).hash
    schedule(tmp_path / "data", "2026", RATES)
    assert house(tmp_path).law("ZZ", before).hash == plain
    one = house(tmp_path).law("ZZ", on).hash
    shutil.rmtree(tmp_path / "data")
    schedule(tmp_path / "data", "2026", RATES.replace("7 %", "8 %"))
    assert len({plain, one, house(tmp_path).law("ZZ", on).hash}) == 3


def test_law_that_is_kept_is_that_of_its_layers(tmp_path: Path) -> None:
    """One cache serves a library with layers, one without, and one in which a layer begins in a kept spell."""
    on = dt.date(2026, 5, 1)
    assert house(tmp_path).law("ZZ", on).until == "2026-06-01"
    schedule(tmp_path / "data", "2026", RATES, "since = 2026-05-15")
    assert house(tmp_path).law("ZZ", on).until == "2026-05-15"
    assert duty(house(tmp_path), "2026-05-15") == "70.00"
    assert duty(house(tmp_path), "2026-05-15") == "70.00"  # now from the cache
    shutil.rmtree(tmp_path / "data")
    assert duty(house(tmp_path), "2026-05-15") == "100.00"


def test_absence_in_a_treatment_that_is_held_whole_means_none(tmp_path: Path) -> None:
    """The pack gives T-shirts of Viet Nam 6 % under the free trade agreement; the schedule has no such rate."""
    proof = {"line": {"proof_of_origin": "zz_fta", "quantity": "10"}}
    treatments = 'since = 2026-05-01\nreplaces = ["mfn", "zz_fta"]'
    schedule(tmp_path / "data", "2026", "goods,treatment,rate\n61091000,mfn,12 %\n69111000,zz_fta,1 %", treatments)
    assert duty(house(tmp_path), "2026-04-30", "61091000", "VN", **proof) == "60.00"
    assert duty(house(tmp_path), "2026-05-01", "61091000", "VN", **proof) == "120.00"
    law = house(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    assert all(law.columns[law.by_name[f"tariff:{name}"]].complete for name in ("mfn", "zz_fta"))


def test_a_part_of_a_schedule_speaks_of_its_codes_alone(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "part", RATES, 'since = 2026-05-01\ncodes = ["7323", "69"]')
    assert duty(house(tmp_path), "2026-05-01") == "70.00"
    assert duty(house(tmp_path), "2026-05-01", "09012100") == "100.00"  # provisional 10 %, below MFN 15 %


def test_absence_in_a_part_means_none_also_where_the_pack_has_a_shorter_code(tmp_path: Path) -> None:
    packs = copied(tmp_path)
    with (packs / "zz" / "tariff.csv").open("a") as file:
        file.write("7323,ldc,,2010-01-01,,,,free,tariff-act,official\n")
    rates = "goods,treatment,rate\n73239300,mfn,2.5 %"
    treatments = 'since = 2026-05-01\nreplaces = ["mfn", "ldc"]\ncodes = ["73239300"]'
    schedule(tmp_path / "data", "part", rates, treatments)
    proof = {"line": {"proof_of_origin": "ldc_certificate"}}
    found = house(tmp_path, packs=packs)
    assert duty(found, "2026-05-01", "73239300", "KH", **proof) == "25.00"
    law = found.law("ZZ", dt.date(2026, 5, 1))
    other = law.group(law.by_name["tariff:ldc"], law.row_of("73239900"))
    assert [law.rates[entry.rate].text for entry in other] == ["free"]


def test_absence_in_a_part_means_none_where_the_pack_says_nothing_either(tmp_path: Path) -> None:
    packs = copied(tmp_path)
    head = packs / "zz" / "pack.toml"
    head.write_text(head.read_text().replace('"tariff.zz_fta" = "complete"', '"tariff.zz_fta" = "partial"'))
    rates = "goods,treatment,rate\n73239300,mfn,2.5 %\n73239900,mfn,3 %"
    held = 'since = 2026-05-01\nreplaces = ["mfn", "zz_fta"]\ncodes = ["73239300"]'
    schedule(tmp_path / "data", "part", rates, held)
    told = {}
    for code in ("73239300", "73239900"):
        quote = quoted(house(tmp_path, packs=packs), "2026-05-01", code, "VN")
        option = next(option for option in quote.options if option.regime == "ordinary")
        told[code] = next(each.rate_details.text for each in option.lines[0].treatments if each.id == "zz_fta")
    assert told == {"73239300": "none", "73239900": "unknown"}


def test_where_the_last_row_of_a_part_has_ended_no_shorter_code_of_the_pack_reaches(tmp_path: Path) -> None:
    packs = copied(tmp_path)
    with (packs / "zz" / "tariff.csv").open("a") as file:
        file.write("7323,mfn,,2010-01-01,,,,1 %,tariff-act,official\n")
    rates = "goods,treatment,rate,since,until,cite,trust\n73239300,mfn,2.5 %,2026-05-01,2026-06-01,schedule,published"
    schedule(tmp_path / "data", "part", rates, 'since = 2026-05-01\ncodes = ["73239300"]')
    found = house(tmp_path, packs=packs)
    assert duty(found, "2026-05-31", "73239300") == "25.00"
    assert quoted(found, "2026-06-01", "73239300").best is None  # the document is silent, and 1 % was before it
    assert duty(found, "2026-06-01", "73239900") == "10.00"


def test_a_newer_document_takes_away_what_an_older_one_charged_besides(tmp_path: Path) -> None:
    rates = "goods,treatment,rate\n69111000,mfn,7 %"
    more = "programme,goods,origin,rate,name\nsafeguard,69111000,AU,20 %,Safeguard duty"
    data, codes = tmp_path / "data", '\ncodes = ["69111000"]'
    schedule(data, "older", rates, f"since = 2026-05-01{codes}", additional=more)
    schedule(data, "newer", rates, f"since = 2026-07-01{codes}")
    found = house(tmp_path)
    # 20 % of 1,000.00, until the newer document, which has none.
    assert [charged(quoted(found, on)).get("safeguard") for on in ("2026-06-30", "2026-07-01")] == ["200.00", None]


def test_the_newer_vintage_wins_and_the_older_holds_before_it(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "b-older", RATES)
    schedule(tmp_path / "data", "a-newer", RATES.replace("7 %", "4 %"), "since = 2026-07-01")
    assert [duty(house(tmp_path), on) for on in ("2026-06-30", "2026-07-01")] == ["70.00", "40.00"]
    law = house(tmp_path).law("ZZ", dt.date(2026, 7, 1))
    assert [each.id for each in law.layers] == ["b-older", "a-newer"]


def test_names_are_laid_over_each_other_language_by_language(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES, goods="goods,name_ja\n69111000,磁器の食卓用品\n73239300,鋼の食卓用品")
    law = house(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    base = house(tmp_path).law("ZZ", dt.date(2026, 4, 30))
    assert law.names(law.index["69111000"]) == {**base.names(base.index["69111000"]), "ja": "磁器の食卓用品"}
    assert law.names(law.index["73239300"]) == {"ja": "鋼の食卓用品"}


def test_the_rows_of_a_schedule_share_what_they_rest_on(tmp_path: Path) -> None:
    """A whole schedule has 200,000 rows; law that is read for each quote may not."""
    rows = "\n".join(f"{number},mfn,{number % 7} %" for number in range(10_000_000, 10_002_000))
    schedule(tmp_path / "data", "2026", f"goods,treatment,rate\n{rows}")
    law = house(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    mine = [basis for basis in law.bases if basis.where.startswith("zz/2026/")]
    assert len(mine) == 1
    column = law.by_name["tariff:mfn"]
    assert len({law.cells[column][law.index[str(code)]] for code in range(10_000_000, 10_002_000)}) == 7


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        (("7 %", "7 percent"), "rate", "is not a rate"),
        (("69111000,mfn", "69111000,mnf"), "treatment", "Did you mean 'mfn'?"),
        (("schedule,published", "schedul,published"), "cite", "not a source"),
        (("69111000,", "6911.10,"), "goods", "not a code of goods"),
        (("73239300,mfn,2.5 %", "69111000,mfn,2.5 %"), "since", "overlaps in time with zz/2026/tariff.csv:2"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, change: tuple[str, str], column: str, message: str) -> None:
    folder = schedule(tmp_path / "data", "2026", RATES)
    row = mend(folder / "tariff.csv", *change)
    fault = only(house(tmp_path).check(folder))
    assert (fault.file, fault.row, fault.column) == ("zz/2026/tariff.csv", row, column)
    assert message in fault.message
    with pytest.raises(PackError) as raised:
        house(tmp_path).law("ZZ", dt.date(2026, 5, 1))
    assert raised.value.faults == (fault,)
    assert duty(house(tmp_path), "2026-04-30") == "100.00"  # before it holds, it harms nobody


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
def test_a_fault_of_layer_toml_is_named(tmp_path: Path, old: str, new: str, column: str) -> None:
    folder = schedule(tmp_path / "data", "2026", RATES)
    mend(folder / "layer.toml", old, new)
    assert column in [fault.column for fault in house(tmp_path).check(folder)]


def test_a_schedule_that_was_put_aside_and_not_replaced_still_counts(tmp_path: Path) -> None:
    """Whoever was killed between two renames left it so."""
    folder = schedule(tmp_path / "data", "2026", RATES)
    folder.rename(folder.with_name(".old-2026"))
    assert duty(house(tmp_path), "2026-05-01") == "70.00"
    schedule(tmp_path / "data", "2026", RATES.replace("7 %", "4 %"))
    assert duty(house(tmp_path), "2026-05-01") == "40.00"


def test_a_half_written_schedule_counts_for_nothing(tmp_path: Path) -> None:
    folder = schedule(tmp_path / "data", "2026", RATES)
    folder.rename(folder.with_name(".new-abc"))
    assert duty(house(tmp_path), "2026-05-01") == "100.00"
