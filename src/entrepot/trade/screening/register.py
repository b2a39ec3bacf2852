"""The lists that this node screens with, each with the digest of its file: one object, which a step finds at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, NotAllowed, check_first
from entrepot.trade.ports import Transaction

REFERENCE: Final = "screening-register"
MAX_LISTS: Final = 20


class ListVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a list. `digest`: SHA-256 of the file; `version`: its date, if it says one; `by`: who added it."""

    digest: str
    format: str
    entries: int
    licence: str
    added: str
    by: str
    version: str = ""


class Register(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The lists by name."""

    id: str
    created: str
    status: str = "kept"
    lists: Mapping[str, ListVersion] = {}

    def digests(self) -> dict[str, str]:
        """The digest of each list."""
        return {name: each.digest for name, each in self.lists.items()}


def apply(state: Register | None, event: Event) -> Register:
    """The register after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "screening.list_added")
        state = Register(id=event.stream, created=event.time)
    name = str(event.payload.get("name", ""))
    lists = dict(state.lists)
    if event.kind == "screening.list_added":
        lists[name] = msgspec.convert({**event.payload["list"], "added": event.time}, ListVersion)
    elif event.kind == "screening.list_removed" and name in lists:
        del lists[name]
    else:
        raise NotAllowed("list_unknown", "There is no list with this name.")
    return msgspec.structs.replace(state, lists=lists)


def add_list(tx: Transaction, name: str, given: Mapping[str, object], *, by: str) -> Register:
    """Add a list, or its next version. `given`: digest, format, version, entries and licence. Raises TradeError."""
    if not name or len(name) > 40 or not name.replace("-", "").isalnum():
        raise TradeError("list_name", "The name of a list has letters, digits and hyphens, at most 40.", "name")
    known = tx.lookup(REFERENCE)
    if known and name not in (register := tx.get(known)).lists and len(register.lists) >= MAX_LISTS:
        raise TradeError("too_many_lists", "There are {most} lists. Remove one first.", "name", most=MAX_LISTS)
    payload = {"name": name, "list": {**given, "by": by}}
    found: Register = tx.append(known or tx.new_id("sr_"), "screening.list_added", payload)
    return found


def remove_list(tx: Transaction, name: str, *, by: str) -> Register:
    """Screen with a list no more. Raises TradeError."""
    known = tx.lookup(REFERENCE)
    if known is None:
        raise NotAllowed("list_unknown", "There is no list with this name.")
    found: Register = tx.append(known, "screening.list_removed", {"name": name, "by": by})
    return found


REGISTER = Kind("sr_", "screening_register", Register, apply, lambda _state: (), lambda _state: (REFERENCE,))
