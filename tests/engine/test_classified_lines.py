"""A line whose code was found from a description: one code is an assumption, several are a range.

Expected amounts are those of the same sale with the code given, which other tests compare with the law.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from base_sale import reason
from entrepot.goods.classify import Candidate, Classification, correction_key
from entrepot.goods.corrections import Correction, keep_correction
from entrepot.goods.described import codes_found
from entrepot.model.quote import Option, Quote

ROASTED, DECAFFEINATED, RAW = "0901.21", "0901.22", "0901.11"
TWO = ROASTED, RAW


def line(**fields: Any) -> dict[str, Any]:
    """To a business in China, where roasted coffee bears 15 % and raw coffee 8 % of duty."""
    return {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "buyer": {"kind": "business"},
        "channel": "trade",
        "lines": [{"amount": "20000.00", "country_of_origin": "VN", **fields}],
    }


def possible(*codes: tuple[str, str], **fields: Any) -> dict[str, Any]:
    found = [{"hs_code": code, "probability": share} for code, share in codes]
    return line(description="…", classification={"candidates": found, **fields})


def best(quote: Quote) -> Option:
    found = quote.best or quote.best_conditional
    assert found is not None, quote.assessment
    return found


def landed(code: str) -> str:
    found = best(entrepot.quote(line(hs_code=code))).amount_landed
    assert found is not None
    return found


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path))
    return tmp_path


def test_one_code_is_used_and_named_with_its_probability() -> None:
    quote = entrepot.quote(possible((ROASTED, "0.97")))
    assert best(quote).amount_landed == landed(ROASTED)
    said = reason(quote, "hs_code.classified")
    assert (said.values, said.param) == ({"code": ROASTED, "percent": "97"}, "lines[0].hs_code")
    chosen = reason(entrepot.quote(possible((ROASTED, "0.97"), corrected=True)), "hs_code.chosen")
    assert chosen.values == {"code": ROASTED}


def test_several_codes_are_a_range_between_the_amounts_of_each() -> None:
    codes = (ROASTED, RAW)
    quote = entrepot.quote(possible((ROASTED, "0.6"), (RAW, "0.3"), question="Which?"))
    ends = sorted((landed(code) for code in codes), key=float)
    found = best(quote)
    assert ends[0] != ends[1]
    assert [found.amount_landed, found.amount_landed_low, found.amount_landed_high] == [None, *ends]
    said = reason(quote, "hs_code.unsure")
    assert said.message == "The description fits goods of several codes: 0901.21 (60 %), 0901.11 (30 %). Which?"
    settled = {each.value[:6]: each.amount_landed for each in found.candidates or ()}
    assert settled == {code.replace(".", ""): landed(code) for code in codes}


def test_codes_with_one_result_are_no_range_but_are_named() -> None:
    quote = entrepot.quote(possible((ROASTED, "0.6"), (DECAFFEINATED, "0.3")))
    assert best(quote).amount_landed == landed(ROASTED) == landed(DECAFFEINATED)
    assert reason(quote, "hs_code.unsure").values["codes"] == f"{ROASTED} (60 %), {DECAFFEINATED} (30 %)"


def test_a_possible_code_that_does_not_exist_is_named_and_the_others_are_assessed() -> None:
    quote = entrepot.quote(possible(("9999.99", "0.5"), (ROASTED, "0.2")))
    assert best(quote).amount_landed == landed(ROASTED)
    assert reason(quote, "hs_code.unknown").message.startswith("999999 is not a code of the Harmonized System")
    neither = entrepot.quote(possible(("9999.99", "0.5"), ("7700.00", "0.2")))
    assert neither.best is None
    unknown = [each.message.split()[0] for each in neither.assessment.reasons if each.code == "hs_code.unknown"]
    assert unknown == ["999999", "770000"]


def test_codes_that_are_left_out_are_named_and_do_not_widen_the_range() -> None:
    quote = entrepot.quote(possible((ROASTED, "0.81"), left_out=[{"hs_code": "090111", "probability": "0.03"}]))
    assert best(quote).amount_landed == landed(ROASTED)
    said = reason(quote, "hs_code.left_out")
    assert said.message == "Less probable codes of the description are not assessed: 0901.11 (3 %)."
    assert reason(quote, "hs_code.classified").values["percent"] == "81"


def test_a_description_leaves_out_codes_below_one_in_twenty() -> None:
    shares = {"090121": 0.8, "090122": 0.05, "090111": 0.049, "090112": 0.009}
    found = Classification(
        query="coffee",
        language="en",
        status="unsure",
        candidates=tuple(Candidate(hs6=code, probability=share) for code, share in shares.items()),
    )
    given = codes_found(found)
    assert isinstance(given, dict)
    assert [each["hs_code"] for each in given["candidates"]] == ["090121", "090122"]
    # What is below one per cent is not named.
    assert given["left_out"] == [{"hs_code": "090111", "probability": "0.049"}]


@pytest.mark.parametrize(("share", "used"), [(0.6, ["090121"]), (0.3, ["090121", "090122"])])
def test_one_code_is_used_alone_only_where_it_is_more_probable_than_all_others(share: float, used: list[str]) -> None:
    first, second = Candidate(hs6="090121", probability=share), Candidate(hs6="090122", probability=0.04)
    given = codes_found(Classification(query="x", language="en", status="unsure", candidates=(first, second)))
    assert isinstance(given, dict)
    assert [each["hs_code"] for each in given["candidates"]] == used


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"classification": {"candidates": []}}, "missing"),
        ({"classification": {"candidates": [{"hs_code": ROASTED}], "left_out": [{"hs_code": "x"}]}}, "invalid_hs_code"),
        ({"classification": {"candidates": [{"hs_code": ROASTED}], "left_out": [{"hs_code": RAW}] * 11}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": "coffee"}]}}, "invalid_hs_code"),
        ({"classification": {"candidates": [{"hs_code": ROASTED, "probability": "2"}]}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": ROASTED, "probability": "NaN"}]}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": code, "probability": "NaN"} for code in TWO]}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": ROASTED}] * 11}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": ROASTED}, {"hs_code": "090121"}]}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": code, "probability": 0.9} for code in TWO]}}, "invalid"),
        ({"classification": {"candidates": [{"hs_code": ROASTED}]}, "service": "telemedicine"}, "missing"),
        ({"classification": {"codes": [ROASTED]}}, "unknown_field"),
        ({"description": ""}, "unusable_description"),
        ({"description": "x"}, "unusable_description"),
        ({"description": "😀"}, "unusable_description"),
        ({"description": "0901.21"}, "unusable_description"),
        ({"description": "<b></b>"}, "unusable_description"),
        ({"description": "a" * 1_000_000}, "unusable_description"),
        ({"description": "legal advice, consulting service"}, "unusable_description"),
        ({"description": 5}, "invalid"),
    ],
)
def test_what_is_no_classification_and_no_description_is_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(entrepot.SaleError) as refused:
        entrepot.quote(line(**given))
    assert refused.value.code == code
    assert refused.value.param.startswith("lines[0]")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"codes": [ROASTED]}, "Known fields: candidates, left_out, question, corrected, measures_read."),
        ({"candidates": [{"code": ROASTED}]}, 'Did you mean "hs_code"?'),
        ({"candidates": [{"hs_code": ROASTED}], "measures_read": ["head"]}, "net_mass_kg, litres, alcohol_percent."),
    ],
)
def test_an_error_of_a_classification_names_what_it_may_have(given: dict[str, Any], says: str) -> None:
    with pytest.raises(entrepot.SaleError) as refused:
        entrepot.quote(line(classification=given))
    assert refused.value.message.endswith(says)


def test_a_description_gets_the_code_that_the_user_chose(kept: Path) -> None:
    keep_correction(kept, Correction(key=correction_key("My Odd  Thing!"), text="My Odd  Thing!", code="090121"))
    quote = entrepot.quote(line(description="my odd thing"))
    assert best(quote).amount_landed == landed(ROASTED)
    assert reason(quote, "hs_code.chosen").values == {"code": ROASTED}
    found = entrepot.classify("my odd thing")
    assert (found.status, found.hs6, found.candidates[0].corrected) == ("sure", "090121", True)
    # A code of the sale has priority over any description.
    assert best(entrepot.quote(line(description="my odd thing", hs_code=RAW))).amount_landed == landed(RAW)


def test_rows_of_a_table_without_a_code_are_classified(kept: Path) -> None:
    keep_correction(kept, Correction(key=correction_key("my odd thing"), text="my odd thing", code="090121"))
    rows = {
        "ship_from_country": ["VN"] * 4,
        "ship_to_country": ["CN"] * 4,
        "currency": ["CNY"] * 4,
        "date": ["2026-03-01"] * 4,
        "amount": ["100.00"] * 4,
        "description": ["my odd thing", "my odd thing", "", "😀"],
        "hs_code": [None, RAW, ROASTED, ""],
    }
    answer = entrepot.quote_table(pa.table(rows), explain=True)
    plain = entrepot.quote_table(pa.table({**rows, "hs_code": [ROASTED, RAW, ROASTED, ROASTED]}))
    assert answer["landed"].to_pylist()[:3] == plain["landed"].to_pylist()[:3]
    assert answer["fault"].to_pylist() == [None, None, None, "unusable_description"]
    assert answer["fault_field"].to_pylist()[3] == "description"
    nothing = entrepot.quote_table(pa.table({**rows, "description": [None, "", "", ""], "hs_code": [None] * 4}))
    assert set(nothing["fault"].to_pylist()) <= {"missing", "unusable_description"}
    assert "or their description" in nothing["fault_message"].to_pylist()[0]
    assert "hs_code.chosen" in answer["reasons"].to_pylist()[0]


def walnuts(kind: str, **fields: Any) -> dict[str, Any]:
    """Walnuts in shell (0802.31) to the United States, where the duty is an amount for each kilogram."""
    return {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "US"},
        "date": "2026-11-26",
        "currency": "USD",
        "buyer": {"kind": kind},
        "lines": [{"amount": "60.00", "country_of_origin": "VN", **fields}],
    }


@pytest.mark.parametrize(
    ("kind", "fields", "kg", "duty"),
    [
        ("consumer", {"description": "walnuts in shell, 3 kg"}, "3", "0.21"),
        ("consumer", {"description": "walnuts in shell 2 x 500 g"}, "1", "0.07"),
        ("business", {"description": "walnuts in shell 500g", "quantity": "30"}, "15", "1.05"),
    ],
)
def test_the_mass_is_read_from_a_description_and_named(kind: str, fields: dict[str, str], kg: str, duty: str) -> None:
    """The duty is 7 cents for each kilogram (Harmonized Tariff Schedule 0802.31.00, general rate)."""
    read = entrepot.quote(walnuts(kind, **fields))
    assert next(each for each in best(read).charges if each.kind == "duty").amount == duty
    said = reason(read, "measure.read")
    assert (said.values, said.param) == ({"measure": "net_mass_kg", "amount": kg}, "lines[0].net_mass_kg")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("business", {"description": "walnuts in shell, 500 g"}),  # nobody knows how many pieces
        ("consumer", {"description": "walnuts in shell 500 g", "net_mass_kg": "3"}),
        ("consumer", {"description": "walnuts in shell 500 g", "gross_mass_kg": "3"}),
        ("consumer", {"description": "walnuts in shell 500 g, pack of 3"}),
        ("consumer", {"description": "walnuts in shell 250-500 g"}),
        ("consumer", {"description": "walnuts in shell 500 g", "hs_code": "0802.31"}),
    ],
)
def test_a_mass_that_is_given_or_not_clear_is_not_read(kind: str, fields: dict[str, str]) -> None:
    quote = entrepot.quote(walnuts(kind, **fields))
    assert "measure.read" not in {each.code for each in quote.assessment.reasons}


def test_a_measure_that_was_read_is_a_measure_of_the_line() -> None:
    found = {"candidates": [{"hs_code": "080231"}], "measures_read": ["net_mass_kg"]}
    with pytest.raises(entrepot.SaleError) as raised:
        entrepot.quote(walnuts("consumer", description="walnuts", classification=found))
    assert raised.value.param == "lines[0].classification.measures_read"


def test_tables_read_the_mass_as_the_single_quote_does() -> None:
    sale = walnuts("consumer", description="walnuts in shell, 500 g")
    row = {
        "ship_from_country": "VN",
        "ship_to_country": "US",
        "date": "2026-11-26",
        "currency": "USD",
        "buyer_kind": "consumer",
        **sale["lines"][0],
    }
    answered = entrepot.quote_table(pa.Table.from_pylist([row])).to_pylist()[0]
    assert answered["landed"] == Decimal(best(entrepot.quote(sale)).amount_landed or "0") > 60


def test_the_strength_of_a_drink_is_read_with_its_litres() -> None:
    """Spirits to Singapore bear 88 dollars of excise for each litre of alcohol: 0.7 l of 40 % are 0.28 l, 24.64."""
    sale = walnuts("consumer", description="vodka 40% vol, 700 ml")
    quote = entrepot.quote({**sale, "ship_to": {"country": "SG"}})
    assert next(each for each in best(quote).charges if each.kind == "excise").amount == "24.64"
    said = [each.values for each in quote.assessment.reasons if each.code == "measure.read"]
    assert said == [{"measure": "litres", "amount": "0.7"}, {"measure": "alcohol_percent", "amount": "40"}]
