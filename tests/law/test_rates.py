"""The grammar of rates: the amount of a rate is exactly what the law writes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.engine.rules.rate_amount import Missing, run_program
from entrepot.law.grammar import read_rate
from entrepot.law.rates import MEASURES, UNITS

# A line of 3 kg, 4 kg with its packing, 2 l, 24 pieces, 3 pairs, 5 m², 7 m³, 4 head and 0.8 l of pure alcohol.
MEASURED = {
    "kg": (3, 1),
    "kg_gross": (4, 1),
    "count": (24, 1),
    "l": (2, 1),
    "item": (24, 1),
    "pair": (3, 1),
    "m2": (5, 1),
    "m3": (7, 1),
    "head": (4, 1),
    "l_alc": (4, 5),
}
GIVEN = [MEASURED[name] for name in MEASURES]
# Minor units for one major unit: ZZD is the importer's currency, a euro is 3 ZZD, a yen 0.01 ZZD.
RATES_TO = {"ZZD": (100, 1), "EUR": (300, 1), "JPY": (1, 1)}


def amount_of(text: str, base: int = 10_000) -> Fraction:
    """The amount of a rate on 100.00 ZZD, in minor units, unrounded."""
    return Fraction(*run_program(read_rate(text), base, GIVEN, RATES_TO))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("13 %", 1_300),  # 13 of 100
        ("0 %", 0),
        ("0.125%", Fraction(25, 2)),  # 12.5 minor units: nothing is rounded in a rate
        ("22/78", Fraction(220_000, 78)),
        ("2.50 ZZD/kg", 750),  # 2.50 × 3 kg
        ("4 EUR/100kg", 36),  # 4 × 3 ZZD × 0.03
        ("1 ZZD/g", 300_000),
        ("50 ZZD/100kg_gross", 200),  # 50 × 4 / 100
        ("1 % + 1 EUR/kg_gross", 1_300),  # 100 + 3 × 4
        ("1 ZZD/t", Fraction(3, 10)),
        ("1 ZZD/ml", 200_000),
        ("1 ZZD/hl", 2),
        ("45 ZZD/1000item", 108),  # 4,500 × 24 / 1,000
        ("1 ZZD/dozen", 200),
        ("1 ZZD/pair", 300),
        ("1 ZZD/m2", 500),
        ("1 ZZD/m3", 700),
        ("1 ZZD/head", 400),
        ("2 ZZD/l_alc", 160),
        ("0.5 EUR/hl_vol", 120),  # one % vol of a hectolitre is a litre of pure alcohol: 150 × 0.8
        ("0.20 ZZD", 20),
        ("8 % + 1.20 ZZD/kg", 1_160),  # 800 + 360
        ("40 % - 1 ZZD", 3_900),
        ("10 % - 2 % - 1 %", 700),  # from the left
        ("max(10 %, 3 EUR/kg)", 2_700),
        ("min(10 %, 3 EUR/kg)", 1_000),
        ("max(1 %, 2 %, 3 %)", 300),
        ("max(0 %, 524 ZZD/kg - value)", 147_200),  # 157,200 less the base
        ("max(0 %, 4 ZZD/kg - value)", 0),
        ("min(max(5 %, 1 ZZD/kg), 4 %)", 400),
        ("(1 % + 2 %)", 300),
        ("1 JPY/kg", 3),
    ],
)
def test_the_amount_of_a_rate(text: str, amount: Fraction | int) -> None:
    assert amount_of(text) == amount


@pytest.mark.parametrize("text", ["free", "none", "unknown", "text:as the Minister may determine"])
def test_words_have_no_program(text: str) -> None:
    rate = read_rate(text)
    assert rate.kind == text.partition(":")[0]
    assert rate.program == ()
    assert rate.text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "incomplete"),
        ("13", "incomplete"),
        ("13 % ZZD", '"ZZD"'),
        ("max(1 %", "incomplete"),
        ("max(1 %)", '")"'),
        ("1 zzd/kg", '"zzd/kg"'),
        ("13 % 5", '"5"'),
        ("-5 %", '"-5 %"'),
        ("1e3 %", '"e3 %"'),
        ("1,5 %", '",5 %"'),
        ("1 ZZD/league", "Known: kg g t"),
        ("Free", '"Free"'),
        ("1 ZZD/0kg", "not a rate"),
        ("1/0", "not a rate"),
        ("5 ％", "not a rate"),
    ],
)
def test_an_invalid_rate_is_refused_with_its_position_and_a_hint(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="is not a rate") as error:
        read_rate(text)
    assert says in str(error.value)


@pytest.mark.parametrize("name", sorted(MEASURED))
def test_a_missing_measure_is_named(name: str) -> None:
    unit = next((unit for unit, (measure, _) in UNITS.items() if measure == name), "1000item")
    lacking = [None if each == name else MEASURED[each] for each in MEASURES]
    with pytest.raises(Missing, match=f"measure:{name}"):
        run_program(read_rate(f"1 ZZD/{unit}"), 100, lacking, RATES_TO)
    with pytest.raises(Missing, match="currency:USD"):
        run_program(read_rate("1 USD/kg"), 100, GIVEN, RATES_TO)


# Rates as trees, independent of the grammar: the text, and its amount on the base and measures above.
numbers = st.decimals(0, 999, places=2).map(lambda number: (format(number.normalize(), "f"), Fraction(number)))
percentages = numbers.map(lambda n: (f"{n[0]} %", 100 * n[1]))
specifics = st.tuples(
    numbers, st.integers(1, 1000), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(RATES_TO))
).map(
    lambda t: (
        f"{t[0][0]} {t[3]}/{t[1]}{t[2]}",
        t[0][1] * Fraction(*RATES_TO[t[3]]) * Fraction(*MEASURED[UNITS[t[2]][0]]) / (t[1] * UNITS[t[2]][1]),
    )
)
values = st.just(("value", Fraction(10_000)))


def _joined(inner: st.SearchStrategy[tuple[str, Fraction]]) -> st.SearchStrategy[tuple[str, Fraction]]:
    def summed(parts: tuple[tuple[str, Fraction], str, tuple[str, Fraction]]) -> tuple[str, Fraction]:
        (left, a), sign, (right, b) = parts
        return f"{left} {sign} ({right})", a + b if sign == "+" else a - b

    def compared(parts: tuple[str, list[tuple[str, Fraction]]]) -> tuple[str, Fraction]:
        word, found = parts
        choice = max if word == "max" else min
        return f"{word}({', '.join(text for text, _ in found)})", choice(amount for _, amount in found)

    return st.one_of(
        st.tuples(inner, st.sampled_from("+-"), inner).map(summed),
        st.tuples(st.sampled_from(["max", "min"]), st.lists(inner, min_size=2, max_size=3)).map(compared),
    )


trees = st.recursive(st.one_of(percentages, specifics, values), _joined, max_leaves=6)


@given(trees)
def test_a_written_tree_has_the_amount_of_the_tree(tree: tuple[str, Fraction]) -> None:
    text, amount = tree
    assert amount_of(text) == amount


@given(trees, st.text(" \t", max_size=3))
def test_blanks_are_ignored(tree: tuple[str, Fraction], blank: str) -> None:
    text, amount = tree
    spaced = text.replace(" + ", f"{blank}+{blank}").replace("(", f"({blank}").replace(",", f"{blank},")
    assert amount_of(spaced) == amount


@given(st.text(max_size=20))
def test_any_text_is_a_rate_or_raises_a_message(text: str) -> None:
    try:
        read = read_rate(text)
    except ValueError as error:
        says = str(error)
    else:
        assert read.text.split() == text.split()
        return
    assert "is not a rate" in says


def test_a_range_has_the_ends_that_it_names() -> None:
    rate = read_rate("from 2 CNY/kg to max(10 %, 3 CNY/kg)")
    assert (rate.kind, [end.text for end in rate.ends]) == ("range", ["2 CNY/kg", "max(10 %, 3 CNY/kg)"])
    assert read_rate("from free").ends == (read_rate("free"),)


@pytest.mark.parametrize(
    "text", ["from", "from 5 % to", "from 20 % to 5 %", "from 5 % to 5 %", "from none to 5 %", "from 1 % to unknown"]
)
def test_an_invalid_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        read_rate(text)
