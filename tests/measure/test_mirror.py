"""The mirror: each gap has its reason, and the reasons add up to it exactly."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.measure.extract import lines_of
from entrepot.measure.lines import Known, LedgerLine, Party, Taken
from entrepot.measure.mirror import Mirror, Side, mirror
from entrepot.model.errors import TradeError
from measure.test_extract import facts
from measure.test_tables import GOODS, VISIT
from trade.market import SELLER
from trade.two_nodes import TwoNodes

LINE = msgspec.structs.replace(GOODS, match="xo_1:1")


def compared(ours: list[LedgerLine], theirs: list[LedgerLine], period: str = "2026", **more: str) -> Mirror:
    def at(rate: Fraction):  # type: ignore[no-untyped-def]
        return lambda _currency, _day: rate

    found = mirror(
        Side("VN", ours, at(Fraction(1, 7))),
        Side("CN", theirs, at(Fraction(1, 8))),
        period,
        more.get("currency", "CNY"),
    )
    assert sum(found.reasons.values()) == found.gap
    for each in found.gaps:
        assert sum(each.reasons.values()) == each.exports - each.imports
    return found


def test_freight_and_insurance_are_named_as_cif_and_fob() -> None:
    found = compared([LINE], [LINE])
    assert (found.exports, found.imports, found.reasons) == (10_000, 11_300, {"cif_fob": -1_300})


def test_a_line_of_another_period_on_one_side_is_time() -> None:
    # Shipped in March, released in April.
    found = compared([LINE], [LINE], "2026-Q1")
    assert found.reasons == {"time": 10_000}


def test_a_line_of_one_side_only_is_coverage() -> None:
    assert compared([LINE], []).reasons == {"coverage": 10_000}
    assert compared([], [LINE]).reasons == {"coverage": -11_300}


def test_a_return_that_one_side_has_not_recorded_is_named() -> None:
    back = msgspec.structs.replace(LINE, taken=(Taken("2026-05-01", 4_000),))
    found = compared([LINE], [back])
    # 100.00 against 100.00 - 40.00 + 13.00: the return explains +40.00, the carriage -13.00.
    assert found.reasons == {"returns": 4_000, "cif_fob": -1_300}


def test_another_answer_to_the_same_question_is_classification() -> None:
    other = msgspec.structs.replace(LINE, order_channel="other")
    assert compared([LINE], [other]).reasons == {"classification": 10_000}


def test_two_rates_are_exchange() -> None:
    line = msgspec.structs.replace(VISIT, match="xo_2:1")
    found = compared([line], [line], currency="USD")
    # 300.00 / 7 = 42.857 and 300.00 / 8 = 37.50.
    assert (found.exports, found.imports, found.reasons) == (4_286, 3_750, {"exchange": 536})


def test_one_economy_has_no_mirror() -> None:
    with pytest.raises(TradeError, match="compares two economies"):
        mirror(Side("VN", [], lambda _c, _d: None), Side("VN", [], lambda _c, _d: None), "2026", "CNY")


def test_two_nodes_explain_their_gap() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    vn = Known(parties={SELLER: Party("VN", "S11"), nodes.vn.peer: Party("CN")}, economy="VN")
    cn = Known(parties={nodes.cn.peer: Party("VN")}, economy="CN")
    ours = lines_of(facts(nodes.vn.books, nodes.vn.order()), vn)
    theirs = lines_of(facts(nodes.cn.books, nodes.cn.order()), cn)
    found = compared(ours, theirs, ours[0].ordered[:4])
    assert (found.matched, found.exports, found.imports) == (1, 13_600, 15_000)
    assert found.reasons == {"cif_fob": -1_400}


drawn = st.builds(
    lambda number, price, freight, back, released, channel, currency: msgspec.structs.replace(
        LINE,
        id=f"or_{number}:1",
        match=f"xo_{number}:1",
        price=price,
        freight=freight,
        taken=(Taken("2026-06-01", min(back, price)),) if back else (),
        released=released,
        order_channel=channel,
        currency=currency,
    ),
    st.integers(1, 5),
    st.integers(0, 10**6),
    st.one_of(st.none(), st.integers(0, 10**4)),
    st.integers(0, 10**5),
    st.sampled_from(["2026-03-02", "2026-04-02"]),
    st.sampled_from(["digital", "other", ""]),
    st.sampled_from(["CNY", "USD"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(drawn, max_size=6), st.lists(drawn, max_size=6), st.sampled_from(["2026", "2026-Q1"]))
def test_the_reasons_of_drawn_lines_add_up(ours: list[LedgerLine], theirs: list[LedgerLine], period: str) -> None:
    compared(ours, theirs, period)
