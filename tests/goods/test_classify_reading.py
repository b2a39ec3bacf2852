"""How descriptions are read: as sellers write them, several goods in one line, contradictions, and what is none.

Expected codes are those of the nomenclature's own texts (packs/world/headings.csv), not of the model.
"""

from __future__ import annotations

import pytest

from entrepot import app
from entrepot.goods.classify import Nomenclature, classify
from entrepot.goods.classify.contradiction import as_contradicted
from entrepot.goods.classify.listing import without_listing_words
from entrepot.goods.described import LEAST, codes_found


@pytest.fixture(scope="module")
def tree() -> Nomenclature:
    return Nomenclature.of(app.library().world)


#: Roasted coffee that is not decaffeinated is 090121; 2103.10 is soya sauce, 0409.00 honey, 3926.90 other articles of
#: plastics, 6109.10 T-shirts of cotton, 2103.90 other sauces.
LISTED = {
    "roasted arabica beans, 500 g bag": "090121",
    "roasted arabica coffee beans, 500 g bag": "090121",
    "烘焙阿拉比卡咖啡豆 500克 袋装": "090121",
    "焙煎アラビカコーヒー豆 500g 袋": "090121",
    "cà phê rang xay arabica, gói 500 g": "090121",
    "เมล็ดกาแฟคั่ว อาราบิก้า 500 กรัม ถุง": "090121",
    "soy sauce 500 ml bottle": "210310",
    "honey, 500 g jar": "040900",
    "mens cotton t-shirt, black, size L": "610910",
    "nước mắm Phú Quốc chai 500 ml": "210390",
    "手机壳 苹果15 硅胶": "392690",
}


@pytest.mark.parametrize("text", LISTED)
def test_packs_sizes_varieties_and_colours_leave_the_goods_as_they_are(tree: Nomenclature, text: str) -> None:
    found = classify(text, tree=tree)
    assert found.candidates[0].hs6 == LISTED[text]
    if LISTED[text] == "090121":
        assert (found.status, found.hs6) == ("sure", "090121")


@pytest.mark.parametrize("text", ["roasted coffee beans, not decaffeinated", "coffee, roasted, not decaffeinated"])
def test_coffee_that_is_not_decaffeinated_is_none_that_is(tree: Nomenclature, text: str) -> None:
    found = classify(text, tree=tree)
    assert found.candidates[0].hs6 in ("090111", "090121")
    assert not {each.hs6 for each in found.candidates if each.probability > 0.1} & {"090112", "090122"}


@pytest.mark.parametrize("text", ["decaffeinated roasted coffee beans", "decaf coffee"])
def test_decaffeinated_coffee_is_none_of_the_other(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).candidates[0].hs6 in ("090112", "090122")


@pytest.mark.parametrize(
    "text",
    [
        "coffee bag",  # a name of its own, or goods for coffee
        "glass bottle 500 ml",
        "plastic bag",
        "water bottle, 1 l",
        "black tea",
        "phone case",
        "Samsung Galaxy A15 128gb",
        "tea from leaves",
        "tea, green",  # colours that are a kind of foods, and meat that is no origin
        "juice, orange",
        "wine, red",
        "loose leaf organic tea black",
        "frozen meat, turkey",
        "samsung washing machine cover",
    ],
)
def test_what_names_the_goods_is_not_left_out(text: str) -> None:
    assert without_listing_words(text) == text


#: 0902.10 and 0902.20 are green tea, 0902.30 and 0902.40 black; 2009.1 is orange juice, 1704.90 white chocolate, 0207
#: meat of poultry, and chapter 64 shoes.
KINDS = {
    "tea, green": "09021 09022",
    "tea, black": "09023 09024",
    "juice, orange": "20091",
    "chocolate, white": "170490",
    "meat, turkey, frozen": "0207",
    "shoe size 42 black": "64",
}


@pytest.mark.parametrize("text", KINDS)
def test_a_colour_or_a_name_of_a_country_may_be_the_kind_of_goods(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).candidates[0].hs6.startswith(tuple(KINDS[text].split()))


