"""A client that places and pays the orders of a plan over HTTP, in a process of its own, and can be killed.

    python kill_client.py URL KEY PLAN JOURNAL PAUSE

PLAN: a file with a list of `{"key", "order", "pay"}`. What the server acknowledged is a line of JOURNAL, on the disk
before the next request. Started again, it continues after the last line: a request whose answer it does not know is
sent again with its key, as a client of the API must.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

#: Seconds before a request is sent again, and for an answer.
AGAIN, TIMEOUT = 0.1, 10


def main(url: str, key: str, plan: str, journal: str, pause: str) -> int:
    """Work through the plan."""
    done = {(each["key"], each["what"]): each["id"] for each in read_journal(Path(journal))}
    with Path(journal).open("ab") as written:
        for each in json.loads(Path(plan).read_text()):
            name = each["key"]
            if (name, "paid") in done:
                continue
            order = done.get((name, "placed"))
            if order is None:
                order = post(url, "/v1/orders", key, name, each["order"])["orders"][0]["id"]
                note(written, {"key": name, "what": "placed", "id": order})
            payment = post(url, f"/v1/orders/{order}/pay", key, name, each["pay"])["id"]
            note(written, {"key": name, "what": "paid", "id": payment})
            time.sleep(float(pause))
    return 0


def post(url: str, path: str, key: str, name: str, body: object) -> Any:
    """POST until there is an answer. Ends the process where the request is refused."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": name}
    parts = urlsplit(url)
    while True:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            connection.request("POST", path, json.dumps(body), headers)
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
