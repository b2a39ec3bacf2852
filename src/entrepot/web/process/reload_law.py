"""renewal: schedules added or taken away, here or on the command line, are used by every process of the desk."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from entrepot import app
from entrepot.law.layers import data_folder

_lock = Lock()
_seen: list[tuple[tuple[str, int], ...]] = []


def reload_if_changed() -> bool:
    """Looks whether the schedules have changed since the last look; where they have, the law is read anew."""
    now = _stamp(data_folder())
    with _lock:
        changed = bool(_seen) and _seen[0] != now
        _seen[:] = [now]
    if changed:
        app.library.cache_clear()
    return changed


def _stamp(data: Path | None) -> tuple[tuple[str, int], ...]:
    """What changes whenever a schedule gets its name or loses it: the times of the folders that hold them."""
    shelf = data / "schedules" if data else None
    if shelf is None or not shelf.is_dir():
        return ()
    folders = [shelf, *sorted(path for path in shelf.iterdir() if path.is_dir())]
    found = []
    for folder in folders:
        try:
            found.append((folder.name, folder.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return tuple(found)