@pytest.mark.parametrize("text", ["cotton towels, Turkey", "dried figs, turkey", "cotton socks, black"])
def test_an_origin_and_a_colour_are_left_out(text: str) -> None:
    assert without_listing_words(text) == text.partition(",")[0]


#: A description, its attributes, and the codes of both: of leather and of plastics (4202.31, 4202.32; 6403, 6402), of
#: cotton and of other textiles (6109.10, 6109.90), frozen and fresh durian (0811.90, 0810.60).
CONTRADICTED = [
    ("leather wallet", {"material": "plastic"}, {"420231", "420232"}),
    ("giày da nữ", {"chất liệu": "nhựa"}, {"640399", "640299"}),
    ("cotton t-shirt", {"material": "100% polyester"}, {"610910", "610990"}),
    ("frozen durian", {"state": "fresh"}, {"081190", "081060"}),
]


@pytest.mark.parametrize(("text", "attributes", "both"), CONTRADICTED)
def test_an_attribute_that_contradicts_the_description_makes_it_unsure(
    tree: Nomenclature, text: str, attributes: dict[str, str], both: set[str]
) -> None:
    found = classify(text, tree=tree, attributes=attributes)
    assert (found.status, found.hs6) == ("unsure", None)
    assert found.question is not None
    assert both <= {code for each in found.question.choices for code in each.codes}


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("leather shoes", {"sole": "rubber"}),
        ("leather handbag", {"lining": "polyester"}),
        ("leather wallet", {"packaging": "paper box"}),
        ("真皮钱包", {"包装": "纸盒"}),
        ("áo sơ mi nữ", {"xuất xứ": "Việt Nam"}),
        ("steam iron", {"material": "plastic"}),
        ("钢笔", {"材质": "塑料"}),
        ("海鲜", {"状态": "冷冻"}),
        ("饼干", {"状态": "新鲜"}),
        ("ไม้กวาด", {"วัสดุ": "พลาสติก"}),
        ("kem dưỡng da", {"chất liệu": "nhựa"}),
        ("kẹo cao su", {"chất liệu": "nhựa"}),
    ],
)
def test_parts_packs_and_words_inside_other_words_contradict_nothing(text: str, attributes: dict[str, str]) -> None:
    assert as_contradicted(text, attributes.items()) is None


def test_an_attribute_that_agrees_contradicts_nothing(tree: Nomenclature) -> None:
    assert classify("leather wallet", tree=tree, attributes={"material": "genuine leather"}).hs6 == "420231"
    assert classify("wallet", tree=tree, attributes={"material": "leather"}).hs6 == "420231"


@pytest.mark.parametrize(
    "text",
    [
        "coffee and a mug",
        "shoes, bags",
        "shirt + trousers",
        "shirt and trousers",
        "coffee, tea",
        "tea, coffee",
        "wine, beer",
        "hat and wool scarf",
        "rice and soy sauce",
        "2 shirts, 3 trousers",
        "shoes for men, bags for women",
        "手机和耳机",
        "鞋，包",
        "cà phê, trà",
        "รองเท้าและกระเป๋า",
        "コーヒーと紅茶",
    ],
)
def test_several_goods_are_told(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).reason == "several_goods"


@pytest.mark.parametrize(
    "text",
    [
        "milk and honey soap",
        "salt and pepper crisps",
        "fish and chip paper",
        "bread and butter pudding",
        "cotton and linen shirt",
        "wool and silk scarf",
        "leather and plastic bags",
        "lemon and ginger tea",
        "sugar and spice candle",
        "nuts and bolts",
        "salt and sand spreaders",
        "hammers, piano",
        "mp3 player with radio",
        "jackets and blazers, knitted",
        "macaroni and cheese",
        "juice, apple",
        "tea, lemon",
        "T-shirt, cotton",
        "shoes, leather",
        "牛奶蜂蜜香皂",
    ],
)
def test_one_kind_of_goods_that_two_words_name_is_one(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).candidates


def test_goods_of_several_codes_of_one_heading_are_not_sure(tree: Nomenclature) -> None:
    for text in ("shampoo and conditioner", "laptop, mouse, keyboard"):
        assert classify(text, tree=tree).status == "unsure", text


