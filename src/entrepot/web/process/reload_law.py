"""Reload the law in every server process after a schedule was added or removed, on a page or the command line."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from entrepot import app
from entrepot.law.layers import data_folder

_lock = Lock()
_last_state: list[tuple[tuple[str, int], ...]] = []


def reload_if_changed() -> bool:
    """Reload the law if the schedules have changed since the last call. Returns whether they have."""
    now = _state(data_folder())
    with _lock:
        changed = bool(_last_state) and _last_state[0] != now
        _last_state[:] = [now]
    if changed:
        app.library.cache_clear()
    return changed


def _state(data: Path | None) -> tuple[tuple[str, int], ...]:
    """The modification times of the folders of schedules: they change when a schedule is added or removed."""
    root = data / "schedules" if data else None
    if root is None or not root.is_dir():
        return ()
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir())]
    found = []
    for folder in folders:
        try:
            found.append((folder.name, folder.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return tuple(found)
