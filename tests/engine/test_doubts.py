"""A doubt that cannot matter is not shown, one that can is; and tables show what single quotes show."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

import entrepot
from batch.sale_rows import agree, rows_of, table_of
from entrepot import app
from entrepot.connect.rates import ecb
from entrepot.engine.rules import confidence
from entrepot.law.subdivisions import find_subdivision, folded
from entrepot.model.quote import Reason

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
    "lines": [{"hs_code": "6109.10", "amount": "200", "tax_class": "standard"}],
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
    known = re.findall(r"([A-Z]{2}) \(", raised.value.message.partition("Known: ")[2])
    assert known == ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
    assert 'Did you mean "ON"?' in str(error_of("ONX"))
    assert 'Did you mean "Ontario"?' in str(error_of("Ontaroi"))
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


#: The code of each province or territory, and names that people write for it.
PROVINCES = {
    "ON": ["Ontario", "ontario", "Province of Ontario", "Ont.", "安大略省", "ออนแทรีโอ", "tỉnh Ontario"],
    "QC": ["Quebec", "Québec", "QUÉBEC", "Province de Québec", "Qué.", "魁北克", "รัฐควิเบก"],
    "BC": ["British Columbia", "B.C.", "british-columbia", "Colombie-Britannique", "不列颠哥伦比亚省"],
    "PE": ["Prince Edward Island", "PEI", "P.E.I.", "Île-du-Prince-Édouard", "Đảo Prince Edward"],
    "NL": ["Newfoundland and Labrador", "Newfoundland & Labrador", "Newfoundland", "Terre-Neuve-et-Labrador"],
}


@pytest.mark.parametrize(("code", "names"), PROVINCES.items())
def test_a_province_may_be_given_by_a_name_which_is_said(code: str, names: list[str]) -> None:
    """The figures are those of its code, and a table answers as a single quote does."""
    plain = entrepot.quote({**CANADA, "ship_to": {"country": "CA", "state": code}})
    assert plain.best is not None
    sales = [{**CANADA, "ship_to": {"country": "CA", "state": name}} for name in names]
    for name, sale in zip(names, sales, strict=True):
        found = entrepot.quote(sale)
        assert found.best is not None
        assert (found.best.charges, found.assessment.outcome) == (plain.best.charges, plain.assessment.outcome)
        (said,) = (each for each in found.assessment.reasons if each.code == "place.read")
        assert (said.values, said.param) == ({"word": name, "part": code}, "ship_to.state")
    rows = [row for number, sale in enumerate(sales) for row in rows_of(sale, str(number))]
    answers = entrepot.quote_table(table_of(rows), explain=True).to_pylist()
    assert {each["landed"] for each in answers} == {Decimal(plain.best.amount_landed or 0)}
    assert all("place.read" in each["reasons"] for each in answers)


@pytest.mark.parametrize(
    ("country", "state", "code", "values"),
    [
        ("US", "California", "place.unused", {}),
        ("US", "CA", "place.unused", {}),
        ("US", "Californa", "place.similar", {"near": "California"}),
        ("US", "Ontario", "place.elsewhere", {"word": "Ontario", "other": "CA-ON", "of": "CA"}),
        ("GB", "WA", "place.unused", {}),  # of the United States or of Australia
        ("CN", "广东省", "place.unused", {}),
        ("US", "---", "place.unused", {}),
        ("AU", "ON", "place.elsewhere", {"word": "ON", "other": "CA-ON", "of": "CA"}),
        ("CH", "ON", "place.unused", {}),  # it may be a code of its own: the pack does not name the cantons
        ("CH", "Ontario", "place.elsewhere", {"word": "Ontario", "other": "CA-ON", "of": "CA"}),
    ],
)
def test_a_state_that_changes_nothing_is_said_with_what_it_is(
    country: str, state: str, code: str, values: dict[str, str]
) -> None:
    sale = {**BUSINESS, "currency": "CAD", "ship_to": {"country": country, "state": state}}
    found = entrepot.quote(sale)
    (said,) = (each for each in found.assessment.reasons if each.param == "ship_to.state")
    assert said.code == code
    assert said.values.items() >= values.items()


def test_no_spelling_of_a_subdivision_is_of_two() -> None:
    seen: dict[str, str] = {}
    for place, names in app.library().world.subdivisions.items():
        for name in names.values():
            assert find_subdivision(app.library().world, place[:2], name) == place
            assert seen.setdefault(f"{place[:2]} {folded(name)}", place) == place


@pytest.mark.parametrize("text", ["", " ", "---", ";", "!!!", "省", "state", "Province of "])
def test_a_text_without_a_name_is_no_subdivision(text: str) -> None:
    """Many rows of the table of names have no other spelling: an empty one is not among them."""
    world = app.library().world
    economies = {place[:2] for place in world.subdivisions}
    assert {find_subdivision(world, economy, text) for economy in economies} == {None}
    assert not [each for each in world.subdivision_of if not each.partition(" ")[2]]


@pytest.mark.parametrize("state", ["on", "CA-ON", "ON"])
def test_a_province_may_be_written_with_its_country(state: str) -> None:
    assert entrepot.quote({**CANADA, "ship_to": {"country": "CA", "state": state}}).best is not None


def test_a_province_is_a_candidate_where_only_one_tax_depends_on_it() -> None:
    """Where the federal tax is nil by a rate of the caller, four provinces add their sales tax (ca/pack.toml pst)."""
    line = {"hs_code": "6109.10", "amount": "200", "rates": {"gst_hst": "free"}}
    best = entrepot.quote({**CANADA, "lines": [line]}).best
    assert best is not None
    of_place = {each.value: each.amount_landed for each in best.candidates or ()}
    assert len(of_place) == 13
    for state, landed in of_place.items():
        stated = entrepot.quote({**CANADA, "ship_to": {"country": "CA", "state": state}, "lines": [line]}).best
        assert stated is not None
        assert stated.amount_landed == landed
        taxed = [charge.id for charge in stated.charges if charge.id == "pst" and charge.amount != "0.00"]
        assert bool(taxed) is (state in {"BC", "MB", "QC", "SK"})
    assert "place.missing" in {each.code for each in entrepot.quote({**CANADA, "lines": [line]}).assessment.reasons}


def test_the_rest_of_a_country_with_a_rate_of_its_own_is_assumed_and_named() -> None:
    """Local tax is 5 % of VAT in the north, 22/78 of it in the south, and nil elsewhere (zz/taxes.csv)."""
    assert "ZZ-N, ZZ-S" in reasons(PORT)["place.assumed"][0]
    assert "place.assumed" not in reasons({**PORT, "ship_to": {"country": "ZZ", "state": "S"}})


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


def test_a_conditional_answer_says_what_its_figures_assume() -> None:
    """Cashew nuts in shell were not seen on an edition of the list: its condition is asked, the rest is assumed."""
    asked = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "buyer": {"kind": "consumer"},
        "lines": [{"hs_code": "0801.31", "amount": "100.00"}],
    }
    quote = entrepot.quote(asked)
    waiting = quote.best_conditional
    assert waiting is not None
    assert {each.code for each in quote.assessment.reasons} == {"condition.asked"}
    confirmed = {**asked, "asserted": [each.id for each in waiting.conditions if each.state == "asked"]}
    assert quote.assessment.assumptions == entrepot.quote(confirmed).assessment.reasons
    assert "cost.assumed_nil" in {each.code for each in quote.assessment.assumptions}
    assert "assumptions" not in entrepot.quote(confirmed).to_dict()["assessment"]


def test_the_fee_that_is_named_is_one_of_the_sale() -> None:
    """A business in Italy bears the parcel fee of Italy, which is a range, and not the Union handling fee, another."""
    sale = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "IT"},
        "date": "2026-11-16",
        "currency": "EUR",
        "buyer": {"kind": "business"},
        "channel": "ecommerce",
        "transport": "post",
        "shipping_cost": "0",
        "insurance_cost": "0",
        "lines": [{"hs_code": "6109.10", "country_of_origin": "CN", "amount": "100", "quantity": "1"}],
    }
    quote = entrepot.quote(sale)
    assert quote.best is not None
    ranged = {each.name for each in quote.best.charges if each.amount is None}
    assert [each.values["name"] for each in quote.assessment.reasons if each.code == "rate.range_fee"] == [*ranged]


def test_the_rate_of_what_no_candidate_bears_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no rate to Taiwan's dollar came with Entrepot: whether the value is within the relief is open."""
    monkeypatch.setattr("entrepot.connect.rates.reference.shipped_rates", ecb.reference_rates)
    sale = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "TW"},
        "date": "2026-11-16",
        "currency": "USD",
        "transport": "express",
        "lines": [{"hs_code": "6109.10", "country_of_origin": "JP", "amount": "60", "quantity": "1"}],
    }
    best = entrepot.quote(sale).best
    assert best is not None
    assert best.candidates
    nil = [each for each in best.charges if each.amount == "0.00" and each.rate_details.text != "unknown"]
    assert [each.rate_details.text for each in nil] == ["free"]