UNUSABLE = {
    "ab": "too_short",
    "<script>alert(1)</script>": "no_words",
    "HS 0901.21": "is_a_code",
    "hs code 090121": "is_a_code",
    "HS0901.21.00": "is_a_code",
    "mã hs 090121": "is_a_code",
    "+84 912 345 678": "no_words",
    "asdf": "unknown_words",
    "qwertyuiop": "unknown_words",
    "hello world": "unknown_words",
    "lorem ipsum dolor sit amet": "unknown_words",
    "John Smith": "unknown_words",
    "王小明": "unknown_words",
    "SKU 12345-AB": "unknown_words",
    "undefined": "unknown_words",
    "https://www.example.com/dp/B08N5WRWNW": "is_a_link",
    "name@example.com": "is_a_link",
    "Lederhandtasche für Damen": "other_language",
    "café torréfié en grains 500 g": "other_language",
    "zapatos de cuero para mujer": "other_language",
    "кожаный кошелек": "other_language",
    "محفظة جلدية": "other_language",
    "가죽 지갑": "other_language",
    "delivery fee": "service",
    "repair of shoes": "service",
    "coffee beans and delivery": "goods_and_service",
    "leather wallet, repair": "goods_and_service",
    "yoga class and a yoga mat": "goods_and_service",
}


@pytest.mark.parametrize("text", UNUSABLE)
def test_the_reason_why_a_text_is_unusable_is_the_right_one(tree: Nomenclature, text: str) -> None:
    found = classify(text, tree=tree)
    assert (found.status, found.reason) == ("unusable", UNUSABLE[text])


@pytest.mark.parametrize(
    "text",
    [
        "leather wallet with free shipping",
        "Löwenbräu beer 500 ml",
        "eau de parfum pour homme 100 ml",
        "crème brûlée",
        "tv",
    ],
)
def test_goods_with_words_of_services_or_of_other_languages_are_goods(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).candidates


def test_a_question_is_read_as_the_goods_that_it_asks_about(tree: Nomenclature) -> None:
    asked, plain = classify("what is the HS code for coffee?", tree=tree), classify("coffee", tree=tree)
    assert [each.hs6 for each in asked.candidates] == [each.hs6 for each in plain.candidates]
    assert classify("leather wallet https://shop.example/1", tree=tree).hs6 == "420231"


@pytest.mark.parametrize("text", ["camera tripod", "tripod for camera", "相机三脚架"])
def test_a_tripod_is_no_part_of_a_camera(tree: Nomenclature, text: str) -> None:
    # 9620.00: monopods, bipods, tripods and similar articles; 9006.91 has parts and accessories of cameras.
    assert classify(text, tree=tree).candidates[0].hs6 == "962000"


@pytest.mark.parametrize(
    "text",
    [
        *("黑蒜", "black garlic", "củ sen", "鞋带扣", "除锈剂", "バスタブ", "時計バンド", "gỗ ép"),
        *("ヘッドライト", "軍手", "文件盒", "塑料文件盒"),
        *("製菓用チョコレート", "巧克力豆 烘焙", "kem tươi", "クリップ", "コテ", "罗汉果"),
        *("curtain", "curtains"),
    ],
)
def test_a_name_that_a_heading_may_not_have_is_not_sure(tree: Nomenclature, text: str) -> None:
    # 0703 has fresh or chilled garlic; củ sen is the root of the lotus or a shower mixer; 8308 has buckles of metal.
    # 3403 has lubricants and no rust removers; 3922 has baths of plastics, 9113.20 watch bands of base metal.
    # 4413 has densified wood, 4410 to 4412 pressed boards; 8512 has lamps of vehicles, 8513 lamps with a battery;
    # 6116.10 has coated gloves; 4819 boxes of paper; 1806.20 blocks of over 2 kg; 6303.92 curtains of synthetic fibres.
    # kem tươi is cream (0401) or ice cream (2105); クリップ clips for paper (8305) or hair (9615); コテ a trowel (8205)
    # or curling tongs (8516); 罗汉果 is fruit that is dried (0813), of a kind used in pharmacy (1211).
    assert classify(text, tree=tree).status == "unsure"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("インパクトドライバー", "846729"),  # 8467.21 has drills, 8467.29 tools other than saws and drills
        ("藤编收纳筐", "460212"),  # 4602.12: basketwork of rattan
        ("rattan basket", "460212"),
        ("metal ornaments", "830629"),  # 8306.21 is of ornaments plated with precious metal
        ("油画", "970191"),  # 9701.21 is of paintings of an age exceeding 100 years
    ],
)
def test_a_name_has_the_code_that_the_nomenclature_gives_it_first(tree: Nomenclature, text: str, code: str) -> None:
    assert classify(text, tree=tree).candidates[0].hs6 == code


