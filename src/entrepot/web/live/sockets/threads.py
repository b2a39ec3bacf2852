"""Calls that wait for the database or the disk, in threads: the thread of the sockets never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")
#: Threads, each with a connection to the database of its own.
THREADS = 4


class Threads:
    """Threads for blocking calls. Calls are started in order; those of one room are awaited by the room."""

    def __init__(self, count: int = THREADS) -> None:
        self._executor = ThreadPoolExecutor(count, "entrepot-sockets")

    async def run(self, function: Callable[P, T], *given: P.args, **more: P.kwargs) -> T:
        """Call a function in a thread and wait for it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: _call(function, *given, **more))

    def end(self) -> None:
        """Wait for running calls and end the threads."""
        self._executor.shutdown()


def _call(function: Callable[P, T], *given: P.args, **more: P.kwargs) -> T:
    close_old_connections()  # one that failed is not used again
    return function(*given, **more)