@pytest.mark.parametrize("state", ["SW", "nowhere at all"])
def test_a_state_that_the_law_does_not_have_is_said_to_change_nothing(state: str) -> None:
    """The tables of Great Britain have no states. A known province of Canada, and no state, are not spoken of."""
    parcel = CANADA | {"ship_to": {"country": "GB"}, "currency": "GBP"}
    stated = parcel | {"ship_to": {"country": "GB", "state": state}}
    assert reasons(stated).keys() - reasons(parcel).keys() == {"place.unused"}
    plain, found = entrepot.quote(parcel), entrepot.quote(stated)
    assert plain.best is not None
    assert found.best is not None
    assert found.best.charges == plain.best.charges
    assert found.assessment.outcome == plain.assessment.outcome
    (said,) = (each for each in found.assessment.reasons if each.code == "place.unused")
    assert said.param == "ship_to.state"
    assert "place.unused" not in reasons({**CANADA, "ship_to": {"country": "CA", "state": "ON"}})


def test_a_state_that_changes_nothing_leaves_a_quote_complete() -> None:
    """It is said for the reader: every figure still rests on a row of law."""
    assert confidence._outcome((Reason(code="place.unused"),)) == "complete"
    assert confidence._outcome((Reason(code="place.unused"), Reason(code="buyer.assumed"))) == "estimated"
    assert confidence._outcome(()) == "complete"


