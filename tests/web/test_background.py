"""The background worker as a process: it sends what the ledger records, and is started again when it is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest
from asked_programs import Asked
from server_process import Server, environment, run_server
from webhook_receiver import Receiver, receiving

pytest.importorskip("standardwebhooks", reason="the library of the standard is not installed")
from standardwebhooks import Webhook

TESTS = Path(__file__).parents[1]
HEAD = """
import datetime as dt, json, os, sys, time
from django.utils import timezone
from entrepot.store import background
from entrepot.store import models as m
from entrepot.store.people import organizations
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade_app import webhooks
from trade.tally import KINDS, counted, opened
books = StoreBooks(KINDS, Keys(bytes(32), bytes(32)), now=timezone.now, random=os.urandom)
given = json.load(sys.stdin)
"""
SET_UP = """
shop = organizations.create_organization("A shop", "VN", "seller")
other = organizations.create_organization("Another shop", "VN", "seller")
endpoint, secret = webhooks.create(shop.id, given["url"], ["tally.*"], "", timezone.now())
webhooks.create(other.id, given["url"] + "/other", ["*"], "", timezone.now())
tally = books.run(opened(owner=shop.id))
print(json.dumps({"endpoint": endpoint.id, "secret": secret, "tally": tally}))
"""
COUNT = """
for n in range(given["count"]):
    books.run(counted(given["tally"]))
print(json.dumps([event.id for _position, event in books.events(stream=given["tally"])]))
"""
RESEND = """
from entrepot.store import webhooks as rows
print(json.dumps([rows.resend(given["endpoint"], each, timezone.now()) for each in (given["event"], "ev_none")]))
"""
STATE = """
rows = m.OutgoingMessage.objects.values_list("state", "attempts")
log = m.WebhookDelivery.objects.order_by("id").values_list("ok", "status", "attempt", "detail")
print(json.dumps({"messages": list(rows), "log": list(log)}))
"""


class Programs:
    """Programs that use the database of a server. They also run where the server has ended."""

    def __init__(self, server: Server) -> None:
        env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
        self._asked = Asked(env, "entrepot.trade_app.webhooks", "entrepot.store.trade.books")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._asked.stop()

    def run(self, code: str, **given: Any) -> Any:
        """The output of a program."""
        return json.loads(self._asked.run(HEAD + code, json.dumps(given)))


def workers(server: Server) -> list[int]:
    """The ids of the processes of background workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if b"entrepot.web.background" in words and str(server.process.pid).encode() in words and state != "Z":
            found.append(int(folder.name))
    return found


def wait_until(what: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
@pytest.mark.long
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, request: pytest.FixtureRequest, database: str) -> None:
    more = {"ENTREPOT_WEBHOOKS_LOOPBACK": "true"}
    if database == "postgresql":
        more["ENTREPOT_DATABASE"] = request.getfixturevalue("database_server").url
    with (
        receiving() as receiver,
        run_server(tmp_path / "server", workers=1, background=1, **more) as server,
        Programs(server) as programs,
    ):
        made = programs.run(SET_UP, url=receiver.url)
        receiver.wait_for(1)
        # Killed while a webhook is under way: it is sent again, and so are those that waited.
        receiver.hold.clear()
        events = programs.run(COUNT, tally=made["tally"], count=5)
        receiver.wait_for(2)
        (killed,) = workers(server)
        os.kill(killed, signal.SIGKILL)
        receiver.hold.set()
        wait_until(lambda: set(receiver.ids()) == set(events))
        assert wait_until(lambda: [each for each in workers(server) if each != killed]) != [killed]
        assert len(workers(server)) == 1
        verifier = Webhook(made["secret"])
        for each in receiver.received:
            sent = verifier.verify(each.body.decode(), each.headers)
            assert (sent["id"], sent["subject"]) == (each.headers["webhook-id"], made["tally"])
        state = wait_until(lambda: done(programs.run(STATE)))
        # Only the one that was under way was sent twice, and the log has what the killed process did not write.
        assert sorted(each[1] for each in state["messages"]) == [1, 1, 1, 1, 1, 2]
        assert {(ok, status) for ok, status, *_more in state["log"]} == {(True, 200)}
        # What was refused is tried again, at once if it is asked for; what was sent can be sent again.
        receiver.answers.append(500)
        event = programs.run(COUNT, tally=made["tally"], count=1)[-1]
        for sent in (1, 2):
            # Only what was tried can be sent again: before that it is the same attempt, which only comes sooner.
            wait_until(partial(tried, receiver, programs, event, sent))
            assert programs.run(RESEND, endpoint=made["endpoint"], event=event) == [True, False]
        wait_until(lambda: receiver.ids().count(event) >= 3)
        log = wait_until(lambda: found if len(found := programs.run(STATE)["log"]) >= 9 else None)
        # On a slow machine the worker has tried again by itself meanwhile.
        assert log[6][:3] == [False, 500, 1]
        assert {tuple(each[:2]) for each in log[7:]} == {(True, 200)}
        # Told to end, it ends cleanly, and is started again while the server runs.
        (asked,) = workers(server)
        os.kill(asked, signal.SIGTERM)
        wait_until(lambda: (found := workers(server)) and asked not in found)
        wait_until(lambda: '"code":0' in server.log())
        # Without its server it ends.
        server.process.send_signal(signal.SIGKILL)
        wait_until(lambda: not workers(server))


def tried(receiver: Receiver, programs: Programs, event: str, times: int) -> bool:
    """Whether an event was received that often, and no message waits for its first attempt."""
    return receiver.ids().count(event) >= times and ["waiting", 0] not in programs.run(STATE)["messages"]


def done(state: Any) -> Any:
    return state if all(each[0] == "sent" for each in state["messages"]) else None