def test_what_goods_are_fixed_with_is_not_surely_the_goods(tree: Nomenclature) -> None:
    assert classify("installation kit for solar panel", tree=tree).status == "unsure"


def test_a_bag_is_asked_for_its_material(tree: Nomenclature) -> None:
    found = classify("bag", tree=tree)
    assert found.status == "unsure"
    assert found.candidates[0].hs6[:4] == "4202"  # trunks, suit-cases, handbags and similar containers


@pytest.mark.parametrize("text", ["<script>" * 240, "a@" * 999, "1 " * 999, "hs" * 999, "и" * 2000, ", " * 900 + "x"])
def test_long_noise_is_never_sure(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).hs6 is None


def test_loose_green_tea_is_a_range_of_green_tea_alone(tree: Nomenclature) -> None:
    # 0902.10 and 0902.20: green tea in packings of up to 3 kg and of more; 0902.30 and 0902.40 are of black tea.
    for text in ("green tea loose leaf", "loose leaf green tea"):
        found = classify(text, tree=tree)
        assert found.status == "unsure", text
        assert {each.hs6 for each in found.candidates if each.probability >= LEAST} == {"090210", "090220"}, text


def test_a_note_is_not_applied_where_its_word_is_denied(tree: Nomenclature) -> None:
    for text in ("roasted coffee beans, not decaffeinated", "未脱咖啡因烘焙咖啡豆", "cà phê rang chưa khử caffein"):
        found = classify(text, tree=tree)
        assert "09-decaf" not in found.notes, text
        assert found.candidates[0].hs6 in ("090121", "090111"), text
    for text in ("decaffeinated roasted coffee", "脱咖啡因烘焙咖啡豆", "roasted coffee without caffeine, decaf"):
        assert "09-decaf" in classify(text, tree=tree).notes, text


@pytest.mark.parametrize(
    "text", ["non-leather belt", "belt, not leather", "非真皮手提包", "túi xách không phải da", "กระเป๋าไม่ใช่หนัง"]
)
def test_goods_that_are_not_of_leather_have_no_code_of_leather(tree: Nomenclature, text: str) -> None:
    # 4203 is clothing accessories of leather, 4202.21 and 4202.31 are bags and wallets with outer surface of leather.
    found = classify(text, tree=tree)
    assert found.status == "unsure"
    assert not [each.hs6 for each in found.candidates if each.hs6.startswith(("4203", "420221", "420231"))]


@pytest.mark.parametrize("text", ["non-cotton t-shirt", "wood free table"])
def test_a_material_that_is_denied_is_not_read_as_the_material(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).status == "unsure"


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("phone without charger", "8517"),
        ("toy car (batteries not included)", "9503"),
        ("手机 不含充电器", "8517"),
        ("điện thoại không kèm sạc", "8517"),
    ],
)
def test_what_does_not_come_with_the_goods_is_left_out(tree: Nomenclature, text: str, heading: str) -> None:
    assert classify(text, tree=tree).candidates[0].hs6.startswith(heading)


@pytest.mark.parametrize(
    "text", ["annual", "misc items", "lot of stuff", "personal effects", "sample no commercial value"]
)
def test_words_that_may_be_of_any_goods_have_no_code(tree: Nomenclature, text: str) -> None:
    assert (classify(text, tree=tree).status, classify(text, tree=tree).reason) == ("unusable", "unknown_words")


def test_goods_in_pairs_are_several_goods(tree: Nomenclature) -> None:
    assert classify("pair of jeans and a t-shirt", tree=tree).reason == "several_goods"


