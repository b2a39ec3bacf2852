"""The economies, and the packs of law: how many rows, how far they are trusted, and which schedules they have."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from entrepot.law import inventory
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.sources import PACK_TRUST
from entrepot.schedules.install import find_installed


class Economy(msgspec.Struct):
    """An economy: its ISO 3166-1 alpha-2 code, its currency, and the pack of its law, if there is one."""

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
    """An official schedule that was added to a pack, or what is wrong with it (`fault`)."""

    id: str
    title: str | None
    since: str | None
    until: str | None
    trust: str | None
    lines: int | None
    fault: str | None


class PackOf(msgspec.Struct):
    """A pack of law: its economies, its number of rows and their trust, and when its sources were read."""

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
    """Every economy, and every pack of law of this server."""

    object: str = "list"
    data: list[Economy]
    packs: list[PackOf]


def economies_of(library: Library) -> Economies:
    """All economies, by code, and the packs of a library with their present schedules."""
    packs = library.ids()
    available = frozenset(packs)
    schedules: dict[str, list[ScheduleKept]] = {pack: [] for pack in packs}
    for each in find_installed(data_folder(), packs):
        if each.layer is None:
            schedules[each.pack].append(
                ScheduleKept(f"{each.pack}/{each.id}", None, None, None, None, None, each.fault)
            )
        else:
            head = each.layer.head
            until = head.until.isoformat() if head.until else None
            lines = each.layer.counts.get("lines")
            schedule = ScheduleKept(head.label, head.title, head.since.isoformat(), until, head.trust, lines, None)
            schedules[each.pack].append(schedule)
    return Economies(
        data=[
            Economy(code, title, currency, pack if pack in available else None)
            for code, (title, currency, pack) in sorted(library.world.economies.items())
        ],
        packs=[msgspec.structs.replace(_pack(library, pack), schedules=schedules[pack]) for pack in packs],
    )


@lru_cache(maxsize=256)
def _pack(library: Library, pack: str) -> PackOf:
    """A pack and its counts. Cached: packs do not change while the server runs."""
    counted = inventory.summarize(library.folder / pack)
    values = counted.as_json()
    return PackOf(
        pack=pack,
        title=values["title"],
        economies=list(values["economies"]),
        currency=values["currency"],
        lines=counted.lines,
        rows=counted.rows,
        trust=Trust(*(counted.trust[name] for name in PACK_TRUST)),
        read_on=values["read_on"],
        limits=list(map(str, values["limits"])),
        schedules=[],
    )
