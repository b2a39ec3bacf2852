"""databases: where the rows are: SQLite in the user's data folder, or what $ENTREPOT_DATABASE names.

ENTREPOT_DATABASE=postgresql://user:password@host:5432/name
ENTREPOT_DATABASE=sqlite:///srv/entrepot/desk.sqlite3
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

#: What was acknowledged is on the disk: the journal is synced at each commit.
FULL = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
#: Seconds that opening a file of SQLite waits for a lock; how long a statement does is said in `lock_wait`.
PATIENCE = 0.5
#: Of PostgreSQL: seconds for a connection to be opened (2 is the least that libpq takes), and milliseconds after which
#: a server that acknowledges nothing counts as gone.
OPENING, UNACKNOWLEDGED = 2, 10_000


def database_settings(url: str | None, folder: Path) -> dict[str, Any]:
    """Django's settings of a database. Raises ValueError where the address cannot be read.

    >>> database_settings("postgresql://desk:p%40ss@localhost/entrepot", Path())["PASSWORD"]
    'p@ss'
    >>> database_settings("postgresql://localhost/entrepot?sslmode=require", Path())["OPTIONS"]["sslmode"]
    'require'
    >>> database_settings(None, Path("/srv"))["NAME"]
    '/srv/desk.sqlite3'
    """
    if not url:
        return _sqlite(str(folder / "desk.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path))
    if parts.scheme in ("postgresql", "postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": OPENING, "tcp_user_timeout": UNACKNOWLEDGED, **dict(parse_qsl(parts.query))},
        }
    raise ValueError(f"{url.partition('://')[0]!r} is no database that the desk knows: postgresql:// or sqlite://.")


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": FULL, "transaction_mode": "IMMEDIATE", "timeout": PATIENCE},
    }
