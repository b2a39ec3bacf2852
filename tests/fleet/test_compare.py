"""A table under the law as it is and under a supposed one: what changes, worked out by hand, and what stays whole."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, seed, settings

import drawn
import entrepot
from entrepot import app
from entrepot.fleet.both import AMOUNTS, FIGURES
from entrepot.fleet.compare import Job, Pair, compare_file
from entrepot.fleet.compared import Comparison
from entrepot.fleet.outputs import write_table
from entrepot.fleet.places import place_of
from entrepot.pack.library import Library
from fleet.rows import rows_of, table_of
from layering import layer

HEAD = 'kind = "overlay"\ntrust = "unchecked"\n'
NONE = Decimal(0)


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    """Roasted coffee at 4 % for everybody, and shirts at a rate that nobody knows yet."""
    rates = "goods,treatment,rate\n090121,mfn,4 %\n6109,mfn,unknown"
    return layer(tmp_path / "coffee-at-four", HEAD, tariff=rates)


def sale(code: str, origin: str, **more: str) -> dict[str, str]:
    """Goods of 1,000 to a business in Exampleland by sea: customs value 1,000 + 90 + 10 = 1,100."""
    fixed = {"ship_from_country": origin, "ship_to_country": "ZZ", "currency": "ZZD", "buyer_kind": "business"}
    costs = {"transport": "sea", "shipping_cost": "90", "insurance_cost": "10", "amount": "1000"}
    return {**fixed, **costs, "hs_code": code, "date": "2026-06-01", **more}


# From the rows of packs/zz, with VAT of 5 % on coffee and 20 % otherwise, entry fee 50, statistical fee 1.10, down to 1:
# of France: provisional 10 % of 1,100 = 110.00, VAT 5 % of 1,210 = 60.50, landed 1,100 + 110 + 60.50 + 51 = 1,321.50.
#   At 4 %: 44.00, VAT 5 % of 1,144 = 57.20, landed 1,252.20. Change: duties -66.00, taxes -3.30, in all -69.30.
# of Viet Nam with its proof: agreement 5 % = 55.00, VAT 5 % of 1,155 = 57.75, landed 1,263.75.
#   At 4 % of MFN: 1,252.20 as above, without the agreement. Change: duties -11.00, taxes -0.55, in all -11.55.
# tableware: 10 % = 110.00, VAT 20 % of 1,210 = 242.00, landed 1,100 + 110 + 242 + 51 = 1,503.00; stays.
# shirts: 12 % = 132.00 (1.50 a piece is less), VAT 20 % of 1,232 = 246.40; with an unknown rate of duty no way is open.
# `691` is no code, before and after.
FIVE = [
    sale("0901.21", "FR"),
    sale("0901.21", "VN", proof_of_origin="zz_fta"),
    sale("6911.10", "AU"),
    sale("6109.10", "AU", quantity="1"),
    sale("691", "AU"),
]


def only(table: pa.Table, **wanted: str | None) -> dict[str, Any]:
    (row,) = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    return dict(row)


def test_what_changes_is_what_comes_out_by_hand(coffee: Path) -> None:
    found = entrepot.compare_table(table_of(FIVE), [coffee])
    total = only(found, level="total", out_currency="ZZD")
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
    assert only(found, level="total", out_currency=None)["not_assessed"] == 1


def test_the_groups_say_which_way_is_left_for_which(coffee: Path) -> None:
    found = entrepot.compare_table(table_of(FIVE), [coffee])
    vietnam = only(found, level="group", origin="VN")
    assert [vietnam[name] for name in ("chapter", "treatment", "treatment_after", "other_way")] == [
        "09",
        "zz_fta",
        "mfn",
        1,
    ]
    assert vietnam["landed_change"] == Decimal("-11.55")
    refused = only(found, level="group", chapter="61")
    assert (refused["regime"], refused["regime_after"], refused["became_refused"]) == ("ordinary", None, 1)
    assert refused["compared"] == 0
    assert all(refused[name] is None for name in AMOUNTS)  # a sum of no row is not nil
    groups = [row for row in found.to_pylist() if row["level"] == "group" and row["out_currency"]]
    changes = [abs(row["landed_change"] or 0) for row in groups]
    assert changes == sorted(changes, reverse=True)


def test_each_row_stands_with_both_answers(coffee: Path) -> None:
    rows = entrepot.compare_table(table_of(FIVE), [coffee], each=True).to_pylist()
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
    assert [row["hs_code"] for row in rows] == [row["hs_code"] for row in FIVE]


def test_by_fewer_keys_the_groups_are_fewer_and_add_up_alike(coffee: Path) -> None:
    table = table_of(FIVE)
    for by in (["chapter"], ["heading"], ["origin"], ["destination"], ["way"], ["origin", "chapter"]):
        found = entrepot.compare_table(table, [coffee], by=by).to_pylist()
        groups = [row for row in found if row["level"] == "group"]
        assert sum(row["rows"] for row in groups) == 5
        assert sum(row["landed_change"] or 0 for row in groups) == Decimal("-80.85")
    assert only(entrepot.compare_table(table, [coffee], by=["heading"]), level="group", heading="0901")["rows"] == 2
    assert len([row for row in found if row["origin"] == "AU"]) == 3


def gathered(count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    @seed(11)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(drawn.sales(places=("ZZ", "CN", "JP", "DE")))
    def draw(each: dict[str, Any]) -> None:
        found.append(each)

    draw()
    return found


@pytest.fixture(scope="module")
def many() -> pa.Table:
    """More than 1,000 rows of drawn sales to four places, many of several lines."""
    rows = [row for number, each in enumerate(gathered(700)) for row in rows_of(each, f"c{number}")]
    assert len(rows) > 1000
    return table_of(rows)


def overlays(folder: Path) -> list[Path]:
    """Other rates of Exampleland and of China, a lower limit, and one rate that becomes unknown."""
    rates = "goods,treatment,rate\n0901,mfn,1 %\n69,mfn,33 %\n2203,mfn,unknown\n6109,ldc,20 %"
    of_zz = layer(folder / "zz-rates", HEAD, tariff=rates)
    of_cn = layer(folder / "cn-rates", HEAD, tariff="goods,treatment,rate\n6911,mfn,50 %\n8517,mfn,9 %")
    head = of_cn / "layer.toml"
    head.write_text(head.read_text().replace('pack = "zz"', 'pack = "cn"'))
    return [of_zz, of_cn]


def added(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """What two answered tables say, added row by row, for each currency."""
    found: dict[str, Counter[str]] = {}
    for was, then in zip(before, after, strict=True):
        sums = found.setdefault(was["out_currency"] or then["out_currency"], Counter())
        sums["rows"] += 1
        if was["landed"] is None or then["landed"] is None:
            sums["became_refused"] += was["landed"] is not None
            sums["became_open"] += then["landed"] is not None
            continue
        if was["at_least"] != then["at_least"]:
            continue
        sums["compared"] += 1
        sums["other_way"] += (was["regime"], was["treatment"]) != (then["regime"], then["treatment"])
        for figure in FIGURES:
            sums[figure] += was[figure]
            sums[f"{figure}_after"] += then[figure]
    return found


def test_sums_are_those_of_two_tables_quoted_apart(many: pa.Table, tmp_path: Path) -> None:
    over = overlays(tmp_path)
    house = Library()
    before = entrepot.quote_table(many, packs=house).to_pylist()
    after = entrepot.quote_table(many, packs=Library(overlays=over)).to_pylist()
    wanted = added(before, after)
    found = entrepot.compare_table(many, over)
    assert {row["out_currency"] for row in found.to_pylist()} >= {"ZZD", "CNY", "JPY", "EUR"}
    for level in ("total", "group"):
        sums: dict[str, Counter[str]] = {}
        for row in found.to_pylist():
            if row["level"] == level:
                mine = sums.setdefault(row["out_currency"], Counter())
                for name in ("rows", "compared", "other_way", "became_refused", "became_open", *AMOUNTS):
                    mine[name] += row[name] or 0
        assert {key: +each for key, each in sums.items()} == {key: +each for key, each in wanted.items()}
    zzd, eur = (only(found, level="total", out_currency=money) for money in ("ZZD", "EUR"))
    assert zzd["other_way"] > 0
    assert zzd["became_refused"] > 0
    assert zzd["landed_change"] != 0
    assert eur["landed_change"] == 0
    sales = {(row["consignment"], row["out_currency"]) for row in before}
    for money in ("ZZD", "CNY", "JPY", "EUR"):
        total = only(found, level="total", out_currency=money)
        assert total["consignments"] == sum(each == money for _, each in sales) < total["rows"]


def test_an_overlay_that_says_the_same_changes_nothing(many: pa.Table, tmp_path: Path) -> None:
    same = layer(tmp_path / "same", HEAD, tariff="goods,treatment,rate\n69111000,mfn,10 %")
    for row in entrepot.compare_table(many, [same]).to_pylist():
        nil = ("became_refused", "became_open", "other_way", "other_outcome", "dearer", "cheaper", "not_comparable")
        assert all(row[name] == 0 for name in nil)
        assert all(not row[f"{figure}_change"] for figure in FIGURES)
        assert all(row[figure] == row[f"{figure}_after"] for figure in FIGURES)


def pair_of(over: Sequence[Path]) -> Pair:
    return app.fleet_pair(list(over))


def compared(source: Path, over: Sequence[Path], *, held: int = 1 << 26, **more: Any) -> Comparison:
    return compare_file(
        Job(source=place_of(str(source), None), **more), pair_of(over), lambda _rows, _share: None, held
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_larger_than_memory_says_the_same(many: pa.Table, tmp_path: Path, kind: str) -> None:
    over, source = overlays(tmp_path), tmp_path / f"many.{kind}"
    # The rows of a consignment lie far apart: first all first lines, then all others.
    half = pa.concat_tables([many.slice(0, None).take(list(range(start, many.num_rows, 2))) for start in (0, 1)])
    if kind == "csv":
        pc.write_csv(half, source)
    else:
        pq.write_table(half, source, row_group_size=100)
    wanted = entrepot.compare_table(half, over)
    rows = entrepot.compare_table(half, over, each=True)
    for held in (1 << 26, 2_000):
        each = place_of(str(tmp_path / f"each-{held}.parquet"), None)
        assert compared(source, over, held=held, each=each).table().equals(wanted)
        written = pq.read_table(tmp_path / f"each-{held}.parquet")
        names = ["consignment", "landed", "landed_after", "regime_after", "fault_after", "out_currency"]
        assert written.select(names).to_pylist() == rows.select(names).to_pylist()
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


def test_what_stands_once_in_a_consignment_counts_for_its_rows(coffee: Path) -> None:
    first = {**sale("0901.21", "FR"), "consignment": "a"}
    second = {"consignment": "a", "hs_code": "6911.10", "amount": "10", "ship_to_country": "", "currency": "ZZD"}
    found = entrepot.compare_table(table_of([first, second]), [coffee], by=["origin", "destination"])
    group = only(found, level="group")
    assert (group["origin"], group["destination"], group["rows"], group["consignments"]) == ("FR", "ZZ", 2, 1)


def test_services_and_what_is_no_place_have_groups_of_their_own(coffee: Path) -> None:
    service = {**sale("", "FR"), "service": "ebooks", "transport": "digital", "shipping_cost": "", "insurance_cost": ""}
    nowhere = {**sale("0901.21", "FR"), "country_of_origin": "Atlantis"}
    found = entrepot.compare_table(table_of([service, nowhere]), [coffee], by=["chapter", "origin"])
    assert only(found, level="group", chapter="services")["origin"] == "FR"
    assert only(found, level="group", origin=None)["not_assessed"] == 1


def test_a_table_without_rows_has_no_groups(coffee: Path) -> None:
    none = table_of(FIVE).slice(0, 0)
    found = entrepot.compare_table(none, [coffee])
    assert (found.num_rows, found.schema.names[:2]) == (0, ["level", "chapter"])
    each = entrepot.compare_table(none, [coffee], each=True)
    assert (each.num_rows, each.schema.names[-2:]) == (0, ["fault", "fault_after"])


def test_what_is_to_be_known_is_noted(coffee: Path, tmp_path: Path) -> None:
    later = layer(tmp_path / "later", f"{HEAD}since = 2026-07-01", tariff="goods,treatment,rate\n6911,mfn,1 %")
    source = tmp_path / "in.csv"
    pc.write_csv(table_of(FIVE[:3]), source)
    assert [code for code, _ in compared(source, [coffee]).notes()] == ["static"]
    assert [code for code, _ in compared(source, [later]).notes()] == ["static", "not_in_force"]
    pc.write_csv(table_of([{**FIVE[0], "ship_to_country": "CN", "currency": "CNY"}]), source)
    assert [code for code, _ in compared(source, [coffee]).notes()] == ["static", "nowhere"]
    (law,) = compared(source, [coffee]).laws()
    assert law == {"pack": "cn", "before": law["after"], "after": law["before"]}
    day = dt.date(2026, 6, 1)
    assert law["before"] == [Library().law("CN", day).hash]
    notes = entrepot.compare_table(table_of(FIVE), [coffee]).schema.metadata[b"entrepot.notes"].decode()
    assert notes.startswith("Static: the same sales at the same prices.")


def test_texts_have_the_decimals_of_their_currency(many: pa.Table, tmp_path: Path) -> None:
    found = entrepot.compare_table(many, overlays(tmp_path), by=["origin"])
    target = tmp_path / "out.csv"
    write_table(found, place_of(str(target), None), app.library().world.decimals)
    rows = [line.split(",") for line in target.read_text().splitlines()]
    place = rows[0].index("landed_change")
    decimals = {row[2]: {len(each[place].partition(".")[2]) for each in rows if each[2] == row[2]} for row in rows[1:5]}
    assert {name: sizes for name, sizes in decimals.items() if name} == {"CNY": {2}, "EUR": {2}, "JPY": {0}, "ZZD": {2}}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"by": ["chaptre"]}, "Did you mean 'chapter'"),
        ({"by": []}, "Say once each"),
        ({"by": ["way", "way"]}, "Say once each"),
        ({"overlays": []}, "nothing to compare with"),
        ({"data": table_of(FIVE).append_column("landed_after", [["1"] * 5]), "each": True}, "'landed_after' already"),
        ({"data": [1]}, "gives no Arrow"),
    ],
)
def test_what_cannot_be_compared_is_said(coffee: Path, more: dict[str, Any], says: str) -> None:
    given = {"data": table_of(FIVE), "overlays": [coffee], **more}
    with pytest.raises(entrepot.TableError, match=says):
        entrepot.compare_table(given.pop("data"), given.pop("overlays"), **given)


def test_a_fault_of_an_overlay_is_named_as_one_of_a_pack_is(tmp_path: Path) -> None:
    wrong = layer(tmp_path / "wrong", HEAD, tariff="goods,treatment,rate\n69,mfn,4 percents\n69,mnf,4 %")
    with pytest.raises(entrepot.PackError) as caught:
        entrepot.compare_table(table_of(FIVE), [wrong])
    places = [(fault.file, fault.row, fault.column) for fault in caught.value.faults]
    assert ("wrong/tariff.csv", 2, "rate") in places
    with pytest.raises(entrepot.LawError, match="no folder"):
        entrepot.compare_table(table_of(FIVE), [tmp_path / "nothing"])
