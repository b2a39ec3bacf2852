"""Codes that are for packs up to a content or above it: the content that a description says decides between them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from entrepot import app
from entrepot.goods.classify import Nomenclature, classify
from entrepot.goods.classify.bounds import by_content
from entrepot.goods.content import content_of, measures_read


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


def test_codes_of_a_heading_that_all_speak_of_other_packs_keep_their_probabilities(tree: Nomenclature) -> None:
    ranked = [("090230", 0.5), ("090210", 0.3), ("210120", 0.1)]  # teas of up to 3 kg, and extracts of tea
    assert by_content("tea 5 kg", ranked, tree) == ranked


def test_without_a_clear_content_both_stay(tree: Nomenclature) -> None:
    for text in ("black tea", "black tea 2-5 kg"):
        assert {"090230", "090240"} <= {each.hs6 for each in classify(text, tree=tree).candidates}


# Titles as marketplaces write them. Of each that is not read, the number is of one pack of several, of a part, a bound
# or another thing: 24 cans of 330 ml, 24 g of protein, 升级 ("upgrade"), an energy in kilocalories.
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
        "24 x Coca-Cola 330ml",
        "x24 Coca-Cola 330ml",
        "Coca-Cola Zero 330ml (24)",
        "coffee beans 6 x 12 oz (340 g)",
        "green tea twin pack 500g",
        "olive oil 1 500 g",
        "½ kg rice",
        "Amino 1000 L-Carnitine",
        "protein bar 24g protein",
        "drink powder makes 5 L",
        "rice 10kg+",
        "soap 100g 3 bars",
        "toothpaste 75 ml 3 tubes",
        "coffee 1kg 5 pouches",
        "milk powder ≥ 900 g",
        "coffee about500g",
        "beef steak minimum 500 g",
        "six bottles of wine 750ml",
        "wine 750ml case of twelve",
        "two 500 g packs of pasta",
        "大米 每袋5kg",
        "酱油 两瓶装 500ml",
        "酱油500ml 整箱",
        "牛肉 约500g",
        "牛肉 500g以上",
        "蛋白质 20g 能量棒",
        "洗发水 2024升级版",
        "お米 5kg 2袋セット",
        "ビール 350ml ケース",
        "クッキー 100gあたり",
        "清酒 1升",
        "ポテトチップス 200キロカロリー",
        "combo 2 chai nước mắm 500ml",
        "thùng bia 330ml",
        "lốc 6 sữa 180ml",
        "cà phê khoảng 500g",
        "phấn mắt 3 gam màu",
        "น้ำปลา 700 มล. แพ็ค 3",
        "น้ำปลา 700 มล. ยกลัง",
        "กาแฟ ประมาณ 250 กรัม",
        "ขนม 200 กิโลแคลอรี",
        "អង្ករ ៥០០ ក្រាម ពីរកញ្ចប់",
        "ទឹកត្រី 500 មីលីលីត្រ 2 ដប",
    ],
)
def test_what_may_mean_something_else_is_not_read(text: str) -> None:
    assert content_of(text) is None


@pytest.mark.parametrize(
    ("text", "field", "amount"),
    [
        ("Coca-Cola 330ml x 24", "litres", "7.92"),
        ("ground coffee, 250g x 4 bags", "net_mass_kg", "1"),
        ("instant soup 2000×5g", "net_mass_kg", "10"),
        ("potato crisps 65gx2", "net_mass_kg", "0.13"),
        ("infant milk stage 3, 900g", "net_mass_kg", "0.9"),
        ("perfume No. 5 100 ml", "litres", "0.1"),
        ("sunscreen SPF 50 50ml", "litres", "0.05"),
        ("pure honey 100% 500 g", "net_mass_kg", "0.5"),
        ("red wine 2019 75cl", "litres", "0.75"),
        ("矿泉水 550ml×24瓶", "litres", "13.2"),
        ("婴儿配方奶粉 1段 900g", "net_mass_kg", "0.9"),
        ("食用油5L*4", "litres", "20"),
        ("コーヒー豆 ２００ｇ", "net_mass_kg", "0.2"),
        ("お米 5キロ", "net_mass_kg", "5"),
        ("Gạo ST25 túi 5kg", "net_mass_kg", "5"),
        ("nước mắm 0,5 lít", "litres", "0.5"),
        ("ข้าวหอมมะลิ 100% ถุง 5 กก.", "net_mass_kg", "5"),
        ("អង្ករ ៥ គីឡូ", "net_mass_kg", "5"),
    ],
)
def test_a_clear_content_is_read(text: str, field: str, amount: str) -> None:
    assert content_of(text) == (field, Decimal(amount))


@pytest.mark.parametrize(
    ("text", "heading", "strength"),
    [
        ("vodka 40% vol, 700 ml", "2208", "40"),
        ("白酒 53度 500ml", "2208", "53"),
        ("焼酎 25度 720ml", "2208", "25"),
        ("rượu nếp 29.5 độ 500ml", "2208", "29.5"),
        ("tequila 100% de agave azul, 38% 750ml", "2208", None),
        ("beer 4.5% 330ml", "2203", "4.5"),
        ("啤酒 10度 500ml", "2203", None),
        ("white wine serve at 8°C 750ml", "2204", None),
        ("20% off red wine 750ml", "2204", None),
        ("red wine 85% merlot 750ml", "2204", None),
        ("rye whisky 51% rye 700ml", "2208", None),
        ("rice wine 500ml 15-18%", "2206", None),
        ("純米大吟醸 精米歩合50% 720ml", "2206", None),
        ("日本酒 要冷蔵10度以下 720ml", "2206", None),
    ],
)
def test_another_share_or_degree_is_no_strength(text: str, heading: str, strength: str | None) -> None:
    read = measures_read(text, {"litres": "1"}, [f"{heading}00"], "consumer").get("alcohol_percent")
    assert read == (strength and Decimal(strength))
