"""The vectors of features and codes in the classifier's model, and the goods whose names were put right with them."""

from __future__ import annotations

from itertools import pairwise
from math import isclose, sqrt

import pytest

from entrepot import app
from entrepot.goods.classify import Nomenclature, classify
from entrepot.goods.classify.features import features
from entrepot.goods.classify.likeness import FLOOR, PARTS, likeness, vector_of
from entrepot.goods.classify.model import Model, model
from entrepot.goods.classify.recall import recall_terms
from entrepot.goods.classify.sums import PlainSums


@pytest.fixture(scope="module")
def tree() -> Nomenclature:
    return Nomenclature.of(app.library().world)


def vector_number_by_number(text: str, of: Model) -> list[float]:
    """The vector of a text as its definition says: the sum of the rows, each number for itself."""
    width = of.header.width
    rows = {key: of.parts.vectors[at * width : (at + 1) * width] for at, key in enumerate(of.parts.vector_keys)}
    used = [(rows[key], weight) for key, _word, weight in features(text) if key in rows]
    length = sqrt(sum(weight * weight for _row, weight in used)) or 1.0
    return [sum((row[at] - 128) * weight for row, weight in used) / length * of.header.likeness for at in range(width)]


@pytest.mark.parametrize("text", ["leather wallet", "手机保护壳", "cà phê rang xay 500 g", "スマホ 三脚", "xq zv"])
def test_the_sums_of_whole_numbers_are_the_sums_of_vectors(text: str) -> None:
    of = model()
    lanes, parts, square = 0, 0, 0.0
    for key, _word, weight in features(text):
        if own := of.feature(key)[2]:
            lanes, parts, square = (
                lanes + own * round(weight * PARTS),
                parts + round(weight * PARTS),
                square + weight**2,
            )
    found = vector_of(lanes, parts, square, of)
    expected = vector_number_by_number(text, of)
    assert len(found) in (0, of.header.width)
    assert all(isclose(one, other, abs_tol=1e-9) for one, other in zip(found, expected, strict=bool(found)))


def test_the_likeness_is_the_product_of_vectors_below_that_of_the_best_code() -> None:
    of = model()
    vector = vector_number_by_number("leather wallet", of)
    codes, width = ["420231", "420232", "640399", "870323"], of.header.width
    products = []
    for code in codes:
        at = of.number[code]
        row = of.parts.code_vectors[at * width : (at + 1) * width]
        own = sum(one * other for one, other in zip(vector, row, strict=True))
        products.append(own + of.code_biases[at])
    expected = [max(each - max(products), FLOOR) for each in products]
    assert all(
        isclose(one, other, abs_tol=1e-6) for one, other in zip(likeness(vector, codes, of), expected, strict=True)
    )
    assert expected[0] == 0.0  # 4202.31: articles carried in the pocket or handbag, of leather


def test_features_are_read_again_after_many_others() -> None:
    of = model()
    key = next(key for key, word, _weight in features("wallet") if word)
    before = of.feature(key)
    for other in range(20_000):
        of.feature(other)
    assert len(of.features) <= 8192
    assert of.feature(key) == before


@pytest.mark.parametrize(
    "text", ["碗", "盘子", "勺子", "桶", "スプーン", "バケツ", "弁当箱", "グラス", "毛布", "muỗng", "ชาม", "ช้อน", "ចាន"]
)
def test_a_name_without_its_material_is_not_sure(tree: Nomenclature, text: str) -> None:
    # Tableware is of 3924 (plastics), 4419 (wood), 6911 and 6912 (ceramics), 7013 (glass), 7323 (steel) and 8215.
    # Blankets are of 6301.20 to 6301.40 by their fibre.
    assert classify(text, tree=tree).status == "unsure"


