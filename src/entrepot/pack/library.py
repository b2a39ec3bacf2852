"""The shelf of packs: finds, checks, compiles once and keeps. `law(economy, day)` is all that the rest asks for."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.faults import LawError, PackError, PackFault, meant
from entrepot.pack import keep
from entrepot.pack.law import Law, World

if TYPE_CHECKING:
    from entrepot.pack.read import Pack


def packs_folder() -> Path:
    """The packs that came with Entrepot, or $ENTREPOT_PACKS."""
    if chosen := os.environ.get("ENTREPOT_PACKS"):
        return Path(chosen)
    inside = Path(__file__).parents[1] / "packs"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "packs"


class Library:
    """The packs of one folder. Law that was compiled before is read from the cache.

    >>> Library().law("CN", dt.date(2026, 3, 1)).currency
    'CNY'
    """

    def __init__(self, folder: Path | None = None, cache: Path | None = None) -> None:
        self.folder = folder or packs_folder()
        if not (self.folder / "world").is_dir():
            raise LawError(
                f"No packs in {self.folder}: it has no world pack. Set ENTREPOT_PACKS to the folder of packs."
            )
        self._cache = cache or keep.cache_folder()
        self._world_hash = keep.content_hash(self.folder / "world")
        self._laws: dict[str, list[Law]] = {}
        self._packs: dict[str, Pack] = {}
        self._kept: dict[str, Path] = {}
        self.world = self._read_world()
        self._there = frozenset(self.ids())

    def ids(self) -> list[str]:
        """The packs there are, the world pack left out."""
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.is_dir() and path.name != "world" and path.name[0] != "."
        )

    def pack_of(self, economy: str) -> str:
        """The pack whose law an economy has. Raises LawError where there is none."""
        found = self.world.economies.get(economy)
        if found and found[2] in self._there:
            return found[2]
        if not found:
            raise LawError(
                f"{economy!r} is no economy. Write an ISO 3166-1 alpha-2 code.{meant(economy, self.world.economies)}"
            )
        known = ", ".join(sorted(code for code, entry in self.world.economies.items() if entry[2]))
        raise LawError(f"No pack holds the law of {found[0]} ({economy}). There is law of: {known}.")

    def law(self, economy: str, on: dt.date) -> Law:
        """The compiled law of an economy around a day."""
        return self.law_of(self.pack_of(economy), on)

    def law_of(self, pack: str, on: dt.date) -> Law:
        """The compiled law of a pack around a day: from memory, from the disk, or compiled now."""
        day = on.isoformat()
        laws = self._laws.setdefault(pack, [])
        for law in laws:
            if law.since <= day and (law.until is None or day < law.until):
                return law
        folder = self._kept.get(pack) or self._folder_of(pack)
        found = keep.find_law(folder, pack, on)
        if found is None:
            from entrepot.pack.compile import (
                compile_law,  # law that is kept needs no reader, no checker and no compiler
            )

            found = compile_law(self.pack(pack), self.pack("world"), on)
            found.hash = folder.name.partition("-")[2]
            keep.save(keep.law_file(folder, found), found)
        laws.append(found)
        return found

    def pack(self, name: str) -> Pack:
        """A pack as it was read and checked. Raises PackError with all its faults."""
        from entrepot.pack.check import check
        from entrepot.pack.read import read_pack

        if name not in self._packs:
            pack = read_pack(self.folder / name)
            world = pack if name == "world" else self.pack("world")
            if faults := check(pack, world):
                raise PackError(faults)
            self._packs[name] = pack
        return self._packs[name]

    def check(self, path: Path) -> list[PackFault]:
        """Every fault of somebody's own pack."""
        from entrepot.pack.check import check
        from entrepot.pack.read import read_pack

        if not path.is_dir():
            return [PackFault(str(path), 0, "", "There is no such folder.")]
        if path.resolve().name == "world":
            pack = read_pack(path.resolve())
            return check(pack, pack)
        return check(read_pack(path.resolve()), self.pack("world"))

    def _folder_of(self, pack: str) -> Path:
        # The hash of a law is that of all it is made of, so the same files give the same hash on any machine.
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{self._world_hash} {keep.content_hash(self.folder / pack)}".encode())
        self._kept[pack] = self._cache / f"{keep.FORM}-{digest.hexdigest()}"
        return self._kept[pack]

    def _read_world(self) -> World:
        file = self._cache / f"{keep.FORM}-{self._world_hash}" / "world"
        if kept := keep.load(file, World):
            return kept
        pack = self.pack("world")
        world = World(
            economies={
                row["economy"]: (row["title"], row["currency"], row["pack"] or "") for row in pack.rows("economies")
            },
            decimals={row["currency"]: row["decimals"] for row in pack.rows("currencies")},
            services={row["service"]: row["title"] for row in pack.rows("services")},
            headings={row["goods"]: row["name_en"] for row in pack.rows("headings")},
            proofs={entry.id: tuple(entry.proofs) for _, entry in pack.each("treatment")},
            treatments={entry.id: entry.title for _, entry in pack.each("treatment")},
        )
        keep.save(file, world)
        return world
