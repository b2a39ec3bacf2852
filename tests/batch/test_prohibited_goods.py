"""Goods that may not be imported say so first: in quotes, and in tables by the compiled loop."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from entrepot.app import law_context
from entrepot.batch.assess.compiled import assess_compiled
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.rows.columns import ANSWER_COLUMNS, resolve_columns
from entrepot.law.library import Library
from entrepot.model.quote import Quote
from slow import compare

DAY = "2026-11-26"
BANNED, ALLOWED = "goods.prohibited", ""
#: From, to, code, buyer, and whether the goods are prohibited by what the authorities say (the sources in the packs).
SALES = [
    ("VN", "SG", "854340", "consumer", BANNED),  # electronic vaporisers: Health Sciences Authority of Singapore
    ("VN", "SG", "854340", "business", BANNED),
    ("VN", "SG", "610910", "consumer", ALLOWED),
    ("IN", "DE", "300490", "consumer", BANNED),  # Medicinal Products Act, section 73: for private persons alone
    ("IN", "DE", "300490", "business", ALLOWED),
    ("IN", "FR", "300490", "consumer", ALLOWED),  # it is a law of Germany
    ("IN", "NO", "300490", "consumer", BANNED),  # regulation on the import of medicines, section 3-2
    ("IN", "NO", "300490", "business", ALLOWED),
    ("TH", "FR", "240210", "consumer", BANNED),  # General Tax Code, article 568 ter
    ("IN", "CN", "081060", "business", BANNED),  # fresh durian: India has no protocol, Thailand has one
    ("TH", "CN", "081060", "business", ALLOWED),
    ("CA", "US", "170390", "business", BANNED),  # section 338, goods of Canada alone
    ("BR", "US", "170390", "business", ALLOWED),
]


def quote(ship_from: str, to: str, code: str, buyer: str, **more: Any) -> Quote:
    sale = {
        "ship_from": {"country": ship_from},
        "ship_to": {"country": to},
        "date": DAY,
        "currency": "USD",
        "buyer": {"kind": buyer},
        "lines": [{"hs_code": code, "amount": "60"}],
    }
    return entrepot.quote(sale | more)


def table(sales: list[tuple[str, str, str, str, str]], **more: str) -> pa.Table:
    names = ("ship_from_country", "ship_to_country", "hs_code", "buyer_kind")
    columns = {name: [row[at] for row in sales] for at, name in enumerate(names)}
    same = {"date": DAY, "currency": "USD", "amount": "60", "net_mass_kg": "1", **more}
    return pa.table(columns | {name: [value] * len(sales) for name, value in same.items()})


@pytest.mark.parametrize(("ship_from", "to", "code", "buyer", "fault"), SALES)
def test_a_quote_says_first_that_goods_are_prohibited(
    ship_from: str, to: str, code: str, buyer: str, fault: str
) -> None:
    found = quote(ship_from, to, code, buyer)
    codes = [each.code for each in found.assessment.reasons]
    assert (codes[0] == BANNED) == bool(fault)
    assert BANNED not in codes[1:]
    if not fault:
        return
    assert found.best is None
    assert "way.closed" not in codes
    first = found.assessment.reasons[0]
    assert first.param == "lines[0].hs_code"
    (required,) = {each.citations for each in found.options[0].requirements if each.id == first.values["id"]}
    row = found.law.rows[required[0]]
    assert (required[0], row.since) == (first.values["row"], first.values["since"])
    assert first.values["title"] == found.law.sources[row.sources[0]].title


def test_whom_a_prohibition_is_for_is_said() -> None:
    for to, code, who in (("SG", "854340", "any buyer"), ("DE", "300490", "a consumer")):
        (first, *_) = quote("IN", to, code, "consumer").assessment.reasons
        assert first.message.startswith(f"{code} may not be imported for {who}: ")


@pytest.mark.parametrize("currency", ["USD", "CNY"])
@pytest.mark.parametrize("explain", [False, True])
def test_the_compiled_loop_says_it_in_every_column(currency: str, explain: bool) -> None:
    many = SALES * 10  # a few rows are not assessed in the loop
    mask, found, one_by_one = in_both_ways(table(many, currency=currency), explain=explain)
    told = [fault if fault == BANNED else "" for fault in one_by_one.column("fault").to_pylist()]
    assert told == [each[-1] for each in many]
    left = [sale for sale, here in zip(many, mask, strict=True) if sale[-1] == BANNED and not here]
    assert not left or explain  # with the rows of law, codes of several lines are left to one by one
    fields = zip(found.column("fault").to_pylist(), found.column("fault_field").to_pylist(), strict=True)
    assert {field for fault, field in fields if fault == BANNED} == {"hs_code"}


def in_both_ways(sales: pa.Table, packs: Library | None = None, *, explain: bool = False) -> tuple[Any, Any, Any]:
    """Which rows the compiled loop answers, its answers, and those of all rows one by one; both are the same."""
    context, columns = law_context(packs), replace(resolve_columns(sales.schema), explain=explain)
    batch = sales.combine_chunks().to_batches()[0]
    one_by_one = assess_one_by_one(batch, columns, context)[1]
    mask, found = assess_compiled(batch, columns, context)
    wanted = one_by_one.filter(pa.array(mask))
    for name in ANSWER_COLUMNS:
        assert found.column(name).to_pylist() == wanted.column(name).to_pylist(), name
    return mask, found, one_by_one


def test_a_prohibition_of_some_procedures_is_not_one_of_the_goods() -> None:
    """Fresh fruit may not come as personal articles to China (2012-03-02); a business may import mangoes."""
    found = quote("VN", "CN", "080450", "consumer", channel="personal")
    assert found.best is None
    assert BANNED not in [each.code for each in found.assessment.reasons]


def test_an_exchange_rate_is_not_asked_for_goods_that_are_prohibited() -> None:
    found = quote("VN", "SG", "854340", "consumer", currency="BTN")
    assert found.assessment.reasons[0].code == BANNED
    sales = table([("VN", "SG", "854340", "consumer", BANNED)], currency="BTN")
    assert entrepot.quote_table(sales).column("fault").to_pylist() == [BANNED]


def test_the_prohibited_line_of_a_cart_is_named() -> None:
    lines = [{"hs_code": code, "amount": "60"} for code in ("610910", "854340")]
    found = quote("VN", "SG", "", "consumer", lines=lines)
    assert [(each.code, each.param) for each in found.assessment.reasons if each.code == BANNED] == [
        (BANNED, "lines[1].hs_code")
    ]


@pytest.mark.parametrize(
    ("banned", "told"),
    [
        (["0801320010"], False),  # the other line under 0801.32 may be imported
        (["0801320010", "0801320090"], True),
        (["0801320090", "0801320010"], True),
    ],
)
def test_a_short_code_is_prohibited_where_every_line_under_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, banned: list[str], told: bool
) -> None:
    library = with_bans(tmp_path, banned)
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "ZZ"},
        "date": "2026-06-01",
        "currency": "ZZD",
        "buyer": {"kind": "business"},
        "transport": "sea",
        "lines": [{"hs_code": "0801.32", "amount": "1000"}],
    }
    found = entrepot.quote(sale, packs=library)
    codes = [each.code for each in found.assessment.reasons]
    assert (codes[0] == BANNED) == told
    assert (BANNED in codes) == told
    if told:
        assert [each.values["id"] for each in found.assessment.reasons if each.code == BANNED] == [
            f"ban{min(banned)}",
            f"ban{max(banned)}",
        ]
    columns = {"ship_from_country": "VN", "ship_to_country": "ZZ", "date": "2026-06-01", "currency": "ZZD"}
    columns |= {"buyer_kind": "business", "amount": "1000", "hs_code": "0801.32", "transport": "sea"}
    sales = pa.table({key: [each] * 110 for key, each in columns.items()})
    mask, answers, _ = in_both_ways(sales, library)
    assert mask.all()
    assert set(answers.column("fault").to_pylist()) == {None if found.best else codes[0]}
    monkeypatch.setattr(compare, "PACKS", library.folder)
    monkeypatch.setattr(compare, "engine", lambda asked: entrepot.quote(asked, packs=library).to_dict("*"))
    assert not compare.compare(sale)


@pytest.mark.parametrize(("ship_from", "to", "code", "buyer", "fault"), SALES)
def test_the_slow_oracle_has_the_same_prohibitions(ship_from: str, to: str, code: str, buyer: str, fault: str) -> None:
    lines = [{"hs_code": code, "amount": "60", "net_mass_kg": "1", "country_of_origin": ship_from}]
    sale = {"ship_from": {"country": ship_from}, "ship_to": {"country": to}, "date": DAY, "currency": "USD"}
    assert not compare.compare(sale | {"buyer": {"kind": buyer}, "lines": lines})


def with_bans(folder: Path, codes: list[str]) -> Library:
    """The packs of the world and of Exampleland, with a prohibition of each of some lines of the schedule."""
    packs = Path(__file__).resolve().parents[2] / "packs"
    others = {path.name for path in packs.iterdir() if path.is_dir()} - {"world", "zz"}
    made = Path(shutil.copytree(packs, folder / "packs", ignore=lambda _, names: [n for n in names if n in others]))
    permits = made / "zz" / "permits.csv"
    head, *rows = permits.read_text("utf-8").splitlines()
    rows += [f"ban{code},prohibition,{code},,,,,Customs,Not these.,2010-01-01,,customs-act,official" for code in codes]
    permits.write_text("\n".join([head, *sorted(rows)]) + "\n", "utf-8")
    return Library(made)
