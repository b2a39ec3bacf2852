"""Japan's rate texts, one by one: each rate was written by hand from the text beside it."""

from __future__ import annotations

import pytest

from entrepot.law.grammar import read_rate
from entrepot.schedules.formats.jp.lower_rate import at_most, lower_rate
from entrepot.schedules.formats.jp.print_rates import print_cell, print_rate
from entrepot.schedules.formats.jp.rates import read_cell
from entrepot.schedules.formats.jp.rows import CellRate, cell_rates, mfn_rates, national_rate

CHARGED = [
    # 524 x 1.002 = 525.048; 393 x 1.002 = 393.786; 20,400.55 x 1.037 = 21,155.37035
    (
        "（524円×1.002-課税価格）/kg又は54円/kgのうちいずれか低い税率",
        "min(max(0 %, 525.048 JPY/kg - value), 54 JPY/kg)",
    ),
    (
        "（393円×1.002-課税価格）/kg又は40.50円/kgのうちいずれか低い税率",
        "min(max(0 %, 393.786 JPY/kg - value), 40.50 JPY/kg)",
    ),
    (
        "（20,400.55円×1.037-課税価格）/頭又は8,534.75円/頭のうちいずれか低い税率",
        "min(max(0 %, 21155.37035 JPY/head - value), 8534.75 JPY/head)",
    ),
    # (V x (1.007 - 51.46/897.59) + 51.46) - V, V being the value
    (
        "（（課税価格×（1.007-51.46/897.59）＋51.46円）-課税価格）/kg",
        "max(0 %, 100.7 % - 51.46/897.59 + 51.46 JPY/kg - value)",
    ),
    ("(500円−課税価格)/kg", "max(0 %, 500 JPY/kg - value)"),
    ("◎(170円−課税価格)/kg", "max(0 %, 170 JPY/kg - value)"),
    ("5%又は(73.70円-課税価格)/kgのうちいずれか低い税率", "min(5 %, max(0 %, 73.7 JPY/kg - value))"),
    # (500 - V) x 10/16 = 312.5 - 10/16 V; (180 - V) x 10/16 = 112.5 - 10/16 V; (250 - V) x 10/16 = 156.25 - 10/16 V
    (
        "1.9%又は((500円-課税価格)×10/16)/kgのうちいずれか低い税率",
        "min(1.9 %, max(0 %, 312.5 JPY/kg - 10/16))",
    ),
    (
        "1.69円/kg又は((180円-課税価格)×10/16)/kgのうちいずれか低い税率",
        "min(1.69 JPY/kg, max(0 %, 112.5 JPY/kg - 10/16))",
    ),
    (
        "2.69円/kg又は((250円-課税価格)×10/16)/kgのうちいずれか低い税率",
        "min(2.69 JPY/kg, max(0 %, 156.25 JPY/kg - 10/16))",
    ),
    # 500 x 2/11 = 1000/11: a thousand yen for each eleven kilograms; likewise 360/11 and 500/11
    (
        "0.5%又は（（500円-課税価格）×2/11）/kgのうちいずれか低い税率",
        "min(0.5 %, max(0 %, 1000 JPY/11kg - 2/11))",
    ),
    (
        "0.49円/kg又は（（180円-課税価格）×2/11）/kgのうちいずれか低い税率",
        "min(0.49 JPY/kg, max(0 %, 360 JPY/11kg - 2/11))",
    ),
    (
        "0.78円/kg又は（（250円-課税価格）×2/11）/kgのうちいずれか低い税率",
        "min(0.78 JPY/kg, max(0 %, 500 JPY/11kg - 2/11))",
    ),
    # x 0.8, 0.6, 0.4: 500 -> 400, 250 -> 150, 180 -> 72
    (
        "2.4%又は((500円−課税価格)×0.8)/kgのうちいずれか低い税率",
        "min(2.4 %, max(0 %, 400 JPY/kg - 80 %))",
    ),
    (
        "2.58円/kg又は((250円−課税価格)×0.6)/kgのうちいずれか低い税率",
        "min(2.58 JPY/kg, max(0 %, 150 JPY/kg - 60 %))",
    ),
    (
        "1.08円/kg又は((180円−課税価格)×0.4)/kgのうちいずれか低い税率",
        "min(1.08 JPY/kg, max(0 %, 72 JPY/kg - 40 %))",
    ),
    # wine: 21.3 % or 156.80 yen, the lower, but never under 93 yen a litre
    (
        "21.3%又は156.80円/lのうちいずれか低い税率\nただしその税率が93円/lを下回る場合は93円/l",
        "max(min(21.3 %, 156.80 JPY/l), 93 JPY/l)",
    ),
    (
        "9.3%又は7.19円/kgのうちいずれか高い税率（ただしその税率が50%を上回る場合は50%とする）",
        "min(max(9.3 %, 7.19 JPY/kg), 50 %)",
    ),
    ("30%又は4,300円/足のうちいずれか高い税率", "max(30 %, 4300 JPY/pair)"),
    ("1.56%", "1.56 %"),
    ("1.7%又は1.3%＋0.46円/㎡のうちいずれか高い税率", "max(1.7 %, 1.3 % + 0.46 JPY/m2)"),
    ("9.6%又は160円/㎡のうちいずれか高い税率", "max(9.6 %, 160 JPY/m2)"),
    ("3.1%又は0.78円/本のうちいずれか高い税率", "max(3.1 %, 0.78 JPY/item)"),
    ("25.5%＋612円/kg又は31%＋210円/kgのうちいずれか低い税率", "min(25.5 % + 612 JPY/kg, 31 % + 210 JPY/kg)"),
    ("4.26%又は5.10円/kgのうちいずれか高い税率", "max(4.26 %, 5.10 JPY/kg)"),
    ("*29.8%＋1,023円/kg", "29.8 % + 1023 JPY/kg"),
    ("29.8%+\n915円/kg", "29.8 % + 915 JPY/kg"),
    ("4,000,000円/頭", "4000000 JPY/head"),
    ("286.88円/kl", "286.88 JPY/1000l"),
    ("930円/MT", "930 JPY/t"),
    ("1.50円/枚", "1.50 JPY/item"),
    ("70.40円/l", "70.40 JPY/l"),
    ("※1.90円/kg", "1.90 JPY/kg"),
    ("免税", "free"),
    ("◎無税", "free"),
]


