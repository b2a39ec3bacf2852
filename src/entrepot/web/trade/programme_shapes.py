"""Programmes as the API writes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from entrepot.trade.programmes.measure import Measured
from entrepot.trade.programmes.programme import Programme

Field = Literal[
    "policy_communication", "planning_alignment", "industry_promotion", "local_cooperation", "capacity_building"
]
Indicator = Literal["orders", "sellers", "release_hours", "people_trained", "items_done"]
ShortText = Annotated[str, Meta(max_length=250)]
Code = Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class GoalWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A goal: the whole number that an indicator is to reach. Of `release_hours` it is the most."""

    indicator: Indicator
    target: int


class ItemWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A work item: what is to be done, and by which day."""

    says: ShortText
    due: str


class ProgrammeWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A programme to create. `economies`: the partners, the own one first. No names of people.

    `pavilions`, `warehouses`, `courses`: whose orders and learners count; without any of the first two, all orders
    between the partners.
    """

    field: Field
    title: ShortText
    economies: list[Code]
    starts: str
    ends: str
    bodies: list[ShortText] = []
    places: list[ShortText] = []
    goals: list[GoalWritten] = []
    items: list[ItemWritten] = []
    pavilions: list[ShortText] = []
    warehouses: list[ShortText] = []
    courses: list[ShortText] = []


class ProgrammeChanged(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What changes of a programme. `status`: running, ended or cancelled; `done`: the place of a work item, from 1."""

    title: ShortText | None = None
    ends: str | None = None
    bodies: list[ShortText] | None = None
    places: list[ShortText] | None = None
    goals: list[GoalWritten] | None = None
    pavilions: list[ShortText] | None = None
    warehouses: list[ShortText] | None = None
    courses: list[ShortText] | None = None
    status: Literal["running", "ended", "cancelled"] | None = None
    done: int | None = None


class IndicatorShown(msgspec.Struct, kw_only=True):
    """An indicator as measured from the ledger of this node.

    `value`: null where nothing can be measured yet; `target`, `reached`: null without a goal.
    """

    indicator: Indicator
    value: int | None
    target: int | None
    reached: bool | None


class ItemShown(msgspec.Struct, kw_only=True):
    """A work item. `done`: the day on which it was done; null before."""

    says: str
    due: str
    done: str | None


class ProgrammeShown(msgspec.Struct, kw_only=True):
    """A programme of the operator. `agreements`: those in force between the partners on its first day.

    `indicators`: measured now; null in a list.
    """

    object: Literal["programme"] = "programme"
    id: str
    created: str
    status: Literal["planned", "running", "ended", "cancelled"]
    field: Field
    title: str
    economies: tuple[str, ...]
    agreements: tuple[str, ...]
    bodies: tuple[str, ...]
    places: tuple[str, ...]
    starts: str
    ends: str
    items: list[ItemShown]
    pavilions: tuple[str, ...]
    warehouses: tuple[str, ...]
    courses: tuple[str, ...]
    indicators: list[IndicatorShown] | None


PROGRAMME_BODIES = (GoalWritten, ItemWritten, ProgrammeWritten, ProgrammeChanged)
PROGRAMME_SHAPES = (IndicatorShown, ItemShown, ProgrammeShown)


def show_programme(programme: Programme, measured: tuple[Measured, ...] | None = None) -> ProgrammeShown:
    """A programme as the API shows it, with its indicators if they were measured."""
    same = {name: getattr(programme, name) for name in ProgrammeShown.__struct_fields__ if hasattr(programme, name)}
    items = [ItemShown(says=each.says, due=each.due, done=each.done or None) for each in programme.items]
    indicators = None
    if measured is not None:
        indicators = [
            IndicatorShown(
                indicator=each.indicator,  # type: ignore[arg-type]  # one of INDICATORS
                value=each.value,
                target=each.target,
                reached=each.reached,
            )
            for each in measured
        ]
    return ProgrammeShown(**{**same, "items": items, "indicators": indicators})
