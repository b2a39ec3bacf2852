"""Words in any case, and names in place of codes: the same sale for the library, tables, options and stored quotes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from entrepot.app import library, normal_sale
from entrepot.language import typed_names
from entrepot.language.typed_names import TYPED_NAMES

SALE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "buyer": {"kind": "consumer"},
    "channel": "ecommerce",
    "incoterm": "DAP",
    "transport": "express",
    "asserted": ["indivisible_own_use"],
    "seller": {"registrations": ["eu_ioss"]},
    "exchange_rates": {"USD": "7.08"},
    "lines": [{"hs_code": "0901.21", "amount": "100.00", "country_of_origin": "VN", "tax_class": "standard"}],
}
OTHER: dict[str, Any] = {
    **SALE,
    "ship_from": {"country": "Việt Nam"},
    "ship_to": {"country": "cn"},
    "currency": "rmb",
    "buyer": {"kind": "Consumer"},
    "channel": "eCommerce",
    "incoterm": "dap",
    "transport": "EXPRESS",
    "asserted": ["Indivisible_Own_Use"],
    "seller": {"registrations": [" EU_IOSS "]},
    "exchange_rates": {"usd": "7.08"},
    "lines": [{**SALE["lines"][0], "country_of_origin": "vn", "tax_class": "Standard"}],
}
#: What people type, and the code that it means: names of ISO 3166-1 and ISO 4217, and what they are called at home.
PLACES = {
    "Vietnam": "VN", "越南": "VN", "USA": "US", "Mỹ": "US", "uk": "GB", "South Korea": "KR", "Hàn Quốc": "KR",
    "Laos": "LA",
    "Taiwan": "TW", "ไต้หวัน": "TW", "Hong Kong": "HK", "Burma": "MM", "កម្ពុជា": "KH", "CHN": "CN", "U.A.E.": "AE",
}  # fmt: skip
CURRENCIES = {
    "RMB": "CNY", "yuan": "CNY", "人民币": "CNY", "€": "EUR", "US dollar": "USD", "đồng": "VND", "baht": "THB",
    "円": "JPY",    "NT$": "TWD",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["economy", "currency"])
def test_a_code_of_the_packs_is_never_a_name_of_another(kind: str) -> None:
    # "my" without its accent is the Vietnamese name of the United States; MY is Malaysia.
    world = library().world
    for code in world.economies if kind == "economy" else world.decimals:
        assert TYPED_NAMES.codes(kind, code) == TYPED_NAMES.codes(kind, code.lower()) == (code,)


def test_words_in_other_forms_are_the_same_sale() -> None:
    assert normal_sale(OTHER) == SALE
    assert normal_sale(SALE) is SALE
    assert entrepot.quote(OTHER).to_json() == entrepot.quote(SALE).to_json()


@pytest.mark.parametrize(("kind", "named"), [("economy", PLACES), ("currency", CURRENCIES)])
def test_a_typed_name_has_its_code(kind: str, named: dict[str, str]) -> None:
    assert {name: TYPED_NAMES.codes(kind, name) for name in named} == {name: (code,) for name, code in named.items()}


@pytest.mark.parametrize(("field", "name", "codes"), [("currency", "¥", "CNY, JPY"), ("ship_from", "Korea", "KR, KP")])
def test_a_name_of_several_things_asks_which(field: str, name: str, codes: str) -> None:
    value = {"country": name} if field == "ship_from" else name
    with pytest.raises(entrepot.SaleError) as raised:
        entrepot.quote({**SALE, field: value})
    assert raised.value.code == "ambiguous_name"
    assert raised.value.param.partition(".")[0] == field
    assert raised.value.message == f'"{name}" has several meanings: {codes}. Write one of these codes.'


def test_the_union_is_no_single_country() -> None:
    members = TYPED_NAMES.codes("economy", "EU")
    assert set(members) == {code for code, entry in library().world.economies.items() if entry[2] == "eu"} - {"MC"}


def test_a_misspelt_name_has_a_suggestion() -> None:
    with pytest.raises(entrepot.SaleError, match='Did you mean "Vietnam"') as raised:
        entrepot.quote({**SALE, "ship_from": {"country": "Vietnan"}})
    assert raised.value.param == "ship_from.country"


def test_titles_of_the_packs_are_names() -> None:
    """Congo may be two economies, and the title of Taiwan in the pack is a sentence; ZZ is invented."""
    for code, (title, *_rest) in library().world.economies.items():
        if code not in {"CG", "TW", "ZZ"}:
            assert TYPED_NAMES.codes("economy", title) == (code,), title


def test_every_typed_name_has_known_codes() -> None:
    world = library().world
    known = {"economy": set(world.economies), "currency": set(world.decimals)}
    file = Path(typed_names.__file__).with_name("typed_names.csv")
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        assert set(row["codes"].split()) <= known[row["kind"]], row


def test_a_table_reads_names_as_a_single_sale_does() -> None:
    names = ["Vietnam", "vn", "Việt Nam", "VN"]
    columns: dict[str, list[Any]] = {
        "ship_from_country": names,
        "ship_to_country": ["China", "cn", "中国", "CN"],
        "currency": ["RMB", "cny", "yuan", "CNY"],
        "country_of_origin": names,
        "hs_code": ["0901.21"] * 4,
        "amount": ["100.00"] * 4,
        "date": ["2026-03-01"] * 4,
    }
    found = _quoted(columns)
    assert {str(row["landed"]) for row in found} == {"109.100"}
    (bad,) = _quoted({name: [column[0]] for name, column in columns.items()} | {"currency": ["¥"]})
    assert (bad["fault"], bad["fault_field"]) == ("ambiguous_name", "currency")
    assert "CNY, JPY" in bad["fault_message"]


def test_rows_of_a_consignment_may_name_a_country_in_two_ways() -> None:
    columns: dict[str, list[Any]] = {
        "consignment": ["a", "a"],
        "ship_from_country": ["Vietnam", "VN"],
        "ship_to_country": ["CN", None],
        "currency": ["CNY", "RMB"],
        "hs_code": ["0901.21", "0901.21"],
        "amount": ["50", "50"],
        "date": ["2026-03-01", None],
    }
    assert [row["fault"] for row in _quoted(columns)] == [None, None]


def test_a_long_text_is_not_kept() -> None:
    kept = typed_names._is_code.cache_info().currsize
    for number in range(10):
        text = f"{number}" + "X" * 100_000
        assert not TYPED_NAMES.is_code("economy", text)
        assert normal_sale({"currency": text}) == {"currency": text}
    assert typed_names._is_code.cache_info().currsize == kept


def _quoted(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return list(entrepot.quote_table(pa.table(columns)).to_pylist())
