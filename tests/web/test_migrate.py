"""Several processes that begin on an empty database create its tables once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from postgres import Postgres
from server_process import environment

MANY = 3


def keys_of_all(env: dict[str, str]) -> list[str]:
    """The keys that processes created which were started at the same moment; each prints its own."""
    command = [sys.executable, "-m", "entrepot", "keys", "create", "of a test", "--scope", "quotes"]
    started = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(MANY)
    ]
    found = []
    for each in started:
        out, err = each.communicate(timeout=900)
        assert each.returncode == 0, err
        found.append(out.strip())
    return found


@pytest.mark.long
def test_in_sqlite(tmp_path: Path) -> None:
    assert len(set(keys_of_all(environment(tmp_path)))) == MANY


@pytest.mark.long
def test_in_postgresql(tmp_path: Path, database_server: Postgres) -> None:
    with psycopg.connect(database_server.url, autocommit=True) as rows:
        rows.execute("CREATE DATABASE empty_at_first")
    url = database_server.url.rpartition("/")[0] + "/empty_at_first"
    assert len(set(keys_of_all(environment(tmp_path, ENTREPOT_DATABASE=url)))) == MANY
