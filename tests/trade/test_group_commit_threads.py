"""Who leads a group commit: many threads, failures, and threads that are interrupted."""

from __future__ import annotations

import errno
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.store.group_commit import MAX_REQUESTS, Group, Item


class Recorded:
    """Work is a number: it is doubled. Some numbers are refused, and some break the transaction."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.committed: list[int] = []
        self.group: Group[int] | None = None

    def __call__(self, items: Sequence[Item[int]]) -> None:
        """One transaction, which those that wait join if there is a `group`."""
        if self.group is not None:
            time.sleep(0.0002)  # as the lock of another process
            self.group.join(items)
        self.sizes.append(len(items))
        time.sleep(0.0002)  # as a disk: others wait meanwhile
        for item in items:
            if item.work % 97 == 13:
                raise ValueError(item.work)
            if item.work % 89 == 7:
                item.error = KeyError(item.work)
            else:
                item.result, item.error = item.work * 2, None
        self.committed += [item.work for item in items if item.error is None]


def expected(number: int) -> Any:
    return ValueError if number % 97 == 13 else KeyError if number % 89 == 7 else number * 2


@pytest.mark.parametrize("joins", [False, True])
def test_each_of_many_requests_gets_its_own_result(joins: bool) -> None:
    execute = Recorded()
    group = Group(execute, joins=joins)
    execute.group = group if joins else None

    def submit(number: int) -> Any:
        try:
            return group.submit(number)
        except (ValueError, KeyError) as error:
            return type(error) if error.args == (number,) else error

    with ThreadPoolExecutor(40) as pool:
        found = list(pool.map(submit, range(4000)))
    assert found == [expected(number) for number in range(4000)]
    assert sorted(execute.committed) == [number for number in range(4000) if isinstance(expected(number), int)]
    assert max(execute.sizes) > 1
    assert not group._led
    assert not group._waiting


def waiting(group: Group[int], count: int) -> None:
    while len(group._waiting) < count:
        pass


def test_a_group_has_a_largest_size_and_another_request_leads_after_it() -> None:
    execute = Recorded()
    group = Group(execute)
    group._led = True
    numbers = [number for number in range(1, 200) if isinstance(expected(number), int)][:150]
    with ThreadPoolExecutor(150) as pool:
        futures = [pool.submit(group.submit, number) for number in numbers]
        waiting(group, 150)
        group._pass_on()
        assert [each.result() for each in futures] == [number * 2 for number in numbers]
    assert execute.sizes == [MAX_REQUESTS, MAX_REQUESTS, 150 - 2 * MAX_REQUESTS]


def test_requests_join_a_transaction_that_has_begun_and_one_that_fails_leaves_each_alone() -> None:
    begun, go_on = Event(), Event()
    joined: list[int] = []
    execute = Recorded()

    def slow(items: Sequence[Item[int]]) -> None:
        begun.set()
        go_on.wait()
        joined.extend(each.work for each in group.join(items))
        execute(items)

    group = Group(slow, joins=True)
    with ThreadPoolExecutor(100) as pool:
        first = pool.submit(group.submit, 1)
        begun.wait()
        others = [pool.submit(group.submit, number) for number in (2, 3, 13, 4)]  # 13 breaks the transaction
        waiting(group, 4)
        go_on.set()
        assert [first.result(), others[0].result(), others[1].result(), others[3].result()] == [2, 4, 6, 8]
        assert isinstance(others[2].exception(), ValueError)
    assert sorted(joined) == [2, 3, 4, 13]
    assert execute.sizes == [5, 1, 1, 1, 1, 1]
    assert sorted(execute.committed) == [1, 2, 3, 4]


def test_a_full_disk_fails_all_that_wait_and_the_next_request_tries_again() -> None:
    full = [True]

    def execute(items: Sequence[Item[int]]) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")

    group = Group(execute)
    group._led = True
    with ThreadPoolExecutor(100) as pool:
        futures = [pool.submit(group.submit, number) for number in range(100)]
        waiting(group, 100)
        group._pass_on()
        assert {type(each.exception()) for each in futures} == {OSError}
    full[0] = False
    assert group.submit(1) is None


class Interrupted(BaseException):
    """As KeyboardInterrupt, which pytest would take for its own."""


def test_an_interrupted_leader_fails_its_group_and_lets_another_lead() -> None:
    begun, more = Event(), Event()

    def execute(items: Sequence[Item[int]]) -> None:
        if items[0].work == 1:
            begun.set()
            more.wait(60)
            raise Interrupted
        for item in items:
            item.result = item.work

    group = Group(execute)
    results: dict[int, Any] = {}

    def submit(number: int) -> None:
        try:
            results[number] = group.submit(number)
        except Interrupted as error:
            results[number] = type(error)

    threads = [Thread(target=submit, args=(number,)) for number in range(1, 4)]
    threads[0].start()
    assert begun.wait(60)
    for each in threads[1:]:
        each.start()
    waiting(group, 2)
    more.set()
    for each in threads:
        each.join(60)
    assert results == {1: Interrupted, 2: 2, 3: 3}


@pytest.mark.parametrize("leads", [False, True])
def test_a_thread_that_is_interrupted_while_it_waits_is_left_out(leads: bool) -> None:
    class Broken:
        """A lock whose wait is interrupted."""

        def acquire(self) -> None:
            if leads:
                group._pass_on()
            raise Interrupted

        def release(self) -> None:
            pass

    group: Group[int] = Group(lambda _items: None)
    group._led = True
    item: Item[int] = Item(1)
    item.turn = Broken()  # type: ignore[assignment]  # only what is called here
    group._waiting.append(item)
    with pytest.raises(Interrupted):
        group._wait(item)
    assert not group._waiting
    assert group._led is not leads
    group._pass_on()
    assert group.submit(2) is None
