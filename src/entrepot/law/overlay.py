"""Layers over a pack: their tables are read, and what they say takes the place of what the pack says, as of a day.

A schedule takes the place of all that the pack says of the treatments that it holds whole. An overlay then takes the
place of the rows and entries of the same key, and of tariff rows of longer codes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec

from entrepot.law.check import check, in_force
from entrepot.law.csv_schema import TABLES
from entrepot.law.grammar import read_rate
from entrepot.law.layers import HEAD, Layer
from entrepot.law.read import Pack, Row, read_layer_files, span, spells
from entrepot.model.errors import PackError, PackFault

#: Entries of which there may be several at once, each for regimes of its own.
BY_REGIME = ("charge", "condition")
#: Treatments that every line has.
NORMAL = ("mfn", "general")


def read_body(layer: Layer) -> Pack:
    """The tables and entries of a layer, as a pack named after it. What is wrong stands in its `faults`.

    Its own sources bear its name, so that one that is called as a source of the pack does not take its place.
    """
    body = read_layer_files(layer.path, layer.head.label)
    for name, wanted in layer.files.items():
        file = layer.path / name
        if not file.is_file() or file_hash(file.read_bytes()) != wanted:
            message = (
                f"This is not the file that {HEAD} names: it was changed, or is not whole. Add the schedule again."
            )
            body.faults.append(PackFault(f"{body.id}/{name}", 0, "", message))
    own = {**layer.sources, **body.sources}
    body.sources = {f"{body.id}/{name}": source for name, source in own.items()}
    new = {name: f"{body.id}/{name}" for name in own}
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in chain.from_iterable(body.tables.values()):
        cites = row.cells["cite"]
        if cites not in known:
            known[cites] = tuple(new.get(cite, cite) for cite in cites)
        row.cells["cite"] = known[cites]
    for _, entry in chain.from_iterable(body.entries.values()):
        entry.cite = " ".join(new.get(cite, cite) for cite in entry.cite.split())
    if layer.head.kind == "schedule":
        # So many rows rest on the very same: the quote names the code, the file is place enough.
        body.shared = frozenset(f"{body.id}/{table}.csv" for table in body.tables)
    return body


def file_hash(content: bytes) -> str:
    """The hash by which `layer.toml` knows a table."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def laid(base: Pack, layers: Sequence[tuple[Layer, Pack]], on: dt.date, edges: Iterable[dt.date | None] = ()) -> Pack:
    """A pack with layers over it, as of a day. `edges`: days on which any layer begins or ends.

    The layers lie in their order; the base stays as it is.
    """
    whole = Pack(
        base.path,
        base.id,
        head=base.head,
        coverage=dict(base.coverage),
        sources=dict(base.sources),
        entries={kind: list(entries) for kind, entries in base.entries.items()},
        tables={table: list(rows) for table, rows in base.tables.items()},
        words=dict(base.words),
        edges=frozenset(day for day in edges if day is not None),
    )
    for layer, body in layers:
        if layer.head.kind == "schedule":
            _lay_schedule(whole, layer, body, on)
        _lay_rows(whole, body, on, wide=layer.head.kind == "overlay")
        _lay_entries(whole, body, on)
        whole.sources |= body.sources
        whole.coverage |= body.coverage
        whole.words |= body.words
        whole.shared |= body.shared
        whole.layers = (*whole.layers, layer.head)
    return whole


def day_of(layer: Layer, body: Pack) -> dt.date:
    """A day on which all that a layer begins with has begun: on it the layer is checked."""
    found: dt.date = max([layer.head.since, *(span(dated)[0] for dated in spells(body))])
    return found


def check_layer(body: Pack, whole: Pack, world: Pack) -> list[PackFault]:
    """Every fault of a layer that was laid over its pack."""
    return check(body, world, whole)


def raise_faults(found: list[PackFault]) -> None:
    """Raises PackError where there are faults."""
    if found:
        raise PackError(found)


def _lay_schedule(whole: Pack, layer: Layer, body: Pack, on: dt.date) -> None:
    """Takes out what the pack says of the treatments that a schedule holds whole."""
    held, codes = frozenset(layer.head.replaces), layer.head.codes
    if not held:
        return
    rows = whole.tables.get("tariff", [])
    if not codes:
        whole.tables["tariff"] = [row for row in rows if row["treatment"] not in held or row["goods"][0] == "s"]
        whole.coverage |= {f"tariff.{name}": "complete" for name in held}
        return
    kept = [row for row in rows if row["treatment"] not in held or not row["goods"].startswith(codes)]
    whole.tables["tariff"] = kept
    for table in ("additional", "classes"):  # an older document of these goods is out of date as a whole
        told = whole.rows(table)
        whole.tables[table] = [
            row for row in told if row.file not in whole.shared or not row["goods"].startswith(codes)
        ]
    _close(whole, layer, body, [row for row in kept if row["treatment"] in held], on)


