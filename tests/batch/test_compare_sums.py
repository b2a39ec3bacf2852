"""The sums of a comparison equal those of two tables quoted separately, in memory and for files larger than memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, seed, settings

import entrepot
import sale_strategies
from batch.overlay_cases import OVERLAY_HEAD, compare, create_overlays, sale, single_row
from batch.sale_rows import rows_of, table_of
from entrepot import app
from entrepot.batch.compare.outputs import write_table
from entrepot.batch.compare.row_pairs import AMOUNTS, FIGURES
from entrepot.batch.run.paths import parse_location
from entrepot.law.library import Library
from pack_layers import layer
from sizes import SEED, size

#: The counts of rows that are compared with those of two tables.
COUNTED = ("rows", "compared", "other_way", "became_refused", "became_open", "not_comparable")


def draw_sales(count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    @seed(11 + SEED)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(sale_strategies.sales(places=("ZZ", "CN", "JP", "DE")))
    def draw(each: dict[str, Any]) -> None:
        found.append(each)

    draw()
    return found


@pytest.fixture(scope="module")
def many() -> pa.Table:
    """Rows of random sales to four economies, many with several lines, and one with a proof of origin."""
    count = size(150, 700)
    rows = [row for number, each in enumerate(draw_sales(count)) for row in rows_of(each, f"c{number}")]
    assert len(rows) > 1.4 * count
    # The drawn ones seldom come with a proof of origin; this one leaves the agreement where MFN is lower.
    return table_of([*rows, sale("0901.21", "VN", proof_of_origin="zz_fta")])


def add_up(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """The values of two answered tables, added row by row, for each currency."""
    found: dict[str, Counter[str]] = {}
    for first, second in zip(before, after, strict=True):
        sums = found.setdefault(first["out_currency"] or second["out_currency"], Counter())
        sums["rows"] += 1
        if first["landed_low"] is None or second["landed_low"] is None:
            sums["became_refused"] += first["landed_low"] is not None
            sums["became_open"] += second["landed_low"] is not None
            continue
        sums["other_way"] += (first["regime"], first["treatment"]) != (second["regime"], second["treatment"])
        ranged = any(row[figure] is None for row in (first, second) for figure in FIGURES)
        if ranged or first["at_least"] != second["at_least"]:
            sums["not_comparable"] += 1
            continue
        sums["compared"] += 1
        for figure in FIGURES:
            sums[figure] += first[figure]
            sums[f"{figure}_after"] += second[figure]
    return found


def test_sums_equal_those_of_two_tables_quoted_separately(many: pa.Table, tmp_path: Path) -> None:
    over = create_overlays(tmp_path)
    house = Library()
    before = entrepot.quote_table(many, packs=house).to_pylist()
    after = entrepot.quote_table(many, packs=Library(overlays=over)).to_pylist()
    wanted = add_up(before, after)
    found = entrepot.compare_table(many, over)
    assert {row["out_currency"] for row in found.to_pylist()} >= {"ZZD", "CNY", "JPY", "EUR"}
    for level in ("total", "group"):
        sums: dict[str, Counter[str]] = {}
        for row in found.to_pylist():
            if row["level"] == level:
                mine = sums.setdefault(row["out_currency"], Counter())
                for name in (*COUNTED, *AMOUNTS):
                    mine[name] += row[name] or 0
        assert {key: +each for key, each in sums.items()} == {key: +each for key, each in wanted.items()}
    zzd, eur = (single_row(found, level="total", out_currency=money) for money in ("ZZD", "EUR"))
    assert zzd["other_way"] > 0
    assert zzd["became_refused"] + zzd["not_comparable"] > 0
    assert zzd["landed_change"] != 0
    assert eur["landed_change"] == 0
    sales = {(row["consignment"], row["out_currency"]) for row in before}
    for money in ("ZZD", "CNY", "JPY", "EUR"):
        total = single_row(found, level="total", out_currency=money)
        assert total["consignments"] == sum(each == money for _, each in sales) < total["rows"]


def test_an_overlay_with_the_same_rate_changes_nothing(many: pa.Table, tmp_path: Path) -> None:
    same = layer(tmp_path / "same", OVERLAY_HEAD, tariff="goods,treatment,rate\n69111000,mfn,10 %")
    for row in entrepot.compare_table(many, [same]).to_pylist():
        nil = ("became_refused", "became_open", "other_way", "other_outcome", "dearer", "cheaper")
        assert all(row[name] == 0 for name in nil)
        assert all(not row[f"{figure}_change"] for figure in FIGURES)
        assert all(row[figure] == row[f"{figure}_after"] for figure in FIGURES)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_larger_than_memory_gives_the_same_comparison(many: pa.Table, tmp_path: Path, kind: str) -> None:
    over, source = create_overlays(tmp_path), tmp_path / f"many.{kind}"
    # The rows of a consignment lie far apart: first all first lines, then all others.
    half = pa.concat_tables([many.take(list(range(start, many.num_rows, 2))) for start in (0, 1)])
    if kind == "csv":
        pc.write_csv(half, source)
    else:
        pq.write_table(half, source, row_group_size=100)
    wanted = entrepot.compare_table(half, over)
    rows = entrepot.compare_table(half, over, each=True)
    for held in (1 << 26, 2_000):
        each = parse_location(str(tmp_path / f"each-{held}.parquet"), None)
        assert compare(source, over, held=held, each=each).table().equals(wanted)
        written = pq.read_table(tmp_path / f"each-{held}.parquet")
        names = ["hs_code", "amount", "landed", "landed_after", "regime_after", "fault_after", "out_currency"]
        assert written.select(names).to_pylist() == rows.select(names).to_pylist()
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


def test_csv_uses_the_decimals_of_each_currency(many: pa.Table, tmp_path: Path) -> None:
    found = entrepot.compare_table(many, create_overlays(tmp_path), by=["origin"])
    target = tmp_path / "out.csv"
    write_table(found, parse_location(str(target), None), app.library().world.decimals)
    rows = [line.split(",") for line in target.read_text().splitlines()]
    place = rows[0].index("landed_change")
    decimals = {
        row[2]: {len(each[place].partition(".")[2]) for each in rows if each[2] == row[2] and each[place]}
        for row in rows[1:5]
    }
    assert {name: sizes for name, sizes in decimals.items() if name} == {"CNY": {2}, "EUR": {2}, "JPY": {0}, "ZZD": {2}}
