"""The books of this node: the database that the settings name, with the keys that are not in it."""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot import configuration
from entrepot.model.errors import StoreError
from entrepot.trade.kinds import KINDS

if TYPE_CHECKING:
    from entrepot.store.key_files import TradeKeys
    from entrepot.store.trade.books import StoreBooks


def open_books() -> StoreBooks:
    """The books of this node; missing tables and keys are created. Called again, it returns the same object.

    Raises StoreError if the server is not installed, its database cannot be reached, or a key was lost;
    ConfigurationError where a setting is not valid.
    """
    open_database()
    return _books(key_folder())


def open_trade_keys() -> TradeKeys:
    """The keys of trade. Raises StoreError."""
    open_database()
    from entrepot.store import key_files

    return key_files.open_keys(key_folder())


def key_folder() -> Path:
    """The folder of the key files: $ENTREPOT_KEY_FOLDER, else `keys` in the data folder."""
    return configuration.key_folder(os.environ)


def open_database() -> None:
    """Open the database of this node, and create missing tables. Does nothing in the server. Raises StoreError."""
    try:
        from django.db import DatabaseError

        from entrepot.store import standalone
    except ImportError as error:
        raise StoreError(f"Trade needs {error.name}: run pip install 'entrepot[server]'.") from None
    try:
        standalone.open_database(configuration.server_data_folder(os.environ))
    except (DatabaseError, OSError, ValueError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise StoreError(f"The database of the web server cannot be reached: {first_line}.") from None


@lru_cache(maxsize=1)
def _books(folder: Path) -> StoreBooks:
    from entrepot.store import key_files
    from entrepot.store.trade.books import Keys, StoreBooks

    keys = key_files.open_keys(folder)
    return StoreBooks(KINDS, Keys(keys.data, keys.hashes), now=_now, random=os.urandom)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
