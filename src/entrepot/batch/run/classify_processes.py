"""Classifies many descriptions, each different one once; in several processes as soon as there are enough of them.

The classifier is Python, of which one process uses one core. The first descriptions are classified here, also while the
processes start, so that a short table does not wait for them. Descriptions are handed out in blocks, and only a few
blocks are in memory. A block that a process does not answer, for example because it was killed, is classified here.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Any, NamedTuple

import msgspec

from entrepot.batch.assess.process_pool import ProcessPool, Standby
from entrepot.batch.run.classify_worker import FORMS, Task, classify_as
from entrepot.goods.classify import Nomenclature, correction_key
from entrepot.goods.classify.scores import load_arrays

MODULE = "entrepot.batch.run.classify_worker"
#: Descriptions that are classified here before processes are started.
START = 512
#: Different descriptions of a block, and all of them with those that were seen before, and characters.
BLOCK, MAX_BLOCK, MAX_CHARACTERS = 128, 8_192, 500_000
#: The longest description that is handed out or kept: any longer one is too long for the classifier.
MAX_LENGTH = 2_000


class _Kept:
    """The results of the descriptions that were last seen, at most twice as many as `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._new: dict[str, Any] = {}
        self._old: dict[str, Any] = {}

    def get(self, text: str) -> Any:
        """The result of a description; None if it is not kept."""
        found = self._new.get(text)
        if found is None and (found := self._old.get(text)) is not None:
            self.put(text, found)
        return found

    def put(self, text: str, result: Any) -> None:
        """Keep a result."""
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        self._new[text] = result


def _corrector(task: Task, tree: Nomenclature, corrections: Mapping[str, str]) -> Callable[[str], Any] | None:
    """Gives the result of a description that somebody corrected, and None for others."""
    if not corrections:
        return None

    def corrected(text: str) -> Any:
        key = correction_key(text)
        return classify_as(task, tree, text, {key: corrections[key]}) if key in corrections else None

    return corrected


class _Block(NamedTuple):
    """Descriptions in their order, the new ones among them, and the results of these."""

    texts: list[str]
    new: list[str]
    results: Future[list[Any]]


class ManyDescriptions:
    """Classifies descriptions of one task; keeps results and processes for the next call until it is closed.

    `processes`: at most so many; 1 starts none. `corrections`: the six digits that a user said for descriptions, by
    their `correction_key`; what they give is not kept, so that others may be given in the next call.

    >>> task = Task(form="codes", headings={}, shared={}, language="en")
    >>> with contextlib.closing(ManyDescriptions(task, processes=1)) as many:
    ...     list(many.in_order(["", "0901.21", ""], {}))
    ['empty', 'is_a_code', 'empty']
    """

    def __init__(self, task: Task, processes: int | None = None) -> None:
        self.task, self._tree = task, task.tree()
        self.standby = Standby(MODULE, lambda: msgspec.msgpack.encode(task), processes)
        self._type = list[FORMS[task.form].type]  # type: ignore[misc]  # a type that is known at run time
        self._kept, self._fresh = _Kept(FORMS[task.form].kept), 0
        self._lock = Lock()

    def together(self, texts: Sequence[str], corrections: Mapping[str, str]) -> list[Any]:
        """The results of descriptions. The processes wait some seconds for the next ones. Threads may share this."""
        if not self._lock.acquire(blocking=False):
            with contextlib.closing(ManyDescriptions(self.task, processes=1)) as other:
                return list(other.in_order(texts, corrections))
        try:
            return list(self.in_order(texts, corrections))
        finally:
            self._lock.release()

    def in_order(self, texts: Iterable[str], corrections: Mapping[str, str]) -> Generator[Any]:
        """The result of each description. Reads ahead a few thousand descriptions once processes are ready."""
        corrected = _corrector(self.task, self._tree, corrections)
        source, before = iter(texts), self._fresh
        with self.standby:
            for text in source:
                yield self._here(text, corrected)
                if (pool := self.standby.ready(start=self._fresh - before >= START)) is not None:
                    yield from self._there(source, corrected, pool)

    def _here(self, text: str, corrected: Callable[[str], Any] | None = None) -> Any:
        """The result of a description, in this process."""
        if corrected is not None and (found := corrected(text)) is not None:
            return found
        if len(text) > MAX_LENGTH:
            return classify_as(self.task, self._tree, text)
        found = self._kept.get(text)
        if found is None:
            found = classify_as(self.task, self._tree, text)
            self._kept.put(text, found)
            self._fresh += 1
            if self._fresh == START:
                load_arrays()
        return found

    def _there(self, texts: Iterator[str], corrected: Callable[[str], Any] | None, pool: ProcessPool) -> Iterator[Any]:
        """The result of each description, the new ones in other processes."""
        waiting: deque[_Block] = deque()
        asked: set[str] = set()
        try:
            while block := self._next_block(texts, asked, pool):
                waiting.append(block)
                if len(waiting) > pool.count + 1:
                    yield from self._results(waiting.popleft(), asked, corrected)
            while waiting:
                yield from self._results(waiting.popleft(), asked, corrected)
        finally:
            for block in waiting:
                block.results.cancel()
            if waiting:  # the caller stopped early: what is still being classified is of no use
                self.close()

    def _next_block(self, texts: Iterator[str], asked: set[str], pool: ProcessPool) -> _Block | None:
        """The next descriptions, the new ones handed out; None where there are no more. `asked`: was handed out."""
        block: list[str] = []
        new: list[str] = []
        size = 0
        for text in texts:
            block.append(text)
            size += len(text)
            if len(text) <= MAX_LENGTH and text not in asked and self._kept.get(text) is None:
                asked.add(text)
                new.append(text)
            if len(new) >= BLOCK or len(block) >= MAX_BLOCK or size >= MAX_CHARACTERS:
                break
        return _Block(block, new, pool.threads.submit(self._ask, pool, new) if new else _NOTHING) if block else None

    def _ask(self, pool: ProcessPool, texts: list[str]) -> list[Any]:
        results: list[Any] = msgspec.msgpack.decode(pool.ask(msgspec.msgpack.encode(texts)), type=self._type)
        return results

    def _results(self, block: _Block, asked: set[str], corrected: Callable[[str], Any] | None) -> Iterator[Any]:
        results: list[Any] = []
        with contextlib.suppress(Exception):  # whatever happened in another process: it is done here
            results = block.results.result()
        for text, found in zip(block.new, results, strict=False):
            self._kept.put(text, found)
        asked.difference_update(block.new)
        fresh = dict(zip(block.new, results, strict=False))
        for text in block.texts:
            found = corrected(text) if corrected is not None else None
            found = fresh.get(text) if found is None else found
            yield self._here(text) if found is None else found

    def close(self) -> None:
        """End the processes, if there are any."""
        self.standby.close()


_NOTHING: Future[list[Any]] = Future()
_NOTHING.set_result([])
