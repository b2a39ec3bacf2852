"""What trade needs from outside, as protocols: the books with their transactions, and the counterparts.

`entrepot.trade.memory` has the books in memory, `entrepot.store.trade` those in the database; both pass the same tests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event

T = TypeVar("T")


class NotFound(LookupError):
    """There is no object with this id, or not for this caller."""


class AlreadyRecorded(Exception):
    """An event with this key is in the ledger. `event`: that event."""

    def __init__(self, event: Event) -> None:
        super().__init__(f"{event.key} is recorded as {event.id}.")
        self.event = event


class Transaction(Protocol):
    """One command: all of it is committed together, or nothing.

    `time`: when the command happens (UTC, milliseconds), the same for all its events.
    """

    @property
    def time(self) -> dt.datetime:
        """When the command happens."""

    def new_id(self, prefix: str) -> str:
        """A new id: the prefix and the 32 hexadecimal digits of a UUIDv7."""

    def find(self, number: str) -> Any | None:
        """The state of an object, or None. No other transaction changes it before this one has ended."""

    def get(self, number: str) -> Any:
        """As `find`. Raises NotFound."""

    def lookup(self, reference: str) -> str | None:
        """The id of the object with a reference (`Kind.references`), such as `waybill:…`; None if there is none."""

    def append(
        self,
        stream: str,
        kind: str,
        payload: Mapping[str, Any],
        *,
        postings: Sequence[Posting] = (),
        key: str = "",
        cause: str = "",
    ) -> Any:
        """Append an event and return the new state of its object.

        Raises AlreadyRecorded, Insufficient, and what the object's `apply` raises if the event is not allowed in its
        state. Nothing is visible to others before the transaction is committed.
        """

    def balance(self, account: str, unit: str) -> int:
        """The balance of an account in whole units; 0 if nothing was posted."""

    def send(self, channel: str, topic: str, body: Mapping[str, Any], *, key: str) -> None:
        """Put a message into the outbox. A worker sends it after the commit, at least once, with its `key`."""

    def received(self, sender: str, key: str) -> bool:
        """Whether a message is new: False if one with this sender and key was received before."""

    def put_personal(self, subject: str, purpose: str, values: Mapping[str, str], *, retain_until: dt.date) -> str:
        """Store personal data of a subject, encrypted, apart from the ledger. Returns its reference, `pd_…`.

        It can be erased from `retain_until` on.
        """

    def get_personal(self, reference: str) -> Mapping[str, str]:
        """The personal data of a reference. Raises NotFound where it was erased."""

    def keyed_hash(self, value: str) -> str:
        """The HMAC-SHA256 of a value, as hexadecimal digits, with a key that is not in the database."""


class Books(Protocol):
    """The books of a node."""

    def run(self, command: Callable[[Transaction], T]) -> T:
        """Run a command in a transaction, perhaps committed together with others; return once it is on the disk.

        Raises what the command raises; then nothing of it is stored. The command may be called again after a conflict,
        so it has no effects of its own.
        """

    def read(self, number: str) -> Any:
        """The state of an object, without a lock. Raises NotFound."""

    def events(self, *, after: int = 0, limit: int = 100, stream: str | None = None) -> Sequence[tuple[int, Event]]:
        """Events with their positions (from 1), in order, those after a position."""
