"""Amounts are whole; each rounding is as named; a split adds up to its total."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.model.money import DIRECTIONS, half_up, in_major, in_minor, percent, rounded, split

huge = st.integers(-(10**21), 10**21)
weights = st.lists(st.integers(0, 10**18), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("amount", "down", "up", "half_up_", "half_even"),
    [
        ("2.4", 2, 3, 2, 2),
        ("2.5", 2, 3, 3, 2),
        ("2.6", 2, 3, 3, 3),
        ("3.5", 3, 4, 4, 4),
        ("3", 3, 3, 3, 3),
        ("0", 0, 0, 0, 0),
        ("-2.4", -2, -3, -2, -2),  # down is toward nothing, up away from it
        ("-2.5", -2, -3, -3, -2),
        ("-3.5", -3, -4, -4, -4),
    ],
)
def test_the_four_directions(amount: str, down: int, up: int, half_up_: int, half_even: int) -> None:
    exact = Fraction(amount)
    found = {way: Fraction(*rounded(exact.numerator, exact.denominator, way, 1, 1)) for way in DIRECTIONS}
    assert found == {"down": down, "up": up, "half_up": half_up_, "half_even": half_even}


@pytest.mark.parametrize(
    ("amount", "way", "unit", "result"),
    [
        (534_795, "down", "1000", 534_000),  # Japan's duty base
        (53_479, "down", "100", 53_400),
        (12_345, "up", "10", 12_350),
        (12_345, "half_up", "10", 12_350),
        (12_345, "half_even", "10", 12_340),
        (Fraction("1.005"), "half_up", "0.01", Fraction("1.01")),
        (Fraction("1.005"), "half_even", "0.01", 1),
    ],
)
def test_rounding_to_a_unit(amount: int | Fraction, way: str, unit: str, result: int | Fraction) -> None:
    exact, step = Fraction(amount), Fraction(unit)
    assert Fraction(*rounded(exact.numerator, exact.denominator, way, step.numerator, step.denominator)) == result


@given(huge, st.integers(1, 10**6), st.sampled_from(DIRECTIONS), st.integers(1, 10**4), st.integers(1, 100))
def test_a_rounding_is_a_multiple_of_its_unit_and_less_than_one_unit_away(
    num: int, den: int, way: str, top: int, bottom: int
) -> None:
    exact, unit = Fraction(num, den), Fraction(top, bottom)
    result = Fraction(*rounded(num, den, way, top, bottom))
    assert (result / unit).denominator == 1
    assert abs(result - exact) < unit
    if way.startswith("half"):
        assert abs(result - exact) * 2 <= unit
    if way == "down":
        assert abs(result) <= abs(exact)
    if way == "up":
        assert abs(result) >= abs(exact)


@given(huge, st.integers(1, 10**9))
def test_half_up_is_the_nearest_whole_number_and_odd(num: int, den: int) -> None:
    assert abs(Fraction(num, den) - half_up(num, den)) <= Fraction(1, 2)
    assert half_up(-num, den) == -half_up(num, den)


@given(huge, weights)
def test_a_split_adds_up_and_is_within_one_of_the_exact_share(total: int, parts: list[int]) -> None:
    found = split(total, parts)
    assert sum(found) == total
    even = [1] * len(parts) if not any(parts) else parts
    for part, weight in zip(found, even, strict=True):
        assert abs(part - Fraction(total * weight, sum(even))) < 1


@given(
    st.integers(0, 10**18),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), min_size=1, max_size=9, unique_by=lambda pair: pair[1]),
)
def test_a_split_does_not_depend_on_the_order(total: int, parts: list[tuple[int, int]]) -> None:
    def shares(pairs: list[tuple[int, int]]) -> dict[int, int]:
        found = split(total, [weight for weight, _ in pairs], [rank for _, rank in pairs])
        return {rank: share for (_, rank), share in zip(pairs, found, strict=True)}

    mixed = sorted(parts, key=lambda pair: (pair[1] * 7919) % 101)
    assert shares(mixed) == shares(parts) == shares(parts[::-1])


@given(st.integers(0, 10**18), weights)
def test_a_larger_weight_never_gets_less(total: int, parts: list[int]) -> None:
    pairs = sorted(zip(parts, split(total, parts), strict=True))
    assert [share for _, share in pairs] == sorted(share for _, share in pairs)


def test_units_left_over_are_given_by_largest_remainder_then_weight_then_rank() -> None:
    # 10 by 1:1:4: 1.67, 1.67, 6.67: the remainders are equal; of two units one goes to the larger weight, one by rank.
    assert split(10, [1, 1, 4], [1, 0, 2]) == [1, 2, 7]
    # 10 by 3:3:5: 2.73, 2.73, 4.55: both units go to the larger remainders.
    assert split(10, [3, 3, 5]) == [3, 3, 4]


@given(huge, st.integers(0, 4))
def test_minor_units_as_text_and_back(minor: int, decimals: int) -> None:
    text = in_major(minor, decimals)
    assert in_minor(Decimal(text), decimals) == minor
    assert len(text.partition(".")[2]) == decimals
    assert "E" not in text


@pytest.mark.parametrize(("text", "decimals"), [("0.001", 2), ("1.5", 0), ("1E-30", 2), ("0.00001", 4)])
def test_more_decimals_than_the_currency_has_gives_none(text: str, decimals: int) -> None:
    assert in_minor(Decimal(text), decimals) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_percentage_is_written_exactly(num: int, den: int) -> None:
    assert Fraction(percent(num, den)) / 100 == Fraction(num, den)
