"""Verify a ledger: the events, their order and hashes, the checkpoints, and all that is computed from the events.

A verification reads the stored events once, in their order (`read`), and is then given the other rows (`check_…`). It
stops at nothing: each problem is named, and the rest is verified as far as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from entrepot.trade.audit.problems import Problem
from entrepot.trade.audit.replay import Replay
from entrepot.trade.ledger.checkpoints import InvalidNote, Verifier, open_checkpoint, read_checkpoint
from entrepot.trade.ledger.entries import Insufficient, Unbalanced
from entrepot.trade.ledger.events import Event, canonical, decode
from entrepot.trade.ledger.merkle import Frontier, leaf_hash
from entrepot.trade.objects import Kind
from entrepot.trade.occupied import Occupied, meeting

#: Problems that are named at most, and displaced events that are compared with each other.
MAX_PROBLEMS, MAX_COMPARED = 100, 200
_STATE = msgspec.json.Encoder(order="sorted")


class StoredEvent(NamedTuple):
    """A row of the ledger."""

    position: int
    id: str
    stream: str
    kind: str
    key: str
    content: bytes
    chain: bytes


class StoredObject(NamedTuple):
    """A row with the state of an object."""

    id: str
    kind: str
    status: str
    state: str
    position: int


class _Broken(NamedTuple):
    """An event whose hash does not continue the chain."""

    position: int
    id: str
    before: bytes
    leaf: bytes
    chain: bytes


class Verification:
    """The verification of one ledger. `checkpoints`: the signed notes by their size, as they are stored."""

    def __init__(self, kinds: Mapping[str, Kind], checkpoints: Mapping[int, str] | None = None) -> None:
        self.problems: list[Problem] = []
        #: How many problems there are, also of those that are not named.
        self.count = 0
        self.replay = Replay(kinds)
        self.frontier = Frontier()
        self.chain = bytes(32)
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.event_owners: set[tuple[str, int]] = set()
        self._kinds = kinds
        self._checkpoints = dict(checkpoints or {})
        self._roots: dict[int, bytes] = {}
        self._ids: set[str] = set()
        self._keys: set[str] = set()
        self._broken: list[_Broken] = []
        #: Whether an event is missing: then roots after it are unknown, and the link to the event before it.
        self.gap = False
        #: The position of the last event.
        self.position = 0
        if 0 in self._checkpoints:
            self._roots[0] = self.frontier.root()

    @property
    def checkpoints(self) -> int:
        """How many checkpoints there are."""
        return len(self._checkpoints)

    def read(self, rows: Iterable[StoredEvent]) -> None:
        """Verify the next events."""
        for row in rows:
            expected = self.position + 1
            after_gap = row.position > expected
            if after_gap:
                self._add("missing", expected, "", first=expected, last=row.position - 1)
                self.gap = True
            self.position = row.position
            leaf = leaf_hash(row.content)
            self._check_chain(row, leaf, known=not after_gap)
            self.chain = row.chain
            if not self.gap:
                for node in self.frontier.add(leaf):
                    self.nodes[node.level, node.place] = node.hash
                if row.position in self._checkpoints:
                    self._roots[row.position] = self.frontier.root()
            if (event := self._decode(row)) is not None:
                self._apply(row, event)

    def check_end(self, size: int, frontier: bytes, chain: bytes, nodes: Mapping[tuple[int, int], bytes]) -> None:
        """Verify the end of the ledger, and the stored hashes of full subtrees, after all events were read."""
        self._name_exchanged()
        if size > self.position:
            self._add("missing", self.position + 1, "", first=self.position + 1, last=size)
            self.gap = True
        for name, same in (
            ("size", size >= self.position),
            ("hashes", self.gap or frontier == self.frontier.encode()),
            ("chain", self.gap or chain == self.chain),
        ):
            if not same:
                self._add("head", 0, "", column=name)
        for place in sorted(self.nodes.keys() | (set() if self.gap else nodes.keys())):
            if self.nodes.get(place) != nodes.get(place):
                level, index = place
                self._add("node", 0, "", first=(index << level) + 1, last=(index + 1) << level)

    def check_checkpoints(self, verifier: Verifier) -> None:
        """Verify the signatures and the roots of all checkpoints: each tree is the beginning of the next."""
        good = 0
        for size, note in sorted(self._checkpoints.items()):
            try:
                checkpoint = open_checkpoint(note, verifier)
            except InvalidNote as error:
                self._add("checkpoint_signature", 0, "", size=size, why=str(error))
                try:
                    checkpoint = read_checkpoint(note)
                except InvalidNote:
                    continue
            if checkpoint.size != size or size > self.position:
                self._add("checkpoint_size", 0, "", size=checkpoint.size, count=self.position)
            elif size not in self._roots:
                continue  # an event before it is missing, which was reported
            elif checkpoint.root != self._roots[size]:
                self._add("checkpoint_root", 0, "", size=size, first=good + 1, last=size)
            else:
                good = size

    def check_objects(self, rows: Iterable[StoredObject]) -> None:
        """Verify the stored states."""
        left = dict(self.replay.last)
        for row in rows:
            state = self.replay.states.get(row.id)
            if state is None:
                self._add("object_unknown", 0, "", stream=row.id)
                continue
            expected = (f"{row.id.partition('_')[0]}_", state.status, encode_state(state), left.pop(row.id))
            for column, stored, value in zip(("kind", "status", "state", "position"), row[1:], expected, strict=True):
                if stored != value:
                    self._add("object", 0, "", stream=row.id, column=column)
        for number, position in left.items():
            self._add("object_missing", position, "", stream=number)

    def check_balances(self, rows: Mapping[tuple[str, str], int]) -> None:
        """Verify the stored balances, and that those of each unit sum to zero."""
        sums: dict[str, int] = {}
        expected = self.replay.balances
        for place in sorted(rows.keys() | expected.keys()):
            stored, computed = rows.get(place, 0), expected.get(place, 0)
            sums[place[1]] = sums.get(place[1], 0) + stored
            if stored != computed:
                self._add("balance", 0, "", account=place[0], unit=place[1], stored=stored, expected=computed)
        for unit, amount in sums.items():
            if amount:
                self._add("sum", 0, "", unit=unit, stored=amount)

    def check_references(self, rows: Mapping[str, str]) -> None:
        """Verify the stored references."""
        expected = self.replay.references
        for reference in sorted(rows.keys() | expected.keys()):
            stored, computed = rows.get(reference, "-"), expected.get(reference, "-")
            if stored != computed:
                self._add("reference", 0, "", reference=reference, stored=stored, expected=computed)

    def check_times(self, rows: Mapping[str, Occupied]) -> None:
        """Verify the stored times of units, and that no two of them meet."""
        expected = self.replay.times
        for number in sorted(rows.keys() | expected.keys()):
            if rows.get(number) != expected.get(number):
                self._add("time", 0, "", stream=number)
        for first, second in meeting(expected):
            self._add("double", 0, "", stream=first, other=second)

    def check_owners(self, rows: set[tuple[str, str]], events: set[tuple[str, int]]) -> None:
        """Verify to whom objects belong, by owner and id, and events, by owner and position."""
        expected = {(owner, number) for number in self.replay.states for owner in self.replay.owners(number)}
        for owner, number in sorted(rows ^ expected):
            self._add("owner", 0, "", owner=owner, stream=number)
        for owner, position in sorted(events ^ self.event_owners):
            self._add("event_owner", position, "", owner=owner)

    def _check_chain(self, row: StoredEvent, leaf: bytes, *, known: bool) -> None:
        if known and sha256(self.chain + leaf).digest() != row.chain:
            self._broken.append(_Broken(row.position, row.id, self.chain, leaf, row.chain))
            self._add("chain", row.position, row.id)

    def _name_exchanged(self) -> None:
        """Of events that do not continue the chain, name those that stand at the place of another one."""
        compared = self._broken[:MAX_COMPARED]
        for each in compared:
            for other in compared:
                if other is not each and sha256(other.before + each.leaf).digest() == other.chain:
                    self._add("exchanged", each.position, each.id, other=other.position)

    def _decode(self, row: StoredEvent) -> Event | None:
        try:
            event = decode(row.content)
            if canonical(event) != row.content:
                raise ValueError("it is written differently")
        except ValueError as error:  # msgspec's errors are ValueErrors too
            self._add("canonical", row.position, row.id, why=str(error).rstrip("."))
            return None
        if (row.id, row.stream, row.kind, row.key) != (event.id, event.stream, event.kind, event.key):
            for column in ("id", "stream", "kind", "key"):
                if getattr(row, column) != getattr(event, column):
                    stored, expected = getattr(row, column), getattr(event, column)
                    self._add("column", row.position, row.id, column=column, stored=stored, expected=expected)
        self._check_unique("id", event.id, self._ids, row)
        if event.key:
            self._check_unique("key", event.key, self._keys, row)
        return event

    def _check_unique(self, column: str, value: str, seen: set[str], row: StoredEvent) -> None:
        if value in seen:
            self._add("duplicate", row.position, row.id, column=column, stored=value)
        seen.add(value)

    def _apply(self, row: StoredEvent, event: Event) -> None:
        try:
            owners = self.replay.apply(row.position, event)
        except Unbalanced as error:
            self._add("unbalanced", row.position, row.id, why=str(error))
        except Insufficient as error:
            self._add("floor", row.position, row.id, why=str(error))
        except Exception as error:  # noqa: BLE001  # the event may be anything: what its fold raises is reported
            why = str(error) or type(error).__name__
            self._add("not_allowed", row.position, row.id, stream=event.stream, why=why)
        else:
            self.event_owners.update((owner, row.position) for owner in owners)

    def _add(self, code: str, position: int, number: str, **values: str | int) -> None:
        self.count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code, position, number, values))


def encode_state(state: Any) -> str:
    """The JSON of a state: equal states have equal texts."""
    return _STATE.encode(state).decode()
