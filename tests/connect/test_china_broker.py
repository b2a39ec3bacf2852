"""The data of a general declaration for a broker: every box is filled, or says who adds it."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from entrepot.connect.customs.cn import MessageError
from entrepot.connect.customs.cn.broker import (
    Box,
    GeneralConsignment,
    GeneralDeclaration,
    GeneralLine,
    Preference,
    general_declaration,
    iso3,
)

LINE = GeneralLine(
    code="0801320000",
    name="腰果仁",
    model="去壳|未焙炒|W320|22.68千克/箱",
    quantity=Decimal(100),
    unit="120",
    first_quantity=Decimal(2268),
    first_unit="035",
    price=Decimal("158.76"),
    total=Decimal("15876.00"),
    origin="KH",
    preference=Preference(agreement="22", proof_kind="C", proof_number="RCEP-1", proof_item=1, origin="KH"),
    permits=(("519", "CKHM01012345678"),),
)
CONSIGNMENT = GeneralConsignment(
    consignee_name="北京坚果进口有限公司",
    consignor_name="Kampong Cashew Co., Ltd.",
    trading_country="KH",
    dispatch_country="KH",
    currency="USD",
    incoterm="FOB",
    packages=100,
    gross_weight=Decimal(2400),
    net_weight=Decimal(2268),
    freight=Decimal("850.00"),
    insurance=Decimal("18.40"),
    contract="KC-2026-7",
    lines=(LINE,),
)


def box(declaration: GeneralDeclaration, key: str, line: int | None = None) -> Box:
    boxes = declaration.head if line is None else declaration.lines[line]
    (found,) = (each for each in boxes if each.key == key)
    return found


def test_what_a_sale_knows_is_filled_in_the_codes_of_the_declaration() -> None:
    declaration = general_declaration(CONSIGNMENT)
    filled = {each.key: each.value for each in (*declaration.head, *declaration.lines[0]) if each.status == "filled"}
    # Three-letter countries and currencies, three-digit units: the rule of the general declaration since 2018.
    assert filled == {
        "consignee_name": "北京坚果进口有限公司",
        "consignor_name": "Kampong Cashew Co., Ltd.",
        "procedure": "0110",
        "contract": "KC-2026-7",
        "trading_country": "KHM",
        "dispatch_country": "KHM",
        "packages": "100",
        "gross_weight": "2400",
        "net_weight": "2268",
        "terms": "3",
        "freight": "3 850.00 USD",
        "insurance": "3 18.40 USD",
        "number": "1",
        "code": "0801320000",
        "name": "腰果仁",
        "model": "去壳|未焙炒|W320|22.68千克/箱",
        "quantity": "100 120",
        "first_quantity": "2268 035",
        "price": "158.76",
        "total": "15876.00",
        "currency": "USD",
        "origin": "KHM",
        "final_destination": "CHN",
        "agreement": "22",
        "proof_kind": "C",
        "proof_number": "RCEP-1",
        "proof_item": "1",
        "agreement_origin": "KHM",
        "permits": "519 CKHM01012345678",
    }


def test_every_other_box_says_who_adds_it() -> None:
    declaration = general_declaration(CONSIGNMENT)
    broker, customs = declaration.to_add("broker"), declaration.to_add("customs")
    assert {"confirmations", "declarant", "port_of_entry", "lines[0].inspection_code"} <= set(broker)
    assert customs == ("pre_entry_number", "customs_number", "declaration_date")
    assert declaration.to_add("sender") == ("consignee_customs_code", "consignee_credit_code", "consignor_code")
    assert all(each.value == "" for each in declaration.head if each.status != "filled")
    # The printed form has 56 boxes; those of one line and of the head together are more than that here.
    assert len(declaration.head) + len(declaration.lines[0]) > 56


@pytest.mark.parametrize(
    ("incoterm", "terms", "freight", "insurance"),
    [
        ("CIF", "1", "none", "none"),
        ("CIP", "1", "none", "none"),
        ("CFR", "2", "none", "filled"),
        ("FCA", "3", "filled", "filled"),
        # EXW and the D rules are brought to one of the three terms by the broker.
        ("EXW", "", "filled", "filled"),
        ("DAP", "", "filled", "filled"),
    ],
)
def test_the_terms_decide_which_charges_are_declared(incoterm: str, terms: str, freight: str, insurance: str) -> None:
    declaration = general_declaration(replace(CONSIGNMENT, incoterm=incoterm))
    assert box(declaration, "terms").value == terms
    assert (box(declaration, "freight").status, box(declaration, "insurance").status) == (freight, insurance)


def test_a_charge_that_is_not_known_is_asked_of_the_sender_and_a_preference_of_nobody() -> None:
    plain = replace(LINE, preference=None, permits=())
    declaration = general_declaration(replace(CONSIGNMENT, freight=None, lines=(plain,)))
    assert box(declaration, "freight").status == "sender"
    assert box(declaration, "agreement", 0).status == "none"
    assert box(declaration, "permits", 0).status == "sender"
    assert box(declaration, "second_quantity", 0).status == "none"


@pytest.mark.parametrize(
    ("changes", "line", "code"),
    [
        ({"trading_country": "KHM"}, {}, "code"),
        ({"net_weight": Decimal(2401)}, {}, "at_most"),
        ({"lines": ()}, {}, "too_few"),
        ({}, {"code": "08013200"}, "wrong_length"),
        ({}, {"code": "0801.32000"}, "form_digits"),
        ({}, {"origin": "XX"}, "code"),
        ({}, {"unit": "KGM"}, "code"),
        ({}, {"second_quantity": Decimal(1)}, "both_or_none"),
    ],
)
def test_a_wrong_value_is_an_error(changes: dict[str, Any], line: dict[str, Any], code: str) -> None:
    given = replace(replace(CONSIGNMENT, lines=(replace(LINE, **line),)), **changes)
    with pytest.raises(MessageError) as error:
        general_declaration(given)
    assert error.value.code == code


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30))
def test_json_and_csv_have_the_same_values(text: str) -> None:
    declaration = general_declaration(replace(CONSIGNMENT, lines=(replace(LINE, name=text), LINE)))
    whole = json.loads(declaration.to_json())
    assert whole["lines"][0][3]["value"] == text
    table = list(csv.DictReader(io.StringIO(declaration.to_csv(), newline="")))
    assert len(table) == len(whole["head"]) + len(whole["lines"][0]) + len(whole["lines"][1])
    (cell,) = (row["value"] for row in table if row["box"] == "lines[0].name")
    # No cell is a formula for a spreadsheet.
    assert cell == (f"'{text}" if text[0] in "=+-@" else text)
    assert whole["to_add"]["broker"] == [row["box"] for row in table if row["status"] == "broker"]


def test_three_letter_codes_are_unique() -> None:
    assert len(set(iso3().values())) == len(iso3()) == 249
