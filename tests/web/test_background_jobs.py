"""Jobs and times in the database: at least once after a kill, again after a failure, one worker of all."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from postgres import postgres
from server_process import environment

PROGRAM = """
import datetime as dt
import django
django.setup()
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from entrepot.store import background
from entrepot.store.models import BackgroundTimer

call_command("migrate", verbosity=0)
ran = []

def work(name):
    ran.append(name)
    if name == "fails": raise RuntimeError("the disk is full")
    if name == "never": raise background.Failed("there is no such file")
    return {"did": name}

background.register_jobs({"work": work})
background.FIRST_WAIT = 3600.0  # what is tried again is not due by itself, however long this takes

# A job is queued with the transaction of its caller.
try:
    with transaction.atomic():
        background.enqueue("work", name="rolled back")
        raise ZeroDivisionError
except ZeroDivisionError:
    pass
assert not background.has_ready_jobs()

number = background.enqueue("work", name="once")
assert background.has_ready_jobs() and background.find_job(number).status == "ready"
background.run_jobs("place-0:")
found = background.find_job(number)
assert found[:3] == (number, "successful", {"did": "once"}) and ran == ["once"]
assert background.find_job("not an id") is None

# A worker that was killed: the library leaves its job running for ever; who holds the place runs it again.
lost = background.enqueue("work", name="lost")
row = DBTaskResult.objects.get(id=lost)
row.claim("place-0:")
background.run_jobs("place-1:")
assert background.release("place-1:") == 0 and background.find_job(lost).status == "running"
assert background.release("place-0:") == 1 and background.find_job(lost).status == "ready"
background.run_jobs("place-0:")
assert background.find_job(lost).status == "successful"

# One that ends its worker each time is given up.
deadly = background.enqueue("work", name="deadly")
for _ in range(background.MAX_ATTEMPTS):
    DBTaskResult.objects.get(id=deadly).claim("place-0:")
    background.release("place-0:")
assert background.find_job(deadly).status == "failed" and "deadly" not in ran

# A failure is tried again later, a final one is not.
fails, never = (background.enqueue("work", name=name) for name in ("fails", "never"))
background.run_jobs("place-0:")
assert background.find_job(never).status == "failed"
assert background.find_job(fails).status == "ready" and not background.has_ready_jobs()
for attempt in range(2, background.MAX_ATTEMPTS + 1):
    due = DBTaskResult.objects.get(id=fails).run_after
    assert due > timezone.now()
    DBTaskResult.objects.filter(id=fails).update(run_after=timezone.now())
    background.run_jobs("place-0:")
assert background.find_job(fails).status == "failed" and ran.count("fails") == background.MAX_ATTEMPTS
assert background.delete_finished_jobs(timezone.now() + dt.timedelta(seconds=1)) == 5

# A time is claimed by one worker, once in its interval; one that is far ahead was set by a wrong clock.
assert background.due_timers({"sweep": 60}) == ["sweep"]
assert [background.claim_timer("sweep", 60) for _ in range(3)] == [True, False, False]
assert background.due_timers({"sweep": 60}) == []
BackgroundTimer.objects.filter(id="sweep").update(due=timezone.now() + dt.timedelta(days=400))
assert background.due_timers({"sweep": 60}) == ["sweep"] and background.claim_timer("sweep", 60)
BackgroundTimer.objects.filter(id="sweep").update(due=timezone.now() - dt.timedelta(seconds=1))
assert background.claim_timer("sweep", 60) and not background.claim_timer("sweep", 60)

# The statements of a month are queued once for all sellers, together with the note that they were.
from entrepot.store.people import organizations
from entrepot.trade_app import statement_jobs
seller = organizations.create_organization("A seller", "VN", "seller").id
march = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
assert statement_jobs.queue_months(march) == 3 and statement_jobs.queue_months(march) == 0  # also January and December
background.register_jobs({statement_jobs.JOB: statement_jobs.run})
background.run_jobs("place-0:")
queued = [each.args_kwargs["args"][1] for each in DBTaskResult.objects.filter(status="SUCCESSFUL")]
assert [each["month"] for each in queued if each["seller"] == seller] == ["2026-02", "2026-01", "2025-12"], queued
print("kept")
"""


@pytest.mark.long
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_jobs_run_at_least_once(tmp_path: Path, database: str) -> None:
    # A database of its own: the sellers of other tests have statements with other keys.
    with postgres() if database == "postgresql" else nullcontext() as server:
        if database == "postgresql" and server is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        more = {"ENTREPOT_DATABASE": server.url} if server is not None else {}
        env = environment(tmp_path, **more) | {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "kept\n", done.stdout + done.stderr
