"""Columns of every kind that Arrow has: those that are read say the same, and the user's own come back as they were."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import entrepot
from batch.sale_rows import GOOD, single
from batch.table_files import read_table, run
from entrepot.app import law_context
from entrepot.batch.assess.batches import ASSESSORS, assess_batches
from entrepot.batch.assess.input_columns import plain_array
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.rows import answers
from entrepot.batch.rows.columns import resolve_columns
from entrepot.batch.run import consignments
from entrepot.batch.run.files import Sizes
from entrepot.batch.run.resume import PartStore

#: Enough rows for the loop.
COUNT = 120


def landed(**change: str) -> Decimal | None:
    """What a single quote says of the sale of GOOD with some fields changed."""
    row = GOOD | change
    sale: dict[str, Any] = {
        "ship_from": {"country": row["ship_from_country"]},
        "ship_to": {"country": row["ship_to_country"]},
        "currency": row["currency"],
        "date": row["date"],
        "lines": [{"hs_code": row["hs_code"], "amount": row["amount"]}],
    }
    quote = single(sale)
    if isinstance(quote, entrepot.SaleError):
        return None
    assert quote.best is not None
    return Decimal(quote.best.amount_landed or 0)


def rows(count: int = COUNT, *, faulty: bool = True) -> pa.Table:
    """Sales, the second of them with a code that is none, so that a row is walked."""
    made: list[dict[str, str]] = [dict(GOOD) for _ in range(count)]
    if faulty:
        made[1]["hs_code"] = "09012"
    return pa.Table.from_pylist(made)


def runs(values: list[Any], form: Any) -> Any:
    """One run of each value."""
    ends = pa.array(range(1, len(values) + 1), pa.int32())
    return pa.RunEndEncodedArray.from_arrays(ends, pa.array(values, form))


def coded(words: Any, count: int = COUNT) -> Any:
    """Words in turn, by an index of few bits."""
    return pa.DictionaryArray.from_arrays(pa.array([place % len(words) for place in range(count)], pa.int8()), words)


@cache
def kinds() -> dict[str, Any]:
    """Columns that are no field of a sale, of kinds of which Arrow takes no rows, or joins no dictionaries."""
    texts = [f"a text of more than twelve letters {place}" for place in range(COUNT)]
    return {
        "string_view": pa.array(texts, pa.string_view()),
        "binary_view": pa.array([text.encode() for text in texts], pa.binary_view()),
        "list of views": pa.array([[text, None] for text in texts], pa.list_(pa.string_view())),
        "list_view": pa.array([[text] for text in texts], pa.list_view(pa.string())),
        "struct of views": pa.array([{"a": text} for text in texts], pa.struct([("a", pa.string_view())])),
        "runs": runs(texts, pa.string()),
        "words with null": coded(pa.array(["a", None])),
        "words that are structs": coded(pa.array([{"a": 1}, {"a": 2}])),
        "words that are lists": coded(pa.array([["a"], ["b", "c"]])),
        "words that are views": coded(pa.array(["a", "b"], pa.string_view())),
        "words that are decimals": coded(pa.array([Decimal("1.50"), Decimal("2.50")])),
        "words for each row": coded(pa.array(texts)),
        "days beyond": pa.array([99_999_999] * COUNT, pa.int32()).cast(pa.date32()),
    }


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("kind", list(kinds()))
def test_a_users_own_column_is_returned_unchanged(kind: str, together: bool) -> None:
    """In one chunk, in several, and where rows are gathered because they are one sale."""
    table = rows().append_column("own", kinds()[kind])
    if together:
        table = table.append_column("consignment", pa.array([f"c{place}" for place in range(COUNT)]))
    for given in (table, pa.concat_tables([table.slice(0, 50), table.slice(50)])):
        assess_batches = entrepot.quote_table(given)
        assert assess_batches.schema.field("own").type == table.schema.field("own").type
        assert assess_batches["own"].combine_chunks().equals(table["own"].combine_chunks())
        assert assess_batches["landed"].to_pylist() == [landed(hs_code=code) for code in table["hs_code"].to_pylist()]


def test_dictionaries_too_large_for_one_index_type_are_read() -> None:
    """Each chunk has a hundred words of its own, by an index of eight bits."""
    parts = [
        rows(100, faulty=False).append_column("own", coded(pa.array([f"{name}{place}" for place in range(100)]), 100))
        for name in "abc"
    ]
    table = pa.concat_tables(parts)
    for given in (table, table.append_column("consignment", pa.array(["one", *map(str, range(298)), "one"]))):
        assess_batches = entrepot.quote_table(given)
        assert assess_batches["own"].to_pylist() == table["own"].to_pylist()
        assert assess_batches.schema.field("own").type == table.schema.field("own").type
        assert assess_batches["landed"].to_pylist() == [landed()] * 300


@pytest.mark.parametrize("kind", ["string_view", "runs", "views by index", "index of few bits", "null words"])
@pytest.mark.parametrize("count", [3, COUNT])
def test_a_read_column_may_have_any_such_arrow_type(kind: str, count: int) -> None:
    def as_kind(column: Any) -> Any:
        if kind == "string_view":
            return column.cast(pa.string_view())
        if kind == "runs":
            return runs(column.to_pylist(), pa.string())
        words = column.dictionary_encode()
        if kind == "views by index":
            return pa.DictionaryArray.from_arrays(words.indices, words.dictionary.cast(pa.string_view()))
        if kind == "null words":
            return pa.DictionaryArray.from_arrays(
                words.indices, pa.concat_arrays([words.dictionary, pa.nulls(1, pa.string())])
            )
        return pa.DictionaryArray.from_arrays(words.indices.cast(pa.uint8()), words.dictionary)

    plainly = rows(count).append_column("consignment", pa.array(["a", "b", "a", *map(str, range(count - 3))]))
    table = pa.table({name: as_kind(plainly[name].combine_chunks()) for name in plainly.schema.names})
    for given in (table, table.slice(1), pa.concat_tables([table.slice(0, 1), table.slice(1)])):
        for left in ([], ["consignment"]):
            kept = given.drop_columns(left)
            wanted = entrepot.quote_table(plainly.slice(count - kept.num_rows).drop_columns(left))
            found = entrepot.quote_table(kept)
            names = answers.answer_names(explain=False)
            assert found.select(names).to_pylist() == wanted.select(names).to_pylist()
            assert found.schema.field("amount").type == kept.schema.field("amount").type


def test_lists_of_views_are_read() -> None:
    """A null leaves the usual registration assumed; an empty list and `none` say that the seller has none."""
    registered = [["eu_ioss"], None, [], ["none", None]] * 30
    sale = {"ship_from_country": "CN", "ship_to_country": "DE", "currency": "EUR", "hs_code": "6109.10"}
    table = rows(faulty=False).drop_columns(list(sale))
    for name, value in sale.items():
        table = table.append_column(name, pa.array([value] * COUNT))
    for form in (pa.large_list(pa.string_view()), pa.list_view(pa.string()), pa.list_(pa.string_view())):
        assess_batches = entrepot.quote_table(table.append_column("seller_registrations", pa.array(registered, form)))
        assert assess_batches["regime"].to_pylist() == ["ioss", "ioss", "low_value", "low_value"] * 30


def test_polars_columns_are_read_by_the_compiled_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text numbers through views are numbers: no row of them is left to the walk."""
    polars = pytest.importorskip("polars")
    entrepot.quote_table(rows(faulty=False))  # the loop is begun
    walked: list[int] = []

    def watched(batch: Any, *rest: Any) -> Any:
        walked.append(batch.num_rows)
        return assess_one_by_one(batch, *rest)

    frame = pa.table(polars.DataFrame(rows(faulty=False).to_pydict()))
    assert frame.schema.field("amount").type == pa.string_view()
    found = list(
        assess_batches(
            frame.to_batches(), law_context(), resolve_columns(frame.schema), assessors=(ASSESSORS[0], watched)
        )
    )
    assert pa.Table.from_batches(found)["landed"].to_pylist() == [landed()] * COUNT
    assert walked == []


