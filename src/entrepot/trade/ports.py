"""What trade needs from outside, as protocols: the books with their transactions, and the counterparts.

`entrepot.trade.memory` has the books in memory, `entrepot.store.trade` those in the database; both pass the same tests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, TypeVar

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.occupied import Occupied, Span

if TYPE_CHECKING:
    from entrepot.trade.outbox import OutboxQueue

T = TypeVar("T")


class Arrival(NamedTuple):
    """The key of a message of a sender, of which a command asks whether it was received (`Transaction.received`)."""

    sender: str
    key: str


#: What a command will look up: a reference or the key of an event, what has a part of a time, or a message.
Lookup: TypeAlias = str | Span | Arrival


class NotFound(LookupError):
    """There is no object with this id, or not for this caller."""


class AlreadyRecorded(Exception):
    """An event with this key is in the ledger. `event`: that event."""

    def __init__(self, event: Event) -> None:
        super().__init__(f"{event.key} is recorded as {event.id}.")
        self.event = event


def key_reused() -> TradeError:
    """The error of a request whose Idempotency-Key was used for another one."""
    return TradeError(
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new key.",
        "Idempotency-Key",
    )


class PersonalData(NamedTuple):
    """Personal data of a subject for one purpose. It can be erased from `retain_until` on.

    `erase`: its erasure was requested; it happens when `retain_until` is reached.
    """

    subject: str
    purpose: str
    values: Mapping[str, str]
    retain_until: dt.date
    erase: bool = False


class Outgoing(NamedTuple):
    """A message that a command sends, for the outbox (`trade.outbox`)."""

    channel: str
    topic: str
    body: Mapping[str, Any]
    key: str


class ReferenceTaken(Exception):
    """Another object has this reference: two things cannot have one number. `owner`: the id of that object."""

    def __init__(self, reference: str, owner: str) -> None:
        super().__init__(f"{reference} belongs to {owner}.")
        self.reference, self.owner = reference, owner


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

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by the id of the object (`Kind.occupies`)."""

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

        Raises AlreadyRecorded, Insufficient, ReferenceTaken, TimeTaken, and what the object's `apply` raises if the
        event is not allowed in its state. Nothing is visible to others before the transaction is committed.
        """

    def balance(self, account: str, unit: str) -> int:
        """The balance of an account in whole units; 0 if nothing was posted."""

    def send(self, channel: str, topic: str, body: Mapping[str, Any], *, key: str) -> None:
        """Put a message into the outbox. A worker sends it after the commit, at least once, with its `key`.

        `key`: unique, and begins with the id of its object: `or_…:declared`. Messages of one object are sent in order
        in channels that keep it (`trade.outbox`).
        """

    def received(self, sender: str, key: str) -> bool:
        """Whether a message is new: False if one with this sender and key was received before."""

    def put_personal(self, subject: str, purpose: str, values: Mapping[str, str], *, retain_until: dt.date) -> str:
        """Store personal data of a subject, encrypted, apart from the ledger. Returns its reference, `pd_…`.

        It can be erased from `retain_until` on.
        """

    def get_personal(self, reference: str) -> Mapping[str, str]:
        """The personal data of a reference. Raises NotFound where it was erased."""

    def personal_of(self, subject: str) -> Mapping[str, PersonalData]:
        """All personal data of a subject, by reference: what an export shows."""

    def erase_personal(self, subject: str) -> Mapping[str, PersonalData]:
        """Erase the personal data of a subject. Returns what must be kept longer, by reference, with its dates.

        What must be kept is marked, and erased when its date is reached (`Books.erase_expired`).
        """

    def keyed_hash(self, value: str) -> str:
        """The HMAC-SHA256 of a value, as hexadecimal digits, with a key that is not in the database."""


#: A command: it is called with its transaction.
Command: TypeAlias = Callable[[Transaction], T]


class Books(Protocol):
    """The books of a node."""

    @property
    def outbox(self) -> OutboxQueue:
        """The messages that are to be sent."""

    def run(self, command: Command[T], *, lookups: Sequence[Lookup] = ()) -> T:
        """Run a command in a transaction, perhaps committed together with others; return once it is on the disk.

        Raises what the command raises; then nothing of it is stored. The command may be called several times, so it has
        no effects of its own. `lookups`: references and keys of events, spans of times and messages, that it will look
        up: they may be read before.
        """

    def keyed_hash(self, value: str) -> str:
        """What `Transaction.keyed_hash` returns: to look a reference up that has it."""

    def read(self, number: str) -> Any:
        """The state of an object, without a lock. Raises NotFound."""

    def recent(self, number: str) -> Any:
        """The state of an object as it was seen last, without a lock. Raises NotFound.

        It may have changed since: only for what the command checks again in its transaction.
        """

    def lookup(self, reference: str) -> str | None:
        """The id of the object with a reference, without a lock; None if there is none."""

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by the id of the object, without a lock."""

    def ended_times(self, lapsed: int, ended: int, limit: int = 100) -> Sequence[str]:
        """Objects whose time lapsed until one moment, or ended until another one, in seconds since 1970."""

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received, without a lock."""

    def due(
        self, what: str, until: str, *, since: str = "", after: tuple[str, str] = ("", ""), limit: int = 100
    ) -> Sequence[tuple[str, str]]:
        """What is due (`Kind.due`) from one moment until another one: the moments and the objects, in order.

        `after`: the last of those that were read before.
        """

    def list_objects(
        self, prefix: str, *, owner: str | None = None, status: str | None = None, before: str = "", limit: int = 100
    ) -> Sequence[Any]:
        """The states of objects of a kind, the newest first; those of an owner or with a status, where given.

        `before`: an id; the list continues after that object.
        """

    def events(
        self,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 100,
        stream: str | None = None,
        kind: str | None = None,
        owner: str | None = None,
    ) -> Sequence[tuple[int, Event]]:
        """Events with their positions (from 1), in order, those after a position.

        `before`: those before a position, the newest first. `owner`: those of objects that belonged to an organization
        or a person after the event.
        """

    def balance(self, account: str, unit: str) -> int:
        """The balance of an account, without a lock; 0 if nothing was posted."""

    def balances(self, prefix: str) -> Mapping[tuple[str, str], int]:
        """The balances of the accounts whose names begin so, by account and unit."""

    def balances_in(self, accounts: Collection[str]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts in all their units, by account and unit."""

    def erase_expired(self, today: dt.date) -> int:
        """Erase the personal data whose erasure was requested and whose date is reached. Returns how many."""
