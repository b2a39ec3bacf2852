"""The shelf of packs: finds, checks, compiles once and keeps. `law(economy, day)` is all that the rest asks for."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot import configuration
from entrepot.law import cache as keep
from entrepot.law.compiled import Law, World
from entrepot.law.layers import Layer, data_folder, hash_of, read_layer, schedules_of, stamp_of
from entrepot.model.errors import LawError, PackError, PackFault, nearest

if TYPE_CHECKING:
    from entrepot.law.read import Pack


def packs_folder() -> Path:
    """The packs that came with Entrepot, or $ENTREPOT_PACKS."""
    if chosen := configuration.packs_folder(os.environ):
        return chosen
    inside = Path(__file__).parents[1] / "packs"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "packs"


class Library:
    """The packs of one folder, with the schedules that the user keeps over them (`data`), and the overlays given.

    Law that was compiled before is read from the cache.

    >>> Library().law("CN", dt.date(2026, 3, 1)).currency
    'CNY'
    """

    def __init__(
        self,
        folder: Path | None = None,
        cache: Path | None = None,
        *,
        overlays: Sequence[Path] = (),
        data: Path | None = None,
    ) -> None:
        self.folder = folder or packs_folder()
        if not (self.folder / "world").is_dir():
            raise LawError(
                "No packs in {folder}: it has no world pack. Set ENTREPOT_PACKS to the folder of packs.",
                folder=self.folder,
            )
        self._cache = cache or keep.cache_folder()
        self._world_hash = keep.content_hash(self.folder / "world")
        self._laws: dict[str, list[Law]] = {}
        self._packs: dict[str, Pack] = {}
        self._kept: dict[str, Path] = {}
        self._data = data or data_folder()
        self._layers: dict[str, list[Layer]] = {}
        self._bodies: dict[Path, Pack] = {}
        self._sound: set[tuple[Path, ...]] = set()
        self.world = self._read_world()
        self._there = frozenset(self.ids())
        self._overlays = [self._overlay(path) for path in overlays]

    @property
    def overlays(self) -> tuple[Layer, ...]:
        """What was laid over the packs when the library was made."""
        return tuple(self._overlays)

    def under(self, overlays: Sequence[Path]) -> Library:
        """The same packs and schedules, with these overlays over all that lies there already."""
        there = [layer.path for layer in self._overlays]
        return Library(self.folder, self._cache, overlays=[*there, *overlays], data=self._data)

    def ids(self) -> list[str]:
        """The packs there are, the world pack left out."""
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.is_dir() and path.name != "world" and path.name[0] != "."
        )

    def name_of(self, economy: str) -> str | None:
        """What the packs call an economy; None where they do not have it."""
        entry = self.world.economies.get(economy)
        return entry[0] if entry else None

    def pack_of(self, economy: str) -> str:
        """The pack whose law an economy has. Raises LawError where there is none."""
        found = self.world.economies.get(economy)
        if found and found[2] in self._there:
            return found[2]
        if not found:
            near = nearest(economy, self.world.economies)
            raise LawError("{word!r} is no economy. Write an ISO 3166-1 alpha-2 code.", near, word=economy)
        known = ", ".join(sorted(code for code, entry in self.world.economies.items() if entry[2]))
        raise LawError(
            "No pack holds the law of {place} ({economy}). There is law of: {known}.",
            place=found[0],
            economy=economy,
            known=known,
        )

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
            from entrepot.law.compile import compile_law

            found = compile_law(self.laid(pack, on), self.pack("world"), on)
            found.hash = self._hash_of(pack, self._in_force(pack, on))
            keep.save(keep.law_file(folder, found), found)
        laws.append(found)
        return found

    def pack(self, name: str) -> Pack:
        """A pack as it was read and checked. Raises PackError with all its faults."""
        from entrepot.law.check import check
        from entrepot.law.read import read_pack

        if name not in self._packs:
            pack = read_pack(self.folder / name)
            world = pack if name == "world" else self.pack("world")
            if faults := check(pack, world):
                raise PackError(faults)
            self._packs[name] = pack
        return self._packs[name]

    def layers(self, pack: str) -> list[Layer]:
        """What may lie over a pack on some day: the schedules kept, the older first, then the overlays given."""
        if pack not in self._layers:
            mine = [layer for layer in self._overlays if layer.head.pack == pack]
            self._layers[pack] = schedules_of(self._data, pack) + mine
        return self._layers[pack]

    def laid(self, pack: str, on: dt.date) -> Pack:
        """A pack with the layers over it that are in force on a day. Raises PackError with all their faults."""
        if not self.layers(pack):
            return self.pack(pack)
        from entrepot.law.overlay import check_layer, laid, raise_faults, read_body

        edges = [day for layer in self.layers(pack) for day in (layer.head.since, layer.head.until)]
        over = []
        for layer in self._in_force(pack, on):
            if layer.path not in self._bodies:
                self._bodies[layer.path] = read_body(layer)
            over.append((layer, self._bodies[layer.path]))
        whole = laid(self.pack(pack), over, on, edges)
        together = tuple(layer.path for layer, _ in over)
        if together not in self._sound:  # what is sound on one day is on the next: a schedule has many rows
            raise_faults([fault for _, body in over for fault in check_layer(body, whole, self.pack("world"))])
            self._sound.add(together)
        return whole

    def _in_force(self, pack: str, on: dt.date) -> list[Layer]:
        return [layer for layer in self.layers(pack) if layer.head.on(on)]

    def _overlay(self, path: Path) -> Layer:
        """An overlay that was named. Raises LawError where it is none over a pack of this library."""
        if not path.is_dir():
            raise LawError("There is no folder {path}. An overlay is a folder with a layer.toml.", path=path)
        layer = read_layer(path.resolve())
        if layer.head.kind != "overlay":
            raise LawError(
                '{path} is a {kind} and no overlay; its layer.toml says kind = "overlay" if it is.',
                path=path,
                kind=layer.head.kind,
            )
        if layer.head.pack not in self._there:
            near = nearest(layer.head.pack, self._there)
            raise LawError(
                "{path} lies over the pack {pack!r}, which is not there.", near, path=path, pack=layer.head.pack
            )
        return layer

    def check(self, path: Path) -> list[PackFault]:
        """Every fault of somebody's own pack, or of a layer over one."""
        from entrepot.law.check import check
        from entrepot.law.read import read_pack

        if not path.is_dir():
            return [PackFault(str(path), 0, "", "There is no such folder.")]
        if (path / "layer.toml").is_file():
            return self._check_layer(path.resolve())
        if path.resolve().name == "world":
            pack = read_pack(path.resolve())
            return check(pack, pack)
        return check(read_pack(path.resolve()), self.pack("world"))

    def _check_layer(self, path: Path) -> list[PackFault]:
        from entrepot.law.overlay import check_layer, day_of, laid, read_body

        try:
            layer = read_layer(path)
            base = self.pack(layer.head.pack)
        except PackError as error:
            return list(error.faults)
        body = read_body(layer)
        return check_layer(body, laid(base, [(layer, body)], day_of(layer, body)), self.pack("world"))

    def _hash_of(self, pack: str, layers: Sequence[Layer]) -> str:
        # The hash of a law is that of all it is made of, so the same files give the same hash on any machine.
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{self._world_hash} {keep.content_hash(self.folder / pack)}".encode())
        return hash_of(layers, digest.hexdigest()) if layers else digest.hexdigest()

    def _folder_of(self, pack: str) -> Path:
        # All layers count, also those not in force: each ends a spell, and law is kept by its spell.
        layers = self.layers(pack)
        self._kept[pack] = self._cache / f"{keep.FORM}-{self._hash_of(pack, layers)}{stamp_of(layers)}"
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
