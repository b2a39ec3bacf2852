"""Tables through the client: the results of the library, and refused tables."""

from __future__ import annotations

from typing import Any

import pytest
from client_kinds import Answer, both, faulty
from server_process import Server

import entrepot
from entrepot import client

TABLE = {"sku": ["0901.21", "6109.10", "12"], "price": ["100.00", "250.00", "9"], "order": ["A", "B", "B"]}
SAID: dict[str, Any] = {
    "mapping": {"sku": "hs_code", "price": "amount", "order": None},
    "constants": {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "date": "2026-03-01"},
}


@both
def test_a_table_has_the_results_of_the_library(kind: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table(TABLE)
    asked = kind(server.url)
    expected = entrepot.quote_table(table, **SAID)
    assert asked.batch(table, **SAID).to_pylist() == expected.to_pylist()
    assert expected["fault"].to_pylist()[2]  # what is wrong with a row stands in its row
    explained = entrepot.quote_table(table, **SAID, explain=True)
    assert asked.batch(table, **SAID, explain=True).to_pylist() == explained.to_pylist()
    # Row by row they are the same, except where rows of one consignment are one sale: these go together.
    monkeypatch.setattr("entrepot.client.batches.ROWS", 1)
    assert asked.batch(table, **SAID).to_pylist() == expected.to_pylist()
    by_order = {**SAID, "mapping": {**SAID["mapping"], "order": "consignment"}}
    assert asked.batch(table, **by_order).to_pylist() == entrepot.quote_table(table, **by_order).to_pylist()
    assert asked.batch(table.slice(0, 0), **SAID).num_rows == 0


@both
def test_an_invalid_table_is_refused(kind: Any, server: Server) -> None:
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(client.InvalidRequest) as raised:
        kind(server.url).batch(pa.table({"colour": ["red"]}))
    assert raised.value.code == "invalid_table"
    with pytest.raises(entrepot.TableError):
        kind(server.url).batch(17)


@both
def test_an_incomplete_response_is_an_error(kind: Any) -> None:
    pa = pytest.importorskip("pyarrow")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("sku", pa.string())])):
        pass
    nothing: Answer = (200, {}, sink.getvalue().to_pybytes())
    with faulty(nothing) as (url, _), pytest.raises(client.Unreachable, match="0 of 3 rows"):
        kind(url).batch(pa.table(TABLE))
