"""Orders placed a second over HTTP, beside a bare endpoint that inserts the same bytes with the same durability.

    .venv/bin/python bench/trade/orders.py                       SQLite and PostgreSQL, in one run
    .venv/bin/python bench/trade/orders.py --times 5 --seconds 8 --workers 2 --json FILE

Needs wrk. The order is one that the API takes: a consumer in China with an identity number, one line, from a quote that
the buyer was shown, with an Idempotency-Key of its own. It reserves stock and a part of the person's annual limit,
encrypts the contact, and appends its event to the ledger. The bare endpoint (bench/web/bare.py) checks nothing; it
inserts one row with the bytes of all rows of such an order. Both have the same HTTP server and as many processes and
threads; the server also has its background worker. They alternate. At the end the ledger is verified, and the stock
that is left must be what was not sold.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
# The clock, the servers of the other benchmark, and identity numbers that nobody has.
sys.path[1:1] = [str(HERE.parent), str(HERE.parent / "web"), str(HERE.parents[1] / "tests")]

#: People who buy in turn: none reaches the annual limit.
PEOPLE = 400
STOCK = 1_000_000
OFFER = {
    "titles": {"en": "Roasted coffee beans", "zh": "烘焙咖啡豆"},
    "hs_code": "0901210000",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "8.00",
    "currency": "CNY",
    "unit": "BG",
    "legal_unit": "KGM",
    "net_mass_kg": "0.5",
    "gross_mass_kg": "0.55",
    "specification": "500克/袋",
    "shipping": "2.00",
    "stock": STOCK,
}
CONTACT = {
    "name": "示例买家",
    "telephone": "13800000000",
    "address": "浙江省杭州市上城区示例路1号",
    "identity_type": "1",
}
GOAL = 0.40


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="Orders placed a second, beside a bare endpoint.")
    asked.add_argument("--times", type=int, default=5, help="runs of each, in turn (5)")
    asked.add_argument("--seconds", type=float, default=8.0, help="length of a run (8)")
    asked.add_argument("--workers", type=int, default=2, help="processes of each server (2)")
    asked.add_argument("--room", type=Path, help="where the data is: on the disk that is to be measured")
    asked.add_argument("--cache", type=Path, help="what was compiled before (an empty folder: that takes a minute)")
    asked.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    options = asked.parse_args()
    import clock
    import full
    import server_processes

    if full.version() is None:
        print("wrk is not here: on Debian, apt-get install wrk.", file=sys.stderr)
        return 2
    found: dict[str, Any] = {"machine": clock.machine(), "load_before": clock.load(), "workers": options.workers}
    with tempfile.TemporaryDirectory(dir=options.room) as name:
        room = Path(name)
        os.environ |= {"ENTREPOT_CACHE": str(options.cache or room / "cache"), "ENTREPOT_LANG": "en"}
        for each in ("ENTREPOT_DATABASE", "ENTREPOT_KEYS", "ENTREPOT_HTTPS", "ENTREPOT_HOSTS"):
            os.environ.pop(each, None)
        with server_processes.postgres(room) as postgres:
            for kind, database in (("SQLite", None), ("PostgreSQL", postgres)):
                if kind == "PostgreSQL" and database is None:
                    print("PostgreSQL is not installed: only SQLite was measured.")
                    continue
                found[kind] = _measure(options, room, kind, database)
    found["load_after"] = clock.load()
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if all(found[each]["verified"] for each in ("SQLite", "PostgreSQL") if each in found) else 1


def _measure(options: argparse.Namespace, room: Path, kind: str, database: Any) -> dict[str, Any]:
    """Measure on one kind of database."""
    import server_processes

    server = server_processes.start_server(room / f"entrepot-{kind}", options.workers, database)
    try:
        made = _inside(server, "prepare", json.dumps(OFFER))
        key = f"Bearer {made['key']}"
        body = _bodies(made["offer"])[0]
        first = _post(server, key, body)["orders"][0]
        shown = [{"id": first["quote"]["id"], "hash": first["quote"]["hash"]}]
        second = _post(server, key, {**body, "quotes": shown}, {"Idempotency-Key": "the second"})["orders"][0]
        assert second["quote"]["id"] == first["quote"]["id"], second
        bare_data = room / f"bare-{kind}"
        bare_data.mkdir()
        size = _inside(server, "made", second["id"], str(bare_data / "made"))["bytes"]
        print(f"\n{kind}: the rows of an order have {size:,} bytes")
        bare = server_processes.start_bare(bare_data, options.workers, database)
        try:
            bodies = [json.dumps({**each, "quotes": shown}) for each in _bodies(made["offer"])]
            result = _compare(options, room, (server, bare), bodies, key)
        finally:
            server_processes.stop(bare)
        end = _inside(server, "end", made["offer"])
    finally:
        server_processes.stop(server)
    # Each order took one piece, and each piece that is missing is in an order.
    verified = end["problems"] == 0 and end["left"] == STOCK - end["orders"] and not any(end["sums"].values())
    print(f"  {end['orders']:,} orders, {end['events']:,} events: {'verified' if verified else 'NOT VERIFIED'}")
    return {**result, "bytes": size, "orders": end["orders"], "verified": verified}


def _compare(
    options: argparse.Namespace, room: Path, servers: tuple[Any, Any], bodies: list[str], key: str
) -> dict[str, Any]:
    """Both endpoints in turn."""
    from full import load

    server, bare = servers
    who = {"orders": (server, "/v1/orders", bodies), "bare": (bare, "/v1/quotes", bodies)}
    for each, path, some in who.values():
        load(each, path, some, key, 2, room, keyed=True)
    runs: dict[str, list[Any]] = {name: [] for name in who}
    for _ in range(options.times):
        for name, (each, path, some) in who.items():
            runs[name].append(load(each, path, some, key, options.seconds, room, keyed=True))
    shares = [mine.each_second / its.each_second for mine, its in zip(runs["orders"], runs["bare"], strict=True)]
    # On a machine that others use, the processor time of an answer says more than the rate.
    used = [its.processor / mine.processor for mine, its in zip(runs["orders"], runs["bare"], strict=True)]
    for name, title in (("orders", "orders placed"), ("bare", "a bare insert of the same bytes")):
        rate, p50, p99, processor = (
            median(getattr(run, field) for run in runs[name]) for field in ("each_second", "p50", "p99", "processor")
        )
        print(f"  {title:34} {rate:8,.0f} a second, {p50:6.1f} ms (p99 {p99:6.1f}), {processor:6,.0f} µs of processor")
    print(f"  {'':34} {median(shares):.0%} of it ({min(shares):.0%} to {max(shares):.0%}; the goal is {GOAL:.0%});")
    print(f"  {'':34} by processor time {median(used):.0%}")
    figures = {name: [run._asdict() for run in each] for name, each in runs.items()}
    return {**figures, "share": median(shares), "shares": shares, "share_by_processor": median(used)}


def _bodies(offer: str) -> list[dict[str, Any]]:
    from sandbox_trader import identity

    return [
        {
            "items": [{"offer": offer, "quantity": 1}],
            "ship_to": {"country": "CN"},
            "contact": {**CONTACT, "identity_number": identity(1000 + at)},
            "assertions": ["positive_list", "positive_list_of_today"],
        }
        for at in range(PEOPLE)
    ]


def _post(server: Any, key: str, body: Any, more: Mapping[str, str] | None = None) -> Any:
    headers = {"Authorization": key, "Content-Type": "application/json", **(more or {})}
    asked = urllib.request.Request(f"{server.url}/v1/orders", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"/v1/orders: {error.code} {error.read().decode()}") from None


def _inside(server: Any, *words: str) -> Any:
    """What `orders_inside.py` prints with the environment of a server."""
    ran = subprocess.run(
        [sys.executable, str(HERE / "orders_inside.py"), *words],
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return json.loads(ran.stdout)


if __name__ == "__main__":
    sys.exit(main())
