"""Where the rows are stored: SQLite in the user's data folder, or the database that $ENTREPOT_DATABASE names.

ENTREPOT_DATABASE=postgresql://user:password@host:5432/name
ENTREPOT_DATABASE=sqlite:///srv/entrepot/desk.sqlite3
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from entrepot.model.errors import in_quotes

#: An acknowledged transaction is on the disk: the journal is synced at each commit. Freed bytes are overwritten.
PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; "
    "PRAGMA secure_delete=FAST;"
)
#: Seconds that opening a SQLite file waits for a lock. `lock_wait` sets how long a statement waits.
OPEN_TIMEOUT = 0.5
#: For PostgreSQL: the seconds to open a connection (libpq accepts 2 or more), and the milliseconds without an
#: acknowledgement after which the server counts as unreachable.
CONNECT_TIMEOUT, TCP_USER_TIMEOUT = 2, 10_000


def database_settings(url: str | None, folder: Path) -> dict[str, Any]:
    """Django's settings for a database. Raises ValueError if the scheme of the URL is not supported.

    >>> database_settings("postgresql://entrepot:p%40ss@localhost/entrepot", Path())["PASSWORD"]
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
        options = {"connect_timeout": CONNECT_TIMEOUT, "tcp_user_timeout": TCP_USER_TIMEOUT}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {**options, **dict(parse_qsl(parts.query))},
        }
    scheme = url.partition("://")[0]
    raise ValueError(f"{in_quotes(scheme)} is not a supported database. Use postgresql:// or sqlite://.")


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": PRAGMAS, "transaction_mode": "IMMEDIATE", "timeout": OPEN_TIMEOUT},
    }
