"""Threads may request quotes at the same time, also the first ones."""

from __future__ import annotations

import subprocess
import sys

FIRST = """
import sys, threading
from {module} import {name}
sys.setswitchinterval(1e-6)
ready, seen = threading.Barrier(8), []

def go():
    ready.wait()
    seen.append({asked})

threads = [threading.Thread(target=go) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
assert len(seen) == 8 and all(each == seen[0] for each in seen)
"""
SALE = (
    '{"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY", '
    '"lines": [{"hs_code": "0901.21", "amount": "100"}]}'
)


def test_many_threads_may_read_the_first_sale() -> None:
    code = FIRST.format(module="entrepot.engine.request", name="parse_sale", asked=f"parse_sale({SALE})")
    for _ in range(8):  # of such processes one in four was killed by the system
        subprocess.run([sys.executable, "-c", code], check=True)
