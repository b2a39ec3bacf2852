"""A client that places and pays the orders of a plan over HTTP, in a process of its own, and can be killed.

    python kill_client.py URL KEY PLAN JOURNAL PAUSE

PLAN: a file with a list of `{"key", "order", "pay"}`; with `"cancel"`, the last service of the order is cancelled by
itself, once the node of its seller has told of so many deliveries. What the server acknowledged is a line of JOURNAL,
on the disk before the next request. Started again, it continues after the last line: a request whose answer it does
not know is sent again with its key, as a client of the API must.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

#: Seconds before a request is sent again, and for an answer.
AGAIN, TIMEOUT = 0.1, 10


def main(url: str, key: str, plan: str, journal: str, pause: str) -> int:
    """Work through the plan."""
    done = {(each["key"], each["what"]): each["id"] for each in read_journal(Path(journal))}
    planned = json.loads(Path(plan).read_text())
    with Path(journal).open("ab") as written:

        def did(name: str, what: str, number: str) -> None:
            done[name, what] = number
            note(written, {"key": name, "what": what, "id": number})

        for each in planned:
            name = each["key"]
            if (name, "paid") in done:
                continue
            if (name, "placed") not in done:
                did(name, "placed", post(url, "/v1/orders", key, name, each["order"])["orders"][0]["id"])
            order = done[name, "placed"]
            did(name, "paid", post(url, f"/v1/orders/{order}/pay", key, name, each["pay"])["id"])
            time.sleep(float(pause))
            for former in planned:
                _cancel(url, key, former, done, did)
        while not all(_cancel(url, key, each, done, did) for each in planned):
            time.sleep(AGAIN)
    return 0


def _cancel(
    url: str, key: str, each: Mapping[str, Any], done: Mapping[tuple[str, str], str], did: Callable[..., None]
) -> bool:
    """Cancel the last service of a paid order, as soon as all are told. False where it waits for that."""
    name = each["key"]
    if not each.get("cancel") or (name, "cancelled") in done:
        return True
    if (name, "paid") not in done:
        return False
    order = done[name, "placed"]
    known = ask(url, "GET", f"/v1/orders/{order}", key)["deliveries"]
    if len(known) < each["cancel"]:
        return False
    delivery = max(one["id"] for one in known)
    ask(url, "POST", f"/v1/orders/{order}/cancel", key, {"delivery": delivery, "refund_percent": 100})
    did(name, "cancelled", delivery)
    return True


def post(url: str, path: str, key: str, name: str, body: object) -> Any:
    """POST with an idempotency key."""
    return ask(url, "POST", path, key, body, name)


def ask(url: str, method: str, path: str, key: str, body: object = None, name: str = "") -> Any:
    """Ask until there is an answer. Ends the process where the request is refused."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": name} if name else {}
    parts = urlsplit(url)
    while True:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            time.sleep(AGAIN)
            continue
        finally:
            connection.close()
        if status < 300:
            return json.loads(said)
        if status not in (409, 429) and status < 500:
            sys.exit(f"{path}: {status} {said.decode()}")
        time.sleep(AGAIN)


def note(journal: IO[bytes], line: object) -> None:
    """Append a line, and wait until it is on the disk."""
    journal.write(json.dumps(line).encode() + b"\n")
    journal.flush()
    os.fsync(journal.fileno())


def read_journal(journal: Path) -> list[dict[str, str]]:
    """The whole lines of a journal: the last one may be a part, where the client was killed."""
    if not journal.exists():
        return []
    content = journal.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with journal.open("r+b") as file:
            file.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