def _close(whole: Pack, layer: Layer, body: Pack, shorter: list[Row], on: dt.date) -> None:
    """Absence in a schedule means none for its codes, where the pack keeps a row of a shorter code, too.

    A normal duty there always is: without a row of the day, it is unknown.
    """
    there = {
        (row["goods"], row["treatment"], row["scope"] or "")
        for row in body.rows("tariff")
        if not row["origin"] and not row["season"] and in_force(row, on)
    }
    made = {(code, name, "") for code in layer.head.codes for name in layer.head.replaces}
    for code in layer.head.codes:
        reaching = [row for row in shorter if row["goods"] == "*" or code.startswith(row["goods"])]
        made |= {(code, row["treatment"], row["scope"] or "") for row in reaching}
    cites = tuple(body.sources) or ("",)
    law = {"since": layer.head.since, "until": layer.head.until, "cite": cites[:1], "trust": layer.head.trust}
    for goods, treatment, scope in sorted(made - there):
        rate = read_rate("unknown" if treatment in NORMAL else "none")
        cells = {"goods": goods, "treatment": treatment, "scope": scope, "rate": rate, **law}
        whole.tables["tariff"].append(Row(f"{body.id}/tariff.csv", 0, cells))


def _lay_rows(whole: Pack, body: Pack, on: dt.date, *, wide: bool) -> None:
    """Puts the rows of a layer in the place of those of the same key that are in force on the day."""
    for table, rows in body.tables.items():
        old = whole.tables.get(table, [])
        if table != "goods":  # names are laid over each other, language by language, when law is compiled
            new = [row for row in rows if in_force(row, on)]
            taken = _tariff_taken(new) if wide and table == "tariff" else _taken(table, new)
            old = [row for row in old if not (taken(row) and in_force(row, on))]
        whole.tables[table] = old + rows


def _taken(table: str, new: list[Row]) -> Callable[[Row], bool]:
    columns = TABLES[table]["key"]
    keys = {tuple(row[column] or "" for column in columns) for row in new}
    return lambda row: tuple(row[column] or "" for column in columns) in keys


def _tariff_taken(new: list[Row]) -> Callable[[Row], bool]:
    """Of the tariff an overlay's row also takes the place of what longer codes say."""

    def rest(row: Row) -> tuple[Any, ...]:
        return tuple(row[column] or "" for column in TABLES["tariff"]["key"][1:])

    prefixes: dict[tuple[Any, ...], set[str]] = {}
    for row in new:
        prefixes.setdefault(rest(row), set()).add(row["goods"])

    def taken(row: Row) -> bool:
        found, goods = prefixes.get(rest(row)), row["goods"]
        if not found:
            return False
        if goods[0] == "s":
            return goods in found
        return "*" in found or any(goods[:length] in found for length in range(2, len(goods) + 1))

    return taken


def _lay_entries(whole: Pack, body: Pack, on: dt.date) -> None:
    """Puts the entries of a layer in the place of those of the same id, and new ones before what follows them there."""
    for kind, new in body.entries.items():
        old = whole.entries.setdefault(kind, [])
        follows: list[tuple[str, Any]] = []
        for where, entry in reversed(new):
            place = _free(old, kind, entry, on) if in_force(entry, on) else None
            if place is None:
                place = next((i for i, pair in enumerate(old) if any(pair[1] is after for _, after in follows)), None)
            old.insert(len(old) if place is None else place, (where, entry))
            follows.insert(0, (where, entry))


def _free(old: list[tuple[str, Any]], kind: str, entry: Any, on: dt.date) -> int | None:
    """Takes out what an entry takes the place of; where that stood, or None where there was nothing."""
    first = None
    for i in range(len(old) - 1, -1, -1):
        where, other = old[i]
        if getattr(other, "id", kind) != getattr(entry, "id", kind) or not in_force(other, on):
            continue
        left = [regime for regime in other.regime if regime not in entry.regime] if kind in BY_REGIME else []
        if kind in BY_REGIME and left == other.regime:
            continue
        first = i
        if left:
            old[i] = (where, msgspec.structs.replace(other, regime=left))
        else:
            del old[i]
    return first
