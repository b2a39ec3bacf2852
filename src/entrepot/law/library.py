"""The packs of a folder: find, check, compile and cache them."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot import configuration
from entrepot.law import cache as law_cache  # `cache` is a parameter here
from entrepot.law.compiled import Law, World
from entrepot.law.layers import Layer, combined_hash, combined_stamp, data_folder, read_layer, read_schedules
from entrepot.model.errors import LawError, PackError, PackFault, PlaceName, nearest

if TYPE_CHECKING:
    from entrepot.law.agreement_records import Agreements
    from entrepot.law.periods import Periods
    from entrepot.law.read import Pack


def packs_folder() -> Path:
    """The packs installed with Entrepot, or $ENTREPOT_PACKS."""
    if chosen := configuration.packs_folder(os.environ):
        return chosen
    inside = Path(__file__).parents[1] / "packs"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "packs"


#: Bytes at the beginning of a table that have its header.
HEAD_BYTES = 4_096


class Library:
    """The packs of one folder, the schedules installed over them (in `data`), and the given overlays.

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
                "{folder} contains no packs: the world pack is missing. Set ENTREPOT_PACKS to the folder of packs.",
                folder=self.folder,
            )
        self._cache = cache or law_cache.cache_folder()
        self._world_hash = law_cache.content_hash(self.folder / "world")
        self._laws: dict[str, list[Law]] = {}
        self._packs: dict[str, Pack] = {}
        self._law_folders: dict[str, Path] = {}
        self._data = data or data_folder()
        self._layers: dict[str, list[Layer]] = {}
        self._layer_packs: dict[Path, Pack] = {}
        self._checked: set[tuple[Path, ...]] = set()
        self._agreements: Agreements | None = None
        self._periods: Periods | None = None
        self.world = self._read_world()
        self._pack_ids = frozenset(self.ids())
        self._overlays = [self._overlay(path) for path in overlays]

    @property
    def overlays(self) -> tuple[Layer, ...]:
        """The overlays given when the library was created."""
        return tuple(self._overlays)

    def with_overlays(self, overlays: Sequence[Path]) -> Library:
        """The same packs, schedules and overlays, with more overlays on top."""
        folder, cache, there, data = self.arguments()
        return Library(folder, cache, overlays=[*there, *overlays], data=data)

    def arguments(self) -> tuple[Path, Path, list[Path], Path | None]:
        """What the library was made from: its folder, the cache, the overlays, and the folder of schedules."""
        return self.folder, self._cache, [layer.path for layer in self._overlays], self._data

    def ids(self) -> list[str]:
        """The ids of the packs, without the world pack."""
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.is_dir() and path.name != "world" and path.name[0] != "."
        )

    def name_of(self, economy: str) -> str | None:
        """The name of an economy in the world pack; None if it is not there."""
        entry = self.world.economies.get(economy)
        return entry[0] if entry else None

    def pack_of(self, economy: str) -> str:
        """The id of the pack with the law of an economy. Raises LawError if there is none."""
        found = self.world.economies.get(economy)
        if found and found[2] in self._pack_ids:
            return found[2]
        if not found:
            near = nearest(economy, self.world.economies)
            raise LawError(
                "{word!r} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.", near, word=economy
            )
        known = ", ".join(sorted(code for code, entry in self.world.economies.items() if entry[2]))
        raise LawError(
            "No pack has the law of {place} ({economy}). Available: {known}.",
            place=PlaceName(found[0], code=economy),
            economy=economy,
            known=known,
        )

    def law(self, economy: str, on: dt.date) -> Law:
        """The compiled law of an economy around a day."""
        return self.law_of(self.pack_of(economy), on)

    def law_of(self, pack: str, on: dt.date) -> Law:
        """The compiled law of a pack around a day: from memory, from the cache, or compiled now."""
        day = on.isoformat()
        laws = self._laws.setdefault(pack, [])
        for law in laws:
            if law.since <= day and (law.until is None or day < law.until):
                return law
        folder = self._law_folders.get(pack) or self._folder_of(pack)
        found = law_cache.find_law(folder, pack, on)
        if found is None:
            from entrepot.law.compile import compile_law

            found = compile_law(self.pack_with_layers(pack, on), self.pack("world"), on)
            found.hash = self._hash_of(pack, self._in_force(pack, on))
            law_cache.write_file(law_cache.law_file(folder, found), found)
        laws.append(found)
        return found

    def agreements(self) -> Agreements:
        """The agreements on digital trade of the world pack: from memory, from the cache, or compiled now."""
        if self._agreements is None:
            file = self._cache / f"{law_cache.CODE_HASH}-{self._world_hash}" / "agreements"
            from entrepot.law.agreement_records import Agreements

            kept = law_cache.read_file(file, Agreements)
            if kept is None:
                from entrepot.law.agreements import compile_agreements

                kept = compile_agreements(self.pack("world"), self._world_hash)
                law_cache.write_file(file, kept)
            self._agreements = kept
        return self._agreements

    def periods(self) -> Periods:
        """The rules of the world pack about people, in years: from memory, from the cache, or compiled now."""
        if self._periods is None:
            file = self._cache / f"{law_cache.CODE_HASH}-{self._world_hash}" / "periods"
            from entrepot.law.periods import Periods, compile_periods

            kept = law_cache.read_file(file, Periods)
            if kept is None:
                kept = compile_periods(self.pack("world"))
                law_cache.write_file(file, kept)
            self._periods = kept
        return self._periods

    def pack(self, name: str) -> Pack:
        """A pack, read and checked. Raises PackError with all its faults."""
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
        """All layers over a pack, on any day: the installed schedules by first day, then the given overlays."""
        if pack not in self._layers:
            mine = [layer for layer in self._overlays if layer.head.pack == pack]
            self._layers[pack] = read_schedules(self._data, pack) + mine
        return self._layers[pack]

    def has_names(self, pack: str, language: str) -> bool:
        """Whether a pack, or a layer over it on any day, may have names of goods in a language. Compiles nothing."""
        column = f"name_{language}".encode()
        for folder in (self.folder / pack, *(layer.path for layer in self.layers(pack))):
            for file in folder.glob("goods*.csv"):
                with file.open("rb") as stream:
                    if column in stream.read(HEAD_BYTES):
                        return True
        return False

    def pack_with_layers(self, pack: str, on: dt.date) -> Pack:
        """A pack with the layers that are in force on a day. Raises PackError with all faults of the layers."""
        if not self.layers(pack):
            return self.pack(pack)
        from entrepot.law.overlay import apply_layers, check_layer, raise_faults, read_body

        heads = [layer.head for layer in self.layers(pack)]
        edges = [day for head in heads for day in (head.since, head.until, head.old_from)]
        over = []
        for layer in self._in_force(pack, on):
            if layer.path not in self._layer_packs:
                self._layer_packs[layer.path] = read_body(layer)
            over.append((layer, self._layer_packs[layer.path]))
        whole = apply_layers(self.pack(pack), over, on, edges)
        together = tuple(layer.path for layer, _ in over)
        if together not in self._checked:  # valid on one day is valid on the next; a schedule has many rows
            raise_faults([fault for _, body in over for fault in check_layer(body, whole, self.pack("world"))])
            self._checked.add(together)
        return whole

    def _in_force(self, pack: str, on: dt.date) -> list[Layer]:
        return [layer for layer in self.layers(pack) if layer.head.on(on)]

    def _overlay(self, path: Path) -> Layer:
        """Read an overlay. Raises LawError if it is not an overlay of a pack of this library."""
        if not path.is_dir():
            raise LawError("Folder {path} does not exist. An overlay is a folder with a layer.toml.", path=path)
        layer = read_layer(path.resolve())
        if layer.head.kind != "overlay":
            raise LawError(
                '{path} is a {kind}, not an overlay. The layer.toml of an overlay contains kind = "overlay".',
                path=path,
                kind=layer.head.kind,
            )
        if layer.head.pack not in self._pack_ids:
            near = nearest(layer.head.pack, self._pack_ids)
            raise LawError(
                "{path} changes the pack {pack!r}, which does not exist.", near, path=path, pack=layer.head.pack
            )
        return layer

    def check(self, path: Path) -> list[PackFault]:
        """Every fault of a pack or of a layer in a folder."""
        from entrepot.law.check import check
        from entrepot.law.read import read_pack

        if not path.is_dir():
            wrong = "This is a file; a pack is a folder." if path.exists() else "This folder does not exist."
            return [PackFault(str(path), 0, "", wrong)]
        if (path / "layer.toml").is_file():
            return self._check_layer(path.resolve())
        if path.resolve().name == "world":
            pack = read_pack(path.resolve())
            return check(pack, pack)
        return check(read_pack(path.resolve()), self.pack("world"))

    def _check_layer(self, path: Path) -> list[PackFault]:
        from entrepot.law.overlay import apply_layers, check_day, check_layer, read_body

        try:
            layer = read_layer(path)
            base = self.pack(layer.head.pack)
        except PackError as error:
            return list(error.faults)
        body = read_body(layer)
        return check_layer(body, apply_layers(base, [(layer, body)], check_day(layer, body)), self.pack("world"))

    def _hash_of(self, pack: str, layers: Sequence[Layer]) -> str:
        # The hash covers everything the law is made of: the same files give the same hash on any machine.
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{self._world_hash} {law_cache.content_hash(self.folder / pack)}".encode())
        return combined_hash(layers, digest.hexdigest()) if layers else digest.hexdigest()

    def _folder_of(self, pack: str) -> Path:
        # Layers that are not in force count too: the first or last day of each ends a period, and law is stored by its
        # period.
        layers = self.layers(pack)
        self._law_folders[pack] = (
            self._cache / f"{law_cache.CODE_HASH}-{self._hash_of(pack, layers)}{combined_stamp(layers)}"
        )
        return self._law_folders[pack]

    def _read_world(self) -> World:
        file = self._cache / f"{law_cache.CODE_HASH}-{self._world_hash}" / "world"
        if kept := law_cache.read_file(file, World):
            return kept
        from entrepot.law import subdivisions

        pack = self.pack("world")
        world = World(
            economies={
                row["economy"]: (row["title"], row["currency"], row["pack"] or "") for row in pack.rows("economies")
            },
            decimals={row["currency"]: row["decimals"] for row in pack.rows("currencies")},
            services={row["service"]: row["title"] for row in pack.rows("services")},
            headings={row["goods"]: row["name_en"] for row in pack.rows("headings")},
            proofs={entry.id: tuple(entry.proofs) for _, entry in pack.entries_of("treatment")},
            treatments={entry.id: entry.title for _, entry in pack.entries_of("treatment")},
            subdivisions=subdivisions.names_of(pack),
            subdivision_of=subdivisions.spellings_of(pack),
        )
        law_cache.write_file(file, world)
        return world
