"""A programme of cooperation in one of five fields: its partners, places, dates, goals and work items.

planned -- started -- running -- ended -- ended
   +------- cancelled -------+
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import NotFound, Transaction, key_reused

#: The five fields of cooperation: a pavilion is industry promotion, a pilot zone local cooperation, a course capacity
#: building.
FIELDS = (
    "policy_communication",
    "planning_alignment",
    "industry_promotion",
    "local_cooperation",
    "capacity_building",
)
#: What the ledger measures (`trade.programmes.measure`).
INDICATORS = ("orders", "sellers", "release_hours", "people_trained", "items_done")
MAX_TITLE, MAX_TEXT, MAX_LISTED = 120, 250, 50
MOVES: Moves = {
    ("planned", "programme.changed"): "planned",
    ("running", "programme.changed"): "running",
    ("planned", "programme.item_done"): "planned",
    ("running", "programme.item_done"): "running",
    ("planned", "programme.started"): "running",
    ("running", "programme.ended"): "ended",
    ("planned", "programme.cancelled"): "cancelled",
    ("running", "programme.cancelled"): "cancelled",
}
#: The words of a status that can be set, and the event that leads to each.
STATUSES = {"running": "programme.started", "ended": "programme.ended", "cancelled": "programme.cancelled"}


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal: the indicator, and the whole number that it is to reach. Of `release_hours` it is the most."""

    indicator: str
    target: int


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A work item, such as a meeting, a notice or a step of a plan. `done`: the day on which it was done."""

    says: str
    due: str
    done: str = ""


class Programme(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A programme of the operator (`organization`).

    `economies`: the partners, the own one first; `bodies`: the administrations and associations that take part;
    `places`: such as a pilot zone; `starts`, `ends`: its days, the last one included; `agreements`: those in force
    between the partners when it was created, by their ids in the packs; `pavilions`, `warehouses`, `courses`: whose
    orders and learners are counted, of all between the partners if there are none.
    """

    id: str
    status: str
    organization: str
    created: str
    field: str
    title: str
    economies: tuple[str, ...]
    starts: str
    ends: str
    agreements: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    items: tuple[Item, ...] = ()
    pavilions: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()
    request: str = ""

    @property
    def items_done(self) -> int:
        """How many work items are done."""
        return sum(bool(each.done) for each in self.items)


def apply(state: Programme | None, event: Event) -> Programme:
    """The programme after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "programme.created")
        made = {**event.payload, "id": event.stream, "status": "planned", "created": event.time}
        return msgspec.convert(made, Programme)
    status = after(MOVES, state.id, state.status, event.kind)
    if event.kind == "programme.changed":
        changed = _plain(state) | {**event.payload, "status": status}
        return msgspec.convert(changed, Programme)
    if event.kind == "programme.item_done":
        place = event.payload["item"] - 1
        done = msgspec.structs.replace(state.items[place], done=event.time[:10])
        items = (*state.items[:place], done, *state.items[place + 1 :])
        return msgspec.structs.replace(state, status=status, items=items)
    return msgspec.structs.replace(state, status=status)


def check_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a programme, checked. Raises TradeError, which names the field.

    >>> form = {"field": "capacity_building", "title": "Training", "economies": ["CN", "VN"], "starts": "2026-03-01",
    ...     "ends": "2026-12-31", "goals": [{"indicator": "people_trained", "target": 100}]}
    >>> check_fields(form)["goals"]
    [{'indicator': 'people_trained', 'target': 100}]
    """
    _one_of("field", given["field"], FIELDS)
    _text("title", given["title"], MAX_TITLE)
    if len(set(given["economies"])) != len(given["economies"]) or len(given["economies"]) < 2:
        raise _invalid("economies", " ".join(given["economies"]), "CN VN")
    starts, ends = _day("starts", given["starts"]), _day("ends", given["ends"])
    if ends < starts:
        raise _invalid("ends", given["ends"], f"≥ {starts}")
    for name in ("bodies", "places", "pavilions", "warehouses", "courses"):
        _list(name, given.get(name, ()))
    for position, goal in enumerate(_list("goals", given.get("goals", ()), texts=False)):
        _one_of(f"goals[{position}].indicator", goal["indicator"], INDICATORS)
        if not 0 < goal["target"] < 10**12:
            raise _invalid(f"goals[{position}].target", str(goal["target"]), "1, 2 …")
    for position, item in enumerate(_list("items", given.get("items", ()), texts=False)):
        _text(f"items[{position}].says", item["says"], MAX_TEXT)
        _day(f"items[{position}].due", item["due"])
    return dict(given)


