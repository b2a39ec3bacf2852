"""The reported progress is the share of the rows that are done, however far the reader is ahead."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from entrepot.app import law_context
from entrepot.batch.formats import readers
from entrepot.batch.run import jobs
from entrepot.batch.run.files import Sizes

ROWS = 20_000
TABLE = pa.table(
    {
        "order": [f"o{number:06}" for number in range(ROWS)],
        "amount": [f"{100 + number % 900}.00" for number in range(ROWS)],
        **{
            name: [value] * ROWS
            for name, value in {
                "hs_code": "0901.21",
                "ship_from_country": "VN",
                "ship_to_country": "CN",
                "currency": "CNY",
                "date": "2026-03-01",
            }.items()
        },
    }
)


def as_csv(path: Path) -> None:
    pc.write_csv(TABLE, path)


def as_lines(path: Path) -> None:
    path.write_text("\n".join(map(json.dumps, TABLE.to_pylist())))


def as_parquet(path: Path) -> None:
    pq.write_table(TABLE, path)


def as_xlsx(path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (TABLE.column_names, *(row.values() for row in TABLE.to_pylist())):
        sheet.append(list(row))
    book.save(path)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in many blocks and finish them in many parts."""
    monkeypatch.setattr(readers, "BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr(readers, "BATCH_ROWS", 2_500)
    monkeypatch.setattr(readers, "COLUMNAR_BATCH_ROWS", 4_000)
    monkeypatch.setattr(jobs, "PART_SIZES", Sizes(part_rows=3_000))


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("mapping", [{}, pytest.param({"order": "consignment"}, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("name", "create"),
    [
        ("t.csv", as_csv),
        ("t.jsonl", as_lines),
        pytest.param("t.parquet", as_parquet, marks=pytest.mark.long),
        pytest.param("t.xlsx", as_xlsx, marks=pytest.mark.long),
    ],
)
def test_the_reported_share_is_that_of_the_rows(
    tmp_path: Path, name: str, create: Any, mapping: dict[str, str]
) -> None:
    create(tmp_path / name)
    reports: list[tuple[int, float]] = []
    jobs.answer_upload(
        tmp_path / name,
        tmp_path / "answer.parquet",
        law_context(),
        lambda rows, share: reports.append((rows, share)),
        mapping=mapping,
        constants={},
        on=None,
        explain=False,
    )
    shares = [share for _, share in reports]
    assert shares == sorted(shares)
    assert reports[-1] == (ROWS, 1.0)
    unpacked_share = jobs.UNPACK_SHARE if name.endswith("xlsx") else 0.0
    written = [(rows, share) for rows, share in reports if rows]
    assert len(written) > 3
    for rows, share in written:
        assert abs(share - (unpacked_share + (1 - unpacked_share) * rows / ROWS)) < 0.05
    if unpacked_share:
        # A workbook is unpacked first, and that takes its time.
        unpacking = [share for rows, share in reports if not rows]
        assert len(unpacking) > 3
        assert unpacking[0] < 0.2
        assert unpacking[-1] == pytest.approx(unpacked_share)


@pytest.mark.usefixtures("_small")
def test_progress_of_a_gzipped_file_follows_its_text(tmp_path: Path) -> None:
    # Since Python 3.12 a packed file is read 128 KiB at a time: this one has more than a megabyte.
    chance = random.Random(1)
    noted = TABLE.append_column("note", pa.array([chance.randbytes(64).hex() for _ in range(ROWS)]))
    pc.write_csv(noted, tmp_path / "t.csv")
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress((tmp_path / "t.csv").read_bytes()))
    source, given = readers.open_source(path, "csv"), 0
    for batch in source.batches():
        given += batch.num_rows
        assert abs(source.share() - given / ROWS) < 0.25  # it is unpacked some bytes at a time
        assert source.share(given // 2) == pytest.approx(source.share() / 2, rel=0.01)
    assert (given, source.share()) == (ROWS, 1.0)
