"""Ten ledgers on SQLite, filled with paid orders by the node's own commands, and the table of each from its ledger.

    python bench/measure/ledgers.py FOLDER [ORDERS]     ORDERS for each node (1,000); what is there already is kept

Each node has five sellers of its economy, with an offer of coffee each, that sell to 400 consumers in China; each order
is placed, paid, and has its parcel: eleven events. The node of China has sellers of Viet Nam, so it imports. Orders are
committed in groups of 64, as those of concurrent requests are; a quote is calculated once for each seller. As many
nodes are filled at once as there are cores. Then
`entrepot measure table` is run over each ledger in a process of its own, by the clock and by processor time.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path[1:1] = [str(HERE.parents[2] / "tests"), str(HERE.parents[1])]  # the market of the tests, and `clock`

ECONOMIES = ("CN", "VN", "TH", "KH", "SG", "MY", "ID", "LA", "KZ", "MN")
SELLERS, PEOPLE, GROUP = 5, 400, 64
#: Orders that are placed before the first of them is paid: memory holds no more of them.
PART = 2_000
OFFER = {
    "titles": {"en": "Roasted coffee beans", "zh": "烘焙咖啡豆"},
    "hs_code": "0901210000",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "8.00",
    "currency": "CNY",
    "net_mass_kg": "0.5",
    "shipping": "2.00",
    "stock": 10_000_000,
}


def main() -> None:
    """Fill each node, then measure each table."""
    import clock

    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    found: dict[str, Any] = {"machine": clock.machine(), "orders_each": count, "load": clock.load(), "nodes": {}}
    begin = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # a node for each core
        filled = list(
            pool.map(lambda each: _run(folder / each, each, [str(HERE), "fill", each, str(count)])["answer"], ECONOMIES)
        )
    found["seconds_to_fill"] = round(time.perf_counter() - begin, 1)
    print(f"filled in {found['seconds_to_fill']} s", flush=True)
    for economy, answer in zip(ECONOMIES, filled, strict=True):
        year = str(dt.datetime.now(dt.UTC).year)
        command = ["-m", "entrepot", "measure", "table", year, "--reporter", economy, "--json"]
        table = _run(folder / economy, economy, command)
        rows = {row["measure"]: row for row in table.pop("answer")["rows"]}
        found["nodes"][economy] = {"fill": answer, "table": table, "ordered": rows["ordered"]}
        print(economy, answer, f"table {table}", flush=True)
    print(json.dumps(found))


def _run(folder: Path, economy: str, words: list[str]) -> dict[str, Any]:
    """Run Python for a node: its answer, and its seconds by the clock and of the processor."""
    folder.mkdir(parents=True, exist_ok=True)
    more = {"ENTREPOT_DATA": str(folder), "ENTREPOT_PLATFORM_ECONOMY": economy}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(
        [sys.executable, *words], env={**os.environ, **more}, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(ran.stdout + ran.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "answer": json.loads(ran.stdout.splitlines()[-1] if "fill" in words else ran.stdout),
        "seconds": round(time.perf_counter() - begin, 1),
        "processor": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
    }


def fill(economy: str, count: int) -> None:
    """Fill the ledger of one node up to so many orders."""
    from entrepot.trade_app.books import open_books
    from trade.market import Market

    begin, books = time.perf_counter(), open_books()
    from entrepot.store.people.organizations import create_organization, operator  # after the database is open

    there = len(books.list_numbers("or_"))
    operator()
    market = Market(books, lambda: dt.datetime.now(dt.UTC))  # type: ignore[arg-type]  # a clock
    country = "VN" if economy == "CN" else economy
    sellers = [
        create_organization(f"Seller {at} of {there}", country).id for at in range(SELLERS if count > there else 0)
    ]
    for first in range(there, count, PART):
        some = range(first, min(first + PART, count))
        placed = list(_together(books, (_order(market, sellers, at) for at in some)))
        list(_together(books, (_paid(market, each) for each in placed)))
        list(_together(books, (_shipped(each) for each in placed)))
    used = resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "orders": max(there, count),
        "events": _events(),
        "seconds": round(time.perf_counter() - begin, 1),
        "processor": round(used.ru_utime + used.ru_stime, 1),
        "megabytes": round(used.ru_maxrss / 1024),
    }
    print(json.dumps(report))


def _events() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM store_ledgerhead")
        return int(cursor.fetchone()[0])


def _order(market: Any, sellers: list[str], at: int) -> Callable[[Any], Any]:
    """Place an order of a seller for a person."""
    import msgspec

    from entrepot.trade.placing import place_orders
    from sandbox_trader import identity

    checkouts = market.__dict__.setdefault("checkouts", {})
    seller = sellers[at % len(sellers)]
    if seller not in checkouts:
        checkouts[seller] = market.checkout({market.offer(OFFER, seller=seller).id: 1 + at % 3}, by="us_1")
    checkout = checkouts[seller]
    contact = {**checkout.asked.contact, "identity_number": identity(1000 + at % PEOPLE)}
    mine = msgspec.structs.replace(checkout, asked=msgspec.structs.replace(checkout.asked, contact=contact))
    return lambda tx: place_orders(tx, mine, market.quotes, key=f"k{at}")[0]


def _paid(market: Any, order: Any) -> Callable[[Any], Any]:
    """Begin the payment of an order, and record what a provider says that has taken the money."""
    from entrepot.trade.paying import pay_order
    from entrepot.trade.payments.commands import Means
    from entrepot.trade.payments.provider import Snapshot
    from entrepot.trade.payments.receive import receive

    def command(tx: Any) -> Any:
        payer = {
            name: tx.get_personal(order.buyer.personal)[name] for name in ("name", "identity_type", "identity_number")
        }
        means = Means(provider="memory", currency="CNY", method="approved", payer=payer)
        payment = pay_order(tx, order.id, means, market.quotes, by="us_1", key="pay").payment
        now = market.clock().isoformat(timespec="seconds")
        return receive(tx, payment.id, Snapshot(
            reference=f"pi_{payment.id}", payment=payment.id, time=now, status="captured", currency="CNY",
            authorized=payment.amount, captured=payment.amount, paid_at=now, transaction=payment.id, payer=payer,
        ))  # fmt: skip

    return command


def _shipped(order: Any) -> Callable[[Any], Any]:
    """Create the parcel of an order."""
    from entrepot.trade.shipping import create_shipment

    return lambda tx: create_shipment(tx, order.id, "ZTO", f"WB{order.id[-12:]}", by=order.seller)


def _together(books: Any, commands: Iterable[Callable[[Any], Any]]) -> Iterator[Any]:
    """Run commands, each group in one transaction. Raises what one raises."""
    from entrepot.store.group_commit import Item
    from entrepot.store.trade.foresight import Work

    rest = iter(commands)
    while items := [Item(Work(each)) for each in islice(rest, GROUP)]:
        books._execute(items)
        for each in items:
            if each.error is not None:
                raise each.error
            yield each.result


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(sys.argv[2], int(sys.argv[3]))
    else:
        main()