@pytest.mark.parametrize("kind", [kind for kind in kinds() if "days" not in kind])
def test_a_table_partitioned_on_disk_keeps_the_users_own_columns(tmp_path: Path, kind: str) -> None:
    table = rows().append_column("own", kinds()[kind])
    table = table.append_column("consignment", pa.array([f"c{place % 40}" for place in range(COUNT)], pa.string_view()))
    columns, house = resolve_columns(table.schema), law_context()
    batches = table.to_batches(25)
    dealt = consignments.answer_consignments(
        batches, columns, house, PartStore(tmp_path / "work"), 10_000, held_bytes=500
    )
    found = pa.Table.from_batches(list(dealt))
    assert found["own"].to_pylist() == table["own"].to_pylist()
    names = answers.answer_names(explain=False)
    assert found.select(names).to_pylist() == entrepot.quote_table(table).select(names).to_pylist()


@pytest.mark.parametrize("each", [False, True])
def test_a_table_of_views_is_compared(tmp_path: Path, each: bool) -> None:
    head = 'format = 1\n\n[layer]\npack = "cn"\nid = "own"\nkind = "overlay"\ntrust = "unchecked"\ntitle = "Own"\n\n'
    (tmp_path / "layer.toml").write_text(head + '[source.proposal]\ntitle = "A"\nauthority = "W"\n')
    plainly = rows().append_column("consignment", pa.array([f"c{place % 40}" for place in range(COUNT)]))
    views = pa.table({name: plainly[name].cast(pa.string_view()) for name in plainly.schema.names})
    if each:
        views = views.append_column("own", kinds()["words that are structs"])
    found = entrepot.compare_table(views, [tmp_path], each=each)
    wanted = entrepot.compare_table(plainly, [tmp_path], each=each)
    assert found.select(wanted.schema.names).to_pylist() == wanted.to_pylist()
    if each:
        assert found["own"].equals(views["own"])


