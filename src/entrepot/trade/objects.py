"""The kinds of objects: which events change them, who may see them, and how their state is folded from events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.trade.ledger.events import Event


class Kind(NamedTuple):
    """A kind of object.

    `prefix`: of its ids; `name`: the `object` of the API; `state`: the type of its state, which has `id` and `status`;
    `apply`: the state after an event (from None for the first), which raises NotAllowed where the event does not
    follow; `owners`: the ids of the organisations and people to whom the object belongs; `references`: the numbers that
    others give it, such as `waybill:…`, by which `Transaction.lookup` finds it; each belongs to one object.
    """

    prefix: str
    name: str
    state: type[msgspec.Struct]
    apply: Callable[[Any | None, Event], Any]
    owners: Callable[[Any], tuple[str, ...]]
    references: Callable[[Any], tuple[str, ...]] = lambda _state: ()


class NotAllowed(Exception):
    """An event does not follow from the state of the object. `code`: for programs; the text says what is possible."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def kind_of(number: str, kinds: Mapping[str, Kind]) -> Kind:
    """The kind of an object, by the prefix of its id. Raises KeyError."""
    return kinds[number.partition("_")[0] + "_"]
