"""Spark workers quote with the law of the driver and give exactly the answers of one process."""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import entrepot
import pack_layers
from batch.cluster import PANDAS, cluster, completed_tasks, missing_requirement
from entrepot.app import law_context
from entrepot.batch.assess.batches import assess_batches
from entrepot.batch.rows.columns import resolve_columns
from entrepot.batch.run import shipped_law
from entrepot.batch.run.shipped_law import LawKey
from entrepot.batch.run.spark import whole_consignments
from entrepot.classification import kept_corrections
from entrepot.goods.corrections import correction, keep_correction
from entrepot.law.library import Library

#: Spark starts a machine of its own for these.
pytestmark = pytest.mark.long

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS = 3600
PLACES = {"CN": "CNY", "JP": "JPY", "AU": "AUD", "VN": "VND", "ZZ": "ZZD", "DE": "EUR", "AF": "USD", "??": "USD"}
CODES = ("0901.21", "6109.10", "6911.10", "8517.13", "0901.11.00", "junk", "09012", None)
DAYS = (dt.date(2024, 6, 1), dt.date(2025, 8, 15), dt.date(2026, 3, 1), dt.date(2026, 11, 24), None)


def random_rows(rows: int, seed: int) -> pa.Table:
    """Rows with every column type of Spark: random economies, days and faults, a third of them in consignments."""
    chance = random.Random(seed)
    drawn: list[dict[str, Any]] = []
    while len(drawn) < rows:
        place = chance.choice(list(PLACES) if chance.random() < 0.2 else list(PLACES)[:6])
        size = chance.choice((1, 1, 1, 1, 2, 3, 5))
        sale: dict[str, Any] = {
            "ship_from_country": chance.choice(("KH", "TH", "FR", "US", "BR")),
            "ship_to_country": place,
            "date": chance.choice(DAYS),
            "currency": chance.choice((PLACES[place], PLACES[place], "USD", "XYZ" if chance.random() < 0.1 else "EUR")),
            "buyer_kind": chance.choice(("consumer", "business", None)),
            "seller_registrations": chance.choice((None, [], ["eu_ioss"], ["gb_vat", "sg_ovr"])),
            "consignment": f"c{len(drawn)}" if size > 1 else chance.choice((None, "", f"one{len(drawn)}")),
        }
        for number in range(size):
            row: dict[str, Any] = {**sale, "hs_code": chance.choice(CODES if chance.random() < 0.1 else CODES[:4])}
            if row["consignment"]:  # the same name, written with and without blanks; and what one row says is enough
                row["consignment"] = chance.choice(("", " ", "\u00a0")) + row["consignment"] + chance.choice(("", "\n"))
                row.update(dict.fromkeys(("date", "ship_to_country", "currency")) if number else {})
            row["amount"] = Decimal(chance.randrange(1, 40_000)) + Decimal(chance.choice(("0", "0", "0", "0.25")))
            row["shipping_cost"] = None if number else chance.choice((None, 12.0, 3.0, 0.1))
            row["quantity"] = chance.choice((1, 2, 12, None))
            row["at"] = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=len(drawn))
            drawn.append(row)
    chance.shuffle(drawn)
    forms = {"amount": pa.decimal128(12, 2), "seller_registrations": pa.list_(pa.string()), "date": pa.date32()}
    forms |= {"shipping_cost": pa.float64(), "quantity": pa.int32(), "at": pa.timestamp("us", "UTC")}
    columns = {name: pa.array([row[name] for row in drawn], forms.get(name, pa.string())) for name in drawn[0]}
    return pa.table({"row": pa.array(range(len(drawn)), pa.int64()), **columns})


