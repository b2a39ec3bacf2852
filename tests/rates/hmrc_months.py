"""Adds months to the rates of HM Revenue and Customs that come with Entrepot.

    python tests/rates/hmrc_months.py monthly_csv_2026-12.csv ...

The files are those of the office, one for each month. The currencies are those of the table; a month that is there
already is replaced.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from entrepot.connect.rates.rate_files import HMRC, RateFile, read_rates

TABLE = Path(__file__).resolve().parents[2] / "src" / "entrepot" / "connect" / "rates" / "hmrc.csv"


def with_month(table: str, file: RateFile) -> str:
    """The table with the rates of a file of one month, the latest month first."""
    (first,) = {each.since for each in file.rates}
    if file.authority != HMRC or first.day != 1:
        raise ValueError(f"not a monthly file of {HMRC}")
    (head, *rows) = csv.reader(table.splitlines())
    rates = {each.other: each.rate for each in file.rates}
    month = [first.isoformat()[:7], *(rates.get(currency, "") for currency in head[1:])]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(
        [head, *sorted([month, *(row for row in rows if row[0] != month[0])], reverse=True)]
    )
    return written.getvalue()


def main() -> None:
    table = TABLE.read_text(encoding="utf-8")
    currencies = dict.fromkeys([*table.partition("\n")[0].split(",")[1:], "GBP"], 2)
    for name in sys.argv[1:]:
        table = with_month(table, read_rates(Path(name), currencies))
    TABLE.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
