"""The classes of a cluster are those of one process, to the last unit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from batch.cluster import PANDAS, cluster, missing_requirement
from entrepot.measure import tables
from entrepot.measure.transactions import transactions_of
from entrepot.model.errors import TableError
from entrepot.trade_app.statistics import synthetic

spark = pytest.importorskip("entrepot.batch.statistics_spark")
files = pytest.importorskip("entrepot.batch.statistics_files")


def rate(_currency: str, day: str) -> Fraction | None:
    return None if day == "2025-02-05" else Fraction(7_123_457, 1_000_000)


@pytest.mark.long
@pytest.mark.filterwarnings(PANDAS)
def test_a_synthetic_year_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := missing_requirement():
        pytest.skip(why)
    lines = list(synthetic.draw(5_000, year=2025))
    for at in range(2):
        files.write_parquet(lines[at::2], tmp_path / f"{at}.parquet")
    with cluster(tmp_path, monkeypatch) as session:
        frame = session.read.parquet(*(str(tmp_path / f"{at}.parquet") for at in range(2)))
        for currency, valuation in (("CNY", "FOB"), ("USD", "CIF")):
            plain = tables.classes_of(transactions_of(lines, "VN", valuation=valuation), "VN", currency, rate)
            assert spark.classes_on_spark(frame, "VN", currency, rate, valuation=valuation) == plain
        with pytest.raises(TableError, match="no column 'taken'"):
            spark.classes_on_spark(frame.drop("taken"), "VN", "CNY", rate)