#: 8422.30: machines for closing or sealing bags; 2005.99: vegetables prepared otherwise; 0714: roots of the lotus have
#: much starch; 8543.70: electronic readers, as an opinion of the World Customs Organization says (unchecked); 8308.90:
#: buckles of base metal; 3810.10: pickling preparations for metal; 9620.00: tripods.
PUT_RIGHT = {
    "bag sealer": "842230", "封口机": "842230", "máy hàn miệng túi": "842230", "黑蒜": "200599", "tỏi đen": "200599",
    "black garlic": "200599", "củ sen": "071490", "莲藕": "071490", "kindle": "854370", "e-reader": "854370",
    "电子书阅读器": "854370", "鞋带扣": "830890", "除锈剂": "381010", "rust remover": "381010", "tripod": "962000",
    "三脚架": "962000",
}  # fmt: skip


@pytest.mark.parametrize("text", PUT_RIGHT)
def test_goods_whose_names_were_put_right(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).candidates[0].hs6 == PUT_RIGHT[text]


def test_two_drinks_are_several_goods_in_either_order(tree: Nomenclature) -> None:
    for text in ("tea, coffee", "coffee, tea", "wine, beer", "beer, wine"):
        assert classify(text, tree=tree).reason == "several_goods", text
    for text in ("juice, apple", "tea, lemon", "tea, green"):
        assert classify(text, tree=tree).candidates, text


def test_only_features_with_weights_have_vectors() -> None:
    # `Model.feature` looks for no vector where there are no weights.
    of = model()
    assert set(of.parts.vector_keys) <= set(of.parts.keys)


def test_the_row_of_a_code_is_its_vector() -> None:
    of, width = model(), model().header.width
    for code in ("010121", "420231", "970529"):
        at = of.number[code]
        assert of.row(code) == tuple(each + 128 for each in of.parts.code_vectors[at * width : (at + 1) * width])


def test_a_word_has_each_name_once() -> None:
    # `recall` counts the names of the first word of a description without adding.
    of = model()
    for begin, end in pairwise(of.parts.word_ends):
        assert len(set(of.parts.names[begin:end])) == end - begin


TEXTS = (
    "leather wallet", "roasted arabica coffee beans, 500 g bag", "手机保护壳 苹果15 防摔", "cà phê rang xay 500 g",
    "スマホ 三脚 軽量", "กาแฟคั่ว", "កាហ្វេ", "xq zv", "", "frozen shrimps, peeled, 1 kg",
    "women's knitted cotton pullover with a hood",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_arrays_have_the_same_sums_as_single_numbers(text: str) -> None:
    pytest.importorskip("numpy")
    from entrepot.goods.classify.array_sums import Arrays

    of = model()
    seen, terms, more = features(text), recall_terms(text), [(of.place["420231"], 2.5), (of.place["090121"], 0.5)]
    norm = sqrt(sum(weight * weight for _key, _word, weight in seen)) or 1.0
    plain, arrays = PlainSums(seen, norm, terms, more, of), Arrays(of).sums(seen, norm, terms, more)
    headings = plain.best(12)
    totals = plain.totals(headings)
    codes = sorted(totals, key=totals.__getitem__)[-24:]
    assert arrays.best(12) == headings
    assert arrays.totals(headings) == totals  # the same numbers to the last digit
    # Python's own sum of fractions loses less than numpy's since 3.12: the last digits differ there.
    assert arrays.likeness(codes) == pytest.approx(plain.likeness(codes), abs=1e-9)
    assert arrays.known == plain.known
    wanted = [of.place[code[:size]] for code in codes for size in (2, 4, 6)]
    assert list(arrays.uses.at(wanted)) == list(plain.uses.at(wanted))
    for word in {word for _key, word, _weight in seen}:
        assert list(arrays.uses.of_word(word)) == list(plain.uses.of_word(word))
    one, other = plain.recalled, arrays.recalled
    assert (one.whole, one.words) == (other.whole, other.words)
    assert sorted(one.names_with_all_words()) == sorted(other.names_with_all_words())
    for code in codes:
        assert one.covered(of.place[code], of) == other.covered(of.place[code], of)
        assert one.agreeing(code, of) == other.agreeing(code, of)


def test_the_sums_of_a_description_without_any_feature_are_those_of_the_nodes() -> None:
    sums = PlainSums([], 1.0, [], [], model())
    assert sums.best(12) == []
    assert sums.likeness(["420231"]) is None
