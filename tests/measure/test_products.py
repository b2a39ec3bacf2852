"""Products are another margin of the table: they add up to the whole, and what is held back cannot be computed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.measure.disclosure import COMPLEMENT, FEW, USUAL, Before, Controlled, control, reason
from entrepot.measure.lines import LedgerLine
from entrepot.measure.tables import Atom, CellKey, Classes, ClassKey, ClassSum, Figure, Table, classes_of, table_of
from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import ALL_PRODUCTS, FLOWS, transactions_of
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


class Reader:
    """Who knows published figures, and that classes of transactions are not below 0."""

    def __init__(self, table: Table, known: Mapping[CellKey, Figure]) -> None:
        self._places = [(kind, *place) for kind in MEASURES_OF for place in product(table.partners, table.products)]
        sums = [(self._parts(key), each.value or 0) for key, each in known.items() if key.flow == "exports"]
        self._program = Program([each for each in sums if each[0]], ["/".join(place) for place in self._places])

    def between(self, key: CellKey) -> tuple[Fraction, Fraction | None]:
        """The least and the most that a figure can be."""
        low, high = self._program.bounds(self._parts(key))
        assert low is not None
        return low, high

    def _parts(self, cell: CellKey) -> dict[str, int]:
        return {
            "/".join(place): 1
            for place in self._places
            if cell.measure in MEASURES_OF[place[0]]
            and cell.partner in ("W1", place[1])
            and cell.product in ("_T", place[2])
        }


def is_protected(table: Table, key: CellKey, between: tuple[Fraction, Fraction | None]) -> bool:
    """Whether nobody knows a figure more closely than by 10 percent."""
    value, (low, high) = Fraction(table.figures[key].value or 0), between
    return low <= value * Fraction(9, 10) and (high is None or high >= value * Fraction(11, 10))


def check(table: Table) -> Controlled:
    """Check what must be protected."""
    found = control(table)
    reader = Reader(table, found.figures)
    primary = sorted(key for key, why in found.held_back.items() if why != COMPLEMENT)
    for key in primary[:: max(1, len(primary) // 4)]:
        assert is_protected(table, key, reader.between(key)), key
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


def without_products(table: Table) -> Table:
    """The same table as it is made without products: also the classes of which its figures are sums."""
    atoms: dict[Atom, int] = {}
    for each in table.atoms:
        key = each._replace(product="", amount=0)
        atoms[key] = atoms.get(key, 0) + each.amount
    return msgspec.structs.replace(
        table,
        figures={key: each for key, each in table.figures.items() if key.product == ALL_PRODUCTS},
        products=(),
        atoms=tuple(key._replace(amount=amount) for key, amount in atoms.items()),
    )


def attack(table: Table, first: Mapping[CellKey, Figure], second: Mapping[CellKey, Figure]) -> None:
    """A reader of two tables, one with products and one without, knows no figure too closely.

    A product's figure may have a bound that the table without products alone gives: its total. That was published
    before, and no later table can change it.
    """
    held = {key for key in table.figures if key not in first and key not in second}
    primary = [key for key in sorted(held) if table.figures[key].value and reason(table.figures[key], USUAL)]
    both = Reader(table, {**first, **second})
    alone = Reader(table, first if all(key.product == ALL_PRODUCTS for key in first) else second)
    for key in primary[:: max(1, len(primary) // 4)]:
        between = both.between(key)
        known = key.product != ALL_PRODUCTS and between == alone.between(key)
        assert known or is_protected(table, key, between), (key, between)


#: Cambodia's goods of one trader are protected by those of Thailand without products, and by those of China with them:
#: the total less what one table has of China and the other one of Thailand is Cambodia's.
CROSSED = {
    ("goods", "CN", "09"): {name: amount * 9 for name, amount in MANY.items()},
    ("goods", "TH", "61"): MANY,
    ("goods", "KH", "85"): {"og_1": 500},
    ("goods", "CN", "85"): MANY | {"og_5": 90},
}


def test_two_tables_that_do_not_know_of_each_other_give_a_figure_away() -> None:
    table = made(CROSSED)
    coarse, fine = control(without_products(table)).figures, control(table).figures
    key = CellKey("exports", "KH", "S1", "ordered_goods")
    assert key not in coarse
    assert key not in fine
    assert Reader(table, {**coarse, **fine}).between(key) == (Fraction(500), Fraction(500))
    # The attack finds it, so the tests below would see tables that are not safe.
    with pytest.raises(AssertionError, match="Fraction\\(500, 1\\), Fraction\\(500, 1\\)"):
        attack(table, coarse, fine)


def in_both_orders(table: Table) -> None:
    """Publish a table with and without products, in both orders, and attack what was published."""
    first = control(without_products(table)).figures
    attack(table, first, control(table, known=Before(first.keys())).figures)
    found = control(table)
    known = Before([key for key in found.figures if key.product == ALL_PRODUCTS])
    again = control(without_products(table), known=known).figures
    later = {key: each for key, each in again.items() if key not in found.held_back}
    attack(table, found.figures, later)
    assert later.keys() == {key for key in found.figures if key.product == ALL_PRODUCTS}


def test_two_tables_are_controlled_together() -> None:
    in_both_orders(made(CROSSED))


def test_a_figure_that_was_revised_is_not_known_any_more() -> None:
    # Cambodia's goods are of one trader now. Before, all figures were published, with other values of Cambodia and of
    # the world: China's and Thailand's are known as they are, so the world's is held back.
    table = without_products(made({each: who for each, who in CROSSED.items() if each[1] != "KH"}))
    now = without_products(made(CROSSED))
    same = [key for key, each in table.figures.items() if now.figures[key].value == each.value]
    first = control(table)
    assert not first.held_back
    changed = table.figures.keys() - set(same)
    found = control(now, known=Before(same, changed))
    key = CellKey("exports", "KH", "S1", "ordered_goods")
    world = key._replace(partner="W1")
    assert {key: found.held_back.get(key), world: found.held_back.get(world)} == {key: FEW, world: COMPLEMENT}
    assert key._replace(partner="CN") in found.figures
    known = {each: now.figures[each] for each in (*found.figures, *same)}
    assert is_protected(now, key, Reader(made(CROSSED), known).between(key))


traders = st.dictionaries(st.sampled_from(["og_1", "og_2", "og_3", "og_4"]), st.integers(1, 900), min_size=1)
crossed = st.tuples(st.just("goods"), st.sampled_from(["CN", "TH", "KH"]), st.sampled_from(["09", "61", "85"]))


@pytest.mark.long
@settings(max_examples=15, deadline=None)
@given(st.dictionaries(crossed, traders, min_size=3, max_size=9))
def test_no_two_tables_give_a_figure_away(contents: dict[tuple[str, str, str], dict[str, int]]) -> None:
    in_both_orders(made(contents))


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(drawn_places, amounts, min_size=1, max_size=8))
def test_what_was_published_before_stays_published(contents: dict[tuple[str, str, str], dict[str, int]]) -> None:
    table = made(contents)
    first = control(without_products(table)).figures
    assert not first.keys() & control(table, known=Before(first.keys())).held_back.keys()
