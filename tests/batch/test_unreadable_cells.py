"""An unreadable cell is a fault of its row, with the code of a single quote; the other rows are answered."""

from __future__ import annotations

import json
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import entrepot
from batch.sale_rows import GOOD, single
from batch.table_files import read_csv, run
from entrepot.batch.kernel import layout
from entrepot.batch.plans.numbers import to_millionths
from entrepot.batch.rows.cells import read_cells
from entrepot.batch.rows.columns import FIELDS
from entrepot.engine import request

#: Few rows are assessed one by one, many by the compiled loop.
COUNTS = (3, 120)


def with_last(name: str, column: pa.Array) -> pa.Table:
    """Valid rows with one column replaced."""
    table = pa.Table.from_pylist([GOOD] * len(column))
    return table.set_column(table.schema.get_field_index(name), name, column)


def faults_of(name: str, column: pa.Array) -> list[str | None]:
    answer = entrepot.quote_table(with_last(name, column))
    assert answer["landed"].to_pylist()[:-1] == [Decimal("109.10")] * (len(column) - 1)
    found: list[str | None] = answer["fault"].to_pylist()
    return found


def code_of(**line: Any) -> str | None:
    """The error code of a single quote for the sale of GOOD with a changed line."""
    quote = single({
        "ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY", "date": "2026-03-01",
        "lines": [{"hs_code": "0901.21", "amount": "100"} | line],
    })  # fmt: skip
    return quote.code if isinstance(quote, entrepot.SaleError) else None


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("form", "good", "odd"),
    [
        (pa.date32(), 20_513, 99_999_999),
        (pa.date32(), 20_513, -999_999),
        (pa.date64(), 20_513 * 86_400_000, 10**17),
        (pa.timestamp("s"), 20_513 * 86_400, 253_402_300_800),  # the first second of the year 10000
        (pa.timestamp("s"), 20_513 * 86_400, -99_999_999_999_999),
        (pa.timestamp("us", "Asia/Tokyo"), 20_513 * 86_400 * 10**6, 253_402_300_800 * 10**6),
    ],
)
def test_a_date_outside_the_calendar_is_a_fault_of_its_row(count: int, form: Any, good: int, odd: int) -> None:
    raw = pa.int32() if pa.types.is_date32(form) else pa.int64()
    days = pa.array([*[good] * (count - 1), odd], raw).cast(form)
    assert faults_of("date", days) == [*[None] * (count - 1), "invalid"]
    assert faults_of("date", days.dictionary_encode()) == [*[None] * (count - 1), "invalid"]


@pytest.mark.parametrize("text", ["20260301", "2026-W10-7", "20260301T120000", "2026-03-01T", "2026-03-01 soon"])
def test_a_date_has_one_form_as_in_a_single_sale(text: str) -> None:
    assert faults_of("date", pa.array(["2026-03-01", "2026-03-01T23:30", text])) == [None, None, "invalid"]


def test_an_unknown_time_zone_is_a_fault() -> None:
    days = pa.array([0], pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp("s", "Mars/Phobos"))
    assert faults_of("date", days) == ["invalid"]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("number", ["1e99999999999999999999", "1e-99999999999999999999", "-1e99999999999999999999"])
def test_an_infinite_or_undefined_number_is_a_fault_of_its_row(count: int, number: str) -> None:
    assert faults_of("amount", pa.array([*["100"] * (count - 1), number])) == [
        *[None] * (count - 1),
        code_of(amount=number),
    ]
    assert entrepot.quote_table(with_last("date", pa.array(["2026-03-01"])), constants={"net_mass_kg": number})[
        "fault"
    ].to_pylist() == [code_of(net_mass_kg=number)]


ODD = st.text(st.sampled_from("0159.-+_eE, \t\u00a0\u3000\uff15\u0663\u17e5xN"), max_size=7)


