"""Attributes of a description, such as its material: they count as words of it."""

from __future__ import annotations

import time

import pytest

from entrepot import app
from entrepot.goods.classify import Nomenclature, classify


@pytest.fixture(scope="module")
def tree() -> Nomenclature:
    return Nomenclature.of(app.library().world)


def test_attributes_count_as_further_words(tree: Nomenclature) -> None:
    plain = classify("socks", tree=tree)
    wool = classify("socks", tree=tree, attributes={"material": "wool"})
    share = {each.hs6: each.probability for each in plain.candidates}
    with_wool = {each.hs6: each.probability for each in wool.candidates}
    assert with_wool.get("611594", 0) > share.get("611594", 0)  # Hosiery and footwear; of wool or fine animal hair


@pytest.mark.parametrize(
    ("text", "attributes", "said"),
    [
        ("wallet", {"material": "leather"}, "leather wallet"),
        ("wallet", {"Colour": "red", "material": "leather", "brand": "Acme"}, "leather wallet"),
        ("giày nữ", {"material": "da"}, "giày nữ da"),
        ("t-shirt", {"material": "cotton"}, "cotton t-shirt"),
    ],
)
def test_an_attribute_decides_as_its_word_in_the_description(
    tree: Nomenclature, text: str, attributes: dict[str, str], said: str
) -> None:
    """`wallet` of leather was as likely one of plastics, although the question had asked for the material."""
    found, typed = classify(text, tree=tree, attributes=attributes), classify(said, tree=tree)
    assert (found.status, found.hs6, found.candidates) == (typed.status, typed.hs6, typed.candidates)
    assert found.query == text
    assert classify(text, tree=tree).candidates[0].probability < found.candidates[0].probability


def test_long_and_many_attributes_cost_no_more_than_a_description(tree: Nomenclature) -> None:
    attributes = {f"part {number}": "leather " * 100_000 for number in range(60)}
    start = time.process_time()
    assert classify("wallet", tree=tree, attributes=attributes).candidates
    assert time.process_time() - start < 5
