"""Store the updates of all rooms together: one transaction at a time, with everything that came meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from entrepot.web.live.sockets.threads import Threads

LOG = logging.getLogger("entrepot.web")
#: Stores updates in one transaction; returns the documents that are no more.
Append = Callable[[Sequence[tuple[str, bytes]]], set[str]]
#: Called when updates are stored, with how many; or with an error: then nothing is acknowledged.
Stored = Callable[[BaseException | None], None]
#: Updates of one transaction, and seconds before a failed one is tried again.
MOST, AGAIN = 2_000, (0.1, 0.5, 2.0)
#: Seconds that the first update of a transaction waits for others.
TOGETHER = 0.01


class Journal:
    """The queue of updates. One task writes while there is something to write."""

    def __init__(self, threads: Threads, append: Append) -> None:
        self._threads, self._append = threads, append
        self._waiting: list[tuple[str, bytes, Stored]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, document: str, update: bytes, stored: Stored) -> None:
        """Store an update soon; `stored` is called when it is on the disk."""
        self._waiting.append((document, update, stored))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Wait until everything that was added is stored, or has failed."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(TOGETHER)
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                gone = await self._store([(document, update) for document, update, _stored in batch])
            except Exception as error:
                LOG.exception("updates of documents cannot be stored")
                for _document, _update, stored in batch:
                    stored(error)
            else:
                for document, _update, stored in batch:
                    stored(LookupError(document) if document in gone else None)

    async def _store(self, updates: Sequence[tuple[str, bytes]]) -> set[str]:
        """Store; a database that is locked or restarts is asked again a few times."""
        for pause in AGAIN:
            try:
                return await self._threads.run(self._append, updates)
            except Exception:  # noqa: BLE001  # the last attempt raises
                LOG.warning("updates of documents could not be stored; trying again")
                await asyncio.sleep(pause)
        return await self._threads.run(self._append, updates)
