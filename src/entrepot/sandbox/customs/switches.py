"""The switches of the customs office."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from entrepot.sandbox.switches import Switches

#: What the office does by itself with a list that passed its checks.
Mode = Literal["release", "assess", "examine", "inspect", "refuse", "detain"]
#: What it does with an application to cancel or to return.
Answer = Literal["approve", "examine", "refuse"]


class OfficeSwitches(Switches, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switches of every sandbox, and those of a customs office.

    `mode`: what happens to a list that passed; `by_order`: the same for the lists of single orders, by order number;
    `hold_every`: every nth list is held (0: none), with `hold_with`; `applications`: what happens to those that passed;
    `entry_lists`: whether goods of direct purchase (9610) are taken to be at the supervised place, or are released only
    when their entry-to-warehouse detail came; `close`: when a released list is closed; `buyers_authenticated`: whether
    another person may pay for the buyer.
    """

    mode: Mode = "release"
    by_order: dict[Annotated[str, Meta(max_length=60)], Mode] = msgspec.field(default_factory=dict)
    hold_every: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    hold_with: Literal["examine", "inspect"] = "inspect"
    applications: Answer = "approve"
    entry_lists: Literal["assumed", "required"] = "assumed"
    close: Literal["with_delivery", "with_tax", "never"] = "with_delivery"
    buyers_authenticated: bool = False
