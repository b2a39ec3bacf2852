"""The figures of large tables are those of the plain implementation, to the last unit."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.measure import tables
from entrepot.measure.lines import LedgerLine, Party
from entrepot.measure.transactions import transactions_of
from entrepot.model.errors import TradeError
from entrepot.trade_app.statistics import making, synthetic
from measure.test_tables import drawn

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
statistics = pytest.importorskip("entrepot.batch.statistics")
files = pytest.importorskip("entrepot.batch.statistics_files")


def rate(currency: str, day: str) -> Fraction | None:
    return None if day == "2026-02-05" else Fraction(7_123_457, 1_000_000) + len(currency)


def agree(lines: list[LedgerLine], reporter: str, valuation: str) -> None:
    plain = tables.classes_of(transactions_of(lines, reporter, valuation=valuation), reporter, "CNY", rate)
    assert statistics.classes_of(files.to_arrow(lines), reporter, "CNY", rate, valuation=valuation) == plain


@settings(max_examples=40, deadline=None)
@given(st.lists(drawn, max_size=12), st.sampled_from(["FOB", "CIF", "price"]))
def test_drawn_lines_agree(lines: list[LedgerLine], valuation: str) -> None:
    agree(lines, "VN", valuation)


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_a_synthetic_year_agrees(count: int) -> None:
    agree(list(synthetic.draw(count, year=2025)), "VN", "CIF")


def test_many_lines_take_the_path_of_arrow_and_give_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = list(synthetic.draw(3_000, year=2025))
    given = making.Wanted("VN", "2025", "CNY", rate, 2, valuation="CIF", by_product=True)
    plain = making.make_of_lines(lines, given)
    path, text = tmp_path / "lines.parquet", tmp_path / "lines.jsonl"
    assert files.write_parquet(iter(lines), path) == 3_000
    text.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
    assert making.make_of_file(text, given).table == plain.table
    monkeypatch.setattr(making, "LARGE", 1_000)
    monkeypatch.setattr(making, "LARGE_FILE", 1_000)
    monkeypatch.setattr(statistics, "BATCH", 700)
    for found in (
        making.make_of_lines(lines, given),
        making.make_of_file(text, given),
        making.make_of_file(path, given),
    ):
        assert (found.table.figures, found.table.lines) == (plain.table.figures, plain.table.lines)
        assert found.controlled.held_back == plain.controlled.held_back
    assert statistics.classes_of(files.to_arrow(lines), "VN", "CNY", rate, valuation="CIF").sums


def test_lines_that_come_one_after_the_other_give_the_same_table(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(synthetic.draw(300, year=2025))
    wanted = making.Wanted("VN", "2025", "CNY", lambda _currency, _day: None, 2)
    plain = making.make_of_lines(lines, wanted)
    for large in (299, 300, 301):
        monkeypatch.setattr(making, "LARGE", large)
        assert making.make_of_lines(iter(lines), wanted).observations() == plain.observations()


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (pa.table({"price": [1]}), "no column order_channel"),
        (files.to_arrow([]).drop_columns(["taken"]), "no column taken"),
        (files.to_arrow([LedgerLine(id="1")]).set_column(0, "order_channel", pa.array([7])), "int64, not string"),
        (
            files.to_arrow([LedgerLine(id="1")]).set_column(
                0, "order_channel", pa.array([None], pa.string()).dictionary_encode()
            ),
            "empty cell in order_channel",
        ),
    ],
)
def test_a_parquet_file_of_another_structure_is_refused(tmp_path: Path, table: Any, why: str) -> None:
    pq.write_table(table, tmp_path / "other.parquet")
    given = making.Wanted("VN", "2025", "CNY", rate, 2)
    with pytest.raises(TradeError, match=why):
        making.make_of_file(tmp_path / "other.parquet", given)


def test_what_is_no_parquet_and_a_day_that_is_none_are_refused(tmp_path: Path) -> None:
    given = making.Wanted("VN", "2025", "CNY", rate, 2)
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(TradeError, match="not a file of lines"):
        making.make_of_file(tmp_path / "cut.parquet", given)
    line = msgspec.structs.replace(next(iter(synthetic.draw(1, year=2025))), ordered="31.12.2025", shipped="")
    files.write_parquet(
        [msgspec.structs.replace(line, seller=Party("VN"), buyer=Party("CN"))], tmp_path / "day.parquet"
    )
    with pytest.raises(TradeError, match="cannot be added up"):
        making.make_of_file(tmp_path / "day.parquet", given)
