"""places: which economies there are, which have law here, and how much of it, how far trusted, with which schedules."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from entrepot.law import inventory
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.sources import TRUST
from entrepot.schedules.install import lying


class Economy(msgspec.Struct):
    """An economy: its ISO 3166-1 alpha-2 code, its currency, and the pack of its law, where there is one here."""

    economy: str
    title: str
    currency: str
    pack: str | None


class Trust(msgspec.Struct):
    """How many rows are from the authority's own text, from another publication, or not checked."""

    official: int
    published: int
    unchecked: int


class ScheduleKept(msgspec.Struct):
    """An official schedule that is kept over a pack, or what is wrong with it (`fault`)."""

    id: str
    title: str | None
    since: str | None
    until: str | None
    trust: str | None
    lines: int | None
    fault: str | None


class PackOf(msgspec.Struct):
    """A pack of law: for which economies, how many rows it has and how far they can be trusted, when it was read."""

    pack: str
    title: str | None
    economies: list[str]
    currency: str | None
    lines: int
    rows: int
    trust: Trust
    read_on: str | None
    limits: list[str]
    schedules: list[ScheduleKept]


class Economies(msgspec.Struct, kw_only=True):
    """Every economy, and every pack of law that there is here."""

    object: str = "list"
    data: list[Economy]
    packs: list[PackOf]


def economies_of(house: Library) -> Economies:
    """The economies of the world, by their codes, and the packs of a library with the schedules that are kept now."""
    packs = house.ids()
    there = frozenset(packs)
    kept: dict[str, list[ScheduleKept]] = {pack: [] for pack in packs}
    for each in lying(data_folder(), packs):
        if each.layer is None:
            kept[each.pack].append(ScheduleKept(f"{each.pack}/{each.id}", None, None, None, None, None, each.fault))
        else:
            head = each.layer.head
            until = head.until.isoformat() if head.until else None
            lines = each.layer.counts.get("lines")
            schedule = ScheduleKept(head.label, head.title, head.since.isoformat(), until, head.trust, lines, None)
            kept[each.pack].append(schedule)
    return Economies(
        data=[
            Economy(code, title, currency, pack if pack in there else None)
            for code, (title, currency, pack) in sorted(house.world.economies.items())
        ],
        packs=[msgspec.structs.replace(_pack(house, pack), schedules=kept[pack]) for pack in packs],
    )


@lru_cache(maxsize=256)
def _pack(house: Library, pack: str) -> PackOf:
    """A pack as it is counted, once: packs do not change while a desk runs."""
    counted = inventory.summarize(house.folder / pack)
    told = counted.as_json()
    return PackOf(
        pack=pack,
        title=told["title"],
        economies=list(told["economies"]),
        currency=told["currency"],
        lines=counted.lines,
        rows=counted.rows,
        trust=Trust(*(counted.trust[name] for name in TRUST)),
        read_on=told["read_on"],
        limits=list(map(str, told["limits"])),
        schedules=[],
    )
