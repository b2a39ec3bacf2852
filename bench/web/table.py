"""A table of millions of rows over HTTP, as Arrow streams that are sent and read at the same time."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pyarrow as pa
from server_processes import Server

TYPE = "application/vnd.apache.arrow.stream"
ROWS = 131_072  # of a batch that is sent


class Streamed(NamedTuple):
    """Rows a second, from the first byte that was sent to the last that came; seconds until the first came."""

    rows_a_second: float
    seconds: float
    first: float
    processor_ns_a_row: float


def drawn(rows: int) -> pa.Table:
    """Sales into China, as the tables' own bench draws them."""
    import draw
    import engines

    laws = engines.Laws("CN")
    return draw.table(laws.load, laws.law, laws.world, rows)


def streamed(server: Server, table: pa.Table, key: str, *, keep: bool = False) -> tuple[Streamed, pa.Table | None]:
    """Sends a table and reads its answer. The answer is kept only where somebody wants to look at it."""
    parts = urlsplit(server.url)
    body = list(_pieces(table))  # made before the clock runs: how quickly a client writes Arrow is not the question
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
    before, start = server.processor_seconds(), time.perf_counter()
    connection.putrequest("POST", "/v1/quotes/batch")
    for name, value in (("Authorization", key), ("Content-Type", TYPE), ("Content-Length", str(sum(map(len, body))))):
        connection.putheader(name, value)
    connection.endheaders()
    sender = Thread(target=_send, args=(connection, body), daemon=True)
    sender.start()
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"A table was refused: {answer.read()[:500].decode()}")
    first, many, kept = 0.0, 0, []
    with pa.ipc.open_stream(pa.PythonFile(answer, "r")) as stream:
        for batch in stream:
            first = first or time.perf_counter() - start
            many += batch.num_rows
            if keep:
                kept.append(batch)
    answer.read()
    seconds = time.perf_counter() - start
    sender.join()
    connection.close()
    if many != table.num_rows:
        raise SystemExit(f"{many} of {table.num_rows} rows came back.")
    used = (server.processor_seconds() - before) * 1e9 / many
    return Streamed(many / seconds, seconds, first, used), pa.Table.from_batches(kept) if keep else None


def _pieces(table: pa.Table) -> Iterator[Any]:
    """The stream of a table, batch by batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table, max_chunksize=ROWS)
    whole = memoryview(sink.getvalue())
    for start in range(0, len(whole), 1 << 20):
        yield whole[start : start + (1 << 20)]


def _send(connection: http.client.HTTPConnection, body: list[Any]) -> None:
    for piece in body:
        connection.send(piece)
