"""The outbox: messages that a command left in its transaction, and what happens to them until they are sent.

    waiting ── claim ──> leased ── done ──> sent
       ^                   │ └── dead ──> dead ── retry ──> waiting
       └── again (backoff) ┘                └── discard ──> discarded

A message is sent at least once: a sender that dies keeps its lease until it ends, then another one claims the message.
The receiver tells a repeated message by its `key`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ports import NotFound, Outgoing

#: States: claimed or to be claimed; acknowledged; given up, for an operator; given up by an operator.
WAITING, SENT, DEAD, DISCARDED = STATES = ("waiting", "sent", "dead", "discarded")
#: Characters of the reason of a failure that are stored.
MAX_REASON = 500
_GROUP = re.compile(r"\w*")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message. `id`: grows with each message; `key`: unique in the outbox, and the receiver's idempotency key.

    `group`: the id with which the key begins, such as that of the order: of one group one message is sent at a time.
    `attempts`: how often it was claimed, including this time. `lease`: who holds it. `reason`: why the last attempt
    failed.
    """

    id: int
    channel: str
    topic: str
    body: Mapping[str, Any]
    key: str
    created: dt.datetime
    due: dt.datetime
    state: str = WAITING
    attempts: int = 0
    lease: str = ""
    leased_until: dt.datetime | None = None
    reason: str = ""

    @property
    def group(self) -> str:
        """The object that the message belongs to."""
        return group_of(self.key)


class Later(Exception):
    """A message could not be sent now, such as when the receiver does not answer. The text says why.

    `after`: the seconds that the receiver asks to wait, if it names them.
    """

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """The receiver will never accept a message. It is given up at once; the text says why."""


class Backoff(NamedTuple):
    """The seconds between two attempts: `first`, then `factor` times as long each, at most `most`; and how many.

    >>> Backoff(first=1, factor=2, most=60, attempts=9).seconds(3, jitter=1.0)
    4.0
    >>> Backoff(first=1, factor=2, most=60, attempts=9).seconds(300, jitter=0.0)
    30.0
    """

    first: float
    factor: float
    most: float
    attempts: int

    def seconds(self, attempt: int, jitter: float) -> float:
        """How long to wait after an attempt (from 1).

        `jitter` (0 to 1): from half to all of it, so that messages that failed together are not sent together again.
        """
        power = min(attempt - 1, 64)  # a larger power may be too large for a number
        return min(self.first * self.factor**power, self.most) * (0.5 + jitter / 2)


class Channel(NamedTuple):
    """How the messages of a channel are sent.

    `send`: returns when the receiver has acknowledged the message; raises Later or Refused. It takes less than `lease`
    seconds. `in_order`: a message waits while an earlier one of its group waits. `slots`: messages that one worker
    sends at the same time. `given_up`: called when a message is given up.

    A message that was given up holds no other one up: what depends on it is put in only after its answer.
    """

    send: Callable[[Message], None]
    backoff: Backoff
    in_order: bool = True
    slots: int = 1
    lease: float = 60.0
    given_up: Callable[[Message, str], None] = lambda _message, _reason: None


