"""Paid orders of services on a server of a test: their payments are those of the provider in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server_process import Server, environment

TESTS = Path(__file__).parents[1]
PROGRAM = """
import json, sys
import django
django.setup()
from django.utils import timezone
from entrepot.trade_app.books import open_books
from trade.market import Market
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return timezone.now()

market, found = Market(open_books(), Now()), []
for seller, buyer, given, more in json.loads(sys.stdin.read()):
    offer = market.offer(given, seller=seller)
    (order,) = market.place({offer.id: 1}, by=buyer, contact={"name": "张伟"}, key=offer.id, **more)
    found.append(max(market.pay(order).deliveries))
print(json.dumps(found))
"""


def paid_services(server: Server, seller: str, buyer: str, *offers: Mapping[str, Any], **more: Any) -> list[str]:
    """The ids of the deliveries of new offers of a seller, each ordered and paid. `more`: of the checkout."""
    env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    asked = json.dumps([[seller, buyer, each, more] for each in offers])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, input=asked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found
