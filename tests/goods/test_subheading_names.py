"""The English names of the nomenclature: two subheadings of one heading are told apart by their names."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from entrepot.app import library
from entrepot.goods.differences import differing_clauses

#: Mixtures of halogenated derivatives: their long names differ at their ends, where the published list is cut.
CUT_IN_THE_LIST = "3827"


def test_subheadings_of_a_heading_have_different_names_and_different_choices() -> None:
    """Names that were cut after their common beginning were offered as choices that read the same."""
    headings = library().world.headings
    under: dict[str, list[str]] = defaultdict(list)
    for code in headings:
        if len(code) == 6 and code[:4] != CUT_IN_THE_LIST:
            under[code[:4]].append(code)
    assert len(under) > 1_200
    same = [
        pair
        for codes in under.values()
        for pair in combinations(codes, 2)
        if len(set(differing_clauses([headings[code] for code in pair]))) < 2
    ]
    assert not same


def test_a_name_that_is_cut_keeps_what_distinguishes_it() -> None:
    """The texts of HS 2022: 4202.31 is of leather or composition leather, 4202.32 of plastics or textile materials."""
    headings = library().world.headings
    leather, other = differing_clauses([headings["420231"], headings["420232"]])
    assert leather == "with outer surface of leather or of composition leather"
    assert other == "with outer surface of sheeting of plastics or of textile materials"
    # 8702.30: spark-ignition, where the published list repeats the name of 8702.20.
    assert "spark-ignition" in headings["870230"]
    assert "compression-ignition" in headings["870220"]
