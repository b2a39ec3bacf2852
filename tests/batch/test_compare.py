"""A table under the current law and under an overlay: expected changes are worked out by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.csv as pc
import pytest

import entrepot
from batch.overlay_cases import OVERLAY_HEAD, SALES, compare, sale, single_row
from batch.sale_rows import table_of
from entrepot.batch.compare.row_pairs import AMOUNTS
from entrepot.law.library import Library
from pack_layers import layer


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    """Roasted coffee at 4 % from every origin, and shirts at an unknown rate."""
    rates = "goods,treatment,rate\n090121,mfn,4 %\n6109,mfn,unknown"
    return layer(tmp_path / "coffee-at-four", OVERLAY_HEAD, tariff=rates)


def test_totals_equal_those_worked_out_by_hand(coffee: Path) -> None:
    found = entrepot.compare_table(table_of(SALES), [coffee])
    total = single_row(found, level="total", out_currency="ZZD")
    # Before: duties 110 + 55 + 110, taxes 60.50 + 57.75 + 242; after: 44 + 44 + 110, 57.20 + 57.20 + 242. Fees 3 x 51.
    assert (total["duties"], total["duties_after"], total["duties_change"]) == (275, 198, -77)
    assert (total["taxes"], total["taxes_after"]) == (Decimal("360.25"), Decimal("356.40"))
    assert (total["fees"], total["fees_after"], total["fees_percent"]) == (153, 153, 0)
    assert (total["landed"], total["landed_after"]) == (Decimal("4088.25"), Decimal("4007.40"))
    assert total["landed_change"] == total["charges_change"] == Decimal("-80.85")
    # 77 of 275 are 28 %; 80.85 of 4,088.25 are 1.978 %.
    assert (total["duties_percent"], total["landed_percent"]) == (-28, Decimal("-1.98"))
    counted = {name: total[name] for name in ("rows", "compared", "cheaper", "dearer", "other_way", "became_refused")}
    assert counted == {"rows": 4, "compared": 3, "cheaper": 2, "dearer": 0, "other_way": 1, "became_refused": 1}
    # The row without a code has no currency either; it is told all the same.
    assert single_row(found, level="total", out_currency=None)["not_assessed"] == 1


def test_groups_show_the_treatment_before_and_after(coffee: Path) -> None:
    found = entrepot.compare_table(table_of(SALES), [coffee])
    vietnam = single_row(found, level="group", origin="VN")
    assert [vietnam[name] for name in ("chapter", "treatment", "treatment_after", "other_way")] == [
        "09",
        "zz_fta",
        "mfn",
        1,
    ]
    assert vietnam["landed_change"] == Decimal("-11.55")
    refused = single_row(found, level="group", chapter="61")
    assert (refused["regime"], refused["regime_after"], refused["became_refused"]) == ("ordinary", None, 1)
    assert refused["compared"] == 0
    assert all(refused[name] is None for name in AMOUNTS)  # a sum of no row is not nil
    groups = [row for row in found.to_pylist() if row["level"] == "group" and row["out_currency"]]
    changes = [abs(row["landed_change"] or 0) for row in groups]
    assert changes == sorted(changes, reverse=True)


def test_each_row_has_both_answers(coffee: Path) -> None:
    rows = entrepot.compare_table(table_of(SALES), [coffee], each=True).to_pylist()
    assert [row["landed"] and str(row["landed"]) for row in rows] == [
        "1321.500",
        "1263.750",
        "1503.000",
        "1529.400",
        None,
    ]
    assert [row["landed_after"] and str(row["landed_after"]) for row in rows] == [
        "1252.200",
        "1252.200",
        "1503.000",
        None,
        None,
    ]
    assert [(row["treatment"], row["treatment_after"]) for row in rows[:2]] == [("mfn", "mfn"), ("zz_fta", "mfn")]
    assert [(row["fault"], row["fault_after"]) for row in rows[3:]] == [
        (None, "rate.unknown"),
        ("invalid_hs_code", "invalid_hs_code"),
    ]
    assert [row["hs_code"] for row in rows] == [row["hs_code"] for row in SALES]


def test_groups_by_fewer_keys_have_the_same_totals(coffee: Path) -> None:
    table = table_of(SALES)
    for by in (["chapter"], ["heading"], ["origin"], ["destination"], ["way"], ["origin", "chapter"]):
        found = entrepot.compare_table(table, [coffee], by=by).to_pylist()
        groups = [row for row in found if row["level"] == "group"]
        assert sum(row["rows"] for row in groups) == 5
        assert sum(row["landed_change"] or 0 for row in groups) == Decimal("-80.85")
    assert (
        single_row(entrepot.compare_table(table, [coffee], by=["heading"]), level="group", heading="0901")["rows"] == 2
    )
    both = entrepot.compare_table(table, [coffee], by=["origin", "chapter"]).to_pylist()
    assert len([row for row in both if row["origin"] == "AU"]) == 3


def test_fields_given_once_apply_to_all_rows_of_a_consignment(coffee: Path) -> None:
    first = {**sale("0901.21", "FR"), "consignment": "a"}
    second = {"consignment": "a", "hs_code": "6911.10", "amount": "10", "ship_to_country": "", "currency": "ZZD"}
    found = entrepot.compare_table(table_of([first, second]), [coffee], by=["origin", "destination"])
    group = single_row(found, level="group")
    assert (group["origin"], group["destination"], group["rows"], group["consignments"]) == ("FR", "ZZ", 2, 1)


def test_services_and_unknown_economies_have_their_own_groups(coffee: Path) -> None:
    service = {**sale("", "FR"), "service": "ebooks", "transport": "digital", "shipping_cost": "", "insurance_cost": ""}
    nowhere = {**sale("0901.21", "FR"), "country_of_origin": "Atlantis"}
    found = entrepot.compare_table(table_of([service, nowhere]), [coffee], by=["chapter", "origin"])
    assert single_row(found, level="group", chapter="services")["origin"] == "FR"
    assert single_row(found, level="group", origin=None)["not_assessed"] == 1


def test_a_table_without_rows_has_no_groups(coffee: Path) -> None:
    none = table_of(SALES).slice(0, 0)
    found = entrepot.compare_table(none, [coffee])
    assert (found.num_rows, found.schema.names[:2]) == (0, ["level", "chapter"])
    each = entrepot.compare_table(none, [coffee], each=True)
    assert (each.num_rows, each.schema.names[-2:]) == (0, ["fault_message", "fault_message_after"])


def test_notes_state_the_assumptions_of_a_comparison(coffee: Path, tmp_path: Path) -> None:
    later = layer(tmp_path / "later", f"{OVERLAY_HEAD}since = 2026-07-01", tariff="goods,treatment,rate\n6911,mfn,1 %")
    source = tmp_path / "in.csv"
    pc.write_csv(table_of(SALES[:3]), source)
    assert [code for code, _ in compare(source, [coffee]).notes()] == ["static"]
    assert [code for code, _ in compare(source, [later]).notes()] == ["static", "not_in_force"]
    pc.write_csv(table_of([{**SALES[0], "ship_to_country": "CN", "currency": "CNY"}]), source)
    assert [code for code, _ in compare(source, [coffee]).notes()] == ["static", "nowhere"]
    (law,) = compare(source, [coffee]).laws()
    assert law == {"pack": "cn", "before": law["after"], "after": law["before"]}
    day = dt.date(2026, 6, 1)
    assert law["before"] == [Library().law("CN", day).hash]
    notes = entrepot.compare_table(table_of(SALES), [coffee]).schema.metadata[b"entrepot.notes"].decode()
    assert notes.startswith("Static comparison: the same sales at the same prices")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"by": ["chaptre"]}, 'Did you mean "chapter"'),
        ({"by": []}, "Say once each"),
        ({"by": ["way", "way"]}, "Say once each"),
        ({"overlays": []}, "nothing to compare with"),
        (
            {"data": table_of(SALES).append_column("landed_after", [["1"] * 5]), "each": True},
            '"landed_after" already',
        ),
        ({"data": [1]}, "gives no Arrow"),
    ],
)
def test_invalid_comparisons_are_refused(coffee: Path, more: dict[str, Any], message: str) -> None:
    given = {"data": table_of(SALES), "overlays": [coffee], **more}
    with pytest.raises(entrepot.TableError, match=message):
        entrepot.compare_table(given.pop("data"), given.pop("overlays"), **given)


def test_faults_of_an_overlay_name_file_row_and_column(tmp_path: Path) -> None:
    wrong = layer(tmp_path / "wrong", OVERLAY_HEAD, tariff="goods,treatment,rate\n69,mfn,4 percents\n69,mnf,4 %")
    with pytest.raises(entrepot.PackError) as caught:
        entrepot.compare_table(table_of(SALES), [wrong])
    places = [(fault.file, fault.row, fault.column) for fault in caught.value.faults]
    assert places == [("zz/wrong/tariff.csv", 2, "rate"), ("zz/wrong/tariff.csv", 3, "treatment")]
    with pytest.raises(entrepot.LawError, match="does not exist"):
        entrepot.compare_table(table_of(SALES), [tmp_path / "nothing"])