def test_strings_of_a_guitar_are_not_surely_a_guitar(tree: Nomenclature) -> None:
    # 9209.30: musical instrument strings.
    assert classify("ギター 弦 アコースティック", tree=tree).hs6 != "920290"


@pytest.mark.parametrize("text", ["充電器 ケース", "歯磨き粉 絞り器", "味噌汁 椀", "thùng đựng đồ chơi"])
def test_what_goods_are_for_is_not_surely_the_goods(tree: Nomenclature, text: str) -> None:
    # A case for chargers, a squeezer for tubes of toothpaste, a soup bowl, a box for toys.
    assert classify(text, tree=tree).status == "unsure"


def test_a_quote_does_not_take_a_bicycle_for_its_cover(tree: Nomenclature) -> None:
    given = codes_found(classify("自転車カバー", tree=tree))
    assert isinstance(given, dict)
    assert len(given["candidates"]) > 1


@pytest.mark.parametrize(
    ("text", "right", "other"),
    [  # 0901.11 and 0901.21: coffee, not roasted and roasted; 0802.31 and 0802.32: walnuts, in shell and shelled
        ("未烘焙咖啡豆", "090111", "090121"),
        ("不带壳核桃", "080232", "080231"),
        ("带壳核桃", "080231", "080232"),
        ("hạt điều còn vỏ", "080131", "080132"),
        ("walnuts without shell", "080232", "080231"),
    ],
)
def test_coffee_and_nuts_are_as_their_words_say(tree: Nomenclature, text: str, right: str, other: str) -> None:
    found = classify(text, tree=tree)
    assert found.candidates[0].hs6 == right
    assert found.hs6 != other


@pytest.mark.parametrize("text", ["样品 无商业价值", "ギフトセット", "ของแถม", "black, size M", "made in Vietnam"])
def test_samples_gifts_colours_and_origins_alone_have_no_code(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).reason == "unknown_words"


@pytest.mark.parametrize("text", ["网站设计", "បកប្រែឯកសារ"])
def test_designs_and_translations_are_services(tree: Nomenclature, text: str) -> None:
    assert classify(text, tree=tree).reason == "service"


@pytest.mark.parametrize(
    ("text", "heading", "other"),
    [  # 8202: saws and blades for saws; 3306: preparations for teeth and dentures; 9503: toys, not their boxes
        ("のこぎり 替刃", "8202", "8212"),
        ("viên sủi răng giả", "3306", "2106"),
        ("thùng đựng đồ chơi", "3924", "9503"),
        ("toy chest", "9403", "9503"),
    ],
)
def test_a_note_sends_goods_to_their_heading(tree: Nomenclature, text: str, heading: str, other: str) -> None:
    found = classify(text, tree=tree)
    assert found.candidates[0].hs6.startswith(heading)
    assert not (found.hs6 or "").startswith(other)


@pytest.mark.parametrize("text", ["China", "CHINA", "Viet Nam", "中国", "Trung Quốc", "ประเทศไทย", "កម្ពុជា", "ベトナム"])
def test_the_name_of_an_economy_alone_names_no_goods(tree: Nomenclature, text: str) -> None:
    assert (classify(text, tree=tree).status, classify(text, tree=tree).reason) == ("unusable", "unknown_words")


def test_goods_named_by_the_word_of_an_economy_stay_goods(tree: Nomenclature) -> None:
    assert classify("china cup", tree=tree).candidates[0].hs6 == "691110"  # porcelain: heading 6911
    assert classify("turkey", tree=tree).candidates[0].hs6[:2] in ("01", "02", "16")  # the bird and its meat


@pytest.mark.parametrize("text", ["靴", "shoes", "鞋"])
def test_a_name_of_several_codes_leaves_them_open(tree: Nomenclature, text: str) -> None:
    # Shoes are of leather (6403), of textile (6404), or of rubber or plastics (6402).
    found = classify(text, tree=tree)
    assert found.status == "unsure"
    assert {"6402", "6403", "6404"} <= {each.hs6[:4] for each in found.candidates if each.probability >= 0.05}
    assert sum(each.probability for each in found.candidates) <= 1.0
    given = codes_found(found)
    assert isinstance(given, dict)
    assert len(given["candidates"]) > 2
