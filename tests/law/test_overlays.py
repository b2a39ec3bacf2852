"""Overlays: hypothetical law replaces that of the pack and of any schedule, and quotes name it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from entrepot.model.errors import LawError
from pack_edits import only_fault, replace_in_file
from pack_layers import layer, library_with, ordinary_charges, ordinary_duty, quoted, schedule

# In packs/zz tableware (69111000) is MFN 10 %, so that 1,000.00 owes 100.00; VAT is 20 % of value and duty.
RATES = "goods,treatment,rate\n69111000,mfn,7 %\n73239300,mfn,2.5 %"


def overlay(tmp_path: Path, toml: str = "", head: str = "", **tables: str) -> Path:
    return layer(tmp_path / "what-if", f'kind = "overlay"\n{head}', toml, **tables)


def test_an_overlay_row_replaces_longer_codes_of_pack_and_schedule(tmp_path: Path) -> None:
    schedule(tmp_path / "data", "2026", RATES)
    rates = "goods,treatment,rate\n69,mfn,3 %"
    found = library_with(tmp_path, overlay(tmp_path, tariff=rates))
    assert ordinary_duty(found, "2026-06-01") == "30.00"
    assert ordinary_duty(found, "2026-06-01", "73239300") == "25.00"
    quote = quoted(found, "2026-06-01")
    assert [(each.id, each.kind, each.since) for each in quote.law.layers][-1] == ("what-if", "overlay", None)
    assert quote.best is not None
    assert "zz/what-if/tariff.csv:2" in set(quote.best.charges[0].citations)


def test_an_overlay_row_for_one_origin_does_not_change_other_origins(tmp_path: Path) -> None:
    proof = {"line": {"proof_of_origin": "zz_fta"}}
    found = library_with(tmp_path, overlay(tmp_path, tariff="goods,treatment,origin,rate\n0901,zz_fta,VN,1 %"))
    # In the pack roasted coffee under the agreement is 7 % from France and 5 % from Viet Nam.
    assert ordinary_duty(found, "2026-06-01", "09012100", "VN", **proof) == "10.00"
    assert ordinary_duty(found, "2026-06-01", "09012100", "FR", **proof) == "70.00"


LEVY = """
[[charge]]
id = "climate_levy"
regime = ["ordinary"]
kind = "fee"
name = "Climate levy"
base = ["customs_value"]
rate = "2 %"
since = 2026-05-01
cite = "schedule"
trust = "unchecked"

[[charge]]
id = "vat"
regime = ["ordinary"]
kind = "vat"
name = "Value added tax"
base = ["customs_value", "duty", "climate_levy"]
rate = "tax:vat"
since = 2026-05-01
cite = "schedule"
trust = "unchecked"
"""


def test_a_new_charge_is_inserted_before_the_charge_that_follows_it_in_the_overlay(tmp_path: Path) -> None:
    found = library_with(tmp_path, overlay(tmp_path, LEVY))
    # 1,000.00 + duty 100.00 + levy 20.00 = 1,120.00, of which VAT of 20 % is 224.00; without the overlay 220.00.
    owed = ordinary_charges(quoted(found, "2026-06-01"))
    assert (owed["climate_levy"], owed["vat"]) == ("20.00", "224.00")
    assert list(owed).index("climate_levy") == list(owed).index("vat") - 1
    assert ordinary_charges(quoted(found, "2026-04-30"))["vat"] == "220.00"
    regimes = {
        regime.id: [each.id for each in regime.charges] for regime in found.law("ZZ", dt.date(2026, 6, 1)).regimes
    }
    plain = {
        regime.id: [each.id for each in regime.charges]
        for regime in library_with(tmp_path).law("ZZ", dt.date(2026, 6, 1)).regimes
    }
    assert {name: charges for name, charges in regimes.items() if name != "ordinary"} == {
        name: charges for name, charges in plain.items() if name != "ordinary"
    }


def test_a_row_with_the_same_key_is_replaced_and_another_is_added(tmp_path: Path) -> None:
    taxes = "tax,class,place,rate\nvat,standard,,25 %\nlocal_tax,standard,ZZ-W,3 %"
    found = library_with(tmp_path, overlay(tmp_path, taxes=taxes))
    assert ordinary_charges(quoted(found, "2026-06-01"))["vat"] == "275.00"  # 25 % of 1,100.00
    west = quoted(found, "2026-06-01", ship_to={"country": "ZZ", "state": "W"})
    # Local tax is of the VAT, rounded down: 3 % of 275.00 is 8.25; the pack's own of the north is 5 %, 13.75.
    north = quoted(found, "2026-06-01", ship_to={"country": "ZZ", "state": "N"})
    assert (ordinary_charges(west)["local_tax"], ordinary_charges(north)["local_tax"]) == ("8.00", "13.00")


def test_an_overlay_may_add_a_programme(tmp_path: Path) -> None:
    toml = """
