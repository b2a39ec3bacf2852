"""Overlays, sales that they affect, and a comparison of a file, for the tests of comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from entrepot import app
from entrepot.batch.compare.result import Comparison
from entrepot.batch.compare.run import CompareJob, compare_file
from entrepot.batch.run.paths import parse_location
from pack_layers import layer

OVERLAY_HEAD = 'kind = "overlay"\ntrust = "unchecked"\n'


def sale(code: str, origin: str, **more: str) -> dict[str, str]:
    """Goods of 1,000 to a business in Exampleland by sea: customs value 1,000 + 90 + 10 = 1,100."""
    fixed = {"ship_from_country": origin, "ship_to_country": "ZZ", "currency": "ZZD", "buyer_kind": "business"}
    costs = {"transport": "sea", "shipping_cost": "90", "insurance_cost": "10", "amount": "1000"}
    return {**fixed, **costs, "hs_code": code, "date": "2026-06-01", **more}


# From the rows of packs/zz: VAT of 5 % on coffee, else 20 %; entry fee 50, statistical fee 0.1 % = 1.10, down to 1.
# of France: provisional 10 % of 1,100 = 110.00, VAT 5 % of 1,210 = 60.50, landed 1,100 + 110 + 60.50 + 51 = 1,321.50.
#   At 4 %: 44.00, VAT 5 % of 1,144 = 57.20, landed 1,252.20. Change: duties -66.00, taxes -3.30, in all -69.30.
# of Viet Nam with its proof: agreement 5 % = 55.00, VAT 5 % of 1,155 = 57.75, landed 1,263.75.
#   At 4 % of MFN: 1,252.20 as above, without the agreement. Change: duties -11.00, taxes -0.55, in all -11.55.
# tableware: 10 % = 110.00, VAT 20 % of 1,210 = 242.00, landed 1,100 + 110 + 242 + 51 = 1,503.00; stays.
# shirts: 12 % = 132.00 (1.50 a piece is less), VAT 20 % of 1,232 = 246.40; with an unknown rate of duty no way is open.
# `691` is no code, before and after.
SALES = [
    sale("0901.21", "FR"),
    sale("0901.21", "VN", proof_of_origin="zz_fta"),
    sale("6911.10", "AU"),
    sale("6109.10", "AU", quantity="1"),
    sale("691", "AU"),
]


def single_row(table: pa.Table, **wanted: str | None) -> dict[str, Any]:
    (row,) = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    return dict(row)


def dated_rates(rates: Mapping[str, str]) -> str:
    """Rates by goods and treatment, in force on all days of the random sales."""
    return "\n".join(["goods,treatment,rate,since", *(f"{key},{rate},2020-01-01" for key, rate in rates.items())])


def create_overlays(folder: Path) -> list[Path]:
    """Other rates for Exampleland and for China, and one rate that becomes unknown."""
    rates = {"0901,mfn": "1 %", "69,mfn": "33 %", "2203,mfn": "unknown", "6109,ldc": "20 %"}
    of_zz = layer(folder / "zz-rates", OVERLAY_HEAD, tariff=dated_rates(rates))
    of_cn = layer(folder / "cn-rates", OVERLAY_HEAD, tariff=dated_rates({"6911,mfn": "50 %", "8517,mfn": "9 %"}))
    head = of_cn / "layer.toml"
    head.write_text(head.read_text().replace('pack = "zz"', 'pack = "cn"'))
    return [of_zz, of_cn]


def compare(source: Path, over: Sequence[Path], *, held: int = 1 << 26, **more: Any) -> Comparison:
    return compare_file(
        CompareJob(source=parse_location(str(source), None), **more),
        app.comparison_contexts(list(over)),
        lambda _rows, _share: None,
        held,
    )
