"""What a verification of the ledger finds wrong, as codes with values, and the sentence of each in English."""

from __future__ import annotations

from typing import NamedTuple

SENTENCES = {
    "missing": "The events from position {first} to {last} are missing.",
    "chain": (
        "The event at position {position} ({id}) was changed, moved or inserted, or the one before it was removed: "
        "its hash does not continue the chain."
    ),
    "exchanged": "The event at position {position} ({id}) is the one that belongs at position {other}.",
    "canonical": "The event at position {position} ({id}) is not canonical JSON of an event: {why}.",
    "column": (
        'The column {column} of the event at position {position} is "{stored}"; in the event it is "{expected}".'
    ),
    "duplicate": "The event at position {position} ({id}) repeats the {column} of another event: {stored}.",
    "unbalanced": "The event at position {position} ({id}) is not balanced: {why}",
    "floor": "The event at position {position} ({id}) passes a floor: {why}",
    "not_allowed": "The event at position {position} ({id}) is not allowed in the state of {stream}: {why}",
    "head": "The end of the ledger is stored with another {column} than its events give.",
    "node": "The hash of the events from position {first} to {last} is stored differently: one of them was changed.",
    "checkpoint_signature": "The checkpoint of {size} events is not signed by this node: {why}",
    "checkpoint_size": (
        "The checkpoint of {size} events is longer than the ledger, which has {count}: events were removed."
    ),
    "checkpoint_root": (
        "The checkpoint of {size} events has another root: an event from position {first} to {last} was changed, "
        "removed, inserted or moved after it was signed."
    ),
    "object_missing": "The row of {stream} is missing; its last event is at position {position}.",
    "object_unknown": "The row of {stream} belongs to no event.",
    "object": "The row of {stream} differs from its events in its {column}.",
    "balance": "The balance of {account} is stored as {stored} {unit}; its postings sum to {expected}.",
    "sum": "The balances of {unit} sum to {stored} instead of 0.",
    "reference": "The reference {reference} is stored for {stored}; by the events it belongs to {expected}.",
    "time": "The time that {stream} occupies is stored differently than its events give it.",
    "double": "{stream} and {other} have the same time of one unit.",
    "owner": "The list of objects of {owner} differs from the events: {stream}.",
    "event_owner": "The list of events of {owner} differs from the events: position {position}.",
}


class Problem(NamedTuple):
    """One thing that is wrong. `position` and `id`: of the event, where it is one event (0 and "" otherwise)."""

    code: str
    position: int
    id: str
    values: dict[str, str | int]

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.said(SENTENCES[self.code])

    def said(self, sentence: str) -> str:
        """What is wrong, with the sentence of a language."""
        return sentence.format(position=self.position, id=self.id, **self.values)
