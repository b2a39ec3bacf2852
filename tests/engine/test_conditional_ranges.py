"""Ranges beside a preference that needs a proof of origin, which the sale leaves open."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from msgspec import UNSET

import entrepot
from entrepot.language.notebook import headline
from entrepot.language.remarks import if_confirmed
from entrepot.language.translate import money
from entrepot.law.library import Library
from entrepot.model.quote import Charge, Option
from pack_edits import replace_in_file
from slow import compare

PACKS = Path(__file__).resolve().parents[2] / "packs"
OTHERS = {path.name for path in PACKS.iterdir() if path.is_dir()} - {"world", "zz"}
#: Green coffee of Cambodia: free with a proof of origin; otherwise 8 %, in these tests 8 % or more.
COFFEE = ("09011100,mfn,,2010-01-01,,,,8 %,tariff-act,official", "09011100,mfn,,2010-01-01,,,,from 8 %,{},published")
#: Whole cashew nuts: free, in these tests. Broken ones: free with a proof of origin, otherwise unknown.
WHOLE = ("0801320010,mfn,,2010-01-01,,,,5 %,tariff-act,official", "0801320010,mfn,,2010-01-01,,,,free,{},published")
BROKEN = (
    "0801320090,mfn,,2010-01-01,,,,7 %,tariff-act,official",
    "0801320090,ldc,,2015-01-01,,,,free,ldc-order,official\n0801320090,mfn,,2010-01-01,,,,unknown,{},published",
)


@pytest.fixture
def packs(tmp_path: Path) -> Library:
    """The packs of the world and of Exampleland, with other duties on green coffee and on cashew nuts."""
    folder = Path(shutil.copytree(PACKS, tmp_path / "packs", ignore=lambda _, names: [n for n in names if n in OTHERS]))
    for old, new in (COFFEE, WHOLE, BROKEN):
        replace_in_file(folder / "zz" / "tariff.csv", old, new.format("tariff-act-reprint"))
    return Library(folder)


def coffee(*others: str, **more: Any) -> dict[str, Any]:
    """Coffee of Cambodia for ZZD 1,000, and other goods for ZZD 500 each, to a business."""
    place = {"country_of_origin": "KH"}
    lines = [{"hs_code": "0901.11", "amount": "1000", **place, **more}]
    lines += [{"hs_code": code, "amount": "500", **place} for code in others]
    return {
        "ship_from": {"country": "KH"},
        "ship_to": {"country": "ZZ"},
        "date": "2026-06-01",
        "currency": "ZZD",
        "transport": "sea",
        "insurance_cost": "0",
        "buyer": {"kind": "business"},
        "lines": lines,
    }


def known(*others: str, **more: Any) -> Option:
    """The best option of the same sale by the law as it is, with everything given."""
    found = entrepot.quote(coffee(*others, **more)).best
    assert found is not None
    return found


def amounts(charges: Sequence[Charge]) -> dict[str, str | None]:
    return {each.id: each.amount for each in charges}


@pytest.mark.parametrize("others", [(), ("6911.10",)])
def test_an_open_duty_without_a_highest_end_is_a_lowest_amount_and_not_a_condition(
    packs: Library, others: tuple[str, ...]
) -> None:
    """Free with a proof of origin, otherwise 8 % or more: without a proof the goods are imported at 8 % or more."""
    at_8 = known(*others, rates={"duty": "8 %"})
    quote = entrepot.quote(coffee(*others), packs=packs)
    found = quote.best
    assert found is not None
    assert (found.status, found.at_least) == ("open", True)
    assert (found.amount_landed, found.amount_landed_low, found.amount_landed_high) == (None, at_8.amount_landed, UNSET)
    assert found.amount_subtotals is not None
    assert at_8.amount_subtotals is not None
    for name in ("duties", "taxes"):
        assert getattr(found.amount_subtotals, f"{name}_low") == getattr(at_8.amount_subtotals, name)
        assert getattr(found.amount_subtotals, f"{name}_high") is UNSET
    low = amounts(at_8.charges)
    for each in found.charges:
        if each.amount is None:
            assert (each.amount_low, each.amount_high) == (low[each.id], UNSET)
    assert {"duty", "vat"} <= {each.kind for each in found.charges if each.amount is None}
    lowest, highest = found.candidates or ()
    assert (lowest.amount_landed, highest.amount_landed, highest.amount_landed_high) == (
        at_8.amount_landed,
        None,
        UNSET,
    )
    # The preference, and what duty it leaves, stand beside the treatment that is used.
    assert found.lines[0].treatment is not None
    assert (found.lines[0].treatment.id, found.lines[0].treatment.status) == ("mfn", "open")
    assert ("ldc", "conditional", "0.00") in {(each.id, each.status, each.duty) for each in found.lines[0].treatments}
    assert headline(quote).startswith(f"ZZD ≥ {at_8.amount_landed} landed")


def test_with_the_proof_or_without_one_the_range_is_a_figure_or_a_lowest_amount(packs: Library) -> None:
    proved = entrepot.quote(coffee(proof_of_origin="ldc"), packs=packs).best
    unproved = entrepot.quote(coffee(proof_of_origin="none"), packs=packs).best
    assert proved is not None
    assert unproved is not None
    assert (proved.amount_landed, proved.at_least) == (known(proof_of_origin="ldc").amount_landed, False)
    low = known(rates={"duty": "8 %"}).amount_landed
    assert (unproved.amount_landed_low, unproved.amount_landed_high, unproved.at_least) == (low, UNSET, True)


def test_another_line_keeps_its_figures_beside_such_a_range(packs: Library) -> None:
    found = entrepot.quote(coffee("6911.10"), packs=packs).best
    assert found is not None
    at_least, other = (found.line_charges(line) for line in found.lines)
    expected = known("6911.10", rates={"duty": "8 %"})
    assert amounts(other) == amounts(expected.line_charges(expected.lines[1]))
    assert {each.amount for each in at_least if each.kind == "duty"} == {None}


def test_the_proof_of_origin_that_a_total_needs_is_said_beside_it(packs: Library) -> None:
    """Broken cashew nuts are free with a proof of origin; without one their duty is not known at all."""
    quote = entrepot.quote(coffee(hs_code="0801320090"), packs=packs)
    found = quote.best_conditional
    assert found is not None
    assert found.lines[0].treatment is not None
    assert (found.lines[0].treatment.id, found.lines[0].treatment.status) == ("ldc", "conditional")
    conditions = found.lines[0].treatment.conditions
    assert [each.id for each in conditions if each.state == "asked"] == ["proof_of_origin"]
    law = packs.law("ZZ", date(2026, 6, 1))
    proof = "A proof of origin of the treatment accompanies the goods."
    assert if_confirmed(found, quote.currency, law) == f"{money(str(found.amount_landed), 'ZZD')} if: {proof}"
    assert headline(quote).endswith(f"by {found.title} (conditional)")


@pytest.mark.parametrize("incoterm", [None, "CIF", "DDP"])
@pytest.mark.parametrize("others", [(), ("6911.10",), ("4202.22",)])
def test_the_slow_oracle_has_the_same_range(
    packs: Library, monkeypatch: pytest.MonkeyPatch, incoterm: str | None, others: tuple[str, ...]
) -> None:
    sale = coffee(*others) | ({"incoterm": incoterm} if incoterm else {})
    monkeypatch.setattr(compare, "PACKS", packs.folder)
    monkeypatch.setattr(compare, "engine", lambda asked: entrepot.quote(asked, packs=packs).to_dict("*"))
    assert not compare.compare(sale)


def test_what_some_codes_leave_open_is_named_and_not_that_everything_is_closed(packs: Library) -> None:
    """Cashew nuts cost the same whole and broken; only for broken ones a proof of origin is needed."""
    sale = coffee(hs_code="0801.32")
    quote = entrepot.quote(sale, packs=packs)
    assert [each.status for each in quote.options if each.id == "ordinary"] == ["conditional"]
    assert quote.best is None
    codes = [each.code for each in quote.assessment.reasons]
    assert codes[0] == "hs_code.ambiguous"
    assert "way.conditional" in codes
    assert "way.closed" not in codes
    columns = {"ship_from_country": "KH", "ship_to_country": "ZZ", "date": "2026-06-01", "currency": "ZZD"}
    columns |= {"buyer_kind": "business", "amount": "1000", "hs_code": "0801.32", "transport": "sea"}
    table = pa.table({name: [value] for name, value in columns.items()})
    (row,) = entrepot.quote_table(table, packs=packs).to_pylist()
    assert (row["status"], row["fault"]) == ("conditional", "hs_code.ambiguous")
    whole, broken = (entrepot.quote(coffee(hs_code=f"08013200{end}"), packs=packs) for end in (10, 90))
    assert whole.best is not None
    assert broken.best_conditional is not None
    assert whole.best.amount_landed == broken.best_conditional.amount_landed


def test_that_everything_is_closed_is_still_said_where_nothing_is_open_on_a_condition() -> None:
    """China takes fresh durian (0810.60) of Viet Nam, but no fresh fruit as personal articles."""
    sale = coffee(hs_code="0810.60") | {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}}
    sale |= {"currency": "CNY", "buyer": {"kind": "consumer"}, "channel": "personal"}
    sale["lines"][0]["country_of_origin"] = "VN"
    quote = entrepot.quote(sale)
    assert {each.status for each in quote.options} == {"closed"}
    assert [each.code for each in quote.assessment.reasons] == ["way.closed"]