def as_spark_types(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table of one process with the types of Spark, which has no dictionaries."""
    return table.select(schema.names).cast(schema).sort_by("row").combine_chunks()


# Without Spark: what is shipped, and how rows are cut.


def law_bytes(table: pa.Table, **more: Any) -> bytes:
    rows = table.select(["ship_to_country", "date", "currency"]).to_pylist()
    return shipped_law.ship_law(law_context(), {LawKey(*row.values()) for row in rows}, **more)


def test_a_context_of_shipped_law_gives_the_same_answers_without_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    table = random_rows(600, seed=1)
    wanted = entrepot.quote_table(table, explain=True)
    content = law_bytes(table)

    def fail(*_args: Any, **_more: Any) -> None:
        raise AssertionError("packs, kept law or rates were read")

    reads = ("law.cache.read_file", "law.cache.find_law", "law.read.read_pack", "connect.rates.ecb.reference_rates")
    for where in reads:
        monkeypatch.setattr(f"entrepot.{where}", fail)
    house = shipped_law.load_context("alike", lambda: content)
    found = assess_batches(table.to_batches(), house, resolve_columns(table.schema, explain=True))
    assert pa.Table.from_batches(list(found)).to_pylist() == wanted.to_pylist()


def test_shipped_law_has_the_exchange_rates_of_rates_that_rows_give() -> None:
    """A rate that a row gives may be in any currency: those of the reference rates are shipped with the law."""
    rates = ["10 % + 2 USD/kg", "10 % + 2 GBP/kg", "10 % + 2 DKK/kg"]
    places = ["ZZ", "CN", "JP"]
    same = {"ship_from_country": "US", "buyer_kind": "business", "currency": "EUR", "hs_code": "0901.21"}
    same |= {"amount": "100.00", "net_mass_kg": "3"}
    table = pa.table(
        {name: [value] * 3 for name, value in same.items()}
        | {"ship_to_country": places, "rates_duty": rates, "date": [dt.date(2026, 3, 1)] * 3}
    )
    wanted = entrepot.quote_table(table).to_pylist()
    assert [row["regime"] for row in wanted] == ["ordinary"] * 3
    for named in (law_context().world.decimals, ()):
        content = law_bytes(table, named=named)
        house = shipped_law.load_context(shipped_law.content_key(content), partial(bytes, content))
        found = assess_batches(table.to_batches(), house, resolve_columns(table.schema))
        assert (pa.Table.from_batches(list(found)).to_pylist() == wanted) is bool(named)


def described_rows(rows: int) -> pa.Table:
    """Rows with a description and mostly no code, one of which the user of the driver has corrected."""
    words = ("roasted coffee beans", "my odd thing", "cotton shirt", "😀", "", "wooden chair", "giày da nữ")
    given = {
        "row": pa.array(range(rows), pa.int64()),
        "ship_from_country": ["VN"] * rows,
        "ship_to_country": ["CN" if at % 3 else "JP" for at in range(rows)],
        "currency": ["USD"] * rows,
        "date": [dt.date(2026, 3, 1)] * rows,
        "amount": ["100.00"] * rows,
        "description": [words[at % len(words)] for at in range(rows)],
        "hs_code": [None if at % 5 else "0901.21" for at in range(rows)],
    }
    return pa.table(given)


@pytest.fixture
def corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The user of the driver has corrected a description."""
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "driver"))
    keep_correction(tmp_path / "driver", correction("my odd thing", "0901.21", law_context().world.headings))
    return dict(kept_corrections())


def test_a_context_of_shipped_law_classifies_descriptions(corrected: dict[str, str]) -> None:
    table = described_rows(60)
    wanted = entrepot.quote_table(table, explain=True).to_pylist()
    house = shipped_law.load_context("described", lambda: law_bytes(table, corrections=corrected))
    found = assess_batches(table.to_batches(), house, resolve_columns(table.schema, explain=True))
    assert pa.Table.from_batches(list(found)).to_pylist() == wanted
    assert {"unusable_description", None} <= {row["fault"] for row in wanted}
    assert any("hs_code.chosen" in (row["reasons"] or ()) for row in wanted)


def test_shipped_law_is_decoded_once_and_few_contexts_are_cached() -> None:
    content, loads = law_bytes(random_rows(50, seed=2)), list[str]()

    def load(name: str) -> Any:
        def noted() -> bytes:
            loads.append(name)
            return content

        return shipped_law.load_context(name, noted)

    assert load("a") is load("a")
    load("b"), load("c"), load("a")
    assert loads == ["a", "b", "c", "a"]
    assert len(shipped_law._CONTEXTS) == shipped_law.MAX_CONTEXTS