@pytest.mark.parametrize(("text", "rate"), CHARGED)
def test_one_rate(text: str, rate: str) -> None:
    assert cell_rates(text) == (CellRate(rate),)
    assert read_rate(rate).text == rate
    assert read_cell(print_cell(read_cell(text))) == read_cell(text)


def test_the_cigarettes_in_brackets_are_read_and_not_charged() -> None:
    (statement,) = read_cell("(8.5%＋290.70円/1,000本)")
    assert (statement.items[0].rate, statement.items[0].bracketed) == ("8.5 % + 290.70 JPY/1000item", True)
    assert cell_rates("(8.5%＋290.70円/1,000本)") == ()
    assert national_rate("(8.5%＋290.70円/1,000本)").rate == "8.5 % + 290.70 JPY/1000item"


WITHIN, OUTSIDE, REST = "関税割当数量以内のもの", "関税割当数量以外のもの", "その他のもの"
HIGH, LOW = "のうちいずれか高い税率", "のうちいずれか低い税率"
CANADA, OTHERS = "（カナダ及びニュージーランドに対する待遇）", "（他の締約国に対する待遇）"
SUGAR = "原産品に含まれる砂糖の重量1キログラムにつき21.50円"
WOOL = "羊毛製又は繊獣毛製のもの"
APART = [
    # a quota and what lies outside it
    ("関税割当数量以内のもの　無税\n関税割当数量以外のもの　※1%", [("free", "part", "", ""), ("1 %", "", "", "")]),
    ("関税割当数量以内のもの　無税\nその他のもの　20%", [("free", "part", "", ""), ("20 %", "", "", "")]),
    ("関税割当数量以内のもの　170万円/頭", [("1700000 JPY/head", "part", "", "")]),
    ("関税割当数量以内のもの　(20%)", []),
    (
        "関税割当数量以内のもの　535.53円/kg-課税価格/kg",
        [("max(0 %, 535.53 JPY/kg - value)", "part", "", "")],
    ),
    (
        "関税割当数量以内のもの　(535.53円/kg-課税価格/kg)又は482円/kgのうちいずれか低い税率",
        [("min(max(0 %, 535.53 JPY/kg - value), 482 JPY/kg)", "part", "", "")],
    ),
    (
        "関税割当数量以内のもの　(577.15円/kg-課税価格/kg×0.6)又は4.3%のうちいずれか高い税率",
        [("max(577.15 JPY/kg - 60 %, 4.3 %)", "part", "", "")],
    ),
    (
        "関税割当数量以内のもの　(577.15円-課税価格×0.6)/kg又は4.3%のうちいずれか高い税率",
        [("max(577.15 JPY/kg - 60 %, 4.3 %)", "part", "", "")],
    ),
    (
        f"{WITHIN}　35%＋58円/kg\n{OUTSIDE}　29.8%＋985円/kg又は36%＋290円/kg{LOW}",
        [("35 % + 58 JPY/kg", "part", "", ""), ("min(29.8 % + 985 JPY/kg, 36 % + 290 JPY/kg)", "", "", "")],
    ),
    ("特恵輸入対象のもの　17.5%", [("17.5 %", "part", "", "")]),
    # partners of the agreement
    (
        f"{CANADA}　3%\n（チリ及びベトナムに対する待遇）　2.6%\n{OTHERS}　1%",
        [("3 %", "", "CA NZ", ""), ("2.6 %", "", "CL VN", ""), ("1 %", "", "!CA CL NZ VN", "")],
    ),
    (
        f"（オーストラリア、カナダ及びニュージーランドに対する待遇）　2.1%又は8円/kg{LOW}\n{OTHERS}　無税",
        [("min(2.1 %, 8 JPY/kg)", "", "AU CA NZ", ""), ("free", "", "!AU CA NZ", "")],
    ),
    ("（オーストラリア及びニュージーランドに対する待遇）　無税", [("free", "", "AU NZ", "")]),
    (
        "関税割当数量以内のもの（ニュージーランドに対する待遇）　無税\nその他のもの　29.8%＋400円/kg",
        [("free", "part", "NZ", ""), ("29.8 % + 400 JPY/kg", "", "", "")],
    ),
    (
        f"{WITHIN}　25%\n{WITHIN}（チリに対する待遇）　無税\n{OUTSIDE}　119円/kg",
        [("25 %", "part", "", ""), ("free", "part", "CL", ""), ("119 JPY/kg", "", "", "")],
    ),
    # seasons
    ("毎年4月1日から同年8月31日までに輸入されるもの　無税", [("free", "", "", "04-01..08-31")]),
    ("毎年6月1日から同年9月30日までに輸入されるもの　3%", [("3 %", "", "", "06-01..09-30")]),
    ("毎年11月1日から翌年2月末日までに輸入されるもの　無税", [("free", "", "", "11-01..02-29")]),
    # goods that the code does not tell apart
    ("くらげ　無税", [("free", "part", "", "")]),
    ("JIS　L-1017に定める試験方法によるよこ糸の伸度が70%以上の糸を使用したもの　2.2%", [("2.2 %", "part", "", "")]),
    ("2-アセトアミド安息香酸(N-アセチルアントラニル酸)　無税", [("free", "part", "", "")]),
    ("こい　1.6%\nその他のもの　3.5%", [("text:こい 1.6% / その他のもの 3.5%", "", "", "")]),
    # ranges
    ("●無税又は非譲許", [("free", "part", "", "")]),
    ("●無税〜5%", [("text:●無税〜5%", "", "", "")]),
    ("●無税〜(17%)又は非譲許", [("free", "part", "", "")]),
    ("(9.1%〜10.9%)", []),
    ("（一部8.4%〜10.5%)", []),
    ("(無税)〜(4.8%)又は(8.8円/kg)", []),
    (
        "●(9%）〜（29.8%+1,159円/kg)、64円/kg、85円/kg又は341円/kg",
        [("text:●(9%)〜(29.8%+1,159円/kg)、64円/kg、85円/kg又は341円/kg", "part", "", "")],
    ),
    # notes that the file does not hold
    ("◎無税 ◆2", [("free", "part", "", "")]),
    ("◆11", [("text:◆11", "", "", "")]),
    # words
    (
        f"{WITHIN}　{SUGAR}\n{OUTSIDE}　50%又は25円/kg{HIGH}",
        [
            (f"text:{WITHIN} {SUGAR} / {OUTSIDE} 50%又は25円/kg{HIGH}", "part", "", ""),
            ("max(50 %, 25 JPY/kg)", "", "", ""),
        ],
    ),
]