def test_columns_may_have_the_names_of_the_report_of_faults(tmp_path: Path) -> None:
    table = rows(5).append_column("message", pa.array(["mine"] * 5)).append_column("param", pa.array([7] * 5))
    pq.write_table(table, tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out.parquet", faults=tmp_path / "faults.parquet")
    found = read_table(tmp_path / "out.parquet")
    assert (found["message"].to_pylist(), found["param"].to_pylist()) == (["mine"] * 5, [7] * 5)
    (report,) = read_table(tmp_path / "faults.parquet").to_pylist()
    assert (report["row"], report["param"]) == (2, "hs_code")
    assert '"09012" is not a code' in report["message"]


def test_the_internal_row_number_has_no_name_that_a_user_may_give(tmp_path: Path) -> None:
    table = rows(60).append_column("consignment", pa.array([f"c{place % 20}" for place in range(60)]))
    table = table.append_column("__row__", pa.array([f"r{place}" for place in range(60)]))
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=7)
    run(tmp_path / "in.parquet", tmp_path / "out.parquet", Sizes(held_bytes=500), mapping={"__row__": "reference"})
    assert read_table(tmp_path / "out.parquet")["__row__"].to_pylist() == table["__row__"].to_pylist()
    with pytest.raises(entrepot.TableError, match="that is reserved"):
        resolve_columns(pa.schema([("\x1frow", pa.string()), *table.schema]))


def test_a_report_of_faults_names_consignments_through_views(tmp_path: Path) -> None:
    table = rows(5).append_column("consignment", pa.array(["a", "b", "c", "d", "e"], pa.string_view()))
    pq.write_table(table, tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out.parquet", faults=tmp_path / "faults.parquet")
    assert read_table(tmp_path / "faults.parquet")["consignment"].to_pylist() == ["b"]


@pytest.mark.parametrize("kind", list(kinds()))
def test_a_table_without_rows_has_its_columns(kind: str) -> None:
    table = rows().append_column("own", kinds()[kind]).slice(0, 0)
    assert entrepot.quote_table(table).schema.field("own").type == table.schema.field("own").type
    with_sales = table.append_column("consignment", pa.array([], pa.string_view()))
    assert entrepot.quote_table(with_sales).num_rows == 0


def test_a_table_of_which_no_column_is_read_keeps_its_rows() -> None:
    assess_batches = entrepot.quote_table(pa.table({"shop": ["a", "b", "c"]}), constants=GOOD)
    assert assess_batches["landed"].to_pylist() == [landed()] * 3


def test_a_slice_of_a_run_end_encoded_column_has_its_own_runs() -> None:
    column = pa.RunEndEncodedArray.from_arrays(pa.array([2, 5, 6], pa.int32()), pa.array(["a", None, "c"]))
    for start in range(6):
        assert plain_array(column.slice(start, 4)).to_pylist() == ["a", "a", None, None, None, "c"][start : start + 4]


def test_more_text_than_fits_in_one_array_loses_no_row() -> None:
    """Arrow puts more than 2 GB of text into several chunks; a table that does so with less stands for one."""

    class Tall:
        """Two chunks, as long as its text is of the usual kind."""

        def __init__(self, table: pa.Table) -> None:
            self.table, self.schema = table, table.schema

        def unify_dictionaries(self) -> Tall:
            return self

        def combine_chunks(self) -> pa.Table:
            return self.table

        def cast(self, schema: pa.Schema) -> pa.Table:
            assert schema.field("a").type == pa.large_string()
            return self.table.cast(schema)

    table = pa.concat_tables([pa.table({"a": ["x"], "n": [1]}), pa.table({"a": ["y"], "n": [2]})])
    assert answers.single_batch(Tall(table)).to_pylist() == table.to_pylist()
