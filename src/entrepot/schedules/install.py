"""keep: a schedule that was read becomes a layer on the disk, whole or not at all; and layers are found and removed."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from entrepot.law.layers import LAYER_FILE, LAYER_NAME, OLD_PREFIX, Layer, read_layer, schedule_folders
from entrepot.law.overlay import file_hash
from entrepot.model.errors import PackError, PackFault, ScheduleError
from entrepot.schedules.parsed import Reading
from entrepot.schedules.report import counts

#: A half-written folder that nobody has touched for so many seconds was left behind by a process that was killed.
LEFT_BEHIND = 24 * 3600

Check = Callable[[Path], Sequence[PackFault]]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Where a schedule lies, and how it came there: `added`, `replaced`, or `there` where the same lay there before."""

    layer: Layer
    how: str


def keep(reading: Reading, data: Path, check: Check, *, replace: bool = False) -> Kept:
    """Writes a schedule under the folder `data`, once `check` finds no fault in it.

    Whatever goes wrong, or whoever kills the process, what lay there before lies there still. Raises PackError with all
    its faults, ScheduleError where another schedule has its id (unless it is to `replace` that), OSError where the
    folder cannot be written.
    """
    if not LAYER_NAME.fullmatch(reading.id):
        message = f"{reading.id!r} is no id. Use lower-case letters, digits, '.', _ and -; --id gives another."
        raise ScheduleError(message, reading.id)
    shelf = data / "schedules" / reading.pack
    shelf.mkdir(parents=True, exist_ok=True)
    _sweep(shelf)
    new = Path(tempfile.mkdtemp(dir=shelf, prefix=".new-"))
    try:
        new.chmod(0o755)  # law is no secret: whoever shares the folder may read it
        _write(new, files_of(reading))
        layer, place = read_layer(new), shelf / reading.id
        there = _there(place)
        if there and _says(there) == _says(layer):
            return Kept(layer=there, how="there")
        if found := list(check(new)):
            raise PackError(found)
        if place.exists() and not replace:
            message = (
                f"There is another schedule {reading.pack}/{reading.id}: --id gives this one a name of its own, "
                "--replace puts it in the other's place."
            )
            raise ScheduleError(message, reading.id)
        _put(new, place)
        return Kept(layer=read_layer(place), how="replaced" if there else "added")
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _there(place: Path) -> Layer | None:
    """What lies at a place, whole; a broken one counts as nothing."""
    with contextlib.suppress(PackError, OSError):
        layer = read_layer(place)
        if all(file_hash((place / name).read_bytes()) == wanted for name, wanted in layer.files.items()):
            return layer
    return None


def _says(layer: Layer) -> tuple[object, ...]:
    """All that a `layer.toml` says. Not its bytes: another release may write the same values in another layout."""
    return layer.head, layer.sources, layer.files, layer.counts


def _put(new: Path, place: Path) -> None:
    """Puts a folder in its place. Between the two moves the old one counts, by its other name."""
    old = place.with_name(OLD_PREFIX + place.name)
    if place.exists():
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
    try:
        new.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sweep(shelf: Path) -> None:
    """Takes away what killed processes left: folders half written, and old ones whose new one is in place."""
    for path in shelf.glob(".new-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(path, ignore_errors=True)
    for path in shelf.glob(f"{OLD_PREFIX}*"):
        place = path.with_name(path.name.removeprefix(OLD_PREFIX))
        if place.exists():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.rename(place)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        with (folder / name).open("wb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())


def files_of(reading: Reading) -> dict[str, str]:
    """The files of a layer, as text; the same reading gives the same files on any machine."""
    law = {"cite": "schedule", "trust": reading.trust}

    def dated(since: Any, until: Any) -> dict[str, str]:
        return {"since": str(since or reading.since), "until": str(until or reading.until or ""), **law}

    tables = {
        "tariff": [
            {
                "goods": row.goods,
                "treatment": row.treatment,
                "origin": row.origin,
                "season": row.season,
                "scope": row.scope,
                "rate": row.rate,
                **dated(row.since, row.until),
                "note": row.note,
            }
            for row in reading.rows
        ],
        "goods": _goods(reading, dated(None, None)),
        "additional": [
            {
                "programme": each.programme,
                "goods": each.goods,
                "origin": each.origin,
                "rate": each.rate,
                "name": each.name,
                **dated(each.since, each.until),
            }
            for each in reading.extras
        ],
        "classes": [
            {
                "goods": each.goods,
                "tax": each.tax,
                "class": each.name,
                **dated(each.since, each.until),
                "note": each.note,
            }
            for each in reading.classes
        ],
    }
    texts = {f"{name}.csv": _csv(rows) for name, rows in tables.items() if rows}
    return {**texts, LAYER_FILE: _head(reading, texts)}


def _goods(reading: Reading, law: dict[str, str]) -> list[dict[str, str]]:
    """The names of the lines. A heading over lines is no line: a code under which there are others and no rate."""
    rated = {row.goods for row in reading.rows}
    codes = sorted({*reading.names, *rated})
    languages = sorted({language for names in reading.names.values() for language in names})
    rows = []
    for code, following in zip(codes, [*codes[1:], ""], strict=True):
        names, unit = reading.names.get(code, {}), reading.units.get(code, "")
        reached = any(code[:length] in rated for length in range(2, len(code) + 1))
        if names and (reached or not following.startswith(code)):
            named = {f"name_{language}": names.get(language, "") for language in languages}
            rows.append({"goods": code, **named, **law, "note": unit})
    return rows


def _csv(rows: list[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(sorted(list(row.values()) for row in rows))
    return stream.getvalue()


def _head(reading: Reading, texts: Mapping[str, str]) -> str:
    layer = {
        "pack": reading.pack,
        "id": reading.id,
        "kind": "schedule",
        "since": reading.since,
        "until": reading.until,
        "replaces": list(reading.treatments),
        "codes": list(reading.codes),
        "trust": reading.trust,
        "title": reading.source.title,
        "notes": list(reading.notes),
    }
    source = {name: getattr(reading.source, name) for name in ("title", "authority", "number", "dated", "url")}
    files = {name: file_hash(text.encode()) for name, text in texts.items()}
    tables: dict[str, Mapping[str, Any]] = {
        "layer": layer,
        "counts": counts(reading),
        "source": {"schedule": _filled(source)},
        "files": files,
    }
    return tomli_w.dumps({"format": 1} | {name: _filled(table) for name, table in tables.items()})


def _filled(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without what is empty: TOML has no null."""
    return {name: value for name, value in table.items() if value not in (None, [], "")}


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule in its folder: `layer`, or what keeps it from being one (`fault`)."""

    pack: str
    id: str
    path: Path
    layer: Layer | None
    fault: str = ""


def lying(data: Path | None, packs: Iterable[str]) -> list[Lying]:
    """Every schedule that is kept for these packs, the older vintage first; broken ones too."""
    found = []
    for pack in packs:
        for name, path in schedule_folders(data, pack).items():
            try:
                found.append(Lying(pack=pack, id=name, path=path, layer=read_layer(path)))
            except PackError as error:
                found.append(Lying(pack=pack, id=name, path=path, layer=None, fault=str(error.faults[0])))
    return sorted(found, key=lambda each: (each.pack, str(each.layer.head.since) if each.layer else "", each.id))


def remove(lain: Lying) -> None:
    """Takes a schedule away: at once out of sight, then from the disk."""
    gone = Path(tempfile.mkdtemp(dir=lain.path.parent, prefix=".new-"))
    lain.path.rename(gone / lain.id)
    shutil.rmtree(gone, ignore_errors=True)