@pytest.mark.parametrize(("text", "rows"), APART)
def test_rates_with_origin_season_and_scope(text: str, rows: list[tuple[str, str, str, str]]) -> None:
    assert [(each.rate, each.scope, each.origin, each.season) for each in cell_rates(text)] == rows
    assert read_cell(print_cell(read_cell(text))) == read_cell(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1キログラムにつき部分肉に係る基準輸入価格と課税価格との差額", "a price or a measure"),
        ("1キログラムにつき、70円に重量比による乳糖の含有率が10%を超える1%ごとに7円を加えた額", "a price or a measure"),
        (
            "（20,400.55円×1.037-課税価格）/頭又は8,534.75円/kgのうちいずれか低い税率",
            "for each head with one for each kg",
        ),
        ("3割", 'cannot be read from "割"'),
        ("5%又は9円/kgのうちいずれか低い税率\nただしその税率が7円/kgを下回る場合は8円/kg", "a bound"),
    ],
)
def test_what_cannot_be_a_rate_remains_text(text: str, why: str) -> None:
    (given,) = cell_rates(text)
    assert given.rate == "text:" + text.replace("（", "(").replace("）", ")").replace("\nただし", "ただし")
    assert why in given.why


#: (national, WTO) -> what WTO members are charged. Brackets: the authority's word that the WTO rate is not lower.
MEMBERS = [
    ("10%", "", [("10 %", "")]),
    ("10%", "5.6%又は4.4%＋1.52円/㎡のうちいずれか高い税率", [("min(10 %, max(5.6 %, 4.4 % + 1.52 JPY/m2))", "")]),
    ("40%又は27円/kgのうちいずれか高い税率", "34%又は23円/kgのうちいずれか高い税率", [("max(34 %, 23 JPY/kg)", "")]),
    ("36%＋130円/kg", "*29.8%＋396円/kg", [("min(36 % + 130 JPY/kg, 29.8 % + 396 JPY/kg)", "")]),
    ("49円/kg", "*(341円/kg)", [("49 JPY/kg", "")]),
    ("◎無税", "29.8%", [("free", "")]),  # a quota's temporary rate beside the WTO rate of its whole group
    ("4.2%", "6%", [("4.2 %", "")]),
    ("3.5%", "(一部3.5%）", [("3.5 %", "")]),
    ("2.4%", "無税〜(2.4%)又は非譲許", [("2.4 %", ""), ("free", "part")]),
    ("6.4%", "●5%〜5.3%", [("text:●5%〜5.3%", "")]),
    ("10%", f"{WOOL} 9.1%\n\n{REST} 10%", [(f"text:{WOOL} 9.1% / {REST} 10%", "")]),
    ("9.6%", "(9.1%)〜(10.9%)", [("9.6 %", "")]),
]


