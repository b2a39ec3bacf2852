"""A doubt that cannot matter is not shown, one that can is; and tables show what single quotes show."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot
from batch.sale_rows import agree, rows_of, table_of

BUSINESS: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-11-20",
    "currency": "USD",
    "buyer": {"kind": "business"},
    "lines": [{"hs_code": "8471.30", "amount": "5000"}],
}
CANADA: dict[str, Any] = {
    "ship_from": {"country": "CN"},
    "ship_to": {"country": "CA"},
    "date": "2026-11-20",
    "currency": "CAD",
    "buyer": {"kind": "consumer"},
    "lines": [{"hs_code": "6109.10", "amount": "200"}],
}
PORT: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "ZZ"},
    "date": "2026-03-01",
    "currency": "ZZD",
    "buyer": {"kind": "business"},
    "transport": "sea",
    "lines": [{"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN", "net_mass_kg": "200"}],
}


def reasons(sale: dict[str, Any]) -> dict[str, list[str]]:
    """The messages of a quote by code; the table of the same sale has the same codes."""
    (row,) = entrepot.quote_table(table_of(rows_of(sale, "a")), explain=True).to_pylist()
    agree(sale, [row])
    found: dict[str, list[str]] = {}
    for each in entrepot.quote(sale).assessment.reasons:
        found.setdefault(each.code, []).append(each.message)
    return found


def test_an_unknown_preference_is_named_only_where_a_duty_is_owed() -> None:
    """Laptops are free under the Information Technology Agreement, shoes pay 10 % or more in China."""
    assert "preference.unknown" not in reasons(BUSINESS)
    shoes = reasons({**BUSINESS, "lines": [{"hs_code": "6403.99", "amount": "5000"}]})
    (told,) = shoes["preference.unknown"]
    assert "Regional Comprehensive Economic Partnership (RCEP) may give a lower rate" in told


def test_the_unknown_preferences_of_a_line_are_one_sentence() -> None:
    thai = {**BUSINESS, "ship_to": {"country": "TH"}, "lines": [{"hs_code": "6403.99", "amount": "5000"}]}
    (told,) = reasons(thai)["preference.unknown"]
    assert told.count("; ") >= 2


@pytest.mark.parametrize(
    "more", [{"buyer": {"kind": "business"}}, {"lines": [{"hs_code": "0901.21", "amount": "200"}]}]
)
def test_a_province_is_no_doubt_where_no_charge_depends_on_it(more: dict[str, Any]) -> None:
    """A business importer pays the federal tax alone (Excise Tax Act s. 212); basic groceries are zero-rated."""
    assert not {"place.assumed", "place.missing"} & reasons({**CANADA, **more}).keys()


def test_a_province_that_does_not_exist_is_an_error_with_those_that_do() -> None:
    with pytest.raises(entrepot.SaleError) as raised:
        entrepot.quote({**CANADA, "ship_to": {"country": "CA", "state": "XX"}})
    assert (raised.value.code, raised.value.param) == ("unknown_state", "ship_to.state")
    assert raised.value.message.endswith("Known: AB, BC, MB, NB, NL, NS, NT, NU, ON, PE, QC, SK, YT.")
    assert 'Did you mean "ON"?' in str(error_of("O N"))
    (row,) = entrepot.quote_table(
        table_of(rows_of({**CANADA, "ship_to": {"country": "CA", "state": "XX"}}, "a"))
    ).to_pylist()
    assert (row["fault"], row["fault_field"], row["fault_message"]) == (
        "unknown_state",
        "ship_to_state",
        raised.value.message,
    )


def error_of(state: str) -> entrepot.SaleError:
    with pytest.raises(entrepot.SaleError) as raised:
        entrepot.quote({**CANADA, "ship_to": {"country": "CA", "state": state}})
    return raised.value


@pytest.mark.parametrize("state", ["on", "CA-ON", "ON"])
def test_a_province_may_be_written_with_its_country(state: str) -> None:
    assert entrepot.quote({**CANADA, "ship_to": {"country": "CA", "state": state}}).best is not None


def test_a_charge_of_one_province_makes_every_place_a_candidate() -> None:
    """By sea, the south adds a port fee of 2 ZZD a 100 kg: 4.00 for 200 kg (zz/pack.toml).

    Local tax is 5 % of VAT in the north, 22/78 of it in the south, and nil elsewhere (zz/taxes.csv).
    """
    best = entrepot.quote(PORT).best
    assert best is not None
    of_place = {each.value: each for each in best.candidates or ()}
    assert sorted(of_place) == ["N", "S", "other"]
    assert "place.missing" in reasons(PORT)
    for state, each in of_place.items():
        stated = entrepot.quote({**PORT, "ship_to": {"country": "ZZ", "state": state}}).best
        assert stated is not None
        assert each.amount_landed == stated.amount_landed
        fee = [charge.amount for charge in stated.charges if charge.id == "port_fee"]
        assert fee == (["4.00"] if state == "S" else [])
    assert (best.amount_landed_low, best.amount_landed_high) == (
        of_place["other"].amount_landed,
        of_place["S"].amount_landed,
    )


@pytest.mark.parametrize("registrations", [[], ["none"], None])
def test_an_empty_list_of_registrations_means_the_same_in_a_table(registrations: list[str] | None) -> None:
    import pyarrow as pa

    sale = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "DE"},
        "date": "2026-03-01",
        "currency": "EUR",
        "lines": [{"hs_code": "6109.10", "amount": "60"}],
    }
    given = sale if registrations is None else {**sale, "seller": {"registrations": registrations}}
    columns = table_of(rows_of(sale, "a")).append_column(
        "seller_registrations", pa.array([registrations], pa.list_(pa.string()))
    )
    best = entrepot.quote(given).best
    assert best is not None
    assert best.regime == ("ioss" if registrations is None else "low_value")
    agree(given, entrepot.quote_table(columns, explain=True).to_pylist())
