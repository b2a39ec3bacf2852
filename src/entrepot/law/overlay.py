"""Apply layers to a pack: read their tables and replace what the pack states, as of a day.

A schedule replaces everything that the pack states on the treatments that it covers completely. An overlay then
replaces rows and entries with the same key, and tariff rows of longer codes.
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
from entrepot.law.layers import LAYER_FILE, Layer
from entrepot.law.read import Pack, Row, dated_rows, read_layer_files, validity
from entrepot.model.errors import PackError, PackFault

#: Entries of which several may have one id at a time, each for other regimes.
BY_REGIME = ("charge", "condition")
#: Treatments that exist for every line.
NORMAL = ("mfn", "general")


def read_body(layer: Layer) -> Pack:
    """The tables and entries of a layer as a pack with the layer's label as its id. Faults are in `faults`.

    The layer's sources get its label as a prefix, so that they do not replace sources of the pack with the same name.
    """
    body = read_layer_files(layer.path, layer.head.label)
    for name, wanted in layer.files.items():
        file = layer.path / name
        if not file.is_file() or file_hash(file.read_bytes()) != wanted:
            message = (
                f"This is not the file that {LAYER_FILE} names: it was changed, or is not whole. "
                "Add the schedule again."
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
        # All rows have the same source: the quote names the code, so the file is a sufficient location.
        body.shared |= {f"{body.id}/{table}.csv" for table in body.tables}
    return body


def file_hash(content: bytes) -> str:
    """The hash of a table that `layer.toml` stores."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def apply_layers(
    base: Pack, layers: Sequence[tuple[Layer, Pack]], on: dt.date, edges: Iterable[dt.date | None] = ()
) -> Pack:
    """A pack with layers applied in their order, as of a day; the base is not changed.

    `edges`: days on which any layer begins or ends.
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
        shared=base.shared,
        edges=frozenset(day for day in edges if day is not None),
    )
    for layer, body in layers:
        if layer.head.kind == "schedule":
            _apply_schedule(whole, layer, body, on)
        _replace_rows(whole, body, on, wide=layer.head.kind == "overlay")
        _replace_entries(whole, body, on)
        whole.sources |= body.sources
        whole.coverage |= body.coverage
        whole.words |= body.words
        whole.shared |= body.shared
        whole.layers = (*whole.layers, layer.head)
    return whole


def check_day(layer: Layer, body: Pack) -> dt.date:
    """A day on which all rows and entries of a layer have begun; the layer is checked as of that day."""
    found: dt.date = max([layer.head.since, *(validity(dated)[0] for dated in dated_rows(body))])
    return found


def check_layer(body: Pack, whole: Pack, world: Pack) -> list[PackFault]:
    """Every fault of a layer that was applied to its pack."""
    return check(body, world, whole)


def raise_faults(found: list[PackFault]) -> None:
    """Raise PackError if there are faults."""
    if found:
        raise PackError(found)


def _apply_schedule(whole: Pack, layer: Layer, body: Pack, on: dt.date) -> None:
    """Remove what the pack states on the treatments that a schedule covers completely."""
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
    schedules = {file for file in whole.shared if file.rpartition("/")[0] != whole.id}
    for table in ("additional", "classes"):  # an older schedule of these goods is out of date as a whole
        rows_before = whole.rows(table)
        whole.tables[table] = [
            row for row in rows_before if row.file not in schedules or not row["goods"].startswith(codes)
        ]
    _close_missing_rows(whole, layer, body, [row for row in kept if row["treatment"] in held], on)


def _close_missing_rows(whole: Pack, layer: Layer, body: Pack, shorter: list[Row], on: dt.date) -> None:
    """Add `none` for the codes of a schedule without a row, where the pack has a row of a shorter code.

    Absence in a schedule means that there is no such rate. Only a normal duty always exists: without a row it is
    unknown.
    """
    present = {
        (row["goods"], row["treatment"], row["scope"] or "")
        for row in body.rows("tariff")
        if not row["origin"] and not row["season"] and in_force(row, on)
    }
    wanted = {(code, name, "") for code in layer.head.codes for name in layer.head.replaces}
    for code in layer.head.codes:
        reaching = [row for row in shorter if row["goods"] == "*" or code.startswith(row["goods"])]
        wanted |= {(code, row["treatment"], row["scope"] or "") for row in reaching}
    cites = tuple(body.sources) or ("",)
    law = {"since": layer.head.since, "until": layer.head.until, "cite": cites[:1], "trust": layer.head.trust}
    for goods, treatment, scope in sorted(wanted - present):
        rate = read_rate("unknown" if treatment in NORMAL else "none")
        cells = {"goods": goods, "treatment": treatment, "scope": scope, "rate": rate, **law}
        whole.tables["tariff"].append(Row(f"{body.id}/tariff.csv", 0, cells))


def _replace_rows(whole: Pack, body: Pack, on: dt.date, *, wide: bool) -> None:
    """Replace the rows with the same key that are in force on the day by those of a layer."""
    for table, rows in body.tables.items():
        old = whole.tables.get(table, [])
        if table != "goods":  # names are merged language by language when law is compiled
            new = [row for row in rows if in_force(row, on)]
            is_replaced = _replaces_tariff(whole, new, wide=wide) if table == "tariff" else _same_key(table, new)
            old = [row for row in old if not (is_replaced(row) and in_force(row, on))]
        whole.tables[table] = old + rows


def _replaces_tariff(whole: Pack, new: list[Row], *, wide: bool) -> Callable[[Row], bool]:
    """Whether the tariff rows of a layer replace a row: one with their key, and (`wide`) those of longer codes.

    A row of an older edition sums up national lines: rows of a layer for a shorter code replace it, too.
    """
    longer, same = _same_key_or_longer_code(new), _same_key("tariff", new)
    dated = {name for name, source in whole.sources.items() if source.as_of}
    return longer if wide else lambda row: same(row) or (not dated.isdisjoint(row["cite"]) and longer(row))


def _same_key(table: str, new: list[Row]) -> Callable[[Row], bool]:
    columns = TABLES[table]["key"]
    keys = {tuple(row[column] or "" for column in columns) for row in new}
    return lambda row: tuple(row[column] or "" for column in columns) in keys


def _same_key_or_longer_code(new: list[Row]) -> Callable[[Row], bool]:
    """A row of an overlay's tariff also replaces those of longer codes."""

    def rest(row: Row) -> tuple[Any, ...]:
        return tuple(row[column] or "" for column in TABLES["tariff"]["key"][1:])

    prefixes: dict[tuple[Any, ...], set[str]] = {}
    for row in new:
        prefixes.setdefault(rest(row), set()).add(row["goods"])

    def is_replaced(row: Row) -> bool:
        found, goods = prefixes.get(rest(row)), row["goods"]
        if not found:
            return False
        if goods[0] == "s":
            return goods in found
        return "*" in found or any(goods[:length] in found for length in range(2, len(goods) + 1))

    return is_replaced


def _replace_entries(whole: Pack, body: Pack, on: dt.date) -> None:
    """Replace the entries with the same id by those of a layer.

    A new entry is inserted before the entry that follows it in the layer.
    """
    for kind, new in body.entries.items():
        old = whole.entries.setdefault(kind, [])
        follows: list[tuple[str, Any]] = []
        for where, entry in reversed(new):
            place = _remove_replaced(old, kind, entry, on) if in_force(entry, on) else None
            if place is None:
                place = next((i for i, pair in enumerate(old) if any(pair[1] is after for _, after in follows)), None)
            old.insert(len(old) if place is None else place, (where, entry))
            follows.insert(0, (where, entry))


def _remove_replaced(old: list[tuple[str, Any]], kind: str, entry: Any, on: dt.date) -> int | None:
    """Remove the entries that an entry replaces; return the index of the first, or None if there was none."""
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