[[treatment]]
id = "young_economies"
title = "Programme of young economies"
kind = "programme"
since = 2026-05-01
cite = "schedule"
trust = "unchecked"
"""
    members = "treatment,economy\nyoung_economies,AU"
    rates = "goods,treatment,rate\n69111000,young_economies,1 %"
    found = library_with(tmp_path, overlay(tmp_path, toml, members=members, tariff=rates))
    assert ordinary_duty(found, "2026-06-01") == "10.00"
    assert ordinary_duty(found, "2026-06-01", origin="BR") == "100.00"


def test_an_overlay_may_add_a_member_to_an_agreement_of_the_world_pack(tmp_path: Path) -> None:
    """ASEAN's own agreement has Cambodia and ten other members; Bhutan is not one of them."""
    on = dt.date(2026, 6, 1)
    folder = layer(
        tmp_path / "what-if",
        'kind = "overlay"',
        members="treatment,economy\natiga,BT",
        tariff="goods,treatment,rate\n0901,atiga,1 %",
    )
    replace_in_file(folder / "layer.toml", 'pack = "zz"', 'pack = "kh"')
    before = {each.id: each for each in library_with(tmp_path).law("KH", on).treatments}
    law = library_with(tmp_path, folder).law("KH", on)
    after = {each.id: each for each in law.treatments}
    assert list(after) == list(before)
    assert set(after["atiga"].members) - set(before["atiga"].members) == {"BT"}
    assert law.bases[after["atiga"].members["BT"]].where == "kh/what-if/members.csv:2"
    assert set(law.bases[after["atiga"].members["VN"]].cites) <= set(law.sources)


def test_overlays_apply_in_the_given_order(tmp_path: Path) -> None:
    one = layer(tmp_path / "one", 'kind = "overlay"', tariff="goods,treatment,rate\n69111000,mfn,1 %")
    two = layer(tmp_path / "two", 'kind = "overlay"', tariff="goods,treatment,rate\n69111000,mfn,2 %")
    assert ordinary_duty(library_with(tmp_path, one, two), "2026-06-01") == "20.00"
    assert ordinary_duty(library_with(tmp_path, two, one), "2026-06-01") == "10.00"


def test_a_folder_that_is_not_an_overlay_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawError, match="does not exist"):
        library_with(tmp_path, tmp_path / "nowhere")
    with pytest.raises(LawError, match="is a schedule, not an overlay"):
        library_with(tmp_path, schedule(tmp_path / "data", "2026", RATES))
    folder = overlay(tmp_path)
    replace_in_file(folder / "layer.toml", 'pack = "zz"', 'pack = "zy"')
    with pytest.raises(LawError, match='changes the pack "zy", which does not exist'):
        library_with(tmp_path, folder)


@pytest.mark.parametrize(
    ("old", "new", "column", "message"),
    [
        ('"duty", "climate_levy"', '"duty", "climat_levy"', "base", 'Did you mean "climate_levy"?'),
        ('rate = "tax:vat"', 'rate = "tax:wat"', "rate", 'Did you mean "vat"?'),
        ('base = ["customs_value"]', 'base = ["vat"]', "base", "charged later than this"),
        (
            'regime = ["ordinary"]\nkind = "fee"',
            'regime = ["ordinar"]\nkind = "fee"',
            "regime",
            'Did you mean "ordinary"?',
        ),
        ("format = 1", 'format = 1\n[pack]\nid = "zz"', "pack", "A layer has no [pack]"),
    ],
)
def test_a_fault_of_an_overlay_is_reported_like_one_of_a_pack(
    tmp_path: Path, old: str, new: str, column: str, message: str
) -> None:
    folder = overlay(tmp_path, LEVY)
    replace_in_file(folder / "pack.toml", old, new)
    fault = only_fault(library_with(tmp_path).check(folder))
    assert (fault.file.partition(" ")[0], fault.column) == ("zz/what-if/pack.toml", column)
    assert message in fault.message


def test_an_overlay_may_cite_its_own_sources_and_those_of_the_pack(tmp_path: Path) -> None:
    folder = overlay(tmp_path, LEVY.replace('cite = "schedule"', 'cite = "tariff-act"', 1))
    assert library_with(tmp_path).check(folder) == []
