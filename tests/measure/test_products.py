"""Products are another margin of the table: they add up to the whole, and what is held back cannot be computed."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.measure.disclosure import COMPLEMENT, FEW, Controlled, control
from entrepot.measure.lines import LedgerLine
from entrepot.measure.tables import CellKey, Classes, ClassKey, ClassSum, Table, classes_of, table_of
from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import FLOWS, transactions_of
from measure.simplex import Program
from measure.test_disclosure import KINDS, MANY, MEASURES_OF
from measure.test_tables import GOODS, VISIT, changed, drawn


def by_product(lines: list[LedgerLine]) -> Table:
    rate = Fraction(7_123_457, 1_000_000)
    found = classes_of(transactions_of(lines, "VN"), "VN", "CNY", lambda _currency, _day: rate)
    return table_of(found, "2026", by_product=True)


def at(table: Table, measure: str, code: str, flow: str = "exports") -> tuple[int | None, bool]:
    figure = table.figures[CellKey(flow, "W1", "S1", measure, code)]
    return figure.value, figure.at_least


def test_goods_have_their_chapter_and_services_their_code() -> None:
    found = by_product([GOODS, changed(GOODS, id="or_9:1", hs="080132"), VISIT])
    assert set(found.products) >= {"08", "09", VISIT.ebops}
    assert at(found, "ordered_goods", "09") == (10_000, False)
    assert at(found, "ordered_goods", "08") == (10_000, False)
    assert at(found, "ordered_services", VISIT.ebops) == (30_000, False)
    # The platform's fee is a service of its own, which the seller's economy imports.
    assert at(found, "dis", "SJ34", "imports")[0]


def test_a_product_that_is_not_known_may_be_any_of_its_kind() -> None:
    found = by_product([GOODS, VISIT, changed(GOODS, id="or_9:1", hs="")])
    assert at(found, "ordered_goods", "09") == (10_000, True)
    assert at(found, "ordered_services", VISIT.ebops) == (30_000, False)
    assert found.figures[CellKey("exports", "W1", "S1", "ordered_goods")].value == 20_000


@settings(max_examples=40, deadline=None)
@given(st.lists(drawn, max_size=12))
def test_products_add_up_to_the_whole_unless_one_is_not_known(lines: list[LedgerLine]) -> None:
    known = [changed(each, hs="" if each.service else "090121", ebops="SI2" if each.service else "") for each in lines]
    found = by_product(known)
    for flow, measure in product(FLOWS, MEASURES):
        parts = sum(at(found, measure, code, flow)[0] or 0 for code in found.products)
        whole = found.figures[CellKey(flow, "W1", "S1", measure)]
        assert parts == (whole.value or 0)


def made(contents: dict[tuple[str, str, str], dict[str, int]]) -> Table:
    """A table from the traders of each (kind, partner, product)."""
    sums = {
        ClassKey("exports", partner, "S11", "2026-01", KINDS[kind], code): ClassSum(sum(who.values()), len(who), 0, who)
        for (kind, partner, code), who in contents.items()
    }
    return table_of(Classes("VN", "CNY", sums), "2026", by_product=True)


def check(table: Table) -> Controlled:
    """Check what must be protected: a reader knows all published figures, and that classes are not below 0."""
    found = control(table)
    places = [(kind, *place) for kind in MEASURES_OF for place in product(table.partners, table.products)]

    def parts(cell: CellKey) -> dict[str, int]:
        return {
            "/".join(place): 1
            for place in places
            if cell.measure in MEASURES_OF[place[0]]
            and cell.partner in ("W1", place[1])
            and cell.product in ("_T", place[2])
        }

    sums = [(parts(key), each.value or 0) for key, each in found.figures.items() if key.flow == "exports"]
    program = Program([each for each in sums if each[0]], ["/".join(place) for place in places])
    primary = sorted(key for key, why in found.held_back.items() if why != COMPLEMENT)
    for key in primary[:: max(1, len(primary) // 4)]:
        low, high = program.bounds(parts(key))
        value = Fraction(table.figures[key].value or 0)
        assert low is not None
        assert low <= value * Fraction(9, 10), (key, low, value)
        assert high is None or high >= value * Fraction(11, 10), (key, high, value)
    return found


def test_a_product_of_one_trader_is_held_back_with_a_complement() -> None:
    found = check(
        made({("goods", "CN", "09"): MANY, ("goods", "CN", "61"): MANY, ("goods", "CN", "85"): {"og_1": 500}})
    )
    key = CellKey("exports", "W1", "S1", "ordered_goods", "85")
    assert found.held_back[key] == FEW
    # The total less the others would be the figure.
    others = [key._replace(product=code) for code in ("09", "61")]
    assert [found.held_back.get(each) for each in others].count(COMPLEMENT) == 1


def test_a_partner_that_has_one_product_does_not_give_it_away() -> None:
    # All goods of chapter 85 went to Cambodia, which bought nothing else.
    found = check(
        made({("goods", "CN", "09"): MANY, ("goods", "TH", "61"): MANY, ("goods", "KH", "85"): {"og_1": 500}})
    )
    assert CellKey("exports", "KH", "S1", "ordered_goods") in found.held_back


amounts = st.dictionaries(st.sampled_from(["og_1", "og_2", "og_3", "og_4"]), st.integers(1, 900), max_size=4)
drawn_places = st.tuples(
    st.sampled_from(["goods", "goods_direct"]), st.sampled_from(["CN", "TH"]), st.sampled_from(["09", "61"])
)


@pytest.mark.long
@settings(max_examples=8, deadline=None)
@given(st.dictionaries(drawn_places, amounts, min_size=1, max_size=8))
def test_nothing_that_is_held_back_can_be_computed(contents: dict[tuple[str, str, str], dict[str, int]]) -> None:
    check(made(contents))
