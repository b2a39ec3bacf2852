"""Processes that append are killed at any moment: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the server is not installed")

from postgres import Postgres, postgres
from server_process import environment

import sizes

KILLS = sizes.size(2, 30)
#: Four threads take one piece each from one offer, as often as they can, and say what was acknowledged. The key of each
#: is used by the next process again: what was committed and not acknowledged is not done twice.
WORK = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from entrepot.trade.offer_form import read_offer
from entrepot.trade.ports import AlreadyRecorded
from entrepot.trade.selling import change_stock, create_offer
from entrepot.trade_app.books import open_books

form = read_offer({"titles": {"en": "Coffee"}, "hs_code": "0901.21", "ship_from": "VN", "price": "68.00",
                   "currency": "CNY", "stock": 1000000}, lambda currency: 2)
books = open_books()
offer = books.run(lambda tx: create_offer(tx, form, seller="og_1", key="the offer")).id
starts = [int(word) for word in sys.argv[1].split(",")]

def work(thread):
    for number in count(starts[thread]):
        key = f"{thread}:{number}"
        try:
            books.run(lambda tx: change_stock(tx, offer, -1, seller="og_1", key=key))
        except AlreadyRecorded:
            pass
        os.write(1, f"{key}\\n".encode())

with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(4)))
"""
READ = """
import json
from entrepot.trade_app import ledger
from entrepot.trade_app.books import open_books
books = open_books()
events = books.events(limit=1_000_000)
stock = [amount for (account, unit), amount in books.balances("stock/").items()]
print(json.dumps({"keys": [event.key for _, event in events], "stock": stock,
                  "problems": [each.message for each in ledger.verify().problems]}))
"""


def kill_at_random(env: dict[str, str], chance: random.Random, server: Postgres | None) -> set[str]:
    """Let processes work and kill them, and sometimes the database. Returns the keys that were acknowledged."""
    acknowledged: set[str] = set()
    starts = [0, 0, 0, 0]
    for turn in range(KILLS):
        command = [sys.executable, "-c", WORK, ",".join(map(str, starts))]
        with subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            first = process.stdout.readline()  # it is at work
            time.sleep(chance.uniform(0, 0.3))
            if server is not None and turn % 2:
                server.crash()
                server.start()
            process.send_signal(signal.SIGKILL)
            lines = [first, *process.stdout.read().splitlines(keepends=True)]
        keys = [each.strip() for each in lines if each.endswith("\n")]  # the last one may be cut
        assert keys, "the process ended before it did anything"
        acknowledged.update(keys)
        for key in keys:
            thread, number = map(int, key.split(":"))
            starts[thread] = max(starts[thread], number + 1)
    return acknowledged


def check(env: dict[str, str], acknowledged: set[str]) -> None:
    """All that was acknowledged is there once, the stock agrees, and the ledger is verified."""
    done = subprocess.run([sys.executable, "-c", READ], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == []
    taken = Counter(key for key in found["keys"] if ":" in key and key.split(":")[0] in "0123")
    assert acknowledged <= set(taken)
    assert set(taken.values()) == {1}
    # At most the four that were committed and whose answer was lost, of each process.
    assert len(taken) - len(acknowledged) <= 4 * KILLS
    assert found["stock"] == [1_000_000 - len(taken)]


@pytest.mark.long
def test_in_sqlite(tmp_path: Path) -> None:
    env = environment(tmp_path)
    del env["DJANGO_SETTINGS_MODULE"]
    check(env, kill_at_random(env, random.Random(sizes.SEED), None))


@pytest.mark.long
def test_in_postgresql(tmp_path: Path) -> None:
    with postgres() as server:
        if server is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        env = environment(tmp_path, ENTREPOT_DATABASE=server.url)
        del env["DJANGO_SETTINGS_MODULE"]
        check(env, kill_at_random(env, random.Random(sizes.SEED), server))
