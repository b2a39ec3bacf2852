"""The outbox in SQLite and PostgreSQL: the rules of every outbox, and several workers at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import environment

TESTS = Path(__file__).parents[1]
PROGRAM = """
import datetime as dt
from collections import Counter
from threading import Barrier, Thread

import django
django.setup()
from django.core.management import call_command
from django.db import connections

from entrepot.store import expiry, models as m
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade.ports import Outgoing
from trade.outbox_rules import NOW, RULES

call_command("migrate", verbosity=0)
queue = DatabaseOutbox()
for rule in RULES:
    m.OutgoingMessage.objects.all().delete()
    rule(queue)

# Four workers claim at the same time: each message is sent once, and those of one object in order.
m.OutgoingMessage.objects.all().delete()
queue.put([Outgoing("email", "t", {}, f"or_{n % 20}:{n}") for n in range(100)], NOW)
sent, together = [], Barrier(4)

def work(name):
    together.wait()
    while len(sent) < 100:
        for each in queue.claim("email", NOW, lease=name, seconds=60, limit=3, in_order=True):
            sent.append(each.key)
            assert queue.done(each, NOW)
    connections.close_all()

threads = [Thread(target=work, args=(str(n),)) for n in range(4)]
for each in threads: each.start()
for each in threads: each.join()
assert Counter(sent) == Counter(f"or_{n % 20}:{n}" for n in range(100))
for group in range(20):
    of_group = [int(key.partition(":")[2]) for key in sent if key.startswith(f"or_{group}:")]
    assert of_group == sorted(of_group), of_group
assert expiry.delete_finished_messages(NOW) == 0
assert expiry.delete_finished_messages(NOW + dt.timedelta(seconds=1)) == 100
print("kept")
"""


def check(folder: Path, **more: str) -> None:
    env = environment(folder, **more) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "kept\n", done.stdout + done.stderr


@pytest.mark.long
def test_in_sqlite(tmp_path: Path) -> None:
    check(tmp_path)


@pytest.mark.long
def test_in_postgresql(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    check(tmp_path, ENTREPOT_DATABASE=request.getfixturevalue("database_server").url)