@given(ODD | st.from_regex(r"\A *-?[0-9]{0,3}(\.[0-9]{0,9})? *\Z"))
@example(" 12.50 ")
@example("5.")
@example(".5")
@example(".")
@example("1e3")
def test_loop_one_by_one_and_single_quote_read_the_same_texts_as_numbers(text: str) -> None:
    """A cell is trimmed; the rest is a decimal for the loop, one by one and a single quote, or for none of them."""
    (one_by_one,) = read_cells(pa.array([text]), FIELDS["net_mass_kg"], "net_mass_kg")
    (number,) = to_millionths(pa.array([text])).tolist()
    if not text.strip():
        assert one_by_one is None
        assert number in (
            layout.ABSENT,
            layout.UNREADABLE,
        )  # of white space other than the space the loop leaves to one by one
        return
    assert isinstance(one_by_one, Decimal) == (re.fullmatch("-?[0-9]+([.][0-9]+)?", text.strip()) is not None)
    assert number == layout.UNREADABLE or (isinstance(one_by_one, Decimal) and number == one_by_one * layout.MICRO)
    line = {"hs_code": "0901.21", "amount": text.strip()}
    sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY", "lines": [line]}
    if isinstance(one_by_one, Decimal):
        assert request.parse_sale(sale).lines[0].amount == one_by_one
    else:
        with pytest.raises(entrepot.SaleError) as raised:
            request.parse_sale(sale)
        assert (raised.value.code, raised.value.text) == (one_by_one.code, one_by_one.text)


@pytest.mark.parametrize("text", ["12.50", "0.000001", "7", "999999999999"])
def test_the_loop_reads_plain_numbers_itself(text: str) -> None:
    assert to_millionths(pa.array([text, f" {text} "])).tolist() == [Decimal(text) * layout.MICRO] * 2


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("number", [2**62 + 1, 2**63, 2**64 - 1])
def test_an_unsigned_64_bit_integer_is_read(count: int, number: int) -> None:
    column = pa.array([*[100] * (count - 1), number], pa.uint64())
    wanted = [*[None] * (count - 1), code_of(amount=number)]
    assert faults_of("amount", column) == wanted
    assert faults_of("amount", column.dictionary_encode()) == wanted


def test_numbers_with_a_small_index_type_and_nulls() -> None:
    """128 words fill an 8-bit index: null has no index after them."""
    words = pa.array([str(number) for number in range(100, 228)])
    places = pa.array([*range(128), None], pa.int8())
    column = pa.DictionaryArray.from_arrays(places, words)
    assert to_millionths(column).tolist() == [*(number * layout.MICRO for number in range(100, 228)), layout.ABSENT]
    unsigned = pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.uint64()), words)
    assert to_millionths(unsigned).tolist() == [100 * layout.MICRO, layout.ABSENT, 101 * layout.MICRO]


@pytest.mark.parametrize("count", COUNTS)
def test_a_figure_too_large_for_its_column_is_a_fault_of_its_row(count: int) -> None:
    """A single quote has figures of any length, a table has 21 digits before the point."""
    table = with_last("currency", pa.array([*["CNY"] * (count - 1), "USD"]))
    rates = pa.array([*[None] * (count - 1), "1000000000000"])
    amounts = pa.array([*["100"] * (count - 1), "999999999999"])
    table = table.drop_columns(["amount"]).append_column("amount", amounts).append_column("exchange_rates_USD", rates)
    table = table.append_column("buyer_kind", pa.array([*["consumer"] * (count - 1), "business"]))
    answer = entrepot.quote_table(table, explain=True)
    assert answer["fault"].to_pylist() == [*[None] * (count - 1), "figure_too_large"]
    assert answer["landed"].to_pylist() == [*[Decimal("109.10")] * (count - 1), None]


def test_a_figure_too_large_for_its_column_is_a_fault_of_its_whole_consignment() -> None:
    table = with_last("amount", pa.array(["999999999999", "1", "100"]))
    table = table.drop_columns(["currency"]).append_column("currency", pa.array(["USD", "USD", "USD"]))
    table = table.append_column("consignment", pa.array(["a", "a", "b"]))
    table = table.append_column("exchange_rates_USD", pa.array(["1000000000000", "1000000000000", "7"]))
    table = table.append_column("buyer_kind", pa.array(["business"] * 3))
    assert entrepot.quote_table(table)["fault"].to_pylist() == ["figure_too_large", "figure_too_large", None]


def test_half_floats_are_their_shortest_text_in_the_loop_and_one_by_one() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves) & (halves > 0)]
    column = pa.array(halves)
    one_by_one = read_cells(column, FIELDS["net_mass_kg"], "net_mass_kg")
    for half, number, value in zip(halves, to_millionths(column).tolist(), one_by_one, strict=True):
        assert value == Decimal(str(half))
        assert number == value * layout.MICRO or number == layout.TOO_FINE
    assert to_millionths(pa.array([None, 0.1], pa.float16())).tolist() == [layout.ABSENT, 100_000]


