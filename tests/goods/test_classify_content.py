"""Codes that are for packs up to a content or above it: the content that a description says decides between them."""

from __future__ import annotations

import pytest

from entrepot import app
from entrepot.goods.classify import Nomenclature, classify
from entrepot.goods.content import content_of


@pytest.fixture(scope="module")
def tree() -> Nomenclature:
    return Nomenclature.of(app.library().world)


# The bounds are those of the Harmonized System: tea 3 kg (0902), wine 2 and 10 l (2204), dry linen 10 kg (8450, 8451).
@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("black tea 500g", "090230", "090240"),
        ("black tea 5 kg", "090240", "090230"),
        ("black tea 6 x 1 kg", "090230", "090240"),
        ("红茶 500克", "090230", "090240"),
        ("red wine 750 ml", "220421", "220422"),
        ("red wine 5 l", "220422", "220421"),
        ("washing machine 12kg", "845020", "845012"),
        ("tumble dryer 8 kg", "845121", "845129"),
    ],
)
def test_the_content_decides_between_codes_of_a_heading(tree: Nomenclature, text: str, right: str, wrong: str) -> None:
    found = classify(text, tree=tree)
    assert found.candidates[0].hs6 == right
    assert wrong not in {each.hs6 for each in found.candidates}
    assert sum(each.probability for each in found.candidates) <= 1.0


def test_without_a_clear_content_both_stay(tree: Nomenclature) -> None:
    for text in ("black tea", "black tea 2-5 kg"):
        assert {"090230", "090240"} <= {each.hs6 for each in classify(text, tree=tree).candidates}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rice",
        "vitamin c 500 mg",
        "A4 paper 80 g/m2",
        "sugar 1kg/2kg",
        "tea, 100 bags of 2 g",
        "up to 5 kg of rice",
        "coffee 12 oz",
        "protein bar 15 g, 60 g",
        "0 kg",
        "tea 1.000 g",
        "2 x 500 g x 3",
        "9" * 400 + " kg of rice, 5 kg",
    ],
)
def test_what_may_mean_something_else_is_not_read(text: str) -> None:
    assert content_of(text) is None