def test_law_that_was_not_shipped_is_an_error() -> None:
    house = shipped_law.load_context("few", lambda: shipped_law.ship_law(law_context(), [LawKey("CN", DAYS[2], "CNY")]))
    with pytest.raises(entrepot.TableError, match="law of JP on 2026-03-01 was not shipped"):
        house.law("JP", dt.date(2026, 3, 1))
    with pytest.raises(entrepot.TableError, match="rates against CNY on 2019-03-01"):
        house.reference(frozenset({"USD"}), "CNY", dt.date(2019, 3, 1))


def test_law_of_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = law_bytes(random_rows(20, seed=3))
    monkeypatch.setattr("entrepot.law.cache.CODE_HASH", "000000000000")
    with pytest.raises(entrepot.TableError, match="install the same release on all machines"):
        shipped_law.load_context("other", lambda: content)


def test_processes_take_the_compile_lock_in_turn(tmp_path: Path) -> None:
    """Each process notes when it takes and when it releases the lock; no other note is between the two."""
    notes = tmp_path / "notes"
    code = (
        "import sys, time; from entrepot.batch.assess.compile_lock import compile_lock\n"
        "for _ in range(2):\n"
        "    with compile_lock(), open(sys.argv[1], 'a', buffering=1) as notes:\n"
        "        if _ == 0: notes.write('('); notes.flush(); time.sleep(0.2); notes.write(')')\n"
    )
    environment = {**os.environ, "ENTREPOT_CACHE": str(tmp_path / "cache")}
    running = [subprocess.Popen([sys.executable, "-c", code, str(notes)], env=environment) for _ in range(3)]
    assert [each.wait(600) for each in running] == [0, 0, 0]
    assert notes.read_text() == "()()()"


@pytest.mark.parametrize("seed", range(8))
def test_pieces_hold_whole_consignments_for_any_batch_sizes(seed: int) -> None:
    chance = random.Random(seed)
    sizes = [chance.choice((1, 1, 2, 3, 9)) for _ in range(60)]
    rows = sorted(f"c{number:02}" for number, size in enumerate(sizes) for _ in range(size))
    cells = [None] * 5 + [chance.choice(("", " ")) + name for name in rows]
    batches, start = list[Any](), 0
    while start < len(cells):
        end = start + chance.choice((0, 1, 2, 5, 20))
        batches.append(pa.record_batch({"consignment": pa.array(cells[start:end], pa.string())}))
        start = end
    schema = pa.schema([(name, pa.string()) for name in ("consignment", "ship_from_country", "ship_to_country")])
    columns = resolve_columns(schema, constants={"currency": "USD", "amount": "1", "hs_code": "0901.21"})
    pieces = [pa.Table.from_batches(piece)["consignment"].to_pylist() for piece in whole_consignments(batches, columns)]
    assert [cell for piece in pieces for cell in piece] == cells
    where = [(cell.strip(), number) for number, piece in enumerate(pieces) for cell in piece if cell]
    assert len(set(where)) == len({name for name, _ in where}) == 60
    assert max(map(len, pieces)) <= 20 + 2 * 9


# With Spark: a cluster of two workers, each a process of its own.


def quote_sorted(frame: DataFrame, **how: Any) -> pa.Table:
    return entrepot.quote_frame(frame, **how).toArrow().sort_by("row").combine_chunks()


@pytest.mark.filterwarnings(PANDAS)
@pytest.mark.usefixtures("corrected")
def test_two_workers_give_exactly_the_answers_of_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := missing_requirement():
        pytest.skip(why)
    table = random_rows(ROWS, seed=4)
    wanted = entrepot.quote_table(table, explain=True)
    faults = set(wanted["fault"].to_pylist())
    assert {"invalid_hs_code", "unknown_economy", "no_law", None} <= faults
    assert sum(landed is not None for landed in wanted["landed"].to_pylist()) > ROWS / 3
    with cluster(tmp_path, monkeypatch) as session:
        frame = session.createDataFrame(table).repartition(4)
        before = completed_tasks(session)
        found = quote_sorted(frame, explain=True)
        tasks = {name: tasks - before.get(name, 0) for name, tasks in completed_tasks(session).items()}
        assert len(tasks) == 2
        assert min(tasks.values()) > 0, tasks
        assert found.equals(as_spark_types(wanted, found.schema))
        check_types(found)
        check_plain_rows(session, tmp_path)
        check_overlay(session, tmp_path)
        check_descriptions(session)
        check_refusals(session, frame)


