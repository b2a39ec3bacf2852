"""Texts and numbers in the Arrow types that other programs produce: the same answers as one by one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import entrepot
from batch.sale_rows import NOT_IN_TABLES
from entrepot.batch.formats import writers
from entrepot.batch.plans import plan_cache
from entrepot.batch.rows.columns import field_of
from entrepot.batch.rows.sales import set_path
from entrepot.batch.run.files import BatchJob, answer_file
from entrepot.batch.run.paths import parse_location
from entrepot.law.library import Library

MANY = 120  # so many are answered by the loop


def single(row: dict[str, Any]) -> dict[str, Any]:
    """The answer of one sale, as a row of a table."""
    line: dict[str, Any] = {}
    sale: dict[str, Any] = {"lines": [line]}
    for name, value in row.items():
        field = field_of(name)
        assert field is not None
        if value not in (None, "", [], ()) and not (isinstance(value, str) and not value.strip()):
            set_path(line if field.of_line else sale, field.path, value)
    quote = entrepot.quote(sale)
    best = quote.best
    reasons = sorted({each.code for each in quote.assessment.reasons} - NOT_IN_TABLES)
    return {
        "regime": best.regime if best else None,
        "landed": best.amount_landed if best else None,
        "reasons": reasons,
    }


def told(table: pa.Table, row: int) -> dict[str, Any]:
    found = table.slice(row, 1).to_pylist()[0]
    landed = None if found["landed"] is None else f"{found['landed']:.2f}"
    return {"regime": found["regime"], "landed": landed, "reasons": sorted(found["reasons"])}


def agrees(columns: dict[str, Any], rows: dict[str, Any], **more: Any) -> pa.Table:
    """A table of MANY equal rows, its answer compared with the single quote of such a row."""
    answer = entrepot.quote_table(pa.table(columns), explain=True, **more)
    assert told(answer, 0) == told(answer, MANY - 1) == single(rows)
    return answer


def base(**more: Any) -> dict[str, Any]:
    return {
        "ship_from_country": "CN",
        "ship_to_country": "TH",
        "date": "2026-08-01",
        "currency": "THB",
        "buyer_kind": "consumer",
        "hs_code": "6109.10",
        "amount": "100000",
    } | more


def columns(row: dict[str, Any], form: Any = None) -> dict[str, Any]:
    return {name: pa.array([value] * MANY, form) for name, value in row.items()}


@pytest.mark.parametrize("form", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("name", ["insurance_cost", "shipping_cost", "quantity", "items"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_a_blank_number_is_absent_in_any_text_type(form: Any, name: str, empty: str) -> None:
    row = base(**{name: empty})
    agrees(columns(row, form), row)


@pytest.mark.parametrize("empty", ["", " "])
def test_a_blank_constant_is_absent(empty: str) -> None:
    row = base()
    agrees(columns(row), row, constants={"insurance_cost": empty})


def eu(schemes: Any) -> dict[str, Any]:
    row = base(ship_to_country="DE", currency="EUR", amount="100", hs_code="6109.10")
    return row | {"seller_registrations": schemes}


def test_a_null_list_has_no_words_whatever_its_buffer_holds() -> None:
    words = pa.array([["none"]] * MANY, pa.list_(pa.string()))
    hidden = pa.ListArray.from_arrays(words.offsets, words.values, mask=pa.array([True] * MANY))
    row = eu(None)
    plain = {name: value for name, value in row.items() if value is not None}
    agrees(columns(plain) | {"seller_registrations": hidden}, plain)


@pytest.mark.parametrize("sign", ["\x1f", "\x1e", "\x1f\x1e\x1d\x1c"])
def test_a_word_with_a_control_character_stays_one_word(sign: str) -> None:
    given = columns(eu(None) | {"date": "2026-08-01"})
    given["seller_registrations"] = pa.array([[f"eu_ioss{sign}no_voec"]] * MANY, pa.list_(pa.string()))
    answer = entrepot.quote_table(pa.table(given))
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(
            {
                "ship_from": {"country": "CN"},
                "ship_to": {"country": "DE"},
                "currency": "EUR",
                "date": "2026-08-01",
                "seller": {"registrations": [f"eu_ioss{sign}no_voec"]},
                "lines": [{"hs_code": "6109.10", "amount": "100"}],
            }
        )
    assert set(answer["fault"].to_pylist()) == {error.value.code}


@pytest.mark.parametrize("ids", [["", "  "], ["DE123"], []])
def test_tax_ids_matter_only_by_their_presence(ids: list[str]) -> None:
    row = base(ship_to_country="IN", currency="INR", buyer_kind="business", hs_code="0901.21", amount="200000")
    given = columns(row) | {"buyer_tax_ids": pa.array([ids] * MANY, pa.list_(pa.string()))}
    agrees(given, row | ({"buyer_tax_ids": ids} if any(each.strip() for each in ids) else {}))


@pytest.mark.parametrize("text", ["", " , ; ", "DE123", "DE123; DE456"])
def test_tax_ids_as_text(text: str) -> None:
    row = base(ship_to_country="IN", currency="INR", buyer_kind="business", hs_code="0901.21", amount="200000")
    ids = [each for each in text.replace(",", ";").split(";") if each.strip()]
    agrees(columns(row) | {"buyer_tax_ids": pa.array([text] * MANY)}, row | ({"buyer_tax_ids": ids} if ids else {}))


def test_a_small_index_type_with_many_words_and_nulls() -> None:
    codes = [f"{number:04}" for number in range(128)]
    places = pa.array([None, *range(127)], pa.int8())
    given = {name: pa.array([value] * 128) for name, value in base().items()}
    given["hs_code"] = pa.DictionaryArray.from_arrays(places, pa.array(["6109.10", *codes[1:]]))
    given["currency"] = pa.DictionaryArray.from_arrays(places, pa.array(["THB", *codes[1:]]))
    answer = entrepot.quote_table(pa.table(given))
    assert answer["fault"].to_pylist()[0] == "missing"
    assert answer["fault"].to_pylist()[1] is None


def test_endless_new_texts_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_cache, "MAX_BUFFER_NUMBERS", 20_000)
    monkeypatch.setattr(plan_cache, "MAX_PLANS", 200)
    row = base(currency="USD", amount="100")
    house = Library()
    for turn in range(3):
        rates = [f"{30 + turn + place / 1000:.3f}" for place in range(MANY)]
        given = columns(row) | {"exchange_rate_usd": pa.array(rates)}
        answer = entrepot.quote_table(pa.table(given), mapping={"exchange_rate_usd": "exchange_rates_USD"}, packs=house)
        assert answer["fault"].null_count == MANY
        expected = entrepot.quote(
            {
                "ship_from": {"country": "CN"},
                "ship_to": {"country": "TH"},
                "date": "2026-08-01",
                "currency": "USD",
                "buyer": {"kind": "consumer"},
                "exchange_rates": {"USD": rates[7]},
                "lines": [{"hs_code": "6109.10", "amount": "100"}],
            }
        )
        assert expected.best is not None
        assert f"{answer['landed'].to_pylist()[7]:.2f}" == expected.best.amount_landed
    found = entrepot.app.law_context(house).cache["plans"]
    assert len(found._plans) <= 200 + 2 * MANY


def test_columns_outside_the_answer_keep_their_decimals_in_text(tmp_path: Path) -> None:
    weights = pa.array(["1.234", "12.999"]).cast(pa.decimal128(24, 3))
    source = pa.table({name: pa.array([value] * 2) for name, value in base().items()} | {"weight": weights})
    pq.write_table(source, tmp_path / "in.parquet")
    for kind in ("csv", "jsonl"):
        target = tmp_path / f"out.{kind}"
        job = BatchJob(
            source=parse_location(str(tmp_path / "in.parquet"), None), target=parse_location(str(target), None)
        )
        answer_file(job, entrepot.app.law_context(), lambda _rows, _share: None)
        assert "1.234" in target.read_text()
        assert "12.999" in target.read_text()


def test_lists_with_nulls_and_short_floats_lose_nothing_in_text() -> None:
    batch = pa.record_batch(
        {
            "words": pa.array([["a", None, "b"], None], pa.list_(pa.string())),
            "share": pa.array([0.1, None], pa.float32()),
            "at": pa.array([1, None], pa.timestamp("ns")),
        }
    )
    out = io.BytesIO()
    writers.CsvWriter(out, batch.schema, {}, ",").write(batch)
    assert out.getvalue().decode().splitlines()[1].startswith("a; ; b,0.1,1970-01-01 00:00:00.000000001")
    out = io.BytesIO()
    writers.JsonLinesWriter(out, {}).write(batch)
    first = out.getvalue().decode().splitlines()[0]
    assert '"share":0.1,' in first
    assert "00:00:00.000000001" in first
