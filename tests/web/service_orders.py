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
MARKET = """
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
"""
PROGRAM = f"""{MARKET}
for seller, buyer, given, more in json.loads(sys.stdin.read()):
    offer = market.offer(given, seller=seller)
    (order,) = market.place({{offer.id: 1}}, by=buyer, contact={{"name": "张伟"}}, key=offer.id, **more)
    found.append(max(market.pay(order).deliveries))
print(json.dumps(found))
"""
#: A visit of twenty minutes, tomorrow at two o'clock (UTC), with a time of a calendar in Bangkok.
VISIT_AT_A_TIME = f"""{MARKET}
import datetime as dt
from trade.booking import bay, held, ordered
seller, buyer, given = json.loads(sys.stdin.read())
calendar = bay(market, seller=seller, priced=False, limits={{"shortest": 20, "longest": 20, "step": 20}})
given["delivery"] |= {{"resource": calendar.id}}
offer = market.offer(given, seller=seller)
tomorrow = (timezone.now() + dt.timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
booking = held(market, calendar, tomorrow, 1 / 3, by=buyer)
order = ordered(market, {{"booking": booking.id, "offer": offer.id, "quantity": 1}}, by=buyer)
print(json.dumps([*market.pay(order).deliveries]))
"""
#: Two hours of a bay in Bangkok, in two days: an hour before six in the evening, and one after it at another price.
TIME_OF_TWO_PRICES = f"""{MARKET}
import datetime as dt
from trade.booking import STORAGE, bay, held, ordered
seller, buyer = json.loads(sys.stdin.read())
day, evening = (market.offer({{**STORAGE, "price": each}}, seller=seller).id for each in ("30.00", "45.00"))
bands = [{{"offer": day, "since": "00:00", "until": "18:00"}}, {{"offer": evening, "since": "18:00", "until": "24:00"}}]
asset = bay(market, seller=seller, bands=bands, weekly=[{{"since": "00:00", "until": "24:00"}}])
begins = (timezone.now() + dt.timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
booking = held(market, asset, begins, 2, by=buyer)
print(json.dumps([*market.pay(ordered(market, booking.id, by=buyer)).deliveries]))
"""


def paid_time_of_two_prices(server: Server, seller: str, buyer: str) -> list[str]:
    """The ids of the deliveries of a time that is sold at two prices."""
    return _made(server, TIME_OF_TWO_PRICES, [seller, buyer])


def paid_visit_at_a_time(server: Server, seller: str, buyer: str, offer: Mapping[str, Any]) -> str:
    """The id of the delivery of a visit that begins tomorrow at two o'clock (UTC)."""
    (found,) = _made(server, VISIT_AT_A_TIME, [seller, buyer, offer])
    return found


def paid_services(server: Server, seller: str, buyer: str, *offers: Mapping[str, Any], **more: Any) -> list[str]:
    """The ids of the deliveries of new offers of a seller, each ordered and paid. `more`: of the checkout."""
    return _made(server, PROGRAM, [[seller, buyer, each, more] for each in offers])


def _made(server: Server, program: str, asked: Any) -> list[str]:
    env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=env,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found
