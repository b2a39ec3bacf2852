"""Use the database of a server of the benchmark of orders from another process with its settings. Prints JSON.

python orders_inside.py prepare FORM      creates a seller, an offer, and a buyer with a key
python orders_inside.py made ORDER FILE   writes the bytes of an order to a file, for bench/web/bare.py
python orders_inside.py end OFFER         the verification of the ledger, and what is left of the stock
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import django
import msgspec


def main(command: str, *words: str) -> None:
    """Run one of the commands."""
    django.setup()
    print(json.dumps({"prepare": prepare, "made": made, "end": end}[command](*words)))


def prepare(form: str) -> dict[str, Any]:
    """Create what orders need."""
    from entrepot.store import keys
    from entrepot.store.people import organizations
    from entrepot.trade.offer_form import read_offer
    from entrepot.trade.selling import create_offer
    from entrepot.trade_app.books import open_books
    from entrepot.trade_app.quotes import NodeQuotes

    seller = organizations.create_organization("Seller", "VN", "seller").id
    buyer = organizations.create_organization("Buyer", "CN", "buyer").id
    key = keys.create_key("bench", ["trade"], keys.MAX_PER_MINUTE, organization=buyer)[1]
    read = read_offer(json.loads(form), NodeQuotes().decimals)
    offer = open_books().run(lambda tx: create_offer(tx, read, seller=seller)).id
    return {"key": key, "offer": offer}


def made(order: str, file: str) -> dict[str, Any]:
    """Write the bytes of the rows of an order: its event, its state, its contact, its reference and its quote's id."""
    from entrepot.store import ledger_models as rows
    from entrepot.store.models import Quote
    from entrepot.trade_app.books import open_books

    state = open_books().read(order)
    parts = [bytes(each.content) + bytes(each.chain) for each in rows.LedgerEvent.objects.filter(stream=order)]
    parts.append(rows.TradeObject.objects.get(id=order).state.encode())
    contact = rows.PersonalRecord.objects.get(reference=state.buyer.personal)
    parts += [bytes(contact.content)]
    parts += [f"{each.reference}{each.object}".encode() for each in rows.TradeReference.objects.filter(object=order)]
    content = b"".join(parts)
    quote = Quote.objects.get(id=state.quote.id)
    answer = json.dumps({"object": "order", "id": order, "state": rows.TradeObject.objects.get(id=order).state})
    found = {"packed": content, "hash": quote.hash, "law": quote.law_id, "answer": answer.encode()}
    Path(file).write_bytes(msgspec.msgpack.encode(found))
    return {"bytes": len(content)}


def end(offer: str) -> dict[str, Any]:
    """What the books hold in the end."""
    from entrepot.store import ledger_models as rows
    from entrepot.trade_app import ledger
    from entrepot.trade_app.books import open_books

    books = open_books()
    sums: dict[str, int] = {}
    for (_account, unit), amount in books.balances("").items():
        sums[unit] = sums.get(unit, 0) + amount
    found = ledger.verify()
    return {
        "events": found.position,
        "problems": found.count,
        "orders": rows.TradeObject.objects.filter(kind="or_").count(),
        "left": books.balance(f"stock/{offer}", offer),
        "sums": sums,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
