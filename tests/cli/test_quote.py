"""`entrepot quote`: options and files in, pages and JSON out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from base_sale import best_of
from entrepot.cli.exit_codes import INVALID_SALE, REFUSED

COFFEE = ("quote", "--from", "VN", "--to", "CN", "--hs", "0901.21", "--amount", "100 CNY", "--on", "2026-03-01")
SALE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}

Run = Callable[..., Any]


def test_the_page_shows_the_total_the_procedures_the_parts_and_the_assumptions(entrepot: Run) -> None:
    ended = entrepot(*COFFEE)
    assert ended.code == 0
    assert ended.err == ""
    for said in ("109.10", "landed in China", "estimated", "Cross-border e-commerce retail import", "Ordinary import"):
        assert said in ended.out
    assert "█" in ended.out
    assert "goods 100.00" in ended.out
    assert "No shipping cost given; assumed: zero." in ended.out
    assert "--explain shows the law behind each figure" in ended.out


def test_an_english_sentence_has_the_article_of_a_place(entrepot: Run) -> None:
    out = " ".join(entrepot(*COFFEE[:3], "--to", "US", *COFFEE[5:-1], "2026-11-28").out.split())
    for said in (
        "landed in the United States",
        "The law of the United States was last read",
        "law of the United States (us",
    ):
        assert said in out


@pytest.mark.parametrize(
    ("to", "checked"),
    [("SG", False), ("GB", True)],  # vaporisers, by general knowledge; meat to persons, by the authority's page
)
def test_prohibited_goods_are_told_with_their_source_and_nothing_else(entrepot: Run, to: str, checked: bool) -> None:
    code, origin = ("0201.30", "DE") if checked else ("8543.40", "CN")
    words = ("--from", origin, "--to", to, "--hs", code, "--amount", "50 USD", "--buyer", "consumer")
    ended = entrepot("quote", *words, "--on", "2026-11-26")
    text = " ".join(ended.out.split())
    assert ended.code == REFUSED
    assert text.index("Import prohibited") < text.index(f"{code} may not be imported for") < text.index("Source: ")
    assert ("not checked against the law: sg/permits.csv" in text) is not checked
    assert "Import procedures" not in text


def test_treatments_are_listed_with_their_savings_and_needs(entrepot: Run) -> None:
    ended = entrepot(*COFFEE[:-4], "--amount", "20,000 CNY", "--buyer", "business", "--on", "2026-03-01")
    assert "Most favoured nation (MFN)" in ended.out
    assert "saves 3,000.00" in ended.out
    assert "--proof" in ended.out
    with_proof = entrepot(*COFFEE[:-4], "--amount", "20000 CNY", "--buyer", "business", "--proof", "form-e", "--json")
    assert best_of(json.loads(with_proof.out))["amount_subtotals"]["duties"] == "0.00"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("coffee",), 'say where they go, for example: entrepot quote "coffee" --from VN'),
        (("coffee", "to", "japan"), 'entrepot quote "coffee to japan" --from VN'),
        (("a.json", "b.json"), 'There is no file "a.json b.json"'),
        (("durian",) * 60, "say where they go"),
        (("green tea", "--to", "JP"), "--from is required"),
        (("coffee", "--description", "tea", "--to", "JP"), 'twice: as "coffee" and with --description'),
        (("0901.21", "--hs", "0902.10", "--to", "JP"), 'twice: as "0901.21" and with --hs'),
        (("none.json", "--to", "JP"), "--to cannot be combined with a file"),
    ],
)
def test_words_that_are_no_sale_are_answered(entrepot: Run, typed: tuple[str, ...], said: str) -> None:
    ended = entrepot("quote", *typed)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize("goods", [("roasted coffee beans",), ("roasted", "coffee", "beans"), ("0901.21",)])
def test_goods_need_no_option(entrepot: Run, goods: tuple[str, ...]) -> None:
    sale = ("--from", "VN", "--to", "CN", "--amount", "100 CNY", "--on", "2026-03-01", "--json")
    ended = entrepot("quote", *goods, *sale)
    assert best_of(json.loads(ended.out))["amount_landed"] == "109.10"


@pytest.mark.parametrize(
    ("typed", "option"),
    [(("online course",), "--service"), (("--description", "0901.21"), "--hs"), (("?!",), "--description")],
)
def test_what_is_no_description_of_goods_names_the_option_to_give(
    entrepot: Run, typed: tuple[str, ...], option: str
) -> None:
    ended = entrepot("quote", *typed, "--from", "GB", "--to", "DE", "--amount", "50 EUR")
    assert (ended.code, ended.err.endswith(f"({option})\n")) == (INVALID_SALE, True)


def test_an_unknown_category_of_services_gets_the_known_ones(entrepot: Run) -> None:
    sale = ("--from", "GB", "--to", "DE", "--amount", "50 EUR")
    assert "The categories: advertising, audiobooks," in entrepot("quote", "--service", "haircut", *sale).err
    near = entrepot("quote", "--service", "telemedecine", *sale).err
    assert 'Did you mean "telemedicine"?' in near
    assert "advertising" not in near


def test_words_beside_a_code_describe_its_goods(entrepot: Run) -> None:
    ended = entrepot("quote", "my best coffee", *COFFEE[1:], "--json")
    assert best_of(json.loads(ended.out))["amount_landed"] == "109.10"


def test_standard_output_has_only_the_json(entrepot: Run) -> None:
    ended = entrepot(*COFFEE, "--json")
    quote = json.loads(ended.out)
    assert quote["object"] == "quote"
    assert best_of(quote)["amount_landed"] == "109.10"
    assert ended.out.count("\n") == 1
    assert ended.err == ""


@pytest.mark.parametrize(
    "typed",
    [
        ("--from", "vn", "--to", "cn", "--hs", "0901 21", "--amount", "CNY 100"),
        ("--from", "Viet Nam", "--to", "china", "--hs", "0901-21", "--amount", "100cny"),
        ("--from", "VN", "--to", "CN", "--hs", "090121", "--amount", "100", "--currency", "cny", "--buyer", "Consumer"),
        ("--from", "Vietnam", "--to", "中国", "--hs", "0901.21", "--amount", "100 yuan"),
        ("--from", "VNM", "--to", "PRC", "--hs", "0901.21", "--amount", "RMB 100.00"),
        ("--from", "ＶＮ", "--to", "CN", "--hs", "０９０１２１", "--amount", "１００ CNY"),
    ],
)
def test_codes_are_accepted_in_the_forms_in_which_they_are_written(entrepot: Run, typed: tuple[str, ...]) -> None:
    ended = entrepot("quote", *typed, "--on", "2026-03-01", "--json")
    assert best_of(json.loads(ended.out))["amount_landed"] == "109.10"


def test_a_file_standard_input_and_options_give_the_same_quote(entrepot: Run, tmp_path: Any) -> None:
    file = tmp_path / "a sale.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(SALE).encode())
    answers = [
        entrepot("quote", str(file), "--json"),
        entrepot("quote", "-", "--json", given=json.dumps(SALE).encode()),
    ]
    by_options = entrepot(*COFFEE, "--json").out
    assert [each.code for each in answers] == [0, 0]
    assert all(each.out == by_options for each in answers)


def test_decimals_of_json_stay_exact(entrepot: Run) -> None:
    ended = entrepot("quote", "-", "--json", given=json.dumps(SALE).replace('"100.00"', "100.10").encode())
    assert best_of(json.loads(ended.out))["amount_subtotals"]["goods"] == "100.10"


def test_every_option_sets_its_field(entrepot: Run) -> None:
    words = "--origin vn --quantity 2 --channel ecommerce --transport air --incoterm FOB --shipping 10 --insurance 1 "
    words += "--discount 5 --kg 1 --gross-kg 1.2 --litres 1 --items 2 --pairs 1 --square-metres 1 --cubic-metres 1 "
    words += "--head 1 --alcohol 5 --tax-id X1 --year-to-date 100 --registered eu_ioss --state bj --postal-code 100000 "
    words += "--assert three_documents --tax-class standard --description coffee --rate-of USD=7.08 --proof form_e"
    ended = entrepot(*COFFEE, *words.split(), "--duty", "8 %", "--rate", "vat=9 %", "--json")
    assert ended.code == 0, ended.err
    quote = json.loads(ended.out)
    assert best_of(quote)["amount_subtotals"]["shipping"] == "10.00"
    assert best_of(quote)["amount_subtotals"]["goods"] == "95.00"
    assert any(reason["code"] == "rate.caller" for reason in quote["assessment"]["reasons"])


def test_strict_refuses_an_estimate(entrepot: Run) -> None:
    page = entrepot(*COFFEE, "--strict")
    assert page.code == 4
    assert "refused" in page.out
    quote = json.loads(entrepot(*COFFEE, "--strict", "--json").out)
    assert quote["best"] is None
    assert quote["assessment"]["outcome"] == "refused"
    assert quote["assessment"]["reasons"]


def test_a_refusal_names_the_option_that_would_help(entrepot: Run) -> None:
    ended = entrepot(
        "quote", "--from", "TH", "--to", "VN", "--hs", "090140", "--amount", "300 USD", "--on", "2026-03-01"
    )
    assert ended.code == 4
    assert "No amount can be calculated" in ended.out
    assert "(--hs)" in ended.out


def test_explain_shows_the_calculation_the_row_and_the_source_of_each_figure(entrepot: Run) -> None:
    ended = entrepot(*COFFEE, "--explain")
    assert "The law behind each figure" in ended.out
    assert "100.00 × 13 % × 70 %" in ended.out
    assert "cn/taxes.csv:" in ended.out
    assert "Cai Guan Shui [2018] 49" in " ".join(ended.out.split())


def test_each_of_several_lines_is_shown(entrepot: Run) -> None:
    second = {"hs_code": "0801.32", "amount": "900", "country_of_origin": "KH", "reference": "cashews"}
    lines = [{**SALE["lines"][0], "reference": "coffee"}, second]
    sale = {**SALE, "buyer": {"kind": "business"}, "lines": lines}
    ended = entrepot("quote", "-", given=json.dumps(sale).encode())
    assert "2 lines" in ended.out
    assert "Line coffee" in ended.out
    assert "Line cashews" in ended.out


def test_the_rate_of_a_treatment_is_said_with_its_unit_in_words(entrepot: Run) -> None:
    words = ["quote", "--from", "CN", "--to", "CH", "--hs", "0803.90", "--on", "2026-11-24", "--buyer", "business"]
    ended = entrepot(*words, "--amount", "5000 CHF")
    table = ended.out.partition("Tariff treatments")[2].partition("Assumptions")[0]
    assert "CHF for each 100" in table
    assert "kg_gross" not in table


def test_a_service_has_no_duty_and_no_treatments(entrepot: Run) -> None:
    words = [
        "quote",
        "--from",
        "TH",
        "--to",
        "CN",
        "--service",
        "Online-Education",
        "--on",
        "2026-03-01",
        "--buyer",
        "consumer",
    ]
    ended = entrepot(*words, "--amount", "100 CNY")
    assert ended.code in (0, 4)
    assert "Online education" in ended.out
    assert "Tariff treatments" not in ended.out


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("--hs", "90121", "--amount", "100 CNY"), '"0901.21"'),
        (("--hs", "0901.21", "--amount", "1.234,56 EUR"), '"1234.56"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--kg", "1,5"), '"1.5"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--on", "27.11.2026"), '"2026-11-27"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--on", "11-27-2026"), '"2026-11-27"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--kg", "0,750"), '"0.750"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--quantity", "2 dozen"), '"24"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--items", "24pcs"), '"24"'),
        (("--hs", "0901.21", "--amount", "100 CNY", "--kg", "24pcs"), ""),
        (("--hs", "0901.21", "--amount", "100 CNY", "--on", "03/02/2026"), ""),
        (("--hs", "0901.21", "--amount", "100 CNY", "--on", "03-02-2026"), ""),
        (("--hs", "64039", "--amount", "100 CNY"), ""),
    ],
)
def test_what_a_spreadsheet_wrote_otherwise_is_suggested(entrepot: Run, words: tuple[str, ...], meant: str) -> None:
    ended = entrepot("quote", "--from", "VN", "--to", "CN", *words)
    assert ended.code in (2, 3)
    assert (f"Did you mean {meant}?" in ended.err) if meant else ("Did you mean" not in ended.err)


@pytest.mark.parametrize(
    ("words", "services"),
    [("streaming subscription", "streaming"), ("online course", "live_teaching, recorded_courses")],
)
def test_a_service_among_goods_names_the_categories_that_its_words_may_mean(
    entrepot: Run, words: str, services: str
) -> None:
    ended = entrepot("quote", words, "--from", "US", "--to", "CA", "--amount", "15 USD")
    assert ended.code == 3
    assert f"It may be: {services}. (--service)" in ended.err
    in_json = entrepot("quote", words, "--from", "US", "--to", "CA", "--amount", "15 USD", "--json", "--lang", "vi")
    assert f"It may be: {services}." in json.loads(in_json.out)["error"]["message"]


def test_goods_by_subscription_are_named_alone(entrepot: Run) -> None:
    ended = entrepot("quote", "coffee subscription", "--from", "VN", "--to", "CN", "--amount", "15 USD")
    assert ended.code == 3
    assert 'write only what they are: "coffee"' in ended.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ontario", "--to CA --state ON"),
        ("Ontario, Canada", "--to CA --state ON"),
        ("california", "--to US --state CA"),
        ("US-CA", "--to US --state CA"),
    ],
)
def test_a_state_in_place_of_its_country_names_both(entrepot: Run, typed: str, meant: str) -> None:
    ended = entrepot("quote", "--from", "VN", "--to", typed, "--hs", "0901.21", "--amount", "15 USD")
    assert ended.code == 3
    assert meant in ended.err


def test_provinces_that_change_the_amount_are_named_in_the_readers_language(entrepot: Run) -> None:
    words = ("quote", "--from", "CN", "--to", "CA", "--hs", "4202.31", "--amount", "100 CAD")
    assert "QC Quebec" in entrepot(*words).out
    assert "QC Québec" in entrepot(*words, "--lang", "vi").out
    assert "QC 魁北克" in entrepot(*words, "--lang", "zh").out
    for option in ("--state", "--province"):
        assert "113.93 –" not in entrepot(*words, option, "Québec").out


def test_the_parts_of_a_lowest_total_are_no_shares(entrepot: Run) -> None:
    """The excise on whisky is not known without its strength: GST on it is a lowest amount, and there is no bar."""
    words = ("quote", "--hs", "2208.30", "--from", "GB", "--to", "SG", "--amount", "60 SGD")
    known = entrepot(*words, "--litres", "1", "--alcohol", "40").out
    lowest = entrepot(*words).out
    assert "█" in known
    assert "█" not in lowest
    assert "≥ 5.40" in lowest  # 9 % of 60
    assert "≥" not in known


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("company", "business"), ("B2B", "business"), ("shop", "business"), ("private", "consumer"), ("b2c", "consumer")],
)
def test_another_word_for_a_buyer_is_suggested(entrepot: Run, typed: str, meant: str) -> None:
    words = ("quote", "--from", "VN", "--to", "CN", "--hs", "0901.21", "--amount", "15 USD", "--buyer", typed)
    assert f'Did you mean "{meant}"?' in entrepot(*words).err


def test_a_measure_that_the_rest_of_a_total_needs_is_asked_for_at_once(entrepot: Run) -> None:
    # Singapore: 88 SGD for each litre of pure alcohol of whisky; GST of 9 % on goods of 100 SGD and on the excise.
    words = ("quote", "--from", "AU", "--to", "SG", "--hs", "2208.30", "--amount", "100 SGD", "--on", "2026-06-15")
    asked = entrepot(*words)
    question = asked.out.partition("SGD\xa0109.00 is known. To calculate the rest, give:")[2].partition("\n\n")[0]
    assert "(--litres --alcohol)" in question
    assert "Excise duty: 88 SGD for each litre of pure alcohol" in question
    notes = asked.out.partition("Assumptions and open questions")[2]
    assert "--litres" not in notes
    assert "not known; the totals exclude it" not in notes
    # 0.7 l of 40 %: 0.28 l of pure alcohol bear 24.64, and the tax is 9 % of 124.64, 11.22.
    answered = entrepot(*words, "--litres", "0.7", "--alcohol", "40")
    assert "SGD\xa0135.86" in answered.out
    assert "To calculate the rest" not in answered.out


def test_a_lowest_amount_of_zero_is_unknown(entrepot: Run) -> None:
    """A duty by the mass, which is not given: its lowest amount is zero, and that says nothing."""
    words = (
        "--from",
        "VN",
        "--to",
        "CH",
        "--hs",
        "0901.21",
        "--amount",
        "1000 CHF",
        "--on",
        "2026-03-01",
        "--buyer",
        "business",
    )
    page = entrepot("quote", *words).out
    assert "≥ 0.00" not in page
    assert re.search(r"Customs duty .* unknown$", page, re.MULTILINE)
    assert re.search(r"Ordinary import +≥ [\d,.]+ +unknown +≥ ", page)
