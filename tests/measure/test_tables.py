"""The template: figures derived by hand beside each test, and its identities for drawn lines."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.measure.lines import Fee, LedgerLine, Party, Taken
from entrepot.measure.periods import months_of
from entrepot.measure.tables import CellKey, Table, classes_of, table_of
from entrepot.measure.template import IDENTITIES, PARTS
from entrepot.measure.transactions import FLOWS, transactions_of
from entrepot.model.errors import TradeError

VN, CN, SG = Party("VN", "S11"), Party("CN", "S1M"), Party("SG", "S11")
GOODS = LedgerLine(
    id="or_1:1",
    order_channel="digital",
    delivery_channel="physical",
    platform="node",
    seller=VN,
    buyer=CN,
    operator=Party("CN"),
    seller_id="og_1",
    buyer_id="us_1",
    hs="090121",
    currency="CNY",
    price=10_000,
    freight=1_200,
    insurance=100,
    valuation="FOB",
    fees=(Fee("seller", 250),),
    ordered="2026-03-10",
    shipped="2026-03-12",
    released="2026-04-02",
)
VISIT = LedgerLine(
    id="or_2:1",
    order_channel="digital",
    delivery_channel="network",
    platform="node",
    seller=VN,
    buyer=CN,
    operator=Party("CN"),
    seller_id="og_2",
    buyer_id="us_1",
    service=True,
    ebops="SK21",
    currency="CNY",
    price=30_000,
    freight=0,
    insurance=0,
    ordered="2026-03-20",
    delivered="2026-03-25",
)


def changed(line: LedgerLine, **changes: object) -> LedgerLine:
    import msgspec

    return msgspec.structs.replace(line, **changes)


def table(lines: list[LedgerLine], reporter: str, period: str = "2026", **more: object) -> Table:
    valuation = str(more.pop("valuation", "FOB"))
    rates = more.pop("rates", {})
    classes = classes_of(
        transactions_of(lines, reporter, valuation=valuation),
        reporter,
        str(more.pop("currency", "CNY")),
        lambda currency, day: rates.get((currency, day)),  # type: ignore[attr-defined]
    )
    return table_of(classes, period)


def rows(found: Table, flow: str, partner: str = "W1", sector: str = "S1") -> dict[str, int | None]:
    return {key.measure: each.value for key, each in found.figures.items() if key[:3] == (flow, partner, sector)}


def test_a_sale_of_goods_and_one_of_a_service_are_in_their_rows() -> None:
    found = rows(table([GOODS, VISIT], "VN"), "exports", "CN")
    # Goods 100.00 ordered; the visit 300.00 ordered and delivered digitally, counted once: 100 + 300 + 300 - 300.
    assert found["ordered_goods"] == found["ordered_goods_dip"] == 10_000
    assert found["ordered_services"] == found["delivered"] == found["both"] == 30_000
    assert (found["ordered"], found["total"], found["dis"]) == (40_000, 40_000, 0)
    # Whether health services count as deliverable differs between the publishers: nothing is known.
    assert found["deliverable"] is None


def test_the_fee_is_an_import_of_the_sellers_economy_from_that_of_the_platform() -> None:
    found = rows(table([GOODS], "VN"), "imports", "CN")
    assert found["dis"] == found["both"] == found["total"] == found["ordered_services"] == 250
    assert found["ordered_services_dip"] == 0
    assert rows(table([GOODS], "CN"), "exports", "VN")["dis"] == 250


def test_a_domestic_sale_by_way_of_a_foreign_platform_has_a_fee_that_crosses_the_border() -> None:
    line = changed(GOODS, buyer=Party("VN", "S1M"), operator=Party("SG"))
    found = table([line], "VN")
    assert rows(found, "exports")["total"] == 0
    assert rows(found, "imports", "SG") == rows(found, "imports")
    assert rows(found, "imports")["total"] == rows(found, "imports")["dis"] == 250


def test_a_return_revises_the_period_of_the_original() -> None:
    late = changed(GOODS, taken=(Taken("2026-12-20", 4_000, 1),))
    assert rows(table([GOODS], "VN", "2026-Q1"), "exports")["ordered_goods"] == 10_000
    assert rows(table([late], "VN", "2026-Q1"), "exports")["ordered_goods"] == 6_000
    assert rows(table([late], "VN", "2026-Q4"), "exports")["ordered_goods"] is None


def test_imports_with_freight_and_insurance_are_those_of_the_day_of_release() -> None:
    assert rows(table([GOODS], "CN", "2026-04", valuation="CIF"), "imports", "VN")["ordered_goods"] == 11_300
    assert rows(table([GOODS], "CN", "2026-04"), "imports", "VN")["ordered_goods"] == 10_000
    assert table([GOODS], "CN", "2026-02").empty


def test_an_unknown_part_makes_at_least_and_only_unknown_is_no_zero() -> None:
    found = table([VISIT, changed(VISIT, id="or_3:1", delivery_channel="", delivered="2026-03-26")], "VN")
    delivered = found.figures[CellKey("exports", "W1", "S1", "delivered")]
    assert (delivered.value, delivered.at_least) == (30_000, True)
    # Both were ordered digitally, so the total is known.
    total = found.figures[CellKey("exports", "W1", "S1", "total")]
    assert (total.value, total.at_least) == (60_000, False)
    only = table([changed(VISIT, price=None)], "VN").figures[CellKey("exports", "W1", "S1", "total")]
    assert (only.value, only.at_least) == (None, True)


def test_an_unknown_economy_of_the_buyer_is_counted_nowhere_and_leaves_every_export_open() -> None:
    found = table([GOODS, changed(GOODS, id="or_3:1", buyer=Party("", "S1M"))], "VN")
    for partner in ("CN", "W1"):
        figure = found.figures[CellKey("exports", partner, "S1", "ordered_goods")]
        assert (figure.value, figure.at_least) == (10_000, True)


def test_an_unknown_sector_is_in_the_total_only() -> None:
    found = table([GOODS, changed(GOODS, id="or_3:1", seller=Party("VN"))], "VN")
    whole = found.figures[CellKey("exports", "CN", "S1", "ordered_goods")]
    part = found.figures[CellKey("exports", "CN", "S11", "ordered_goods")]
    assert (whole.value, whole.at_least, part.value, part.at_least) == (20_000, False, 10_000, True)


def test_a_currency_without_a_rate_for_one_day_leaves_that_line_unknown_and_says_so() -> None:
    dollars = changed(GOODS, id="or_3:1", currency="USD", price=1_000, shipped="2026-03-13")
    other = changed(dollars, id="or_4:1", shipped="2026-03-14")
    rates = {("USD", "2026-03-14"): Fraction(71, 10)}
    found = table([GOODS, dollars, other], "VN", rates=rates)
    figure = found.figures[CellKey("exports", "CN", "S1", "ordered_goods")]
    assert (figure.value, figure.at_least) == (10_000 + 7_100, True)
    # Also the fees, which are dated by their order.
    assert found.missing == (("USD", "2026-03-10"), ("USD", "2026-03-13"))


def test_a_period_that_is_none_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(TradeError, match=r"Write a year \(2026\)"):
        months_of("2026-13")


parties = st.sampled_from([VN, CN, SG, Party("VN"), Party("", "S1M"), Party("CN", "S13")])
drawn = st.builds(
    LedgerLine,
    id=st.integers(1, 10**9).map(lambda number: f"or_{number}:1"),
    order_channel=st.sampled_from(["digital", "other", ""]),
    delivery_channel=st.sampled_from(["network", "presence", ""]),
    platform=st.sampled_from(["node", "none", ""]),
    seller=parties,
    buyer=parties,
    operator=parties,
    seller_id=st.sampled_from(["og_1", "og_2"]),
    buyer_id=st.sampled_from(["us_1", "us_2"]),
    service=st.booleans(),
    ebops=st.sampled_from(["SI2", "SJ33", "SC1", ""]),
    currency=st.sampled_from(["CNY", "USD"]),
    price=st.one_of(st.none(), st.integers(0, 10**7)),
    valuation=st.sampled_from(["FOB", "CIF", ""]),
    fees=st.sampled_from([(), (Fee("seller", 33),), (Fee("buyer", 7),)]),
    ordered=st.sampled_from(["2026-01-05", "2026-02-05", "2026-05-05"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(drawn, max_size=12))
def test_the_identities_hold_for_each_partner_sector_and_flow(lines: list[LedgerLine]) -> None:
    found = table(lines, "VN", rates=_Always(Fraction(7_123_457, 1_000_000)))
    for flow in FLOWS:
        for partner in ("W1", *found.partners):
            for sector in ("S1", *found.sectors):
                values = {name: value or 0 for name, value in rows(found, flow, partner, sector).items()}
                for whole, plus, minus in IDENTITIES:
                    assert values[whole] == sum(values[each] for each in plus) - sum(values[each] for each in minus)
                for part, whole in PARTS:
                    assert values[part] <= values[whole]
        for measure in ("total", "ordered_goods"):
            parts = [rows(found, flow, each)[measure] or 0 for each in found.partners]
            assert sum(parts) == (rows(found, flow)[measure] or 0)


@settings(max_examples=30, deadline=None)
@given(st.lists(drawn, max_size=12))
def test_a_year_is_the_sum_of_its_quarters(lines: list[LedgerLine]) -> None:
    rates = _Always(Fraction(7_123_457, 1_000_000))
    quarters = [rows(table(lines, "VN", f"2026-Q{at}", rates=rates), "exports")["total"] or 0 for at in range(1, 5)]
    assert sum(quarters) == (rows(table(lines, "VN", rates=rates), "exports")["total"] or 0)


class _Always(dict):  # type: ignore[type-arg]
    def __init__(self, rate: Fraction) -> None:
        self._rate = rate

    def get(self, _key: object, _default: object = None) -> Fraction:
        return self._rate