class OutboxQueue(Protocol):
    """The stored messages. Every change of a claimed message names its lease: a sender that lost it changes nothing.

    The books put messages in, in the transaction of the command that sends them.
    """

    def due(self, now: dt.datetime) -> Collection[str]:
        """The channels with a message that may be claimed. Cheap: asked several times a second."""

    def claim(
        self, channel: str, now: dt.datetime, *, lease: str, seconds: float, limit: int, in_order: bool
    ) -> Sequence[Message]:
        """Claim due messages of a channel, the oldest first and one of each group, for so many seconds.

        A message is claimed by one sender only. Not while another message of its group is leased; `in_order`: nor while
        an earlier one of its group is waiting.
        """

    def release(self, lease: str) -> int:
        """End the leases whose names begin so: their process is gone. Returns how many."""

    def done(self, message: Message, now: dt.datetime) -> bool:
        """The message was sent. False if the lease was lost; then the message may be sent again."""

    def again(self, message: Message, due: dt.datetime, reason: str) -> bool:
        """Send the message again at a later time. False if the lease was lost."""

    def dead(self, message: Message, now: dt.datetime, reason: str) -> bool:
        """Give the message up. False if the lease was lost."""

    def listed(
        self,
        *,
        state: str | None = None,
        channel: str | None = None,
        group: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Message]:
        """Messages, the newest first; those with an id before `before`."""

    def retry(self, number: int, now: dt.datetime) -> Message:
        """Let a dead or waiting message be sent now, with its attempts counted anew. Raises NotFound, NotPossible."""

    def discard(self, number: int, now: dt.datetime) -> Message:
        """Give up a message that is dead or waits. Raises NotFound, NotPossible."""

    def held_up(self, groups: Collection[str], channels: Collection[str]) -> Sequence[Message]:
        """Messages of groups that wait after an attempt that failed, or that were given up; the oldest first."""

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many messages there are, by channel and state."""


class NotPossible(TradeError):
    """An operator cannot do this with a message in its state."""


def group_of(key: str) -> str:
    """The object that a message belongs to: the id at the beginning of its key.

    >>> group_of("or_0198:declared"), group_of("de_0199/list/1"), group_of("or_0198")
    ('or_0198', 'de_0199', 'or_0198')
    """
    return _GROUP.match(key)[0]  # type: ignore[index]  # it matches every text


def attempt(
    queue: OutboxQueue, channel: Channel, message: Message, clock: Callable[[], dt.datetime], jitter: float
) -> str:
    """Send a claimed message and store what came of it. Returns its new state.

    A message whose every attempt ended its process is given up, too: nothing counts them but the claim.
    """
    if message.attempts > channel.backoff.attempts:
        reason = message.reason or "Every attempt ended without a result: the process that sent it was gone."
        return _give_up(queue, channel, message, clock(), reason)
    try:
        channel.send(message)
    except Refused as refused:
        return _give_up(queue, channel, message, clock(), str(refused))
    except Later as later:
        return _try_again(queue, channel, message, clock(), jitter, later)
    queue.done(message, clock())
    return SENT


def _try_again(
    queue: OutboxQueue, channel: Channel, message: Message, now: dt.datetime, jitter: float, later: Later
) -> str:
    reason = str(later)[:MAX_REASON]
    if message.attempts >= channel.backoff.attempts:
        return _give_up(queue, channel, message, now, reason)
    seconds = max(channel.backoff.seconds(message.attempts, jitter), min(later.after, channel.backoff.most))
    queue.again(message, now + dt.timedelta(seconds=seconds), reason)
    return WAITING


def _give_up(queue: OutboxQueue, channel: Channel, message: Message, now: dt.datetime, reason: str) -> str:
    if queue.dead(message, now, reason[:MAX_REASON]):
        channel.given_up(message, reason[:MAX_REASON])
    return DEAD


def is_held_up(message: Message) -> bool:
    """Whether a message waits for a counterpart, after an attempt that failed, or for an operator."""
    return message.state == DEAD or (message.state == WAITING and bool(message.reason))


class MemoryOutbox:
    """The outbox in memory."""

    def __init__(self) -> None:
        self._messages: dict[int, Message] = {}

    def put(self, messages: Iterable[Outgoing], now: dt.datetime) -> None:
        """Put messages in. One whose key is in the outbox is there already."""
        for channel, topic, body, key in messages:
            if all(each.key != key for each in self._messages.values()):
                number = len(self._messages) + 1
                self._messages[number] = Message(
                    id=number, channel=channel, topic=topic, body=body, key=key, created=now, due=now
                )

    def due(self, now: dt.datetime) -> Collection[str]:
        """As OutboxQueue."""
        return {each.channel for each in self._messages.values() if _is_due(each, now)}

    def claim(
        self, channel: str, now: dt.datetime, *, lease: str, seconds: float, limit: int, in_order: bool
    ) -> Sequence[Message]:
        """As OutboxQueue."""
        of_channel = [each for each in self._messages.values() if each.channel == channel]
        busy = {each.group for each in of_channel if each.leased_until is not None and each.leased_until > now}
        claimed: list[Message] = []
        for each in of_channel:
            if len(claimed) < limit and _is_due(each, now) and each.group not in busy:
                until = now + dt.timedelta(seconds=seconds)
                claimed.append(self._change(each, lease=lease, leased_until=until, attempts=each.attempts + 1))
                busy.add(each.group)
            elif in_order and each.state == WAITING:
                busy.add(each.group)
        return claimed

    def release(self, lease: str) -> int:
        """As OutboxQueue."""
        found = [each for each in self._messages.values() if each.lease and each.lease.startswith(lease)]
        for each in found:
            self._change(each, lease="", leased_until=None)
        return len(found)

    def done(self, message: Message, now: dt.datetime) -> bool:
        """As OutboxQueue."""
        return self._end(message, state=SENT, due=now, reason="")

    def again(self, message: Message, due: dt.datetime, reason: str) -> bool:
        """As OutboxQueue."""
        return self._end(message, due=due, reason=reason)

    def dead(self, message: Message, now: dt.datetime, reason: str) -> bool:
        """As OutboxQueue."""
        return self._end(message, state=DEAD, due=now, reason=reason)

    def listed(
        self,
        *,
        state: str | None = None,
        channel: str | None = None,
        group: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Message]:
        """As OutboxQueue."""
        found = [
            each
            for each in reversed(self._messages.values())
            if state in (None, each.state)
            and channel in (None, each.channel)
            and group in (None, each.group)
            and (before is None or each.id < before)
        ]
        return found[:limit]

    def retry(self, number: int, now: dt.datetime) -> Message:
        """As OutboxQueue."""
        message = self._not_held(number, now)
        return self._change(message, state=WAITING, due=now, attempts=0)

    def discard(self, number: int, now: dt.datetime) -> Message:
        """As OutboxQueue."""
        message = self._not_held(number, now)
        return self._change(message, state=DISCARDED, due=now)

    def held_up(self, groups: Collection[str], channels: Collection[str]) -> Sequence[Message]:
        """As OutboxQueue."""
        return [
            each
            for each in self._messages.values()
            if each.group in groups and each.channel in channels and is_held_up(each)
        ]

    def counts(self) -> Mapping[tuple[str, str], int]:
        """As OutboxQueue."""
        found: dict[tuple[str, str], int] = {}
        for each in self._messages.values():
            found[each.channel, each.state] = found.get((each.channel, each.state), 0) + 1
        return found

    def _not_held(self, number: int, now: dt.datetime) -> Message:
        message = self._messages.get(number)
        if message is None:
            raise NotFound(f"There is no message {number}.")
        check_not_held(message, now)
        return message

    def _end(self, message: Message, **changed: Any) -> bool:
        stored = self._messages[message.id]
        if stored.lease != message.lease:
            return False
        self._change(stored, lease="", leased_until=None, **changed)
        return True

    def _change(self, message: Message, **changed: Any) -> Message:
        self._messages[message.id] = msgspec.structs.replace(message, **changed)
        return self._messages[message.id]


def check_not_held(message: Message, now: dt.datetime) -> None:
    """Raise NotPossible for a message that an operator cannot change: it is finished, or being sent."""
    if message.state in (SENT, DISCARDED):
        text = "Message {number} is {state}: nothing is left to do."
        raise NotPossible("message_finished", text, number=message.id, state=message.state)
    if message.leased_until is not None and message.leased_until > now:
        text = "Message {number} is being sent at this moment. Try again in a minute."
        raise NotPossible("message_held", text, number=message.id)


def _is_due(message: Message, now: dt.datetime) -> bool:
    held = message.leased_until is not None and message.leased_until > now
    return message.state == WAITING and message.due <= now and not held
