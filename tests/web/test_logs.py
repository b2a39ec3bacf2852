"""No line of the log is lost when a process ends in an orderly way, also after its main thread has ended."""

from __future__ import annotations

import json
import subprocess
import sys

#: A worker, as the server forks it: its main thread ends while a request is still answered. `atexit` is not run there.
WORKER = """
import logging, multiprocessing, threading, time
from entrepot.web.process.logs import BufferedHandler, JsonFormatter

def request():
    time.sleep(0.5)
    for number in range(3):
        logging.info("answered", extra={"fields": {"number": number}})

def worker():
    handler = BufferedHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level="INFO")
    logging.info("begun")
    threading.Thread(target=request).start()

if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=worker)
    process.start()
    process.join()
"""


def test_lines_logged_after_the_main_thread_ended_are_written() -> None:
    done = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("number") for line in lines] == [None, 0, 1, 2]
