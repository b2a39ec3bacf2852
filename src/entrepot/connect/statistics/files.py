"""Published statistics in the data folder: add a file, list what is there."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec

from entrepot.connect.statistics.sdmx_read import is_xml, table_of_csv, table_of_xml
from entrepot.data_files import write_whole
from entrepot.language.economies import by_three_letters
from entrepot.measure.published import MAX_ROWS, Published, read
from entrepot.model.errors import TradeError

SET_ID = re.compile(r"[a-z0-9][a-z0-9._\-]{0,79}")
#: Bytes of a file that is added.
MAX_BYTES = 200 * MAX_ROWS


def add(data: Path, path: Path, set_id: str = "", **about: str) -> Published:
    """Read a file and keep it. `about`: title, publisher, vintage, definition. Raises TradeError, OSError."""
    number = set_id or re.sub(r"[^a-z0-9._\-]+", "-", path.stem.lower()).strip("-._")[:80]
    if not SET_ID.fullmatch(number):
        raise TradeError(
            "id_invalid",
            "{id!r} is not an id. Use lower-case letters, digits, '.', _ and -.",
            "--id",
            id=number[:80],
        )
    if path.stat().st_size > MAX_BYTES:
        raise TradeError("too_large", "{file} is larger than {most} bytes.", "FILE", file=path.name, most=MAX_BYTES)
    content = path.read_bytes()
    found = read(
        _lines(content, path.name, about.get("definition", "")),
        by_three_letters(),
        path.name,
        id=number,
        sha256=hashlib.sha256(content).hexdigest(),
        **about,
    )
    write_whole(_folder(data) / f"{number}.json", msgspec.json.encode(found))
    return found


def _lines(content: bytes, name: str, definition: str) -> list[str]:
    """The lines of a table: of CSV as they are, of SDMX as the same columns. Raises TradeError, StoreError."""
    if is_xml(content):
        return table_of_xml(content, name, definition)
    try:
        lines = content.decode("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise TradeError("not_utf8", "{file} is not UTF-8 text. Save it as CSV in UTF-8.", "FILE", file=name) from None
    found = table_of_csv(lines, name, definition)
    return lines if found is None else found


def _folder(data: Path) -> Path:
    return data / "statistics" / "published"


def kept(data: Path | None) -> list[Published]:
    """All published statistics that were added, by id."""
    if data is None or not _folder(data).is_dir():
        return []
    return [msgspec.json.decode(each.read_bytes(), type=Published) for each in sorted(_folder(data).glob("*.json"))]


def find(data: Path | None, set_id: str = "") -> Published:
    """One set of published statistics: the named one, or the only one. Raises TradeError."""
    found = kept(data)
    chosen = [each for each in found if not set_id or each.id == set_id]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(each.id for each in found) or "-"
    if not found:
        raise TradeError("no_statistics", "No published statistics were added. Add a file: entrepot measure add FILE.")
    raise TradeError("set_unknown", "Name one set of statistics with --set: {names}.", "--set", names=names)
