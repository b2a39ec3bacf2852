"""Thai excise before 2017, of which the base includes 110 %, and after: a table equals the single quote."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import entrepot
from batch.overlay_cases import OVERLAY_HEAD
from entrepot.law.library import Library
from pack_layers import layer


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Perfume with duty of 52 % and excise of 30 %; drinks with excise of 20 % and THB 2 a litre."""
    overlay = layer(
        tmp_path / "excise",
        OVERLAY_HEAD,
        pack="th",
        tariff="goods,treatment,rate,since\n3303,mfn,52 %,2016-01-01\n2202,mfn,52 %,2016-01-01",
        taxes="tax,class,rate,since\nexcise,perfume,30 %,2016-01-01\nexcise,drink,20 % + 2 THB/l,2016-01-01",
        classes="goods,tax,class,since\n3303,excise,perfume,2016-01-01\n2202,excise,drink,2016-01-01",
    )
    return Library(overlays=[overlay])


def rows(date: str) -> pa.Table:
    """Perfume and a drink of THB 250 each, to a business."""
    sale = {
        "ship_from_country": "CN",
        "ship_to_country": "TH",
        "date": date,
        "buyer_kind": "business",
        "incoterm": "CIF",
        "currency": "THB",
        "country_of_origin": "CN",
        "amount": "250.00",
        "tax_class": "standard",
    }
    return pa.Table.from_pylist(
        [{**sale, "hs_code": "330300", "litres": None}, {**sale, "hs_code": "220210", "litres": "5"}]
    )


def test_a_base_that_includes_the_charge_and_a_tenth(library: Library) -> None:
    # (380 x 0.3) / (1 - 1.1 x 0.3) = 170.15, interior tax 17.02 (17.015), VAT (380 + 170.15 + 17.02) x 7 % = 39.70.
    # (380 x 0.2 + 10) / (1 - 1.1 x 0.2) = 110.256 = 110.26, interior tax 11.03, VAT 501.29 x 7 % = 35.09.
    found = entrepot.quote_table(rows("2016-03-01"), packs=library).to_pylist()
    assert [(row["duties"], row["taxes"]) for row in found] == [
        (Decimal("130.00"), Decimal("226.87")),
        (Decimal("130.00"), Decimal("156.38")),
    ]


def test_a_percentage_of_a_value_that_no_sale_states_is_unknown(library: Library) -> None:
    # Only VAT of the value and the duty is known: 380 x 7 % = 26.60.
    found = entrepot.quote_table(rows("2020-03-01"), packs=library).to_pylist()
    assert [(row["taxes"], row["outcome"]) for row in found] == [(Decimal("26.60"), "estimated")] * 2
    quote = entrepot.quote(
        {
            "ship_from": {"country": "CN"},
            "ship_to": {"country": "TH"},
            "date": "2020-03-01",
            "buyer": {"kind": "business"},
            "incoterm": "CIF",
            "currency": "THB",
            "lines": [{"hs_code": "330300", "country_of_origin": "CN", "amount": "250.00", "tax_class": "standard"}],
        },
        packs=library,
    )
    assert "base.unstated" in {each.code for each in quote.assessment.reasons}
