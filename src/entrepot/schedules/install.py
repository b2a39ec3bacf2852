"""Install a parsed schedule as a layer on disk, completely or not at all; list and remove installed schedules."""

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
from entrepot.model.errors import PackError, PackFault, ScheduleError, in_quotes
from entrepot.schedules.parsed import ParsedSchedule
from entrepot.schedules.report import counts

#: An incomplete folder that was not changed for this long was left by a process that was killed.
LEFTOVER_SECONDS = 24 * 3600

Check = Callable[[Path], Sequence[PackFault]]


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """The layer of a schedule, and how it was installed.

    `how`: `added`, `replaced`, or `there` if the same schedule was installed before.
    """

    layer: Layer
    how: str


def install(reading: ParsedSchedule, data: Path, check: Check, *, replace: bool = False) -> Installed:
    """Write a schedule under the folder `data` if `check` finds no fault in it.

    If anything fails or the process is killed, the schedule installed before remains. Raises PackError with all
    faults, ScheduleError if another schedule has its id (unless `replace`), OSError if the folder cannot be written.
    """
    if not LAYER_NAME.fullmatch(reading.id):
        message = (
            f"{in_quotes(reading.id)} is not an id. Use lower-case letters, digits, '.', _ and -; --id gives another."
        )
        raise ScheduleError(message, reading.id)
    folder = data / "schedules" / reading.pack
    folder.mkdir(parents=True, exist_ok=True)
    _delete_leftovers(folder)
    new = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        new.chmod(0o755)  # law is public: users who share the folder may read it
        _write(new, layer_files(reading))
        layer, target = read_layer(new), folder / reading.id
        existing = _read_intact(target)
        if existing and _content(existing) == _content(layer):
            return Installed(layer=existing, how="there")
        if found := list(check(new)):
            raise PackError(found)
        if target.exists() and not replace:
            message = (
                f"There is another schedule {reading.pack}/{reading.id}: --id gives this one a name of its own, "
                "--replace replaces the installed one."
            )
            raise ScheduleError(message, reading.id)
        _replace_folder(new, target)
        return Installed(layer=read_layer(target), how="replaced" if existing else "added")
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _read_intact(target: Path) -> Layer | None:
    """The layer in a folder; None if it is missing or damaged."""
    with contextlib.suppress(PackError, OSError):
        layer = read_layer(target)
        if all(file_hash((target / name).read_bytes()) == wanted for name, wanted in layer.files.items()):
            return layer
    return None


def _content(layer: Layer) -> tuple[object, ...]:
    """The content of a `layer.toml`. Not its bytes: another release may write the same values in another layout."""
    return layer.head, layer.sources, layer.files, layer.counts


def _replace_folder(new: Path, target: Path) -> None:
    """Move a folder to its place. Between the two moves the old one is still used, under its other name."""
    old = target.with_name(OLD_PREFIX + target.name)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _delete_leftovers(folder: Path) -> None:
    """Delete what killed processes left: incomplete folders, and old ones that were replaced."""
    for path in folder.glob(".new-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(f"{OLD_PREFIX}*"):
        target = path.with_name(path.name.removeprefix(OLD_PREFIX))
        if target.exists():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.rename(target)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        with (folder / name).open("wb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())


def layer_files(reading: ParsedSchedule) -> dict[str, str]:
    """The files of a layer, as text; the same schedule gives the same files on any machine."""
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
                "trust": trust_of(row.rate, reading.trust),
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
    return {**texts, LAYER_FILE: _layer_toml(reading, texts)}


def trust_of(rate: str, trust: str) -> str:
    """The trust of a row: a range is what a file leaves open of a rate, and no authority states one.

    >>> trust_of("from 6 % to 6.5 %", "official"), trust_of("6 %", "official")
    ('published', 'official')
    """
    return "published" if trust == "official" and rate.startswith("from ") else trust


def _goods(reading: ParsedSchedule, law: dict[str, str]) -> list[dict[str, str]]:
    """The names of the lines. A code with other codes under it and without a rate is a heading, not a line."""
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


def _layer_toml(reading: ParsedSchedule, texts: Mapping[str, str]) -> str:
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
        "source": {"schedule": _without_empty(source)},
        "files": files,
    }
    return tomli_w.dumps({"format": 1} | {name: _without_empty(table) for name, table in tables.items()})


def _without_empty(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without empty values: TOML has no null."""
    return {name: value for name, value in table.items() if value not in (None, [], "")}


class InstalledSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule in its folder: its `layer`, or the `fault` that prevents its use."""

    pack: str
    id: str
    path: Path
    layer: Layer | None
    fault: str = ""


def find_installed(data: Path | None, packs: Iterable[str]) -> list[InstalledSchedule]:
    """Every schedule installed for these packs, sorted by first day; invalid ones too."""
    found = []
    for pack in packs:
        for name, path in schedule_folders(data, pack).items():
            try:
                found.append(InstalledSchedule(pack=pack, id=name, path=path, layer=read_layer(path)))
            except PackError as error:
                found.append(InstalledSchedule(pack=pack, id=name, path=path, layer=None, fault=str(error.faults[0])))
    return sorted(found, key=lambda each: (each.pack, str(each.layer.head.since) if each.layer else "", each.id))


def remove(schedule: InstalledSchedule) -> None:
    """Remove a schedule: it is renamed first, so that it is not used while its files are deleted."""
    gone = Path(tempfile.mkdtemp(dir=schedule.path.parent, prefix=".new-"))
    schedule.path.rename(gone / schedule.id)
    shutil.rmtree(gone, ignore_errors=True)
