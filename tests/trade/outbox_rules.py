"""What every outbox does, in memory or in a database: each rule takes an empty queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import pytest

from entrepot.trade import outbox
from entrepot.trade.outbox import Backoff, Channel, Later, Message, NotPossible, OutboxQueue, Refused
from entrepot.trade.ports import NotFound, Outgoing

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
BACKOFF = Backoff(first=10, factor=2, most=60, attempts=3)


class Queue(OutboxQueue, Protocol):
    """A queue into which a test can put messages."""

    def put(self, messages: Iterable[Outgoing], now: dt.datetime) -> None:
        """Put messages in."""


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def put(queue: Queue, *keys: str, channel: str = "customs.cn") -> None:
    queue.put([Outgoing(channel, "CEB311Message", {"of": key}, key) for key in keys], NOW)


def claim(
    queue: Queue, now: dt.datetime = NOW, *, lease: str = "a", in_order: bool = True, limit: int = 9
) -> list[str]:
    return [each.key for each in claimed(queue, now, lease=lease, in_order=in_order, limit=limit)]


def claimed(
    queue: Queue, now: dt.datetime = NOW, *, lease: str = "a", in_order: bool = True, limit: int = 9
) -> list[Message]:
    return list(queue.claim("customs.cn", now, lease=lease, seconds=60, limit=limit, in_order=in_order))


def channel(send: Callable[[Message], None], **more: Any) -> Channel:
    return Channel(send, BACKOFF, **more)


def send_once(queue: Queue, sender: Channel, now: dt.datetime, jitter: float = 1.0) -> list[str]:
    found = claimed(queue, now, in_order=sender.in_order)
    return [outbox.attempt(queue, sender, each, lambda: now, jitter) for each in found]


def a_message_is_claimed_once_until_its_lease_ends(queue: Queue) -> None:
    put(queue, "or_1:declared", "or_2:declared")
    assert set(queue.due(NOW)) == {"customs.cn"}
    assert claim(queue, limit=1) == ["or_1:declared"]
    assert claim(queue, lease="b") == ["or_2:declared"]
    assert claim(queue, later(59), lease="c") == []
    assert set(queue.due(later(59))) == set()
    again = claimed(queue, later(61), lease="c")
    assert [(each.key, each.attempts, each.lease) for each in again] == [
        ("or_1:declared", 2, "c"),
        ("or_2:declared", 2, "c"),
    ]


def who_lost_the_lease_changes_nothing(queue: Queue) -> None:
    put(queue, "or_1:declared")
    [slow] = claimed(queue, lease="slow")
    [fast] = claimed(queue, later(61), lease="fast")
    assert not queue.done(slow, later(62))
    assert not queue.again(slow, later(62), "late")
    assert not queue.dead(slow, later(62), "late")
    assert queue.done(fast, later(63))
    assert [each.state for each in queue.listed()] == ["sent"]
    assert claim(queue, later(1000)) == []


def what_a_process_held_that_is_gone_is_free_at_once(queue: Queue) -> None:
    put(queue, "or_1:declared", "or_2:declared")
    assert len(claimed(queue, lease="node-0:x", limit=1)) == 1
    assert claim(queue, lease="node-1:x") == ["or_2:declared"]
    assert queue.release("node-0:") == 1
    assert claim(queue, later(1), lease="node-0:y") == ["or_1:declared"]


def a_message_whose_every_attempt_ends_its_process_is_given_up(queue: Queue) -> None:
    put(queue, "or_1:declared")
    for _ in range(BACKOFF.attempts):
        assert len(claimed(queue, lease="node-0:x")) == 1
        queue.release("node-0:")

    def never(_message: Message) -> None:
        raise AssertionError("it is not sent again")

    assert send_once(queue, channel(never), NOW) == ["dead"]
    assert "was gone" in queue.listed()[0].reason


def a_key_is_sent_once(queue: Queue) -> None:
    put(queue, "or_1:declared", "or_1:declared")
    assert len(queue.listed()) == 1


def messages_of_an_object_are_sent_in_order(queue: Queue) -> None:
    put(queue, "or_1:a", "or_1:b", "or_2:a")
    first, other = claimed(queue)
    assert (first.key, other.key) == ("or_1:a", "or_2:a")
    assert claim(queue) == []
    # The first is tried again later: the second waits for it.
    assert queue.again(first, later(100), "down")
    assert claim(queue, later(50)) == []
    first, _other = claimed(queue, later(101))
    assert first.key == "or_1:a"
    # Given up: an operator looks at it, and the second does not wait for that.
    assert queue.dead(first, later(102), "refused")
    assert claim(queue, later(103)) == ["or_1:b"]


def what_was_given_up_is_sent_again_after_those_that_were_sent_meanwhile(queue: Queue) -> None:
    put(queue, "or_1:a", "or_1:b")
    [first] = claimed(queue)
    queue.dead(first, later(1), "refused")
    [second] = claimed(queue, later(2))
    queue.retry(first.id, later(3))
    # One message of a group at a time.
    assert claim(queue, later(4)) == []
    queue.done(second, later(5))
    assert claim(queue, later(6)) == ["or_1:a"]


def what_is_held_up_is_found_by_its_object(queue: Queue) -> None:
    put(queue, "or_1:a", "or_1:b", "or_2:a", "or_3:a", "or_4:a", "or_5:a")
    put(queue, "or_1:mail", channel="email")
    first, second, third, fourth, _fifth = claimed(queue)
    queue.again(first, later(10), "The office is closed.")
    queue.dead(second, later(1), "refused")
    queue.done(third, later(1))
    queue.dead(fourth, later(1), "refused")
    queue.discard(fourth.id, later(2))
    found = queue.held_up(["or_1", "or_2", "or_3", "or_4", "or_5", "or_6"], ["customs.cn", "carrier"])
    assert [(each.key, each.state, each.reason) for each in found] == [
        ("or_1:a", "waiting", "The office is closed."),
        ("or_2:a", "dead", "refused"),
    ]
    assert [each.key for each in queue.held_up(["or_2"], ["customs.cn"])] == ["or_2:a"]
    assert not queue.held_up(["or_2"], ["email"])
    assert not queue.held_up([], ["customs.cn"])


def without_order_one_message_of_a_group_is_sent_at_a_time(queue: Queue) -> None:
    put(queue, "we_1:a", "we_1:b")
    [first] = claimed(queue, in_order=False)
    assert claim(queue, in_order=False) == []
    assert queue.again(first, later(100), "down")
    assert claim(queue, later(1), in_order=False) == ["we_1:b"]


def a_channel_claims_its_own(queue: Queue) -> None:
    put(queue, "or_1:mail", channel="email")
    put(queue, "or_1:declared")
    assert set(queue.due(NOW)) == {"email", "customs.cn"}
    assert claim(queue) == ["or_1:declared"]


def backoff_then_the_dead_letter_list_then_again(queue: Queue) -> None:
    put(queue, "or_1:declared")
    given_up: list[tuple[str, str]] = []

    def fail(_message: Message) -> None:
        raise Later("The customs office does not answer.")

    sender = channel(fail, given_up=lambda message, reason: given_up.append((message.key, reason)))
    assert send_once(queue, sender, NOW) == ["waiting"]
    [waiting] = queue.listed()
    assert (waiting.due, waiting.reason) == (later(10), "The customs office does not answer.")
    assert send_once(queue, sender, later(9)) == []
    assert send_once(queue, sender, later(10), jitter=0.0) == ["waiting"]
    assert queue.listed()[0].due == later(10 + 10)  # half of 20 s
    assert send_once(queue, sender, later(20)) == ["dead"]
    assert given_up == [("or_1:declared", "The customs office does not answer.")]
    [dead] = queue.listed(state="dead")
    assert (dead.attempts, dict(dead.body)) == (3, {"of": "or_1:declared"})
    assert queue.counts() == {("customs.cn", "dead"): 1}
    assert claim(queue, later(10_000)) == []
    queue.retry(dead.id, later(10_000))
    received: list[str] = []
    assert send_once(queue, channel(lambda message: received.append(message.key)), later(10_000)) == ["sent"]
    assert received == ["or_1:declared"]


def a_receiver_may_ask_for_more_time_within_the_longest_wait(queue: Queue) -> None:
    put(queue, "or_1:declared")

    def busy(_message: Message) -> None:
        raise Later("429", after=1e9)

    send_once(queue, channel(busy), NOW)
    assert queue.listed()[0].due == later(60)


def what_is_refused_is_given_up_at_once(queue: Queue) -> None:
    put(queue, "or_1:declared")

    def refuse(_message: Message) -> None:
        raise Refused("x" * 1000)

    assert send_once(queue, channel(refuse), NOW) == ["dead"]
    assert queue.listed()[0].reason == "x" * 500


def an_operator_cannot_change_what_is_sent_or_being_sent(queue: Queue) -> None:
    put(queue, "or_1:declared")
    [message] = claimed(queue)
    with pytest.raises(NotPossible, match="is being sent"):
        queue.discard(message.id, later(1))
    queue.done(message, later(2))
    with pytest.raises(NotPossible, match="is sent"):
        queue.retry(message.id, later(3))
    with pytest.raises(NotFound):
        queue.discard(message.id + 1, later(3))


def the_list_has_pages_and_filters(queue: Queue) -> None:
    put(queue, *(f"or_{n}:declared" for n in range(5)))
    put(queue, "or_3:mail", channel="email")
    newest = queue.listed(limit=2)
    assert [each.key for each in newest] == ["or_3:mail", "or_4:declared"]
    assert [each.key for each in queue.listed(before=newest[-1].id, limit=2)] == ["or_3:declared", "or_2:declared"]
    assert [each.channel for each in queue.listed(group="or_3")] == ["email", "customs.cn"]
    assert len(queue.listed(channel="email")) == 1
    assert queue.listed(state="dead") == []


#: All of them. Each takes an empty queue.
RULES: tuple[Callable[[Queue], None], ...] = (
    a_message_is_claimed_once_until_its_lease_ends,
    who_lost_the_lease_changes_nothing,
    what_a_process_held_that_is_gone_is_free_at_once,
    a_message_whose_every_attempt_ends_its_process_is_given_up,
    a_key_is_sent_once,
    messages_of_an_object_are_sent_in_order,
    what_was_given_up_is_sent_again_after_those_that_were_sent_meanwhile,
    what_is_held_up_is_found_by_its_object,
    without_order_one_message_of_a_group_is_sent_at_a_time,
    a_channel_claims_its_own,
    backoff_then_the_dead_letter_list_then_again,
    a_receiver_may_ask_for_more_time_within_the_longest_wait,
    what_is_refused_is_given_up_at_once,
    an_operator_cannot_change_what_is_sent_or_being_sent,
    the_list_has_pages_and_filters,
)
