"""The market with many offers: how long a search takes, and a page with the landed prices of its offers.

    .venv/bin/python bench/trade/market.py                         10,000 offers in SQLite
    .venv/bin/python bench/trade/market.py --postgresql            PostgreSQL, a server of its own in a temporary folder
    .venv/bin/python bench/trade/market.py --offers 2000 --json FILE

The offers have titles in up to five languages, descriptions and codes of some hundred kinds of goods. A search is
measured by itself (`store.market_index`); a page by Django's handler in this process, with sessions, middleware and
templates, but without the network: the first time, when no landed price was calculated, and again. Both are given as
time on the clock and as processor time of this process, which does not depend on what else the machine does (the work
of PostgreSQL is in the former only). Exit code 1 if the median of a search is 50 ms of processor or more, or that of a
page 200 ms.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))  # `ledger` has the database
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder

import clock
from ledger import database

SEED = 20261126
#: The most milliseconds of a search and of a page.
SEARCH, PAGE = 50.0, 200.0
PLACES = ("VN", "KH", "TH", "CN", "LA", "MY", "ID")
WORDS = ("organic", "roasted", "fresh", "dried", "fine", "hand-made", "highland", "small", "large", "first grade")
QUERIES = (
    "coffee", "organic coffee", "c", "咖啡", "茶", "鲜", "กาแฟ", "ก", "កាហ្វេ", "cà phê", "ca phe organic", "0901",
    "6109.10", "shirts", "no such goods at all", "highland first grade fresh",
)  # fmt: skip
ADDRESSES = (
    "/en/market/",
    "/zh/market/?q=咖啡",
    "/th/market/?q=กาแฟ",
    "/en/market/?q=organic",
    "/en/market/?from=VN&kind=goods",
    "/vi/market/pavilions/p-kh/",
)


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument("--offers", type=int, default=10_000)
    asked.add_argument("--times", type=int, default=9)
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.postgresql) as url:
        os.environ |= {"ENTREPOT_DATA": folder} | ({"ENTREPOT_DATABASE": url} if url else {})
        os.environ["DJANGO_SETTINGS_MODULE"] = "entrepot.web.site.settings"
        import django

        django.setup()
        logging.disable()  # a line for each request
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        found = {"database": "PostgreSQL" if url else "SQLite", "offers": options.offers, "load": clock.load()}
        found["generated_s"] = _generate(options.offers)
        found["searches"] = list(_searches(options.times))
        found["pages"] = list(_pages(options.times))
    slow = [each for each in found["searches"] if each["processor_ms"] >= SEARCH]
    slow += [each for each in found["pages"] if each["first_processor_ms"] >= PAGE]
    if options.json:
        options.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    print(f"{found['database']}, {options.offers} offers, made in {found['generated_s']:.0f} s; {len(slow)} too slow")
    return 1 if slow else 0


def _generate(count: int) -> float:
    """Pavilions and offers that they show. Returns the seconds."""
    from django.db import transaction

    from entrepot.goods.everyday_names import everyday_goods
    from entrepot.store import pavilions
    from entrepot.store.people import organizations
    from entrepot.trade.offer_form import read_offer
    from entrepot.trade.offers import Presentation
    from entrepot.trade.presenting import present_offer
    from entrepot.trade.selling import create_offer
    from entrepot.trade_app.books import open_books

    draw, books, begin = random.Random(SEED), open_books(), time.perf_counter()
    goods = [each for each in everyday_goods() if len(each.codes[0]) == 6]
    sellers = [organizations.create_organization(f"Seller {number}", "VN", "seller").id for number in range(50)]
    for place in PLACES:
        slug, now = f"p-{place.lower()}", dt.datetime.now(dt.UTC)
        pavilions.create_pavilion(slug, place, {"en": place}, sellers[0], now)
        pavilions.change_pavilion(slug, titles={"en": place}, texts={}, published=True)

    def one() -> None:
        kind, place, seller = draw.choice(goods), draw.choice(PLACES), draw.choice(sellers)
        languages = draw.sample(sorted(kind.names), draw.randint(1, len(kind.names)))
        word = draw.choice(WORDS)
        titles = {each: f"{word} {draw.choice(kind.names[each])}" for each in languages}
        texts = {each: " ".join(draw.choice(kind.names[each]) for _ in range(20)) + f". {word}." for each in languages}
        form = {"titles": titles, "hs_code": kind.codes[0], "ship_from": place, "country_of_origin": place}
        form |= {"price": str(draw.randint(5, 900)), "currency": "CNY", "shipping": "12", "stock": 100}
        read = read_offer({**form, "net_mass_kg": "0.5", "items": "1"}, lambda _code: 2)
        offer = books.run(lambda tx: create_offer(tx, read, seller=seller))
        shown = Presentation(pavilion=f"p-{place.lower()}", descriptions=texts)
        books.run(lambda tx: present_offer(tx, offer.id, lambda _before: shown, seller=seller))

    for start in range(0, count, 200):
        with transaction.atomic():
            for _ in range(start, min(start + 200, count)):
                one()
    return time.perf_counter() - begin


def _searches(times: int) -> Iterator[dict[str, Any]]:
    from entrepot.store.market_index import Wanted, search

    for words in QUERIES:
        found = search(Wanted(words), limit=24)
        taken = _times(partial(search, Wanted(words), limit=24), times)
        print(f"  {taken.wall:7.1f} ms, {taken.cpu:6.1f} of processor  {found.total:6} offers  {words}", flush=True)
        yield {"words": words, "found": found.total, "ms": taken.wall, "processor_ms": taken.cpu}


def _pages(times: int) -> Iterator[dict[str, Any]]:
    """Each page for several viewers. The law is compiled and the templates are loaded before."""
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"host": settings.ALLOWED_HOSTS[0].lstrip(".") or "localhost"})
    for viewer in ("CN.consumer", "DE.consumer", "US.business"):
        client.cookies["market"] = viewer
        assert client.get("/en/market/").status_code == 200
        for address in ADDRESSES:
            first = _times(partial(_afresh, client, address), 3)
            again = _times(partial(client.get, address), times)
            answer = client.get(address)
            assert answer.status_code == 200, answer.status_code
            size = len(answer.content)
            print(
                f"  {first.wall:7.1f} ms, {first.cpu:6.1f} of processor; again {again.wall:6.1f}, {again.cpu:6.1f}  "
                f"{size / 1000:5.1f} kB  {viewer} {address}",
                flush=True,
            )
            yield {
                "page": address,
                "viewer": viewer,
                "first_ms": first.wall,
                "first_processor_ms": first.cpu,
                "again_ms": again.wall,
                "again_processor_ms": again.cpu,
                "bytes": size,
            }


def _afresh(client: Any, address: str) -> None:
    """Open a page of which no landed price is in memory."""
    from entrepot.trade_app import landed_prices

    landed_prices.forget()
    client.get(address)


class Taken(NamedTuple):
    """The medians of some runs, in milliseconds: on the clock, and of the processor."""

    wall: float
    cpu: float


def _times(run: Callable[[], Any], times: int) -> Taken:
    walls, processors = [], []
    for _ in range(times):
        begin, used = time.perf_counter(), time.process_time()
        run()
        walls.append((time.perf_counter() - begin) * 1000)
        processors.append((time.process_time() - used) * 1000)
    return Taken(median(walls), median(processors))


if __name__ == "__main__":
    raise SystemExit(main())