@pytest.mark.parametrize(("own", "wto", "rows"), MEMBERS)
def test_what_wto_members_are_charged(own: str, wto: str, rows: list[tuple[str, str]]) -> None:
    assert [(each.rate, each.scope) for each in mfn_rates(own, wto)] == rows


def test_a_temporary_text_overrides_a_bracketed_wto_rate_but_not_a_lower_one() -> None:
    words = "1キログラムにつき部分肉に係る基準輸入価格と課税価格との差額"
    assert [each.rate for each in mfn_rates(words, "(482円/kg)")] == [f"text:{words}"]
    assert [each.rate for each in mfn_rates(words, "4.3%")] == ["4.3 %"]


@pytest.mark.parametrize(
    ("rate", "other", "proved"),
    [
        ("free", "3 %", True),
        ("3 %", "free", False),
        ("3 %", "3 % + 1 JPY/kg", True),
        ("3 JPY/kg", "3 JPY/l", False),
        ("min(5 %, 9 JPY/kg)", "5 %", True),
        ("5 %", "max(4 %, 6 %)", True),
        ("max(5 %, 9 JPY/kg)", "max(10 JPY/kg, 6 %)", True),
        ("max(5 %, 9 JPY/kg)", "6 %", False),
        ("100 JPY/kg - value", "100 JPY/kg", True),
        ("250 JPY/1000kg", "0.25 JPY/kg", True),
        ("2 JPY/item", "2 USD/item", False),
    ],
)
def test_which_rate_is_never_higher(rate: str, other: str, proved: bool) -> None:
    assert at_most(rate, other) is proved


def test_the_lower_rate_is_one_of_two_only_if_it_is_always_lower() -> None:
    assert lower_rate("free", "free") == "free"
    assert lower_rate("5 %", "3 JPY/kg") == "min(5 %, 3 JPY/kg)"


@pytest.mark.parametrize(
    ("rate", "printed"),
    [
        ("free", "無税"),
        ("none", "非譲許"),
        ("text:◆2", "◆2"),
        ("8.5 % + 290.70 JPY/1000item", "8.5%+290.70円/1,000本"),
        ("max(0 %, 1000 JPY/11kg - 2/11)", "((500円-課税価格)×2/11)/kg"),
        ("max(577.15 JPY/kg - 60 %, 4.3 %)", "(577.15円-課税価格×0.6)/kg又は4.3%のうちいずれか高い税率"),
        (
            "max(0 %, 100.7 % - 51.46/897.59 + 51.46 JPY/kg - value)",
            "((課税価格×(1.007-51.46/897.59)+51.46円)-課税価格)/kg",
        ),
    ],
)
def test_a_rate_is_printed_in_the_words_of_the_schedule(rate: str, printed: str) -> None:
    assert print_rate(rate) == printed
