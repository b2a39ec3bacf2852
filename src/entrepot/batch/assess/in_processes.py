"""Assesses many sales one by one, in several processes: the engine of a single quote is Python, which uses one core.

The first sales are assessed here while the processes start. A block that a process does not answer is assessed here.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress

from entrepot.batch.assess.process_pool import ProcessPool, Standby
from entrepot.batch.rows.answers import Row
from entrepot.batch.rows.columns import Columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.sales import TableSale

#: Fewer sales are assessed here. A process takes about a second of processor to start.
START = 1_000
#: Sales of a block.
BLOCK = 64
_KEY = "standby"
Assess = Callable[[TableSale], Sequence[Row]]


def assess_in_processes(
    sales: Sequence[TableSale], columns: Columns, context: LawContext, assess: Assess
) -> Iterator[Sequence[Row]]:
    """The rows of each sale, in order. `assess`: does one here."""
    if context.worker is None or len(sales) < START:
        yield from map(assess, sales)
        return
    module, setup = context.worker
    standby: Standby = context.cache.setdefault(_KEY, Standby(module, lambda: setup))
    blocks = [sales[start : start + BLOCK] for start in range(0, len(sales), BLOCK)]
    plain = Columns(dict(columns.column_names), dict(columns.constants), columns.on, columns.explain, columns.language)
    with standby:
        at = 0
        while at < len(blocks) and (pool := standby.ready()) is None:
            yield from map(assess, blocks[at])
            at += 1
        if pool is None:
            return
        waiting: deque[tuple[Sequence[TableSale], Future[list[Sequence[Row]]]]] = deque()
        for block in blocks[at:]:
            waiting.append((block, pool.threads.submit(_ask, pool, plain, block)))
            if len(waiting) > pool.count + 1:
                yield from _results(*waiting.popleft(), assess)
        while waiting:
            yield from _results(*waiting.popleft(), assess)


def _ask(pool: ProcessPool, columns: Columns, block: Sequence[TableSale]) -> list[Sequence[Row]]:
    """The rows of the sales of a block that have no fault."""
    question = pickle.dumps((columns, [each for each in block if each.fault is None]))
    found: list[Sequence[Row]] = pickle.loads(pool.ask(question))  # noqa: S301  # from a process that this one started
    return found


def _results(block: Sequence[TableSale], asked: Future[list[Sequence[Row]]], assess: Assess) -> Iterator[Sequence[Row]]:
    found: Iterator[Sequence[Row]] | None = None
    with suppress(Exception):  # whatever happened in another process: it is done here
        found = iter(asked.result())
    for each in block:
        yield assess(each) if found is None or each.fault is not None else next(found)
