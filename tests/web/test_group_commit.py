"""What is kept at the same moment is kept in one transaction; a fault of one is nobody else's."""

from __future__ import annotations

from server_process import Server

MANY = """
import threading, time
from django.db import transaction
from django.utils import timezone
from entrepot.store import group_commit

begun, made, seen, lock = [], transaction.atomic, {}, threading.Lock()

def atomic(*given):
    begun.append(1)
    return made(*given)

group_commit.transaction = type("Counted", (), {"atomic": staticmethod(atomic)})

def rows(number):
    if number == %(faulty)r:
        raise ValueError(number)
    return [
        m.Key(id=f"%(name)s{number}", name="", secret_hash="", scopes="", per_minute=1, created=timezone.now()),
    ]

def keep(number):
    try:
        group_commit.commit_together(lambda: rows(number))
        # Whoever is told that it is kept finds it.
        said = m.Key.objects.filter(id=f"%(name)s{number}").exists()
    except ValueError as error:
        said = str(error)
    with lock:
        seen[number] = said

group_commit._writer.acquire()  # all of them come while somebody writes
threads = [threading.Thread(target=keep, args=(number,)) for number in range(20)]
for each in threads:
    each.start()
while len(group_commit._waiting) < 20:
    time.sleep(0.01)
group_commit._writer.release()
for each in threads:
    each.join()
print(len(begun), m.Key.objects.filter(id__startswith="%(name)s").count(), sorted(set(map(str, seen.values()))))
"""


def test_twenty_are_kept_in_one_transaction(server: Server) -> None:
    assert server.ask(MANY % {"name": "t", "faulty": None}) == "1 20 ['True']"


def test_a_fault_is_raised_where_it_belongs_and_the_others_are_kept(server: Server) -> None:
    assert server.ask(MANY % {"name": "f", "faulty": 7}) == "21 19 ['7', 'True']"