def test_a_range_of_duty_from_which_an_open_preference_frees_is_no_question() -> None:
    """Calendars to Cambodia: free under ATIGA without a proof up to USD 200; value added tax of nil or 10 % is open.

    From a member, 60 USD: the tax alone differs. From China, whose preference is unknown, the duty of up to 35 % does.
    """
    sold: dict[str, Any] = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "KH"},
        "date": "2026-11-26",
        "currency": "USD",
        "buyer": {"kind": "consumer"},
        "lines": [{"hs_code": "4910.00", "amount": "60.00"}],
    }
    codes = {each.code for each in entrepot.quote(sold).assessment.reasons}
    assert "rate.range_tax" in codes
    assert "rate.range" not in codes
    sold["ship_from"] = {"country": "CN"}
    assert "rate.range" in {each.code for each in entrepot.quote(sold).assessment.reasons}


@pytest.mark.parametrize(
    ("member", "buyer", "service", "named"),
    [
        ("DE", "consumer", "consulting", True),
        ("FR", "consumer", "consulting", False),
        ("ES", "consumer", "consulting", False),
        ("DE", "business", "consulting", False),
        ("DE", "consumer", "software", False),
    ],
)
def test_a_limit_is_named_where_it_concerns_the_destination(member: str, buyer: str, service: str, named: bool) -> None:
    """Article 59a of the VAT Directive was read for France and Spain, whose rates say what it does."""
    quote = entrepot.quote(
        {
            "ship_from": {"country": "JP"},
            "ship_to": {"country": member},
            "date": "2026-03-02",
            "buyer": {"kind": buyer},
            "currency": "EUR",
            "lines": [{"service": service, "amount": "1000.00"}],
        }
    )
    assert ("law.limit" in [each.code for each in quote.assessment.reasons]) == named


@pytest.mark.parametrize(("member", "named"), [("DE", True), ("FR", False)])
def test_a_document_of_one_member_is_not_asked_for_in_another(member: str, named: bool) -> None:
    """The attestation of section 393 of the German Social Code V is needed in Germany only."""
    quote = entrepot.quote(
        {
            "ship_from": {"country": "JP"},
            "ship_to": {"country": member},
            "date": "2026-03-02",
            "currency": "EUR",
            "lines": [{"service": "telemedicine", "amount": "1000.00"}],
        }
    )
    assert quote.best is not None
    assert ("de_c5" in [each.id for each in quote.best.requirements]) == named
