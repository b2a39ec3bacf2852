"""What is held back cannot be computed from what is published: checked by linear programming, with exact numbers.

A reader knows the published figures, and that each is a sum of classes of transactions, none of them below 0. The
program below knows nothing of the sums that `measure.disclosure` uses: its variables are the classes themselves.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.measure.disclosure import COMPLEMENT, DOMINANT, FEW, USUAL, Controlled, control
from entrepot.measure.tables import CellKey, Classes, ClassKey, ClassSum, Table, table_of
from entrepot.measure.template import Answers, counted
from measure.simplex import Program

KINDS = {
    "goods": Answers(False, True, False, True, False),
    "goods_direct": Answers(False, True, False, False, False),
    "online": Answers(True, True, True, True, True),
    "booked": Answers(True, True, False, True, True),
    "by_phone": Answers(True, False, True, False, True),
    "leased": Answers(True, True, False, False, False),
    "fee": Answers(True, True, True, False, True, True),
}
#: All that a reader must think possible.
ALL = [
    *(Answers(False, True, False, dip, False) for dip in (True, False)),
    *(
        Answers(True, ordered, delivered, dip, deliverable)
        for ordered, delivered, dip, deliverable in product((True, False), repeat=4)
    ),
    KINDS["fee"],
]
#: Which measures a class is in: a reader knows the definitions.
MEASURES_OF = {str(at): {name for name, inside in counted(each).items() if inside} for at, each in enumerate(ALL)}


def made(contents: dict[tuple[str, str, str], dict[str, int]]) -> Table:
    """A table from the traders of each (kind, partner, sector)."""
    sums = {
        ClassKey("exports", partner, sector, "2026-01", KINDS[kind]): ClassSum(sum(who.values()), len(who), 0, who)
        for (kind, partner, sector), who in contents.items()
    }
    return table_of(Classes("VN", "CNY", sums), "2026")


class Reader:
    """Who has what was published of exports, and computes between which figures another one must be."""

    def __init__(self, table: Table, found: Controlled) -> None:
        self._places = [(kind, *place) for kind in MEASURES_OF for place in product(table.partners, table.sectors)]
        sums = [(self._parts(key), each.value or 0) for key, each in found.figures.items() if key.flow == "exports"]
        self._program = Program([each for each in sums if each[0]], ["/".join(place) for place in self._places])

    def between(self, key: CellKey) -> tuple[Fraction | None, Fraction | None]:
        """The least and the most that it can be."""
        return self._program.bounds(self._parts(key))

    def _parts(self, cell: CellKey) -> dict[str, int]:
        return {
            "/".join(place): 1
            for place in self._places
            if cell.measure in MEASURES_OF[place[0]]
            and cell.partner in ("W1", place[1])
            and cell.sector in ("S1", place[2])
        }


def check(table: Table, most: int = 4) -> Controlled:
    """Check so many of the figures that must be protected, from all of the table."""
    found = control(table)
    reader = Reader(table, found)
    primary = sorted(key for key, why in found.held_back.items() if why != COMPLEMENT)
    for key in primary[:: max(1, len(primary) // most)]:
        low, high = reader.between(key)
        value = Fraction(table.figures[key].value or 0)
        assert low is not None
        assert low <= value * Fraction(9, 10), (key, low, value)
        assert high is None or high >= value * Fraction(11, 10), (key, high, value)
    return found


MANY = {"og_1": 400, "og_2": 300, "og_3": 300, "og_4": 200}


def test_a_figure_of_one_trader_is_held_back_and_so_is_a_complement() -> None:
    table = made(
        {
            ("goods", "CN", "S11"): MANY,
            ("goods", "TH", "S11"): MANY | {"og_5": 90},
            ("goods", "KH", "S11"): {"og_1": 500},
        }
    )
    key = CellKey("exports", "KH", "S1", "ordered_goods")
    assert table.figures[key].value == 500
    found = check(table)
    assert found.held_back[key] == FEW
    others = [CellKey("exports", partner, "S1", "ordered_goods") for partner in ("CN", "TH")]
    # Without a complement the total of the world less the two others is the figure. The smaller one is held back.
    assert [found.held_back.get(each) for each in others] == [COMPLEMENT, None]
    assert CellKey("exports", "W1", "S1", "ordered_goods") in found.figures


def test_without_complements_the_total_gives_the_figure_away() -> None:
    table = made({("goods", "CN", "S11"): MANY, ("goods", "KH", "S11"): {"og_1": 500}})
    key = CellKey("exports", "KH", "S1", "ordered_goods")
    open_figures = {each: figure for each, figure in table.figures.items() if each != key and each.partner != "KH"}
    assert Reader(table, Controlled(open_figures, {})).between(key) == (Fraction(500), Fraction(500))


def test_a_dominant_trader_is_protected() -> None:
    table = made({("goods", "CN", "S11"): MANY, ("goods", "KH", "S11"): {"og_1": 900, "og_2": 50, "og_3": 50}})
    found = check(table)
    assert found.held_back[CellKey("exports", "KH", "S1", "total")] == DOMINANT


def test_a_table_of_one_trader_publishes_nothing_of_it() -> None:
    table = made({("goods", "CN", "S11"): {"og_1": 700}})
    found = check(table)
    assert not any(figure.value for figure in found.figures.values())


def test_the_only_contributor_can_agree_to_the_publication() -> None:
    table = made({("goods", "CN", "S11"): {"og_1": 700}})
    assert control(table, USUAL, {"og_1"}).held_back == {}
    assert control(table, USUAL, {"og_2"}).held_back


def test_a_part_row_is_protected_by_its_whole() -> None:
    # Of the services only one trader's were delivered digitally.
    table = made(
        {
            ("booked", "CN", "S11"): MANY,
            ("online", "CN", "S11"): {"og_1": 600},
            ("goods", "CN", "S11"): MANY,
        }
    )
    found = check(table)
    assert found.held_back[CellKey("exports", "W1", "S1", "delivered")] == FEW


amounts = st.dictionaries(st.sampled_from(["og_1", "og_2", "og_3", "og_4"]), st.integers(1, 900), max_size=4)
places = st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(["CN", "TH"]), st.sampled_from(["S11", "S13"]))


@settings(max_examples=5, deadline=None)
@given(st.dictionaries(places, amounts, min_size=1, max_size=6))
def test_nothing_that_is_held_back_can_be_computed(contents: dict[tuple[str, str, str], dict[str, int]]) -> None:
    check(made(contents))


@pytest.mark.long
@settings(max_examples=30, deadline=None)
@given(st.dictionaries(places, amounts, min_size=1, max_size=12))
def test_nothing_that_is_held_back_can_be_computed_in_larger_tables(
    contents: dict[tuple[str, str, str], dict[str, int]],
) -> None:
    check(made(contents), most=8)