def test_large_floats_are_their_text() -> None:
    """From 2^33 on a float is near several millionths."""
    chance = random.Random(3)
    numbers = [
        float(f"{chance.uniform(8.5e9, 10 ** chance.randint(10, 13)):.{chance.randrange(7)}f}") for _ in range(20_000)
    ]
    numbers += [8589934592.000001, 8589934591.999999, 4611686018427.5, 1e13, 9007199254740993.0]
    found = to_millionths(pa.array(numbers)).tolist()
    known = [
        (number, Decimal(repr(each))) for number, each in zip(found, numbers, strict=True) if number != layout.TOO_FINE
    ]
    assert all(number == each * layout.MICRO for number, each in known)
    fine = [each for each in numbers if Decimal(repr(each)) * 100 % 1 == 0 and each < 4e12]
    assert not {layout.TOO_FINE, layout.UNREADABLE} & set(
        to_millionths(pa.array(fine)).tolist()
    )  # amounts of money are for the loop


def lines_of(path: Path, changes: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(GOOD | change) + "\n" for change in changes))
    return path


@pytest.mark.parametrize("beside", ["0901.21", 901.21, None, ["0901.21"]])
@pytest.mark.parametrize("name", ["hs_code", "code"])
def test_a_code_that_is_a_number_is_a_fault_beside_any_other(tmp_path: Path, beside: Any, name: str) -> None:
    """0811.10.00 without its zero is not a code of heading 8111, whatever the other lines hold."""
    codes = [8111000, beside, 851713, 8517130000, "8517.13"]
    # A consumer would be asked whether China's positive list has the goods.
    rows = [{**GOOD, "buyer_kind": "business", name: code} for code in codes]
    for row in rows if name == "code" else ():
        del row["hs_code"]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    mapping = {} if name == "hs_code" else {"code": "hs_code"}
    run(tmp_path / "in.jsonl", tmp_path / "out.csv", mapping=mapping, faults=tmp_path / "faults.csv")
    found = read_csv(tmp_path / "out.csv")
    assert found[0]["fault"] == "invalid_hs_code"
    assert [row["fault"] or "" for row in found[2:]] == [""] * 3
    assert [row[name] for row in found[2:]] == ["851713", "8517130000", "8517.13"]
    assert found[0][name] == "8111000"
    assert '"08111000"' in read_csv(tmp_path / "faults.csv")[0]["message"]


@pytest.mark.parametrize("target", ["out.parquet", "out.arrow", "out.jsonl"])
def test_the_mark_of_numbers_is_in_no_output(tmp_path: Path, target: str) -> None:
    lines_of(tmp_path / "in.jsonl", [{"hs_code": 8111000}, {"hs_code": "0901.21"}, {"hs_code": "\x1a0901.21"}])
    run(tmp_path / "in.jsonl", tmp_path / target)
    if target == "out.jsonl":
        found = [json.loads(line)["hs_code"] for line in (tmp_path / target).read_text().splitlines()]
    else:
        table = (
            pa.ipc.open_file(tmp_path / target).read_all()
            if target == "out.arrow"
            else pq.read_table(tmp_path / target)
        )
        assert (
            table.schema.field("hs_code").metadata is None or b"entrepot" not in table.schema.field("hs_code").metadata
        )
        found = table["hs_code"].to_pylist()
    assert found == ["8111000", "0901.21", "\x1a0901.21"]


def test_a_list_beside_a_text_reads_the_same(tmp_path: Path) -> None:
    sale = {"ship_from_country": "CN", "ship_to_country": "DE", "currency": "EUR", "hs_code": "6109.10"}
    quote = [["none"], "none", ["none", None], ["eu_ioss"], "eu_ioss", [], None, "", ["eu_x"]]
    lines_of(tmp_path / "in.jsonl", [{**sale, "seller_registrations": each, "own": each} for each in quote])
    run(tmp_path / "in.jsonl", tmp_path / "out.csv")
    found = read_csv(tmp_path / "out.csv")
    assert [row["regime"] or "" for row in found] == [*["low_value"] * 3, *["ioss"] * 5, ""]
    assert found[-1]["fault"] == "unknown_scheme"
    assert found[0]["own"] == '["none"]'


def test_a_json_number_out_of_range_is_a_fault_of_its_row(tmp_path: Path) -> None:
    lines = lines_of(tmp_path / "in.jsonl", [{}, {"amount": "X"}]).read_text()
    (tmp_path / "in.jsonl").write_text(lines.replace('"X"', "1e99999999999999999999"))
    run(tmp_path / "in.jsonl", tmp_path / "out.csv")
    assert [row["fault"] or "" for row in read_csv(tmp_path / "out.csv")] == ["", "invalid_amount"]
