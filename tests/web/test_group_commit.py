"""Concurrent requests are committed in one transaction; an error of one does not affect the others."""

from __future__ import annotations

from server_process import Server

MANY = """
import threading, time
from django.db import transaction
from django.utils import timezone
from entrepot.store import group_commit

started, original, results, lock = [], transaction.atomic, {}, threading.Lock()

def atomic(*given):
    started.append(1)
    return original(*given)

group_commit.transaction = type("Counted", (), {"atomic": staticmethod(atomic)})

def rows(number):
    if number == %(faulty)r:
        raise ValueError(number)
    return [
        m.Key(id=f"%(name)s{number}", name="", secret_hash="", scopes="", per_minute=1, created=timezone.now()),
    ]

def commit(number):
    try:
        group_commit.commit_together(lambda: rows(number))
        # The row is visible when the call returns.
        result = m.Key.objects.filter(id=f"%(name)s{number}").exists()
    except ValueError as error:
        result = str(error)
    with lock:
        results[number] = result

group_commit._inserts._led = True  # all of them wait for the one that leads
threads = [threading.Thread(target=commit, args=(number,)) for number in range(20)]
for each in threads:
    each.start()
while len(group_commit._inserts._waiting) < 20:
    time.sleep(0.01)
group_commit._inserts._pass_on()
for each in threads:
    each.join()
print(len(started), m.Key.objects.filter(id__startswith="%(name)s").count(), sorted(set(map(str, results.values()))))
"""


def test_twenty_requests_are_committed_in_one_transaction(server: Server) -> None:
    assert server.ask(MANY % {"name": "t", "faulty": None}) == "1 20 ['True']"


def test_an_error_is_raised_in_its_request_and_the_others_are_committed(server: Server) -> None:
    assert server.ask(MANY % {"name": "f", "faulty": 7}) == "21 19 ['7', 'True']"
