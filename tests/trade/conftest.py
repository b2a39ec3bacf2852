"""Fixtures of the tests of trade: databases of this process, with the tables of trade empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from trade.adapters import database, empty_tables


@pytest.fixture(scope="session")
def sqlite_settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of a file of SQLite with tables."""
    pytest.importorskip("django", reason="the server is not installed")
    from empty_database import copy_tables

    from entrepot.store.databases import database_settings

    folder = tmp_path_factory.mktemp("sqlite")
    copy_tables(folder)
    return database_settings(None, folder)


@pytest.fixture(scope="session")
def postgresql_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The settings of a server of PostgreSQL with tables."""
    pytest.importorskip("django", reason="the server is not installed")
    from postgres import postgres

    from entrepot.store.databases import database_settings

    with postgres() as server:
        if server is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        yield _with_tables(database_settings(server.url, tmp_path_factory.mktemp("postgresql")))


@pytest.fixture
def sqlite_tables(sqlite_settings: dict[str, Any]) -> Iterator[None]:
    """Use SQLite, with empty tables."""
    with database(sqlite_settings):
        empty_tables()
        yield


@pytest.fixture
def postgresql_tables(postgresql_settings: dict[str, Any]) -> Iterator[None]:
    """Use PostgreSQL, with empty tables."""
    with database(postgresql_settings):
        empty_tables()
        yield


def _with_tables(settings: dict[str, Any]) -> dict[str, Any]:
    from django.core.management import call_command

    with database(settings):
        call_command("migrate", verbosity=0)
    return settings


@pytest.fixture
def market() -> Any:
    """A market in memory."""
    from trade.market import Market

    return Market()
