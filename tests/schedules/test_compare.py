"""Two schedules are compared by the rates that apply to each code, and every difference is reported once."""

from __future__ import annotations

import pytest

from entrepot.law.grammar import read_rate
from entrepot.law.read import Row
from entrepot.schedules.compare import differences


def rows(*said: str) -> list[Row]:
    """Rows of MFN: `0901=5 %`; a treatment or an origin stands before: `ldc:VN:0901=free`."""
    found = []
    for each in said:
        where, _, rate = each.partition("=")
        treatment, origin, goods = where.split(":") if ":" in where else ("mfn", "", where)
        cells = {"goods": goods, "treatment": treatment, "origin": tuple(origin.split())}
        found.append(Row("x", 1, {**cells, "rate": read_rate(rate)}))
    return found


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (["0901=5 %"], ["0901=5.0 %"], []),
        (["0901=free"], ["0901=0 %"], []),
        (["0901=5 %"], ["0901=5 %", "09012100=5 %"], []),
        (["0901=5 %"], ["0901=6 %"], [("0901", "5 %", "6 %")]),
        (["0901=5 %"], ["0901=5 %", "09012100=7 %"], [("09012100", "5 %", "7 %")]),
        (["0901=5 %", "09012100=5 %"], ["0901=6 %"], [("0901", "5 %", "6 %")]),
        (["0901=5 %"], ["090121=6 %", "090122=5 %"], [("0901", "5 %", None), ("090121", "5 %", "6 %")]),
        ([], ["0901=5 %", "090121=5 %"], [("0901", None, "5 %")]),
        (["0901=none"], [], []),
        (["09=5 %", "0901=none"], ["09=5 %"], [("0901", None, "5 %")]),
        (["0901=text:a"], ["0901=text:b"], [("0901", "text:a", "text:b")]),
        (["*=10 %"], ["0901=10 %"], [("*", "10 %", None)]),
        (["ldc::0901=free"], ["0901=free"], [("0901", "free", None), ("0901", None, "free")]),
        (["rcep:CN:0901=1 %"], ["rcep:CN:0901=1 %", "rcep:KR:0901=2 %"], [("0901", None, "2 %")]),
    ],
)
def test_every_difference_is_reported_once(
    before: list[str], after: list[str], told: list[tuple[str, str, str]]
) -> None:
    found = [(each.goods, each.before, each.after) for each in differences(rows(*before), rows(*after))]
    assert found == told


def test_only_the_given_codes_are_compared() -> None:
    before, after = rows("*=10 %", "0901=5 %", "6911=7 %"), rows("09012100=5 %", "09012200=6 %")
    found = [(each.goods, each.before, each.after) for each in differences(before, after, ("090121", "090122", "42"))]
    assert found == [("09012200", "5 %", "6 %"), ("42", "10 %", None)]


def test_the_kind_of_a_change() -> None:
    found = differences(rows("01=1 %", "02=2 %"), rows("01=3 %", "03=3 %"))
    assert [(each.goods, each.kind) for each in found] == [("01", "changes"), ("02", "ends"), ("03", "begins")]