def check_types(found: pa.Table) -> None:
    money = pa.decimal128(24, 3)
    assert {found.schema.field(name).type for name in ("duties", "taxes", "fees", "charges", "landed")} == {money}
    assert found.schema.field("at_least").type == pa.bool_()
    assert pa.types.is_list(found.schema.field("rows").type)


def check_plain_rows(session: SparkSession, folder: Path) -> None:
    """Without consignments rows are not repartitioned. Mapping and constants apply. Parquet in and out."""
    table = random_rows(400, seed=6).drop_columns(["consignment", "ship_to_country", "date"])
    table = table.rename_columns({"hs_code": "sku"})
    how: dict[str, Any] = {"mapping": {"sku": "hs_code"}, "constants": {"ship_to_country": "JP"}}
    how["on"] = dt.date(2026, 3, 1)
    pq.write_table(table, folder / "orders.parquet", row_group_size=150)
    frame = session.read.parquet(str(folder / "orders.parquet"))
    entrepot.quote_frame(frame, **how).write.parquet(str(folder / "answers"))
    found = pq.read_table(folder / "answers").sort_by("row").combine_chunks()
    assert found.equals(as_spark_types(entrepot.quote_table(table, **how), found.schema))
    how["constants"]["currency"] = "EUR"  # now nothing is left to look for beforehand
    table = table.drop_columns(["currency"]).slice(0, 40)
    found = quote_sorted(session.createDataFrame(table), **how)
    assert found.equals(as_spark_types(entrepot.quote_table(table, **how), found.schema))
    nothing = quote_sorted(session.createDataFrame(table).where("row < 0"), **how)
    assert (nothing.num_rows, nothing.schema.names) == (0, found.schema.names)


def check_overlay(session: SparkSession, folder: Path) -> None:
    """The law is the driver's, with its overlays; the packs of the workers are invalid."""
    rates = "goods,treatment,rate\n0901,mfn,33 %"
    head = 'kind = "overlay"'
    packs = Library(overlays=[pack_layers.layer(folder / "what-if", head, tariff=rates)], data=folder / "none")
    table = random_rows(400, seed=7).drop_columns(["consignment"])
    table = table.filter(pc.equal(table["ship_to_country"], "ZZ"))
    found = quote_sorted(session.createDataFrame(table), explain=True, packs=packs)
    assert found.equals(as_spark_types(entrepot.quote_table(table, explain=True, packs=packs), found.schema))
    assert not found.equals(as_spark_types(entrepot.quote_table(table, explain=True), found.schema))


def check_descriptions(session: SparkSession) -> None:
    """Rows without a code are classified on the workers, with what the user of the driver corrected."""
    table = described_rows(60)
    found = quote_sorted(session.createDataFrame(table), explain=True)
    assert found.equals(as_spark_types(entrepot.quote_table(table, explain=True), found.schema))


def check_refusals(session: SparkSession, frame: DataFrame) -> None:
    """An invalid frame is refused before any work."""
    with pytest.raises(entrepot.TableError, match="a name of the answer"):
        entrepot.quote_frame(frame.withColumnRenamed("at", "Landed"))
    with pytest.raises(entrepot.TableError, match="dot"):
        entrepot.quote_frame(frame.withColumnRenamed("at", "a.t"))
    with pytest.raises(entrepot.TableError, match='Did you mean "amount"'):
        entrepot.quote_frame(frame.withColumnRenamed("amount", "amuont"))
    with pytest.raises(entrepot.TableError, match="foreachBatch"):
        entrepot.quote_frame(session.readStream.format("rate").load())
    with pytest.raises(entrepot.TableError, match="not a Spark DataFrame"):
        entrepot.quote_frame(pa.table({}))