def create(
    tx: Transaction, fields: Mapping[str, Any], agreements: Sequence[str], *, organization: str, key: str = ""
) -> Programme:
    """Create a programme. `fields`: as `check_fields` gives them; `agreements`: what it rests on.

    The same `key` with the same fields is one programme. Raises TradeError.
    """
    reference = f"programme_request:{organization}:{key}" if key else ""
    payload = {**fields, "agreements": list(agreements), "organization": organization, "request": reference}
    if reference and (known := tx.lookup(reference)) is not None:
        before: Programme = tx.get(known)
        now = _plain(before)
        if any(value and now.get(name) != value for name, value in fields.items()):
            raise key_reused()
        return before
    made: Programme = tx.append(tx.new_id("pg_"), "programme.created", payload, key=reference)
    return made


def change(tx: Transaction, number: str, fields: Mapping[str, Any], *, organization: str) -> Programme:
    """Change fields of a programme; its field and partners stay. Raises TradeError and NotFound."""
    found = owned(tx, number, organization)
    now = _plain(found)
    differs = {name: value for name, value in fields.items() if value != now.get(name, [])}
    if not differs:
        return found
    check_fields({name: now.get(name, []) for name in Programme.__struct_fields__} | differs)
    changed: Programme = tx.append(number, "programme.changed", differs)
    return changed


def set_status(tx: Transaction, number: str, status: str, *, organization: str) -> Programme:
    """Start, end or cancel a programme. Raises NotAllowed and NotFound."""
    found = owned(tx, number, organization)
    if found.status == status:
        return found
    _one_of("status", status, tuple(STATUSES))
    changed: Programme = tx.append(number, STATUSES[status], {})
    return changed


def finish_item(tx: Transaction, number: str, item: int, *, organization: str) -> Programme:
    """Mark a work item as done today. `item`: its place, from 1. Raises TradeError and NotFound."""
    found = owned(tx, number, organization)
    if not 1 <= item <= len(found.items):
        raise _invalid("item", str(item), f"1 … {len(found.items)}")
    if found.items[item - 1].done:
        return found
    changed: Programme = tx.append(number, "programme.item_done", {"item": item})
    return changed


def owned(tx: Transaction, number: str, organization: str) -> Programme:
    """A programme of an organization. Raises NotFound."""
    found = tx.find(number) if number.startswith("pg_") else None
    if not isinstance(found, Programme) or found.organization != organization:
        raise NotFound(number)
    return found


def _plain(state: Programme) -> dict[str, Any]:
    """The fields of a programme as in its events: lists, and no fields that have their defaults."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(state))
    return found


def _one_of(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise _invalid(field, value, ", ".join(known))


def _text(field: str, value: str, most: int) -> None:
    if not value.strip() or len(value) > most or not value.isprintable():
        raise _invalid(field, value, f"1 … {most}")


def _list(field: str, values: Sequence[Any], *, texts: bool = True) -> Sequence[Any]:
    if len(values) > MAX_LISTED:
        raise _invalid(field, str(len(values)), f"≤ {MAX_LISTED}")
    for position, value in enumerate(values if texts else ()):
        _text(f"{field}[{position}]", value, MAX_TITLE)
    return values


def _day(field: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _invalid(field, text, "2026-03-01") from None


def _invalid(field: str, value: str, known: str) -> TradeError:
    return TradeError(
        "field_invalid",
        "{value!r} is not a value of {field}. Use one of: {known}.",
        field,
        value=value[:60],
        field=field,
        known=known,
    )


def _references(state: Programme) -> tuple[str, ...]:
    return (state.request,) if state.request else ()


PROGRAMME = Kind("pg_", "programme", Programme, apply, lambda state: (state.organization,), _references)
